/*
 * watch_blind_test - a name whose kind cannot be asked for is not taken for one
 * that has gone: what it may lead to is watched, or that it is not is told.
 */

#include <sys/stat.h>

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/check.h"
#include "tests/unit/watchnotes.h"

/* What is at a path that ends so cannot be asked for, as often; and directories
 * do not say what is in them. */
static struct {
	const char *end;
	int times, error;
	bool untyped;
	bool links; /* it can be, but not where a link leads */
} blind = { "", 0, 0, false, false };

static bool
is_hidden(const char *path)
{
	size_t end = strlen(blind.end), n = strlen(path);

	if (blind.times == 0 || n < end ||
	    strcmp(path + n - end, blind.end) != 0)
		return false;
	blind.times--;
	errno = blind.error;
	return true;
}

static void
hide(const char *end, int times, int error)
{
	blind.end = end;
	blind.times = times;
	blind.error = error;
}

int
lstat(const char *path, struct stat *st)
{
	__typeof__(&lstat) next;

	*(void **)&next = dlsym(RTLD_NEXT, "lstat");
	return !blind.links && is_hidden(path) ? -1 : next(path, st);
}

ssize_t
readlink(const char *path, char *target, size_t size)
{
	__typeof__(&readlink) next;

	*(void **)&next = dlsym(RTLD_NEXT, "readlink");
	return is_hidden(path) ? -1 : next(path, target, size);
}

struct dirent *
readdir(DIR *dir)
{
	__typeof__(&readdir) next;
	struct dirent *entry;

	*(void **)&next = dlsym(RTLD_NEXT, "readdir");
	entry = next(dir);
	if (entry != NULL && blind.untyped)
		entry->d_type = DT_UNKNOWN;
	return entry;
}

static int
error_of(const struct watch_tree *t, unsigned id)
{
	return topic_find(&t->wants, id)->error;
}

/* Are the files in it watched, as behind a wildcard? */
static bool
is_content(const struct notes *notes, const char *path)
{
	return (how(notes, path) & EVENTS_CONTENT) != 0;
}

/* The name that an event tells of: once more in the directory, then. */
static int
test_event(struct watch_tree *t, struct notes *notes)
{
	CHECK(add(t, 1, "d/*/f") == 0 && add(t, 2, "e/*.c") == 0);
	CHECK(symlink("../e/s", "d/way") == 0);
	hide("/d/way", 1, EIO);
	watch_tree_name(t, handle(notes, "d"), "way", EVENTS_NAMES);
	CHECK(blind.times == 0 && how(notes, "e/s") == ALL);
	CHECK(!is_content(notes, "."));
	CHECK(symlink("../file", "e/x.c") == 0);
	hide("/e/x.c", 1, EIO);
	watch_tree_name(t, handle(notes, "e"), "x.c", EVENTS_NAMES);
	CHECK(blind.times == 0 && is_content(notes, "."));
	CHECK(notes->failures == 0 && error_of(t, 1) == 0);
	drop(t, 1);
	drop(t, 2);
	CHECK(unlink("d/way") == 0 && unlink("e/x.c") == 0);
	return 0;
}

/* What cannot be asked for at all is told, and asked for again. */
static int
test_told(struct watch_tree *t, struct notes *notes)
{
	CHECK(symlink("../e", "d/way") == 0);
	blind.untyped = true;
	CHECK(how(notes, "e") == 0);
	hide("/d/way", 1, EIO);
	CHECK(add(t, 1, "d/*/f") == 0);
	CHECK(blind.times == 0 && notes->failures == 1);
	CHECK(error_of(t, 1) == EIO && how(notes, "e") == 0);
	watch_tree_retry(t);
	CHECK(error_of(t, 1) == 0 && how(notes, "e") == ALL);
	CHECK((how(notes, "d") & EVENTS_NEW) != 0);

	/* By an event: it and the look that follows see nothing. */
	CHECK(unlink("d/way") == 0 && symlink("../e/s", "d/via") == 0);
	hide("/d/via", 2, EACCES);
	watch_tree_name(t, handle(notes, "d"), "via", EVENTS_NAMES);
	CHECK(blind.times == 0 && notes->failures == 2);
	CHECK(error_of(t, 1) == EACCES && how(notes, "e/s") == 0);
	watch_tree_retry(t);
	CHECK(error_of(t, 1) == 0 && how(notes, "e/s") == ALL);
	blind.untyped = false;
	drop(t, 1);
	CHECK(unlink("d/via") == 0);
	return 0;
}

/* A name behind a wildcard is asked for by itself. */
static int
test_literal(struct watch_tree *t, struct notes *notes)
{
	CHECK(symlink("../../file", "e/s/f") == 0);
	hide("/e/s/f", 1, EIO);
	CHECK(add(t, 1, "e/*/f") == 0);
	CHECK(blind.times == 0 && notes->failures == 3);
	CHECK(error_of(t, 1) == EIO && !is_content(notes, "."));
	watch_tree_retry(t);
	CHECK(error_of(t, 1) == 0 && is_content(notes, "."));
	drop(t, 1);
	CHECK(unlink("e/s/f") == 0);
	return 0;
}

/* What a link that cannot be read leads to is not watched, and that is told; it
 * is tried again. */
static int
test_link(struct watch_tree *t, struct notes *notes)
{
	CHECK(symlink("d", "link") == 0);
	blind.links = true;
	hide("/link", 1, EIO);
	CHECK(add(t, 1, "link/x") == 0);
	CHECK(blind.times == 0 && notes->failures == 4);
	CHECK(error_of(t, 1) == EIO && how(notes, "d") == 0);
	watch_tree_retry(t);
	CHECK(error_of(t, 1) == 0 && how(notes, "d") == ALL);
	blind.links = false;
	drop(t, 1);
	CHECK(unlink("link") == 0);
	return 0;
}

/* Of what has gone, or is no link, there is nothing to tell. */
static int
test_gone(struct watch_tree *t, struct notes *notes)
{
	static const int errors[] = { ENOENT, ENOTDIR };
	size_t i;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		hide("/e/s/f", 1, errors[i]);
		CHECK(add(t, 1, "e/*/f") == 0);
		CHECK(blind.times == 0 && error_of(t, 1) == 0);
		drop(t, 1);
	}
	CHECK(link("file", "e/s/f") == 0);
	CHECK(add(t, 1, "e/*/f") == 0);
	CHECK(notes->failures == 4 && error_of(t, 1) == 0);
	drop(t, 1);
	CHECK(unlink("e/s/f") == 0);
	return 0;
}

static int
run(void)
{
	static struct notes notes;
	struct watch_tree t;
	int failed = 0;

	CHECK(watch_tree_init(&t, &ops, &notes) == 0);
	failed |= test_event(&t, &notes) || test_told(&t, &notes);
	failed |= test_literal(&t, &notes) || test_link(&t, &notes);
	failed |= test_gone(&t, &notes);
	watch_tree_fini(&t);
	return failed;
}

int
main(void)
{
	char root[] = "/tmp/watch_blind_test.XXXXXX";
	char command[64];
	FILE *file;
	int failed;

	CHECK(mkdtemp(root) != NULL && chdir(root) == 0);
	CHECK(mkdir("d", 0755) == 0 && mkdir("e", 0755) == 0);
	CHECK(mkdir("e/s", 0755) == 0);
	file = fopen("file", "w");
	CHECK(file != NULL && fclose(file) == 0);
	failed = run();
	snprintf(command, sizeof(command), "rm -r %s", root);
	return system(command) != 0 || failed;
}
