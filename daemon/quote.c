/*
 * quote - values with quotes and variables to words, and back.
 */

#include <stdlib.h>
#include <string.h>

#include "daemon/memory.h"
#include "daemon/quote.h"

#define BLANKS " \t"

/* A word or text in the making. */
struct draft {
	char text[QUOTE_MAX + 1];
	size_t used;
	const struct quote_scope *scope;
	char *why;
	size_t size;
};

static int
put(struct draft *d, const char *bytes, size_t n)
{
	if (n > QUOTE_MAX - d->used) {
		(void)snprintf(
		    d->why, d->size, "longer than %d bytes", QUOTE_MAX);
		return -1;
	}
	memcpy(d->text + d->used, bytes, n);
	d->used += n;
	d->text[d->used] = '\0';
	return 0;
}

bool
quote_is_name(const char *name, size_t n)
{
	static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz_";
	static const char further[] = "0123456789.-";
	size_t i;

	for (i = 0; i < n; i++)
		if (name[i] == '\0' ||
		    (strchr(first, name[i]) == NULL &&
			(i == 0 || strchr(further, name[i]) == NULL)))
			return false;
	return n > 0;
}

static bool
is_word(const char *word, const char *name, size_t n)
{
	return strlen(word) == n && strncmp(word, name, n) == 0;
}

static bool
is_kept(const char *const *keep, const char *name, size_t n)
{
	for (; keep != NULL && *keep != NULL; keep++)
		if (is_word(*keep, name, n))
			return true;
	return false;
}

static const char *
find_value(char *const *vars, const char *name, size_t n)
{
	for (; vars != NULL && *vars != NULL; vars += 2)
		if (is_word(vars[0], name, n))
			return vars[1];
	return NULL;
}

/* Put what the dollar at *at stands for, and step over it. */
static int
put_dollar(struct draft *d, const char **at)
{
	const char *name = *at + 2, *value;
	size_t n;

	if (strncmp(*at, "$${", 3) == 0) {
		*at += 3;
		return put(d, "${", 2);
	}
	if ((*at)[1] != '{')
		return put(d, (*at)++, 1);
	n = strcspn(name, "}");
	if (name[n] == '\0') {
		(void)snprintf(d->why, d->size, "'${' without '}'");
		return -1;
	}
	*at = name + n + 1;
	if (is_kept(d->scope->keep, name, n))
		return put(d, name - 2, n + 3);
	value = find_value(d->scope->vars, name, n);
	if (value != NULL)
		return put(d, value, strlen(value));
	(void)snprintf(d->why, d->size, "unknown variable ${%.*s}",
	    n > QUOTE_MAX ? QUOTE_MAX : (int)n, name);
	return -1;
}

static int
put_single(struct draft *d, const char **at)
{
	size_t n = strcspn(*at + 1, "'");
	const char *text = *at + 1;

	if (text[n] == '\0') {
		(void)snprintf(d->why, d->size, "unclosed '");
		return -1;
	}
	*at = text + n + 1;
	return put(d, text, n);
}

static int
put_double(struct draft *d, const char **at)
{
	int rc = 0;

	(*at)++;
	while (rc == 0 && **at != '"') {
		if (**at == '\0') {
			(void)snprintf(d->why, d->size, "unclosed \"");
			return -1;
		}
		if (**at == '$') {
			rc = put_dollar(d, at);
			continue;
		}
		if (**at == '\\' && (*at)[1] != '\0' &&
		    strchr("\"\\$", (*at)[1]) != NULL)
			(*at)++;
		rc = put(d, (*at)++, 1);
	}
	(*at)++;
	return rc;
}

static int
put_escaped(struct draft *d, const char **at)
{
	if ((*at)[1] == '\0') {
		(void)snprintf(d->why, d->size, "backslash at the end");
		return -1;
	}
	*at += 2;
	return put(d, *at - 1, 1);
}

static int
put_word(struct draft *d, const char **at)
{
	int rc = 0;

	d->used = 0;
	d->text[0] = '\0';
	while (rc == 0 && **at != '\0' && strchr(BLANKS, **at) == NULL) {
		switch (**at) {
		case '\'':
			rc = put_single(d, at);
			break;
		case '"':
			rc = put_double(d, at);
			break;
		case '\\':
			rc = put_escaped(d, at);
			break;
		case '$':
			rc = put_dollar(d, at);
			break;
		default:
			rc = put(d, (*at)++, 1);
			break;
		}
	}
	return rc;
}

int
quote_split(const char *text, const struct quote_scope *scope,
    struct quote_words *words, char *why, size_t size)
{
	struct draft d = { .scope = scope, .why = why, .size = size };
	const char *at = text + strspn(text, BLANKS);

	while (*at != '\0') {
		if (put_word(&d, &at) == -1)
			return -1;
		words->list = memory_grow(
		    words->list, words->count, sizeof(*words->list));
		words->list[words->count++] = memory_text(d.text);
		/* The end of the list; it is written over by the next word. */
		words->list = memory_grow(
		    words->list, words->count, sizeof(*words->list));
		at += strspn(at, BLANKS);
	}
	return 0;
}

void
quote_words_fini(struct quote_words *words)
{
	size_t i;

	for (i = 0; i < words->count; i++)
		free(words->list[i]);
	free(words->list);
	memset(words, 0, sizeof(*words));
}

char *
quote_fill(
    const char *text, const struct quote_scope *scope, char *why, size_t size)
{
	struct draft d = { .scope = scope, .why = why, .size = size };
	int rc = 0;

	while (rc == 0 && *text != '\0')
		rc = *text == '$' ? put_dollar(&d, &text) : put(&d, text++, 1);
	return rc == -1 ? NULL : memory_text(d.text);
}

static bool
is_plain(char c)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789_@%+=:,./*?[]{}~^!-";

	return strchr(plain, c) != NULL || (unsigned char)c >= 0x80;
}

/* The bytes at "word" that need no quoting: a plain one, a kept ${name}. */
static size_t
plain_length(const char *word, const char *const *keep)
{
	size_t n;

	if (strncmp(word, "${", 2) != 0)
		return is_plain(*word) ? 1 : 0;
	n = strcspn(word + 2, "}");
	return word[2 + n] == '}' && is_kept(keep, word + 2, n) ? n + 3 : 0;
}

void
quote_print_word(const char *word, const char *const *keep, FILE *out)
{
	const char *at = word;
	size_t n;

	while (*at != '\0' && (n = plain_length(at, keep)) > 0)
		at += n;
	if (*at == '\0' && at != word) {
		(void)fputs(word, out); /* the caller asks ferror() */
		return;
	}
	if (strchr(word, '\'') == NULL && strstr(word, " ;") == NULL &&
	    strstr(word, "\t;") == NULL) {
		(void)fprintf(out, "'%s'", word);
		return;
	}
	for (at = word; *at != '\0'; at += n) {
		n = plain_length(at, keep);
		if (n == 0) {
			(void)fputc('\\', out);
			n = 1;
		}
		(void)fwrite(at, 1, n, out);
	}
}

void
quote_print_text(const char *text, FILE *out)
{
	for (; *text != '\0'; text++) {
		if (strncmp(text, "${", 2) == 0)
			(void)fputc('$', out);
		(void)fputc(*text, out);
	}
}
