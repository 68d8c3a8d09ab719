/*
 * stampset - the stamps of all sources of a rule.
 *
 * Owns: the memory of the sets.
 * Uses: digest, pattern, stamp.
 */

#ifndef STAMPSET_H
#define STAMPSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/digest.h"
#include "daemon/stamp.h"

/* How a path came to be a source. */
enum stamp_origin { STAMP_LITERAL, STAMP_MATCH, STAMP_DEP };

struct stamp_entry {
	size_t path; /* offset in the set's text */
	enum stamp_origin origin;
	struct stamp stamp;
};

/* Sorted by pattern_compare(), each path once.  Zeroed is empty. */
struct stamp_set {
	struct stamp_entry *entries;
	size_t count, room;
	char *text;
	size_t text_used, text_room;
};

/* How a run ended that is not to be tried again before something changes. */
enum stamp_ending {
	STAMP_GOOD,
	STAMP_SOURCE_WRONG, /* the command said so: exit 100 */
	STAMP_REFUSED,      /* the product was refused */
};

struct stamp_tried {
	enum stamp_ending ending;
	int64_t at;     /* milliseconds since the epoch */
	char note[256]; /* what was said about it */
};

/* What was true when the last good run began, or the last one that was tried in
 * vain (read by record). */
struct stamp_past {
	struct digest rule; /* of the effective rule */
	struct stamp_set sources;
	struct stamp target;
	int64_t records; /* in the product; -1: not counted */
	unsigned unit;   /* of these: its number in finish.c; 0: not known */
	char *mounts;    /* where it stood: a list of ground.h, or NULL */
	struct stamp_tried tried;
	bool exists;  /* there is a record at all */
	bool damaged; /* there is one, but it cannot be trusted */
};

/* Add a path (copied).  Returns 0, or -1 with errno ENOMEM. */
int stamp_set_add(struct stamp_set *set, const char *path,
    enum stamp_origin origin, const struct stamp *stamp);

/* Room for so many more entries and bytes of paths: 0, or -1 with errno. */
int stamp_set_reserve(struct stamp_set *set, size_t entries, size_t bytes);

/* Make an empty set equal to another: 0, or -1 with errno. */
int stamp_set_copy(struct stamp_set *set, const struct stamp_set *from);

/* Bytes of content that a look at all of them has to read: 0, if they need not
 * be hashed. */
uint64_t stamp_set_bytes(const struct stamp_set *set);

const char *stamp_set_path(const struct stamp_set *set, size_t i);

/* Sort and make unique: of two entries for a path, an unknown one stays, or
 * the one with the lower origin.  A set that is already sorted costs one pass,
 * one made of a few sorted pieces little more. */
void stamp_set_sort(struct stamp_set *set);

/* Add all of another set, and sort: 0, or -1 with errno ENOMEM. */
int stamp_set_merge(struct stamp_set *set, const struct stamp_set *from);

const struct stamp *stamp_set_find(
    const struct stamp_set *set, const char *path);

/* The youngest ctime that is not after "now", in nanoseconds since the epoch;
 * 0: there is none. */
int64_t stamp_set_youngest(const struct stamp_set *set, int64_t now);

/* One name for the whole set, content aside: has anything changed since? */
struct digest stamp_set_digest(const struct stamp_set *set);

void stamp_set_fini(struct stamp_set *set);

void stamp_past_fini(struct stamp_past *past);

#endif
