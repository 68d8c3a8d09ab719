/*
 * standard - the descriptors 0, 1 and 2.
 *
 * Whoever starts us may have closed one.  The next file that we open would get
 * its number, and what is meant for standard error would go there.
 *
 * What we put there cannot be used either: who prints to it still gets EBADF.
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef STANDARD_H
#define STANDARD_H

/* Open /dev/null on those that are closed: before any other file is opened.
 * Returns 0, or -1 with errno. */
int standard_open(void);

#endif
