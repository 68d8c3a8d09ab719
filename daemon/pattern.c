/*
 * pattern - names of files with wildcards, and the walk that finds them.
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
#include <stdlib.h>
#include <string.h>

#include "daemon/names.h"
#include "daemon/pattern.h"
#include "daemon/wildcard.h"

struct part {
	const char *text;
	size_t length;
	bool literal;
	bool any_depth; /* "**" */
};

struct parts {
	struct part list[PATTERN_PARTS_MAX + 1]; /* a final "**" makes two */
	size_t count;
};

struct walk {
	struct parts parts;
	char path[PATH_MAX];
	size_t used; /* bytes of the path; no slash at its end */
	size_t depth;
	bool loose;
	pattern_fn *fn;
	void *arg;
};

static int visit(struct walk *w, uint64_t states);

bool
pattern_matches_name(const char *component, size_t n, const char *name)
{
	return wildcard_match(component, n, name, strlen(name));
}

/* The next component from *p on, "/" skipped.  False at the end. */
static bool
next_component(const char **p, const char **text, size_t *length)
{
	*p += strspn(*p, "/");
	*text = *p;
	*length = strcspn(*p, "/");
	*p += *length;
	return *length > 0;
}

const char *
pattern_fault(const char *pattern)
{
	const char *p = pattern, *text, *fault;
	size_t length, count = 0;

	if (*pattern != '/')
		return "relative path";
	if (pattern[strlen(pattern) - 1] == '/')
		return "slash at the end";
	if (strlen(pattern) >= PATH_MAX)
		return "path too long";
	while (next_component(&p, &text, &length)) {
		if (++count > PATTERN_PARTS_MAX)
			return "too many components";
		fault = wildcard_fault(text, length);
		if (fault != NULL)
			return fault;
	}
	return NULL;
}

bool
pattern_is_literal(const char *pattern)
{
	return wildcard_is_literal(pattern, strlen(pattern));
}

void
pattern_unescape(const char *pattern, char *path)
{
	const char *text;
	size_t length;

	while (next_component(&pattern, &text, &length)) {
		*path++ = '/';
		path += wildcard_unescape(text, length, path);
	}
	*path = '\0';
}

bool
pattern_escape(const char *path, char *pattern, size_t size)
{
	size_t n = 0;

	for (; *path != '\0'; path++) {
		if (n + 3 > size)
			return false;
		if (strchr("*?[\\", *path) != NULL)
			pattern[n++] = '\\';
		pattern[n++] = *path;
	}
	pattern[n] = '\0';
	return true;
}

int
pattern_compare(const char *a, const char *b)
{
	unsigned char x, y;

	while (*a == *b && *a != '\0') {
		a++;
		b++;
	}
	if (*a == *b)
		return 0;
	x = (unsigned char)*a;
	y = (unsigned char)*b;
	if (x == '\0' || y == '\0')
		return x == '\0' ? -1 : 1;
	/* A component ends where its path has a slash: before every byte. */
	if (x == '/' || y == '/')
		return x == '/' ? -1 : 1;
	return x < y ? -1 : 1;
}

/* Returns false if there are too many. */
static bool
cut_parts(const char *pattern, struct parts *parts)
{
	const char *text;
	size_t length;
	struct part *part;

	parts->count = 0;
	while (next_component(&pattern, &text, &length)) {
		if (parts->count == PATTERN_PARTS_MAX)
			return false;
		part = &parts->list[parts->count++];
		part->text = text;
		part->length = length;
		part->literal = wildcard_is_literal(text, length);
		part->any_depth = wildcard_is_any_depth(text, length);
	}
	/* "**" at the end stands for all that is below. */
	part = &parts->list[parts->count];
	if (parts->count > 0 && part[-1].any_depth) {
		*part = part[-1];
		part->length = 1;
		part->any_depth = false;
		parts->count++;
	}
	return true;
}

/*
 * Matching by text, for a path that may not exist.  When parts after a
 * "**" do not match, it is enough to let the last "**" take one name more: an
 * earlier one could only take names that the last one may take too.
 */
bool
pattern_matches(const char *pattern, const char *path)
{
	struct parts parts;
	const char *name, *resume = NULL;
	size_t length, i = 0, star = 0;

	if (!cut_parts(pattern, &parts))
		return false;
	for (;;) {
		if (i < parts.count && parts.list[i].any_depth) {
			star = ++i;
			resume = path;
			continue;
		}
		if (!next_component(&path, &name, &length)) {
			if (i == parts.count)
				return true;
		} else if (i < parts.count &&
			   wildcard_match(parts.list[i].text,
			       parts.list[i].length, name, length)) {
			i++;
			continue;
		}
		if (resume == NULL ||
		    !next_component(&resume, &name, &length) || *name == '.')
			return false;
		i = star;
		path = resume;
	}
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
states_at(const struct parts *parts, size_t i)
{
	uint64_t states = UINT64_C(1) << i;

	while (parts->list[i].any_depth)
		states |= UINT64_C(1) << ++i;
	return states;
}

/* Go from a set of states by one name to the next set, and see if the whole
 * pattern matches. */
static uint64_t
advance(const struct parts *parts, uint64_t states, const char *name, int type,
    bool *found)
{
	const struct part *part;
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

/* Keep the names of the directory at w->path that lead on or are matches.
 * Returns 0, also after trouble was reported, or -1 with errno. */
static int
read_names(struct walk *w, uint64_t states, struct names *names)
{
	struct dirent *e;
	uint64_t next;
	DIR *dir;
	bool found;
	int error = 0;

	dir = opendir(w->used == 0 ? "/" : w->path);
	if (dir == NULL)
		return report_trouble(w, errno);
	while (errno = 0, (e = readdir(dir)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		next = advance(
		    &w->parts, states, e->d_name, entry_type(dir, e), &found);
		if (!found && next == 0)
			continue;
		if (names_add(names, e->d_name, next, found) == -1) {
			(void)closedir(dir); /* only read */
			errno = ENOMEM;
			return -1;
		}
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
	if (name->found && !report(w, 0))
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

	if (!w->loose && lstat(w->path, &st) == -1)
		return report_trouble(w, errno);
	return report(w, 0) ? 0 : -1;
}

/* A literal needs no reading of the directory.  Restores the path. */
static int
enter_literal(struct walk *w, size_t i)
{
	const struct part *part = &w->parts.list[i];
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
	if (w->depth == PATTERN_DEPTH_MAX)
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

static int
walk(const char *pattern, bool loose, pattern_fn *fn, void *arg)
{
	struct walk w;

	if (pattern_fault(pattern) != NULL || !cut_parts(pattern, &w.parts)) {
		errno = EINVAL;
		return -1;
	}
	w.used = 0;
	w.depth = 0;
	w.loose = loose || pattern_is_literal(pattern);
	w.fn = fn;
	w.arg = arg;
	return visit(&w, states_at(&w.parts, 0));
}

int
pattern_walk(const char *pattern, pattern_fn *fn, void *arg)
{
	return walk(pattern, false, fn, arg);
}

int
pattern_walk_loose(const char *pattern, pattern_fn *fn, void *arg)
{
	return walk(pattern, true, fn, arg);
}
