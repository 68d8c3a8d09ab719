/*
 * Has something else come to be where a path leads?
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/route.h"
#include "tests/unit/check.h"
#include "tests/unit/files.h"

static char dir[] = "/tmp/route_test.XXXXXX";
static struct route route;

static bool
is_new(const char *file)
{
	char path[2 * PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	return route_is_new(&route, path);
}

/* So many of these are new, asked one after the other. */
static int
news(const char *const *files)
{
	int n = 0;

	for (; *files != NULL; files++)
		n += is_new(*files);
	return n;
}

/* Change a directory, so long that the files' clock tells. */
static int
change(const char *directory)
{
	char path[PATH_MAX];
	struct stamp s;

	snprintf(path, sizeof(path), "%s/new", directory);
	do {
		if (mkdir(path, 0700) == -1 || rmdir(path) == -1)
			return -1;
		stamp_take_plain(directory, &s);
	} while (!stamp_is_later(&s, route.since));
	return 0;
}

static int
make_link(const char *name, const char *text)
{
	struct stamp s;

	do {
		if (symlink(text, "next") == -1 || rename("next", name) == -1)
			return -1;
		stamp_take_link(name, &s);
	} while (!stamp_is_later(&s, route.since));
	return 0;
}

/* Nothing is later than now. */
static int
begin(void)
{
	struct stamp s;

	if (mkdir("new", 0700) == -1 || rmdir("new") == -1)
		return -1;
	stamp_take_plain(".", &s);
	while (stamp_clock() <= s.ctime)
		continue;
	route_begin(&route, stamp_clock());
	return 0;
}

static int
make_all(void)
{
	CHECK(mkdir("a", 0700) == 0 && mkdir("a/b", 0700) == 0);
	CHECK(mkdir("a/b/c", 0700) == 0 && put("a/b/c/file", "x") == 0);
	CHECK(symlink("../a/./b", "a/link") == 0);
	CHECK(symlink("none", "a/nowhere") == 0);
	CHECK(symlink("loop", "loop") == 0);
	CHECK(symlink("c/file", "a/b/last") == 0);
	return 0;
}

static const char *const all[] = { "a/b/c/file", "a/b/c/none", "a/link/c/file",
	"a/b/c/file/below", "a/b/none/none", "a/nowhere", "a/nowhere/x",
	"loop/x", "a/b/last", "a/b/last", "a/../a/link/../b/c/file", "a/b/c",
	NULL };

static int
test_same(void)
{
	char text[2 * PATH_MAX];

	CHECK(make_all() == 0);
	CHECK(begin() == 0);
	CHECK(news(all) == 0);
	CHECK(!route_is_new(&route, "/") && !route_is_new(&route, "/none"));
	memset(text, '/', sizeof(text));
	memcpy(text + PATH_MAX, "/x", 3);
	CHECK(!route_is_new(&route, text));
	memset(text, 'x', PATH_MAX);
	text[0] = '/';
	CHECK(!route_is_new(&route, text));
	return 0;
}

/* Names in one directory are mostly innocent of the files below. */
static int
test_directory(void)
{
	CHECK(change("a/b") == 0);
	CHECK(!is_new("a/b/c/file") && !is_new("a/b/c/none"));
	CHECK(is_new("a/b/none") && is_new("a/b/none/none"));
	CHECK(is_new("a/link/none"));
	CHECK(!is_new("a/nowhere"));
	CHECK(rename("a/b/c", "a/b/was") == 0 && change("a/b/was") == 0);
	CHECK(is_new("a/b/c/file"));
	CHECK(rename("a/b/was", "a/b/c") == 0);
	route_begin(&route, route.since);
	CHECK(is_new("a/b/c/file") && is_new("a/link/c/file"));
	return 0;
}

static int
test_link(void)
{
	CHECK(begin() == 0);
	CHECK(make_link("link", "a") == 0);
	CHECK(is_new("link/b/c/file") && !is_new("a/b/c/file"));
	CHECK(begin() == 0);
	CHECK(!is_new("link/b/c/file"));
	CHECK(make_link("link", dir) == 0);
	route_begin(&route, route.since);
	CHECK(is_new("link") && is_new("link/b/c/file"));
	CHECK(begin() == 0);
	CHECK(!is_new("link/a/b/c/file") && !is_new("link/link/a/b/c/file"));
	return 0;
}

/* The way back is not the way to the next. */
static int
test_back(void)
{
	CHECK(begin() == 0);
	CHECK(make_link("a/b/link", "c") == 0);
	route_begin(&route, route.since);
	CHECK(!is_new("a/b/..") && is_new("a/b/link"));
	return 0;
}

int
main(void)
{
	char command[64];
	int rc;

	CHECK(mkdtemp(dir) != NULL && chdir(dir) == 0);
	rc = test_same() || test_directory() || test_link() || test_back();
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command) != 0 || rc;
}
