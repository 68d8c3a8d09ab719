/*
 * listing - the files that lie in a queue, as the disk has them.
 *
 * A repair hides a file for a while: as NEW.OLD.moved in the directory where
 * NEW will be.  See move.h.
 *
 * Owns: the list.
 * Uses: layout, roles, fault, memory, log.
 */

#ifndef LISTING_H
#define LISTING_H

#include <sys/stat.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "queue/fault.h"
#include "queue/layout.h"
#include "queue/roles.h"

#define LISTING_MOVED ".moved"

/* A queue: its directory, and how it should be. */
struct queue {
	const char *path;
	int fd;
	struct layout layout;
	struct roles roles;
};

struct entry {
	enum layout_part part;
	long bucket;     /* of the directory where it lies, -1: none */
	uint64_t number; /* by its name */
	uint64_t old;    /* hidden: the number that it had */
	bool hidden;
	dev_t dev;
	ino_t ino;
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

struct bucket {
	enum layout_part part;
	long number;
	struct stat st;
};

struct listing {
	struct entry *files;
	size_t file_count;
	struct bucket *buckets;
	size_t bucket_count;
	size_t hidden_count;
};

/* Read all directories of messages.  What has no business there becomes a
 * fault; "strays" may be NULL.  A missing directory is empty.  Returns 0, or
 * -1 with a warning logged; free the listing in any case. */
int listing_read(
    const struct queue *queue, struct listing *listing, struct faults *strays);

void listing_free(struct listing *listing);

/* The file's path in the queue; returns buf, LAYOUT_PATH_SIZE bytes. */
const char *listing_path(const struct entry *e, char *buf);

/* "NEW.OLD.moved"; returns buf, LAYOUT_PATH_SIZE bytes. */
const char *listing_hidden_name(uint64_t number, uint64_t old, char *buf);

#endif
