/*
 * piped - start a program whose output goes to a pipe of ours.
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef PIPED_H
#define PIPED_H

#include <sys/types.h>

#include <stdbool.h>

/* By its name in PATH, with our environment, and nothing to read.  What it
 * prints goes to write_fd, and what it complains of too ("errors").  Returns
 * its process, or -1 with errno. */
pid_t piped_start(char *const words[], int write_fd, bool errors);

#endif
