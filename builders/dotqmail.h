/*
 * dotqmail - the .qmail files of a directory, and what they do with mail.
 *
 * Files are opened when they are asked about; each directory is read once in a
 * run.
 *
 * Owns: the names, the verdicts, a list of the directories read.
 * Uses: instruct, source, deps, log.
 */

#ifndef DOTQMAIL_H
#define DOTQMAIL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "builders/arena.h"
#include "builders/deps.h"
#include "builders/instruct.h"
#include "builders/source.h"

#define DOTQMAIL_NO_DEP UINT32_MAX

struct dotqmail_file {
	const char *name; /* what follows ".qmail" */
	struct instruct does;
	uint32_t dep;
	bool file; /* its directory says that it is one */
};

struct dotqmail {
	const char *home;
	uint32_t dep;
	bool trouble;                /* logged */
	bool defers;                 /* qmail-local uses no file here; logged */
	struct dotqmail_file *files; /* by name */
	size_t n;
};

/* The directories read so far. */
struct dotqmail_set {
	struct arena memory;
	struct source file;
	struct deps *deps;
	struct dotqmail **by_dep; /* those read, by the path's number */
	size_t n_by_dep;
	size_t by_dep_size;
};

void dotqmail_set_init(struct dotqmail_set *set, struct deps *deps);
void dotqmail_set_fini(struct dotqmail_set *set);

/* The directory "home", read now or earlier; NULL for trouble, logged once. */
struct dotqmail *dotqmail_open(struct dotqmail_set *set, const char *home);

/* What this file does; read now or earlier. */
enum instruct_kind dotqmail_kind(
    struct dotqmail_set *set, struct dotqmail *d, struct dotqmail_file *file);

/* What many extensions are asked of a directory: is there a name for exactly
 * this one, whatever it is the name of? */
struct dotqmail_asked {
	const struct dotqmail *directory;
	const char *dash;
	bool begins[UCHAR_MAX + 1]; /* a name with the dash goes on so */
};

/* "d" and "dash" are used, and stay the caller's. */
void dotqmail_ask(
    struct dotqmail_asked *asked, const struct dotqmail *d, const char *dash);
bool dotqmail_has(const struct dotqmail_asked *asked, const char *ext);

/* Does a name end in "default", as one for many extensions does? */
bool dotqmail_is_default(const struct dotqmail_file *file);

/* The file that qmail-local uses for an extension, in its order of search, and
 * in lower case with ':' for '.'.  NULL if there is none, or with *trouble
 * set; else its kind is known.  "*rest", if not NULL, is where in "ext" that
 * begins which the file's "default" stands for; 0 without a default. */
struct dotqmail_file *dotqmail_search(struct dotqmail_set *set,
    struct dotqmail *d, const char *dash, const char *ext, size_t *rest,
    bool *trouble);

#endif
