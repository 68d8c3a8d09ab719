/*
 * What one turn of the loop begins: never everything that there is to do.  The
 * rules build nothing (create = no), so that a check is all there is.
 */

#include <sys/stat.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/agenda.h"
#include "daemon/child.h"
#include "daemon/conf.h"
#include "daemon/sched.h"
#include "tests/unit/check.h"

#define RULES 400
#define MOST (AGENDA_TURN / AGENDA_CHECK) /* checks in one turn */

struct stage {
	struct child_pool pool;
	struct run_place place;
	struct sched *sched;
	unsigned checked;          /* in this turn */
	unsigned ended[RULES + 1]; /* by topic: in which turn; 0: not yet */
	unsigned turn;
};

static void
on_news(const struct request_news *news, void *arg)
{
	struct stage *s = arg;

	if (news->state == LIFE_CHECKING)
		s->checked++;
	if (news->state == LIFE_IDLE)
		s->ended[news->topic] = s->turn;
}

static void
on_deps(unsigned topic, const struct stamp_set *sources, void *arg)
{
	(void)topic;
	(void)sources;
	(void)arg;
}

static void
on_gone(const struct request_news *news, void *arg)
{
	(void)news;
	(void)arg;
}

static int
put(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	if (f == NULL)
		return -1;
	fputs(text, f);
	return fclose(f);
}

static int
make_rules(const char *dir)
{
	char name[64], text[4 * PATH_MAX];
	int i;

	if (mkdir("rules.d", 0755) == -1 || mkdir("out", 0755) == -1)
		return -1;
	snprintf(text, sizeof(text),
	    "[daemon]\nrules = %s/rules.d\nrun = %s\nstate = %s\n", dir, dir,
	    dir);
	if (put("triggerd.ini", text) == -1)
		return -1;
	for (i = 0; i < RULES; i++) {
		snprintf(name, sizeof(name), "rules.d/r%03d.ini", i);
		snprintf(text, sizeof(text),
		    "[rule]\ncommand = /bin/true ${new}\ncreate = no\n"
		    "sources = %s/src\ntarget = %s/out/%d\n",
		    dir, dir, i);
		if (put(name, text) == -1)
			return -1;
	}
	return 0;
}

static void
take_turn(struct stage *s)
{
	s->turn++;
	s->checked = 0;
	(void)ev_run(s->place.loop, EVRUN_NOWAIT);
}

/* All are asked, and have their turns. */
static int
test_share(struct stage *s)
{
	unsigned all = 0;
	size_t i;

	s->turn = 1;
	sched_ask_all(s->sched, CHECK_OTHER);
	CHECK(!sched_is_ready(s->sched));
	while (!sched_is_ready(s->sched)) {
		take_turn(s);
		CHECK(s->checked > 0 && s->checked <= MOST);
		all += s->checked;
	}
	CHECK(all == RULES);
	for (i = 1; i <= RULES; i++)
		CHECK(s->ended[i] > 0);
	return 0;
}

/* Whom somebody waits for does not wait for all others: whether he was asked
 * with them or not. */
static int
test_front(struct stage *s)
{
	unsigned last = sched_topic(s->sched, RULES - 1);

	sched_ask_all(s->sched, CHECK_OTHER);
	take_turn(s);
	s->ended[last] = 0;
	sched_wait_for(s->sched, last, true);
	sched_ask(s->sched, &last, 1, CHECK_OTHER);
	take_turn(s);
	CHECK(s->ended[last] == s->turn);
	CHECK(!sched_is_ready(s->sched));
	sched_wait_for(s->sched, last, false);
	return 0;
}

/* Nothing is begun any more. */
static int
test_stop(struct stage *s)
{
	sched_stop(s->sched, true);
	take_turn(s);
	CHECK(s->checked == 0);
	return 0;
}

static int
test(const char *dir)
{
	struct stage s;
	struct conf_errors errors = { NULL, 0 };
	const struct sched_ears ears = { on_news, on_deps, on_gone, &s };
	struct rule_set *set;

	CHECK(chdir(dir) == 0 && make_rules(dir) == 0);
	set = conf_read(dir, &errors);
	CHECK(set != NULL);
	conf_errors_fini(&errors);
	memset(&s, 0, sizeof(s));
	s.place = (struct run_place){ .loop = ev_loop_new(EVFLAG_AUTO),
		.pool = &s.pool,
		.state_dir = dir,
		.run_dir = dir };
	child_pool_start(&s.pool, s.place.loop);
	s.sched = sched_new(&s.place, &ears);
	CHECK(s.sched != NULL && sched_load(s.sched, set) == 0);
	CHECK(test_share(&s) == 0);
	CHECK(test_front(&s) == 0);
	CHECK(test_stop(&s) == 0);
	sched_free(s.sched);
	child_pool_stop(&s.pool);
	ev_loop_destroy(s.place.loop);
	return 0;
}

int
main(void)
{
	char dir[] = "/tmp/turn_test.XXXXXX", command[64];
	int rc;

	CHECK(mkdtemp(dir) != NULL);
	rc = test(dir);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	CHECK(system(command) == 0);
	return rc;
}
