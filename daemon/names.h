/*
 * names - the names of one directory that a walk goes on with.
 *
 * A directory may hold a million of them: all texts lie in one piece of
 * memory, and most comparisons are of one number.
 *
 * Owns: the memory of the list.
 * Uses: nothing.
 */

#ifndef NAMES_H
#define NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct name {
	uint64_t key;  /* set by names_sort() */
	uint64_t next; /* the caller's: where to look below this name */
	size_t text;   /* offset in the list's text */
	bool found;    /* the caller's: this name is a match */
};

/* Zeroed is empty. */
struct names {
	struct name *list;
	size_t count, room;
	char *text;
	size_t text_used, text_room;
};

/* Returns 0, or -1 with errno ENOMEM. */
int names_add(struct names *names, const char *text, uint64_t next, bool found);

/* Sort by bytes, unsigned.  Returns 0, or -1 with errno ENOMEM. */
int names_sort(struct names *names);

void names_fini(struct names *names);

#endif
