/*
 * input - what libFuzzer gives, as a reader of the builders has it from a file.
 */

#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/input.h"

void
input_fill(struct source *s, const uint8_t *data, size_t len)
{
	source_fini(s);
	s->bytes = malloc(len + 1);
	if (s->bytes == NULL)
		abort();
	if (len > 0)
		memcpy(s->bytes, data, len);
	s->bytes[len] = '\0';
	s->len = len;
	s->size = len + 1;
}

void
input_touch(const char *bytes, size_t len)
{
	volatile char seen = 0;

	for (; len > 0; len--)
		seen = (char)(seen ^ bytes[len - 1]);
	(void)seen;
}
