/*
 * Where rules stand: on a table of mounts of our own, since tests cannot mount
 * what is not local, and once on the system's.
 */

#include <sys/stat.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ground.h"
#include "tests/unit/check.h"

static char dir[] = "/tmp/ground_test.XXXXXX";

struct table {
	struct mounts mounts;
	struct mount list[8];
	char text[1024];
	size_t used;
};

static void
add(struct table *t, const char *point, bool local, bool automatic)
{
	struct mount *mount = &t->list[t->mounts.count++];

	mount->point = t->used;
	mount->length = strlen(point);
	mount->local = local;
	mount->automatic = automatic;
	t->mounts.all_local = t->mounts.all_local && local;
	snprintf(t->text + t->used, sizeof(t->text) - t->used, "%s", point);
	t->used += strlen(point) + 1;
}

static void
make_table(struct table *t)
{
	memset(t, 0, sizeof(*t));
	t->mounts.list = t->list;
	t->mounts.text = t->text;
	t->mounts.all_local = true;
	add(t, "/", true, false);
}

static const char *
at(int slot, const char *name)
{
	static char path[4][PATH_MAX];

	snprintf(path[slot], sizeof(path[slot]), "%s/%s", dir, name);
	return path[slot];
}

static void
add_below(struct table *t, const char *name, bool local, bool automatic)
{
	add(t, at(3, name), local, automatic);
}

static int
test_table(void)
{
	const struct mount *mount;
	struct table t;

	make_table(&t);
	add_below(&t, "far", false, false);
	add_below(&t, "far/near", true, false);
	mount = mounts_of(&t.mounts, at(0, "far/x"));
	CHECK(mount != NULL && !mount->local);
	mount = mounts_of(&t.mounts, at(0, "far/near/x"));
	CHECK(mount != NULL && mount->local);
	mount = mounts_of(&t.mounts, at(0, "farther"));
	CHECK(mount == &t.list[0]);
	add_below(&t, "far", true, false);
	mount = mounts_of(&t.mounts, at(0, "far"));
	CHECK(mount == &t.list[3]);
	CHECK(mounts_shows(&t.mounts, at(0, "far")));
	CHECK(!mounts_shows(&t.mounts, at(0, "fa")));
	return 0;
}

/* What the kernel tells, if it does, through links too. */
static int
test_holding(const struct mounts *m, const struct mount *proc)
{
	const struct mount *mount;

	mount = mounts_holding(m, "/proc/self/status");
	CHECK(mount == NULL || mount == proc);
	CHECK(symlink("/proc/self", at(0, "self")) == 0);
	CHECK(mounts_holding(m, at(1, "self/status")) == mount);
	CHECK(mounts_holding(m, at(0, "self")) == mount);
	mount = mounts_holding(m, dir);
	CHECK(mount == NULL || mount == mounts_of(m, dir));
	CHECK(mounts_holding(m, at(1, "none")) == NULL);
	CHECK(unlink(at(0, "self")) == 0);
	return 0;
}

static int
test_system(void)
{
	struct mounts m;
	const struct mount *mount;

	memset(&m, 0, sizeof(m));
	CHECK(mounts_refresh(&m) == 0);
	if (m.count > 0) {
		mount = mounts_of(&m, "/proc/self");
		CHECK(mount != NULL && mount->local);
		CHECK(strcmp(mounts_point(&m, mount), "/proc") == 0);
		CHECK(mounts_refresh(&m) == 0 && mounts_shows(&m, "/proc"));
		CHECK(test_holding(&m, mount) == 0);
	}
	mounts_fini(&m);
	CHECK(mounts_of(&m, "/") == NULL);
	return 0;
}

static int
test_find(void)
{
	char first[PATH_MAX], second[PATH_MAX], target[PATH_MAX];
	char *patterns[] = { first, second, NULL };
	struct rule rule = { .sources = patterns, .target = target };
	struct stamp_set sources;
	struct stamp stamp;
	struct table t;
	char *list = NULL;

	make_table(&t);
	add_below(&t, "a", true, false);
	add_below(&t, "b/deep", true, false);
	add_below(&t, "c", true, false);
	add_below(&t, "unused", true, false);
	memset(&sources, 0, sizeof(sources));
	memset(&stamp, 0, sizeof(stamp));
	CHECK(symlink("a", at(0, "link")) == 0);
	snprintf(first, sizeof(first), "%s", at(0, "link/x/*"));
	snprintf(second, sizeof(second), "%s", at(0, "b/*/y"));
	snprintf(target, sizeof(target), "%s", at(0, "out"));
	CHECK(stamp_set_add(&sources, at(0, "b/deep/y"), STAMP_MATCH, &stamp) ==
	      0);
	CHECK(stamp_set_add(&sources, at(0, "c/dep"), STAMP_DEP, &stamp) == 0);
	CHECK(ground_find(&t.mounts, &rule, &sources, &list) == 0);
	CHECK(ground_find(&t.mounts, &rule, &sources, &list) == 0);
	CHECK(ground_size(list) == 3 * strlen(dir) + sizeof("/a") +
				       sizeof("/b/deep") + sizeof("/c") + 1);
	CHECK(ground_missing(&t.mounts, list, false) == NULL);
	t.mounts.count = 3; /* c is gone */
	CHECK(strcmp(ground_missing(&t.mounts, list, false), at(0, "c")) == 0);
	/* What is mounted when it is looked at is missed only after a look. */
	add_below(&t, "c", false, true);
	CHECK(ground_missing(&t.mounts, list, false) == NULL);
	CHECK(ground_missing(&t.mounts, list, true) != NULL);
	t.mounts.count = 0;
	CHECK(ground_missing(&t.mounts, list, true) == NULL);
	CHECK(ground_missing(&t.mounts, NULL, true) == NULL);
	CHECK(ground_size(NULL) == 0);
	stamp_set_fini(&sources);
	free(list);
	CHECK(unlink(at(0, "link")) == 0);
	return 0;
}

static bool
is_local(const struct table *t, const char *pattern, const char *target)
{
	char source[PATH_MAX], product[PATH_MAX];
	char *patterns[] = { source, NULL };
	struct rule rule = { .sources = patterns, .target = product };

	snprintf(source, sizeof(source), "%s/%s", dir, pattern);
	snprintf(product, sizeof(product), "%s/%s", dir, target);
	return ground_is_local(&t->mounts, &rule, NULL);
}

static int
test_local(void)
{
	struct table t;
	struct rule rule = { .sources = (char *[]){ NULL } };
	char list[PATH_MAX + 1];

	make_table(&t);
	add_below(&t, "data/far", false, false);
	CHECK(is_local(&t, "src/*", "out"));
	CHECK(!is_local(&t, "data/far/x", "out"));
	CHECK(!is_local(&t, "src/*", "data/far/out"));
	CHECK(!is_local(&t, "data/*/x", "out"));
	CHECK(is_local(&t, "data/x", "out"));
	/* Links are followed, also chains, circles and to the outside. */
	CHECK(symlink("data/far/deep", at(0, "one")) == 0);
	CHECK(symlink(at(0, "one"), at(1, "two")) == 0);
	CHECK(symlink("../x/../round", at(0, "round")) == 0);
	CHECK(!is_local(&t, "two/x", "out"));
	CHECK(!is_local(&t, "./x/../one", "out"));
	CHECK(is_local(&t, "round/x", "out"));
	memset(list, 0, sizeof(list));
	snprintf(list, sizeof(list), "%s", at(0, "data/far"));
	CHECK(!ground_is_local(&t.mounts, &rule, list));
	CHECK(ground_is_local(&t.mounts, &rule, NULL));
	return 0;
}

int
main(void)
{
	char command[64];
	int rc;

	CHECK(mkdtemp(dir) != NULL);
	rc = test_table() || test_system() || test_find() || test_local();
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command) != 0 || rc;
}
