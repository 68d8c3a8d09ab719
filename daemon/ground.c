#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ground.h"
#include "daemon/pattern.h"
#include "daemon/wildcard.h"

#define LINKS_MAX 40
#define FEW 4 /* sources */

size_t
ground_size(const char *list)
{
	const char *p = list;

	if (list == NULL)
		return 0;
	while (*p != '\0')
		p += strlen(p) + 1;
	return (size_t)(p - list) + 1;
}

static bool
holds(const char *list, const char *point)
{
	const char *p;

	for (p = list; p != NULL && *p != '\0'; p += strlen(p) + 1)
		if (strcmp(p, point) == 0)
			return true;
	return false;
}

static int
add_point(char **list, const char *point)
{
	size_t old = ground_size(*list), n = strlen(point) + 1;
	char *more;

	if (strcmp(point, "/") == 0 || holds(*list, point))
		return 0;
	if (old > 0)
		old--; /* the empty text goes to the new end */
	more = realloc(*list, old + n + 1);
	if (more == NULL)
		return -1;
	memcpy(more + old, point, n);
	more[old + n] = '\0';
	*list = more;
	return 0;
}

/* A path while its symbolic links are followed. */
struct way {
	char done[PATH_MAX]; /* without links */
	char rest[2 * PATH_MAX];
	int links;
};

static bool
is_local_at(const struct mounts *m, const char *path)
{
	const struct mount *mount;

	if (m->all_local)
		return true;
	mount = mounts_of(m, path);
	return mount == NULL || mount->local;
}

/* Put a link's text before what is left of the way. */
static bool
take_link(struct way *way, char *link, size_t n)
{
	char rest[sizeof(way->rest)];

	link[n] = '\0';
	if (++way->links > LINKS_MAX ||
	    snprintf(rest, sizeof(rest), "%s/%s", link, way->rest) >=
		(int)sizeof(rest))
		return false;
	memcpy(way->rest, rest, sizeof(rest));
	if (link[0] == '/')
		way->done[0] = '\0';
	return true;
}

static void
go_up(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash != NULL)
		*slash = '\0';
}

/* One component.  False at the end, or where nobody may look. */
static bool
advance(const struct mounts *m, struct way *way)
{
	char name[NAME_MAX + 1], link[PATH_MAX];
	size_t skip = strspn(way->rest, "/"), n, used = strlen(way->done);
	ssize_t length;

	n = strcspn(way->rest + skip, "/");
	if (n == 0 || n > NAME_MAX || used + n + 2 > sizeof(way->done))
		return false;
	memcpy(name, way->rest + skip, n);
	name[n] = '\0';
	memmove(
	    way->rest, way->rest + skip + n, strlen(way->rest + skip + n) + 1);
	if (strcmp(name, ".") == 0)
		return true;
	if (strcmp(name, "..") == 0) {
		go_up(way->done);
		return true;
	}
	way->done[used] = '/';
	memcpy(way->done + used + 1, name, n + 1);
	/* Nothing of a mount point itself need be known to its server. */
	if (!is_local_at(m, way->done))
		return false;
	length = readlink(way->done, link, sizeof(link) - 1);
	if (length == -1)
		return true; /* no link, or not there: the text is all */
	way->done[used] = '\0';
	return take_link(way, link, (size_t)length);
}

/* Where a path leads, as far as that can be found out without waiting. */
static void
follow(const struct mounts *m, const char *path, struct way *way)
{
	way->links = 0;
	way->done[0] = '\0';
	snprintf(way->rest, sizeof(way->rest), "%s", path);
	while (advance(m, way))
		;
	if (way->done[0] == '\0')
		strcpy(way->done, "/");
}

/* The components before the first wildcard.  Returns true if there is none. */
static bool
begin_of(const char *pattern, char *path)
{
	size_t n;

	for (;;) {
		pattern += strspn(pattern, "/");
		n = strcspn(pattern, "/");
		if (n == 0 || !wildcard_is_literal(pattern, n))
			break;
		*path++ = '/';
		path += wildcard_unescape(pattern, n, path);
		pattern += n;
	}
	*path = '\0';
	return n == 0;
}

/* Does any source lie below the point? */
static bool
has_below(const struct stamp_set *sources, const char *point)
{
	size_t low = 0, high = sources->count, middle;

	/* Few are looked at quicker than found: this is asked of each mount. */
	if (high <= FEW)
		for (; low < high; low++)
			if (mounts_is_below(
				stamp_set_path(sources, low), point))
				return true;
	/* They are sorted by component, so those below follow the point. */
	while (low < high) {
		middle = low + (high - low) / 2;
		if (pattern_compare(stamp_set_path(sources, middle), point) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < sources->count &&
	       mounts_is_below(stamp_set_path(sources, low), point);
}

static const struct mount *
mount_along(const struct mounts *m, const char *path)
{
	struct way way;

	follow(m, path, &way);
	return mounts_of(m, way.done);
}

static int
add_path(const struct mounts *m, const char *path, char **list)
{
	const struct mount *mount;

	/* Where nothing is far the path itself may be asked. */
	mount = m->all_local ? mounts_holding(m, path) : NULL;
	if (mount == NULL)
		mount = mount_along(m, path);
	return mount == NULL ? 0 : add_point(list, mounts_point(m, mount));
}

static int
add_deps(const struct mounts *m, const struct stamp_set *sources, char **list)
{
	size_t i;

	for (i = 0; i < sources->count; i++)
		if (sources->entries[i].origin == STAMP_DEP &&
		    add_path(m, stamp_set_path(sources, i), list) == -1)
			return -1;
	return 0;
}

int
ground_find(const struct mounts *m, const struct rule *rule,
    const struct stamp_set *sources, char **list)
{
	char path[PATH_MAX];
	const char *point;
	size_t i;

	for (i = 0; rule->sources[i] != NULL; i++) {
		(void)begin_of(rule->sources[i], path);
		if (add_path(m, path, list) == -1)
			return -1;
	}
	if (rule->target != NULL && add_path(m, rule->target, list) == -1)
		return -1;
	for (i = 0; i < m->count; i++) {
		point = mounts_point(m, &m->list[i]);
		if (has_below(sources, point) && add_point(list, point) == -1)
			return -1;
	}
	return add_deps(m, sources, list);
}

const char *
ground_missing(const struct mounts *m, const char *list, bool looked)
{
	const struct mount *over;
	const char *p;

	if (m->count == 0)
		return NULL; /* nothing is known */
	for (p = list; p != NULL && *p != '\0'; p += strlen(p) + 1) {
		if (mounts_shows(m, p))
			continue;
		over = mounts_of(m, p);
		if (looked || over == NULL || !over->automatic)
			return p;
	}
	return NULL;
}

static bool
path_is_local(const struct mounts *m, const char *path, bool all_below)
{
	struct way way;
	size_t i;

	follow(m, path, &way);
	if (!is_local_at(m, way.done))
		return false;
	for (i = 0; all_below && i < m->count; i++)
		if (!m->list[i].local &&
		    mounts_is_below(mounts_point(m, &m->list[i]), way.done))
			return false;
	return true;
}

bool
ground_is_local(
    const struct mounts *m, const struct rule *rule, const char *list)
{
	char path[PATH_MAX];
	const char *p;
	bool literal;
	size_t i;

	if (m->all_local)
		return true;
	for (p = list; p != NULL && *p != '\0'; p += strlen(p) + 1)
		if (!is_local_at(m, p))
			return false;
	for (i = 0; rule->sources[i] != NULL; i++) {
		literal = begin_of(rule->sources[i], path);
		if (!path_is_local(m, path, !literal))
			return false;
	}
	return rule->target == NULL || path_is_local(m, rule->target, false);
}

bool
ground_is_near(const struct mounts *m, const char *path)
{
	return m->all_local || !is_local_at(m, "/") ||
	       path_is_local(m, path, false);
}
