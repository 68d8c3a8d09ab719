/*
 * control - qmail's control files, read as qmail reads them.
 *
 * Blanks at the end of a line are stripped; empty lines and those that begin
 * with '#' are skipped; a NUL splits a line in two; a last line needs no
 * newline.  Everything is lower-cased, since qmail compares without case.
 *
 * Owns: the file's bytes and the array of entries.
 * Uses: source, deps, log.
 */

#ifndef CONTROL_H
#define CONTROL_H

#include <stdbool.h>
#include <stddef.h>

#include "builders/deps.h"
#include "builders/source.h"

enum control_form {
	CONTROL_LINE,  /* one entry: the first line, whatever it is */
	CONTROL_LIST,  /* one entry a line */
	CONTROL_PAIRS, /* key:value; a line without ':' is nothing, and the
			  last of several with one key counts */
};

struct control_entry {
	const char *key;
	const char *value; /* what follows the first ':', or "" */
};

struct control {
	struct source file;
	bool present;
	struct control_entry *entries; /* sorted by key, each key once */
	size_t n;
	size_t size;
};

void control_init(struct control *c);
void control_fini(struct control *c);

/* Take "c->file" to pieces.  Pure. */
void control_parse(struct control *c, enum control_form form);

/* Read directory/control/name and add it to the dependencies, absent or not
 * (c->present).  Returns 0, or -1, logged. */
int control_read(struct control *c, struct deps *deps, const char *directory,
    const char *name, enum control_form form);

/* Add an entry that is not of the file, then sort before the next find.  The
 * key stays the caller's. */
void control_add(struct control *c, const char *key, const char *value);
void control_sort(struct control *c);

/* The entry whose key is "key", in lower case; or NULL. */
const struct control_entry *control_find(
    const struct control *c, const char *key);

/* The entry for a host: itself or, as ".suffix", a domain that it is in, the
 * nearest first; with "any", at last the empty key.  Or NULL. */
const struct control_entry *control_find_host(
    const struct control *c, const char *host, bool any);

#endif
