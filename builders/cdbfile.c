/*
 * cdbfile - write a cdb that its readers see whole or not at all.
 *
 * A header of 256 pairs of numbers: where each hash table is, and how many
 * slots it has; the records, each as the lengths of key and value, key, value;
 * the tables, of pairs of a hash and the place of its record.  Half of the
 * slots of a table are empty.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builders/arena.h"
#include "builders/cdbfile.h"

#define HASH_FIRST 5381u
#define PAIR 8 /* bytes of two numbers */
#define HEADER_SIZE (CDBFILE_TABLES * PAIR)
#define AT_ONCE 8 /* hashes: each step of one waits for its last */
#define SYNC_SIZE (4 * 1024 * 1024) /* bytes between two hints to the disk */

/* The number that has its lowest byte first in memory.  Compilers know which
 * way they go: of the usual one nothing is left. */
static uint32_t
low_first(uint32_t n)
{
	const uint32_t one = 1;
	char first;

	memcpy(&first, &one, 1);
	if (first == 1)
		return n;
	return n >> 24 | (n >> 8 & 0xff00) | (n << 8 & 0xff0000) | n << 24;
}

/* Two numbers, each with its lowest byte first. */
static void
put_pair(char *to, uint32_t a, uint32_t b)
{
	uint32_t pair[2] = { low_first(a), low_first(b) };

	memcpy(to, pair, PAIR);
}

static uint32_t
hash_more(uint32_t hash, const char *key, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		hash = (hash * 33) ^ (unsigned char)key[i];
	return hash;
}

static void
hash_at_once(struct cdbfile_slot *records, const char *tail, size_t len)
{
	uint32_t hashes[AT_ONCE];
	size_t i, at;

	for (i = 0; i < AT_ONCE; i++)
		hashes[i] = records[i].hash;
	for (at = 0; at < len; at++)
		for (i = 0; i < AT_ONCE; i++)
			hashes[i] = (hashes[i] * 33) ^ (unsigned char)tail[at];
	for (i = 0; i < AT_ONCE; i++)
		records[i].hash = hashes[i];
}

/* The hashes of the records with this tail, which so far are without it. */
static void
hash_tails(struct cdbfile *c)
{
	struct cdbfile_slot *records = c->records;
	size_t at = c->n_whole;

	for (; c->n_records - at >= AT_ONCE; at += AT_ONCE)
		hash_at_once(records + at, c->tail, c->tail_len);
	for (; at < c->n_records; at++)
		records[at].hash =
		    hash_more(records[at].hash, c->tail, c->tail_len);
	c->n_whole = at;
}

void
cdbfile_tail(struct cdbfile *c, const char *tail, size_t len)
{
	if (len == c->tail_len && memcmp(c->tail, tail, len) == 0)
		return;
	hash_tails(c);
	memcpy(c->tail, tail, len);
	c->tail_len = len;
}

int
cdbfile_open(struct cdbfile *c, const char *path, mode_t mode)
{
	memset(c, 0, sizeof(*c));
	if (tempfile_open(&c->file, path, mode) == -1)
		return -1;
	outfile_open(&c->out, c->file.fd);
	/* It is known at the end. */
	memset(outfile_room(&c->out, HEADER_SIZE), 0, HEADER_SIZE);
	c->place = HEADER_SIZE;
	return 0;
}

/* "len" more bytes, if they can be counted. */
static int
advance(struct cdbfile *c, size_t len)
{
	if (len > UINT32_MAX - c->place) {
		errno = EFBIG;
		return -1;
	}
	c->place += (uint32_t)len;
	return 0;
}

static void
begin_sync(struct cdbfile *c)
{
	if (c->place - c->hint_from < SYNC_SIZE)
		return;
	tempfile_begin_sync(&c->file);
	c->hint_from = c->place;
}

/* The bytes of a record, mostly few. */
static void
put_record(struct cdbfile *c, const char *key, size_t key_len,
    const char *value, size_t value_len)
{
	size_t len = PAIR + key_len + c->tail_len;
	char *to;

	if (len > OUTFILE_SIZE) {
		put_pair(outfile_room(&c->out, PAIR),
		    (uint32_t)(key_len + c->tail_len), (uint32_t)value_len);
		outfile_put(&c->out, key, key_len);
		outfile_put(&c->out, c->tail, c->tail_len);
	} else {
		to = outfile_room(&c->out, len);
		put_pair(
		    to, (uint32_t)(key_len + c->tail_len), (uint32_t)value_len);
		memcpy(to + PAIR, key, key_len);
		memcpy(to + PAIR + key_len, c->tail, c->tail_len);
	}
	if (value_len > 0)
		outfile_put(&c->out, value, value_len);
}

int
cdbfile_add(struct cdbfile *c, const char *key, size_t key_len,
    const char *value, size_t value_len)
{
	struct cdbfile_slot *record;
	uint32_t place = c->place;

	if (advance(c, PAIR + c->tail_len) == -1 || advance(c, key_len) == -1 ||
	    advance(c, value_len) == -1)
		return -1;
	put_record(c, key, key_len, value, value_len);
	if (c->n_records == c->size)
		c->records = arena_grow(
		    c->records, c->n_records, &c->size, sizeof(*c->records));
	record = &c->records[c->n_records++];
	record->hash = hash_more(HASH_FIRST, key, key_len);
	record->place = place;
	begin_sync(c);
	errno = c->out.error;
	return c->out.error == 0 ? 0 : -1;
}

/* Of two records with one key the first is found first. */
static void
put_table(struct cdbfile *c, const struct cdbfile_slot *records, uint32_t n)
{
	struct cdbfile_slot *slots = arena_array(n * 2, sizeof(*slots));
	uint32_t i, at;

	for (i = 0; i < n; i++) {
		at = records[i].hash / CDBFILE_TABLES % (n * 2);
		while (slots[at].place != 0)
			at = at + 1 == n * 2 ? 0 : at + 1;
		slots[at] = records[i];
	}
	for (i = 0; i < n * 2; i++) {
		slots[i].hash = low_first(slots[i].hash);
		slots[i].place = low_first(slots[i].place);
	}
	outfile_put(&c->out, slots, n * 2 * sizeof(*slots));
	free(slots);
}

/* The records by tables, and in their order within each; "counts" tells how
 * many each has. */
static struct cdbfile_slot *
sort_records(const struct cdbfile *c, uint32_t counts[CDBFILE_TABLES])
{
	struct cdbfile_slot *sorted =
	    arena_array(c->n_records, sizeof(*sorted));
	size_t starts[CDBFILE_TABLES];
	size_t i, n = 0;

	for (i = 0; i < c->n_records; i++)
		counts[c->records[i].hash % CDBFILE_TABLES]++;
	for (i = 0; i < CDBFILE_TABLES; i++) {
		starts[i] = n;
		n += counts[i];
	}
	for (i = 0; i < c->n_records; i++)
		sorted[starts[c->records[i].hash % CDBFILE_TABLES]++] =
		    c->records[i];
	return sorted;
}

static int
put_tables(struct cdbfile *c, char header[HEADER_SIZE])
{
	uint32_t counts[CDBFILE_TABLES] = { 0 };
	struct cdbfile_slot *sorted;
	const struct cdbfile_slot *records;
	uint32_t n;
	size_t i;
	int rc = 0;

	hash_tails(c);
	sorted = sort_records(c, counts);
	records = sorted;
	for (i = 0; i < CDBFILE_TABLES && rc == 0; i++) {
		n = counts[i];
		put_pair(header + i * PAIR, c->place, n * 2);
		rc = advance(c, (size_t)n * 2 * PAIR);
		if (rc == 0)
			put_table(c, records, n);
		records += n;
	}
	free(sorted);
	return rc;
}

static int
finish(struct cdbfile *c)
{
	char header[HEADER_SIZE];
	ssize_t n;

	if (put_tables(c, header) == -1 || outfile_flush(&c->out) == -1)
		return -1;
	n = pwrite(c->file.fd, header, HEADER_SIZE, 0);
	if (n >= 0 && n < HEADER_SIZE)
		errno = ENOSPC;
	return n == HEADER_SIZE ? 0 : -1;
}

int
cdbfile_commit(struct cdbfile *c)
{
	return finish(c) == -1 ? -1 : tempfile_commit(&c->file);
}

int
cdbfile_commit_changed(struct cdbfile *c)
{
	return finish(c) == -1 ? -1 : tempfile_commit_changed(&c->file);
}

void
cdbfile_close(struct cdbfile *c)
{
	int saved_errno = errno;

	tempfile_close(&c->file);
	outfile_close(&c->out);
	free(c->records);
	memset(c, 0, sizeof(*c));
	c->file.fd = -1;
	errno = saved_errno;
}
