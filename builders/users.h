/*
 * users - users/cdb, which tells qmail who gets the mail of a local name.
 *
 * Names of two kinds: exact, and prefixes.  The longest wins, an exact one
 * before a prefix of the same length; a prefix counts only if its last byte
 * is one of the cdb's wildcard characters.
 *
 * Owns: the file's bytes and the sorted array of entries.
 * Uses: cdbscan, source, deps, log.
 */

#ifndef USERS_H
#define USERS_H

#include <stdbool.h>
#include <stddef.h>

#include "builders/arena.h"
#include "builders/deps.h"
#include "builders/source.h"

#define USERS_FIELDS 6 /* user, uid, gid, home, dash, ext */

struct users_entry {
	const char *name;
	bool exact;
	const char *home;
	const char *dash;
	const char *ext;
};

struct users {
	struct source file;
	struct arena text;
	struct users_entry *entries; /* by name, the prefix first */
	size_t n;
	size_t size;
	bool wildcards[256];
};

void users_init(struct users *u);
void users_fini(struct users *u);

/* Read the cdb; an absent one has no entries.  A damaged one is trouble.
 * Returns 0, or -1, logged. */
int users_read(struct users *u, struct deps *deps, const char *path);

/* Take "u->file" to pieces.  Pure; returns NULL or the reason why not. */
const char *users_parse(struct users *u);

/* The entry of exactly this name and kind, or NULL. */
const struct users_entry *users_find(
    const struct users *u, const char *name, bool exact);

/* The entry that qmail uses for a local name, in lower case; or NULL. */
const struct users_entry *users_match(const struct users *u, const char *name);

/* The longest prefix entry that "name" begins with, or NULL. */
const struct users_entry *users_match_prefix(
    const struct users *u, const char *name);

/* The entries whose names begin with "prefix": how many from "*first" on. */
size_t users_under(const struct users *u, const char *prefix,
    const struct users_entry **first);

#endif
