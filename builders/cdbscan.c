/*
 * cdbscan - walk the records of a cdb that is in memory.
 */

#include <cdb.h>

#include "builders/cdbscan.h"

#define HEADER 2048 /* 256 hash tables: position, slots */
#define PAIR 8      /* bytes of two numbers */

static size_t
number_at(const char *bytes, size_t at)
{
	return cdb_unpack((const unsigned char *)bytes + at);
}

/* The records end where the first hash table begins.  No table lies over
 * another: so no byte is looked at more than once. */
static bool
find_end(struct cdbscan *s, size_t len, size_t *n)
{
	size_t i, j, table, slots, left = (len - HEADER) / PAIR;

	s->end = len;
	*n = 0;
	for (i = 0; i < HEADER; i += PAIR) {
		table = number_at(s->bytes, i);
		slots = number_at(s->bytes, i + 4);
		if (table < HEADER || table > len ||
		    slots > (len - table) / PAIR || slots > left)
			return false;
		left -= slots;
		if (table < s->end)
			s->end = table;
		for (j = 0; j < slots; j++)
			*n += number_at(s->bytes, table + j * PAIR + 4) != 0;
	}
	return true;
}

static bool
read_record(const struct cdbscan *s, struct cdbscan_record *out)
{
	size_t left = s->end - s->at;

	if (left < PAIR)
		return false;
	left -= PAIR;
	out->key_len = number_at(s->bytes, s->at);
	out->value_len = number_at(s->bytes, s->at + 4);
	if (out->key_len > left || out->value_len > left - out->key_len)
		return false;
	out->key = s->bytes + s->at + PAIR;
	out->value = out->key + out->key_len;
	return true;
}

bool
cdbscan_next(struct cdbscan *s, struct cdbscan_record *out)
{
	if (s->at == s->end || !read_record(s, out))
		return false;
	s->at += PAIR + out->key_len + out->value_len;
	return true;
}

bool
cdbscan_start(struct cdbscan *s, char *bytes, size_t len)
{
	struct cdbscan_record record;
	size_t expected;

	s->bytes = bytes;
	s->at = HEADER;
	if (len < HEADER || !find_end(s, len, &expected))
		return false;
	while (cdbscan_next(s, &record)) {
		if (expected == 0)
			return false;
		expected--;
	}
	if (s->at != s->end || expected != 0)
		return false;
	s->at = HEADER;
	return true;
}
