/*
 * Memos: a record is read again when its file is another one, and only then.
 */

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ground.h"
#include "daemon/memo.h"
#include "tests/unit/check.h"

#define NOTHING "/mnt\0"

static int
write_record(const char *dir, int64_t records, size_t sources)
{
	struct stamp_past past = { .records = records };
	struct stamp s = { .state = STAMP_PRESENT, .size = 5, .hashed = true };
	char path[64];
	size_t i;

	past.mounts = malloc(sizeof(NOTHING));
	CHECK(past.mounts != NULL);
	memcpy(past.mounts, NOTHING, sizeof(NOTHING));
	for (i = 0; i < sources; i++) {
		snprintf(path, sizeof(path), "/source%03zu", i);
		CHECK(
		    stamp_set_add(&past.sources, path, STAMP_LITERAL, &s) == 0);
	}
	CHECK(record_write(dir, RECORD_DONE, "rule", &past) == 0);
	stamp_past_fini(&past);
	return 0;
}

/* Is what comes back this record? */
static bool
recalls(struct memo *m, const char *dir, int64_t records, size_t sources)
{
	struct recordform_head head = { 1000, 1000, false };
	struct stamp_past past;
	bool answer;

	answer = memo_read(m, dir, "rule", &head, &past) == 0 && head.whole &&
		 head.count == sources && head.bytes == 5 * sources &&
		 past.exists == (sources > 0) && past.records == records &&
		 past.sources.count == sources;
	for (size_t i = 0; answer && i < sources; i++)
		answer = past.sources.entries[i].stamp.size == 5 &&
			 strncmp(stamp_set_path(&past.sources, i), "/source",
			     7) == 0;
	if (answer && sources > 0)
		answer = ground_size(past.mounts) == sizeof(NOTHING) &&
			 strcmp(past.mounts, "/mnt") == 0;
	stamp_past_fini(&past);
	return answer;
}

static int
test_memo(const char *dir)
{
	struct memo m = { .filled = false };
	char path[64];

	snprintf(path, sizeof(path), "%s/record/rule", dir);
	CHECK(recalls(&m, dir, -1, 0) && !m.filled);
	CHECK(write_record(dir, 1, 2) == 0);
	CHECK(recalls(&m, dir, 1, 2) && m.filled);
	/* What it says comes from memory, and no two share it. */
	m.past.records = 7;
	CHECK(recalls(&m, dir, 7, 2) && recalls(&m, dir, 7, 2));
	/* Another file, though of the same size and the same moment. */
	CHECK(write_record(dir, 2, 2) == 0);
	CHECK(recalls(&m, dir, 2, 2));
	/* The same file, but another state of it. */
	m.past.records = 7;
	CHECK(chmod(path, 0400) == 0);
	CHECK(recalls(&m, dir, 2, 2));
	/* Gone. */
	CHECK(unlink(path) == 0);
	CHECK(recalls(&m, dir, -1, 0) && !m.filled);
	CHECK(write_record(dir, 3, MEMO_SOURCES) == 0);
	CHECK(recalls(&m, dir, 3, MEMO_SOURCES) && m.filled);
	m.past.records = 7;
	memo_forget(&m);
	memo_forget(&m);
	CHECK(recalls(&m, dir, 3, MEMO_SOURCES));
	/* Too much to be kept, then too much to be read. */
	CHECK(write_record(dir, 4, MEMO_SOURCES + 1) == 0);
	CHECK(recalls(&m, dir, 4, MEMO_SOURCES + 1) && !m.filled);
	CHECK(write_record(dir, 5, 1001) == 0);
	CHECK(!recalls(&m, dir, 5, 1001) && !m.filled);
	memo_forget(&m);
	return 0;
}

/* Is one of a run in vain found? */
static bool
finds_tried(struct memo *m, const char *dir)
{
	struct stamp_past past;
	bool found;

	found = memo_read_tried(m, dir, "rule", &past) == 0 && past.exists;
	stamp_past_fini(&past);
	return found;
}

static int
test_tried(const char *dir)
{
	const struct stamp_past past = { .records = -1 };
	struct memo m = { .filled = false };

	CHECK(!finds_tried(&m, dir));
	CHECK(record_write(dir, RECORD_TRIED, "rule", &past) == 0);
	CHECK(!finds_tried(&m, dir));
	memo_forget(&m);
	CHECK(finds_tried(&m, dir));
	/* What is there is always read. */
	CHECK(record_remove(dir, RECORD_TRIED, "rule") == 0);
	CHECK(!finds_tried(&m, dir));
	memo_forget(&m);
	return 0;
}

/* Of what is damaged nothing is kept. */
static int
test_damage(const char *dir)
{
	struct recordform_head head = { 1000, 1000, false };
	struct memo m = { .filled = false };
	struct stamp_past past;
	char path[64];

	snprintf(path, sizeof(path), "%s/record/rule", dir);
	CHECK(write_record(dir, 1, 2) == 0);
	CHECK(recalls(&m, dir, 1, 2) && truncate(path, 2100) == 0);
	CHECK(memo_read(&m, dir, "rule", &head, &past) == 0);
	CHECK(past.exists && past.damaged && !m.filled);
	stamp_past_fini(&past);
	return 0;
}

int
main(void)
{
	char dir[] = "/tmp/memo_test.XXXXXX", command[64];
	int failed;

	if (mkdtemp(dir) == NULL)
		return 1;
	failed = test_memo(dir) || test_tried(dir) || test_damage(dir);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command) != 0 || failed;
}
