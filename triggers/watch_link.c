/*
 * watch_link - where a want goes on behind a symbolic link, or above.
 */

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "triggers/watch_link.h"

bool
watch_link_derives(const struct watch_tree *t, struct place *p)
{
	struct ref *ref;
	size_t i;

	if (p->kind == PLACE_LINK)
		return true;
	for (i = 0; i < p->ref_count; i++) {
		ref = &place_refs(p)[i];
		if (want_part(watch_hook_want(t, ref), ref->off).kind ==
		    PART_UP)
			return true;
	}
	return false;
}

void
watch_link_relink(struct watch_tree *t, struct place *p)
{
	struct place *q;
	size_t i;

	for (q = p; q != NULL; q = place_after(q, p))
		for (i = 0; i < q->ref_count; i++)
			watch_hook_want(t, &place_refs(q)[i])->topic->relink =
			    true;
	t->relink = true;
}

/* Make a want of what is left of another one behind "text", a pattern. */
static void
derive(struct watch_tree *t, const struct want *from, const char *text)
{
	struct want *want;
	bool made;

	if (from->links >= WANT_LINKS_MAX)
		return; /* a loop: there is nothing to find */
	want = want_make(
	    &t->wants, from->topic, text, from->links + 1, from->wild, &made);
	if (want == NULL)
		t->starved = t->starved || errno == ENOMEM;
	else if (made)
		watch_hook_add(
		    t, t->places.root, (struct ref){ .want = want->index });
}

/* Append the path from "top" down to p, as a pattern.  Returns the new length,
 * or 0 if it is too long. */
static size_t
quote_below(
    char *text, size_t used, const struct place *top, const struct place *p)
{
	char path[PATH_MAX];
	int skip;

	if (p == top)
		return used;
	skip = place_path(top, path, sizeof(path));
	if (skip == -1 || place_path(p, path, sizeof(path)) == -1)
		return 0;
	return want_quote(text, used, path + (top->parent == NULL ? 0 : skip));
}

/* Derive what the refs of p ask for, with "text" in the place of p; or, "up",
 * what those ask for that go on with "..", with "text" in the place of that. */
static void
derive_refs(
    struct watch_tree *t, struct place *p, char *text, size_t used, bool up)
{
	const struct want *want;
	struct part part;
	struct ref *ref;
	size_t i;
	int n;

	for (i = 0; i < p->ref_count; i++) {
		ref = &place_refs(p)[i];
		want = watch_hook_want(t, ref);
		part = want_part(want, ref->off);
		if (up && part.kind != PART_UP)
			continue;
		n = snprintf(text + used, WANT_TEXT_MAX - used, "/%s",
		    want->text + (up ? part.next : ref->off));
		if (n > 0 && (size_t)n < WANT_TEXT_MAX - used)
			derive(t, want, text);
	}
}

/* Walk on at the target of a link. */
static int
follow(struct watch_tree *t, struct place *p)
{
	char text[WANT_TEXT_MAX], path[PATH_MAX], target[PATH_MAX];
	struct place *q;
	size_t base = 0, used;
	ssize_t n;

	if (place_path(p, path, sizeof(path)) == -1)
		return -1;
	n = readlink(path, target, sizeof(target) - 1);
	if (n == -1) /* has it changed again, an event will tell */
		return errno == ENOENT || errno == ENOTDIR || errno == EINVAL
			   ? 0
			   : -1;
	target[n] = '\0';
	if (target[0] != '/')
		base = quote_below(text, 0, t->places.root, p->parent);
	base = want_quote(text, base, target);
	for (q = p; base > 0 && q != NULL; q = place_after(q, p)) {
		used = quote_below(text, base, p, q);
		if (used > 0)
			derive_refs(t, q, text, used, false);
	}
	return 0;
}

/* Walk on above p.  A place that is a directory has no links on the way to it,
 * so that the one above it is the one above its name. */
static void
go_up(struct watch_tree *t, struct place *p)
{
	char text[WANT_TEXT_MAX];
	struct place *up = p->parent == NULL ? p : p->parent;

	derive_refs(t, p, text, quote_below(text, 0, t->places.root, up), true);
}

int
watch_link_follow(struct watch_tree *t, struct place *p)
{
	if (p->kind == PLACE_LINK)
		return follow(t, p);
	if (watch_link_derives(t, p))
		go_up(t, p);
	return 0;
}
