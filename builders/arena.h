/*
 * arena - memory that is given back all at once.
 *
 * A builder reads, decides, writes and ends; what it remembers meanwhile is
 * millions of short strings, for which one malloc each would be too dear.
 *
 * Owns: its blocks.
 * Uses: log (no memory is the end of the program, exit 111).
 */

#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

#define ARENA_BLOCK (256 * 1024) /* bytes asked of malloc at a time */

struct arena_block;

struct arena {
	struct arena_block *blocks;
	char *next;
	size_t left;
};

void arena_init(struct arena *a);
void arena_fini(struct arena *a);

/* Forget everything, but keep a block for what comes next. */
void arena_reset(struct arena *a);

/* "size" bytes for a string or other bytes, not aligned, not cleared. */
char *arena_bytes(struct arena *a, size_t size);

/* "size" bytes aligned for anything, cleared. */
void *arena_object(struct arena *a, size_t size);

/* A copy of "len" bytes with a NUL behind it. */
char *arena_copy(struct arena *a, const char *bytes, size_t len);

/* An array, not of the arena, of "n" members of "each" bytes, cleared; never
 * NULL.  The caller frees it. */
void *arena_array(size_t n, size_t each);

/* An array, not of the arena, with room for one more: "*size" members of
 * "each" bytes are there, "n" in use.  Returns it, moved perhaps. */
void *arena_grow(void *array, size_t n, size_t *size, size_t each);

#endif
