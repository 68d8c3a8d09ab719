/*
 * layout - where qmail keeps the parts of a message, and which may be there.
 *
 * A message is a number, and has up to seven files: mess/3/457 (its text),
 * intd/457 and todo/457 (the envelope as it came), info/3/457, local/3/457,
 * remote/3/457 (the envelope as it is worked off) and bounce/457.  In split
 * directories the file lies in the bucket "number modulo split".  See INTERNALS
 * and hier.c of qmail; big-todo builds split intd and todo too.
 *
 * Owns: nothing, only the tables.
 * Uses: nothing.
 */

#ifndef LAYOUT_H
#define LAYOUT_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LAYOUT_PATH_SIZE 96    /* of a path in the queue, with hidden names */
#define LAYOUT_SPLIT 23        /* conf-split as qmail is shipped */
#define LAYOUT_SPLIT_MAX 10000 /* buckets; qmail's own check stops sooner */
#define LAYOUT_LETTERS 8       /* "BDFLMRT" and the end */

enum layout_part {
	LAYOUT_MESS,
	LAYOUT_INTD,
	LAYOUT_TODO,
	LAYOUT_INFO,
	LAYOUT_LOCAL,
	LAYOUT_REMOTE,
	LAYOUT_BOUNCE,
	LAYOUT_PARTS
};

enum layout_role {
	LAYOUT_QUEUER,  /* qmailq */
	LAYOUT_SENDER,  /* qmails */
	LAYOUT_REMOTER, /* qmailr */
	LAYOUT_ROLES
};

struct layout {
	unsigned split;
	bool big_todo;
};

/* What is in a directory of messages. */
struct layout_dir {
	const char *name;
	char letter; /* as in "FLM", the short name of a state */
	enum layout_role owner;
	mode_t dir_mode;
	mode_t file_mode;
};

const struct layout_dir *layout_dir(enum layout_part part);

bool layout_is_split(const struct layout *layout, enum layout_part part);

/* The bucket where it belongs, or -1: the part has none. */
long layout_bucket(
    const struct layout *layout, enum layout_part part, uint64_t number);

/* Write "mess/3/name", or "todo/name" for bucket -1; returns buf, which has
 * LAYOUT_PATH_SIZE bytes. */
const char *layout_path(
    enum layout_part part, long bucket, const char *name, char *buf);

/* May a message have just these parts?  A bit (1 << part) for each. */
bool layout_is_legal(unsigned parts);

/* The letters of the parts in the order of the alphabet; returns buf. */
const char *layout_letters(unsigned parts, char buf[LAYOUT_LETTERS]);

#endif
