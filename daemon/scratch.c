#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/removal.h"
#include "daemon/scratch.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* Open STATE/build or STATE/cache, which every rule's user must reach. */
static int
open_base(const char *state_dir, const char *kind)
{
	char *path = NULL;
	int fd;

	if (asprintf(&path, "%s/%s", state_dir, kind) == -1)
		return -1;
	fd = open(path, DIR_FLAGS);
	if (fd == -1 && errno == ENOENT &&
	    (mkdir(path, 0711) == 0 || errno == EEXIST)) {
		fd = open(path, DIR_FLAGS);
		/* Whatever our umask is. */
		if (fd != -1 && fchmod(fd, 0711) == -1)
			log_warn("%s: chmod", path);
	}
	free(path);
	return fd;
}

/* What another user has left, links above all, the rule's new user must never
 * meet.  Mode 0 says, also after a crash, that it is not all gone yet. */
static int
evict(int fd, bool briefly)
{
	int again;

	if (fchmod(fd, 0) == -1 || fchown(fd, geteuid(), getegid()) == -1)
		return -1;
	again = openat(fd, ".", DIR_FLAGS);
	return again == -1 ? -1 : removal_empty(again, briefly);
}

static uid_t
owner_of(const struct rule *rule)
{
	return rule->user != NULL ? rule->run_uid : geteuid();
}

static gid_t
group_of(const struct rule *rule)
{
	return rule->user != NULL ? rule->run_gid : getegid();
}

static int
claim(int fd, const struct rule *rule, bool briefly)
{
	uid_t uid = owner_of(rule);
	gid_t gid = group_of(rule);
	struct stat st;

	if (fstat(fd, &st) == -1)
		return -1;
	if (st.st_uid == uid && st.st_gid == gid &&
	    (st.st_mode & 07777) == 0700)
		return 0;
	if ((st.st_uid != uid ||
		(geteuid() == 0 && (st.st_mode & 07777) == 0)) &&
	    evict(fd, briefly) == -1)
		return -1;
	if (fchown(fd, uid, gid) == -1 || fchmod(fd, 0700) == -1)
		return -1;
	return 0;
}

static int
make_own(const char *state_dir, const char *kind, const char *name)
{
	int base_fd = open_base(state_dir, kind), fd = -1, saved_errno;

	if (base_fd == -1)
		return -1;
	if (mkdirat(base_fd, name, 0700) == 0)
		fd = openat(base_fd, name, DIR_FLAGS);
	saved_errno = errno;
	(void)close(base_fd); /* nothing was written */
	errno = saved_errno;
	return fd;
}

/* Returns the descriptor of "path", STATE/KIND/RULE, the rule's own, or -1.
 * Nobody but us can write to what lies above it. */
static int
open_own(const char *path, const char *state_dir, const char *kind,
    const struct rule *rule, bool briefly)
{
	int fd = open(path, DIR_FLAGS), saved_errno;

	if (fd == -1 && errno == ENOENT)
		fd = make_own(state_dir, kind, rule->name);
	if (fd != -1 && claim(fd, rule, briefly) == -1) {
		saved_errno = errno;
		(void)close(fd); /* nothing was written */
		errno = saved_errno;
		return -1;
	}
	return fd;
}

static char *
join(const char *first, const char *second, const char *third)
{
	char *path;

	path = malloc(strlen(first) + strlen(second) + strlen(third) + 1);
	if (path != NULL)
		(void)stpcpy(stpcpy(stpcpy(path, first), second), third);
	return path;
}

static int
make_paths(struct scratch *s, const char *state_dir, const struct rule *rule)
{
	s->build_dir = join(state_dir, "/build/", rule->name);
	s->cache_dir = join(state_dir, "/cache/", rule->name);
	if (s->build_dir == NULL || s->cache_dir == NULL)
		return -1;
	s->new_path = join(s->build_dir, "/", "new");
	s->deps_path = join(s->build_dir, "/", "deps");
	return s->new_path == NULL || s->deps_path == NULL ? -1 : 0;
}

/* What comes, goes, or changes owner or mode leaves a trace in the directory's
 * times, unless that was within a tick of our look. */
static bool
is_as_left(const struct scratch *s, const struct rule *rule)
{
	struct stamp now;

	if (!s->left.known || s->left.uid != owner_of(rule) ||
	    s->left.gid != group_of(rule))
		return false;
	stamp_take_plain(s->build_dir, &now);
	return stamp_equal(&now, &s->left.dir, false);
}

/* A command that is told where to build always leaves something there. */
static void
note_left(struct scratch *s, const struct rule *rule)
{
	struct stamp *dir = &s->left.dir;

	if (rule->uses_new || rule->uses_deps)
		return;
	stamp_take(s->build_dir, false, dir);
	s->left.known = dir->state == STAMP_PRESENT && !dir->racy;
	s->left.uid = owner_of(rule);
	s->left.gid = group_of(rule);
}

/* Make it and leave it empty.  Returns 0, 1 or -1 as scratch_open(). */
static int
open_build(struct scratch *s, const char *state_dir, const struct rule *rule,
    bool briefly)
{
	int fd;

	if (is_as_left(s, rule))
		return 0;
	s->left.known = false;
	fd = open_own(s->build_dir, state_dir, "build", rule, briefly);
	if (fd != -1 && removal_empty(fd, briefly) == 0) {
		note_left(s, rule);
		return 0;
	}
	if (briefly && errno == ENOTEMPTY)
		return 1;
	log_warn("%s: empty", s->build_dir);
	return -1;
}

static int
open_cache(const struct scratch *s, const char *state_dir,
    const struct rule *rule, bool briefly)
{
	int fd = open_own(s->cache_dir, state_dir, "cache", rule, briefly);

	if (fd != -1) {
		(void)close(fd); /* nothing was written */
		return 0;
	}
	if (briefly && errno == ENOTEMPTY)
		return 1;
	log_warn("%s: make", s->cache_dir);
	return -1;
}

int
scratch_open(struct scratch *s, const char *state_dir, const struct rule *rule,
    bool briefly)
{
	int rc;

	scratch_close(s);
	if (make_paths(s, state_dir, rule) == -1) {
		log_warn("%s: scratch directory", rule->name);
		rc = -1;
	} else {
		rc = open_build(s, state_dir, rule, briefly);
		if (rc == 0 && rule->uses_cache)
			rc = open_cache(s, state_dir, rule, briefly);
	}
	if (rc == -1)
		scratch_close(s);
	return rc;
}

void
scratch_close(struct scratch *s)
{
	int saved_errno = errno;

	free(s->build_dir);
	free(s->new_path);
	free(s->deps_path);
	free(s->cache_dir);
	s->build_dir = s->new_path = s->deps_path = s->cache_dir = NULL;
	errno = saved_errno;
}

static int
remove_own(const char *state_dir, const char *kind, const char *name)
{
	int base_fd = open_base(state_dir, kind), rc, saved_errno;

	if (base_fd == -1)
		return -1;
	rc = removal_entry(base_fd, name);
	saved_errno = errno;
	(void)close(base_fd); /* nothing was written */
	errno = saved_errno;
	return rc;
}

int
scratch_remove(const char *state_dir, const char *name)
{
	int rc = remove_own(state_dir, "build", name);
	int saved_errno = errno;

	if (remove_own(state_dir, "cache", name) == -1)
		return -1;
	errno = saved_errno;
	return rc;
}

static const char *
file_fault(const struct rule *rule, const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "is not a regular file";
	if (st->st_nlink != 1)
		return "has more than one name";
	/* A user who could bring a file of root's here, as a second name of it
	 * whose first is gone by now, may not be able to read it. */
	if (rule->user != NULL && st->st_uid != rule->run_uid)
		return "belongs to another user";
	return NULL;
}

int
scratch_read(const struct rule *rule, const char *path, char *why, size_t size)
{
	const char *name = strrchr(path, '/');
	const char *reason;
	struct stat st;
	int fd, saved_errno;

	name = name == NULL ? path : name + 1;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1 && errno == ENOENT) {
		snprintf(why, size, "the command wrote no ${%s}", name);
		return -1;
	}
	saved_errno = errno; /* each system has another one for a link */
	if (fd == -1 && lstat(path, &st) == 0 && S_ISLNK(st.st_mode)) {
		snprintf(why, size, "${%s} is a symbolic link", name);
		errno = ELOOP;
		return -1;
	}
	errno = saved_errno;
	if (fd == -1 || fstat(fd, &st) == -1) {
		saved_errno = errno;
		snprintf(why, size, "${%s}: %s", name, strerror(errno));
	} else {
		reason = file_fault(rule, &st);
		if (reason == NULL)
			return fd;
		saved_errno = EINVAL;
		snprintf(why, size, "${%s} %s", name, reason);
	}
	if (fd != -1)
		(void)close(fd); /* nothing was written */
	errno = saved_errno;
	return -1;
}
