#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "triggers/watch_arm.h"
#include "triggers/watch_link.h"
#include "triggers/watch_tree.h"

int
watch_tree_init(struct watch_tree *t, const struct watch_ops *ops, void *arg)
{
	memset(t, 0, sizeof(*t));
	want_set_init(&t->wants);
	t->ops = ops;
	t->arg = arg;
	t->budget = LONG_MAX;
	t->armed = true;
	t->named = calloc(1, PATH_MAX);
	if (t->named == NULL || place_tree_init(&t->places) == -1) {
		watch_tree_fini(t);
		return -1;
	}
	return 0;
}

void
watch_tree_fini(struct watch_tree *t)
{
	if (t->dir != NULL)
		(void)closedir(t->dir); /* it was only read */
	t->dir = NULL;
	place_tree_fini(&t->places);
	want_set_fini(&t->wants);
	free(t->named);
	t->named = NULL;
}

/* Free the wants marked dead, and what refers to them.  One walk through the
 * memory, without a system call: some 5 ms for 100,000 directories. */
static void
bury(struct watch_tree *t)
{
	struct place *p;
	uint32_t n;
	size_t i;

	for (p = t->places.root; p != NULL; p = place_after(p, t->places.root))
		for (i = p->ref_count; i-- > 0;)
			if (t->wants.slots[place_refs(p)[i].want]->dead)
				place_cut_ref(p, i);
	for (n = 0; n < t->wants.slot_count; n++)
		if (t->wants.slots[n] != NULL && t->wants.slots[n]->dead)
			want_free(&t->wants, t->wants.slots[n]);
	t->places.cursor = place_deepest(t->places.root);
}

/* Topics were dropped and not added again, or not with all their patterns. */
static void
bury_dropped(struct watch_tree *t)
{
	struct topic *topic, *next;
	struct want *want;
	uint32_t i;

	for (i = 0; i < t->wants.slot_count; i++) {
		want = t->wants.slots[i];
		if (want == NULL)
			continue;
		if (want->dead && !want->topic->gone)
			t->relink = want->topic->relink = true;
		if (want->topic->gone)
			want_kill(&t->wants, want);
	}
	bury(t);
	for (topic = t->wants.topics; topic != NULL; topic = next) {
		next = topic->next;
		if (topic->gone)
			topic_free(&t->wants, topic);
	}
}

/* Have every place looked at that derives wants. */
static void
queue_links(struct watch_tree *t)
{
	struct place *p;

	for (p = t->places.root; p != NULL; p = place_after(p, t->places.root))
		if (watch_link_derives(t, p)) {
			p->flags |= PLACE_LOOK;
			place_push(&t->places, p);
		}
}

/* Make anew the derived wants of topics one of whose links has changed.  What
 * happens at their places until these are looked at again has no want. */
static void
relink(struct watch_tree *t)
{
	struct want *want;
	struct topic *topic;
	uint32_t i;

	t->relink = false;
	for (i = 0; i < t->wants.slot_count; i++) {
		want = t->wants.slots[i];
		if (want != NULL && want->links > 0 && want->topic->relink)
			want_kill(&t->wants, want);
	}
	for (topic = t->wants.topics; topic != NULL; topic = topic->next) {
		t->armed = t->armed && !topic->relink;
		topic->arming = topic->arming || topic->relink;
		topic->relink = false;
	}
	bury(t);
	queue_links(t);
}

/* Everything has been looked at: who is healthy now? */
static void
end_blame(struct watch_tree *t)
{
	struct topic *topic;
	bool healthy = t->places.failed == 0;

	if (!t->blamed || !(healthy || t->retried))
		return;
	t->blamed = !healthy;
	t->retried = false;
	for (topic = t->wants.topics; topic != NULL; topic = topic->next) {
		if (!healthy && topic->blamed != 0)
			continue;
		t->news = t->news || topic->reported;
		topic->error = topic->blamed = 0;
		topic->reported = false;
	}
}

/* Every watch is set.  Who had to wait for that is asked about now: first the
 * watch, then the look. */
static void
end_arming(struct watch_tree *t)
{
	struct topic *topic = t->armed ? NULL : t->wants.topics;

	t->armed = true;
	for (; topic != NULL; topic = topic->next) {
		topic->arming = false;
		if (!topic->late)
			continue;
		topic->late = false;
		t->news = true;
		topic_note(&t->wants, topic);
		topic->named = false;
	}
	end_blame(t);
}

/* Others have their turn. */
static void
pause_arming(struct watch_tree *t)
{
	struct topic *topic;

	for (topic = t->wants.topics; topic != NULL; topic = topic->next) {
		t->news = t->news || (topic->arming && !topic->late);
		topic->late = topic->late || topic->arming;
	}
}

bool
watch_tree_is_busy(const struct watch_tree *t)
{
	return !watch_arm_is_done(t) || t->relink || t->wants.dead > 0 ||
	       t->places.cursor != NULL;
}

void
watch_tree_work(struct watch_tree *t)
{
	if (t->wants.dead > 0)
		bury_dropped(t);
	watch_arm_run(t);
	while (t->relink && watch_arm_is_done(t)) {
		relink(t);
		watch_arm_run(t);
	}
	if (!watch_arm_is_done(t)) {
		pause_arming(t);
		return;
	}
	end_arming(t);
	watch_arm_sweep(t);
}

int
watch_tree_add(struct watch_tree *t, unsigned id, const char *pattern)
{
	struct topic *topic = topic_make(&t->wants, id);
	struct want *want;
	bool made;

	if (topic == NULL)
		return -1;
	want = want_make(&t->wants, topic, pattern, 0, false, &made);
	if (want == NULL)
		return -1;
	if (!made)
		return 0;
	topic->arming = true;
	t->armed = false;
	t->adding = topic;
	watch_hook_add(t, t->places.root, (struct ref){ .want = want->index });
	watch_arm_run(t);
	if (!watch_arm_is_done(t))
		pause_arming(t);
	else if (!t->relink)
		end_arming(t);
	t->adding = NULL;
	if (t->starved) {
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

void
watch_tree_drop(struct watch_tree *t, unsigned id)
{
	struct topic *topic = topic_find(&t->wants, id);

	if (topic != NULL)
		topic_drop(&t->wants, topic);
}

void
watch_tree_begin(struct watch_tree *t, unsigned id)
{
	struct topic *topic = topic_find(&t->wants, id);

	if (topic != NULL)
		topic_begin(&t->wants, topic);
}

void
watch_tree_end(struct watch_tree *t, unsigned id)
{
	struct topic *topic = topic_find(&t->wants, id);

	if (topic != NULL)
		topic_end(&t->wants, topic);
}

/* A name in one of the places of a directory. */
static void
take_name(
    struct watch_tree *t, struct place *p, const char *name, unsigned what)
{
	struct place *child = place_child(&t->places, p, name);
	bool moved = (what & EVENTS_NAMES) != 0;

	watch_hook_names(t, p, name, moved);
	if (child != NULL) {
		watch_hook_note_refs(t, child, true);
		if (moved && child->kind == PLACE_LINK) {
			watch_hook_note_below(t, child);
			watch_link_relink(t, child);
		}
		if (moved || child->kind == PLACE_FAILED)
			place_push(&t->places, child);
	}
	if (!moved || watch_hook_appeared(t, p, name,
			  (what & EVENTS_ISDIR) != 0 ? WATCH_IS_DIR
						     : WATCH_IS_UNKNOWN) == 0)
		return;
	/* The directory may know, or has no watch until it does. */
	p->flags |= PLACE_LOOK;
	place_push(&t->places, p);
}

void
watch_tree_name(
    struct watch_tree *t, int handle, const char *name, unsigned what)
{
	struct place *p;
	size_t at = 0;

	/* Our own temporary files are no news to anybody. */
	if (strncmp(name, ".triggerd.", 10) == 0)
		return;
	while ((p = place_holder(&t->places, handle, &at)) != NULL)
		take_name(t, p, name, what);
	watch_tree_work(t);
}

void
watch_tree_self(struct watch_tree *t, int handle, bool moved)
{
	struct place *p;
	size_t at = 0;

	while ((p = place_holder(&t->places, handle, &at)) != NULL) {
		watch_hook_note_refs(t, p, true);
		if (moved)
			place_push(&t->places, p);
	}
	watch_tree_work(t);
}

void
watch_tree_lost(struct watch_tree *t, int handle)
{
	struct place *p;
	size_t at = 0;

	while ((p = place_holder(&t->places, handle, &at)) != NULL) {
		(void)place_unbind(&t->places, p);
		place_push(&t->places, p);
		at = 0;
	}
	watch_tree_work(t);
}

void
watch_tree_renew(struct watch_tree *t)
{
	struct place *p;

	for (p = t->places.root; p != NULL;
	     p = place_after(p, t->places.root)) {
		p->flags |= PLACE_LOOK;
		place_push(&t->places, p);
	}
	watch_link_relink(t, t->places.root);
	watch_tree_work(t);
}

void
watch_tree_retry(struct watch_tree *t)
{
	struct topic *topic;
	struct place *p;

	if (!t->blamed)
		return;
	t->retried = true;
	for (topic = t->wants.topics; topic != NULL; topic = topic->next)
		topic->blamed = 0;
	for (p = t->places.root; p != NULL; p = place_after(p, t->places.root))
		if (p->kind == PLACE_FAILED)
			place_push(&t->places, p);
	watch_tree_work(t);
}

bool
watch_tree_take(struct watch_tree *t, unsigned *id, bool *named)
{
	struct topic *topic = topic_take(&t->wants);

	if (topic == NULL) {
		t->named[0] = '\0';
		return false;
	}
	*id = topic->id;
	*named = topic->named;
	return true;
}
