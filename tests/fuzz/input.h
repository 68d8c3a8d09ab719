/*
 * input - what libFuzzer gives, as a reader of the builders has it from a file.
 *
 * Owns: nothing.
 * Uses: source.
 */

#ifndef INPUT_H
#define INPUT_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "builders/source.h"

/* What libFuzzer calls; a target defines it.  Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Put the bytes into "s", in memory of exactly their size and a NUL. */
void input_fill(struct source *s, const uint8_t *data, size_t len);

/* Stop here, for libFuzzer to see, unless it holds.  Not behind a call, so that
 * who uses it is not told that it may not hold. */
static inline void
input_require(bool holds)
{
	if (!holds)
		abort();
}

/* Read every byte, for ASan to see. */
void input_touch(const char *bytes, size_t len);

#endif
