/*
 * control - qmail's control files, read as qmail reads them.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builders/control.h"
#include "daemon/log.h"

void
control_init(struct control *c)
{
	memset(c, 0, sizeof(*c));
	source_init(&c->file);
}

void
control_fini(struct control *c)
{
	source_fini(&c->file);
	free(c->entries);
	control_init(c);
}

void
control_add(struct control *c, const char *key, const char *value)
{
	c->entries =
	    arena_grow(c->entries, c->n, &c->size, sizeof(*c->entries));
	c->entries[c->n].key = key;
	c->entries[c->n].value = value;
	c->n++;
}

static void
add_entry(struct control *c, char *text, enum control_form form)
{
	char *colon = NULL;

	if (form == CONTROL_PAIRS) {
		colon = strchr(text, ':');
		if (colon == NULL)
			return;
		*colon++ = '\0';
	}
	control_add(c, text, colon == NULL ? "" : colon);
}

/* "end" is where the newline was: there is room for a NUL. */
static void
add_line(struct control *c, char *line, char *end, enum control_form form)
{
	char *text, *next;

	while (end > line &&
	       (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\n'))
		end--;
	*end = '\0';
	if (form == CONTROL_LINE) {
		add_entry(c, line, form);
		return;
	}
	if (*line == '\0' || *line == '#')
		return;
	for (text = line; text < end; text = next) {
		next = text + strlen(text) + 1; /* before a ':' is cut */
		add_entry(c, text, form);
	}
}

static void
lower_bytes(char *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (bytes[i] >= 'A' && bytes[i] <= 'Z')
			bytes[i] = (char)(bytes[i] - 'A' + 'a');
}

/* Equal keys in the order of the file: entries lie as the lines did. */
static int
compare_entries(const void *a, const void *b)
{
	const struct control_entry *x = a;
	const struct control_entry *y = b;
	int by_key = strcmp(x->key, y->key);

	return by_key != 0 ? by_key : (x->key > y->key) - (x->key < y->key);
}

void
control_sort(struct control *c)
{
	size_t i, n = 0;

	if (c->n == 0)
		return;
	qsort(c->entries, c->n, sizeof(*c->entries), compare_entries);
	for (i = 0; i < c->n; i++) {
		if (n > 0 &&
		    strcmp(c->entries[i].key, c->entries[n - 1].key) == 0)
			n--;
		c->entries[n++] = c->entries[i];
	}
	c->n = n;
}

void
control_parse(struct control *c, enum control_form form)
{
	char *line = c->file.bytes;
	char *end = line + c->file.len;
	char *newline;

	c->n = 0;
	lower_bytes(line, c->file.len);
	while (line < end) {
		newline = memchr(line, '\n', (size_t)(end - line));
		if (newline == NULL)
			newline = end;
		add_line(c, line, newline, form);
		if (form == CONTROL_LINE)
			break;
		line = newline + 1;
	}
	control_sort(c);
}

int
control_read(struct control *c, struct deps *deps, const char *directory,
    const char *name, enum control_form form)
{
	char relative[64];
	enum source_answer answer;

	(void)snprintf(relative, sizeof(relative), "control/%s", name);
	answer = source_read(&c->file, deps_add_in(deps, directory, relative));
	deps_stamp(deps, deps->last, &c->file.stamp);
	c->present = answer == SOURCE_READ;
	if (answer == SOURCE_READ)
		control_parse(c, form);
	return answer == SOURCE_TROUBLE ? -1 : 0;
}

static int
compare_key(const void *key, const void *entry)
{
	const struct control_entry *e = entry;

	return strcmp(key, e->key);
}

const struct control_entry *
control_find(const struct control *c, const char *key)
{
	if (c->n == 0)
		return NULL;
	return bsearch(key, c->entries, c->n, sizeof(*c->entries), compare_key);
}

const struct control_entry *
control_find_host(const struct control *c, const char *host, bool any)
{
	const struct control_entry *found;

	if (*host == '\0')
		return NULL;
	found = control_find(c, host);
	while (found == NULL && (host = strchr(host + 1, '.')) != NULL)
		found = control_find(c, host);
	if (found == NULL && any)
		found = control_find(c, "");
	return found;
}
