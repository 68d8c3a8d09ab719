/*
 * mkmorercpthosts - control/morercpthosts.cdb from control/morercpthosts, to
 * the byte as qmail-newmrh makes it.
 */

#include <string.h>

#include "builders/compile.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static void
add_line(struct compile *c, char *line, size_t len)
{
	compile_lower(line, len);
	while (len > 0 && is_blank(line[len - 1]))
		len--;
	if (len > 0 && *line != '#')
		compile_add(c, line, len, "", 0);
}

/* No text is wrong, and a last line needs no newline. */
static int
add_hosts(struct compile *c)
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

int
main(int argc, char **argv)
{
	static const struct compile_job job = {
		.program = "mkmorercpthosts",
		.text = "control/morercpthosts",
		.cdb = "control/morercpthosts.cdb",
		.add_records = add_hosts,
	};

	return compile_main(&job, argc, argv);
}
