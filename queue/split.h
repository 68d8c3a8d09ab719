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

/* So many messages more must fit another split than that of the directories:
 * one that lies in a wrong bucket fits some split or other by chance. */
#define SPLIT_SURE 5

/* That of the directories, or the one that clearly more messages fit;
 * LAYOUT_SPLIT if there is neither. */
unsigned split_guess(const struct listing *listing);

/* Are todo and intd split (big-todo)?  They have buckets. */
bool split_guess_big_todo(const struct listing *listing);

#endif
