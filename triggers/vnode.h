/*
 * vnode - the descriptors that kqueue watches, found by number or by inode.
 *
 * As long as one is open its inode number is not used again.
 *
 * Owns: the vnodes, their descriptors and lists of names.
 * Uses: dirlist.
 */

#ifndef VNODE_H
#define VNODE_H

#include <sys/stat.h>

#include <stdbool.h>
#include <stddef.h>

#include "triggers/dirlist.h"

struct vnode {
	struct vnode *next; /* of the same hash */
	dev_t device;
	ino_t inode;
	unsigned long serial; /* never used again */
	int fd;
	bool dir;
	struct dirlist names; /* if a directory */
};

/* Zeroed is an empty one. */
struct vnode_table {
	struct vnode **by_inode; /* "size" chains; a power of 2 */
	struct vnode **by_fd;
	size_t size, count, fds;
	unsigned long serial;
};

/* Add what is open as fd, which is the table's then.  Returns NULL with errno,
 * and then the descriptor is the caller's still. */
struct vnode *vnode_add(
    struct vnode_table *table, int fd, const struct stat *st);

/* NULL if there is none. */
struct vnode *vnode_at(const struct vnode_table *table, int fd);
struct vnode *vnode_of(const struct vnode_table *table, const struct stat *st);

/* Close it. */
void vnode_remove(struct vnode_table *table, struct vnode *v);

void vnode_fini(struct vnode_table *table);

#endif
