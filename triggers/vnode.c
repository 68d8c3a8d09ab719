#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "triggers/vnode.h"

#define SIZE_FIRST 64 /* a power of 2 */

static size_t
slot_of(const struct vnode_table *table, dev_t device, ino_t inode)
{
	uint64_t hash = (uint64_t)inode * 0x9e3779b97f4a7c15u;

	hash ^= (uint64_t)device * 0xc2b2ae3d27d4eb4fu;
	return (size_t)(hash >> 32) & (table->size - 1);
}

static void
hang_in(struct vnode_table *table, struct vnode *v)
{
	size_t slot = slot_of(table, v->device, v->inode);

	v->next = table->by_inode[slot];
	table->by_inode[slot] = v;
}

/* Room for one more, by inode. */
static int
widen(struct vnode_table *table)
{
	size_t i, size = table->size;
	struct vnode **chains = table->by_inode, **wider, *v;

	if (table->count < size)
		return 0;
	wider = calloc(size == 0 ? SIZE_FIRST : 2 * size, sizeof(*wider));
	if (wider == NULL)
		return -1;
	table->by_inode = wider;
	table->size = size == 0 ? SIZE_FIRST : 2 * size;
	for (i = 0; i < size; i++)
		while ((v = chains[i]) != NULL) {
			chains[i] = v->next;
			hang_in(table, v);
		}
	free(chains);
	return 0;
}

/* Room for this descriptor. */
static int
lengthen(struct vnode_table *table, int fd)
{
	size_t fds = table->fds == 0 ? SIZE_FIRST : table->fds;
	struct vnode **longer;

	while (fds <= (size_t)fd)
		fds *= 2;
	if (fds == table->fds)
		return 0;
	longer = realloc(table->by_fd, fds * sizeof(*longer));
	if (longer == NULL)
		return -1;
	memset(longer + table->fds, 0, (fds - table->fds) * sizeof(*longer));
	table->by_fd = longer;
	table->fds = fds;
	return 0;
}

struct vnode *
vnode_add(struct vnode_table *table, int fd, const struct stat *st)
{
	struct vnode *v;

	if (widen(table) == -1 || lengthen(table, fd) == -1)
		return NULL;
	v = calloc(1, sizeof(*v));
	if (v == NULL)
		return NULL;
	v->device = st->st_dev;
	v->inode = st->st_ino;
	v->dir = S_ISDIR(st->st_mode);
	v->fd = fd;
	v->serial = ++table->serial;
	hang_in(table, v);
	table->by_fd[fd] = v;
	table->count++;
	return v;
}

struct vnode *
vnode_at(const struct vnode_table *table, int fd)
{
	if (fd < 0 || (size_t)fd >= table->fds)
		return NULL;
	return table->by_fd[fd];
}

struct vnode *
vnode_of(const struct vnode_table *table, const struct stat *st)
{
	struct vnode *v;

	if (table->size == 0)
		return NULL;
	v = table->by_inode[slot_of(table, st->st_dev, st->st_ino)];
	while (v != NULL && (v->device != st->st_dev || v->inode != st->st_ino))
		v = v->next;
	return v;
}

void
vnode_remove(struct vnode_table *table, struct vnode *v)
{
	struct vnode **link =
	    &table->by_inode[slot_of(table, v->device, v->inode)];

	while (*link != v)
		link = &(*link)->next;
	*link = v->next;
	table->by_fd[v->fd] = NULL;
	table->count--;
	dirlist_fini(&v->names);
	(void)close(v->fd); /* nothing was written */
	free(v);
}

void
vnode_fini(struct vnode_table *table)
{
	size_t fd;

	for (fd = 0; fd < table->fds; fd++)
		if (table->by_fd[fd] != NULL)
			vnode_remove(table, table->by_fd[fd]);
	free(table->by_inode);
	free(table->by_fd);
	memset(table, 0, sizeof(*table));
}
