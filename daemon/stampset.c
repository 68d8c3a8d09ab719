/*
 * stampset - the stamps of all sources of a rule.
 */

#include <stdlib.h>
#include <string.h>

#include "daemon/pattern.h"
#include "daemon/stampset.h"

int
stamp_set_reserve(struct stamp_set *set, size_t entries, size_t bytes)
{
	size_t room;
	void *p;

	if (set->room - set->count < entries) {
		room = 2 * set->room;
		if (room < set->count + entries)
			room = set->count + entries;
		p = reallocarray(set->entries, room, sizeof(*set->entries));
		if (p == NULL)
			return -1;
		set->entries = p;
		set->room = room;
	}
	if (set->text_room - set->text_used < bytes) {
		room = 2 * set->text_room;
		if (room < set->text_used + bytes)
			room = set->text_used + bytes;
		p = realloc(set->text, room);
		if (p == NULL)
			return -1;
		set->text = p;
		set->text_room = room;
	}
	return 0;
}

int
stamp_set_add(struct stamp_set *set, const char *path, enum stamp_origin origin,
    const struct stamp *stamp)
{
	size_t n = strlen(path) + 1;
	struct stamp_entry *e;

	if (stamp_set_reserve(set, 1, n) == -1)
		return -1;
	memcpy(set->text + set->text_used, path, n);
	e = &set->entries[set->count++];
	e->path = set->text_used;
	e->origin = origin;
	e->stamp = *stamp;
	set->text_used += n;
	return 0;
}

int
stamp_set_copy(struct stamp_set *set, const struct stamp_set *from)
{
	if (from->count == 0)
		return 0;
	if (stamp_set_reserve(set, from->count, from->text_used) == -1)
		return -1;
	memcpy(
	    set->entries, from->entries, from->count * sizeof(*from->entries));
	memcpy(set->text, from->text, from->text_used);
	set->count = from->count;
	set->text_used = from->text_used;
	return 0;
}

uint64_t
stamp_set_bytes(const struct stamp_set *set)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < set->count; i++)
		if (set->entries[i].stamp.hashed)
			bytes += (uint64_t)set->entries[i].stamp.size;
	return bytes;
}

const char *
stamp_set_path(const struct stamp_set *set, size_t i)
{
	return set->text + set->entries[i].path;
}

/* By path; of two for the same, the one that is to stay first. */
static int
compare_entries(
    const struct stamp_entry *x, const struct stamp_entry *y, const char *base)
{
	int rc;

	rc = pattern_compare(base + x->path, base + y->path);
	if (rc != 0)
		return rc;
	if ((x->stamp.state == STAMP_UNKNOWN) !=
	    (y->stamp.state == STAMP_UNKNOWN))
		return x->stamp.state == STAMP_UNKNOWN ? -1 : 1;
	return x->origin < y->origin ? -1 : x->origin > y->origin;
}

/* Where the sorted piece that begins at "from" ends: no path twice in it. */
static size_t
piece_end(const struct stamp_set *set, size_t from)
{
	size_t i;

	for (i = from + 1; i < set->count; i++) {
		if (pattern_compare(stamp_set_path(set, i - 1),
			stamp_set_path(set, i)) >= 0)
			break;
	}
	return i;
}

/* Merge two neighbouring pieces, [from, middle) and [middle, end). */
static void
merge(struct stamp_set *set, size_t from, size_t middle, size_t end,
    struct stamp_entry *spare)
{
	struct stamp_entry *list = set->entries;
	size_t left = 0, lefts = middle - from, right = middle, to = from;

	memcpy(spare, list + from, lefts * sizeof(*spare));
	while (left < lefts) {
		if (right < end &&
		    compare_entries(&spare[left], &list[right], set->text) > 0)
			list[to++] = list[right++];
		else
			list[to++] = spare[left++];
	}
}

/* One round: merge pieces two by two.  Returns how many are left. */
static size_t
merge_pieces(struct stamp_set *set, struct stamp_entry *spare)
{
	size_t from = 0, middle, end, pieces = 0;

	while (from < set->count) {
		middle = piece_end(set, from);
		end = middle;
		if (middle < set->count) {
			end = piece_end(set, middle);
			merge(set, from, middle, end, spare);
		}
		from = end;
		pieces++;
	}
	return pieces;
}

/* Of two halves of a heap, let what is at "from" sink to its place. */
static void
sink(struct stamp_set *set, size_t from, size_t count)
{
	struct stamp_entry *list = set->entries, moving = list[from];
	size_t child;

	for (; (child = 2 * from + 1) < count; from = child) {
		if (child + 1 < count && compare_entries(&list[child],
					     &list[child + 1], set->text) < 0)
			child++;
		if (compare_entries(&moving, &list[child], set->text) >= 0)
			break;
		list[from] = list[child];
	}
	list[from] = moving;
}

/* A heap sort: slower, but it needs no memory. */
static void
sort_in_place(struct stamp_set *set)
{
	struct stamp_entry *list = set->entries, last;
	size_t i;

	for (i = set->count / 2; i > 0; i--)
		sink(set, i - 1, set->count);
	for (i = set->count; i > 1; i--) {
		last = list[i - 1];
		list[i - 1] = list[0];
		list[0] = last;
		sink(set, 0, i - 1);
	}
}

static void
drop_doubles(struct stamp_set *set)
{
	size_t i, kept = 1;

	for (i = 1; i < set->count; i++) {
		if (strcmp(stamp_set_path(set, i),
			stamp_set_path(set, kept - 1)) == 0)
			continue;
		if (i != kept)
			set->entries[kept] = set->entries[i];
		kept++;
	}
	set->count = kept;
}

void
stamp_set_sort(struct stamp_set *set)
{
	struct stamp_entry *spare;

	if (piece_end(set, 0) >= set->count)
		return;
	spare = reallocarray(NULL, set->count, sizeof(*spare));
	if (spare == NULL)
		sort_in_place(set);
	else
		while (merge_pieces(set, spare) > 1)
			drop_doubles(set);
	free(spare);
	drop_doubles(set);
}

int
stamp_set_merge(struct stamp_set *set, const struct stamp_set *from)
{
	const struct stamp_entry *e;
	size_t i;

	for (i = 0; i < from->count; i++) {
		e = &from->entries[i];
		if (stamp_set_add(set, stamp_set_path(from, i), e->origin,
			&e->stamp) == -1)
			return -1;
	}
	stamp_set_sort(set);
	return 0;
}

const struct stamp *
stamp_set_find(const struct stamp_set *set, const char *path)
{
	size_t low = 0, high = set->count, middle;
	int rc;

	while (low < high) {
		middle = low + (high - low) / 2;
		rc = pattern_compare(path, stamp_set_path(set, middle));
		if (rc == 0)
			return &set->entries[middle].stamp;
		if (rc < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

int64_t
stamp_set_youngest(const struct stamp_set *set, int64_t now)
{
	int64_t youngest = 0, ctime;
	size_t i;

	for (i = 0; i < set->count; i++) {
		ctime = set->entries[i].stamp.ctime;
		if (ctime > youngest && ctime <= now)
			youngest = ctime;
	}
	return youngest;
}

/* A sum that needs no memory of its own, so that it cannot fail: each full
 * buffer becomes its digest at the start of the next. */
struct chain {
	char bytes[4096];
	size_t used;
};

static void
fold(struct chain *chain)
{
	struct digest d = digest_bytes(chain->bytes, chain->used);

	memcpy(chain->bytes, &d, sizeof(d));
	chain->used = sizeof(d);
}

static void
add_bytes(struct chain *chain, const void *bytes, size_t n)
{
	const char *p = bytes;
	size_t part;

	while (n > 0) {
		if (chain->used == sizeof(chain->bytes))
			fold(chain);
		part = sizeof(chain->bytes) - chain->used;
		if (part > n)
			part = n;
		memcpy(chain->bytes + chain->used, p, part);
		chain->used += part;
		p += part;
		n -= part;
	}
}

struct digest
stamp_set_digest(const struct stamp_set *set)
{
	const struct stamp *s;
	struct chain chain;
	int64_t fields[6];
	const char *path;
	size_t i;

	chain.used = 0;
	for (i = 0; i < set->count; i++) {
		s = &set->entries[i].stamp;
		path = stamp_set_path(set, i);
		fields[0] = s->state;
		fields[1] = s->error;
		fields[2] = (int64_t)s->inode;
		fields[3] = s->size;
		fields[4] = s->mtime;
		fields[5] = s->ctime;
		add_bytes(&chain, path, strlen(path) + 1);
		add_bytes(&chain, fields, sizeof(fields));
	}
	return digest_bytes(chain.bytes, chain.used);
}

void
stamp_set_fini(struct stamp_set *set)
{
	free(set->entries);
	free(set->text);
	memset(set, 0, sizeof(*set));
}

void
stamp_past_fini(struct stamp_past *past)
{
	stamp_set_fini(&past->sources);
	free(past->mounts);
	memset(past, 0, sizeof(*past));
}
