/*
 * verify - is this file the product that it claims to be?
 *
 * Owns: nothing.
 * Uses: rule, tinycdb.
 */

#ifndef VERIFY_H
#define VERIFY_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/rule.h"

/* Read the structure of the file in "fd" (cdb: every table slot leads to a
 * record with that hash, every record lies inside the file and is found again
 * by its key) and count its records; without a check, its lines (a last line
 * without a newline counts).  Returns the count, or -1 with errno, EILSEQ for a
 * wrong structure and the reason in "why". */
int64_t verify_count(int fd, enum rule_check check, char *why, size_t size);

/* Would max_shrink and min_records let "now" records replace "before" (-1: not
 * known)?  Returns 0, or -1 with the reason in "why".  Exactly max_shrink per
 * cent less is still allowed. */
int verify_guards(const struct rule *rule, int64_t now, int64_t before,
    char *why, size_t size);

#endif
