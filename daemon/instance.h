/*
 * instance - the things that one rule is done for, one after the other.
 *
 * A word of "foreach", or of what "foreach_command" printed, makes an instance
 * of a rule, RULE@INSTANCE.  In that name, which is also that of files, every
 * byte of the word but [A-Za-z0-9._-] stands as %XX, a leading dot too.
 *
 * The last good list that a command printed lies in STATE/list/RULE, a word a
 * line, after a line that tells by which command.
 *
 * Owns: the format of that file.
 * Uses: digest, memory.
 */

#ifndef INSTANCE_H
#define INSTANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define INSTANCE_NAME_MAX 200 /* bytes of RULE@INSTANCE */
#define INSTANCE_COUNT_MAX 10000
#define INSTANCE_LIST_MAX (1 << 20) /* bytes of a list */
#define INSTANCE_KEY_SIZE 33        /* bytes of a key, with its NUL */

/* RULE@INSTANCE; the caller frees it. */
char *instance_name(const char *rule, const char *word);

/* Is "name" the rule "asked", or an instance of it? */
bool instance_is_of(const char *name, const char *asked);

/* What is wrong with these words, which end in NULL, as the instances of that
 * rule: 0, or -1 with the reason in "why". */
int instance_check(
    const char *rule, char *const *words, char *why, size_t size);

/* The words of a text, parted by white space: a list that ends in NULL and that
 * the caller frees with instance_free(). */
char **instance_split(const char *text);
void instance_free(char **words);

/* Write STATE/list/RULE, or the name of a new list that waits there, to "path"
 * (of PATH_MAX bytes). */
void instance_list_path(char *path, const char *state_dir, const char *rule);
void instance_new_path(char *path, const char *state_dir, const char *rule);

/* Tell one list command from others. */
void instance_key(char *const *command, char key[INSTANCE_KEY_SIZE]);

/* A list as it stands in a file, and back.  A list that another command has
 * printed reads as empty; "key" NULL: one of any command.  instance_write()
 * returns 0, or -1 with errno; NULL from instance_read(): cannot be read, see
 * errno. */
char **instance_read(FILE *in, const char *key);
int instance_write(FILE *out, const char *key, char *const *words);

#endif
