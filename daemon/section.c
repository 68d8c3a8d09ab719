/*
 * section - one ini file as sections of keys, as they were written.
 */

#include <stdlib.h>
#include <string.h>

#include "daemon/inifile.h"
#include "daemon/memory.h"
#include "daemon/quote.h"
#include "daemon/section.h"

struct loader {
	const char *path;
	unsigned kinds;
	struct section_file *out;
	struct conf_errors *errors;
	bool skipping; /* a section that was refused */
	bool open;     /* the last key takes further lines */
};

bool
section_is_name(const char *name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789._-";
	size_t n = strlen(name);

	return n > 0 && n <= SECTION_NAME_MAX && *name != '.' &&
	       strspn(name, allowed) == n;
}

static struct section *
last_section(const struct loader *l)
{
	if (l->out->count == 0)
		return NULL;
	return &l->out->list[l->out->count - 1];
}

/* Which kind of section is allowed under that word?  -1: none. */
static int
find_kind(const struct loader *l, const char *word, size_t n)
{
	static const enum words_section kinds[] = { WORDS_DAEMON, WORDS_PIPE,
		WORDS_RULE, WORDS_VARS };
	const char *name;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		name = words_section_name(kinds[i]);
		if ((l->kinds & 1u << kinds[i]) != 0 && strlen(name) == n &&
		    strncmp(name, word, n) == 0)
			return (int)kinds[i];
	}
	return -1;
}

static bool
is_taken(const struct loader *l, enum words_section kind, const char *name)
{
	const struct section *s;
	size_t i;

	for (i = 0; i < l->out->count; i++) {
		s = &l->out->list[i];
		if (s->kind == kind &&
		    (s->name == NULL || strcmp(s->name, name) == 0))
			return true;
	}
	return false;
}

/* Why there cannot be such a section, or NULL. */
static const char *
section_fault(const struct loader *l, int kind, const char *name)
{
	if (kind == -1)
		return "unknown section";
	if (kind != WORDS_PIPE && *name != '\0')
		return "this section takes no name";
	if (kind == WORDS_PIPE && !section_is_name(name))
		return "needs a name of letters, digits and '._-'";
	if (is_taken(l, (enum words_section)kind, name))
		return "section given twice";
	return NULL;
}

static void
add_section(struct loader *l, const struct inifile_item *item)
{
	size_t n = strcspn(item->text, " \t");
	const char *name = item->text + n + strspn(item->text + n, " \t");
	int kind = find_kind(l, item->text, n);
	const char *fault = section_fault(l, kind, name);
	struct section *s;

	l->open = false;
	l->skipping = fault != NULL;
	if (fault != NULL) {
		conf_errors_add(l->errors, l->path, item->line, NULL,
		    "[%s]: %s", item->text, fault);
		return;
	}
	l->out->list =
	    memory_grow(l->out->list, l->out->count, sizeof(*l->out->list));
	s = &l->out->list[l->out->count++];
	s->kind = (enum words_section)kind;
	s->name = kind == WORDS_PIPE ? memory_text(name) : NULL;
	s->line = item->line;
}

static void
add_line(struct section_key *key, const struct inifile_item *item)
{
	if (*item->text == '\0')
		return;
	key->lines = memory_grow(key->lines, key->count, sizeof(*key->lines));
	key->lines[key->count].text = memory_text(item->text);
	key->lines[key->count++].line = item->line;
}

/* A name of [vars] that cannot be one. */
static const char *
variable_fault(const char *word)
{
	const char *const *reserved = words_reserved();

	if (strlen(word) > SECTION_NAME_MAX ||
	    !quote_is_name(word, strlen(word)))
		return "not a name for a variable";
	for (; *reserved != NULL; reserved++)
		if (strcmp(*reserved, word) == 0)
			return "this name is reserved";
	return NULL;
}

static const char *
environment_fault(const char *name)
{
	if (!quote_is_name(name, strlen(name)) || strpbrk(name, ".-") != NULL)
		return "not a name for an environment variable";
	if (strncmp(name, "TRIGGERD_", 9) == 0)
		return "this name is reserved";
	return NULL;
}

static const char *
key_fault(enum words_section kind, const char *word)
{
	const struct words_key_def *def;

	if (kind == WORDS_VARS)
		return variable_fault(word);
	def = words_key(kind, word);
	if (def == NULL)
		return "unknown key";
	if (def->key == WORDS_RULE_ENV)
		return environment_fault(word + strlen("env."));
	return NULL;
}

static const struct section_key *
find_word(const struct section *s, const char *word)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (strcmp(s->keys[i].word, word) == 0)
			return &s->keys[i];
	return NULL;
}

static void
add_key(struct loader *l, const struct inifile_item *item)
{
	struct section *s = last_section(l);
	const struct section_key *first;
	struct section_key *key;
	const char *fault;

	l->open = false;
	if (l->skipping)
		return;
	fault = s == NULL ? "key before the first [section]"
			  : key_fault(s->kind, item->key);
	first = s == NULL ? NULL : find_word(s, item->key);
	if (fault != NULL) {
		conf_errors_add(
		    l->errors, l->path, item->line, item->key, "%s", fault);
		return;
	}
	if (first != NULL) {
		conf_errors_add(l->errors, l->path, item->line, item->key,
		    "given twice, first in line %d", first->line);
		return;
	}
	s->keys = memory_grow(s->keys, s->count, sizeof(*s->keys));
	key = &s->keys[s->count++];
	key->word = memory_text(item->key);
	if (s->kind != WORDS_VARS)
		key->def = words_key(s->kind, item->key);
	key->line = item->line;
	add_line(key, item);
	l->open = true;
}

/* Does an indented line look like a key that somebody indented? */
static bool
looks_like_key(enum words_section kind, const char *text)
{
	size_t i, count, n = strcspn(text, " \t");
	const struct words_key_def *keys = words_keys(&count);

	if (text[n] == '\0' || text[n + strspn(text + n, " \t")] != '=')
		return false;
	for (i = 0; i < count; i++)
		if (keys[i].section == kind && strlen(keys[i].word) == n &&
		    strncmp(keys[i].word, text, n) == 0)
			return true;
	return false;
}

static void
add_more(struct loader *l, const struct inifile_item *item)
{
	struct section *s = last_section(l);
	struct section_key *key;

	if (l->skipping || !l->open || s == NULL)
		return;
	key = &s->keys[s->count - 1];
	if (key->def == NULL || key->def->type != WORDS_LIST) {
		conf_errors_add(l->errors, l->path, item->line, key->word,
		    "only a list may go on in an indented line");
	} else if (looks_like_key(s->kind, item->text)) {
		conf_errors_add(l->errors, l->path, item->line, key->word,
		    "goes on in an indented line that looks like a key");
	} else {
		add_line(key, item);
	}
}

static void
on_item(const struct inifile_item *item, void *arg)
{
	struct loader *l = arg;

	switch (item->kind) {
	case INIFILE_SECTION:
		add_section(l, item);
		break;
	case INIFILE_KEY:
		add_key(l, item);
		break;
	case INIFILE_MORE:
		add_more(l, item);
		break;
	case INIFILE_FAULT:
		l->open = false;
		conf_errors_add(
		    l->errors, l->path, item->line, NULL, "%s", item->text);
		break;
	}
}

static void
refuse_empty(const struct loader *l, const struct section *s)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (s->keys[i].count == 0)
			conf_errors_add(l->errors, l->path, s->keys[i].line,
			    s->keys[i].word, "empty value");
}

void
section_file_read(FILE *file, const char *path, unsigned kinds,
    struct section_file *out, struct conf_errors *errors)
{
	struct loader l = {
		.path = path, .kinds = kinds, .out = out, .errors = errors
	};
	size_t i;

	memset(out, 0, sizeof(*out));
	inifile_read(file, on_item, &l);
	for (i = 0; i < out->count; i++)
		refuse_empty(&l, &out->list[i]);
}

static void
free_key(struct section_key *key)
{
	size_t i;

	for (i = 0; i < key->count; i++)
		free(key->lines[i].text);
	free(key->lines);
	free(key->word);
}

void
section_file_fini(struct section_file *file)
{
	struct section *s;
	size_t i, k;

	for (i = 0; i < file->count; i++) {
		s = &file->list[i];
		for (k = 0; k < s->count; k++)
			free_key(&s->keys[k]);
		free(s->keys);
		free(s->name);
	}
	free(file->list);
	memset(file, 0, sizeof(*file));
}

const struct section *
section_find(const struct section_file *file, enum words_section kind)
{
	size_t i;

	for (i = 0; i < file->count; i++)
		if (file->list[i].kind == kind)
			return &file->list[i];
	return NULL;
}

const struct section_key *
section_key(const struct section *section, enum words_key key)
{
	size_t i;

	for (i = 0; i < section->count; i++)
		if (section->keys[i].def != NULL &&
		    section->keys[i].def->key == key)
			return &section->keys[i];
	return NULL;
}
