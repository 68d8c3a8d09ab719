/*
 * watch_limit_test - what cannot be watched, or not wholly, is said, and is
 * watched as soon as it can be.
 */

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/watching.h"

static int
test_overflow(void)
{
	struct watch *w = begin("d/f");
	unsigned long max = 16384, i;
	FILE *f = fopen("/proc/sys/fs/inotify/max_queued_events", "r");

	CHECK(f != NULL && fscanf(f, "%lu", &max) == 1);
	(void)fclose(f);
	make("d");
	(void)hints(w);
	/* Two names in turn, so that no two events are merged. */
	for (i = 0; i <= max; i++)
		CHECK(close(open(at(i % 2 == 0 ? "d/x" : "d/y"),
			  O_WRONLY | O_CREAT, 0600)) == 0);
	/* These events are lost. */
	move("d", "old");
	make("d");
	put("d/f", "1");
	CHECK((hints(w) & 1) != 0);
	(void)hints(w);
	put("d/f", "2");
	CHECK(hints(w) == 2);
	put("old/f", "2");
	CHECK(hints(w) == 0);
	return end(w);
}

/* Set the watch limit of this user namespace. */
static bool
set_limit(const char *text)
{
	FILE *f = fopen("/proc/sys/user/max_inotify_watches", "w");
	bool ok;

	if (f == NULL)
		return false;
	ok = fputs(text, f) != EOF;
	return fclose(f) != EOF && ok;
}

static int
reach_limit(void)
{
	struct watch *w;
	const char *why = "";

	make("d/e");
	w = begin("f");
	if (watch_count(w) != 3 || !set_limit("4\n")) {
		(void)fprintf(stderr, "watch limit: cannot be set here\n");
		return end(w);
	}
	CHECK(watch_add(w, 2, at("d/e/f")) == 0);
	CHECK(watch_is_degraded(w, 2, &why));
	CHECK(strstr(why, "max_user_watches") != NULL);
	CHECK(strstr(why, " 4 watches") != NULL);
	CHECK(!watch_is_degraded(w, 1, &why));
	watch_retry(w);
	CHECK(watch_is_degraded(w, 2, &why));
	put("f", "1");
	CHECK(hints(w) == 2);
	put("d/e/f", "1");
	CHECK(hints(w) == 0);
	CHECK(set_limit("1000\n"));
	watch_retry(w);
	CHECK(!watch_is_degraded(w, 1, &why));
	CHECK(!watch_is_degraded(w, 2, &why));
	CHECK(hints(w) == 6);
	put("d/e/f", "2");
	CHECK(hints(w) == 4);
	return end(w);
}

/* In a user namespace of its own, for the limit is the whole system's. */
static int
test_limit(void)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		if (unshare(CLONE_NEWUSER) == -1)
			_exit(0);
		status = reach_limit();
		_exit(status);
	}
	CHECK(pid != -1 && waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return 0;
}

static bool
is_far(const char *path, void *arg)
{
	size_t n = strlen(at("far"));
	unsigned *asked = arg;

	++*asked;
	return strncmp(path, at("far"), n) == 0 &&
	       (path[n] == '/' || path[n] == '\0');
}

/* What must not be touched is not even looked for: it is not there at all, and
 * is taken for something that cannot be watched all the same. */
static int
test_avoided(void)
{
	struct watch *w = begin(NULL);
	unsigned asked = 0;
	const char *why;

	make("here/d");
	point("here/link", "../far/d");
	watch_avoid(w, is_far, &asked);
	CHECK(!watch_take_news(w));
	CHECK(watch_add(w, 1, at("far/d/f")) == 0);
	CHECK(watch_take_news(w) && !watch_take_news(w));
	CHECK(asked > 0);
	CHECK(watch_add(w, 2, at("here/d/f")) == 0);
	CHECK(watch_is_degraded(w, 1, &why));
	CHECK(strstr(why, "network") != NULL);
	CHECK(!watch_is_degraded(w, 2, &why));
	CHECK(watch_add(w, 2, at("here/*/f")) == 0);
	CHECK(watch_is_degraded(w, 2, &why)); /* by the link */
	watch_retry(w);
	CHECK(watch_is_degraded(w, 2, &why));
	put("here/d/f", "1");
	CHECK((hints(w) & 4) != 0);
	make("far/d");
	put("far/d/f", "1");
	(void)hints(w); /* the name "far" has come */
	put("far/d/f", "2");
	CHECK(hints(w) == 0);
	watch_avoid(w, NULL, NULL);
	watch_retry(w);
	CHECK(!watch_is_degraded(w, 1, &why));
	CHECK(!watch_is_degraded(w, 2, &why));
	CHECK(watch_take_news(w));
	CHECK(hints(w) == 6);
	put("far/d/f", "3");
	CHECK(hints(w) == 6);
	return end(w);
}

/* A directory that cannot be read, as a user for whom that matters. */
static int
lack_permission(void)
{
	struct watch *w;
	const char *why;

	make("closed/d");
	CHECK(chmod(at("closed"), 0) == 0);
	w = begin("closed/d/f");
	CHECK(watch_is_degraded(w, 1, &why));
	watch_retry(w);
	CHECK(watch_is_degraded(w, 1, &why));
	CHECK(hints(w) == 0);
	CHECK(chmod(at("closed"), 0755) == 0);
	CHECK(hints(w) == 2); /* an error is not an absence */
	CHECK(!watch_is_degraded(w, 1, &why));
	put("closed/d/f", "1");
	CHECK(hints(w) == 2);
	return end(w);
}

static int
test_permission(void)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		if (geteuid() == 0 &&
		    (chown(root, 65534, 65534) == -1 || setuid(65534) == -1))
			_exit(1);
		status = lack_permission();
		_exit(status);
	}
	CHECK(pid != -1 && waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return 0;
}

/* What the system does not give now it may give later. */
static int
test_no_instance(void)
{
	struct rlimit old, none;
	const char *why = "";
	struct watch *w;

	put("f", "1");
	put("g", "2");
	CHECK(getrlimit(RLIMIT_NOFILE, &old) == 0);
	none = old;
	none.rlim_cur = 0;
	CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
	w = begin("f");
	CHECK(watch_is_degraded(w, 1, &why));
	CHECK(strstr(why, "max_user_instances") != NULL);
	move("g", "f");
	CHECK(hints(w) == 0);
	CHECK(setrlimit(RLIMIT_NOFILE, &old) == 0);
	watch_retry(w);
	CHECK(hints(w) == 2 && !watch_is_degraded(w, 1, &why));
	put("f", "3");
	CHECK(hints(w) == 2);
	return end(w);
}

/* Where it is not told what files hold that were not named: all else is, and
 * the rest is said to be missing. */
static int
test_coarse(void)
{
	struct watch *w;
	const char *why = "";

	make("dom/a");
	w = begin("dom/*/v");
	wait_armed(w);
	CHECK(watch_is_degraded(w, 1, &why));
	CHECK(strstr(why, "wildcards") != NULL);
	CHECK(watch_add(w, 2, at("dom/a/v")) == 0);
	CHECK(!watch_is_degraded(w, 2, &why));
	(void)hints(w);
	put("dom/a/v", "1");
	CHECK(hints(w) == 6);
	put("dom/a/v", "2");
	CHECK(hints(w) == 4);
	put("new", "3");
	move("new", "dom/a/v");
	CHECK(hints(w) == 6);
	make("dom/b");
	CHECK(hints(w) == 2);
	put("dom/b/v", "1");
	CHECK(hints(w) == 2);
	move("dom/b", "b");
	CHECK(hints(w) == 2);
	put("b/v", "2");
	CHECK(hints(w) == 0);
	watch_drop(w, 2);
	return end(w);
}

#define ASKED 4096 /* as in triggers/dirlist.c */

/* Names of one file, so that a change of it is a change of each. */
static void
link_up_to(int names)
{
	char name[16];
	int i;

	for (i = 0; i < names; i++) {
		(void)snprintf(name, sizeof(name), "d/%d", i);
		if (link(at("file"), at(name)) == -1 && errno != EEXIST)
			die(name);
	}
}

/* How many names are told to have changed, when the directory is read? */
static unsigned
count_changed(struct watch *w)
{
	put("d/x", "");
	(void)hints(w);
	put("file", "1");
	(void)unlink(at("d/x"));
	(void)hints(w);
	return heard.count;
}

static int
test_many_names(void)
{
	struct watch *w = begin("*/[0-9]*");

	put("file", "");
	make("d");
	link_up_to(ASKED);
	CHECK(count_changed(w) == ASKED);
	link_up_to(ASKED + 100);
	CHECK(count_changed(w) >= ASKED && heard.count <= ASKED + 1);
	return end(w);
}

#define FEW_FDS 128

static int
run_short(void)
{
	struct rlimit few = { FEW_FDS, FEW_FDS };
	struct watch *w;
	const char *why = "";
	char name[16];
	int i;

	make("d");
	CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
	w = begin("f");
	for (i = 0; i < FEW_FDS; i++) {
		(void)snprintf(name, sizeof(name), "d/%d", i);
		put(name, "");
		CHECK(watch_add(w, 2, at(name)) == 0);
	}
	CHECK(watch_is_degraded(w, 2, &why));
	CHECK(strstr(why, "RLIMIT_NOFILE") != NULL);
	CHECK(!watch_is_degraded(w, 1, &why));
	/* There are some left for the rest of us. */
	i = open(at("d"), O_RDONLY | O_CLOEXEC);
	CHECK(i != -1 && i < FEW_FDS - 8 && close(i) == 0);
	(void)hints(w);
	put("f", "1");
	CHECK(hints(w) == 2);
	watch_drop(w, 2);
	CHECK(watch_add(w, 3, at("d/7")) == 0);
	(void)hints(w);
	put("d/7", "1");
	CHECK((hints(w) & 8) != 0);
	watch_drop(w, 3);
	return end(w);
}

/* In a process of its own, for the limit cannot be raised again. */
static int
test_few_fds(void)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		_exit(run_short());
	CHECK(pid != -1 && waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return 0;
}

int
main(void)
{
	int (*const seeing[])(void) = {
		test_overflow,
		test_limit,
		test_avoided,
		test_permission,
		test_no_instance,
		NULL,
	};
	int (*const coarse[])(
	    void) = { test_coarse, test_many_names, test_few_fds, NULL };
	int failed;

	enter();
	failed = run_all(events_see_inside() ? seeing : coarse);
	leave();
	return failed;
}
