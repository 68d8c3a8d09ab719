/*
 * stamp - one state of one path, told without reading it.
 *
 * Inode, size and times; no device number, which a reboot may change.  A stamp
 * of a file that was changed only just now is not worth keeping: the next
 * change may leave the same times.
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef STAMP_H
#define STAMP_H

#include <sys/stat.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum stamp_kind {
	STAMP_UNKNOWN, /* equal to none, itself included */
	STAMP_THERE,
	STAMP_ABSENT,
	STAMP_LOOP,   /* of symbolic links */
	STAMP_OWNER,  /* of a directory of which nothing but the owner counts */
	STAMP_FAILED, /* unknown by an error that may pass without a trace */
	STAMP_DENIED  /* unknown, because we may not look */
};

struct stamp {
	uint64_t inode;
	int64_t size;
	int64_t mtime;
	int64_t ctime;
	uint32_t mtime_ns;
	uint32_t ctime_ns;
	uint32_t owner;
	uint32_t kind;
};

/* Look at a path, through symbolic links.  Never logs. */
void stamp_look(struct stamp *out, const char *path);

/* The same, if all that counts is the owner. */
void stamp_look_owner(struct stamp *out, const char *path);

/* What stat has told. */
void stamp_from(struct stamp *out, const struct stat *st);
void stamp_from_error(struct stamp *out, int error);

/* The same where something is there, but could not be read: unknown, failed or
 * denied. */
void stamp_from_failure(struct stamp *out, int error);

bool stamp_equal(const struct stamp *a, const struct stamp *b);

/* Was it changed so shortly before "when" that another change might not show?
 * File systems count time in ticks, or in seconds. */
bool stamp_is_fresh(const struct stamp *s, const struct timespec *when);

#endif
