/*
 * What clients write to the control pipe, in writes of a size that the first
 * byte tells, with rules that have nothing to do, and a daemon that stops in
 * the end.
 */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/child.h"
#include "daemon/conf.h"
#include "daemon/control.h"
#include "tests/fuzz/matter.h"

#define RULE                                                                  \
	"[rule]\ncommand = /bin/true ${new}\ncreate = no\nsources = %s/*.x\n" \
	"target = %s/out/t\n"

struct stage {
	struct child_pool pool;
	struct run_place place;
	struct control control;
	char dir[MATTER_PATH];
};

static void
drain(void *arg)
{
	(void)arg;
}

static int
reload(struct request *r, void *arg)
{
	(void)arg;
	request_complain(r, "reloaded\n");
	return 0;
}

static uint64_t
list(char *const *names, size_t count, void *arg)
{
	size_t i;

	(void)arg;
	for (i = 0; i < count; i++)
		matter_require(strlen(names[i]) > 0);
	return count;
}

/* Some clients wait for lists. */
static bool
is_listed(uint64_t ticket, void *arg)
{
	(void)arg;
	return ticket % 3 != 2;
}

static void
complain(struct request *r, char *const *names, size_t count, void *arg)
{
	(void)arg;
	if (count > 4)
		request_complain(r, "%s: is in trouble\n", names[4]);
}

static void
on_news(const struct request_news *news, void *arg)
{
	control_tell(arg, news);
}

static void
on_gone(const struct request_news *news, void *arg)
{
	control_give_up(arg, news);
}

static void
on_deps(unsigned topic, const struct stamp_set *sources, void *arg)
{
	(void)topic;
	(void)sources;
	(void)arg;
}

static struct rule_set *
read_rules(struct stage *s)
{
	struct conf_errors errors = { NULL, 0 };
	struct rule_set *set;
	char text[4 * MATTER_PATH];

	matter_make_directory("rules.d");
	matter_make_directory("reply");
	matter_make_directory("out");
	matter_path(s->dir, "");
	(void)snprintf(text, sizeof(text),
	    "[daemon]\nrules = %s/rules.d\nrun = %s\nstate = %s\n", s->dir,
	    s->dir, s->dir);
	matter_put("triggerd.ini", text, strlen(text));
	(void)snprintf(text, sizeof(text), RULE, s->dir, s->dir);
	matter_put("rules.d/a.ini", text, strlen(text));
	set = conf_read(s->dir, &errors);
	matter_require(set != NULL);
	conf_errors_fini(&errors);
	return set;
}

/* Each write(2) that the pipe takes is read at once, as a client's. */
static void
feed(struct stage *s, const uint8_t *data, size_t len)
{
	char path[MATTER_PATH];
	size_t piece = data[0] * 16U + 1;
	int fd;

	matter_path(path, "control");
	fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	for (data++, len--; len > 0; data += piece, len -= piece) {
		if (piece > len)
			piece = len;
		matter_require(write(fd, data, piece) == (ssize_t)piece);
		(void)ev_run(s->place.loop, EVRUN_NOWAIT);
		control_answer(&s->control);
	}
	(void)close(fd); /* the daemon has it */
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct stage s;
	const struct sched_ears ears = { .on_news = on_news,
		.on_deps = on_deps,
		.on_gone = on_gone,
		.arg = &s.control };
	const struct control_calls calls = { .drain = drain,
		.reload = reload,
		.list = list,
		.is_listed = is_listed,
		.complain = complain };
	struct sched *sched;

	if (len == 0)
		return 0;
	memset(&s, 0, sizeof(s));
	s.place = (struct run_place){ .loop = ev_loop_new(EVFLAG_AUTO),
		.pool = &s.pool,
		.state_dir = s.dir,
		.run_dir = s.dir };
	child_pool_start(&s.pool, s.place.loop);
	sched = sched_new(&s.place, &ears);
	matter_require(sched != NULL && sched_load(sched, read_rules(&s)) == 0);
	matter_require(
	    control_open(&s.control, &s.place, sched, (gid_t)-1, &calls) == 0);
	feed(&s, data, len);
	control_listed(&s.control);
	control_close(&s.control);
	sched_free(sched);
	child_pool_stop(&s.pool);
	ev_loop_destroy(s.place.loop);
	return 0;
}
