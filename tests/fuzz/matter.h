/*
 * matter - what libFuzzer gives, as the daemon and the client have it: as a
 * text, as a file, as files of a directory.
 *
 * Everything lies below TMPDIR, in a directory of this process that the next
 * input finds as it was left.  Trouble with it ends the process.
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef MATTER_H
#define MATTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define MATTER_PATH 512

/* What libFuzzer calls; a target defines it.  Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A copy with a NUL at its end, for the caller to free. */
char *matter_text(const uint8_t *data, size_t len);

/* A file without a name, at its beginning; the caller closes it. */
int matter_file(const void *bytes, size_t len);

/* The path of "name" in the directory of this process, which is made. */
void matter_path(char path[MATTER_PATH], const char *name);
void matter_make_directory(const char *name);

/* Write that file anew. */
void matter_put(const char *name, const void *bytes, size_t len);

/* A second standard output, which goes nowhere; the caller closes it. */
FILE *matter_nowhere(void);

/* Stop here, for libFuzzer to see, unless it holds.  Inline, since analyzers
 * must see that it does not return. */
static inline void
matter_require(bool holds)
{
	if (!holds)
		abort();
}

#endif
