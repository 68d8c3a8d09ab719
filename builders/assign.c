/*
 * assign - users/assign, made records of users/cdb as qmail-newu does.
 */

#include <string.h>

#include "builders/assign.h"
#include "daemon/log.h"

#define FIELD_COLONS 6 /* behind the name, one after each field */

/* The last bytes of prefixes, each once, in the order of the file. */
struct wildcards {
	char bytes[256];
	size_t n;
};

static void
add_wildcard(struct wildcards *w, char byte)
{
	if (memchr(w->bytes, byte, w->n) == NULL)
		w->bytes[w->n++] = byte;
}

/* The fields, each but the last with a NUL behind it; their length, or -1. */
static ssize_t
split_fields(char *value, size_t len)
{
	size_t i, colons = 0;

	for (i = 0; i < len; i++) {
		if (value[i] != ':')
			continue;
		value[i] = '\0';
		if (++colons == FIELD_COLONS)
			return (ssize_t)i;
	}
	return -1;
}

/* Without its newline.  Returns NULL, or what is wrong.  A name that does not
 * begin with a '+' is an exact one, whatever it begins with. */
static const char *
add_line(struct compile *c, struct wildcards *w, char *line, size_t len)
{
	char *colon = memchr(line, ':', len);
	char *value;
	size_t key_len;
	ssize_t value_len;
	bool prefix = *line == '+';

	if (memchr(line, '\0', len) != NULL)
		return "a NUL byte";
	if (colon == NULL)
		return "no colon";
	if (colon == line)
		return "no name";
	value = colon + 1;
	value_len = split_fields(value, (size_t)(line + len - value));
	if (value_len == -1)
		return "fewer than 6 colons behind the name";
	key_len = (size_t)(colon - line);
	if (prefix && key_len > 1)
		add_wildcard(w, colon[-1]); /* in the case of the file */
	*line = '!';
	compile_lower(line, key_len);
	if (!prefix)
		line[key_len++] = '\0'; /* in the colon's place */
	compile_add(c, line, key_len, value, (size_t)value_len);
	return NULL;
}

static int
refuse(const struct compile *c, size_t lineno, const char *reason)
{
	log_warnx("%s:%zu: bad format: %s", c->text_path, lineno, reason);
	return -1;
}

/* A line that begins with a dot ends the text. */
int
assign_add(struct compile *c)
{
	struct wildcards wildcards = { .n = 0 };
	char *line = c->text.bytes;
	char *end = line + c->text.len;
	char *newline;
	const char *reason;
	size_t lineno = 1;

	for (; line < end && *line != '.'; line = newline + 1, lineno++) {
		newline = memchr(line, '\n', (size_t)(end - line));
		if (newline == NULL)
			return refuse(c, lineno, "no newline");
		reason =
		    add_line(c, &wildcards, line, (size_t)(newline - line));
		if (reason != NULL)
			return refuse(c, lineno, reason);
	}
	if (line >= end)
		return refuse(c, lineno, "no line with a dot at the end");
	compile_add(c, "", 0, wildcards.bytes, wildcards.n);
	return 0;
}
