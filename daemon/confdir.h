/*
 * confdir - the files of a configuration: which there are, and are they safe?
 *
 * Owns: nothing after it returns.
 * Uses: memory, conferror, trust, section.
 */

#ifndef CONFDIR_H
#define CONFDIR_H

#include <stdio.h>

#include "daemon/conferror.h"

/* Open the directory and check who can write it and what is above.  Returns a
 * descriptor, also of an unsafe one, or -1; what is wrong goes to "errors". */
int confdir_open(const char *path, struct conf_errors *errors);

/* Open a file of the directory; "path" is its name for messages.  Likewise,
 * but NULL.  A file longer than "most" bytes is not opened. */
FILE *confdir_open_file(int dir_fd, const char *name, const char *path,
    long most, struct conf_errors *errors);

/* The names of the rules in the directory, sorted, NULL at the end; never NULL.
 * The caller frees all of it. */
char **confdir_list(int dir_fd, const char *path, struct conf_errors *errors);

#endif
