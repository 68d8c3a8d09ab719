/*
 * instance - the things that one rule is done for, one after the other.
 */

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/digest.h"
#include "daemon/instance.h"
#include "daemon/memory.h"

#define SPACE " \t\n\v\f\r"

char *
instance_name(const char *rule, const char *word)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789._-";
	char *name = memory_format("%s@%*s", rule, 3 * (int)strlen(word), "");
	char *to = strchr(name, '@') + 1;
	const char *at;

	for (at = word; *at != '\0'; at++) {
		if (strchr(plain, *at) != NULL && (*at != '.' || at != word))
			*to++ = *at;
		else
			to += sprintf(to, "%%%02X", (unsigned char)*at);
	}
	*to = '\0';
	return name;
}

bool
instance_is_of(const char *name, const char *asked)
{
	size_t n = strlen(asked);

	return strncmp(name, asked, n) == 0 &&
	       (name[n] == '\0' || name[n] == '@');
}

static int
compare_text(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	return strcmp(*left, *right);
}

/* A word that is there twice, or NULL. */
static const char *
find_twice(char *const *words, size_t count)
{
	const char **sorted = NULL, *twice = NULL;
	size_t i;

	for (i = 0; i < count; i++) {
		sorted = memory_grow(sorted, i, sizeof(*sorted));
		sorted[i] = words[i];
	}
	if (count > 1)
		qsort(sorted, count, sizeof(*sorted), compare_text);
	for (i = 1; i < count && twice == NULL; i++)
		if (strcmp(sorted[i - 1], sorted[i]) == 0)
			twice = sorted[i];
	free(sorted);
	return twice;
}

int
instance_check(const char *rule, char *const *words, char *why, size_t size)
{
	const char *twice;
	size_t count;
	char *name;
	bool fits;

	for (count = 0; words[count] != NULL; count++) {
		if (*words[count] == '\0') {
			(void)snprintf(why, size, "an empty word");
			return -1;
		}
		name = instance_name(rule, words[count]);
		fits = strlen(name) <= INSTANCE_NAME_MAX;
		free(name);
		if (fits)
			continue;
		(void)snprintf(why, size,
		    "%.60s...: its name would be longer than %d bytes",
		    words[count], INSTANCE_NAME_MAX);
		return -1;
	}
	if (count > INSTANCE_COUNT_MAX) {
		(void)snprintf(
		    why, size, "more than %d words", INSTANCE_COUNT_MAX);
		return -1;
	}
	twice = find_twice(words, count);
	if (twice != NULL)
		(void)snprintf(why, size, "%s: given twice", twice);
	return twice == NULL ? 0 : -1;
}

/* Cut a text at any of these bytes. */
static char **
cut(const char *text, const char *at)
{
	char **words = NULL;
	size_t n, count = 0;

	for (text += strspn(text, at); *text != '\0';
	     text += strspn(text, at)) {
		n = strcspn(text, at);
		words = memory_grow(words, count, sizeof(*words));
		words[count++] = memory_format("%.*s", (int)n, text);
		text += n;
	}
	return memory_grow(words, count, sizeof(*words));
}

char **
instance_split(const char *text)
{
	return cut(text, SPACE);
}

void
instance_free(char **words)
{
	size_t i;

	for (i = 0; words != NULL && words[i] != NULL; i++)
		free(words[i]);
	free(words);
}

void
instance_list_path(char *path, const char *state_dir, const char *rule)
{
	(void)snprintf(path, PATH_MAX, "%s/list/%s", state_dir, rule);
}

/* No rule's name begins with a dot. */
void
instance_new_path(char *path, const char *state_dir, const char *rule)
{
	(void)snprintf(path, PATH_MAX, "%s/list/.%s", state_dir, rule);
}

void
instance_key(char *const *command, char key[INSTANCE_KEY_SIZE])
{
	struct digest_sum *sum = digest_new();
	struct digest d;

	if (sum == NULL)
		log_fatal("configuration");
	for (; *command != NULL; command++)
		digest_add_text(sum, *command);
	d = digest_end(sum);
	(void)snprintf(
	    key, INSTANCE_KEY_SIZE, "%016" PRIx64 "%016" PRIx64, d.high, d.low);
}

/* A key is one of hexadecimal digits: text without one has no words either. */
static char **
read_words(char *text, const char *key)
{
	char *rest = text + strcspn(text, "\n");

	if (*rest != '\0')
		*rest++ = '\0';
	return cut(key == NULL || strcmp(key, text) == 0 ? rest : "", "\n");
}

char **
instance_read(FILE *in, const char *key)
{
	const size_t most = INSTANCE_KEY_SIZE + INSTANCE_LIST_MAX;
	char *text = malloc(most + 2), **words = NULL;
	size_t n;

	if (text == NULL)
		return NULL;
	n = fread(text, 1, most + 1, in);
	text[n] = '\0';
	if (ferror(in) == 0) {
		errno = EFBIG;
		if (n <= most)
			words = read_words(text, key);
	}
	free(text);
	return words;
}

int
instance_write(FILE *out, const char *key, char *const *words)
{
	if (fprintf(out, "%s\n", key) < 0)
		return -1;
	for (; *words != NULL; words++)
		if (fprintf(out, "%s\n", *words) < 0)
			return -1;
	return fflush(out) == 0 ? 0 : -1;
}
