#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/pattern.h"
#include "daemon/sources.h"
#include "daemon/walk.h"

/* What a walk needs to know. */
struct gather {
	const struct rule *rule;
	struct stamp_set *now;
	enum stamp_origin origin;
	struct sources_room *room; /* NULL: for all */
	bool full;                 /* it was not enough */
};

/* A path without a stamp yet, or trouble, which is one. */
static bool
on_path(const char *path, int error, void *arg)
{
	struct gather *g = arg;
	struct stamp stamp;

	memset(&stamp, 0, sizeof(stamp));
	stamp.state = STAMP_ABSENT;
	if (error != 0) {
		stamp.state = STAMP_UNKNOWN;
		stamp.error = error;
	} else if (g->origin == STAMP_MATCH && g->rule->target != NULL &&
		   strcmp(path, g->rule->target) == 0) {
		return true;
	}
	if (g->room != NULL && g->now->count >= g->room->paths) {
		g->full = true;
		errno = EFBIG;
		return false;
	}
	return stamp_set_add(g->now, path, g->origin, &stamp) == 0;
}

/* A literal stands for its path, there or not: that needs no walk. */
static int
gather_literal(struct gather *g, const char *pattern)
{
	char path[PATH_MAX];

	if (strlen(pattern) >= sizeof(path)) {
		errno = ENAMETOOLONG; /* the configuration lets none pass */
		return -1;
	}
	pattern_unescape(pattern, path);
	return on_path(path, 0, g) ? 0 : -1;
}

static int
compare_patterns(const void *a, const void *b)
{
	return pattern_compare(
	    *(const char *const *)a, *(const char *const *)b);
}

/* Add the paths that the rule names: those of each pattern are sorted, and
 * patterns in order mostly leave nothing to sort.  On failure "path" is the
 * pattern. */
static int
gather_named(struct gather *g, char *path, size_t size)
{
	size_t *room = g->room != NULL ? &g->room->names : NULL;
	const char **patterns;
	size_t i, count = 0;
	bool literal;
	int rc = 0;

	while (g->rule->sources[count] != NULL)
		count++;
	patterns = reallocarray(NULL, count + 1, sizeof(*patterns));
	if (patterns == NULL)
		return -1;
	for (i = 0; i < count; i++)
		patterns[i] = g->rule->sources[i];
	qsort(patterns, count, sizeof(*patterns), compare_patterns);
	for (i = 0; i < count && rc == 0; i++) {
		literal = pattern_is_literal(patterns[i]);
		g->origin = literal ? STAMP_LITERAL : STAMP_MATCH;
		rc = literal ? gather_literal(g, patterns[i])
			     : walk_loosely(patterns[i], room, on_path, g);
		if (rc == -1 && errno == ECANCELED)
			errno = g->full ? EFBIG : ENOMEM; /* by on_path() */
		if (rc == -1)
			snprintf(path, size, "%s", patterns[i]);
	}
	free(patterns);
	return rc;
}

/* Add what the last run said it had read too. */
static int
gather_deps(struct gather *g, const struct stamp_set *past)
{
	size_t i;

	g->origin = STAMP_DEP;
	for (i = 0; i < past->count; i++) {
		if (past->entries[i].origin == STAMP_DEP &&
		    !on_path(stamp_set_path(past, i), 0, g))
			return -1;
	}
	return 0;
}

/* Where the last component of an absolute path begins. */
static const char *
base_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

/*
 * The directory of the paths that are being stamped.  Most of a stat is the
 * walk along the path; files that lie side by side, as they do in a sorted set,
 * are spared it.
 */
struct place {
	int fd;
	const char *path; /* any path in that directory, or NULL */
	size_t length;    /* of it, up to and with the slash */
};

static void
place_close(struct place *place)
{
	if (place->fd != AT_FDCWD)
		(void)close(place->fd); /* nothing was written */
	place->fd = AT_FDCWD;
}

/* Go to the directory of path i, if it is worth it, and return the path from
 * there. */
static const char *
place_enter(struct place *place, const struct stamp_set *set, size_t i)
{
	const char *path = stamp_set_path(set, i), *next, *name;
	char dir[PATH_MAX];

	if (place->path != NULL &&
	    strncmp(path, place->path, place->length) == 0 &&
	    strchr(path + place->length, '/') == NULL)
		return place->fd == AT_FDCWD ? path : path + place->length;
	place_close(place);
	name = base_name(path);
	place->path = path;
	place->length = (size_t)(name - path);
	next = i + 1 < set->count ? stamp_set_path(set, i + 1) : "";
	if (strncmp(path, next, place->length) != 0 ||
	    place->length >= sizeof(dir)) {
		place->path = NULL;
		return path;
	}
	memcpy(dir, path, place->length);
	dir[place->length] = '\0';
	place->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (place->fd != -1)
		return name;
	place->fd = AT_FDCWD; /* the whole path will tell why */
	return path;
}

/* The stamp of "path" in a sorted set, or NULL.  *from is where the search
 * begins and where that of the next path, a later one, goes on. */
static const struct stamp *
find_from(const struct stamp_set *set, size_t *from, const char *path)
{
	for (; *from < set->count; ++*from) {
		if (strcmp(path, stamp_set_path(set, *from)) == 0)
			return &set->entries[(*from)++].stamp;
		if (pattern_compare(path, stamp_set_path(set, *from)) < 0)
			break;
	}
	return NULL;
}

/* Where in the sets of stamps from before the next path may be. */
struct before {
	const struct stamp_set *past, *tried;
	size_t from_past, from_tried;
	int64_t *room; /* bytes that may be read; NULL: any */
};

/* Stamp one path so that it can be compared with both stamps from before. */
static void
stamp_one(int dir_fd, const char *name, const char *path, bool content,
    int64_t began, struct before *before, struct stamp *out)
{
	const struct stamp *then, *tried;

	then = find_from(before->past, &before->from_past, path);
	tried = find_from(before->tried, &before->from_tried, path);
	stamp_take_within(
	    dir_fd, name, content, began, then, before->room, out);
	if (tried != NULL && tried->racy && !out->hashed)
		stamp_take_within(
		    dir_fd, name, content, began, tried, before->room, out);
}

static bool
is_used_up(const struct before *before)
{
	return before->room != NULL && *before->room < 0;
}

/* Stamp all paths, each beside its last stamps, as far as there is room; a
 * match that has gone since the walk is none. */
static void
stamp_all(
    struct stamp_set *now, struct before *before, bool content, int64_t began)
{
	struct place place = { AT_FDCWD, NULL, 0 };
	struct stamp_entry *e;
	const char *name;
	size_t i, kept = 0;

	for (i = 0; i < now->count && !is_used_up(before); i++) {
		e = &now->entries[i];
		if (e->stamp.state != STAMP_UNKNOWN) {
			name = place_enter(&place, now, i);
			stamp_one(place.fd, name, stamp_set_path(now, i),
			    content, began, before, &e->stamp);
		}
		if (e->origin == STAMP_MATCH && e->stamp.state == STAMP_ABSENT)
			continue;
		if (kept != i)
			now->entries[kept] = *e;
		kept++;
	}
	now->count = kept;
	place_close(&place);
}

int
sources_look(const struct rule *rule, const struct stamp_set *past,
    const struct stamp_set *tried, struct sources_room *room,
    struct stamp_set *now, char *path, size_t size)
{
	struct before before = { past, tried, 0, 0,
		room != NULL ? &room->bytes : NULL };
	struct gather g = { .rule = rule, .now = now, .room = room };
	int64_t began = stamp_clock();

	/* Mostly it will be as many as last time. */
	if (stamp_set_reserve(now, past->count + 1, past->text_used) == -1 ||
	    gather_named(&g, path, size) == -1 || gather_deps(&g, past) == -1 ||
	    gather_deps(&g, tried) == -1)
		return -1;
	stamp_set_sort(now);
	stamp_all(now, &before, rule->content, began);
	errno = EFBIG;
	return is_used_up(&before) ? -1 : 0;
}
