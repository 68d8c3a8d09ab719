#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/memory.h"
#include "queue/listing.h"

struct reader {
	const struct queue *queue;
	struct listing *listing;
	struct faults *strays;
	enum layout_part part;
	long bucket;
	int dir_fd;
};

const char *
listing_hidden_name(uint64_t number, uint64_t old, char *buf)
{
	snprintf(buf, LAYOUT_PATH_SIZE, "%" PRIu64 ".%" PRIu64 LISTING_MOVED,
	    number, old);
	return buf;
}

const char *
listing_path(const struct entry *e, char *buf)
{
	char name[LAYOUT_PATH_SIZE];

	if (e->hidden)
		listing_hidden_name(e->number, e->old, name);
	else
		snprintf(name, sizeof(name), "%" PRIu64, e->number);
	return layout_path(e->part, e->bucket, name, buf);
}

/* Read a number as qmail writes it: no sign, no leading zero.  Returns what
 * follows it, or NULL. */
static const char *
scan_number(const char *text, uint64_t *number)
{
	char *end;

	if (text[0] < '0' || text[0] > '9' ||
	    (text[0] == '0' && text[1] >= '0' && text[1] <= '9'))
		return NULL;
	errno = 0;
	*number = strtoull(text, &end, 10);
	return errno != 0 ? NULL : end;
}

/* Is it the name of a part, in the open or hidden? */
static bool
scan_name(const char *name, struct entry *e)
{
	const char *rest = scan_number(name, &e->number);

	if (rest == NULL)
		return false;
	e->hidden = rest[0] == '.';
	if (e->hidden) {
		rest = scan_number(rest + 1, &e->old);
		return rest != NULL && strcmp(rest, LISTING_MOVED) == 0;
	}
	return rest[0] == '\0';
}

/* Whatever is called so, which may be too long for a part: the caller's to
 * free. */
static char *
path_of(const struct reader *r, const char *name)
{
	const char *dir = layout_dir(r->part)->name;

	return r->bucket == -1
		   ? memory_format("%s/%s", dir, name)
		   : memory_format("%s/%ld/%s", dir, r->bucket, name);
}

static void
stray(struct reader *r, const char *name)
{
	char *path;

	if (r->strays == NULL)
		return;
	path = path_of(r, name);
	fault_add(
	    r->strays, FAULT_STRAY, 0, path, "qmail makes no such name here");
	free(path);
}

static void
add_file(struct reader *r, const char *name, const struct stat *st)
{
	struct listing *l = r->listing;
	struct entry e = { .part = r->part, .bucket = r->bucket };

	if (!scan_name(name, &e)) {
		stray(r, name);
		return;
	}
	e.dev = st->st_dev;
	e.ino = st->st_ino;
	e.mode = st->st_mode;
	e.uid = st->st_uid;
	e.gid = st->st_gid;
	l->files = memory_grow(l->files, l->file_count, sizeof(*l->files));
	l->files[l->file_count++] = e;
	if (e.hidden)
		l->hidden_count++;
}

static int read_dir(struct reader *r, int dir_fd, const char *path);

/* A directory with a number is a bucket, at the first level. */
static int
add_bucket(struct reader *r, const char *name, const struct stat *st)
{
	struct listing *l = r->listing;
	struct reader inner = *r;
	char path[LAYOUT_PATH_SIZE];
	const char *rest;
	uint64_t number;
	int fd;

	rest = scan_number(name, &number);
	if (r->bucket != -1 || rest == NULL || rest[0] != '\0' ||
	    number >= LAYOUT_SPLIT_MAX) {
		stray(r, name);
		return 0;
	}
	l->buckets =
	    memory_grow(l->buckets, l->bucket_count, sizeof(*l->buckets));
	l->buckets[l->bucket_count++] =
	    (struct bucket){ r->part, (long)number, *st };
	inner.bucket = (long)number;
	layout_path(r->part, -1, name, path);
	fd = openat(
	    r->dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1) {
		log_warn("%s/%s", r->queue->path, path);
		return -1;
	}
	return read_dir(&inner, fd, path);
}

/* Returns 0 if it has gone meanwhile, -1 with a warning logged. */
static int
fail_to_look(const struct reader *r, const char *name)
{
	int error = errno;
	char *path;

	if (error == ENOENT)
		return 0;
	path = path_of(r, name);
	errno = error;
	log_warn("%s/%s", r->queue->path, path);
	free(path);
	return -1;
}

static int
add_name(struct reader *r, const char *name)
{
	struct stat st;

	if (fstatat(r->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return fail_to_look(r, name);
	if (S_ISDIR(st.st_mode))
		return add_bucket(r, name, &st);
	add_file(r, name, &st);
	return 0;
}

/* Takes dir_fd over. */
static int
read_dir(struct reader *r, int dir_fd, const char *path)
{
	const struct dirent *d;
	DIR *dir = fdopendir(dir_fd);
	int rc = 0, error = 0;

	if (dir == NULL) {
		log_warn("%s/%s", r->queue->path, path);
		(void)close(dir_fd); /* nothing was written */
		return -1;
	}
	r->dir_fd = dir_fd;
	while (rc == 0) {
		errno = 0;
		d = readdir(dir);
		if (d == NULL) {
			error = errno;
			break;
		}
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			rc = add_name(r, d->d_name);
	}
	if (error != 0) {
		log_warn("%s/%s: read", r->queue->path, path);
		rc = -1;
	}
	(void)closedir(dir); /* nothing was written */
	return rc;
}

int
listing_read(
    const struct queue *queue, struct listing *listing, struct faults *strays)
{
	struct reader r = { .queue = queue,
		.listing = listing,
		.strays = strays,
		.bucket = -1 };
	const char *name;
	int fd;

	memset(listing, 0, sizeof(*listing));
	for (r.part = 0; r.part < LAYOUT_PARTS; r.part++) {
		name = layout_dir(r.part)->name;
		fd = openat(queue->fd, name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd == -1 && errno == ENOENT)
			continue;
		if (fd == -1) {
			log_warn("%s/%s", queue->path, name);
			return -1;
		}
		if (read_dir(&r, fd, name) == -1)
			return -1;
	}
	return 0;
}

void
listing_free(struct listing *listing)
{
	free(listing->files);
	free(listing->buckets);
	memset(listing, 0, sizeof(*listing));
}
