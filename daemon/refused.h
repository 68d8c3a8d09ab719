/*
 * refused - products that were not installed, kept for people to look at.
 *
 * Owns: STATE/refused/, one file for each rule.
 * Uses: copy.
 */

#ifndef REFUSED_H
#define REFUSED_H

#include <stddef.h>

/* Copy the file in "fd" to STATE/refused/NAME, mode 0600, and write that path
 * to "path".  One run of a rule at a time.  Returns 0, or -1 with errno. */
int refused_keep(
    const char *state_dir, const char *name, int fd, char *path, size_t size);

/* Remove it, if there is one.  Returns 0, or -1 with errno. */
int refused_remove(const char *state_dir, const char *name);

/* Remove the half copy that a helper has left which was killed.  Only for who
 * holds the rule's lock.  Returns 0, or -1 with errno. */
int refused_sweep(const char *state_dir, const char *name);

#endif
