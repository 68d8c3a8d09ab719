/*
 * recordform - a rule's record as bytes: a cdb.
 *
 * Its keys, in this order: "triggerd" (version of the format, count of sources,
 * bytes of content), "rule", "target", "records", perhaps "mounted" (a list of
 * ground.h) and "tried" (ending, time, what was said), then each source's path
 * in the order of the set, and "checksum", over the bytes of all records before
 * it.  It is read from front to back.  Numbers are little-endian.
 */

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cdb.h>

#include "daemon/ground.h"
#include "daemon/packed.h"
#include "daemon/pattern.h"
#include "daemon/recordform.h"

#define VERSION_OF_FORMAT 1
#define CDB_START 2048 /* where a cdb's first record lies */

#define HEAD_SIZE 16   /* version, count */
#define BYTES_SIZE 8   /* bytes of content, which may be missing */
#define TRIED_SIZE 16  /* ending, time */
#define RECORDS_SIZE 9 /* count, unit; which may be missing */

struct writer {
	struct cdb_make make;
	struct digest_sum *sum;
};

struct reader {
	struct cdb cdb;
	const unsigned char *key, *value;
	size_t key_length, value_length;
	struct stamp_past *past;
	size_t size;                 /* of the file */
	uint64_t count;              /* of sources, as the head says */
	uint64_t bytes;              /* of content, likewise */
	struct recordform_head most; /* to be read wholly */
	bool much;     /* it is more: stop where the sources begin */
	size_t heads;  /* how many of the fixed keys were seen */
	bool complete; /* the checksum was seen, and is right */
};

static bool
key_is(const struct reader *r, const char *key)
{
	size_t n = strlen(key);

	return r->key_length == n && memcmp(r->key, key, n) == 0;
}

/* Go to the next record.  Returns 1, 0 at the end, -1 if it is malformed.
 * cdb_seqnext() lets lengths beyond the end of the file pass, so that only what
 * cdb_get() hands out may be believed. */
static int
next_record(struct reader *r, unsigned *position)
{
	int rc;

	rc = cdb_seqnext(position, &r->cdb);
	if (rc <= 0)
		return rc;
	r->key_length = cdb_keylen(&r->cdb);
	r->value_length = cdb_datalen(&r->cdb);
	r->key = cdb_getkey(&r->cdb);
	r->value = cdb_getdata(&r->cdb);
	return r->key != NULL && r->value != NULL ? 1 : -1;
}

static bool
read_head(struct reader *r)
{
	if (r->value_length < HEAD_SIZE ||
	    packed_get(r->value, 8) != VERSION_OF_FORMAT)
		return false;
	r->count = packed_get(r->value + 8, 8);
	if (r->value_length >= HEAD_SIZE + BYTES_SIZE)
		r->bytes = packed_get(r->value + HEAD_SIZE, BYTES_SIZE);
	r->much = r->count > r->most.count || r->bytes > r->most.bytes;
	if (r->much)
		return true;
	/* So much memory, and no more, can be wanted by a file of this size. */
	return r->count <= r->size / PACKED_STAMP &&
	       stamp_set_reserve(&r->past->sources, r->count, r->size) == 0;
}

/* The paths must be sorted, or they could not be compared with those of now. */
static bool
read_source(struct reader *r)
{
	struct stamp_set *set = &r->past->sources;
	struct stamp_entry *e;
	char *path;

	if (set->count == r->count ||
	    set->text_room - set->text_used <= r->key_length ||
	    memchr(r->key, '\0', r->key_length) != NULL)
		return false;
	e = &set->entries[set->count];
	if (!packed_get_stamp(r->value, r->value_length, &e->stamp, &e->origin))
		return false;
	e->path = set->text_used;
	path = set->text + set->text_used;
	memcpy(path, r->key, r->key_length);
	path[r->key_length] = '\0';
	set->text_used += r->key_length + 1;
	set->count++;
	return set->count == 1 ||
	       pattern_compare(stamp_set_path(set, set->count - 2), path) < 0;
}

static bool
read_checksum(struct reader *r)
{
	unsigned end = cdb_keypos(&r->cdb) - 8; /* where this record begins */
	const void *all;

	all = cdb_get(&r->cdb, end - CDB_START, CDB_START);
	r->complete = all != NULL && r->value_length == PACKED_DIGEST &&
		      digest_equal(packed_get_digest(r->value),
			  digest_bytes(all, end - CDB_START));
	return r->complete;
}

static bool
read_tried(struct reader *r)
{
	struct stamp_tried *tried = &r->past->tried;
	size_t n = r->value_length - TRIED_SIZE;

	if (r->value_length < TRIED_SIZE || n >= sizeof(tried->note) ||
	    packed_get(r->value, 8) > STAMP_REFUSED)
		return false;
	tried->ending = (enum stamp_ending)packed_get(r->value, 8);
	tried->at = (int64_t)packed_get(r->value + 8, 8);
	memcpy(tried->note, r->value + TRIED_SIZE, n);
	tried->note[n] = '\0';
	return true;
}

/* A list ends in an empty text, and has no other. */
static bool
read_mounts(struct reader *r)
{
	const unsigned char *p = r->value;
	size_t n = r->value_length, i;

	if (n < 3 || p[0] == '\0' || p[n - 1] != '\0' || p[n - 2] != '\0')
		return false;
	for (i = 1; i < n - 1; i++)
		if (p[i] == '\0' && p[i - 1] == '\0')
			return false;
	free(r->past->mounts);
	r->past->mounts = malloc(n);
	if (r->past->mounts != NULL)
		memcpy(r->past->mounts, p, n);
	return r->past->mounts != NULL;
}

/* Returns false if this record makes no sense. */
static bool
take_record(struct reader *r)
{
	struct stamp_past *past = r->past;
	enum stamp_origin origin;

	if (r->complete || key_is(r, "triggerd") != (r->heads == 0))
		return false;
	if (r->key_length > 0 && r->key[0] == '/')
		return read_source(r);
	if (key_is(r, "checksum"))
		return read_checksum(r);
	if (key_is(r, "triggerd")) {
		r->heads++;
		return read_head(r);
	}
	if (key_is(r, "rule")) {
		r->heads++;
		if (r->value_length != PACKED_DIGEST)
			return false;
		past->rule = packed_get_digest(r->value);
	} else if (key_is(r, "target")) {
		r->heads++;
		return packed_get_stamp(
		    r->value, r->value_length, &past->target, &origin);
	} else if (key_is(r, "records")) {
		r->heads++;
		if (r->value_length != 8 && r->value_length != RECORDS_SIZE)
			return false;
		past->records = (int64_t)packed_get(r->value, 8);
		if (r->value_length == RECORDS_SIZE)
			past->unit = (unsigned)packed_get(r->value + 8, 1);
	} else if (key_is(r, "tried")) {
		return read_tried(r);
	} else if (key_is(r, "mounted")) {
		return read_mounts(r);
	}
	return true;
}

/* Returns false if the file is damaged. */
static bool
read_all(struct reader *r)
{
	unsigned position;
	int rc;

	cdb_seqinit(&position, &r->cdb);
	while ((rc = next_record(r, &position)) > 0) {
		if (r->much && r->key_length > 0 && r->key[0] == '/')
			return true;
		if (!take_record(r))
			return false;
	}
	return rc == 0 && r->complete && r->heads == 4 &&
	       r->past->sources.count == r->count;
}

int
recordform_read_brief(
    int fd, struct recordform_head *head, struct stamp_past *past)
{
	struct stat st;
	struct reader r;
	bool good = false;

	if (fstat(fd, &st) == -1)
		return -1;
	memset(&r, 0, sizeof(r));
	r.past = past;
	r.most = *head;
	r.size = (size_t)st.st_size;
	errno = 0;
	if (cdb_init(&r.cdb, fd) == 0) {
		good = read_all(&r);
		cdb_free(&r.cdb);
	} else if (errno != EPROTO) {
		return -1;
	}
	if (!good && errno == ENOMEM)
		return -1;
	if (!good) {
		/* Nothing of it may be believed, not even in part. */
		stamp_past_fini(past);
		past->records = -1;
		past->damaged = true;
	}
	past->exists = true;
	head->count = r.count;
	head->bytes = r.bytes;
	head->whole = !past->damaged && !r.much;
	return 0;
}

int
recordform_read(int fd, struct stamp_past *past)
{
	struct recordform_head head = { UINT64_MAX, UINT64_MAX, true };

	return recordform_read_brief(fd, &head, past);
}

static int
add(struct writer *w, const char *key, const void *value, size_t n)
{
	unsigned char lengths[8];
	size_t key_length = strlen(key);

	packed_put(lengths, key_length, 4);
	packed_put(lengths + 4, n, 4);
	digest_add(w->sum, lengths, sizeof(lengths));
	digest_add(w->sum, key, key_length);
	digest_add(w->sum, value, n);
	return cdb_make_add(
	    &w->make, key, (unsigned)key_length, value, (unsigned)n);
}

static int
add_tried(struct writer *w, const struct stamp_tried *tried)
{
	unsigned char bytes[TRIED_SIZE + sizeof(tried->note)];
	size_t n = strlen(tried->note);

	if (tried->ending == STAMP_GOOD)
		return 0;
	packed_put(bytes, tried->ending, 8);
	packed_put(bytes + 8, (uint64_t)tried->at, 8);
	memcpy(bytes + TRIED_SIZE, tried->note, n);
	return add(w, "tried", bytes, TRIED_SIZE + n);
}

static int
add_mounts(struct writer *w, const struct stamp_past *past)
{
	if (past->mounts == NULL)
		return 0;
	return add(w, "mounted", past->mounts, ground_size(past->mounts));
}

static int
add_heads(struct writer *w, const struct stamp_past *past)
{
	unsigned char bytes[PACKED_STAMP + PACKED_DIGEST];
	size_t n;

	packed_put(bytes, VERSION_OF_FORMAT, 8);
	packed_put(bytes + 8, past->sources.count, 8);
	packed_put(
	    bytes + HEAD_SIZE, stamp_set_bytes(&past->sources), BYTES_SIZE);
	if (add(w, "triggerd", bytes, HEAD_SIZE + BYTES_SIZE) == -1)
		return -1;
	packed_put_digest(bytes, past->rule);
	if (add(w, "rule", bytes, PACKED_DIGEST) == -1)
		return -1;
	n = packed_put_stamp(bytes, &past->target, STAMP_LITERAL);
	if (add(w, "target", bytes, n) == -1)
		return -1;
	packed_put(bytes, (uint64_t)past->records, 8);
	packed_put(bytes + 8, past->unit, 1);
	if (add(w, "records", bytes, RECORDS_SIZE) == -1 ||
	    add_mounts(w, past) == -1)
		return -1;
	return add_tried(w, &past->tried);
}

static int
add_all(struct writer *w, const struct stamp_past *past)
{
	unsigned char bytes[PACKED_STAMP + PACKED_DIGEST];
	const struct stamp_set *set = &past->sources;
	struct digest sum;
	size_t i, n;

	if (add_heads(w, past) == -1)
		return -1;
	for (i = 0; i < set->count; i++) {
		n = packed_put_stamp(
		    bytes, &set->entries[i].stamp, set->entries[i].origin);
		if (add(w, stamp_set_path(set, i), bytes, n) == -1)
			return -1;
	}
	sum = digest_end(w->sum);
	w->sum = NULL;
	packed_put_digest(bytes, sum);
	return cdb_make_add(&w->make, "checksum", 8, bytes, PACKED_DIGEST);
}

int
recordform_write(int fd, const struct stamp_past *past)
{
	struct writer w;
	int rc = -1, saved_errno;

	memset(&w, 0, sizeof(w));
	w.sum = digest_new();
	if (w.sum == NULL)
		return -1;
	if (cdb_make_start(&w.make, fd) == 0) {
		rc = add_all(&w, past);
		saved_errno = errno;
		/* It frees, even when it fails: the only way to. */
		if (cdb_make_finish(&w.make) == -1)
			rc = -1;
		else
			errno = saved_errno;
	}
	saved_errno = errno;
	if (w.sum != NULL)
		(void)digest_end(w.sum); /* likewise */
	errno = saved_errno;
	return rc;
}
