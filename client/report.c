#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "client/report.h"

static void *
need(void *memory)
{
	if (memory != NULL)
		return memory;
	(void)fputs("trigger-ctl: out of memory\n", stderr);
	exit(111);
}

json_t *
report_object(void)
{
	return need(json_object());
}

json_t *
report_array(void)
{
	return need(json_array());
}

void
report_set(json_t *object, const char *key, json_t *value)
{
	/* Our keys are UTF-8, so only memory can be the matter. */
	if (json_object_set_new(object, key, value) == -1)
		(void)need(NULL);
}

void
report_append(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) == -1)
		(void)need(NULL);
}

/* How many bytes of text are one character of UTF-8; 0: it is none (RFC 3629:
 * neither overlong nor a surrogate nor above U+10FFFF). */
static size_t
utf8_length(const unsigned char *text)
{
	static const struct {
		unsigned char least, most; /* the first byte */
		unsigned char from, to;    /* the second */
		size_t length;
	} forms[] = {
		{ 0x01, 0x7f, 0, 0, 1 },
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	size_t i, n;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (text[0] >= forms[i].least && text[0] <= forms[i].most)
			break;
	if (i == sizeof(forms) / sizeof(forms[0]))
		return 0;
	if (forms[i].length > 1 &&
	    (text[1] < forms[i].from || text[1] > forms[i].to))
		return 0;
	for (n = 2; n < forms[i].length; n++)
		if (text[n] < 0x80 || text[n] > 0xbf)
			return 0;
	return forms[i].length;
}

json_t *
report_string(const char *text)
{
	const unsigned char *from = (const unsigned char *)text;
	json_t *string;
	char *escaped, *to;
	size_t n;

	if (text == NULL)
		return json_null();
	escaped = to = need(malloc(4 * strlen(text) + 1));
	for (; *from != '\0'; from += n) {
		n = *from == '\\' ? 0 : utf8_length(from);
		if (n > 0) {
			memcpy(to, from, n);
			to += n;
		} else {
			to += sprintf(to, "\\x%02x", *from);
			n = 1;
		}
	}
	*to = '\0';
	string = need(json_string(escaped));
	free(escaped);
	return string;
}

json_t *
report_list(char *const list[])
{
	json_t *array = report_array();

	for (; *list != NULL; list++)
		report_append(array, report_string(*list));
	return array;
}

void
report_text(json_t *object, const char *key, const char *text)
{
	report_set(object, key, report_string(text));
}

void
report_time(json_t *object, const char *key, int64_t ms)
{
	report_set(object, key, ms <= 0 ? json_null() : need(json_integer(ms)));
}

void
report_number(json_t *object, const char *key, int64_t number)
{
	report_set(object, key, need(json_integer(number)));
}

void
report_yesno(json_t *object, const char *key, int yes)
{
	report_set(object, key, json_boolean(yes));
}

void
report_print(FILE *out, json_t *value)
{
	/* A failed write is ferror()'s to tell; memory is not. */
	if (json_dumpf(value, out, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) ==
		-1 &&
	    ferror(out) == 0)
		(void)need(NULL);
	(void)fputc('\n', out);
	json_decref(value);
}
