/*
 * recordform - a rule's record as bytes: a cdb.
 *
 * A checksum over all of it tells a damaged record from a good one.  Keys that
 * this version does not know are passed over.
 *
 * Owns: the format.
 * Uses: digest, packed, pattern, stampset, ground, tinycdb.
 */

#ifndef RECORDFORM_H
#define RECORDFORM_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/stampset.h"

/* What a record begins with: enough to tell whether a check will be long. */
struct recordform_head {
	uint64_t count; /* of sources */
	uint64_t bytes; /* of content to be hashed */
	bool whole;     /* that was all of it, and is verified */
};

/* Read an open file into "past", which is zeroed but for its records (-1).
 * Returns 0, also if it is damaged: then nothing but that is in it; -1 with
 * errno when it cannot be read.  The caller calls stamp_past_fini() in every
 * case. */
int recordform_read(int fd, struct stamp_past *past);

/* The same, if "head" as it comes allows so many sources and bytes.  Else no
 * more than the record's beginning is in "past", unverified. */
int recordform_read_brief(
    int fd, struct recordform_head *head, struct stamp_past *past);

/* Write it to an empty file, from where that stands.  Returns 0, or -1 with
 * errno. */
int recordform_write(int fd, const struct stamp_past *past);

#endif
