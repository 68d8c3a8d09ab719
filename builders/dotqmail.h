/*
 * dotqmail - the .qmail files of a directory, and what they do with mail.
 *
 * Only what decides whether an address is valid is taken from them.  Files are
 * opened when they are asked about; each directory is read once in a run.
 *
 * Owns: the names, the verdicts, a tree of the directories read.
 * Uses: source, deps, log.
 */

#ifndef DOTQMAIL_H
#define DOTQMAIL_H

#include <stdbool.h>
#include <stddef.h>

#include "builders/arena.h"
#include "builders/deps.h"
#include "builders/source.h"

#define DOTQMAIL_WORD_MAX 1024 /* bytes of a command's word that we look at */

enum dotqmail_kind {
	DOTQMAIL_UNREAD,
	DOTQMAIL_NOTHING,   /* not a regular file: qmail does not see it */
	DOTQMAIL_DELIVERS,  /* or defers: never a bounce we know of */
	DOTQMAIL_BOUNCES,   /* whatever the address */
	DOTQMAIL_MAILBOXES, /* vdelivermail, which bounces unknown users */
	DOTQMAIL_DELETES,   /* vdelivermail, which deletes their mail */
	DOTQMAIL_TROUBLE    /* logged */
};

struct dotqmail_file {
	const char *name; /* what follows ".qmail" */
	enum dotqmail_kind kind;
};

struct dotqmail {
	const char *home;
	bool trouble;                /* logged */
	struct dotqmail_file *files; /* by name */
	size_t n;
};

/* The directories read so far. */
struct dotqmail_set {
	struct arena memory;
	struct source file;
	struct deps *deps;
	void *tree;
};

void dotqmail_set_init(struct dotqmail_set *set, struct deps *deps);
void dotqmail_set_fini(struct dotqmail_set *set);

/* What the bytes of a .qmail file do with mail.  Pure. */
enum dotqmail_kind dotqmail_judge(const char *bytes, size_t len);

/* The directory "home", read now or earlier; NULL for trouble, logged once. */
struct dotqmail *dotqmail_open(struct dotqmail_set *set, const char *home);

/* What this file does; read now or earlier. */
enum dotqmail_kind dotqmail_kind(
    struct dotqmail_set *set, struct dotqmail *d, struct dotqmail_file *file);

/* The file that qmail-local uses for an extension, in its order of search, and
 * in lower case with ':' for '.'.  NULL if there is none, or with *trouble
 * set; else its kind is known. */
struct dotqmail_file *dotqmail_search(struct dotqmail_set *set,
    struct dotqmail *d, const char *dash, const char *ext, bool *trouble);

#endif
