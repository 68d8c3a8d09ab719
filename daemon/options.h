/*
 * options - what the command line of triggerd asks for.
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

struct options {
	const char *conf_dir; /* of argv, or the default */
	bool help, check_only, to_syslog, verbose;
	int ready_fd; /* -1: none */
};

/* Returns 0, or -1 if that is no command line of ours; getopt(3) has named an
 * option that is none. */
int options_read(struct options *o, int argc, char **argv);

void options_usage(FILE *out);

#endif
