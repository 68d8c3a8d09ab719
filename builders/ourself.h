/*
 * ourself - the file of the program that runs.
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef OURSELF_H
#define OURSELF_H

/* A path that leads to it, or NULL where none is known. */
const char *ourself_path(void);

#endif
