/*
 * copy - the bytes of one open file to another, and are they the same?
 *
 * Owns: nothing.
 * Uses: clock, clone.
 */

#ifndef COPY_H
#define COPY_H

#include <stddef.h>

/* All of "from", from its beginning, into "to", which is empty: by reference
 * where the file system can, in the kernel where it can.  Returns 0, or -1
 * with errno; EBUSY: it changed meanwhile, so that the copy may be none of any
 * one moment. */
int copy_bytes(int from, int to);

/* All of the text, however many writes that takes.  Returns 0, or -1 with
 * errno. */
int copy_text(int fd, const char *bytes, size_t n);

/* Returns 1 if both hold the same bytes, 0 if not, -1 with errno. */
int copy_equal(int a, int b);

#endif
