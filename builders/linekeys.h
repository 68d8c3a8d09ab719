/*
 * linekeys - a file of keys, one a line, made a cdb as qmail-newmrh does.
 *
 * Lines are lower-cased (ASCII) and lose the blanks and tabs at their end;
 * empty ones and those that begin with '#' are skipped.  Every other line is a
 * key, in the order of the file, however often it is there, with an empty
 * value.  Any byte may be in a key, NUL too.
 *
 * Owns: nothing.
 * Uses: cdbfile, source, log.
 */

#ifndef LINEKEYS_H
#define LINEKEYS_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

/* The next key of the bytes from "*at" to "end", which are changed: in
 * "*key" and "*len".  False if there is none.  Pure. */
bool linekeys_next(char **at, char *end, char **key, size_t *len);

/* Read "source" and write the cdb "target", with "mode" less the umask; one of
 * the same bytes stays as it is.  A missing source is trouble.  Returns 0, or
 * -1, logged. */
int linekeys_compile(const char *source, const char *target, mode_t mode);

#endif
