/*
 * record - the stamps of a rule's last good run, on disk.
 *
 * One cdb for each rule in STATE/record/, written under a temporary name,
 * fsynced and renamed.  One of the same form in STATE/tried/ tells of a run
 * that is not to be tried again before something changes.  A damaged one makes
 * the rule behind, never current.
 *
 * Owns: the files.
 * Uses: memfile, recordform, stampset, syncdir.
 */

#ifndef RECORD_H
#define RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/recordform.h"
#include "daemon/stampset.h"

enum record_kind {
	RECORD_DONE,  /* the last good run */
	RECORD_TRIED, /* the last one that ended with 100 or was refused */
};

/* Read the record of rule "name" below the state directory.  Returns 0 also
 * when there is none (past->exists false) or it is damaged; -1 with errno when
 * it cannot be read: that is not "no record".  The caller calls
 * stamp_past_fini() in every case. */
int record_read(const char *state_dir, enum record_kind kind, const char *name,
    struct stamp_past *past);

/* The same for a good run's, if that is not too much: see recordform.h.  One
 * that is not there is whole, with nothing in it. */
int record_read_brief(const char *state_dir, const char *name,
    struct recordform_head *head, struct stamp_past *past);

/* Stamp its file, without reading it.  0, or -1 with errno: the names are too
 * long. */
int record_stamp(const char *state_dir, enum record_kind kind, const char *name,
    struct stamp *out);

/* Read and write through a file without a name, which record_spare() opens (in
 * memory where that can be done), for what does not concern the disk.  They
 * return -1 with errno on failure, and for a damaged one. */
int record_spare(const char *state_dir);
int record_read_fd(int fd, struct stamp_past *past);
int record_write_fd(int fd, const struct stamp_past *past);

/* Write it, whole or not at all.  Returns 0, or -1 with errno. */
int record_write(const char *state_dir, enum record_kind kind, const char *name,
    const struct stamp_past *past);

/* Forget it.  Returns 0 (also when there is none), or -1 with errno. */
int record_remove(
    const char *state_dir, enum record_kind kind, const char *name);

/* Remove the temporary files that a crash has left.  Only when nobody writes
 * records: at the start.  Returns 0, or -1 with errno. */
int record_sweep(const char *state_dir);

#endif
