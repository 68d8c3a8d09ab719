/*
 * watch_random_test - whatever happens to a small tree, in whatever order: the
 * topics whose sources are others now have a hint.
 *
 *	watch_random_test [SEED [ROUNDS]]
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ev.h>

#include "daemon/digest.h"
#include "daemon/pattern.h"
#include "daemon/walk.h"
#include "tests/unit/check.h"
#include "triggers/events.h"
#include "triggers/watch.h"

#define ROUNDS 40
#define STEPS 60
#define OPS 3 /* between two looks, at most */

static const char *const patterns[] = { "a/b/f", "a/*/f", "**/f", "l/b/f",
	"a/b/c/f", "a/../b/f", "b", "*/l", "l/*" };
#define TOPICS (sizeof(patterns) / sizeof(patterns[0]))

static const char *const names[] = { "a", "b", "c", "f", "l" };

static char root[] = "/tmp/watch_random_test.XXXXXX";

struct world {
	struct watch *w;
	bool heard[TOPICS + 1];
	char told[64 * OPS * 8]; /* what was done since the last look */
};

static void
on_hint(const struct trigger_hint *hint, void *arg)
{
	struct world *world = arg;

	world->heard[hint->topic] = true;
}

static bool
add_path(const char *path, int error, void *arg)
{
	struct digest_sum *sum = arg;
	struct stat st;

	/* A name that leads nowhere is no source, and an error is no news. */
	if (error != 0 || stat(path, &st) == -1)
		return true;
	digest_add(sum, path, strlen(path) + 1);
	digest_add(sum, &st.st_ino, sizeof(st.st_ino));
	digest_add(sum, &st.st_size, sizeof(st.st_size));
	/* The time of a directory changes with every name in it. */
	if (S_ISREG(st.st_mode))
		digest_add(sum, &st.st_mtim, sizeof(st.st_mtim));
	return true;
}

/* What a topic's sources are now. */
static struct digest
sources(size_t topic)
{
	char pattern[PATH_MAX];
	struct digest_sum *sum = digest_new();

	if (sum == NULL)
		exit(111);
	(void)snprintf(
	    pattern, sizeof(pattern), "%s/%s", root, patterns[topic]);
	(void)walk_loosely(pattern, NULL, add_path, sum);
	return digest_end(sum);
}

/* A path of one to three names. */
static const char *
any_path(char *path)
{
	int i, n = 1 + rand() % 3;
	size_t length;

	(void)snprintf(path, PATH_MAX, "%s", root);
	for (i = 0; i < n; i++) {
		length = strlen(path);
		(void)snprintf(
		    path + length, PATH_MAX - length, "/%s", names[rand() % 5]);
	}
	return path;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	return ftw->level == 0 && strcmp(path, root) == 0 ? 0 : remove(path);
}

static void
append(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK, 0644);

	if (fd != -1 && write(fd, "x", 1) != 1)
		exit(111);
	if (fd != -1)
		(void)close(fd); /* the size tells */
}

/* Where nothing tells of what is written in place, wildcards do not see it. */
static void
write_file(const char *path)
{
	char other[PATH_MAX + 8];
	struct stat st;

	if (events_see_inside()) {
		append(path);
		return;
	}
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return;
	(void)snprintf(other, sizeof(other), "%s.new", path);
	append(other);
	if (rename(other, path) == -1)
		(void)unlink(other); /* it may not even be there */
}

/* Do something; most of it may fail. */
static void
act(struct world *world)
{
	static const char *const targets[] = { "a", "../a", "b", ".", "a/b",
		"l", "../b/c" };
	char one[PATH_MAX], two[PATH_MAX], line[200];
	const char *target = targets[rand() % 7];
	int what = rand() % 8, rc = 0;
	size_t length;

	any_path(one);
	any_path(two);
	switch (what) {
	case 0:
	case 1:
		rc = mkdir(one, 0755);
		break;
	case 2:
	case 3:
		write_file(one);
		break;
	case 4:
		rc = rename(one, two);
		break;
	case 5:
		rc = renameat2(AT_FDCWD, one, AT_FDCWD, two, RENAME_EXCHANGE);
		break;
	case 6:
		rc = symlink(target, one);
		break;
	default:
		(void)nftw(one, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	}
	(void)snprintf(line, sizeof(line), "  %d %s %s %s\n", what,
	    one + strlen(root), what == 6 ? target : two + strlen(root),
	    rc == 0 ? "" : "failed");
	length = strlen(world->told);
	if (length + strlen(line) < sizeof(world->told))
		memcpy(world->told + length, line, strlen(line) + 1);
}

static int
step(struct world *world, struct digest *before, long seed, int at)
{
	struct digest now;
	size_t i;
	int n, failed = 0;

	memset(world->heard, 0, sizeof(world->heard));
	world->told[0] = '\0';
	for (n = 1 + rand() % OPS; n > 0; n--)
		act(world);
	watch_drain(world->w);
	while (watch_is_busy(world->w))
		watch_drain(world->w);
	for (i = 0; i < TOPICS; i++) {
		now = sources(i);
		if (!digest_equal(now, before[i]) && !world->heard[i + 1] &&
		    !world->heard[0]) {
			(void)fprintf(stderr,
			    "seed %ld, step %d: no hint for %s after\n%s", seed,
			    at, patterns[i], world->told);
			failed = 1;
		}
		before[i] = now;
	}
	return failed;
}

static int
play(long seed)
{
	struct world world = { NULL };
	struct digest before[TOPICS];
	char pattern[PATH_MAX];
	size_t i;
	int n, failed = 0;

	srand((unsigned)seed);
	world.w = watch_new(EV_DEFAULT, on_hint, &world);
	CHECK(world.w != NULL);
	for (i = 0; i < TOPICS; i++) {
		(void)snprintf(
		    pattern, sizeof(pattern), "%s/%s", root, patterns[i]);
		CHECK(watch_add(world.w, (unsigned)i + 1, pattern) == 0);
	}
	for (i = 0; i < TOPICS; i++)
		before[i] = sources(i);
	for (n = 0; n < STEPS && failed == 0; n++)
		failed = step(&world, before, seed, n);
	watch_free(world.w);
	(void)nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return failed;
}

int
main(int argc, char **argv)
{
	long seed = argc > 1 ? atol(argv[1]) : 1;
	long rounds = argc > 2 ? atol(argv[2]) : ROUNDS;
	int failed = 0;

	CHECK(mkdtemp(root) != NULL && ev_default_loop(0) != NULL);
	for (; rounds > 0; rounds--)
		failed |= play(seed++);
	CHECK(rmdir(root) == 0);
	return failed;
}
