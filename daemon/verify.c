#include <sys/stat.h>

#include <cdb.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/verify.h"

#define CDB_HEAD 2048 /* bytes: 256 pointers to hash tables */
#define CDB_TABLES 256
#define CDB_PAIR 8 /* bytes of a table pointer, a slot, a record's head */

struct table {
	uint32_t at, slots;
};

/* A cdb that is being looked at. */
struct reader {
	struct cdb cdb;
	uint32_t size;    /* of the file */
	uint32_t end;     /* of the records */
	uint8_t *starts;  /* a bit for each byte: a record begins here */
	uint64_t records; /* that no slot has led to so far */
	struct table tables[CDB_TABLES];
	char *why;
	size_t why_size;
};

static int LOG_FORMAT(2, 3) wrong(struct reader *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->why, r->why_size, fmt, ap);
	va_end(ap);
	errno = EILSEQ;
	return -1;
}

static uint32_t
number_at(const struct reader *r, uint32_t at)
{
	return cdb_unpack(r->cdb.cdb_mem + at);
}

/*
 * The records end where the first table begins, and the tables fill the rest
 * of the file: so no byte is looked at more often than its share, whatever
 * the pointers say.
 */
static int
check_head(struct reader *r)
{
	uint64_t slots = 0;
	unsigned i;

	r->end = number_at(r, 0);
	if (r->end < CDB_HEAD || r->end > r->size)
		return wrong(r,
		    "records end at %" PRIu32 ", file has %" PRIu32 " bytes",
		    r->end, r->size);
	for (i = 0; i < CDB_TABLES; i++) {
		struct table *t = &r->tables[i];

		t->at = number_at(r, i * CDB_PAIR);
		t->slots = number_at(r, i * CDB_PAIR + 4);
		if (t->at < r->end || t->at > r->size ||
		    t->slots > (r->size - t->at) / CDB_PAIR)
			return wrong(r, "table %u is not inside the file", i);
		slots += t->slots;
	}
	if (slots * CDB_PAIR != r->size - r->end)
		return wrong(r,
		    "tables have %" PRIu64 " bytes, file has room "
		    "for %" PRIu32,
		    slots * CDB_PAIR, r->size - r->end);
	return 0;
}

/*
 * cdb_seqnext() computes in 32 bits and can be led back to where it was: what
 * it found must add up in 64 bits too.
 */
static int
walk_records(struct reader *r)
{
	unsigned next = CDB_HEAD;
	uint32_t at;
	int rc;

	for (;;) {
		at = next;
		rc = cdb_seqnext(&next, &r->cdb);
		if (rc == 0)
			break;
		if (rc == -1 ||
		    (uint64_t)at + CDB_PAIR + cdb_keylen(&r->cdb) +
			    cdb_datalen(&r->cdb) !=
			next ||
		    next > r->end)
			return wrong(r,
			    "record at %" PRIu32 " reaches past the records",
			    at);
		r->starts[at / 8] |= (uint8_t)(1U << (at % 8));
		r->records++;
	}
	if (at != r->end)
		return wrong(
		    r, "%" PRIu32 " bytes after the last record", r->end - at);
	return 0;
}

/* A slot leads to one record, and no other slot leads to the same. */
static int
check_slot(struct reader *r, unsigned number, uint32_t hash, uint32_t at)
{
	const void *key;
	uint32_t length;
	uint8_t bit = (uint8_t)(1U << (at % 8));

	if (at < CDB_HEAD || at >= r->end || (r->starts[at / 8] & bit) == 0)
		return wrong(r,
		    "table %u: a slot leads to %" PRIu32
		    ", where no record begins",
		    number, at);
	r->starts[at / 8] &= (uint8_t)~bit;
	r->records--;
	length = number_at(r, at);
	key = cdb_get(&r->cdb, length, at + CDB_PAIR);
	if (key == NULL || cdb_hash(key, length) != hash ||
	    hash % CDB_TABLES != number)
		return wrong(r,
		    "table %u: the record at %" PRIu32 " has another hash",
		    number, at);
	return 0;
}

/*
 * A reader starts at the slot that the hash names and goes on, round the end
 * of the table, until it meets an empty slot.  So every slot in use must be
 * nearer to its start than the last empty one before it.
 */
static int
check_table(struct reader *r, unsigned number)
{
	const struct table *t = &r->tables[number];
	uint64_t i, full = 0; /* slots in use since the last empty one */
	uint32_t slot, at, hash, start, n = t->slots;

	if (n == 0)
		return 0;
	for (i = 0; i < 2 * (uint64_t)n; i++) {
		slot = t->at + (uint32_t)(i % n) * CDB_PAIR;
		hash = number_at(r, slot);
		at = number_at(r, slot + 4);
		if (at == 0) {
			full = 0;
			continue;
		}
		if (full < n)
			full++;
		if (i < n) /* the first round only counts */
			continue;
		start = (hash >> 8) % n;
		if ((i - start) % n >= full)
			return wrong(r,
			    "table %u: the record at %" PRIu32
			    " cannot be found",
			    number, at);
		if (check_slot(r, number, hash, at) == -1)
			return -1;
	}
	return 0;
}

static int64_t
count_cdb(struct reader *r)
{
	uint64_t records;
	unsigned i;

	if (check_head(r) == -1)
		return -1;
	r->starts = calloc(r->end / 8 + 1, 1);
	if (r->starts == NULL || walk_records(r) == -1)
		return -1;
	records = r->records;
	for (i = 0; i < CDB_TABLES; i++)
		if (check_table(r, i) == -1)
			return -1;
	if (r->records != 0)
		return wrong(
		    r, "%" PRIu64 " records are in no table", r->records);
	return (int64_t)records;
}

static int64_t
verify_cdb(int fd, char *why, size_t size)
{
	struct reader r = { .why = why, .why_size = size };
	struct stat st;
	int64_t count;
	int saved_errno;

	if (fstat(fd, &st) == -1)
		return -1;
	if (st.st_size < CDB_HEAD)
		return wrong(&r, "%jd bytes are too few for a cdb",
		    (intmax_t)st.st_size);
	if (st.st_size > UINT32_MAX)
		return wrong(&r, "%jd bytes are too many for a cdb",
		    (intmax_t)st.st_size);
	r.size = (uint32_t)st.st_size;
	if (cdb_init(&r.cdb, fd) == -1)
		return -1;
	count = count_cdb(&r);
	saved_errno = errno;
	free(r.starts);
	cdb_free(&r.cdb);
	errno = saved_errno;
	return count;
}

static int64_t
count_lines(int fd)
{
	char bytes[65536], last = '\n';
	const char *at;
	int64_t lines = 0;
	off_t offset = 0;
	ssize_t n;

	for (;;) {
		n = pread(fd, bytes, sizeof(bytes), offset);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			return lines + (last != '\n');
		for (at = bytes;
		     (at = memchr(at, '\n', (size_t)(bytes + n - at))) != NULL;
		     at++)
			lines++;
		last = bytes[n - 1];
		offset += n;
	}
}

int64_t
verify_count(int fd, enum rule_check check, char *why, size_t size)
{
	int64_t count = -1;

	why[0] = '\0';
	switch (check) {
	case RULE_CHECK_CDB:
		count = verify_cdb(fd, why, size);
		break;
	case RULE_CHECK_NONE:
		count = count_lines(fd);
		break;
	}
	if (count == -1 && why[0] == '\0')
		snprintf(why, size, "%s", strerror(errno));
	return count;
}

int
verify_guards(const struct rule *rule, int64_t now, int64_t before, char *why,
    size_t size)
{
	if (now < rule->min_records) {
		snprintf(why, size,
		    "%" PRId64 " records, min_records is %" PRId64, now,
		    rule->min_records);
		return -1;
	}
	/* Counts are below the size of a file: the products fit. */
	if (rule->max_shrink >= 0 && before > now &&
	    (before - now) * 100 > before * rule->max_shrink) {
		snprintf(why, size,
		    "%" PRId64 " records, were %" PRId64 ", max_shrink is %d%%",
		    now, before, rule->max_shrink);
		return -1;
	}
	return 0;
}
