/*
 * cdbfile: the same bytes as tinycdb makes of the same records.
 */

#include <sys/stat.h>

#include <cdb.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builders/cdbfile.h"
#include "tests/unit/check.h"

#define LONG (600 * 1024) /* more than is written at a time */
#define MANY 50000

static char directory[] = "/tmp/cdbfile.XXXXXX";

/* A record of every kind: "number" chooses. */
static size_t
make_record(int number, char key[64], const char *big, const char **value)
{
	*value = number % 3 == 0 ? "" : "-";
	if (number == 7 || number == 8)
		*value = big;
	if (number == 9)
		return 0;
	return (size_t)snprintf(
	    key, 64, "%d@example.com", number % 1000 == 1 ? 1 : number);
}

static int
make_ours(const char *path, int n, const char *big)
{
	struct cdbfile c;
	const char *value;
	char key[64];
	size_t len;
	int i, rc = 0;

	if (cdbfile_open(&c, path, 0644) == -1)
		return -1;
	for (i = 0; i < n && rc == 0; i++) {
		len = make_record(i, key, big, &value);
		rc = cdbfile_add(
		    &c, key, len, value, value == big ? LONG : strlen(value));
	}
	if (rc == 0)
		rc = cdbfile_commit(&c);
	cdbfile_close(&c);
	return rc;
}

static int
make_theirs(const char *path, int n, const char *big)
{
	struct cdb_make make;
	const char *value;
	char key[64];
	size_t len;
	int i, rc = 0;
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd == -1 || cdb_make_start(&make, fd) == -1)
		return -1;
	for (i = 0; i < n && rc == 0; i++) {
		len = make_record(i, key, big, &value);
		rc = cdb_make_add(&make, key, (unsigned)len, value,
		    value == big ? LONG : (unsigned)strlen(value));
	}
	if (cdb_make_finish(&make) == -1)
		rc = -1;
	(void)close(fd); /* it is read at once */
	return rc;
}

static bool
are_same(const char *a, const char *b)
{
	FILE *x = fopen(a, "r"), *y = fopen(b, "r");
	int c = 0, d = 0;

	while (x != NULL && y != NULL && c == d && c != EOF) {
		c = getc(x);
		d = getc(y);
	}
	if (x != NULL)
		(void)fclose(x); /* read only */
	if (y != NULL)
		(void)fclose(y); /* read only */
	return x != NULL && y != NULL && c == d;
}

static int
test_bytes(const char *big)
{
	static const int sizes[] = { 0, 1, 2, 10, 300, MANY };
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		CHECK(make_ours("ours", sizes[i], big) == 0);
		CHECK(make_theirs("theirs", sizes[i], big) == 0);
		CHECK(are_same("ours", "theirs"));
	}
	return 0;
}

/* Keys in two parts are the same keys, however many end alike. */
static int
test_tails(void)
{
	static const char *const tails[] = { "@a.example", "", "@b",
		"@example.com", "@" };
	struct cdbfile ours, whole;
	char key[64];
	int i, j, n = 0, len;

	CHECK(cdbfile_open(&ours, "ours", 0644) == 0);
	CHECK(cdbfile_open(&whole, "theirs", 0644) == 0);
	for (i = 0; i < 40; i++) {
		cdbfile_tail(&ours, tails[i % 5], strlen(tails[i % 5]));
		for (j = 0; j < i; j++) {
			len = snprintf(key, sizeof(key), "%d", n++);
			CHECK(cdbfile_add(
				  &ours, key, (size_t)len, "-", i % 2) == 0);
			(void)snprintf(key + len, sizeof(key) - (size_t)len,
			    "%s", tails[i % 5]);
			CHECK(cdbfile_add(
				  &whole, key, strlen(key), "-", i % 2) == 0);
		}
	}
	CHECK(cdbfile_commit(&ours) == 0);
	CHECK(cdbfile_commit(&whole) == 0);
	cdbfile_close(&ours);
	cdbfile_close(&whole);
	CHECK(are_same("ours", "theirs"));
	return 0;
}

/* More than is written between two hints to the disk. */
static int
test_large(void)
{
	static char value[6 * 1024 * 1024];
	struct cdbfile ours;
	struct cdb_make theirs;
	int fd = open("theirs", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int i;

	memset(value, 'v', sizeof(value));
	CHECK(fd != -1 && cdb_make_start(&theirs, fd) == 0);
	CHECK(cdbfile_open(&ours, "ours", 0644) == 0);
	for (i = 0; i < 2; i++) {
		CHECK(cdbfile_add(&ours, "key", 3, value, sizeof(value)) == 0);
		CHECK(
		    cdb_make_add(&theirs, "key", 3, value, sizeof(value)) == 0);
	}
	CHECK(cdb_make_finish(&theirs) == 0 && close(fd) == 0);
	CHECK(cdbfile_commit(&ours) == 0);
	cdbfile_close(&ours);
	CHECK(are_same("ours", "theirs"));
	return 0;
}

/* A key that is longer than what is written at a time. */
static int
test_long_key(const char *big)
{
	struct cdbfile ours;
	struct cdb_make theirs;
	int fd = open("theirs", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	CHECK(fd != -1 && cdb_make_start(&theirs, fd) == 0);
	CHECK(cdbfile_open(&ours, "ours", 0644) == 0);
	cdbfile_tail(&ours, big, 3);
	CHECK(cdbfile_add(&ours, big, LONG - 3, "value", 5) == 0);
	CHECK(cdb_make_add(&theirs, big, LONG, "value", 5) == 0);
	CHECK(cdb_make_finish(&theirs) == 0 && close(fd) == 0);
	CHECK(cdbfile_commit(&ours) == 0);
	cdbfile_close(&ours);
	CHECK(are_same("ours", "theirs"));
	return 0;
}

/* Lengths that no file could have are refused before anything is read. */
static int
test_limit(void)
{
	struct cdbfile c;

	CHECK(cdbfile_open(&c, "large", 0644) == 0);
	errno = 0;
	CHECK(cdbfile_add(&c, "key", 3, "", UINT32_MAX) == -1);
	CHECK(errno == EFBIG);
	cdbfile_close(&c);
	CHECK(access("large", F_OK) == -1);
	return 0;
}

int
main(void)
{
	char *big = malloc(LONG);
	int rc = 1;

	CHECK(big != NULL && mkdtemp(directory) != NULL);
	CHECK(chdir(directory) == 0);
	memset(big, 'x', LONG);
	if (test_bytes(big) == 0 && test_tails() == 0 && test_large() == 0 &&
	    test_long_key(big) == 0 && test_limit() == 0)
		rc = 0;
	free(big);
	(void)unlink("ours"); /* no more than tidiness */
	(void)unlink("theirs");
	(void)rmdir(directory);
	return rc;
}
