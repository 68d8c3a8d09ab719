/*
 * A directory of configuration files: triggerd.ini, then, each after a line
 * that begins with "== ", a.ini, b.ini and c.ini.  "@" is the directory.  What
 * was read without an error, and printed, reads as the same again.
 */

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/conf.h"
#include "tests/fuzz/matter.h"

static const char *const names[] = { "triggerd.ini", "rules.d/a.ini",
	"rules.d/b.ini", "rules.d/c.ini" };

#define NAMES (sizeof(names) / sizeof(names[0]))

/* With the directory for each "@". */
static char *
fill_in(const uint8_t *data, size_t len, size_t *filled_len)
{
	char dir[MATTER_PATH], *text;
	FILE *out = open_memstream(&text, filled_len);
	size_t i;

	if (out == NULL)
		abort();
	matter_path(dir, "");
	for (i = 0; i < len; i++)
		if (data[i] == '@')
			(void)fputs(dir, out);
		else
			(void)fputc(data[i], out);
	(void)fclose(out); /* memory, and not that much */
	return text;
}

static void
clear(size_t from)
{
	char path[MATTER_PATH];

	for (; from < NAMES; from++) {
		matter_path(path, names[from]);
		(void)unlink(path); /* it may not be there */
	}
}

static void
unpack(const char *text, size_t len)
{
	const char *end, *next;
	size_t i;

	for (i = 0; i < NAMES && text != NULL; i++) {
		end = memmem(text, len, "\n== ", 4);
		matter_put(names[i], text,
		    end == NULL ? len : (size_t)(end + 1 - text));
		if (end == NULL)
			break;
		next = memchr(end + 1, '\n', len - (size_t)(end + 1 - text));
		if (next != NULL)
			len -= (size_t)(next + 1 - text);
		text = next == NULL ? NULL : next + 1;
	}
	clear(i + 1);
}

/* One section for each file, but instances would be sections of one file. */
static bool
is_plain(const struct rule_set *set)
{
	size_t i;

	for (i = 0; i < set->rule_count; i++)
		if (set->rules[i].base != NULL)
			return false;
	return set->list_count == 0;
}

static char *
print(const struct rule_set *set)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		abort();
	conf_print(set, out);
	(void)fclose(out); /* memory, and not that much */
	return text;
}

/* What was printed, as files again: a rule follows "; NAME.ini". */
static void
unpack_printed(const char *text)
{
	const char *end, *name = names[0];
	char path[PATH_MAX];

	clear(0);
	for (;;) {
		end = strstr(text, "\n; ");
		matter_put(name, text,
		    end == NULL ? strlen(text) : (size_t)(end + 1 - text));
		if (end == NULL)
			return;
		text = strchr(end + 1, '\n') + 1;
		(void)snprintf(path, sizeof(path), "rules.d/%.*s",
		    (int)(text - 1 - (end + 3)), end + 3);
		name = path;
	}
}

static void
read_again(const struct rule_set *set, const char *dir)
{
	struct conf_errors errors = { NULL, 0 };
	struct rule_set *again;
	char *text = print(set), *second;
	size_t i;

	unpack_printed(text);
	again = conf_read(dir, &errors);
	matter_require(again != NULL && errors.count == 0);
	matter_require(again->rule_count == set->rule_count);
	for (i = 0; i < set->rule_count; i++)
		matter_require(digest_equal(
		    set->rules[i].identity, again->rules[i].identity));
	second = print(again);
	matter_require(strcmp(text, second) == 0);
	free(second);
	free(text);
	rule_set_free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char dir[MATTER_PATH], line[256], *text;
	struct conf_errors errors = { NULL, 0 };
	struct rule_set *set;
	size_t filled_len, i;

	matter_make_directory("rules.d");
	matter_make_directory("bin");
	matter_make_directory("out");
	matter_put("bin/good", "#!/bin/sh\n", 10);
	matter_path(dir, "");
	text = fill_in(data, len, &filled_len);
	unpack(text, filled_len);
	free(text);
	set = conf_read_daemon(dir, &errors);
	rule_set_free(set);
	conf_errors_fini(&errors);
	errors = (struct conf_errors){ NULL, 0 };
	set = conf_read(dir, &errors);
	matter_require((set == NULL) == (errors.count > 0));
	for (i = 0; i < errors.count; i++)
		(void)conf_error_text(&errors.list[i], line, sizeof(line));
	if (set != NULL && is_plain(set))
		read_again(set, dir);
	conf_errors_fini(&errors);
	rule_set_free(set);
	return 0;
}
