/*
 * memfile - a file without a name, for what need not outlive us.
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef MEMFILE_H
#define MEMFILE_H

/* Returns a descriptor for reading and writing, or -1 with errno.  It lies in
 * memory where the system can do that, else for a moment in the directory. */
int memfile_open(const char *dir);

#endif
