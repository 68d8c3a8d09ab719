/*
 * access - who owns a file of the queue, and what others may do.
 *
 * Owns: nothing.
 * Uses: listing, fault, log.
 */

#ifndef ACCESS_H
#define ACCESS_H

#include <sys/stat.h>

#include "queue/listing.h"

struct access {
	enum layout_role owner;
	mode_t mode;
};

/* What the parts of messages should have. */
struct access access_of(enum layout_part part);

/* Add a fault for a wrong owner or group, and one for a wrong mode. */
void access_check(const struct queue *queue, struct faults *faults,
    const char *path, uint64_t message, const struct stat *st,
    struct access want);

/* Set what differs, through a descriptor: never through a symbolic link.
 * Returns 0, or -1 with a warning logged. */
int access_mend(const struct queue *queue, const char *path,
    const struct stat *st, struct access want);

#endif
