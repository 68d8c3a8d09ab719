/*
 * setting - the typed values of one section, with defaults and ranges.
 *
 * What a value may be, its default and its range stand in the table of words.
 * A value that is wrong is reported with file, line and key, and its default
 * (or nothing) takes its place, so that reading can go on.
 *
 * Owns: nothing; what comes back is the caller's.
 * Uses: memory, words, value, quote, conferror, section, unasked.
 */

#ifndef SETTING_H
#define SETTING_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "daemon/quote.h"
#include "daemon/section.h"

struct setting {
	const char *path;              /* of the file, for messages */
	const struct section *section; /* NULL: nothing is given */
	char *const *vars;             /* see quote.h */
	struct conf_errors *errors;
	const struct mounts *mounts; /* see rule.h */
};

/* Looks at a word of a list, may shorten it; returns what is wrong or NULL. */
typedef const char *setting_word_fn(char *word);

bool setting_given(const struct setting *in, enum words_key key);

/* Report something about a key, at its line or, if it is not given, at that of
 * the section. */
void setting_refuse(const struct setting *in, enum words_key key,
    const char *fmt, ...) LOG_FORMAT(3, 4);

/* Report of a user or group ("kind") that was not found: why, by errno, or that
 * there is none. */
void setting_refuse_name(const struct setting *in, enum words_key key,
    const char *kind, const char *name, int error);

/* The value with variables filled in; a WORDS_PATH is absolute, without
 * needless slashes.  NULL: not given and no default, or refused. */
char *setting_text(const struct setting *in, enum words_key key);

/* The same for one key as it stands in the file. */
char *setting_text_of(const struct setting *in, const struct section_key *key);

/* WORDS_LIST: the words, never NULL, with NULL at the end.  Words that "fn"
 * (may be NULL) refuses are reported and left out.  "keep": see quote.h. */
char **setting_list(const struct setting *in, enum words_key key,
    const char *const *keep, setting_word_fn *fn);

/* WORDS_TIME in seconds; -1: not given and no default. */
double setting_time(const struct setting *in, enum words_key key);

/* WORDS_TIMES, which must have a default. */
void setting_times(const struct setting *in, enum words_key key, double *first,
    double *longest);

/* WORDS_COUNT, _NUMBER, _PERCENT, _MODE, _YESNO (1: yes), _ENUM (0: the first
 * choice); -1: not given and no default. */
int64_t setting_number(const struct setting *in, enum words_key key);

/* WORDS_USER, WORDS_GROUP: a name or a number; -1: not given, or refused. */
uid_t setting_user(const struct setting *in, enum words_key key);
gid_t setting_group(const struct setting *in, enum words_key key);

/* Drop every slash that follows another. */
void setting_drop_slashes(char *path);

#endif
