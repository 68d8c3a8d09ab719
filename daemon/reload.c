#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/conf.h"
#include "daemon/log.h"
#include "daemon/reload.h"
#include "daemon/sched.h"

/* An editor writes a file in several steps; a package many files. */
#define SETTLE 0.3 /* seconds */

/* All errors go to the log and to whoever asked, if anybody did. */
static void
refuse(const struct conf_errors *errors, struct request *asker)
{
	char text[2 * PATH_MAX];
	size_t i;

	for (i = 0; i < errors->count; i++) {
		conf_error_text(&errors->list[i], text, sizeof(text));
		log_warnx("%s", text);
		if (asker != NULL)
			request_say(asker, "%s\n", text);
	}
	log_warnx("configuration refused, the old one stays");
}

/* The first error is what the status shows until files are loaded again. */
static void
keep_error(struct reload *r, const struct conf_errors *errors)
{
	char text[2 * PATH_MAX];

	free(r->error);
	r->error = NULL;
	if (errors->count > 0)
		r->error = strdup(
		    conf_error_text(&errors->list[0], text, sizeof(text)));
}

static bool
is_kept(const struct reload *r, const struct conf_errors *errors)
{
	char text[2 * PATH_MAX];

	return r->error != NULL && errors->count > 0 &&
	       strcmp(conf_error_text(&errors->list[0], text, sizeof(text)),
		   r->error) == 0;
}

/* What was amiss outside of the files (the directory of a pipe, a user, a free
 * descriptor) gives no hint when it is mended.  However often is scanned,
 * SETTLE comes before each reading. */
static void
expect_again(struct reload *r, bool refused)
{
	const struct rule_set *set = r->world->set;

	ev_timer_stop(r->world->loop, &r->again);
	if (!refused || !set->auto_reload)
		return;
	ev_timer_set(
	    &r->again, set->scan > 0 ? set->scan : SCHED_SCAN_UNWATCHED, 0);
	ev_timer_start(r->world->loop, &r->again);
}

/* What cannot change while we run: others find us by it. */
static const char *
moved_dir(const struct reload *r, const struct rule_set *set)
{
	if (strcmp(set->run_dir, r->world->run_dir) != 0)
		return "run: needs a restart";
	if (strcmp(set->state_dir, r->world->state_dir) != 0)
		return "state: needs a restart";
	if (set->control_group != r->world->set->control_group)
		return "control_group: needs a restart";
	return NULL;
}

static void
add_error(struct conf_errors *errors, const char *dir, const char *reason)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/triggerd.ini", dir);
	conf_errors_add(errors, path, 0, NULL, "%s", reason);
}

/* "set" is NULL if there is none, with errors.  Returns 0, or -1 with errors;
 * the set is not the caller's any more. */
static int
take_up(struct reload *r, struct rule_set *set, struct conf_errors *errors)
{
	const char *moved = set == NULL ? NULL : moved_dir(r, set);
	unsigned *pipes = NULL;
	const char *why;

	if (moved != NULL)
		add_error(errors, r->conf_dir, moved);
	else if (set != NULL) {
		pipes = hints_prepare(&r->world->hints, set, &why);
		if (pipes == NULL)
			add_error(errors, r->conf_dir, why);
	}
	if (pipes == NULL) {
		rule_set_free(set);
		return -1;
	}
	world_take(r->world, set, pipes);
	return 0;
}

/* "again": what is refused for the same reason as before is no news. */
static int
load(struct reload *r, struct request *asker, bool again)
{
	struct conf_errors errors = { 0 };
	struct rule_set *set = conf_read(r->conf_dir, &errors);
	int rc = take_up(r, set, &errors);

	if (rc == 0 || !again || !is_kept(r, &errors)) {
		if (rc == -1)
			refuse(&errors, asker);
		keep_error(r, &errors);
		world_report(r->world, r->error);
	}
	expect_again(r, rc == -1);
	conf_errors_fini(&errors);
	return rc;
}

int
reload_files(struct reload *r, struct request *asker)
{
	return load(r, asker, false);
}

/* What is wrong with the files now, or is not, stands. */
int
reload_list(struct reload *r, const char *rule, bool again)
{
	struct conf_errors errors = { 0 };
	struct rule_set *set = conf_read_kept(r->world->set, rule, &errors);
	int rc = take_up(r, set, &errors);

	if (rc == -1 && !again)
		refuse(&errors, NULL);
	world_report(r->world, r->error);
	conf_errors_fini(&errors);
	return rc;
}

static void
settle(struct reload *r, bool again)
{
	r->settling_again = again;
	ev_timer_again(r->world->loop, &r->settled);
}

void
reload_when_quiet(struct reload *r)
{
	if (r->world->set->auto_reload)
		settle(r, false);
}

static void
on_settled(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct reload *r = w->data;

	(void)revents;
	ev_timer_stop(loop, w);
	/* Refused: logged, and in the status. */
	(void)load(r, NULL, r->settling_again);
}

/* Not at once: somebody may be writing the files just now. */
static void
try_again(struct reload *r)
{
	if (!ev_is_active(&r->settled))
		settle(r, true);
}

static void
on_again(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	try_again(w->data);
}

void
reload_again(struct reload *r)
{
	if (ev_is_active(&r->again))
		try_again(r);
}

void
reload_start(struct reload *r, struct world *world, const char *conf_dir)
{
	r->world = world;
	r->conf_dir = conf_dir;
	ev_timer_init(&r->settled, on_settled, 0, SETTLE);
	r->settled.data = r;
	ev_init(&r->again, on_again);
	r->again.data = r;
}

void
reload_hold(struct reload *r)
{
	ev_timer_stop(r->world->loop, &r->settled);
	ev_timer_stop(r->world->loop, &r->again);
}

void
reload_stop(struct reload *r)
{
	if (r->world != NULL)
		reload_hold(r);
	free(r->error);
	memset(r, 0, sizeof(*r));
}
