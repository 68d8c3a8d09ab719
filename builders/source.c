/*
 * source - what a builder reads: files whole, and the names in a directory.
 */

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builders/source.h"
#include "daemon/log.h"

/* One attempt: done, with the answer, or to be made again. */
enum attempt { ATTEMPT_DONE, ATTEMPT_ABSENT, ATTEMPT_AGAIN, ATTEMPT_TROUBLE };

void
source_init(struct source *s)
{
	memset(s, 0, sizeof(*s));
}

void
source_fini(struct source *s)
{
	free(s->bytes);
	source_init(s);
}

static bool
is_absence(int error)
{
	return error == ENOENT || error == ENOTDIR;
}

static bool
is_unchanged(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static void
reserve(struct source *s, size_t size)
{
	if (size <= s->size)
		return;
	free(s->bytes);
	s->bytes = malloc(size);
	if (s->bytes == NULL)
		log_fatal("memory");
	s->size = size;
}

/* Room for one byte more than expected shows a file that has grown. */
static int
read_bytes(struct source *s, int fd, size_t expected)
{
	ssize_t n;

	reserve(s, expected + 2);
	s->len = 0;
	while (s->len <= expected) {
		n = read(fd, s->bytes + s->len, expected + 1 - s->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		s->len += (size_t)n;
		if (s->len == expected)
			break; /* fstat tells whether that was all */
	}
	s->bytes[s->len] = '\0';
	return 0;
}

/* Between two looks at the file it must not have changed. */
static enum attempt
read_between(
    struct source *s, const char *path, int fd, const struct stat *before)
{
	struct stat after;

	if (before->st_size > SOURCE_SIZE_MAX) {
		log_warnx("%s: larger than %ld bytes", path, SOURCE_SIZE_MAX);
		return ATTEMPT_TROUBLE;
	}
	if (read_bytes(s, fd, (size_t)before->st_size) == -1) {
		stamp_from_failure(&s->stamp, errno);
		log_warn("%s: read", path);
		return ATTEMPT_TROUBLE;
	}
	if (fstat(fd, &after) == -1) {
		stamp_from_failure(&s->stamp, errno);
		log_warn("%s: fstat", path);
		return ATTEMPT_TROUBLE;
	}
	if (!is_unchanged(before, &after) || s->len != (size_t)before->st_size)
		return ATTEMPT_AGAIN;
	s->mode = before->st_mode;
	stamp_from(&s->stamp, before);
	return ATTEMPT_DONE;
}

static enum attempt
read_once(struct source *s, const char *path, const struct stat *before)
{
	enum attempt result;
	int fd;

	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1) {
		if (is_absence(errno))
			return ATTEMPT_AGAIN;
		stamp_from_failure(&s->stamp, errno);
		log_warn("%s", path);
		return ATTEMPT_TROUBLE;
	}
	result = read_between(s, path, fd, before);
	(void)close(fd); /* nothing was written */
	return result;
}

/* The look before the open: opening a device is not always harmless. */
static enum source_answer
read_tries(struct source *s, const char *path)
{
	struct stat st;
	enum attempt result = ATTEMPT_AGAIN;
	int i;

	for (i = 0; i < SOURCE_TRIES && result == ATTEMPT_AGAIN; i++) {
		if (stat(path, &st) == -1) {
			stamp_from_error(&s->stamp, errno);
			if (s->stamp.kind == STAMP_ABSENT)
				return SOURCE_ABSENT;
			if (s->stamp.kind == STAMP_LOOP)
				return SOURCE_OTHER;
			log_warn("%s", path);
			return SOURCE_TROUBLE;
		}
		if (!S_ISREG(st.st_mode)) {
			stamp_from(&s->stamp, &st);
			return SOURCE_OTHER;
		}
		result = read_once(s, path, &st);
	}
	if (result == ATTEMPT_AGAIN)
		log_warnx("%s: changes while it is being read", path);
	return result == ATTEMPT_DONE ? SOURCE_READ : SOURCE_TROUBLE;
}

enum source_answer
source_try(struct source *s, const char *path)
{
	s->stamp.kind = STAMP_UNKNOWN;
	return read_tries(s, path);
}

/* Whatever is not as expected is for the slower way. */
enum source_answer
source_try_file(struct source *s, const char *path)
{
	struct stat before;
	enum attempt result = ATTEMPT_AGAIN;
	int fd;

	s->stamp.kind = STAMP_UNKNOWN;
	fd = open(
	    path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return read_tries(s, path);
	if (fstat(fd, &before) == 0 && S_ISREG(before.st_mode))
		result = read_between(s, path, fd, &before);
	(void)close(fd); /* nothing was written */
	if (result == ATTEMPT_AGAIN)
		return read_tries(s, path);
	return result == ATTEMPT_DONE ? SOURCE_READ : SOURCE_TROUBLE;
}

enum source_answer
source_read(struct source *s, const char *path)
{
	enum source_answer answer = source_try(s, path);

	if (answer != SOURCE_OTHER)
		return answer;
	log_warnx("%s: not a regular file", path);
	return SOURCE_TROUBLE;
}

static int
compare_names(const void *a, const void *b)
{
	const struct source_name *x = a;
	const struct source_name *y = b;

	return strcmp(x->text, y->text);
}

/* Returns 0, or -1 with errno; EFBIG for too many names. */
static int
collect(struct source_names *out, struct arena *a, DIR *dir, const char *prefix)
{
	struct dirent *entry;
	size_t size = 0;
	size_t prefix_len = strlen(prefix);

	out->names = NULL;
	out->n = 0;
	errno = 0;
	while ((entry = readdir(dir)) != NULL) {
		if (strncmp(entry->d_name, prefix, prefix_len) != 0)
			continue;
		if (out->n == SOURCE_NAMES_MAX) {
			errno = EFBIG;
			break;
		}
		out->names =
		    arena_grow(out->names, out->n, &size, sizeof(*out->names));
		out->names[out->n].text =
		    arena_copy(a, entry->d_name, strlen(entry->d_name));
		out->names[out->n++].file = entry->d_type == DT_REG;
		errno = 0;
	}
	return errno == 0 ? 0 : -1;
}

static void
forget(struct source_names *out)
{
	free(out->names);
	out->names = NULL;
	out->n = 0;
}

static enum attempt
list_once(struct source_names *out, struct arena *a, const char *directory,
    const char *prefix)
{
	struct stat before, after;
	enum attempt result = ATTEMPT_TROUBLE;
	DIR *dir;

	out->stamp.kind = STAMP_UNKNOWN;
	dir = opendir(directory);
	if (dir == NULL) {
		if (errno == ENOENT) {
			stamp_from_error(&out->stamp, errno);
			return ATTEMPT_ABSENT;
		}
		stamp_from_failure(&out->stamp, errno);
		log_warn("%s", directory);
		return ATTEMPT_TROUBLE;
	}
	if (fstat(dirfd(dir), &before) == -1 ||
	    collect(out, a, dir, prefix) == -1 ||
	    fstat(dirfd(dir), &after) == -1) {
		stamp_from_failure(&out->stamp, errno);
		log_warn("%s", directory);
	} else {
		result = is_unchanged(&before, &after) ? ATTEMPT_DONE
						       : ATTEMPT_AGAIN;
	}
	(void)closedir(dir); /* nothing was written */
	if (result == ATTEMPT_DONE) {
		out->mode = before.st_mode;
		stamp_from(&out->stamp, &before);
	} else {
		forget(out);
	}
	return result;
}

/* The array itself is moved into the arena, so that there is one owner. */
static void
settle_names(struct source_names *out, struct arena *a)
{
	struct source_name *names;
	size_t bytes = out->n * sizeof(*names);

	if (out->n > 0) {
		qsort(out->names, out->n, sizeof(*out->names), compare_names);
		names = arena_object(a, bytes);
		memcpy(names, out->names, bytes);
		free(out->names);
		out->names = names;
	}
}

enum source_answer
source_list(struct source_names *out, struct arena *a, const char *directory,
    const char *prefix)
{
	enum attempt result = ATTEMPT_AGAIN;
	int i;

	for (i = 0; i < SOURCE_TRIES && result == ATTEMPT_AGAIN; i++)
		result = list_once(out, a, directory, prefix);
	if (result == ATTEMPT_ABSENT)
		return SOURCE_ABSENT;
	if (result == ATTEMPT_AGAIN)
		log_warnx("%s: changes while it is being read", directory);
	if (result != ATTEMPT_DONE)
		return SOURCE_TROUBLE;
	settle_names(out, a);
	return SOURCE_READ;
}
