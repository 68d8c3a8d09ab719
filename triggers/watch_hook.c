#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/pattern.h"
#include "triggers/watch_hook.h"

struct want *
watch_hook_want(const struct watch_tree *t, const struct ref *ref)
{
	return t->wants.slots[ref->want];
}

/*
 * The components that a ref asks of the names in its directory: the next one,
 * and after "**", which may stand for nothing, the one behind it too.  "off"
 * begins as ref->off; returns false when there are no more.
 */
static bool
next_part(const struct watch_tree *t, const struct ref *ref, int *off,
    struct part *part)
{
	if (*off < 0)
		return false;
	*part = want_part(watch_hook_want(t, ref), (uint16_t)*off);
	*off = part->kind == PART_ANY ? part->next : -1;
	return true;
}

bool
watch_hook_content(const struct watch_tree *t, const struct ref *ref)
{
	struct part part;
	int off = ref->off;

	while (next_part(t, ref, &off, &part))
		if (part.last && part.kind != PART_END)
			return true;
	return false;
}

static bool
is_step(const struct part *part, const char *name)
{
	if (part->kind == PART_ANY)
		return name[0] != '.';
	return (part->kind == PART_PLAIN || part->kind == PART_GLOB) &&
	       pattern_matches_name(part->text, part->len, name);
}

void
watch_hook_note(struct watch_tree *t, const struct want *want, const char *path)
{
	struct topic *topic = want->topic;
	bool fresh = !topic->noted;

	if (topic == t->adding || topic->gone || (topic->late && t->arming))
		return; /* it is asked about anyway; or never */
	topic_note(&t->wants, topic);
	/* A path found through a link is not one that the topic knows. */
	if (path == NULL || want->links > 0)
		topic->named = false;
	else if (strcmp(t->named, path) == 0)
		topic->named = fresh || topic->named;
	else if (t->named[0] == '\0' && strlen(path) < PATH_MAX) {
		topic->named = fresh || topic->named;
		memcpy(t->named, path, strlen(path) + 1);
	} else
		topic->named = false;
}

void
watch_hook_note_refs(struct watch_tree *t, struct place *p, bool ends_only)
{
	char path[PATH_MAX];
	const struct want *want;
	struct ref *ref;
	size_t i;
	bool end;

	for (i = 0; i < p->ref_count; i++) {
		ref = &place_refs(p)[i];
		want = watch_hook_want(t, ref);
		end = want_part(want, ref->off).kind == PART_END;
		if (end && place_path(p, path, sizeof(path)) != -1)
			watch_hook_note(t, want, path);
		else if (end || !ends_only)
			watch_hook_note(t, want, NULL);
	}
}

void
watch_hook_note_below(struct watch_tree *t, struct place *p)
{
	struct place *q;
	size_t i;

	for (q = p; q != NULL; q = place_after(q, p))
		for (i = 0; i < q->ref_count; i++)
			watch_hook_note(
			    t, watch_hook_want(t, &place_refs(q)[i]), NULL);
}

/* Go down one literal component. */
static struct place *
step_down(struct watch_tree *t, struct place *p, const struct part *part)
{
	char name[NAME_MAX + 1];
	struct place *child;
	bool made, first = p->child == NULL;

	if (!part_name(part, name))
		return NULL; /* no file can have that name */
	child = place_make(&t->places, p, name, &made);
	if (child == NULL)
		t->starved = true;
	/* With its first child a place is wanted as a directory. */
	if (first)
		place_push(&t->places, p);
	if (made)
		place_push(&t->places, child);
	return child;
}

/* Look again at a place that is asked for something new. */
static void
look_again(struct watch_tree *t, struct place *p, uint8_t flags)
{
	p->flags |= flags;
	place_push(&t->places, p);
}

void
watch_hook_add(struct watch_tree *t, struct place *p, struct ref ref)
{
	const struct want *want = watch_hook_want(t, &ref);
	struct part part = want_part(want, ref.off);
	int added;

	/* The last name of a pattern with wildcards gets no place: there may
	 * be as many as directories. */
	while (part.kind == PART_PLAIN && !(want->wild && part.last)) {
		if (p->kind == PLACE_LINK)
			look_again(t, p, PLACE_LOOK);
		if (part.last && (p->flags & PLACE_CONTENT) == 0)
			look_again(t, p, PLACE_CONTENT);
		p = step_down(t, p, &part);
		if (p == NULL)
			return;
		ref.off = part.next;
		part = want_part(want, ref.off);
	}
	added = place_add_ref(p, &ref);
	if (added == -1)
		t->starved = true;
	if (added == 1) {
		if (watch_hook_content(t, &ref))
			p->flags |= PLACE_CONTENT;
		look_again(t, p, PLACE_LOOK);
	}
}

/* What is not there, or no link, is unknown, and an event will tell; anything
 * else is trouble. */
static enum watch_type
unknown(int *error)
{
	if (errno != ENOENT && errno != ENOTDIR && errno != EINVAL)
		*error = errno;
	return WATCH_IS_UNKNOWN;
}

/* Ask the disk what a name in p is; "last": only whether it is a link, which
 * costs less than to ask for everything.  In trouble *error is errno. */
static enum watch_type
type_at(const struct watch_tree *t, const struct place *p, const char *name,
    bool last, int *error)
{
	char path[PATH_MAX + NAME_MAX + 2], target[1];
	struct stat st;
	int n = place_path(p, path, PATH_MAX);

	if (n == -1)
		return WATCH_IS_UNKNOWN;
	path[n] = '/'; /* twice, in the root */
	memcpy(path + n + 1, name, strlen(name) + 1);
	if (t->ops->avoids(path, t->arg))
		return WATCH_IS_DIR; /* a mount point; its place will tell */
	if (last)
		return readlink(path, target, sizeof(target)) == -1
			   ? unknown(error)
			   : WATCH_IS_LINK;
	if (lstat(path, &st) == -1)
		return unknown(error);
	if (S_ISLNK(st.st_mode))
		return WATCH_IS_LINK;
	return S_ISDIR(st.st_mode) ? WATCH_IS_DIR : WATCH_IS_UNKNOWN;
}

/* A name that matches this part of a ref of p has appeared. */
static void
take_step(struct watch_tree *t, struct place *p, struct ref ref,
    const struct part *part, const char *name, enum watch_type type)
{
	struct place *child;
	bool made, through = part->kind != PART_ANY;

	if (type == WATCH_IS_UNKNOWN)
		return;
	if (type == WATCH_IS_LINK ? !through : through && part->last)
		return;
	if (!through && place_depth(p) >= WATCH_DEPTH_MAX)
		return;
	child = place_make(&t->places, p, name, &made);
	if (child == NULL) {
		t->starved = true;
		return;
	}
	if (made)
		watch_hook_note(t, watch_hook_want(t, &ref), NULL);
	if (through)
		ref.off = part->next;
	ref.grown = (uint16_t)place_depth(child);
	watch_hook_add(t, child, ref);
}

int
watch_hook_appeared(struct watch_tree *t, struct place *p, const char *name,
    enum watch_type type)
{
	struct part part;
	struct ref ref;
	size_t i;
	int off, error = 0;
	bool last, known = type != WATCH_IS_UNKNOWN, known_link = known;

	for (i = 0; i < p->ref_count; i++) {
		ref = place_refs(p)[i];
		off = ref.off;
		while (next_part(t, &ref, &off, &part)) {
			if (!is_step(&part, name))
				continue;
			last = part.last && part.kind != PART_ANY;
			if (!(last ? known_link : known))
				type = type_at(t, p, name, last, &error);
			known = known || !last;
			known_link = true;
			take_step(t, p, ref, &part, name, type);
		}
	}
	errno = error;
	return error == 0 ? 0 : -1;
}

void
watch_hook_names(
    struct watch_tree *t, struct place *p, const char *name, bool came_or_went)
{
	char path[PATH_MAX + NAME_MAX + 2];
	struct part part;
	struct ref *ref;
	size_t i;
	int off, n = place_path(p, path, PATH_MAX);

	if (n == 1)
		n = 0; /* the root: its path is its slash */
	if (n != -1) {
		path[n] = '/';
		path[n + 1] = '\0';
		strncat(path + n + 1, name, NAME_MAX);
	}
	for (i = 0; i < p->ref_count; i++) {
		ref = &place_refs(p)[i];
		off = ref->off;
		while (next_part(t, ref, &off, &part)) {
			if (part.kind == PART_END && came_or_went)
				watch_hook_note(
				    t, watch_hook_want(t, ref), NULL);
			else if (part.last && is_step(&part, name))
				watch_hook_note(t, watch_hook_want(t, ref),
				    n == -1 ? NULL : path);
		}
	}
}

/* All names are to be read. */
static int
open_dir(struct watch_tree *t, struct place *p)
{
	char path[PATH_MAX];

	if (place_path(p, path, sizeof(path)) == -1)
		return -1;
	t->dir = opendir(path);
	if (t->dir != NULL)
		return 0;
	/* Gone or changed: an event will tell. */
	return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
}

static int
read_name(struct watch_tree *t, const struct dirent *entry)
{
	enum watch_type type = WATCH_IS_UNKNOWN;

	if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
		return 0;
	if (entry->d_type == DT_DIR)
		type = WATCH_IS_DIR;
	else if (entry->d_type == DT_LNK)
		type = WATCH_IS_LINK;
	else if (entry->d_type != DT_UNKNOWN)
		return 0;
	return watch_hook_appeared(t, t->looking, entry->d_name, type);
}

int
watch_hook_read(struct watch_tree *t)
{
	struct dirent *entry;

	for (; t->budget > 0; t->budget--) {
		errno = 0;
		entry = readdir(t->dir);
		if (entry == NULL || read_name(t, entry) == -1)
			break;
	}
	if (t->budget <= 0)
		return 1;
	t->error = errno;
	(void)closedir(t->dir); /* it was only read */
	t->dir = NULL;
	errno = t->error;
	return errno == 0 ? 0 : -1;
}

int
watch_hook_look(struct watch_tree *t, struct place *p)
{
	char name[NAME_MAX + 1];
	struct part part;
	struct ref *ref;
	size_t i;
	int error = 0;

	for (i = 0; i < p->ref_count; i++) {
		ref = &place_refs(p)[i];
		part = want_part(watch_hook_want(t, ref), ref->off);
		if (part.kind == PART_GLOB || part.kind == PART_ANY)
			return open_dir(t, p);
	}
	for (i = 0; i < p->ref_count; i++) {
		ref = &place_refs(p)[i];
		part = want_part(watch_hook_want(t, ref), ref->off);
		if (part.kind == PART_PLAIN && part_name(&part, name) &&
		    watch_hook_appeared(t, p, name, WATCH_IS_UNKNOWN) == -1)
			error = errno;
	}
	errno = error;
	return error == 0 ? 0 : -1;
}
