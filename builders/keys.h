/*
 * keys - the names of one domain, in the order of their bytes.
 *
 * Add in any order; sort; then read.  Names are what stands before the '@', in
 * lower case (ASCII); the empty one stands for every name.
 *
 * Owns: copies of the names.
 * Uses: arena, log (no memory).
 */

#ifndef KEYS_H
#define KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "builders/arena.h"

#define KEYS_LEN_MAX 900 /* bytes; qmail-smtpd takes no longer address */

/* What a key is for; a name ending in "-default" may be the first two. */
enum keys_use {
	KEYS_NAME = 1,   /* this name */
	KEYS_PREFIX = 2, /* all names that begin as it does before "default" */
	KEYS_ALL = 4,    /* every name */
	KEYS_REFUSE = 8  /* refused, where a wider key would accept */
};

struct keys_item {
	const char *text;
	uint16_t len;
	uint16_t use;
};

struct keys {
	struct arena text;
	struct keys_item *items;
	size_t n;
	size_t size;
	struct keys_item *spare; /* of the sort */
	size_t spare_size;
};

void keys_init(struct keys *k);
void keys_fini(struct keys *k);

/* Forget all names. */
void keys_clear(struct keys *k);

/* Add a name; one that cannot arrive (longer than KEYS_LEN_MAX, or with a
 * newline in it) is left out. */
void keys_add(struct keys *k, const char *name, size_t len, unsigned use);

/* Sort by bytes, each name once: its uses are joined, and to accept counts
 * more than to refuse. */
void keys_sort(struct keys *k);

/* The item of this name, or NULL.  After the sort. */
const struct keys_item *keys_find(
    const struct keys *k, const char *name, size_t len);

/* Take out the item of this name, if there is one.  After the sort. */
void keys_remove(struct keys *k, const char *name, size_t len);

/* Of the sorted keys take out those that change nothing for a reader who looks
 * for longer keys first: below every name, what is accepted; and what is
 * refused where nothing wider is accepted. */
void keys_prune(struct keys *k, char break_char);

#endif
