/* The disk is waited for in helpers, and in few: see daemon/durable.h. */

#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/child.h"
#include "daemon/durable.h"
#include "daemon/paused.h"
#include "tests/unit/check.h"

#define CLIENTS 256

struct stage {
	struct child_pool pool;
	struct run_place place;
	struct durable durable;
	unsigned answers;
	uint64_t served;
	int error;
};

static void
on_served(uint64_t ticket, int error, void *arg)
{
	struct stage *s = arg;

	s->answers++;
	s->served = ticket;
	s->error = error;
}

static int
wait_for(struct stage *s, uint64_t ticket)
{
	while (s->served < ticket)
		if (!ev_run(s->place.loop, EVRUN_ONCE))
			return -1;
	return 0;
}

/* What cannot be synced is told, when the helper has found out. */
static int
test_trouble(struct stage *s)
{
	int error = 0;
	uint64_t ticket = durable_ask(&s->durable, &error);

	CHECK(ticket == 1 && error == 0 && s->answers == 0);
	CHECK(wait_for(s, ticket) == 0);
	CHECK(s->error == ENOENT && s->answers == 1);
	return 0;
}

/* One helper is under way, the next is for all who came meanwhile. */
static int
test_share(struct stage *s)
{
	const char *dir = s->place.state_dir;
	uint64_t ticket = 0;
	int i, error = 0;

	s->answers = 0;
	for (i = 0; i < CLIENTS; i++) {
		CHECK(paused_write(dir, "rule", true) == 0);
		ticket = durable_ask(&s->durable, &error);
		CHECK(ticket == (uint64_t)i + 2 && error == 0);
	}
	CHECK(s->answers == 0);
	CHECK(wait_for(s, ticket) == 0);
	CHECK(s->answers == 2 && s->error == 0 && s->served == ticket);
	CHECK(paused_read(dir, "rule") == 1);
	return 0;
}

/* Pausing many makes names, not files; where there is none to share, a file. */
static int
test_names(const char *dir)
{
	char name[16];
	struct stat st;
	int i;

	for (i = 0; i < CLIENTS; i++) {
		snprintf(name, sizeof(name), "r%d", i);
		CHECK(paused_write(dir, name, true) == 0);
		CHECK(paused_write(dir, name, true) == 0);
	}
	CHECK(stat("paused/r0", &st) == 0 && S_ISREG(st.st_mode));
	CHECK(st.st_nlink >= CLIENTS && st.st_size == 0);
	CHECK(paused_write(dir, "r0", false) == 0);
	CHECK(paused_read(dir, "r0") == 0 && paused_read(dir, "r1") == 1);
	CHECK(unlink("paused/.paused") == 0 && mkdir("paused/.paused", 0) == 0);
	CHECK(paused_write(dir, "r0", true) == 0);
	CHECK(paused_read(dir, "r0") == 1);
	CHECK(stat("paused/r0", &st) == 0 && st.st_nlink == 1);
	return 0;
}

static int
test(const char *dir)
{
	struct stage s;

	CHECK(chdir(dir) == 0);
	memset(&s, 0, sizeof(s));
	s.place = (struct run_place){ .loop = ev_loop_new(EVFLAG_AUTO),
		.pool = &s.pool,
		.state_dir = dir,
		.run_dir = dir };
	child_pool_start(&s.pool, s.place.loop);
	durable_init(&s.durable, &s.place, on_served, &s);
	CHECK(test_trouble(&s) == 0);
	CHECK(test_share(&s) == 0);
	CHECK(test_names(dir) == 0);
	(void)durable_ask(&s.durable, &s.error);
	durable_close(&s.durable); /* nobody is told */
	child_pool_stop(&s.pool);
	ev_loop_destroy(s.place.loop);
	return 0;
}

int
main(void)
{
	char dir[] = "/tmp/durable_test.XXXXXX", command[64];
	int rc;

	(void)alarm(300); /* a ticket that is never served is red too */
	CHECK(mkdtemp(dir) != NULL);
	rc = test(dir);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	CHECK(system(command) == 0);
	return rc;
}
