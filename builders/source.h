/*
 * source - what a builder reads: files whole, and the names in a directory.
 *
 * Never half of anything: what changes while it is read is read again, and
 * after SOURCE_TRIES times it is trouble.  Only regular files are opened, so
 * that no pipe or device in a file's place can hold us up.
 *
 * Owns: the buffer that holds the file.
 * Uses: arena, stamp, log.
 */

#ifndef SOURCE_H
#define SOURCE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "builders/arena.h"
#include "builders/stamp.h"

#define SOURCE_TRIES 5
#define SOURCE_SIZE_MAX (256L * 1024 * 1024) /* bytes of one file */
#define SOURCE_NAMES_MAX 1000000             /* names of one directory */

enum source_answer {
	SOURCE_READ,
	SOURCE_ABSENT,  /* there is no such name */
	SOURCE_OTHER,   /* something else than a file, or a loop of links */
	SOURCE_TROUBLE, /* it may be there; logged */
};

struct source {
	char *bytes; /* bytes[len] is a NUL of ours */
	size_t len;
	size_t size;
	mode_t mode;        /* of what was read */
	struct stamp stamp; /* of the last attempt; unknown or failed after
			       trouble */
};

void source_init(struct source *s);
void source_fini(struct source *s);

/* Read the file anew into "s", which keeps its memory between calls. */
enum source_answer source_try(struct source *s, const char *path);

/* The same for a name that its directory says is a file's: quicker. */
enum source_answer source_try_file(struct source *s, const char *path);

/* The same as source_try(), where nothing but a file will do: SOURCE_OTHER is
 * trouble. */
enum source_answer source_read(struct source *s, const char *path);

struct source_name {
	const char *text;
	bool file; /* the directory says so; false may mean that it does not */
};

/* The names in "directory" that begin with "prefix", sorted, in the arena. */
struct source_names {
	struct source_name *names;
	size_t n;
	mode_t mode; /* of the directory, here and below */
	struct stamp stamp;
};

/* Never SOURCE_OTHER: what is not a directory is trouble. */
enum source_answer source_list(struct source_names *out, struct arena *a,
    const char *directory, const char *prefix);

#endif
