/*
 * clone - a file's bytes copied by the kernel, or shared, where it can.
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef CLONE_H
#define CLONE_H

#include <sys/types.h>

/* Up to "left" bytes from where the descriptors stand.  Returns how many were
 * copied, and the descriptors stand behind them; or "left", if the whole file
 * is shared.  What stops it early is not reported: who copies the rest meets
 * it again. */
off_t clone_bytes(int from, int to, off_t left);

#endif
