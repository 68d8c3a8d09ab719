/*
 * messages - the files of a listing, put together by number.
 *
 * The text's inode number is the message's right number (INTERNALS, section 2:
 * "If mess/457 exists, it has inode number 457").  The other parts have no mark
 * of their own, only the number, so nothing is moved unless it is clear whose
 * it is.
 *
 * Owns: the list; it points into the listing, which must stay.
 * Uses: listing, memory.
 */

#ifndef MESSAGES_H
#define MESSAGES_H

#include "queue/listing.h"

enum message_fate {
	MESSAGE_CLEAR,     /* one text, one file for each part at most */
	MESSAGE_ORPHAN,    /* no text */
	MESSAGE_DUPLICATE, /* a part twice, in two buckets */
	MESSAGE_TWIN,      /* another text has the same inode */
	MESSAGE_ODD,       /* something that is not a file */
	MESSAGE_TAKEN      /* the right number is that of one that cannot go */
};

struct message {
	uint64_t number; /* by its files' names */
	uint64_t right;  /* by its text's inode; else number */
	const struct entry *files;
	size_t file_count;
	const struct entry *text; /* NULL: none, or more than one */
	unsigned parts;           /* a bit (1 << part) for each */
	enum message_fate fate;
};

struct messages {
	struct message *list; /* by number */
	size_t count;
};

/* Sort the listing's files and put them together.  Of hidden files there must
 * be none.  Logs only when there is no memory. */
void messages_group(struct messages *messages, struct listing *listing);

void messages_free(struct messages *messages);

#endif
