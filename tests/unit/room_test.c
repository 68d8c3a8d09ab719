/*
 * room_test - what the daemon itself looks at, to the last source, name and
 * byte: as much as it says, and nothing that is more.
 */

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/check.h"
#include "daemon/record.h"
#include "daemon/walk.h"
#include "tests/unit/check.h"

/* Of a look; of a record, for a look to be begun. */
#define LOOK_PATHS 2000
#define LOOK_NAMES 20000
#define LOOK_BYTES (8 * 1024 * 1024)
#define BEGUN_PATHS 1000
#define BEGUN_BYTES (4 * 1024 * 1024)

/* By one of those. */
static const int around[] = { -1, 0, 1 };
#define AROUND (sizeof(around) / sizeof(around[0]))

static char dir[] = "/tmp/room_test.XXXXXX";
static char name[] = "rule", target[64];
static char texts[LOOK_PATHS + 1][64], *sources[LOOK_PATHS + 2];

static struct rule rule = {
	.name = name,
	.kind = RULE_BUILD,
	.sources = sources,
	.target = target,
	.create = true,
};

/* Nobody waits for the disk here. */
int
fsync(int fd)
{
	(void)fd;
	return 0;
}

/* The first "n" sources are the rule's. */
static void
take_sources(size_t n)
{
	size_t i;

	for (i = 0; i <= LOOK_PATHS; i++)
		sources[i] = i < n ? texts[i] : NULL;
}

/* Paths that are not there. */
static void
name_sources(void)
{
	size_t i;

	for (i = 0; i <= LOOK_PATHS; i++)
		snprintf(texts[i], sizeof(texts[i]), "%s/none/%06zu", dir, i);
}

/* Returns 0, or errno; EDOM if a source could not be stamped. */
static int
look(const struct stamp_past *kept, bool briefly)
{
	struct check_ask ask = { .rule = &rule,
		.state_dir = dir,
		.asked = CHECK_OTHER,
		.kept = kept,
		.briefly = briefly };
	struct check c;
	int error = check_disk(&ask, &c) == -1 ? errno : 0;

	if (error == 0 && c.verdict == STAMP_BLOCKED)
		error = EDOM;
	check_fini(&c);
	return error;
}

/* With what is above a limit, a look is too long to be brief. */
static bool
is_right(const struct stamp_past *kept, int over)
{
	int error = look(kept, true);

	if (error == (over > 0 ? EFBIG : 0) && look(kept, false) == 0)
		return true;
	fprintf(stderr, "%+d: %s\n", over, strerror(error));
	return false;
}

/* A set of "n" paths, of which the first is one of a file with "bytes". */
static int
fill(struct stamp_past *past, size_t n, int64_t bytes)
{
	struct stamp stamp = {
		.state = STAMP_PRESENT, .hashed = true, .size = bytes
	};
	size_t i;

	memset(past, 0, sizeof(*past));
	past->exists = true;
	past->records = -1;
	for (i = 0; i < n; i++) {
		if (stamp_set_add(
			&past->sources, texts[i], STAMP_DEP, &stamp) == -1)
			return -1;
		stamp.size = 0;
	}
	return 0;
}

static int
test_paths(void)
{
	struct stamp_past kept;
	size_t i;

	name_sources();
	for (i = 0; i < AROUND; i++) {
		take_sources((size_t)(LOOK_PATHS + around[i]));
		CHECK(is_right(NULL, around[i]));
	}
	/* What commands have read counts, too; one is named by the rule. */
	take_sources(1);
	for (i = 0; i < AROUND; i++) {
		CHECK(
		    fill(&kept, (size_t)(LOOK_PATHS - 1 + around[i]), 0) == 0);
		CHECK(is_right(&kept, around[i]));
		stamp_past_fini(&kept);
	}
	return 0;
}

static int
make_file(const char *path, off_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int rc = fd == -1 ? -1 : ftruncate(fd, size);

	return fd == -1 || close(fd) == -1 ? -1 : rc;
}

/* Make files in a new directory until it costs so much to read it. */
static int
make_dir(const char *path, int cost)
{
	char file[80];
	DIR *d;
	int n = WALK_DIR_COST;

	d = mkdir(path, 0700) == -1 ? NULL : opendir(path);
	if (d == NULL)
		return -1;
	while (readdir(d) != NULL)
		n++; /* what is in every directory */
	closedir(d);
	for (; n < cost; n++) {
		snprintf(file, sizeof(file), "%s/%d", path, n);
		if (make_file(file, 0) == -1)
			return -1;
	}
	return 0;
}

/* One directory is read again and again, and then another one once. */
static int
test_names(void)
{
	char path[64];
	size_t i, n;

	snprintf(path, sizeof(path), "%s/many", dir);
	CHECK(make_dir(path, 200) == 0);
	for (n = 0; n < LOOK_NAMES / 200 - 1; n++)
		snprintf(texts[n], sizeof(texts[n]), "%s/many/x*", dir);
	for (i = 0; i < AROUND; i++) {
		snprintf(path, sizeof(path), "%s/last%zu", dir, i);
		CHECK(make_dir(path, 200 + around[i]) == 0);
		snprintf(texts[n], sizeof(texts[n]), "%s/last%zu/x*", dir, i);
		take_sources(n + 1);
		CHECK(is_right(NULL, around[i]));
	}
	return 0;
}

/* All but a byte is in the first file. */
static int
test_bytes(void)
{
	size_t i;

	name_sources();
	snprintf(texts[0], sizeof(texts[0]), "%s/a", dir);
	snprintf(texts[1], sizeof(texts[1]), "%s/b", dir);
	take_sources(2);
	rule.content = true;
	CHECK(make_file(texts[0], LOOK_BYTES - 1) == 0);
	for (i = 0; i < AROUND; i++) {
		CHECK(make_file(texts[1], 1 + around[i]) == 0);
		CHECK(is_right(NULL, around[i]));
	}
	rule.content = false;
	return 0;
}

/* Is a look with such a record begun here?  From what was kept, and from the
 * disk, where all of it is read then. */
static bool
is_begun(size_t n, int64_t bytes, bool expected)
{
	struct check_ask ask = { .rule = &rule, .state_dir = dir };
	struct stamp_past kept, past;
	bool far, kept_long, read_long, whole;
	int rc = fill(&kept, n, bytes);

	if (rc == 0)
		rc = record_write(dir, RECORD_DONE, name, &kept);
	read_long = check_is_long(&ask, &past, &far);
	whole = ask.past == &past;
	stamp_past_fini(&past);
	ask.past = NULL;
	ask.kept = &kept;
	kept_long = check_is_long(&ask, &past, &far);
	stamp_past_fini(&past);
	stamp_past_fini(&kept);
	return rc == 0 && !far && kept_long != expected &&
	       read_long != expected && whole == expected;
}

static int
test_begun(void)
{
	size_t i;
	bool begun;

	name_sources();
	take_sources(1);
	for (i = 0; i < AROUND; i++) {
		begun = around[i] <= 0;
		CHECK(is_begun((size_t)(BEGUN_PATHS + around[i]), 0, begun));
		CHECK(is_begun(2, BEGUN_BYTES + around[i], begun));
	}
	return 0;
}

int
main(void)
{
	char command[64];
	int failed;

	CHECK(mkdtemp(dir) != NULL);
	snprintf(target, sizeof(target), "%s/out", dir);
	failed = test_paths() | test_names() | test_bytes() | test_begun();
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command) != 0 || failed;
}
