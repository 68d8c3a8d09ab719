/*
 * stamp - one state of one path, told without reading it.
 */

#include <errno.h>
#include <string.h>

#include "builders/stamp.h"

#define TICK_MS 20      /* more than the tick of any kernel's clock */
#define SECONDS_MS 2000 /* where a file system stores whole seconds */

void
stamp_from(struct stamp *out, const struct stat *st)
{
	memset(out, 0, sizeof(*out));
	out->inode = st->st_ino;
	out->size = st->st_size;
	out->mtime = st->st_mtim.tv_sec;
	out->mtime_ns = (uint32_t)st->st_mtim.tv_nsec;
	out->ctime = st->st_ctim.tv_sec;
	out->ctime_ns = (uint32_t)st->st_ctim.tv_nsec;
	out->owner = st->st_uid;
	out->kind = STAMP_THERE;
}

/* These end only when somebody changes something, and that will show.  Others,
 * such as EIO, EMFILE, ENOMEM or ESTALE, are the machine's. */
static bool
is_lasting(int error)
{
	switch (error) {
	case EFBIG:
	case EINVAL:
	case EISDIR:
	case ELOOP:
	case ENAMETOOLONG:
	case ENOENT:
	case ENOTDIR:
	case EOVERFLOW:
	case EPERM:
		return true;
	}
	return false;
}

void
stamp_from_failure(struct stamp *out, int error)
{
	memset(out, 0, sizeof(*out));
	if (error == EACCES)
		out->kind = STAMP_DENIED;
	else
		out->kind = is_lasting(error) ? STAMP_UNKNOWN : STAMP_FAILED;
}

void
stamp_from_error(struct stamp *out, int error)
{
	memset(out, 0, sizeof(*out));
	if (error == ENOENT || error == ENOTDIR)
		out->kind = STAMP_ABSENT;
	else if (error == ELOOP)
		out->kind = STAMP_LOOP;
	else
		stamp_from_failure(out, error);
}

void
stamp_look(struct stamp *out, const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0)
		stamp_from(out, &st);
	else
		stamp_from_error(out, errno);
}

void
stamp_look_owner(struct stamp *out, const char *path)
{
	struct stat st;

	memset(out, 0, sizeof(*out));
	if (stat(path, &st) == -1) {
		stamp_from_failure(out, errno);
		return;
	}
	out->owner = st.st_uid;
	out->kind = STAMP_OWNER;
}

static bool
is_unknown(const struct stamp *s)
{
	return s->kind == STAMP_UNKNOWN || s->kind == STAMP_FAILED ||
	       s->kind == STAMP_DENIED;
}

bool
stamp_equal(const struct stamp *a, const struct stamp *b)
{
	return !is_unknown(a) && memcmp(a, b, sizeof(*a)) == 0;
}

bool
stamp_is_fresh(const struct stamp *s, const struct timespec *when)
{
	int64_t age;

	if (s->kind != STAMP_THERE)
		return false;
	age = ((int64_t)when->tv_sec - s->ctime) * 1000 +
	      (when->tv_nsec - (int64_t)s->ctime_ns) / 1000000;
	return age < (s->ctime_ns == 0 ? SECONDS_MS : TICK_MS);
}
