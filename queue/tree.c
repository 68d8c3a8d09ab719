#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "queue/access.h"
#include "queue/tree.h"

#define TREE_TCPTO_SIZE 1024 /* tcpto.c of qmail reads and writes just this */

struct node {
	const char *path;
	mode_t type;
	struct access access;
	off_t size; /* -1: any */
};

static const struct node fixed[] = {
	{ "pid", S_IFDIR, { LAYOUT_QUEUER, 0700 }, -1 },
	{ "lock", S_IFDIR, { LAYOUT_QUEUER, 0750 }, -1 },
	{ "lock/sendmutex", S_IFREG, { LAYOUT_SENDER, 0600 }, -1 },
	{ "lock/tcpto", S_IFREG, { LAYOUT_REMOTER, 0644 }, TREE_TCPTO_SIZE },
	{ "lock/trigger", S_IFIFO, { LAYOUT_SENDER, 0622 }, -1 },
};

typedef int node_fn(const struct queue *q, const struct node *n, void *arg);

static int
each_bucket(
    const struct queue *q, const struct node *dir, node_fn *fn, void *arg)
{
	char path[LAYOUT_PATH_SIZE];
	struct node n = *dir;
	unsigned i;

	n.path = path;
	for (i = 0; i < q->layout.split; i++) {
		snprintf(path, sizeof(path), "%s/%u", dir->path, i);
		if (fn(q, &n, arg) == -1)
			return -1;
	}
	return 0;
}

static int
each_node(const struct queue *q, node_fn *fn, void *arg)
{
	const struct layout_dir *dir;
	enum layout_part part;
	struct node n;
	size_t i;

	for (i = 0; i < sizeof(fixed) / sizeof(*fixed); i++)
		if (fn(q, &fixed[i], arg) == -1)
			return -1;
	for (part = 0; part < LAYOUT_PARTS; part++) {
		dir = layout_dir(part);
		n = (struct node){ dir->name, S_IFDIR,
			{ dir->owner, dir->dir_mode }, -1 };
		if (fn(q, &n, arg) == -1)
			return -1;
		if (layout_is_split(&q->layout, part) &&
		    each_bucket(q, &n, fn, arg) == -1)
			return -1;
	}
	return 0;
}

/* Returns 1 if it is there, 0 if not, -1 with a warning logged. */
static int
look(const struct queue *q, const char *path, struct stat *st)
{
	if (fstatat(q->fd, path, st, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	if (errno == ENOENT || errno == ENOTDIR)
		return 0;
	log_warn("%s/%s", q->path, path);
	return -1;
}

static int
check(const struct queue *q, const struct node *n, void *arg)
{
	struct faults *faults = arg;
	struct stat st;
	int there = look(q, n->path, &st);

	if (there == 0)
		fault_add(faults, FAULT_MISSING, 0, n->path, "is not there");
	if (there != 1)
		return there;
	if ((st.st_mode & S_IFMT) != n->type) {
		fault_add(faults, FAULT_TYPE, 0, n->path, "is not a %s",
		    n->type == S_IFDIR   ? "directory"
		    : n->type == S_IFIFO ? "named pipe"
					 : "regular file");
		return 0;
	}
	access_check(q, faults, n->path, 0, &st, n->access);
	if (n->size != -1 && st.st_size != n->size)
		fault_add(faults, FAULT_SIZE, 0, n->path,
		    "has %lld bytes and should have %lld",
		    (long long)st.st_size, (long long)n->size);
	return 0;
}

static bool
is_extra(const struct queue *q, const struct bucket *b)
{
	return !layout_is_split(&q->layout, b->part) ||
	       (unsigned long)b->number >= q->layout.split;
}

int
tree_check(
    const struct queue *q, const struct listing *l, struct faults *faults)
{
	const struct access top = { LAYOUT_QUEUER, 0750 };
	char name[32], path[LAYOUT_PATH_SIZE];
	struct stat st;
	size_t i;

	if (fstat(q->fd, &st) == -1) {
		log_warn("%s", q->path);
		return -1;
	}
	/* Mode 0 is the closed gate, which is reported elsewhere. */
	if ((st.st_mode & 07777) == 0)
		st.st_mode |= top.mode;
	access_check(q, faults, ".", 0, &st, top);
	for (i = 0; i < l->bucket_count; i++) {
		if (!is_extra(q, &l->buckets[i]))
			continue;
		snprintf(name, sizeof(name), "%ld", l->buckets[i].number);
		layout_path(l->buckets[i].part, -1, name, path);
		fault_add(
		    faults, FAULT_EXTRA, 0, path, "is no bucket of this queue");
	}
	return each_node(q, check, faults);
}

static int
make(const struct queue *q, const struct node *n)
{
	int fd;

	if (n->type == S_IFDIR)
		return mkdirat(q->fd, n->path, 0700);
	if (n->type == S_IFIFO)
		return mkfifoat(q->fd, n->path, 0600);
	fd = openat(q->fd, n->path,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd == -1 ? -1 : close(fd);
}

/* A copy may have made a file of the pipe: an empty one is nobody's loss. */
static bool
is_lost_pipe(const struct node *n, const struct stat *st)
{
	return n->type == S_IFIFO && S_ISREG(st->st_mode) && st->st_size == 0;
}

static int
resize(const struct queue *q, const struct node *n)
{
	int fd, rc;

	fd = openat(q->fd, n->path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return -1;
	rc = ftruncate(fd, n->size);
	return close(fd) == -1 ? -1 : rc;
}

static int
mend(const struct queue *q, const struct node *n, void *arg)
{
	struct stat st;
	int there = look(q, n->path, &st);

	(void)arg; /* nothing to collect */
	if (there == -1)
		return -1;
	if (there == 1 && is_lost_pipe(n, &st)) {
		if (unlinkat(q->fd, n->path, 0) == -1)
			goto fail;
		there = 0;
	}
	if (there == 0 && (make(q, n) == -1 || fstatat(q->fd, n->path, &st,
						   AT_SYMLINK_NOFOLLOW) == -1))
		goto fail;
	if ((st.st_mode & S_IFMT) != n->type)
		return 0;
	if (n->size != -1 && st.st_size != n->size && resize(q, n) == -1)
		goto fail;
	return access_mend(q, n->path, &st, n->access);

fail:
	log_warn("%s/%s: mend", q->path, n->path);
	return -1;
}

int
tree_mend(const struct queue *q)
{
	/* sendmutex lies in a directory that may have to be made first: the
	 * table has them in that order. */
	return each_node(q, mend, NULL);
}

int
tree_prune(const struct queue *q, const struct listing *l)
{
	char name[32], path[LAYOUT_PATH_SIZE];
	size_t i;

	for (i = 0; i < l->bucket_count; i++) {
		if (!is_extra(q, &l->buckets[i]))
			continue;
		snprintf(name, sizeof(name), "%ld", l->buckets[i].number);
		layout_path(l->buckets[i].part, -1, name, path);
		if (unlinkat(q->fd, path, AT_REMOVEDIR) == -1 &&
		    errno != ENOTEMPTY && errno != EEXIST) {
			log_warn("%s/%s: remove", q->path, path);
			return -1;
		}
	}
	return 0;
}
