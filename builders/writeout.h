/*
 * writeout - let the disk begin before it is waited for.
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef WRITEOUT_H
#define WRITEOUT_H

/* Begin to write what the file has so far, without waiting.  A hint, which
 * never fails. */
void writeout_begin(int fd);

#endif
