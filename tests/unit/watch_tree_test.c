/*
 * watch_tree_test - what is watched, and how, with a backend that only takes
 * notes: places come and go with what they are for.
 */

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/check.h"
#include "tests/unit/watchnotes.h"

/* Directories that come and go leave nothing behind. */
static int
test_churn(struct watch_tree *t, struct notes *notes)
{
	size_t before;

	CHECK(add(t, 1, "d/*/a/b/f") == 0);
	CHECK(add(t, 2, "d/**/x.*") == 0);
	before = places(t);
	CHECK(hints(t) == 0);
	CHECK(mkdir("d/u", 0755) == 0 && mkdir("d/u/a", 0755) == 0);
	watch_tree_name(
	    t, handle(notes, "d"), "u", EVENTS_NAMES | EVENTS_ISDIR);
	CHECK(hints(t) == 6);
	CHECK(how(notes, "d/u") == ALL);
	CHECK(how(notes, "d/u/a") == ALL);
	/* The literal part of the way waits for what is not there. */
	CHECK(rmdir("d/u/a") == 0);
	watch_tree_name(
	    t, handle(notes, "d/u"), "a", EVENTS_NAMES | EVENTS_ISDIR);
	CHECK(mkdir("d/u/a", 0755) == 0 && mkdir("d/u/a/b", 0755) == 0);
	watch_tree_name(
	    t, handle(notes, "d/u"), "a", EVENTS_NAMES | EVENTS_ISDIR);
	CHECK((hints(t) & 2) != 0);
	CHECK(how(notes, "d/u/a/b") == ALL);
	CHECK(rename("d/u", "u") == 0);
	watch_tree_name(
	    t, handle(notes, "d"), "u", EVENTS_NAMES | EVENTS_ISDIR);
	CHECK(hints(t) == 6);
	CHECK(places(t) == before);
	CHECK(how(notes, "u") == 0 && how(notes, "u/a/b") == 0);
	/* A file where a directory could be leaves nothing either. */
	CHECK(link("file", "d/u") == 0);
	watch_tree_name(t, handle(notes, "d"), "u", EVENTS_NAMES);
	CHECK(hints(t) == 0 && places(t) == before);
	CHECK(unlink("d/u") == 0);
	drop(t, 1);
	drop(t, 2);
	CHECK(places(t) == 1);
	return 0;
}

/* A directory is watched for no more than it is needed for. */
static int
test_narrow(struct watch_tree *t, struct notes *notes)
{
	CHECK(add(t, 1, "d/s/f") == 0);
	CHECK(how(notes, "d") == (EVENTS_DIR | EVENTS_NEW));
	CHECK(how(notes, "d/s") == 0);
	CHECK(add(t, 2, "d/*.conf") == 0);
	CHECK(add(t, 3, "d/g") == 0);
	CHECK(how(notes, "d") == ALL);
	drop(t, 2);
	CHECK(how(notes, "d") == ALL);
	drop(t, 3);
	CHECK(how(notes, "d") == (EVENTS_DIR | EVENTS_NEW));
	drop(t, 1);
	CHECK(how(notes, "d") == 0 && t->places.bound == 0);
	return 0;
}

/* Names that are new in a directory on the way are watched for only while
 * something that is wanted there is not there. */
static int
test_strangers(struct watch_tree *t, struct notes *notes)
{
	CHECK(mkdir("d/s", 0755) == 0);
	CHECK(add(t, 1, "d/s/f") == 0);
	CHECK(how(notes, "d") == EVENTS_DIR);
	CHECK(how(notes, "d/s") == ALL);
	CHECK(rmdir("d/s") == 0);
	watch_tree_name(
	    t, handle(notes, "d"), "s", EVENTS_NAMES | EVENTS_ISDIR);
	CHECK(how(notes, "d") == (EVENTS_DIR | EVENTS_NEW));
	CHECK(add(t, 2, "d/r/f") == 0);
	CHECK(mkdir("d/s", 0755) == 0);
	watch_tree_name(
	    t, handle(notes, "d"), "s", EVENTS_NAMES | EVENTS_ISDIR);
	CHECK(how(notes, "d") == (EVENTS_DIR | EVENTS_NEW));
	CHECK(mkdir("d/r", 0755) == 0);
	watch_tree_name(
	    t, handle(notes, "d"), "r", EVENTS_NAMES | EVENTS_ISDIR);
	CHECK(how(notes, "d") == EVENTS_DIR);
	(void)hints(t);
	/* It is made before the watch is set, and no event tells. */
	CHECK(rmdir("d/s") == 0);
	notes->appears = "d/s";
	watch_tree_name(
	    t, handle(notes, "d"), "s", EVENTS_NAMES | EVENTS_ISDIR);
	CHECK(notes->appears == NULL && how(notes, "d/s") == ALL);
	CHECK(how(notes, "d") == EVENTS_DIR);
	/* Nor when what was not there is not wanted any more. */
	CHECK(add(t, 3, "d/q/f") == 0);
	CHECK(how(notes, "d") == (EVENTS_DIR | EVENTS_NEW));
	drop(t, 3);
	CHECK(how(notes, "d") == EVENTS_DIR);
	drop(t, 1);
	drop(t, 2);
	CHECK(rmdir("d/s") == 0 && rmdir("d/r") == 0);
	CHECK(places(t) == 1);
	return 0;
}

/* A source that is a directory: the names in it are what it holds. */
static int
test_directory(struct watch_tree *t, struct notes *notes)
{
	CHECK(add(t, 1, "d") == 0);
	CHECK(add(t, 2, "d/**") == 0);
	watch_tree_name(t, handle(notes, "d"), "new", EVENTS_NAMES);
	CHECK(hints(t) == 6);
	watch_tree_name(t, handle(notes, "d"), "new", 0);
	CHECK(hints(t) == 4);
	watch_tree_name(t, handle(notes, "d"), ".triggerd.x", EVENTS_NAMES);
	CHECK(hints(t) == 0);
	drop(t, 1);
	drop(t, 2);
	CHECK(t->wants.by_text == NULL);
	return 0;
}

static int
run(void)
{
	static struct notes notes;
	struct watch_tree t;
	int failed = 0;

	CHECK(watch_tree_init(&t, &ops, &notes) == 0);
	failed |= test_churn(&t, &notes);
	failed |= test_narrow(&t, &notes);
	failed |= test_strangers(&t, &notes);
	failed |= test_directory(&t, &notes);
	CHECK(notes.failures == 0);
	watch_tree_fini(&t);
	return failed;
}

int
main(void)
{
	char root[] = "/tmp/watch_tree_test.XXXXXX";
	int failed;

	FILE *file;

	CHECK(mkdtemp(root) != NULL && chdir(root) == 0);
	CHECK(mkdir("d", 0755) == 0);
	file = fopen("file", "w");
	CHECK(file != NULL && fclose(file) == 0);
	failed = run();
	if (failed == 0) {
		CHECK(unlink("file") == 0 && rmdir("d") == 0);
		CHECK(rmdir("u/a/b") == 0 && rmdir("u/a") == 0);
		CHECK(rmdir("u") == 0 && rmdir(root) == 0);
	}
	return failed;
}
