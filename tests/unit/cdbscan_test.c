/*
 * A cdb is walked as a whole, or not at all.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cdb.h>

#include "builders/cdbscan.h"
#include "tests/unit/check.h"

#define ROOM 8192

/* A cdb with two records; returns its size, or 0. */
static size_t
make_cdb(char bytes[ROOM])
{
	char name[] = "/tmp/cdbscan_test.XXXXXX";
	struct cdb_make make;
	ssize_t n = 0;
	int fd = mkstemp(name);

	if (fd == -1)
		return 0;
	(void)unlink(name); /* it lives as long as the descriptor */
	if (cdb_make_start(&make, fd) == 0 &&
	    cdb_make_add(&make, "key\0", 4, "value", 5) == 0 &&
	    cdb_make_add(&make, "", 0, "", 0) == 0 &&
	    cdb_make_finish(&make) == 0)
		n = pread(fd, bytes, ROOM, 0);
	(void)close(fd); /* nobody reads it any more */
	return n > 0 ? (size_t)n : 0;
}

static int
test_records(char *bytes, size_t len)
{
	struct cdbscan scan;
	struct cdbscan_record r;

	CHECK(cdbscan_start(&scan, bytes, len));
	CHECK(cdbscan_next(&scan, &r));
	CHECK(r.key_len == 4 && memcmp(r.key, "key\0", 4) == 0);
	CHECK(r.value_len == 5 && memcmp(r.value, "value", 5) == 0);
	CHECK(cdbscan_next(&scan, &r));
	CHECK(r.key_len == 0 && r.value_len == 0);
	CHECK(!cdbscan_next(&scan, &r));
	return 0;
}

/* In memory of exactly that size, so that a sanitizer sees a step beyond. */
static bool
starts(const char *bytes, size_t len)
{
	struct cdbscan scan;
	char *copy = malloc(len + 1);
	bool started;

	if (copy == NULL)
		return true;
	memcpy(copy, bytes, len);
	copy = realloc(copy, len == 0 ? 1 : len);
	started = copy == NULL || cdbscan_start(&scan, copy, len);
	free(copy);
	return started;
}

static int
test_damage(const char *bytes, size_t len)
{
	char bad[ROOM];
	size_t i;

	for (i = 0; i < len; i++)
		CHECK(!starts(bytes, i));
	for (i = 0; i < 2048; i++) {
		memcpy(bad, bytes, len);
		bad[i] = (char)0xff;
		(void)starts(bad, len); /* no step beyond */
	}
	memcpy(bad, bytes, len);
	bad[2048] = (char)0xff; /* the length of the first key */
	CHECK(!starts(bad, len));
	memcpy(bad, bytes, len);
	bad[2052] += 8; /* the first value swallows the second record */
	CHECK(!starts(bad, len));
	memset(bad, 0, 3000);
	CHECK(!starts(bad, 3000));
	return 0;
}

/* Tables without a slot, all at the end of what would be records. */
static bool
starts_unlisted(char *bad, size_t end)
{
	size_t i;

	memset(bad, 0, end);
	for (i = 0; i < 2048; i += 8) {
		bad[i] = (char)(end & 0xff);
		bad[i + 1] = (char)(end >> 8);
	}
	return starts(bad, end);
}

static int
test_unlisted(void)
{
	char bad[ROOM];

	CHECK(starts_unlisted(bad, 2048));
	CHECK(!starts_unlisted(bad, 2052)); /* half the lengths */
	CHECK(!starts_unlisted(bad, 2056)); /* an empty key and value */
	return 0;
}

/* As one file of another user's could keep a builder busy: all tables are its
 * second half, and that is empty. */
static int
test_overlap(void)
{
	char bad[ROOM];
	size_t i;

	memset(bad, 0, sizeof(bad));
	for (i = 0; i < 2048; i += 8) {
		bad[i + 1] = 2048 >> 8;
		bad[i + 4] = 100;
	}
	CHECK(!starts(bad, sizeof(bad)));
	/* One of them alone is right. */
	memset(bad + 4, 0, 2048 - 4);
	for (i = 0; i < 2048; i += 8)
		bad[i + 1] = 2048 >> 8;
	bad[4] = 100;
	CHECK(starts(bad, 2048 + 800));
	return 0;
}

int
main(void)
{
	char bytes[ROOM];
	size_t len = make_cdb(bytes);

	CHECK(len > 2048);
	return test_records(bytes, len) || test_damage(bytes, len) ||
	       test_unlisted() || test_overlap();
}
