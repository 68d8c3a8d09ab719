/*
 * split - guess how many buckets a queue has.
 *
 * qmail has the number built in (conf-split; qmail-showctl prints it).  Files
 * tell it too: each lies in the bucket "its number modulo split", also in a
 * copy, where the numbers are wrong but the buckets still fit the old ones.
 *
 * Owns: nothing.
 * Uses: listing.
 */

#ifndef SPLIT_H
#define SPLIT_H

#include "queue/listing.h"

/* The split that most files fit; that of the directories if others fit as
 * well; LAYOUT_SPLIT if there is neither. */
unsigned split_guess(const struct listing *listing);

/* Are todo and intd split (big-todo)?  They have buckets. */
bool split_guess_big_todo(const struct listing *listing);

#endif
