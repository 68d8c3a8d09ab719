/*
 * outfile - many small pieces written to a descriptor as few large ones.
 *
 * open; put, or fill the room; flush, which tells of every error so far; close.
 *
 * Owns: the bytes not yet written; the descriptor stays the caller's.
 * Uses: log (no memory).
 */

#ifndef OUTFILE_H
#define OUTFILE_H

#include <stddef.h>

#define OUTFILE_SIZE (256 * 1024) /* bytes written at a time */

struct outfile {
	int fd;
	char *bytes;
	size_t n;
	int error; /* the first one; then nothing more is written */
};

void outfile_open(struct outfile *o, int fd);
void outfile_close(struct outfile *o);

/* "len" bytes, at most OUTFILE_SIZE, which the caller fills at once. */
char *outfile_room(struct outfile *o, size_t len);

void outfile_put(struct outfile *o, const void *bytes, size_t len);

/* Returns 0, or -1 with errno: something was not written, now or earlier. */
int outfile_flush(struct outfile *o);

#endif
