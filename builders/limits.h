/*
 * limits - what vpopmail allows the users of a domain.
 *
 * The file .qmailadmin-limits of the domain counts and, only where it is
 * missing, etc/vlimits.default.  (With limits in MySQL there are no files.)
 *
 * Owns: nothing.
 * Uses: source, deps.
 */

#ifndef LIMITS_H
#define LIMITS_H

#include <stdbool.h>
#include <stddef.h>

#include "builders/deps.h"

/* Is there a line that begins with this word?  "bytes" end in a NUL.  Pure. */
bool limits_have(const char *bytes, size_t len, const char *word);

/* May the users of the domain in "directory" not send mail by SMTP?  1 they may
 * not, 0 they may, -1 trouble, logged. */
int limits_disable_smtp(
    struct deps *deps, const char *directory, const char *vpopmail);

#endif
