/*
 * watch_wild_test - the directories that a pattern matches are watched as they
 * come and go, however many they are.
 */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/watching.h"

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

int
main(void)
{
	int (*const seeing[])(void) = {
		test_slices,
		test_late_link,
		test_wildcards,
		test_any_depth,
		NULL,
	};
	int failed;

	/* Where it is not told what such files hold: see watch_limit_test. */
	if (!events_see_inside())
		return 0;
	enter();
	failed = run_all(seeing);
	leave();
	return failed;
}
