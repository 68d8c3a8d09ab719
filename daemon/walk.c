/*
 * walk - find the files that a pattern matches.
 *
 * A walk holds a set of states in each directory: bit i says that the next
 * name may match part i of the pattern.  So every directory is read once and
 * every path is found once, in order, however many "**" there are.
 */

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "daemon/names.h"
#include "daemon/pattern.h"
#include "daemon/walk.h"
#include "daemon/wildcard.h"

struct walk {
	struct pattern_parts parts;
	char path[PATH_MAX];
	size_t used; /* bytes of the path; no slash at its end */
	size_t depth;
	bool loose;
	bool directories; /* are reported, and not what matches */
	size_t *room;     /* names that may be read still; NULL: any */
	walk_fn *fn;
	void *arg;
};

static int visit(struct walk *w, uint64_t states);

/* Links can make a few names as many as one likes.  Returns 0, or -1 with
 * errno. */
static int
spend(struct walk *w, size_t names)
{
	if (w->room == NULL)
		return 0;
	if (*w->room < names) {
		errno = EFBIG;
		return -1;
	}
	*w->room -= names;
	return 0;
}

static bool
report(struct walk *w, int error)
{
	w->path[w->used] = '\0';
	if (w->fn(w->used == 0 ? "/" : w->path, error, w->arg))
		return true;
	errno = ECANCELED;
	return false;
}

/* Tell of trouble with the path.  What is not there is no trouble. */
static int
report_trouble(struct walk *w, int error)
{
	if (error == ENOENT || error == ENOTDIR)
		return 0;
	return report(w, error) ? 0 : -1;
}

static bool
append(struct walk *w, const char *name, size_t n)
{
	if (w->used + 1 + n >= sizeof(w->path))
		return false;
	w->path[w->used++] = '/';
	memcpy(w->path + w->used, name, n);
	w->used += n;
	w->path[w->used] = '\0';
	return true;
}

/* The states of being at part i: a "**" may also stand for nothing. */
static uint64_t
states_at(const struct pattern_parts *parts, size_t i)
{
	uint64_t states = UINT64_C(1) << i;

	while (parts->list[i].any_depth)
		states |= UINT64_C(1) << ++i;
	return states;
}

/* Go from a set of states by one name to the next set, and see if the whole
 * pattern matches. */
static uint64_t
advance(const struct pattern_parts *parts, uint64_t states, const char *name,
    int type, bool *found)
{
	const struct pattern_part *part;
	bool enter = type == DT_DIR || type == DT_UNKNOWN;
	uint64_t next = 0;
	size_t i;

	*found = false;
	for (i = 0; i < parts->count; i++) {
		part = &parts->list[i];
		if ((states >> i & 1) == 0)
			continue;
		if (part->any_depth) {
			if (enter && *name != '.')
				next |= states_at(parts, i);
		} else if (pattern_matches_name(
			       part->text, part->length, name)) {
			if (i + 1 == parts->count)
				*found = true;
			else if (enter || type == DT_LNK)
				next |= states_at(parts, i + 1);
		}
	}
	return next;
}

/* Some file systems do not say what an entry is. */
static int
entry_type(DIR *dir, const struct dirent *e)
{
	struct stat st;

	if (e->d_type != DT_UNKNOWN ||
	    fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return e->d_type;
	return IFTODT(st.st_mode);
}

static int
take_name(struct walk *w, uint64_t states, DIR *dir, const struct dirent *e,
    struct names *names)
{
	uint64_t next;
	bool found;

	if (spend(w, 1) == -1)
		return -1;
	if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
		return 0;
	next =
	    advance(&w->parts, states, e->d_name, entry_type(dir, e), &found);
	if (!found && next == 0)
		return 0;
	if (names_add(names, e->d_name, next, found) == 0)
		return 0;
	errno = ENOMEM;
	return -1;
}

/* Keep the names of the directory at w->path that lead on or are matches.
 * Returns 0, also after trouble was reported, or -1 with errno. */
static int
read_names(struct walk *w, uint64_t states, struct names *names)
{
	struct dirent *e;
	DIR *dir;
	int error;

	if (spend(w, WALK_DIR_COST) == -1)
		return -1;
	dir = opendir(w->used == 0 ? "/" : w->path);
	if (dir == NULL)
		return report_trouble(w, errno);
	if (w->directories && !report(w, 0)) {
		(void)closedir(dir); /* not even read */
		errno = ECANCELED;
		return -1;
	}
	while (errno = 0, (e = readdir(dir)) != NULL) {
		if (take_name(w, states, dir, e, names) == 0)
			continue;
		error = errno;
		(void)closedir(dir); /* only read */
		errno = error;
		return -1;
	}
	error = errno;
	(void)closedir(dir); /* only read */
	return error == 0 ? 0 : report_trouble(w, error);
}

/* One name that was read.  Restores the path. */
static int
enter_name(struct walk *w, const struct name *name, const char *text)
{
	size_t used = w->used;
	int rc = 0;

	if (!append(w, text, strlen(text)))
		return report_trouble(w, ENAMETOOLONG);
	if (name->found && !w->directories && !report(w, 0))
		rc = -1;
	if (rc == 0 && name->next != 0)
		rc = visit(w, name->next);
	w->used = used;
	return rc;
}

/* The pattern ends in a literal: is it there? */
static int
find_literal(struct walk *w)
{
	struct stat st;

	if (w->directories)
		return 0;
	if (!w->loose && lstat(w->path, &st) == -1)
		return report_trouble(w, errno);
	return report(w, 0) ? 0 : -1;
}

/* A literal needs no reading of the directory.  Restores the path. */
static int
enter_literal(struct walk *w, size_t i)
{
	const struct pattern_part *part = &w->parts.list[i];
	char name[2 * NAME_MAX];
	size_t used = w->used, length;
	int rc;

	if (part->length > 2 * NAME_MAX)
		return report_trouble(w, ENAMETOOLONG);
	length = wildcard_unescape(part->text, part->length, name);
	if (!append(w, name, length))
		return report_trouble(w, ENAMETOOLONG);
	rc = i + 1 == w->parts.count ? find_literal(w)
				     : visit(w, states_at(&w->parts, i + 1));
	w->used = used;
	return rc;
}

static int
visit(struct walk *w, uint64_t states)
{
	struct names names;
	size_t i, only;
	int rc;

	for (only = 0; (states >> only & 1) == 0; only++)
		;
	if (states >> only == 1 && w->parts.list[only].literal)
		return enter_literal(w, only);
	if (w->depth == WALK_DEPTH_MAX)
		return report_trouble(w, ELOOP);
	memset(&names, 0, sizeof(names));
	w->depth++;
	rc = read_names(w, states, &names);
	if (rc == 0)
		rc = names_sort(&names);
	for (i = 0; rc == 0 && i < names.count; i++)
		rc = enter_name(
		    w, &names.list[i], names.text + names.list[i].text);
	w->depth--;
	names_fini(&names);
	return rc;
}

/* Its path need not be cleared. */
static void
begin(struct walk *w, walk_fn *fn, void *arg)
{
	w->used = 0;
	w->depth = 0;
	w->loose = w->directories = false;
	w->room = NULL;
	w->fn = fn;
	w->arg = arg;
}

static int
walk(struct walk *w, const char *pattern)
{
	if (pattern_fault(pattern) != NULL ||
	    !pattern_cut(pattern, &w->parts)) {
		errno = EINVAL;
		return -1;
	}
	return visit(w, states_at(&w->parts, 0));
}

int
walk_pattern(const char *pattern, walk_fn *fn, void *arg)
{
	struct walk w;

	begin(&w, fn, arg);
	w.loose = pattern_is_literal(pattern);
	return walk(&w, pattern);
}

int
walk_loosely(const char *pattern, size_t *room, walk_fn *fn, void *arg)
{
	struct walk w;

	begin(&w, fn, arg);
	w.loose = true;
	w.room = room;
	return walk(&w, pattern);
}

int
walk_directories(const char *pattern, size_t *room, walk_fn *fn, void *arg)
{
	struct walk w;

	begin(&w, fn, arg);
	w.directories = true;
	w.room = room;
	return walk(&w, pattern);
}
