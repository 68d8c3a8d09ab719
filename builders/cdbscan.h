/*
 * cdbscan - walk the records of a cdb that is in memory.
 *
 * Every position is checked against the file before it is followed, and the
 * number of records against the hash tables: a truncated or otherwise damaged
 * file is told from one with few records.
 *
 * Owns: nothing; keys and values point into the caller's bytes.
 * Uses: tinycdb, for its byte order.
 */

#ifndef CDBSCAN_H
#define CDBSCAN_H

#include <stdbool.h>
#include <stddef.h>

struct cdbscan {
	char *bytes;
	size_t end; /* of the records */
	size_t at;
};

struct cdbscan_record {
	char *key;
	size_t key_len;
	char *value;
	size_t value_len;
};

/* Begin with the first record.  False if this is not a whole cdb. */
bool cdbscan_start(struct cdbscan *s, char *bytes, size_t len);

/* False at the end. */
bool cdbscan_next(struct cdbscan *s, struct cdbscan_record *out);

#endif
