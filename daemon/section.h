/*
 * section - one ini file as sections of keys, as they were written.
 *
 * Everything that can be said without knowing what the values mean is checked
 * here: sections and keys must be in the table of words and stand only once.
 *
 * Owns: the memory of what was read.
 * Uses: memory, words, quote, conferror, inifile.
 */

#ifndef SECTION_H
#define SECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "daemon/conferror.h"
#include "daemon/words.h"

#define SECTION_NAME_MAX 64 /* bytes of the name of a rule, pipe, variable */

/* One line of a value. */
struct section_line {
	char *text; /* not empty */
	int line;
};

struct section_key {
	char *word;
	const struct words_key_def *def; /* NULL in [vars] */
	int line;
	struct section_line *lines; /* more than one: WORDS_LIST only */
	size_t count;
};

struct section {
	enum words_section kind;
	char *name; /* of [pipe NAME], else NULL */
	int line;
	struct section_key *keys;
	size_t count;
};

struct section_file {
	struct section *list;
	size_t count;
};

/* May a rule or pipe be called that: [A-Za-z0-9._-], not too long, not
 * starting with a dot? */
bool section_is_name(const char *name);

/* Read a file in which the kinds of section with the bit 1 << kind set are
 * allowed.  What is wrong goes to "errors"; "path" is named there.  The caller
 * frees "out" with section_file_fini(). */
void section_file_read(FILE *file, const char *path, unsigned kinds,
    struct section_file *out, struct conf_errors *errors);
void section_file_fini(struct section_file *file);

/* The first section of that kind, or NULL. */
const struct section *section_find(
    const struct section_file *file, enum words_section kind);

/* The key (not WORDS_RULE_ENV), or NULL if it is not given. */
const struct section_key *section_key(
    const struct section *section, enum words_key key);

#endif
