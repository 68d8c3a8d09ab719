/*
 * record - the stamps of a rule's last good run, on disk.
 */

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/memfile.h"
#include "daemon/record.h"
#include "daemon/syncdir.h"

#define TEMPORARY ".triggerd."

/* A file that is being written. */
struct writer {
	int fd;
	char temp[PATH_MAX]; /* "" when there is none */
};

static const char *
kind_word(enum record_kind kind)
{
	switch (kind) {
	case RECORD_DONE:
		break;
	case RECORD_TRIED:
		return "tried";
	}
	return "record";
}

/* STATE/record/NAME, or STATE/record for NULL.  Returns 0, or -1 with errno. */
static int
make_path(
    char *buf, const char *state_dir, enum record_kind kind, const char *name)
{
	const char *word = kind_word(kind);
	size_t n = strlen(state_dir) + 1 + strlen(word) + 1;
	char *end;

	if (n + (name == NULL ? 0 : strlen(name) + 1) > PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	end = stpcpy(stpcpy(stpcpy(buf, state_dir), "/"), word);
	if (name != NULL)
		(void)stpcpy(stpcpy(end, "/"), name);
	return 0;
}

int
record_stamp(const char *state_dir, enum record_kind kind, const char *name,
    struct stamp *out)
{
	char path[PATH_MAX];

	if (make_path(path, state_dir, kind, name) == -1)
		return -1;
	stamp_take_plain(path, out);
	return 0;
}

int
record_spare(const char *state_dir)
{
	return memfile_open(state_dir);
}

int
record_read_fd(int fd, struct stamp_past *past)
{
	memset(past, 0, sizeof(*past));
	past->records = -1;
	if (recordform_read(fd, past) == -1)
		return -1;
	if (!past->damaged)
		return 0;
	errno = EILSEQ;
	return -1;
}

static int
read_named(const char *state_dir, enum record_kind kind, const char *name,
    struct recordform_head *head, struct stamp_past *past)
{
	char path[PATH_MAX];
	struct stat st;
	int fd, rc = 0, saved_errno;

	memset(past, 0, sizeof(*past));
	past->records = -1;
	if (make_path(path, state_dir, kind, name) == -1)
		return -1;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1 && errno == ENOENT) {
		*head = (struct recordform_head){ .whole = true };
		return 0;
	}
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == -1)
		rc = -1;
	else if (!S_ISREG(st.st_mode))
		past->exists = past->damaged = true;
	else
		rc = recordform_read_brief(fd, head, past);
	saved_errno = errno;
	(void)close(fd); /* only read */
	errno = saved_errno;
	return rc;
}

int
record_read(const char *state_dir, enum record_kind kind, const char *name,
    struct stamp_past *past)
{
	struct recordform_head head = { UINT64_MAX, UINT64_MAX, true };

	return read_named(state_dir, kind, name, &head, past);
}

int
record_read_brief(const char *state_dir, const char *name,
    struct recordform_head *head, struct stamp_past *past)
{
	return read_named(state_dir, RECORD_DONE, name, head, past);
}

static int
make_dir(const char *state_dir, const char *path)
{
	if (mkdir(path, 0700) == 0)
		return syncdir(state_dir);
	return errno == EEXIST ? 0 : -1;
}

static int
writer_open(struct writer *w, const char *dir)
{
	char temp[PATH_MAX];

	if (snprintf(temp, sizeof(temp), "%s/" TEMPORARY "XXXXXX", dir) >=
	    (int)sizeof(temp)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	w->fd = mkostemp(temp, O_CLOEXEC);
	if (w->fd == -1)
		return -1;
	memcpy(w->temp, temp, sizeof(temp));
	return 0;
}

static int
writer_commit(struct writer *w, const char *path)
{
	int rc;

	if (fsync(w->fd) == -1)
		return -1;
	rc = close(w->fd); /* quotas and network file systems report here */
	w->fd = -1;
	if (rc == -1 || rename(w->temp, path) == -1)
		return -1;
	w->temp[0] = '\0';
	return 0;
}

static void
writer_close(struct writer *w)
{
	int saved_errno = errno;

	if (w->fd != -1)
		(void)close(w->fd); /* of a file that is thrown away */
	w->fd = -1;
	if (w->temp[0] != '\0')
		(void)unlink(w->temp); /* else record_sweep() finds it */
	w->temp[0] = '\0';
	errno = saved_errno;
}

int
record_write(const char *state_dir, enum record_kind kind, const char *name,
    const struct stamp_past *past)
{
	char path[PATH_MAX], dir[PATH_MAX];
	struct writer w = { .fd = -1, .temp = "" };
	int rc = 0;

	if (make_path(path, state_dir, kind, name) == -1 ||
	    make_path(dir, state_dir, kind, NULL) == -1)
		return -1;
	if (make_dir(state_dir, dir) == -1)
		return -1;
	if (writer_open(&w, dir) == -1 || recordform_write(w.fd, past) == -1 ||
	    writer_commit(&w, path) == -1)
		rc = -1;
	writer_close(&w);
	return rc == -1 ? -1 : syncdir(dir);
}

int
record_write_fd(int fd, const struct stamp_past *past)
{
	if (ftruncate(fd, 0) == -1 || lseek(fd, 0, SEEK_SET) == -1)
		return -1;
	return recordform_write(fd, past);
}

int
record_remove(const char *state_dir, enum record_kind kind, const char *name)
{
	char path[PATH_MAX], dir[PATH_MAX];

	if (make_path(path, state_dir, kind, name) == -1 ||
	    make_path(dir, state_dir, kind, NULL) == -1)
		return -1;
	if (unlink(path) == -1)
		return errno == ENOENT ? 0 : -1;
	return syncdir(dir);
}

static int
sweep(const char *state_dir, enum record_kind kind)
{
	char path[PATH_MAX];
	struct dirent *e;
	DIR *dir;
	int rc = 0;

	if (make_path(path, state_dir, kind, NULL) == -1)
		return -1;
	dir = opendir(path);
	if (dir == NULL)
		return errno == ENOENT ? 0 : -1;
	while ((e = readdir(dir)) != NULL) {
		if (strncmp(e->d_name, TEMPORARY, strlen(TEMPORARY)) == 0 &&
		    unlinkat(dirfd(dir), e->d_name, 0) == -1)
			rc = -1;
	}
	(void)closedir(dir); /* only read */
	return rc;
}

int
record_sweep(const char *state_dir)
{
	int rc;

	rc = sweep(state_dir, RECORD_DONE);
	return sweep(state_dir, RECORD_TRIED) == -1 ? -1 : rc;
}
