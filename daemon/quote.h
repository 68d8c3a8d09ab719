/*
 * quote - values with quotes and variables to words, and back.
 *
 * Blanks part words; 'single quotes' keep everything; "double quotes" keep
 * blanks, and a backslash in them is only special before " \ and $; outside of
 * quotes a backslash keeps the next byte.  ${name} stands for a variable,
 * except in single quotes; its value is never cut into words and never looked
 * through again.  $${ stands for ${.
 *
 * Owns: the memory of the words.
 * Uses: memory.
 */

#ifndef QUOTE_H
#define QUOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define QUOTE_MAX 4000 /* bytes of a word or text, variables filled in */

/* "vars": name, value, name, value ..., NULL; NULL: none.  "keep": names that
 * stay as they are, ${name}, for later; ends in NULL; NULL: none. */
struct quote_scope {
	char *const *vars;
	const char *const *keep;
};

/* The list ends in NULL once there is a word.  Zeroed is empty. */
struct quote_words {
	char **list;
	size_t count;
};

/* Cut the text into words and append them.  Returns 0, or -1 with the reason
 * in "why"; words before the faulty one may have been appended. */
int quote_split(const char *text, const struct quote_scope *scope,
    struct quote_words *words, char *why, size_t size);
void quote_words_fini(struct quote_words *words);

/* Fill in the variables of a text in which quotes have no meaning.  Returns a
 * text that the caller frees, or NULL with the reason in "why". */
char *quote_fill(
    const char *text, const struct quote_scope *scope, char *why, size_t size);

/* May a variable be called that? */
bool quote_is_name(const char *name, size_t n);

/* Print so that quote_split() with the same "keep", or quote_fill(), reads the
 * same again, and no blank stands before a semicolon. */
void quote_print_word(const char *word, const char *const *keep, FILE *out);
void quote_print_text(const char *text, FILE *out);

#endif
