/*
 * output - the last output of a rule's command, for people who ask why.
 *
 * Keeps the last OUTPUT_MAX bytes in whole lines and writes them to a file
 * when the run is over.
 *
 * Owns: the bytes.
 * Uses: copy.
 */

#ifndef OUTPUT_H
#define OUTPUT_H

#include <stddef.h>

#define OUTPUT_MAX 65536 /* bytes kept of a run */

struct output {
	char *bytes; /* NULL until the first line */
	size_t used;
	size_t dropped; /* lines that had to go */
	size_t lines;   /* in all */
};

/* Returns 0, or -1 with errno ENOMEM; then the line is lost. */
int output_add(struct output *o, const char *line);

/* Write what is kept to "path", whole, mode 0600.  Returns 0, or -1 with
 * errno. */
int output_save(const struct output *o, const char *path);

void output_fini(struct output *o);

#endif
