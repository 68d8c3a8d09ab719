#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/clock.h"
#include "triggers/dirlist.h"

/* Names that are asked for their times, in each directory: some milliseconds.
 * Links are asked in any case. */
#define ASKED_MAX 4096

/* A list that is being read; room doubles. */
struct reading {
	struct dirlist *list;
	size_t room;       /* entries */
	size_t used, size; /* bytes of names */
};

static int
grow(struct reading *r, size_t bytes)
{
	struct dirlist *l = r->list;
	struct dirlist_entry *entries;
	size_t room;
	char *names;

	if (l->count == r->room) {
		room = r->room == 0 ? 16 : 2 * r->room;
		entries = realloc(l->entries, room * sizeof(*entries));
		if (entries == NULL)
			return -1;
		l->entries = entries;
		r->room = room;
	}
	for (room = r->size == 0 ? 256 : r->size; room - r->used < bytes;)
		room *= 2;
	if (room == r->size)
		return 0;
	names = realloc(l->names, room);
	if (names == NULL)
		return -1;
	l->names = names;
	r->size = room;
	return 0;
}

static int
add(struct reading *r, int dir_fd, const struct dirent *entry)
{
	struct dirlist_entry *e;
	struct stat st;
	size_t bytes = strlen(entry->d_name) + 1;

	if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
		return 0;
	if (grow(r, bytes) == -1)
		return -1;
	e = &r->list->entries[r->list->count++];
	*e = (struct dirlist_entry){ .inode = entry->d_ino,
		.type = entry->d_type };
	/* One that is gone by now will be missing in the next list.  A
	 * directory that matters is held open, and its number not reused. */
	if ((entry->d_type == DT_LNK ||
		(entry->d_type != DT_DIR && r->list->count <= ASKED_MAX)) &&
	    fstatat(dir_fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !S_ISDIR(st.st_mode))
		e->changed_at = st.st_ctim;
	memcpy(r->list->names + r->used, entry->d_name, bytes);
	r->used += bytes;
	return 0;
}

static int
read_all(struct dirlist *list, DIR *dir)
{
	struct reading r = { .list = list };
	const struct dirent *entry;

	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (entry == NULL)
			return errno == 0 ? 0 : -1;
		if (add(&r, dirfd(dir), entry) == -1)
			return -1;
	}
}

static int
by_name(const void *a, const void *b)
{
	const struct dirlist_entry *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* The names have come to rest. */
static void
sort(struct dirlist *list)
{
	char *p = list->names;
	size_t i;

	for (i = 0; i < list->count; i++) {
		list->entries[i].name = p;
		p += strlen(p) + 1;
	}
	if (list->count > 1)
		qsort(list->entries, list->count, sizeof(*list->entries),
		    by_name);
}

int
dirlist_init(struct dirlist *list, int dir_fd)
{
	int fd, rc, saved_errno;
	DIR *dir;

	memset(list, 0, sizeof(*list));
	/* A descriptor of its own: where it stands is its own affair too. */
	fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	dir = fdopendir(fd);
	if (dir == NULL) {
		saved_errno = errno;
		(void)close(fd); /* it was only read */
		errno = saved_errno;
		return -1;
	}
	rc = read_all(list, dir);
	saved_errno = errno;
	(void)closedir(dir); /* nor was this written */
	sort(list);
	if (rc == -1 && saved_errno != ENOENT) {
		dirlist_fini(list);
		errno = saved_errno;
		return -1;
	}
	return 0;
}

void
dirlist_fini(struct dirlist *list)
{
	free(list->entries);
	free(list->names);
	memset(list, 0, sizeof(*list));
}

static bool
is_same_file(const struct dirlist_entry *a, const struct dirlist_entry *b)
{
	return a->inode == b->inode && a->type == b->type &&
	       (a->type != DT_LNK ||
		   clock_is_same(&a->changed_at, &b->changed_at));
}

static bool
tell(struct dirlist_change *change, const struct dirlist_entry *entry)
{
	change->name = entry->name;
	change->inode = entry->inode;
	change->dir = entry->type == DT_DIR;
	return true;
}

bool
dirlist_differ(const struct dirlist *old, const struct dirlist *now,
    struct dirlist_walk *walk, struct dirlist_change *change)
{
	const struct dirlist_entry *was, *is;
	int order;

	while (walk->old < old->count && walk->now < now->count) {
		was = &old->entries[walk->old];
		is = &now->entries[walk->now];
		order = by_name(was, is);
		walk->old += order <= 0;
		walk->now += order >= 0;
		change->names = order != 0 || !is_same_file(was, is);
		if (change->names ||
		    !clock_is_same(&was->changed_at, &is->changed_at))
			return tell(change, order < 0 ? was : is);
	}
	change->names = true;
	if (walk->old < old->count)
		return tell(change, &old->entries[walk->old++]);
	if (walk->now < now->count)
		return tell(change, &now->entries[walk->now++]);
	return false;
}
