/*
 * conferror - what is wrong with a configuration, as a list.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/conferror.h"
#include "daemon/memory.h"

#define REASON_MAX 1024 /* bytes; a longer reason is cut */

/* Where an error of that line goes: after what was found in its file before,
 * but in the order of the lines. */
static size_t
find_place(const struct conf_errors *errors, const char *path, int line)
{
	size_t i = errors->count;

	while (i > 0 && errors->list[i - 1].line > line &&
	       strcmp(errors->list[i - 1].path, path) == 0)
		i--;
	return i;
}

void
conf_errors_add(struct conf_errors *errors, const char *path, int line,
    const char *key, const char *fmt, ...)
{
	char reason[REASON_MAX];
	struct conf_error *e;
	va_list ap;
	size_t i;

	va_start(ap, fmt);
	(void)vsnprintf(reason, sizeof(reason), fmt, ap); /* cut is fine */
	va_end(ap);

	errors->list = memory_grow(errors->list, errors->count, sizeof(*e));
	i = find_place(errors, path, line);
	e = &errors->list[i];
	memmove(e + 1, e, (errors->count - i) * sizeof(*e));
	errors->count++;
	e->path = memory_text(path);
	e->line = line;
	e->key = key == NULL ? NULL : memory_text(key);
	e->reason = memory_text(reason);
}

static bool
is_equal(const struct conf_error *a, const struct conf_error *b)
{
	return a->line == b->line && strcmp(a->path, b->path) == 0 &&
	       strcmp(a->key == NULL ? "" : a->key,
		   b->key == NULL ? "" : b->key) == 0 &&
	       strcmp(a->reason, b->reason) == 0;
}

void
conf_errors_merge(
    struct conf_errors *errors, size_t first, const struct conf_errors *more)
{
	const struct conf_error *e;
	size_t i, k;

	for (i = 0; i < more->count; i++) {
		e = &more->list[i];
		for (k = first; k < errors->count; k++)
			if (is_equal(&errors->list[k], e))
				break;
		if (k == errors->count)
			conf_errors_add(
			    errors, e->path, e->line, e->key, "%s", e->reason);
	}
}

void
conf_errors_fini(struct conf_errors *errors)
{
	size_t i;

	for (i = 0; i < errors->count; i++) {
		free(errors->list[i].path);
		free(errors->list[i].key);
		free(errors->list[i].reason);
	}
	free(errors->list);
	memset(errors, 0, sizeof(*errors));
}

const char *
conf_error_text(const struct conf_error *error, char *buf, size_t size)
{
	char line[16] = "";
	bool keyed = error->key != NULL;

	if (error->line > 0)
		(void)snprintf(line, sizeof(line), ":%d", error->line);
	(void)snprintf(buf, size, "%s%s: %s%s%s", error->path, line,
	    keyed ? error->key : "", keyed ? ": " : "", error->reason);
	return buf;
}
