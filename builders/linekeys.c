/*
 * linekeys - a file of keys, one a line, made a cdb as qmail-newmrh does.
 */

#include <string.h>

#include "builders/linekeys.h"

static void
add_line(struct compile *c, char *line, size_t len)
{
	while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\t'))
		len--;
	if (len == 0 || *line == '#')
		return;
	compile_lower(line, len);
	compile_add(c, line, len, "", 0);
}

int
linekeys_add(struct compile *c)
{
	char *line = c->text.bytes;
	char *end = line + c->text.len;
	char *newline;

	while (line < end) {
		newline = memchr(line, '\n', (size_t)(end - line));
		if (newline == NULL)
			newline = end;
		add_line(c, line, (size_t)(newline - line));
		line = newline + 1;
	}
	return 0;
}
