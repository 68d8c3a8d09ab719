#include <stdlib.h>

#include "daemon/begun.h"
#include "daemon/ground.h"
#include "daemon/log.h"
#include "daemon/prepare.h"
#include "daemon/program.h"
#include "daemon/scratch.h"

static int
empty_scratch(const struct prepare *p)
{
	struct scratch s = { .build_dir = NULL };

	if (scratch_open(&s, p->state_dir, p->rule, false) != 0)
		return -1;
	scratch_close(&s);
	return 0;
}

/* As at load, but for those that could not be looked at then. */
static int
vet_program(const struct rule *rule)
{
	const struct mounts all = { .all_local = true };
	char why[512], *program;

	program = program_find(
	    &all, rule->program, "", rule->run_uid, why, sizeof(why));
	if (program == NULL) {
		log_warnx("%s", why);
		return -1;
	}
	free(program);
	return 0;
}

/* In the child.  Its log is the command's output. */
static int
prepare(const void *arg)
{
	const struct prepare *p = arg;

	/* Only a power cut can undo it: no reason not to build. */
	if (p->begun && begun_sync(p->state_dir) == -1)
		log_warn("%s/begun: fsync", p->state_dir);
	if (p->crowded && empty_scratch(p) == -1)
		return -1;
	return p->far ? vet_program(p->rule) : 0;
}

void
prepare_plan(struct prepare *p, struct mounts *mounts, struct spawn *s)
{
	const struct rule *rule = p->rule;

	/* Without the table we know as much as before. */
	if (mounts_refresh(mounts) == -1)
		log_warn("mounts");
	p->far = rule->unvetted || !ground_is_near(mounts, rule->program) ||
		 !ground_is_near(mounts, rule->dir);
	if (!p->crowded && !p->begun && !p->far)
		return;
	s->prepare = prepare;
	s->arg = p;
}
