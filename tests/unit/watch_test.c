/*
 * watch_test - every way in which a source changes gives a hint to the topics
 * that it belongs to, and to no other.
 */

#include <sys/mount.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/watching.h"

static int
test_file(void)
{
	struct watch *w = begin("f");

	CHECK(hints(w) == 0);
	put("f", "1");
	CHECK(hints(w) == 2 && strcmp(heard.path, at("f")) == 0);
	put("f", "2");
	CHECK(hints(w) == 2 && strcmp(heard.path, at("f")) == 0);
	put(".f.new", "3");
	CHECK(hints(w) == 0);
	move(".f.new", "f");
	CHECK(hints(w) == 2 && strcmp(heard.path, at("f")) == 0);
	put("f", "4");
	CHECK(hints(w) == 2);
	CHECK(chmod(at("f"), 0600) == 0);
	CHECK(hints(w) == 2);
	CHECK(unlink(at("f")) == 0);
	CHECK(hints(w) == 2);
	put("f", "5");
	CHECK(hints(w) == 2);
	return end(w);
}

static int
test_unrelated(void)
{
	struct watch *w = begin("d/f");

	make("d");
	put("d/f", "");
	(void)hints(w);
	put("d/g", "x");
	make("e");
	make("d/sub");
	put("e/f", "x");
	put("f", "x");
	put("d/.triggerd.f.abc123", "x");
	CHECK(hints(w) == 0);
	return end(w);
}

static int
test_loop(void)
{
	struct watch *w = begin("f");

	put("f", "1");
	heard.topics = heard.count = 0;
	ev_run(EV_DEFAULT, EVRUN_ONCE);
	CHECK(heard.topics == 2);
	heard.count = 0;
	ev_run(EV_DEFAULT, EVRUN_NOWAIT);
	CHECK(heard.count == 0);
	return end(w);
}

static int
test_ancestors(void)
{
	struct watch *w = begin("a/b/c/f");

	make("a/b/c");
	put("a/b/c/f", "1");
	CHECK(hints(w) == 2);
	put("a/b/c/f", "2");
	CHECK(hints(w) == 2);
	move("a/b", "a/away");
	CHECK(hints(w) == 2);
	put("a/away/c/f", "3");
	CHECK(hints(w) == 0);
	move("a/away", "a/b");
	CHECK(hints(w) == 2);
	put("a/b/c/f", "4");
	CHECK(hints(w) == 2);
	scrub("a");
	CHECK(hints(w) == 2);
	CHECK(hints(w) == 0);
	make("a/b");
	(void)hints(w);
	make("a/b/c");
	(void)hints(w);
	put("a/b/c/f", "5");
	CHECK(hints(w) == 2);
	return end(w);
}

/* A directory that is removed while somebody is in it tells nothing of itself
 * as long as he is. */
static int
test_held(void)
{
	struct watch *w;
	int fd;

	make("a/b");
	w = begin("a/b/f");
	fd = open(at("a/b"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(fd != -1 && hints(w) == 0);
	scrub("a/b");
	(void)hints(w);
	make("a/b");
	(void)hints(w);
	put("a/b/f", "1");
	CHECK(hints(w) == 2);
	CHECK(close(fd) == 0);
	(void)hints(w);
	put("a/b/f", "2");
	CHECK(hints(w) == 2);
	return end(w);
}

static int
test_swap(void)
{
	struct watch *w;

	make("a/x");
	make("b/x");
	put("a/x/f", "1");
	put("b/x/f", "2");
	w = begin("a/x/f");
	CHECK(watch_add(w, 2, at("b/x/f")) == 0);
	CHECK(hints(w) == 0);
	CHECK(renameat2(
		  AT_FDCWD, at("a"), AT_FDCWD, at("b"), RENAME_EXCHANGE) == 0);
	CHECK(hints(w) == 6);
	put("a/x/f", "3");
	CHECK(hints(w) == 2);
	put("b/x/f", "4");
	CHECK(hints(w) == 4);
	/* A directory replaced by another at one stroke. */
	make("c/x");
	put("c/x/f", "5");
	scrub("a");
	move("c", "a");
	CHECK((hints(w) & 2) != 0);
	put("a/x/f", "6");
	CHECK(hints(w) == 2);
	return end(w);
}

static int
test_topics(void)
{
	struct watch *w = begin("d/f");
	const char *why;

	make("d");
	put("d/f", "1");
	(void)hints(w);
	CHECK(watch_add(w, 2, at("d/f")) == 0);
	CHECK(watch_add(w, 2, at("d/g")) == 0);
	CHECK(hints(w) == 0);
	put("d/f", "2");
	CHECK(hints(w) == 6);
	put("d/g", "2");
	CHECK(hints(w) == 4);
	CHECK(!watch_is_degraded(w, 1, &why));
	watch_drop(w, 2);
	put("d/g", "3");
	CHECK(hints(w) == 0);
	put("d/f", "3");
	CHECK(hints(w) == 2);
	/* Topics may come and go while a hint is called back. */
	CHECK(watch_add(w, 2, at("d/f")) == 0);
	heard.drop = 2;
	heard.add = at("d/h");
	put("d/f", "4");
	CHECK(hints(w) == 2);
	put("d/f", "5");
	CHECK(hints(w) == 2);
	put("d/h", "5");
	CHECK(hints(w) == 1u << 7);
	return end(w);
}

/* A change that is found while another topic is added is not lost. */
static int
test_found_by_add(void)
{
	struct watch *w;
	int turns;

	make("d/s");
	put("d/s/f", "1");
	w = begin("d/s/f");
	move("d", "old");
	make("d/s");
	put("d/s/f", "2");
	CHECK(watch_add(w, 2, at("d/g")) == 0);
	heard.topics = heard.count = 0;
	/* A timer that is due now may be so only in the next turn. */
	for (turns = 0; turns < 8 && heard.topics == 0; turns++)
		ev_run(EV_DEFAULT, EVRUN_NOWAIT);
	CHECK((heard.topics & 2) != 0 && (heard.topics & 4) == 0);
	(void)hints(w);
	put("d/s/f", "3");
	CHECK(hints(w) == 2);
	return end(w);
}

static int
test_inode(void)
{
	struct watch *w;

	put("f", "1");
	make("other");
	CHECK(link(at("f"), at("other/g")) == 0);
	w = begin("f");
	put("other/g", "2");
	CHECK(hints(w) == 2 && strcmp(heard.path, at("f")) == 0);
	/* Renamed over: the old inode is no source any more. */
	put("new", "3");
	move("new", "f");
	CHECK(hints(w) == 2);
	put("other/g", "4");
	CHECK(hints(w) == 0);
	CHECK(unlink(at("other/g")) == 0);
	CHECK(link(at("f"), at("other/g")) == 0);
	(void)hints(w);
	put("other/g", "5");
	CHECK(hints(w) == 2);
	/* One inode under two watched names. */
	CHECK(watch_add(w, 2, at("other/g")) == 0);
	put("f", "6");
	CHECK(hints(w) == 6);
	watch_drop(w, 2);
	put("other/g", "7");
	CHECK(hints(w) == 2);
	return end(w);
}

/* One directory in two places; and a mount that goes. */
static int
test_mounts(void)
{
	struct watch *w;

	make("a");
	make("b");
	put("a/f", "1");
	if (mount(at("a"), at("b"), NULL, MS_BIND, NULL) == -1) {
		CHECK(errno == EPERM || errno == EACCES);
		return end(NULL);
	}
	/* The same directory for its files here, for its names there. */
	w = begin("a/*.c");
	CHECK(watch_add(w, 2, at("b/s/g")) == 0);
	put("b/f.c", "1");
	CHECK(hints(w) == 2);
	put("a/f.c", "2");
	CHECK(hints(w) == 2);
	watch_drop(w, 1);
	CHECK(hints(w) == 0);
	watch_drop(w, 2);
	CHECK(watch_add(w, 1, at("a/f")) == 0);
	CHECK(watch_add(w, 2, at("b/f")) == 0);
	put("a/f", "2");
	CHECK(hints(w) == 6);
	put("b/f", "3");
	CHECK(hints(w) == 6);
	watch_drop(w, 1);
	put("a/f", "4");
	CHECK(hints(w) == 4);
	CHECK(umount(at("b")) == 0);
	CHECK(mount("none", at("b"), "tmpfs", 0, NULL) == 0);
	watch_drop(w, 2);
	CHECK(watch_add(w, 2, at("b/f")) == 0);
	put("b/f", "5");
	CHECK(hints(w) == 4);
	CHECK(umount(at("b")) == 0);
	CHECK(hints(w) == 4);
	/* Mounted over what is watched: no event tells, but the table does. */
	CHECK(mount(at("a"), at("b"), NULL, MS_BIND, NULL) == 0);
	CHECK(hints(w) == 4);
	put("a/f", "7");
	CHECK(hints(w) == 4);
	CHECK(umount(at("b")) == 0);
	CHECK(hints(w) == 4);
	put("b/f", "6");
	CHECK(hints(w) == 4);
	return end(w);
}

/* The second new file may well have the number of the first old one. */
static int
test_number_again(void)
{
	struct watch *w = begin("*/f");
	struct stat was, is;
	int i;

	make("d");
	put("d/f", "");
	(void)hints(w);
	for (i = 0; i < 8; i++) {
		CHECK(stat(at("d/f"), &was) == 0);
		put("d/new", "1");
		move("d/new", "d/f");
		put("d/new", "2");
		move("d/new", "d/f");
		CHECK(hints(w) == 2);
		CHECK(stat(at("d/f"), &is) == 0);
		if (is.st_ino == was.st_ino)
			break;
	}
	return end(w);
}

int
main(void)
{
	int (*const everywhere[])(void) = {
		test_file,
		test_unrelated,
		test_loop,
		test_ancestors,
		test_held,
		test_swap,
		test_topics,
		test_found_by_add,
		test_inode,
		NULL,
	};
	int (*const seeing[])(void) = { test_mounts, NULL };
	int (*const coarse[])(void) = { test_number_again, NULL };
	int failed;

	enter();
	failed = run_all(everywhere);
	failed |= run_all(events_see_inside() ? seeing : coarse);
	leave();
	return failed;
}
