/*
 * keys - a set of addresses, a million of them, in the order of their bytes.
 *
 * Add in any order; sort; then read.  Addresses are lower-cased (ASCII) on the
 * way in.  A mark lets the additions since then be undone, so that a domain
 * can be given up, or replaced by its "@domain", as a whole.
 *
 * Owns: copies of the addresses.
 * Uses: arena, log (no memory).
 */

#ifndef KEYS_H
#define KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "builders/arena.h"

#define KEYS_LEN_MAX 900 /* bytes; qmail-smtpd takes no longer address */

struct keys_item {
	uint64_t chunk; /* of the sort */
	const char *text;
};

struct keys {
	struct arena text;
	struct keys_item *items;
	size_t n;
	size_t size;
};

void keys_init(struct keys *k);
void keys_fini(struct keys *k);

/* Add local@host; an address that cannot arrive (longer than KEYS_LEN_MAX, or
 * with a newline in it) is left out. */
void keys_add(struct keys *k, const char *local, size_t local_len,
    const char *host, size_t host_len);

/* Add a key that is not an address with a host. */
void keys_add_bare(struct keys *k, const char *text);

/* Undo what was added after there were "n" keys.  Only before the sort. */
void keys_undo(struct keys *k, size_t n);

/* Sort by bytes, each key once.  After it, items[i].text for i < n. */
void keys_sort(struct keys *k);

#endif
