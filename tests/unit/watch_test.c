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
test_links(void)
{
	struct watch *w;

	make("one");
	make("two");
	make("deep/er");
	put("one/f", "1");
	put("two/f", "2");
	put("deep/er/g", "3");
	point("way", "via");
	point("via", "one");
	w = begin("way/f");
	put("one/f", "11");
	CHECK(hints(w) == 2 && heard.path[0] == '\0');
	put("two/f", "22");
	CHECK(hints(w) == 0);
	/* The link in the middle of the chain changes. */
	point("new", "two");
	move("new", "via");
	CHECK(hints(w) == 2);
	put("two/f", "222");
	CHECK(hints(w) == 2);
	put("one/f", "111");
	CHECK(hints(w) == 0);
	/* The last component is a link, with ".." in it. */
	CHECK(unlink(at("two/f")) == 0);
	point("two/f", "../deep/er/../er/g");
	CHECK(hints(w) == 2);
	put("deep/er/g", "33");
	CHECK(hints(w) == 2);
	move("deep/er", "deep/est");
	CHECK(hints(w) == 2);
	make("deep/er");
	put("deep/er/g", "333");
	CHECK(hints(w) == 2);
	/* A link that leads nowhere, then somewhere. */
	CHECK(unlink(at("way")) == 0);
	point("way", at("later"));
	CHECK(hints(w) == 2);
	make("later");
	put("later/f", "4");
	CHECK(hints(w) == 2);
	/* The link becomes a directory. */
	CHECK(unlink(at("way")) == 0);
	make("way");
	put("way/f", "5");
	CHECK(hints(w) == 2);
	put("later/f", "44");
	CHECK(hints(w) == 0);
	put("way/f", "55");
	CHECK(hints(w) == 2);
	return end(w);
}

/* A file in a directory. */
static const char *
at_in(const char *name)
{
	static char path[64];

	(void)snprintf(path, sizeof(path), "%s/f1", name);
	return path;
}

/* What a link names is a name, not a pattern. */
static int
test_link_signs(void)
{
	static const char *const names[] = { "a*b", "a?b", "a[x]b", "a\\b" };
	struct watch *w;
	size_t i;

	make("axb");
	make("ab");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		make(names[i]);
		point("new", names[i]);
		move("new", "l");
		w = begin("l/f*");
		put(at_in(names[i]), "new");
		CHECK(hints(w) == 2);
		put("axb/f1", "not this one");
		put("ab/f1", "nor this one");
		CHECK(hints(w) == 0);
		CHECK(unlink(at(at_in(names[i]))) == 0);
		CHECK(hints(w) == 2);
		CHECK(unlink(at("axb/f1")) == 0 && unlink(at("ab/f1")) == 0);
		CHECK(end(w) == 0);
	}
	return 0;
}

/* A link that comes, to what is watched already for somebody else. */
static int
test_link_to_known(void)
{
	struct watch *w;

	make("b");
	put("b/f", "1");
	w = begin("b/f");
	CHECK(watch_add(w, 2, at("l/b/f")) == 0);
	CHECK(hints(w) == 0);
	point("l", ".");
	CHECK(hints(w) == 4);
	put("b/f", "2");
	CHECK(hints(w) == 6);
	CHECK(unlink(at("l")) == 0);
	CHECK(hints(w) == 4);
	put("b/f", "3");
	CHECK(hints(w) == 2);
	return end(w);
}

static int
test_link_loop(void)
{
	struct watch *w;

	make("d");
	point("d/a", "b");
	point("d/b", "a/x");
	point("d/me", "me/me");
	point("d/up", "../d");
	w = begin("d/a/f");
	CHECK(watch_add(w, 1, at("d/me/f")) == 0);
	CHECK(watch_add(w, 1, at("d/*/*/*/f")) == 0);
	wait_armed(w);
	CHECK(hints(w) == 0);
	CHECK(unlink(at("d/a")) == 0);
	put("d/a", "1");
	CHECK(hints(w) == 2);
	return end(w);
}

/* A chain of links that led somewhere and leads nowhere now, for it has become
 * a circle or too long; and the way back. */
static int
test_links_end(void)
{
	char from[16], to[16];
	struct watch *w;
	int i;

	make("d");
	put("d/f", "1");
	for (i = 0; i < 5; i++) {
		(void)snprintf(from, sizeof(from), "d/%d", i);
		(void)snprintf(to, sizeof(to), "%d", i + 1);
		point(from, i == 4 ? "f" : to);
	}
	w = begin("d/0");
	put("d/f", "2");
	CHECK(hints(w) == 2);
	point("d/new", "0");
	move("d/new", "d/4"); /* a circle */
	CHECK(hints(w) == 2);
	point("d/new", "f");
	move("d/new", "d/4");
	CHECK(hints(w) == 2);
	put("d/f", "3");
	CHECK(hints(w) == 2);
	point("d/new", "0");
	move("d/new", "d/f"); /* what was a file is a link back */
	CHECK(hints(w) == 2);
	put("d/new", "4");
	move("d/new", "d/f");
	CHECK(hints(w) == 2);
	for (i = 5; i < 60; i++) {
		(void)snprintf(from, sizeof(from), "d/%d", i);
		(void)snprintf(to, sizeof(to), "%d", i + 1);
		point(from, i == 59 ? "f" : to);
	}
	(void)hints(w);
	point("d/new", "5");
	move("d/new", "d/4"); /* 60 links: too many */
	CHECK(hints(w) == 2);
	point("d/new", "f");
	move("d/new", "d/4");
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

static void
make_many(const char *dir, unsigned count)
{
	char name[64];
	unsigned i;

	for (i = 0; i < count; i++) {
		(void)snprintf(name, sizeof(name), "%s/%u", dir, i);
		make(name);
	}
}

/* Many directories are watched in slices, a turn of the loop for each; what
 * is watched already tells meanwhile, and at the end there is a hint for what
 * happened in the others before. */
static int
test_slices(void)
{
	struct watch *w;
	unsigned turns = 0;
	size_t before, few, most = 0;

	make("few");
	make("many");
	make_many("many", 1500);
	w = begin("few/f");
	put("few/f", "0");
	(void)hints(w);
	few = watch_count(w);
	CHECK(watch_add(w, 2, at("many/*/f")) == 0);
	CHECK(is_late(w, 2) && !is_late(w, 1));
	heard.topics = heard.count = 0;
	put("many/1499/f", "1");
	for (; is_late(w, 2); turns++) {
		before = watch_count(w);
		put("few/f", "1");
		ev_run(EV_DEFAULT, EVRUN_ONCE);
		if (watch_count(w) - before > most)
			most = watch_count(w) - before;
		CHECK((heard.topics & 2) != 0);
		heard.topics &= 4;
	}
	CHECK(most <= 125 && turns >= 12);
	CHECK(heard.topics == 4);
	CHECK(hints(w) == 0 && watch_count(w) == few + 1501);
	put("many/0/f", "2");
	CHECK(hints(w) == 4 && strcmp(heard.path, at("many/0/f")) == 0);
	put("many/1499/f", "2");
	CHECK(hints(w) == 4);
	/* Dropped and added again: nothing is to be done. */
	watch_drop(w, 2);
	CHECK(watch_add(w, 2, at("many/*/f")) == 0 && !is_late(w, 2));
	put("many/7/f", "3");
	CHECK(hints(w) == 4);
	/* All go at one stroke, and others come. */
	make("other");
	make_many("other", 1500);
	move("many", "gone");
	move("other", "many");
	CHECK(hints(w) == 4);
	for (turns = 0; turns < 100; turns++)
		ev_run(EV_DEFAULT, EVRUN_NOWAIT);
	put("gone/8/f", "4");
	CHECK(hints(w) == 0);
	put("many/8/f", "4");
	CHECK(hints(w) == 4);
	/* Dropped for good, half-way. */
	watch_drop(w, 2);
	(void)hints(w);
	CHECK(watch_add(w, 2, at("gone/*/f")) == 0 && is_late(w, 2));
	watch_drop(w, 2);
	before = watch_count(w);
	ev_run(EV_DEFAULT, EVRUN_ONCE);
	CHECK(before - watch_count(w) <= 500);
	for (turns = 0; turns < 100; turns++)
		ev_run(EV_DEFAULT, EVRUN_NOWAIT);
	CHECK(watch_count(w) == few);
	put("few/f", "2");
	CHECK(hints(w) == 2);
	return end(w);
}

/* A link is exchanged above so many directories that they are not watched
 * again at once. */
static int
test_late_link(void)
{
	struct watch *w;

	make("one");
	make("two");
	make_many("one", 800);
	make_many("two", 800);
	point("way", "one");
	w = begin("way/*/f");
	wait_armed(w);
	(void)hints(w);
	point("new", "two");
	move("new", "way");
	CHECK(hints(w) == 2 && is_late(w, 1));
	put("two/799/f", "1");
	heard.topics = 0;
	while (is_late(w, 1))
		ev_run(EV_DEFAULT, EVRUN_ONCE);
	CHECK(heard.topics == 2);
	(void)hints(w);
	put("two/799/f", "2");
	CHECK(hints(w) == 2);
	put("one/799/f", "2");
	CHECK(hints(w) == 0);
	return end(w);
}

static int
test_wildcards(void)
{
	struct watch *w;
	size_t count;

	make("dom/a");
	make("dom/.hidden");
	w = begin("dom/*/vpasswd");
	count = watch_count(w);
	put("dom/a/vpasswd", "1");
	CHECK(hints(w) == 2);
	CHECK(strcmp(heard.path, at("dom/a/vpasswd")) == 0);
	put("dom/a/other", "1");
	put("dom/file", "1");
	put("dom/.hidden/vpasswd", "1");
	CHECK(hints(w) == 0);
	CHECK(watch_count(w) == count);
	make("dom/b");
	put("dom/b/vpasswd", "1");
	CHECK(hints(w) == 2);
	CHECK(watch_count(w) == count + 1);
	put("dom/b/vpasswd", "2");
	CHECK(hints(w) == 2);
	move("dom/b", "b");
	CHECK(hints(w) == 2);
	CHECK(watch_count(w) == count);
	put("b/vpasswd", "3");
	CHECK(hints(w) == 0);
	move("b", "dom/c");
	CHECK(hints(w) == 2);
	put("dom/c/vpasswd", "4");
	CHECK(hints(w) == 2);
	/* A directory by way of a link, and a source that is one. */
	make("far");
	point("dom/d", "../far");
	CHECK(hints(w) == 2);
	put("far/vpasswd", "5");
	CHECK(hints(w) == 2);
	put("real", "6");
	CHECK(unlink(at("dom/c/vpasswd")) == 0);
	point("dom/c/vpasswd", "../../real");
	CHECK(hints(w) == 2);
	put("real", "66");
	CHECK(hints(w) == 2);
	CHECK(unlink(at("dom/c/vpasswd")) == 0);
	CHECK(hints(w) == 2);
	put("real", "666");
	CHECK(hints(w) == 0);
	/* All of it goes and comes again. */
	move("dom", "mod");
	CHECK(hints(w) == 2);
	move("mod", "dom");
	CHECK(hints(w) == 2);
	put("dom/a/vpasswd", "7");
	CHECK(hints(w) == 2);
	return end(w);
}

static int
test_any_depth(void)
{
	struct watch *w;

	make("t");
	w = begin("t/**/*.conf");
	put("t/x.conf", "1");
	CHECK(hints(w) == 2);
	make("t/a/b/c");
	put("t/a/b/c/x.conf", "1");
	CHECK(hints(w) == 2);
	put("t/a/b/c/x.conf", "2");
	CHECK(hints(w) == 2);
	put("t/a/b/c/x.txt", "2");
	CHECK(hints(w) == 0);
	make("t/.git/d");
	put("t/.git/d/x.conf", "2");
	CHECK(hints(w) == 0);
	move("t/a/b", "b");
	CHECK(hints(w) == 2);
	put("b/c/x.conf", "3");
	CHECK(hints(w) == 0);
	move("b", "t/b");
	CHECK(hints(w) == 2);
	put("t/b/c/x.conf", "4");
	CHECK(hints(w) == 2);
	/* Not through links. */
	make("far");
	point("t/far", "../far");
	(void)hints(w);
	put("far/x.conf", "5");
	CHECK(hints(w) == 0);
	/* The component after "**" may be a name. */
	CHECK(watch_add(w, 2, at("t/**/c/name")) == 0);
	put("t/b/c/name", "6");
	CHECK(hints(w) == 4);
	make("t/z/c");
	put("t/z/c/name", "6");
	CHECK((hints(w) & 4) != 0);
	put("t/z/c/name", "7");
	CHECK(hints(w) == 4);
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
		test_links,
		test_link_signs,
		test_link_to_known,
		test_link_loop,
		test_links_end,
		test_topics,
		test_found_by_add,
		test_inode,
		NULL,
	};
	int (*const seeing[])(void) = {
		test_slices,
		test_late_link,
		test_wildcards,
		test_any_depth,
		test_mounts,
		NULL,
	};
	int (*const coarse[])(void) = { test_number_again, NULL };
	int failed;

	enter();
	failed = run_all(everywhere);
	failed |= run_all(events_see_inside() ? seeing : coarse);
	leave();
	return failed;
}
