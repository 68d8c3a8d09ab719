/*
 * Records: what is written is read, and what is damaged is never believed.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cdb.h>

#include "daemon/ground.h"
#include "daemon/packed.h"
#include "daemon/record.h"
#include "tests/unit/check.h"

#define FILE_MAX 65536

static int
make_past(struct stamp_past *past)
{
	struct stamp s;
	char path[64];
	int i;

	memset(past, 0, sizeof(*past));
	memset(&s, 0, sizeof(s));
	past->rule.low = UINT64_MAX;
	past->rule.high = 2;
	past->records = 12345;
	past->unit = 2;
	past->mounts = calloc(1, 32);
	CHECK(past->mounts != NULL);
	memcpy(past->mounts, "/mnt\0/mnt/x", sizeof("/mnt\0/mnt/x"));
	past->tried.ending = STAMP_REFUSED;
	past->tried.at = 1234567890123;
	memset(past->tried.note, 'x', sizeof(past->tried.note) - 1);
	past->target.state = STAMP_PRESENT;
	past->target.inode = 77;
	past->target.mtime = -5;
	past->target.ctime = INT64_MIN;
	CHECK(stamp_set_add(&past->sources, "/a", STAMP_LITERAL, &s) == 0);
	s.state = STAMP_PRESENT;
	s.size = INT64_MAX;
	s.hashed = s.racy = true;
	s.digest.high = 9;
	CHECK(stamp_set_add(&past->sources, "/a/\xff\n", STAMP_DEP, &s) == 0);
	s.hashed = s.racy = false;
	memset(&s.digest, 0, sizeof(s.digest));
	for (i = 100; i < 150; i++) {
		s.inode = (uint64_t)i;
		snprintf(path, sizeof(path), "/b/%d", i);
		CHECK(
		    stamp_set_add(&past->sources, path, STAMP_MATCH, &s) == 0);
	}
	s.state = STAMP_CHANGED;
	s.error = EACCES;
	CHECK(stamp_set_add(&past->sources, "/c", STAMP_DEP, &s) == 0);
	return 0;
}

static bool
same_stamp(const struct stamp *a, const struct stamp *b)
{
	return a->state == b->state && a->error == b->error &&
	       a->inode == b->inode && a->size == b->size &&
	       a->mtime == b->mtime && a->ctime == b->ctime &&
	       a->hashed == b->hashed && a->racy == b->racy &&
	       digest_equal(a->digest, b->digest);
}

static bool
same(const struct stamp_past *a, const struct stamp_past *b)
{
	const struct stamp_entry *x, *y;
	size_t i;

	if (!b->exists || b->damaged || a->records != b->records ||
	    a->unit != b->unit || !digest_equal(a->rule, b->rule) ||
	    !same_stamp(&a->target, &b->target) ||
	    ground_size(a->mounts) != ground_size(b->mounts) ||
	    (a->mounts != NULL &&
		memcmp(a->mounts, b->mounts, ground_size(a->mounts)) != 0) ||
	    a->tried.ending != b->tried.ending || a->tried.at != b->tried.at ||
	    strcmp(a->tried.note, b->tried.note) != 0 ||
	    a->sources.count != b->sources.count)
		return false;
	for (i = 0; i < a->sources.count; i++) {
		x = &a->sources.entries[i];
		y = &b->sources.entries[i];
		if (strcmp(stamp_set_path(&a->sources, i),
			stamp_set_path(&b->sources, i)) != 0 ||
		    x->origin != y->origin || !same_stamp(&x->stamp, &y->stamp))
			return false;
	}
	return true;
}

/* Does reading find a damaged record, and nothing in it? */
static bool
damaged(const char *dir)
{
	struct stamp_past past;
	bool answer;

	answer = record_read(dir, RECORD_DONE, "rule", &past) == 0 &&
		 past.exists && past.damaged && past.sources.count == 0 &&
		 past.records == -1;
	stamp_past_fini(&past);
	return answer;
}

static int
put(const char *dir, const unsigned char *bytes, size_t n)
{
	char path[PATH_MAX];
	ssize_t written;
	int fd;

	snprintf(path, sizeof(path), "%s/record/rule", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd == -1)
		return -1;
	written = write(fd, bytes, n);
	return close(fd) == 0 && written == (ssize_t)n ? 0 : -1;
}

static ssize_t
get(const char *dir, unsigned char *bytes)
{
	char path[PATH_MAX];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/record/rule", dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	n = read(fd, bytes, FILE_MAX);
	return close(fd) == 0 ? n : -1;
}

static int
test_round(const char *dir)
{
	struct stamp_past past, back, empty;
	struct recordform_head head;
	char path[PATH_MAX];
	struct stat st;
	int fd;

	CHECK(record_read(dir, RECORD_DONE, "rule", &back) == 0);
	CHECK(!back.exists && !back.damaged && back.records == -1);
	stamp_past_fini(&back);
	CHECK(record_remove(dir, RECORD_DONE, "rule") == 0);
	CHECK(make_past(&past) == 0);
	CHECK(record_write(dir, RECORD_DONE, "rule", &past) == 0);
	snprintf(path, sizeof(path), "%s/record", dir);
	CHECK(stat(path, &st) == 0 && (st.st_mode & 07777) == 0700);
	CHECK(record_read(dir, RECORD_DONE, "rule", &back) == 0);
	CHECK(same(&past, &back));
	stamp_past_fini(&back);

	head = (struct recordform_head){ past.sources.count, INT64_MAX, false };
	CHECK(record_read_brief(dir, "rule", &head, &back) == 0 && head.whole);
	CHECK(same(&past, &back));
	stamp_past_fini(&back);
	head = (struct recordform_head){ past.sources.count, 0, true };
	CHECK(record_read_brief(dir, "rule", &head, &back) == 0 && !head.whole);
	CHECK(head.count == past.sources.count && head.bytes == INT64_MAX);
	CHECK(back.exists && back.sources.count == 0);
	CHECK(ground_size(back.mounts) == ground_size(past.mounts));
	stamp_past_fini(&back);
	CHECK(record_read_brief(dir, "none", &head, &back) == 0 && head.whole);
	CHECK(head.count == 0 && !back.exists && back.records == -1);
	fd = record_spare(dir);
	CHECK(fd > 0 && record_read_fd(fd, &back) == -1);
	stamp_past_fini(&back);
	CHECK(record_write_fd(fd, &past) == 0);
	CHECK(record_write_fd(fd, &past) == 0);
	CHECK(record_read_fd(fd, &back) == 0 && same(&past, &back));
	stamp_past_fini(&back);
	CHECK(close(fd) == 0);

	/* The two kinds are apart. */
	CHECK(record_read(dir, RECORD_TRIED, "rule", &back) == 0);
	CHECK(!back.exists);
	CHECK(record_write(dir, RECORD_TRIED, "rule", &past) == 0);
	CHECK(record_remove(dir, RECORD_DONE, "rule") == 0);
	CHECK(record_read(dir, RECORD_TRIED, "rule", &back) == 0);
	CHECK(same(&past, &back));
	stamp_past_fini(&back);
	CHECK(record_remove(dir, RECORD_TRIED, "rule") == 0);

	memset(&empty, 0, sizeof(empty));
	CHECK(record_write(dir, RECORD_DONE, "rule", &empty) == 0);
	CHECK(record_read(dir, RECORD_DONE, "rule", &back) == 0 &&
	      same(&empty, &back));
	stamp_past_fini(&back);
	CHECK(record_remove(dir, RECORD_DONE, "rule") == 0);
	CHECK(
	    record_read(dir, RECORD_DONE, "rule", &back) == 0 && !back.exists);
	stamp_past_fini(&back);
	stamp_past_fini(&past);
	return 0;
}

/* Every byte of the records counts; of the hash tables none, since nobody
 * looks anything up. */
static int
test_damage(const char *dir)
{
	static unsigned char bytes[FILE_MAX], garbage[FILE_MAX];
	struct stamp_past past;
	ssize_t n, i, end;

	CHECK(make_past(&past) == 0);
	CHECK(record_write(dir, RECORD_DONE, "rule", &past) == 0);
	stamp_past_fini(&past);
	n = get(dir, bytes);
	CHECK(n > 2048 && n < FILE_MAX);
	end = (ssize_t)cdb_unpack(bytes);
	CHECK(end > 2048 && end < n);
	for (i = 2048; i < end; i++) {
		bytes[i] ^= 0x80;
		CHECK(put(dir, bytes, (size_t)n) == 0 && damaged(dir));
		bytes[i] ^= 0x81;
		CHECK(put(dir, bytes, (size_t)n) == 0 && damaged(dir));
		bytes[i] ^= 0x01;
	}
	for (i = 0; i < end; i += i < 2040 ? 255 : 1)
		CHECK(put(dir, bytes, (size_t)i) == 0 && damaged(dir));
	/* Lengths that wrap around. */
	memset(bytes + 2048, 0xff, 8);
	CHECK(put(dir, bytes, (size_t)n) == 0 && damaged(dir));
	memset(garbage, 0xff, sizeof(garbage));
	CHECK(put(dir, garbage, sizeof(garbage)) == 0 && damaged(dir));
	memset(garbage, 0, sizeof(garbage));
	CHECK(put(dir, garbage, sizeof(garbage)) == 0 && damaged(dir));
	return 0;
}

/* A record with a right checksum may still make no sense, and one of a later
 * version may know more. */
static int
write_other(const char *dir, const char *key, size_t n, bool twice)
{
	static unsigned char bytes[FILE_MAX];
	struct stamp_past past;
	struct cdb_make make;
	struct digest sum;
	char path[PATH_MAX];
	struct cdb cdb;
	unsigned at;
	int fd, old;

	memset(&past, 0, sizeof(past));
	CHECK(record_write(dir, RECORD_DONE, "old", &past) == 0);
	snprintf(path, sizeof(path), "%s/record/old", dir);
	old = open(path, O_RDONLY | O_CLOEXEC);
	CHECK(old != -1 && cdb_init(&cdb, old) == 0);
	snprintf(path, sizeof(path), "%s/record/rule", dir);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CHECK(fd != -1 && cdb_make_start(&make, fd) == 0);
	cdb_seqinit(&at, &cdb);
	while (cdb_seqnext(&at, &cdb) > 0 && cdb_keylen(&cdb) < 8)
		;
	CHECK(cdb_make_add(&make, "triggerd", 8, cdb_getdata(&cdb), 16) == 0);
	if (twice)
		CHECK(cdb_make_add(
			  &make, "triggerd", 8, cdb_getdata(&cdb), 16) == 0);
	while (cdb_seqnext(&at, &cdb) > 0 && cdb_keylen(&cdb) < 8)
		CHECK(cdb_make_add(&make, cdb_getkey(&cdb), cdb_keylen(&cdb),
			  cdb_getdata(&cdb), cdb_datalen(&cdb)) == 0);
	memset(bytes, 0, sizeof(bytes));
	CHECK(cdb_make_add(
		  &make, key, (unsigned)strlen(key), bytes, (unsigned)n) == 0);
	cdb_free(&cdb);
	CHECK(close(old) == 0);
	/* Flush, to sum up what is there; the tables after it do not matter. */
	CHECK(cdb_make_finish(&make) == 0);
	CHECK(pread(fd, bytes, 4, 0) == 4);
	at = cdb_unpack(bytes);
	CHECK(pread(fd, bytes, at - 2048, 2048) == (ssize_t)at - 2048);
	sum = digest_bytes(bytes, at - 2048);
	cdb_pack(8, bytes);
	cdb_pack(16, bytes + 4);
	memcpy(bytes + 8, "checksum", 8);
	packed_put_digest(bytes + 16, sum);
	CHECK(pwrite(fd, bytes, 32, at) == 32);
	cdb_pack(at + 32, bytes);
	CHECK(pwrite(fd, bytes, 4, 0) == 4);
	CHECK(ftruncate(fd, at + 32 + 64) == 0);
	return close(fd);
}

static int
test_versions(const char *dir)
{
	struct stamp_past past;

	CHECK(write_other(dir, "mounts", 100, false) == 0);
	CHECK(record_read(dir, RECORD_DONE, "rule", &past) == 0);
	CHECK(past.exists && !past.damaged);
	stamp_past_fini(&past);
	CHECK(write_other(dir, "mounts", 100, true) == 0 && damaged(dir));
	/* A source more than the head says, one without a stamp. */
	CHECK(write_other(dir, "/a", 40, false) == 0 && damaged(dir));
	CHECK(write_other(dir, "/a", 39, false) == 0 && damaged(dir));
	CHECK(write_other(dir, "rule", 16, false) == 0 && damaged(dir));
	return 0;
}

static int
test_trouble(const char *dir)
{
	char path[PATH_MAX], name[PATH_MAX];
	struct stamp_past past;

	snprintf(path, sizeof(path), "%s/record/rule", dir);
	CHECK(unlink(path) == 0 && mkdir(path, 0700) == 0);
	CHECK(damaged(dir));
	memset(&past, 0, sizeof(past));
	CHECK(record_write(dir, RECORD_DONE, "rule", &past) == -1);
	CHECK(rmdir(path) == 0 && mkfifo(path, 0600) == 0);
	CHECK(damaged(dir));
	CHECK(record_write(dir, RECORD_DONE, "rule", &past) == 0);
	CHECK(unlink(path) == 0 && symlink("rule", path) == 0);
	CHECK(record_read(dir, RECORD_DONE, "rule", &past) == -1 &&
	      errno == ELOOP);
	CHECK(unlink(path) == 0);
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	CHECK(record_read(dir, RECORD_DONE, name, &past) == -1 &&
	      errno == ENAMETOOLONG);
	CHECK(record_write("/none", RECORD_DONE, "rule", &past) == -1 &&
	      errno == ENOENT);

	/* What a crash leaves is swept up; records are not. */
	CHECK(record_write(dir, RECORD_DONE, "rule", &past) == 0);
	snprintf(name, sizeof(name), "%s/record/.triggerd.Ab12Cd", dir);
	CHECK(symlink("none", name) == 0);
	CHECK(record_sweep(dir) == 0);
	CHECK(access(path, F_OK) == 0);
	CHECK(unlink(name) == -1 && errno == ENOENT);
	CHECK(record_sweep("/none") == 0);
	return 0;
}

/* No temporary file may be left, whatever happened. */
static int
test_clean(const char *dir)
{
	char command[128];

	snprintf(command, sizeof(command),
	    "test -z \"$(find %s -name '.triggerd*')\"", dir);
	CHECK(system(command) == 0);
	return 0;
}

int
main(void)
{
	char dir[] = "/tmp/record_test.XXXXXX", command[64];
	int failed;

	if (mkdtemp(dir) == NULL)
		return 1;
	failed = test_round(dir) || test_damage(dir) || test_versions(dir) ||
		 test_trouble(dir) || test_clean(dir);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command) != 0 || failed;
}
