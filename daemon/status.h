/*
 * status - what the daemon is doing, in a small text file.
 *
 * RUN/status is written whole under a temporary name and renamed, so that a
 * reader always sees one moment.  The first block is the daemon's, each
 * further one a rule's: lines "key value", blocks parted by an empty line,
 * values escaped so that they hold no newline.  Counters never go back while
 * the daemon runs, so that nothing is missed between two looks.
 *
 * Owns: the format, for writer and reader.
 * Uses: nothing.
 */

#ifndef STATUS_H
#define STATUS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Strings may be NULL (nothing to say).  Times are whole milliseconds since
 * the epoch, 0: never. */
struct status_rule {
	const char *name;
	const char *state;  /* "current", "settling", ... */
	const char *reason; /* why it is behind, or was: "source-changed" */
	const char *path;   /* which path decided that */
	const char *note;   /* for people: how it differs, why it failed */
	uint64_t checks, runs, failures; /* since the start of the daemon */
	int64_t last_run_at,
	    last_ok_at;       /* end of the last run, of a good one */
	int64_t next_at;      /* when it is tried again by itself */
	int64_t run_ms;       /* how long the last run took */
	int64_t check_us;     /* and the last check, microseconds */
	int64_t records;      /* in the product; -1: not counted */
	uint64_t paused;      /* 1: runs nothing until resumed */
	const char *degraded; /* what is watched only by the scan, and why */
};

struct status {
	pid_t pid;
	int64_t started_at;
	uint64_t hints;              /* that came through pipes and watches */
	const char *config_dir;      /* that it was started with */
	const char *config_error;    /* why the last reload was refused */
	const char *config_degraded; /* why a change of it can be missed */
	const char *degraded; /* pipes whose touches are not told, and why */
	struct status_rule *rules;
	size_t count;
	char *text; /* what the strings are in, after status_read() */
};

/* Returns 0, or -1 with errno.  Not fsynced: the next start makes it anew. */
int status_write(const char *path, const struct status *s);

/* Returns 0, or -1 with errno (EILSEQ: not a status file).  The caller frees
 * with status_fini() what came back. */
int status_read(const char *path, struct status *s);
void status_fini(struct status *s);

#endif
