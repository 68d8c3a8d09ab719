/*
 * memory - memory for the configuration, or the end of the program.
 */

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/memory.h"

char *
memory_text(const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		log_fatal("configuration");
	return copy;
}

char *
memory_format(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) == -1)
		log_fatal("configuration");
	va_end(ap);
	return text;
}

void *
memory_grow(void *list, size_t count, size_t size)
{
	char *grown = list;

	/* Room is a power of two, so it is full when the count is one. */
	if ((count & (count - 1)) == 0) {
		size_t room = count == 0 ? 1 : 2 * count;

		grown =
		    room > SIZE_MAX / size ? NULL : realloc(list, room * size);
		if (grown == NULL)
			log_fatal("configuration");
	}
	memset(grown + count * size, 0, size);
	return grown;
}
