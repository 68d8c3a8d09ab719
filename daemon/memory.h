/*
 * memory - memory for the configuration, or the end of the program.
 *
 * Out of memory is fatal (see the style of errors): every bit of state can be
 * rebuilt from disk by the next start, a half-read configuration cannot.
 *
 * Owns: nothing; the caller frees what comes back with free().
 * Uses: log.
 */

#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>

#include "daemon/log.h"

/* All of these return memory, or log and exit with 111. */

/* A copy of the text. */
char *memory_text(const char *text);

/* A text made like printf's. */
char *memory_format(const char *fmt, ...) LOG_FORMAT(1, 2);

/* A list of "count" elements of "size" bytes, moved if need be so that one
 * more fits; the new element is zeroed.  NULL with count 0 is an empty list. */
void *memory_grow(void *list, size_t count, size_t size);

#endif
