/*
 * Lines from a pipe, in pieces: the first byte is their size.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
take_line(const char *line, void *arg)
{
	size_t *bytes = arg;

	if (strchr(line, '\n') != NULL || strlen(line) >= LINE_SIZE)
		abort();
	*bytes += strlen(line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct line_buf b;
	const char *bytes = (const char *)data + 1;
	size_t piece, taken = 0;

	if (len == 0)
		return 0;
	line_init(&b, data[0] % 2 == 0 ? LINE_DROP : LINE_SPLIT);
	for (len--; len > 0; len -= piece, bytes += piece) {
		piece = data[0] / 2U + 1;
		if (piece > len)
			piece = len;
		(void)line_feed(&b, bytes, piece, take_line, &taken);
	}
	line_flush(&b, take_line, &taken);
	return 0;
}
