/*
 * fdrange - many descriptors closed at once.
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef FDRANGE_H
#define FDRANGE_H

#define FDRANGE_ALL (~0u) /* there is no last one */

/* Close the descriptors first..last that are open; none if there are no such
 * numbers.  Makes system calls only: it may be called after vfork(2). */
void fdrange_close(unsigned first, unsigned last);

#endif
