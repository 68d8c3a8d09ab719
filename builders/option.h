/*
 * option - the values of options, as the builders take them.
 *
 * What is wrong is logged; who called then prints the usage.
 *
 * Owns: nothing.
 * Uses: unasked, log.
 */

#ifndef OPTION_H
#define OPTION_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#define OPTION_ID_LAST 4294967294UL /* the one after it means none */

/* Log "value: what".  Returns -1, as the others below then do. */
int option_wrong(const char *what, const char *value);

/* An absolute path, which has no newline in it: 0, and "value" is kept. */
int option_path(const char **path, const char *value);

/* A uid or gid: 0.  Never logs. */
int option_id(uint32_t *id, const char *value);

/* The same, logged if it is none. */
int option_uid(uint32_t *uid, const char *value);

/* A group's name, or a number.  Where nobody can be asked for the name, that is
 * trouble, and the end of the program: 111. */
int option_group(gid_t *group, const char *value);

/* Which of "n" words; those may end early, with a NULL. */
int option_word(const char *const *words, size_t n, const char *value);

#endif
