/*
 * Patterns against names, paths and directories.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/pattern.h"
#include "daemon/walk.h"
#include "tests/unit/check.h"

struct seen {
	const char *top;
	char text[1024]; /* " path" of each match, " path!errno" of trouble */
	int left;        /* how many more are wanted */
};

static bool
on_path(const char *path, int error, void *arg)
{
	struct seen *s = arg;
	size_t used = strlen(s->text);

	if (strncmp(path, s->top, strlen(s->top)) == 0)
		path += strlen(s->top);
	if (error == 0)
		snprintf(s->text + used, sizeof(s->text) - used, " %s", path);
	else
		snprintf(s->text + used, sizeof(s->text) - used, " %s!%d", path,
		    error);
	return --s->left > 0;
}

/* What the pattern below the directory finds, or what it reads for that. */
static const char *
look(const char *top, const char *pattern, bool directories)
{
	static struct seen s;
	char full[PATH_MAX];
	int rc;

	memset(&s, 0, sizeof(s));
	s.top = top;
	s.left = 1000;
	snprintf(full, sizeof(full), "%s%s", top, pattern);
	rc = directories ? walk_directories(full, NULL, on_path, &s)
			 : walk_pattern(full, on_path, &s);
	return rc == -1 ? "failed" : s.text;
}

static const char *
walk(const char *top, const char *pattern)
{
	return look(top, pattern, false);
}

static const char *
directories(const char *top, const char *pattern)
{
	return look(top, pattern, true);
}

static bool
name(const char *component, const char *text)
{
	return pattern_matches_name(component, strlen(component), text);
}

static int
test_names(void)
{
	CHECK(name("passwd", "passwd") && !name("passwd", "passwdx"));
	CHECK(!name("passwd", "passw") && !name("", "a") && !name("*", ""));
	CHECK(name("*", "a") && name("a*", "a") && name("*a", "bba"));
	CHECK(name("a*b*c", "axxbyybc") && !name("a*b*c", "axxbyyb"));
	CHECK(name("a?c", "abc") && !name("a?c", "ac") && !name("?", ""));
	CHECK(name("[a-c]x", "bx") && !name("[a-c]x", "dx"));
	CHECK(name("[!a-c]", "d") && !name("[!a-c]", "a"));
	CHECK(name("[^a]", "d") && !name("[^a]", "a"));
	CHECK(name("[]a]", "]") && name("[!]a]", "b") && name("[a-]", "-"));
	CHECK(name("[\\]]", "]") && name("[a\\-z]", "-"));
	CHECK(!name("[a\\-z]", "b") && name("[[]", "["));
	CHECK(name("[\x80-\xff]", "\xc3") && !name("[\x80-\xff]", "a"));
	CHECK(name("\\*", "*") && !name("\\*", "a") && name("a\\?", "a?"));
	CHECK(!pattern_matches_name("abc", 2, "abc"));
	CHECK(pattern_matches_name("abc", 2, "ab"));

	/* A dot at the start must be written. */
	CHECK(!name("*", ".x") && !name("?x", ".x") && !name("[.]x", ".x"));
	CHECK(name(".*", ".x") && name("\\.x", ".x") && name("*", "a.x"));
	CHECK(!name(".*", ".triggerd.rule.abcdef"));
	CHECK(name(".*", ".triggerd"));
	return 0;
}

static int
test_faults(void)
{
	char long_pattern[3 * PATTERN_PARTS_MAX + 8];
	size_t i;

	CHECK(pattern_fault("/a/*/b[x]\\*") == NULL);
	CHECK(pattern_fault("/a/**/b") == NULL && pattern_fault("/**") == NULL);
	CHECK(pattern_fault("/a//b") == NULL);
	CHECK(pattern_fault("/a/\\**") == NULL);
	CHECK(pattern_fault("/a/[**]") == NULL);
	CHECK(pattern_fault("") != NULL && pattern_fault("a/b") != NULL);
	CHECK(pattern_fault("/") != NULL && pattern_fault("/a/") != NULL);
	CHECK(strcmp(pattern_fault("/a[b"), "unclosed [") == 0);
	CHECK(strcmp(pattern_fault("/a[b/c]"), "unclosed [") == 0);
	CHECK(pattern_fault("/a[]") != NULL && pattern_fault("/a[!]") != NULL);
	CHECK(pattern_fault("/[a-") != NULL && pattern_fault("/[\\]") != NULL);
	CHECK(pattern_fault("/a[[:alpha:]]") != NULL);
	CHECK(pattern_fault("/a/b\\") != NULL);
	CHECK(pattern_fault("/a\\/b") != NULL);
	CHECK(
	    pattern_fault("/a/../b") != NULL && pattern_fault("/./b") != NULL);
	CHECK(pattern_fault("/a/b**") != NULL);
	CHECK(pattern_fault("/a/***") != NULL);
	CHECK(pattern_fault("/a/..b") == NULL);

	memset(long_pattern, 0, sizeof(long_pattern));
	for (i = 0; i < PATTERN_PARTS_MAX; i++)
		memcpy(long_pattern + 3 * i, "/**", 3);
	CHECK(pattern_fault(long_pattern) == NULL);
	CHECK(pattern_matches(long_pattern, "/a"));
	memcpy(long_pattern + 3 * i, "/*", 2);
	CHECK(pattern_fault(long_pattern) != NULL);
	CHECK(!pattern_matches(long_pattern, "/a"));
	return 0;
}

static int
test_literals(void)
{
	char path[64];

	CHECK(pattern_is_literal("/a/b") && pattern_is_literal("/a/\\*"));
	CHECK(!pattern_is_literal("/a/*") && !pattern_is_literal("/[a]/b"));
	CHECK(!pattern_is_literal("/a/?") && !pattern_is_literal("/\\\\*"));
	pattern_unescape("/a//\\*b\\\\/c", path);
	CHECK(strcmp(path, "/a/*b\\/c") == 0);
	CHECK(pattern_escape("/a*[b?\\", path, sizeof(path)));
	CHECK(strcmp(path, "/a\\*\\[b\\?\\\\") == 0);
	CHECK(!pattern_escape("/a*", path, 4));
	return 0;
}

static int
test_order(void)
{
	CHECK(pattern_compare("/a", "/a") == 0);
	CHECK(pattern_compare("/a", "/a/b") < 0);
	CHECK(pattern_compare("/a/b", "/a") > 0);
	/* "!" and "-" sort before "/", but "a" is the shorter component. */
	CHECK(pattern_compare("/a/z", "/a!") < 0);
	CHECK(pattern_compare("/a-b", "/a/b") > 0);
	CHECK(pattern_compare("/a\xff", "/ab") > 0);
	CHECK(pattern_compare("/ab", "/b") < 0);
	return 0;
}

static int
test_paths(void)
{
	CHECK(pattern_matches("/a/*/c", "/a/b/c"));
	CHECK(!pattern_matches("/a/*/c", "/a/b/d"));
	CHECK(!pattern_matches("/a/*", "/a/b/c"));
	CHECK(!pattern_matches("/a/*/c", "/a/c"));
	CHECK(pattern_matches("/a/**/c", "/a/c"));
	CHECK(pattern_matches("/a/**/c", "/a/x/y/c"));
	CHECK(!pattern_matches("/a/**/c", "/a/x/y/d"));
	CHECK(!pattern_matches("/a/**/c", "/a/.x/c"));
	CHECK(pattern_matches("/a/**/.x/c", "/a/b/.x/c"));
	CHECK(pattern_matches("/a/**/b/**/c", "/a/b/x/b/y/c"));
	CHECK(!pattern_matches("/a/**/b/**/c", "/a/x/c"));
	CHECK(pattern_matches("/a/**", "/a/b/c"));
	CHECK(!pattern_matches("/a/**", "/a") && !pattern_matches("/a", "/"));
	CHECK(pattern_matches("/a//b", "/a/b"));
	return 0;
}

static int
make_file(const char *top, const char *path)
{
	char full[PATH_MAX];
	int fd;

	snprintf(full, sizeof(full), "%s%s", top, path);
	fd = open(full, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return fd == -1 ? -1 : close(fd);
}

static int
make_dir(const char *top, const char *path)
{
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", top, path);
	return mkdir(full, 0700);
}

static int
make_link(const char *to, const char *top, const char *path)
{
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", top, path);
	return symlink(to, full);
}

static int
make_tree(const char *top)
{
	CHECK(make_dir(top, "/a") == 0 && make_dir(top, "/a/d") == 0);
	CHECK(make_dir(top, "/a/.hid") == 0 && make_dir(top, "/b") == 0);
	CHECK(make_dir(top, "/a/d/d") == 0);
	CHECK(make_file(top, "/a/x") == 0 && make_file(top, "/a/d/x") == 0);
	CHECK(make_file(top, "/a/d/d/x") == 0);
	CHECK(make_file(top, "/a/.hid/x") == 0 && make_file(top, "/b/x") == 0);
	CHECK(make_file(top, "/a!") == 0 && make_file(top, "/a/*") == 0);
	CHECK(make_file(top, "/a/.triggerd.r.Ab12Cd") == 0);
	CHECK(make_link("../b", top, "/a/link") == 0);
	CHECK(make_link("nowhere", top, "/b/dangling") == 0);
	CHECK(make_link("loop", top, "/loop") == 0);
	return 0;
}

static int
test_directories(const char *top)
{
	CHECK(strcmp(directories(top, "/a/x"), "") == 0);
	CHECK(strcmp(directories(top, "/a/*"), " /a") == 0);
	CHECK(strcmp(directories(top, "/a/x/*"), "") == 0);
	CHECK(strcmp(directories(top, "/none/*"), "") == 0);
	CHECK(strcmp(directories(top, "/[ab]/d/x*"), "  /a/d") == 0);
	CHECK(strcmp(directories(top, "/a/**/x"), " /a /a/d /a/d/d") == 0);
	return 0;
}

static int
test_walk(const char *top)
{
	char loop[64], once[sizeof(((struct seen *)NULL)->text)];

	CHECK(strcmp(walk(top, "/*"), " /a /a! /b /loop") == 0);
	CHECK(strcmp(walk(top, "/a/x"), " /a/x") == 0);
	CHECK(strcmp(walk(top, "/none//x"), " /none/x") == 0);
	CHECK(strcmp(walk(top, "/none/*"), "") == 0);
	CHECK(strcmp(walk(top, "/a/x/*"), "") == 0);
	CHECK(strcmp(walk(top, "/a/\\*"), " /a/*") == 0);
	CHECK(strcmp(walk(top, "/a/.*"), " /a/.hid") == 0);
	/* A link is followed by "*", and a file is no directory. */
	CHECK(strcmp(walk(top, "/a/*/x"), " /a/d/x /a/link/x") == 0);
	snprintf(loop, sizeof(loop), " /loop/none!%d", ELOOP);
	CHECK(strcmp(walk(top, "/*/none"), loop) == 0);
	CHECK(strcmp(walk(top, "/[ab]/[xz]"), " /a/x /b/x") == 0);
	CHECK(strcmp(walk(top, "/b/*"), " /b/dangling /b/x") == 0);
	/* Not by "**", which finds each path once, in order. */
	CHECK(strcmp(walk(top, "/a/**/x"), " /a/d/d/x /a/d/x /a/x") == 0);
	CHECK(strcmp(walk(top, "/a/**/d/**/x"), " /a/d/d/x /a/d/x") == 0);
	CHECK(strcmp(walk(top, "/a/**/**/d/x"), " /a/d/d/x /a/d/x") == 0);
	CHECK(strcmp(walk(top, "/a/d/**"), " /a/d/d /a/d/d/x /a/d/x") == 0);
	snprintf(once, sizeof(once), "%s", walk(top, "/a/**"));
	CHECK(strcmp(walk(top, "/a/**/**"), once) == 0);
	snprintf(loop, sizeof(loop), " /loop!%d", ELOOP);
	CHECK(strcmp(walk(top, "/loop/*"), loop) == 0);
	CHECK(strcmp(walk(top, "/a["), "failed") == 0 && errno == EINVAL);
	return 0;
}

/* Sorted by what differs after a common beginning, short and long. */
static int
test_sorted(const char *top)
{
	static const char *const files[] = { "/s/user2", "/s/user10", "/s/user",
		"/s/user1", "/s/user1-very-long-b", "/s/user1-very-long-a",
		"/s/user\xff" };
	size_t i;

	CHECK(make_dir(top, "/s") == 0);
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		CHECK(make_file(top, files[i]) == 0);
	CHECK(
	    strcmp(walk(top, "/s/*"), " /s/user /s/user1 /s/user1-very-long-a"
				      " /s/user1-very-long-b /s/user10 /s/user2"
				      " /s/user\xff") == 0);
	return 0;
}

static int
test_loose(const char *top)
{
	char pattern[PATH_MAX];
	struct seen s;
	size_t room;

	snprintf(pattern, sizeof(pattern), "%s/[ab]/dangling", top);
	memset(&s, 0, sizeof(s));
	s.top = top;
	s.left = 9;
	CHECK(walk_loosely(pattern, NULL, on_path, &s) == 0);
	CHECK(strcmp(s.text, " /a/dangling /b/dangling") == 0);
	CHECK(strcmp(walk(top, "/[ab]/dangling"), " /b/dangling") == 0);

	/* With as much room as it takes, and with less. */
	memset(&s, 0, sizeof(s));
	s.top = top;
	s.left = 9;
	room = 1000;
	CHECK(walk_loosely(pattern, &room, on_path, &s) == 0 && room < 1000);
	room = 1000 - room;
	CHECK(room > WALK_DIR_COST && s.left == 7);
	room--;
	CHECK(walk_loosely(pattern, &room, on_path, &s) == -1);
	CHECK(errno == EFBIG && s.left == 7);

	/* The caller may end it. */
	memset(&s, 0, sizeof(s));
	s.top = top;
	s.left = 1;
	CHECK(walk_pattern(pattern, on_path, &s) == -1 && errno == ECANCELED);
	CHECK(strcmp(s.text, " /b/dangling") == 0);
	return 0;
}

/* Only somebody who is not root can be refused. */
static int
test_refused(const char *top)
{
	char path[PATH_MAX], want[64];

	if (geteuid() != 0)
		return 0;
	CHECK(chmod(top, 0755) == 0);
	snprintf(want, sizeof(want), " /a!%d", EACCES);
	CHECK(seteuid(65534) == 0);
	snprintf(path, sizeof(path), "%s", walk(top, "/a/*"));
	CHECK(seteuid(0) == 0);
	CHECK(strcmp(path, want) == 0);
	snprintf(want, sizeof(want), " /a/x!%d", EACCES);
	CHECK(seteuid(65534) == 0);
	snprintf(path, sizeof(path), "%s", walk(top, "/[a]/x"));
	CHECK(seteuid(0) == 0);
	CHECK(strcmp(path, want) == 0);
	snprintf(want, sizeof(want), " /a/d!%d", EACCES);
	CHECK(seteuid(65534) == 0);
	snprintf(path, sizeof(path), "%s", walk(top, "/a/d/*"));
	CHECK(seteuid(0) == 0);
	CHECK(strcmp(path, want) == 0);
	return 0;
}

/* "**" goes so deep and no deeper, and says so. */
static int
test_depth(const char *top)
{
	char path[PATH_MAX], want[64];
	const char *found;
	size_t i, used;

	used = (size_t)snprintf(path, sizeof(path), "%s/deep", top);
	CHECK(mkdir(path, 0700) == 0);
	for (i = 0; i < WALK_DEPTH_MAX; i++) {
		memcpy(path + used, "/n", 3);
		used += 2;
		CHECK(mkdir(path, 0700) == 0);
	}
	found = walk(top, "/deep/**/q");
	snprintf(want, sizeof(want), "/n/n!%d", ELOOP);
	CHECK(strstr(found, want) != NULL);
	CHECK(strchr(found + 1, ' ') == NULL);
	CHECK(strcmp(walk(top, "/deep/n/n/**/q"), "") == 0);
	return 0;
}

int
main(void)
{
	char top[] = "/tmp/pattern_test.XXXXXX", command[64];
	int failed;

	if (mkdtemp(top) == NULL)
		return 1;
	failed = test_names() || test_faults() || test_literals() ||
		 test_order() || test_paths() || make_tree(top) ||
		 test_walk(top) || test_directories(top) || test_sorted(top) ||
		 test_loose(top) || test_refused(top) || test_depth(top);
	snprintf(command, sizeof(command), "rm -r %s", top);
	return system(command) != 0 || failed;
}
