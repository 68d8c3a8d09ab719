#include <sys/mman.h>

#include <cdb.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/verify.h"
#include "tests/unit/check.h"

#define RECORDS 40

static int
file_of(const void *bytes, size_t n)
{
	int fd = memfd_create("verify", MFD_CLOEXEC);

	if (fd == -1 || write(fd, bytes, n) != (ssize_t)n)
		abort();
	return fd;
}

/* Keys k0 ... with one that comes three times, and one empty record. */
static int
make_cdb(unsigned records)
{
	int fd = memfd_create("verify", MFD_CLOEXEC);
	struct cdb_make make;
	char key[16];
	unsigned i;

	if (fd == -1 || cdb_make_start(&make, fd) == -1)
		abort();
	for (i = 0; i < records; i++) {
		snprintf(key, sizeof(key), "k%u", i % (records - 2));
		cdb_make_add(&make, key, i == 5 ? 0 : (unsigned)strlen(key),
		    "value", i % 6);
	}
	if (cdb_make_finish(&make) == -1)
		abort();
	return fd;
}

static int64_t
count(int fd, enum rule_check check)
{
	char why[256];
	int64_t n = verify_count(fd, check, why, sizeof(why));

	if ((n == -1) != (why[0] != '\0'))
		abort();
	return n;
}

static int64_t
count_bytes(const void *bytes, size_t n, enum rule_check check)
{
	int fd = file_of(bytes, n);
	int64_t found = count(fd, check);

	close(fd);
	return found;
}

static int
test_lines(void)
{
	char big[200000];

	CHECK(count_bytes("", 0, RULE_CHECK_NONE) == 0);
	CHECK(count_bytes("a", 1, RULE_CHECK_NONE) == 1);
	CHECK(count_bytes("a\n", 2, RULE_CHECK_NONE) == 1);
	CHECK(count_bytes("a\n\nb", 4, RULE_CHECK_NONE) == 3);
	memset(big, '\n', sizeof(big));
	CHECK(count_bytes(big, sizeof(big), RULE_CHECK_NONE) == sizeof(big));
	memset(big, 'a', sizeof(big));
	CHECK(count_bytes(big, sizeof(big), RULE_CHECK_NONE) == 1);
	CHECK(count(-1, RULE_CHECK_NONE) == -1 && errno == EBADF);
	CHECK(count(-1, RULE_CHECK_CDB) == -1 && errno == EBADF);
	return 0;
}

static int
test_cdb(void)
{
	unsigned char zero[4096] = { 0 };
	int fd = make_cdb(RECORDS);
	off_t size = lseek(fd, 0, SEEK_END);

	CHECK(count(fd, RULE_CHECK_CDB) == RECORDS);
	CHECK(ftruncate(fd, size - 1) == 0);
	CHECK(count(fd, RULE_CHECK_CDB) == -1 && errno == EILSEQ);
	CHECK(ftruncate(fd, size) == 0 && ftruncate(fd, size + 8) == 0);
	CHECK(count(fd, RULE_CHECK_CDB) == -1 && errno == EILSEQ);
	close(fd);

	/* What a power cut leaves. */
	CHECK(count_bytes("", 0, RULE_CHECK_CDB) == -1 && errno == EILSEQ);
	CHECK(count_bytes(zero, 2047, RULE_CHECK_CDB) == -1);
	CHECK(count_bytes(zero, 2048, RULE_CHECK_CDB) == -1);
	CHECK(count_bytes(zero, 4096, RULE_CHECK_CDB) == -1);
	return 0;
}

static int
test_empty_cdb(void)
{
	struct cdb_make make;
	int fd = memfd_create("verify", MFD_CLOEXEC);

	CHECK(cdb_make_start(&make, fd) == 0 && cdb_make_finish(&make) == 0);
	CHECK(lseek(fd, 0, SEEK_END) == 2048);
	CHECK(count(fd, RULE_CHECK_CDB) == 0);
	close(fd);
	return 0;
}

static bool
all_found(int fd)
{
	struct cdb cdb;
	unsigned at, found = 0;

	if (cdb_init(&cdb, fd) == -1)
		return false;
	cdb_seqinit(&at, &cdb);
	while (cdb_seqnext(&at, &cdb) > 0) {
		unsigned where = cdb_keypos(&cdb), n = cdb_keylen(&cdb);
		const void *key = cdb_getkey(&cdb);
		struct cdb_find find;
		bool here = false;

		if (cdb_findinit(&find, &cdb, key, n) > 0)
			while (!here && cdb_findnext(&find) > 0)
				here = cdb_keypos(&cdb) == where;
		if (!here)
			break;
		found++;
	}
	cdb_free(&cdb);
	return found == RECORDS;
}

/*
 * Whatever byte is damaged, nothing but a file in which the library finds
 * every record passes; of the tables and their pointers no bit may change
 * unseen, but for the hashes of empty slots.
 */
static int
test_damage(void)
{
	static const unsigned char damage[] = { 1, 0x80, 0xff };
	int fd = make_cdb(RECORDS);
	off_t i, size = lseek(fd, 0, SEEK_END);
	unsigned char byte, bad;
	size_t d, passed = 0;

	CHECK(all_found(fd));
	for (i = 0; i < size; i++) {
		CHECK(pread(fd, &byte, 1, i) == 1);
		for (d = 0; d < sizeof(damage); d++) {
			bad = byte ^ damage[d];
			CHECK(pwrite(fd, &bad, 1, i) == 1);
			if (count(fd, RULE_CHECK_CDB) != -1) {
				CHECK(all_found(fd));
				passed++;
			} else
				CHECK(errno == EILSEQ);
		}
		CHECK(pwrite(fd, &byte, 1, i) == 1);
	}
	CHECK(passed > 0 && count(fd, RULE_CHECK_CDB) == RECORDS);
	close(fd);
	return 0;
}

/* cdb_seqnext() goes back to where it was after a key of 2^32 - 16 bytes. */
static int
test_wrap(void)
{
	int fd = make_cdb(RECORDS);
	unsigned char head[8];

	cdb_pack(0xfffffff8U - 8, head);
	cdb_pack(8, head + 4);
	CHECK(pwrite(fd, head, 8, 2048) == 8);
	CHECK(count(fd, RULE_CHECK_CDB) == -1 && errno == EILSEQ);
	cdb_pack(0xfffffff8U, head);
	cdb_pack(0, head + 4);
	CHECK(pwrite(fd, head, 8, 2048) == 8);
	CHECK(count(fd, RULE_CHECK_CDB) == -1 && errno == EILSEQ);
	close(fd);
	return 0;
}

/* Two slots that lead to the same record leave another one out. */
static int
test_lost_record(void)
{
	int fd = memfd_create("verify", MFD_CLOEXEC);
	struct cdb_make make;
	unsigned char head[8], slots[32];
	unsigned table = cdb_hash("same", 4) % 256, at, i;

	CHECK(cdb_make_start(&make, fd) == 0);
	CHECK(cdb_make_add(&make, "same", 4, "a", 1) == 0);
	CHECK(cdb_make_add(&make, "same", 4, "b", 1) == 0);
	CHECK(cdb_make_finish(&make) == 0);
	CHECK(count(fd, RULE_CHECK_CDB) == 2);
	CHECK(pread(fd, head, 8, table * 8) == 8);
	at = cdb_unpack(head);
	CHECK(cdb_unpack(head + 4) == 4 && pread(fd, slots, 32, at) == 32);
	for (i = 0; i < 4; i++)
		if (cdb_unpack(slots + i * 8 + 4) != 0)
			cdb_pack(2048, slots + i * 8 + 4);
	CHECK(pwrite(fd, slots, 32, at) == 32);
	CHECK(count(fd, RULE_CHECK_CDB) == -1 && errno == EILSEQ);
	close(fd);
	return 0;
}

/* A record behind an empty slot is there, and no reader finds it. */
static int
test_hidden_record(void)
{
	int fd = memfd_create("verify", MFD_CLOEXEC);
	struct cdb_make make;
	unsigned char head[8], slots[16], moved[16];
	unsigned table = cdb_hash("key", 3) % 256, at;

	CHECK(cdb_make_start(&make, fd) == 0);
	CHECK(cdb_make_add(&make, "key", 3, "a", 1) == 0);
	CHECK(cdb_make_finish(&make) == 0);
	CHECK(pread(fd, head, 8, table * 8) == 8);
	at = cdb_unpack(head);
	CHECK(cdb_unpack(head + 4) == 2 && pread(fd, slots, 16, at) == 16);
	memcpy(moved, slots + 8, 8);
	memcpy(moved + 8, slots, 8);
	CHECK(count(fd, RULE_CHECK_CDB) == 1);
	CHECK(pwrite(fd, moved, 16, at) == 16);
	CHECK(count(fd, RULE_CHECK_CDB) == -1 && errno == EILSEQ);
	memset(moved, 0, sizeof(moved)); /* and one that no slot leads to */
	CHECK(pwrite(fd, moved, 16, at) == 16);
	CHECK(count(fd, RULE_CHECK_CDB) == -1 && errno == EILSEQ);
	close(fd);
	return 0;
}

static int
test_guards(void)
{
	struct rule rule = { .max_shrink = 50, .min_records = 10 };
	char why[256];

	CHECK(verify_guards(&rule, 10, 20, why, sizeof(why)) == 0);
	CHECK(verify_guards(&rule, 10, 21, why, sizeof(why)) == -1);
	CHECK(verify_guards(&rule, 9, -1, why, sizeof(why)) == -1);
	CHECK(verify_guards(&rule, 10, -1, why, sizeof(why)) == 0);
	CHECK(verify_guards(&rule, 30, 20, why, sizeof(why)) == 0);
	rule.min_records = 0;
	CHECK(verify_guards(&rule, 0, 0, why, sizeof(why)) == 0);
	CHECK(verify_guards(&rule, 0, 1, why, sizeof(why)) == -1);
	rule.max_shrink = 0;
	CHECK(verify_guards(&rule, 999, 1000, why, sizeof(why)) == -1);
	CHECK(verify_guards(&rule, 1000, 1000, why, sizeof(why)) == 0);
	rule.max_shrink = 100;
	CHECK(verify_guards(&rule, 0, 1000, why, sizeof(why)) == 0);
	rule.max_shrink = -1;
	CHECK(verify_guards(&rule, 0, 1000, why, sizeof(why)) == 0);
	return 0;
}

int
main(void)
{
	return test_lines() || test_cdb() || test_empty_cdb() ||
	       test_damage() || test_wrap() || test_lost_record() ||
	       test_hidden_record() || test_guards();
}
