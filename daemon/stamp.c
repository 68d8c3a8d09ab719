/*
 * stamp - one state of one file.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/fileclock.h"
#include "daemon/regular.h"
#include "daemon/stamp.h"

#define SECOND INT64_C(1000000000)
#define COARSE_TICK (2 * SECOND) /* FAT's; others have one second */
#define HASH_TRIES 3
#define AHEAD (60 * SECOND) /* no clock of a server that is kept is further */

/* Unsigned, so that a damaged time wraps around rather than overflows. */
static int64_t
nanoseconds(struct timespec t)
{
	return (int64_t)((uint64_t)t.tv_sec * (uint64_t)SECOND +
			 (uint64_t)t.tv_nsec);
}

int64_t
stamp_clock(void)
{
	struct timespec t;

	fileclock_now(&t);
	return nanoseconds(t);
}

static void
set_error(struct stamp *s, int error)
{
	memset(s, 0, sizeof(*s));
	s->state = STAMP_ABSENT;
	if (error == ENOENT || error == ENOTDIR)
		return;
	s->state = STAMP_UNKNOWN;
	s->error = error;
}

static void
set_stat(struct stamp *s, const struct stat *st)
{
	memset(s, 0, sizeof(*s));
	s->state = STAMP_PRESENT;
	s->inode = st->st_ino;
	s->size = st->st_size;
	s->mtime = nanoseconds(st->st_mtim);
	s->ctime = nanoseconds(st->st_ctim);
}

/* No kernel's tick is longer than STAMP_TICK. */
int64_t
stamp_tick(const struct stamp *s)
{
	return s->mtime % SECOND == 0 && s->ctime % SECOND == 0 ? COARSE_TICK
								: STAMP_TICK;
}

bool
stamp_is_later(const struct stamp *s, int64_t since)
{
	int64_t tick = stamp_tick(s);

	if (tick > STAMP_TICK)
		since -= tick;
	/* A tool may set back the one; a foreign file system lack the other. */
	return s->mtime > since || s->ctime > since;
}

static bool
is_between(int64_t time, int64_t now, int64_t tick, int64_t ahead)
{
	return time > now - tick && time - now <= ahead;
}

/* Times that lie further ahead than that do not count. */
static bool
is_young(const struct stamp *s, int64_t now, int64_t ahead)
{
	int64_t tick = stamp_tick(s);

	return is_between(s->mtime, now, tick, ahead) ||
	       is_between(s->ctime, now, tick, ahead);
}

static bool
same_file(const struct stamp *a, const struct stamp *b)
{
	return a->inode == b->inode && a->size == b->size &&
	       a->mtime == b->mtime && a->ctime == b->ctime;
}

/* Stamp and hash what is open and was looked at just now.  A file that never
 * holds still gets a digest of no use, is racy, and so will be found changed.
 * Returns 0, or errno. */
static int
hash_fd(int fd, const struct stat *opened, int64_t began, int64_t *room,
    struct stamp *out)
{
	struct stat st;
	struct stamp after;
	int i;

	set_stat(&after, opened);
	for (i = 0; i < HASH_TRIES; i++) {
		*out = after;
		if (i > 0 && lseek(fd, 0, SEEK_SET) == -1)
			return errno;
		if (digest_fd_within(fd, room, &out->digest) == -1 ||
		    fstat(fd, &st) == -1)
			return errno;
		set_stat(&after, &st);
		if (same_file(out, &after))
			break;
	}
	out->hashed = true;
	out->racy = i == HASH_TRIES || is_young(out, began, INT64_MAX);
	return 0;
}

/* Hash the regular file that "out" is a stamp of. */
static void
hash_path(int dir_fd, const char *path, bool content, int64_t began,
    int64_t *room, struct stamp *out)
{
	struct stat st;
	int fd, error;

	/* It may have become something else since. */
	fd = regular_open(dir_fd, path, &st);
	if (fd == REGULAR_OTHER) {
		set_stat(out, &st);
		out->racy = true;
	} else if (fd != -1) {
		error = hash_fd(fd, &st, began, room, out);
		if (error != 0)
			set_error(out, error);
		(void)close(fd); /* only read */
	} else if (!content && (errno == EACCES || errno == EPERM)) {
		/* Without content, a file that we may not read is told by its
		 * stamp alone; racy without a digest equals nothing. */
		out->racy = true;
	} else {
		set_error(out, errno);
	}
}

void
stamp_take_within(int dir_fd, const char *path, bool content, int64_t began,
    const struct stamp *then, int64_t *room, struct stamp *out)
{
	struct stat st;
	bool same;

	if (fstatat(dir_fd, path, &st, 0) == -1) {
		set_error(out, errno);
		return;
	}
	set_stat(out, &st);
	/* What has no digest would be behind until its time comes: but a change
	 * now would give it another. */
	out->racy =
	    is_young(out, began, S_ISREG(st.st_mode) ? INT64_MAX : AHEAD);
	if (!S_ISREG(st.st_mode))
		return;
	same = then != NULL && then->state == STAMP_PRESENT && then->hashed &&
	       same_file(then, out);
	if (same && content && !then->racy && !out->racy) {
		out->hashed = true;
		out->digest = then->digest;
	} else if (content || out->racy || (same && then->racy)) {
		hash_path(dir_fd, path, content, began, room, out);
	}
}

void
stamp_take_since(int dir_fd, const char *path, bool content, int64_t began,
    const struct stamp *then, struct stamp *out)
{
	stamp_take_within(dir_fd, path, content, began, then, NULL, out);
}

void
stamp_take(const char *path, bool content, struct stamp *out)
{
	stamp_take_since(AT_FDCWD, path, content, stamp_clock(), NULL, out);
}

void
stamp_take_plain(const char *path, struct stamp *out)
{
	struct stat st;

	if (stat(path, &st) == -1)
		set_error(out, errno);
	else
		set_stat(out, &st);
}

void
stamp_take_fd(int fd, struct stamp *out)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		set_error(out, errno);
	else
		set_stat(out, &st);
}

void
stamp_take_link(const char *path, struct stamp *out)
{
	struct stat st;

	if (lstat(path, &st) == -1)
		set_error(out, errno);
	else
		set_stat(out, &st);
}

bool
stamp_equal(const struct stamp *a, const struct stamp *b, bool content)
{
	if (a->state != b->state || a->state == STAMP_UNKNOWN ||
	    a->state == STAMP_CHANGED)
		return false;
	if (a->state == STAMP_ABSENT)
		return true;
	if (a->hashed && b->hashed) {
		if (!digest_equal(a->digest, b->digest))
			return false;
		if (content)
			return true;
	}
	return same_file(a, b);
}

/* "2026-01-02 03:04:05.123", with as many digits as asked for: 3 or 9. */
static const char *
format_time(int64_t at, int digits, char *buf, size_t size)
{
	struct tm tm;
	char day[64];
	int64_t fraction = at % SECOND;
	time_t seconds;

	if (fraction < 0)
		fraction += SECOND;
	seconds = (time_t)((at - fraction) / SECOND);
	if (localtime_r(&seconds, &tm) == NULL ||
	    strftime(day, sizeof(day), "%Y-%m-%d %H:%M:%S", &tm) == 0)
		snprintf(day, sizeof(day), "%jd", (intmax_t)seconds);
	if (digits == 3)
		fraction /= 1000000;
	snprintf(buf, size, "%s.%0*d", day, digits, (int)fraction);
	return buf;
}

/* Two times in as many digits as tell them apart, added to buf. */
static void
add_times(char *buf, size_t size, const char *what, int64_t a,
    const char *between, int64_t b)
{
	int digits = a / 1000000 == b / 1000000 && a != b ? 9 : 3;
	char first[96], second[96];
	size_t used = strlen(buf);

	snprintf(buf + used, size - used, "%s%s %s%s%s", used > 0 ? ", " : "",
	    what, format_time(a, digits, first, sizeof(first)), between,
	    format_time(b, digits, second, sizeof(second)));
}

static void
describe_fields(
    const struct stamp *then, const struct stamp *now, char *buf, size_t size)
{
	size_t used;

	if (then->inode != now->inode)
		snprintf(buf, size, "another file (inode)");
	used = strlen(buf);
	if (then->size != now->size)
		snprintf(buf + used, size - used, "%ssize %jd -> %jd",
		    used > 0 ? ", " : "", (intmax_t)then->size,
		    (intmax_t)now->size);
	if (then->mtime != now->mtime)
		add_times(
		    buf, size, "modified", then->mtime, " -> ", now->mtime);
	if (buf[0] == '\0' && then->ctime != now->ctime)
		add_times(
		    buf, size, "changed", then->ctime, " -> ", now->ctime);
	if (buf[0] == '\0' && then->hashed && now->hashed &&
	    !digest_equal(then->digest, now->digest))
		snprintf(buf, size, "other content, same size and times");
	if (buf[0] == '\0' && then->racy)
		snprintf(buf, size, "was too young to be told apart");
}

const char *
stamp_describe(
    const struct stamp *then, const struct stamp *now, char *buf, size_t size)
{
	const char *text = NULL;

	if (now != NULL && now->state == STAMP_UNKNOWN)
		text = strerror(now->error);
	else if (then != NULL && then->state == STAMP_CHANGED)
		text = "changed while the last run read it";
	else if (then != NULL && then->state == STAMP_UNKNOWN)
		text = "could not be looked at for the last run";
	else if (then == NULL || then->state == STAMP_ABSENT)
		text = now == NULL || now->state == STAMP_ABSENT ? "missing"
								 : "new";
	else if (now == NULL || now->state == STAMP_ABSENT)
		text = "gone";
	snprintf(buf, size, "%s", text == NULL ? "" : text);
	if (text == NULL && then != NULL && now != NULL)
		describe_fields(then, now, buf, size);
	return buf;
}

const char *
stamp_describe_newer(const struct stamp *source, const struct stamp *target,
    char *buf, size_t size)
{
	buf[0] = '\0';
	add_times(
	    buf, size, "modified", source->mtime, ", target ", target->mtime);
	return buf;
}

const char *
stamp_reason_word(enum stamp_reason reason)
{
	switch (reason) {
	case STAMP_NONE:
		break;
	case STAMP_RULE_CHANGED:
		return "rule-changed";
	case STAMP_RECORD_DAMAGED:
		return "record-damaged";
	case STAMP_FIRST_RUN:
		return "first-run";
	case STAMP_SOURCE_NEWER:
		return "source-newer";
	case STAMP_SOURCE_CHANGED:
		return "source-changed";
	case STAMP_SOURCE_NEW:
		return "source-new";
	case STAMP_SOURCE_GONE:
		return "source-gone";
	case STAMP_TARGET_MISSING:
		return "target-missing";
	case STAMP_TARGET_REPLACED:
		return "target-replaced";
	case STAMP_ALWAYS:
		return "always";
	case STAMP_ASKED:
		return "asked";
	}
	return "none";
}
