/*
 * memo - the record of a rule's last good run, as it was read last.
 *
 * It need not be read again while its file stays the same, which a stat tells.
 * A stat may not tell what was written within one tick of the clock: who writes
 * the record, or has it written, calls memo_forget() before.
 *
 * Owns: a copy of a record, if that is small.
 * Uses: stampset, ground, record.
 */

#ifndef MEMO_H
#define MEMO_H

#include "daemon/record.h"
#include "daemon/stampset.h"

#define MEMO_SOURCES 16 /* a record with more is read each time */

/* Zeroed is empty. */
struct memo {
	bool untried; /* there was no record of a run in vain */
	bool filled;
	struct stamp file;
	struct stamp_past past;
};

/* As record_read_brief(); what comes back in "past" is the caller's. */
int memo_read(struct memo *m, const char *state_dir, const char *name,
    struct recordform_head *head, struct stamp_past *past);

/* The last run in vain, as record_read(); where there was none, none is looked
 * for: to miss one that somebody else has put there costs a run. */
int memo_read_tried(struct memo *m, const char *state_dir, const char *name,
    struct stamp_past *past);

/* Free it too. */
void memo_forget(struct memo *m);

#endif
