/*
 * stamp - one state of one file.
 *
 * A stamp identifies what a path held at one moment.  It is taken of the file
 * that symbolic links lead to.
 *
 * A file may be written twice within one tick of its file system's clock, and
 * a stamp taken in between would not show the second time.  So a file that is
 * that young is marked "racy" and its content is hashed too.
 *
 * Owns: nothing.
 * Uses: digest, fileclock, regular.
 */

#ifndef STAMP_H
#define STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/digest.h"

enum stamp_state {
	STAMP_ABSENT, /* ENOENT or ENOTDIR, and nothing else */
	STAMP_PRESENT,
	STAMP_UNKNOWN, /* any other error: not an absence */
	STAMP_CHANGED, /* changed while the run read it: differs from all */
};

struct stamp {
	enum stamp_state state;
	int error; /* errno, STAMP_UNKNOWN only */
	uint64_t inode;
	int64_t size;
	int64_t mtime, ctime; /* nanoseconds since the epoch */
	struct digest digest; /* of the content, if hashed */
	bool hashed;
	bool racy; /* so young when taken that a further change may not show */
};

/* Why a rule is behind. TRIGGERD_REASON is one of these words. */
enum stamp_reason {
	STAMP_NONE,
	STAMP_RULE_CHANGED,
	STAMP_RECORD_DAMAGED,
	STAMP_FIRST_RUN,    /* an action without a record */
	STAMP_SOURCE_NEWER, /* no record; newer than or as old as the target */
	STAMP_SOURCE_CHANGED,
	STAMP_SOURCE_NEW,
	STAMP_SOURCE_GONE,
	STAMP_TARGET_MISSING,
	STAMP_TARGET_REPLACED, /* not the one that was installed */
	STAMP_ALWAYS,
	STAMP_ASKED, /* by "run", or a hint to a rule without sources */
};

enum stamp_verdict {
	STAMP_CURRENT,
	STAMP_BEHIND,
	STAMP_IDLE,    /* nothing to build from, or not wanted */
	STAMP_BLOCKED, /* a source is unknown */
};

/* The time by the clock of the files, in nanoseconds since the epoch. */
int64_t stamp_clock(void);

/* Stamp one path, following symbolic links.  "content" adds the digest of a
 * regular file's bytes.  A file younger than the file system's clock can tell
 * is marked racy and hashed too.  Never fails: an error is a state. */
void stamp_take(const char *path, bool content, struct stamp *out);

/* The same for one of many: a relative path begins at "dir_fd" (AT_FDCWD: see
 * openat); "began" is a time not after now; "then" is the path's last stamp, or
 * NULL.  Its digest is taken over where the file is still the same; where it is
 * racy, "out" gets a digest to compare with it. */
void stamp_take_since(int dir_fd, const char *path, bool content, int64_t began,
    const struct stamp *then, struct stamp *out);

/* The same, but no more than *room bytes are read (NULL: any), which are taken
 * from it.  A file that has more is unknown, and *room is below 0. */
void stamp_take_within(int dir_fd, const char *path, bool content,
    int64_t began, const struct stamp *then, int64_t *room, struct stamp *out);

/* Never hashed, never racy: for targets. */
void stamp_take_plain(const char *path, struct stamp *out);
void stamp_take_fd(int fd, struct stamp *out);

/* The same, of a symbolic link itself. */
void stamp_take_link(const char *path, struct stamp *out);

/* How much earlier than a change the times that tell of it may be, in
 * nanoseconds: 2 s where they are whole seconds, and 20 ms elsewhere. */
#define STAMP_TICK (INT64_C(1000000000) / 50)
int64_t stamp_tick(const struct stamp *s);

/* Has it changed after "since"?  Not what did within one tick of that: what was
 * changed shortly before a run is mostly why there is one.  Whole seconds do
 * not tell, so there the two before count, too. */
bool stamp_is_later(const struct stamp *s, int64_t since);

/* Do both say the same file in the same state?  With "content", equal digests
 * are enough. */
bool stamp_equal(const struct stamp *a, const struct stamp *b, bool content);

/* How "now" differs from "then", for people: "size 10 -> 12".  Either may be
 * NULL.  Returns buf. */
const char *stamp_describe(
    const struct stamp *then, const struct stamp *now, char *buf, size_t size);

/* Why a source counts as newer than the target.  Returns buf. */
const char *stamp_describe_newer(const struct stamp *source,
    const struct stamp *target, char *buf, size_t size);

/* "source-changed" and the like; a static string. */
const char *stamp_reason_word(enum stamp_reason reason);

#endif
