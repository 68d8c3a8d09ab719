#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "triggers/watch_arm.h"
#include "triggers/watch_tree.h"

int
watch_tree_init(struct watch_tree *t, const struct watch_ops *ops, void *arg)
{
	memset(t, 0, sizeof(*t));
	want_set_init(&t->wants);
	t->ops = ops;
	t->arg = arg;
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
	place_tree_fini(&t->places);
	want_set_fini(&t->wants);
	free(t->named);
	t->named = NULL;
}

/* Free the wants marked dead, and what refers to them. */
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
}

/* Have every place looked at that derives wants. */
static void
queue_links(struct watch_tree *t)
{
	struct place *p;

	for (p = t->places.root; p != NULL; p = place_after(p, t->places.root))
		if (watch_hook_derives(t, p)) {
			p->flags |= PLACE_LOOK;
			place_push(&t->places, p);
		}
}

/* Make anew the derived wants of topics one of whose links has changed. */
static void
relink(struct watch_tree *t)
{
	struct want *want;
	struct topic *topic;
	uint32_t i;

	t->relink = false;
	for (i = 0; i < t->wants.slot_count; i++) {
		want = t->wants.slots[i];
		if (want != NULL && want->links > 0)
			want->dead = want->topic->relink;
	}
	for (topic = t->wants.topics; topic != NULL; topic = topic->next)
		topic->relink = false;
	bury(t);
	queue_links(t);
	watch_arm_run(t);
	watch_arm_sweep(t);
}

/* Bring the tree in order after anything that may have changed it. */
static void
finish(struct watch_tree *t)
{
	struct topic *topic;

	watch_arm_run(t);
	while (t->relink)
		relink(t);
	if (!t->blamed || t->places.failed > 0)
		return;
	t->blamed = false;
	for (topic = t->wants.topics; topic != NULL; topic = topic->next) {
		topic->error = 0;
		t->news = t->news || topic->reported;
		topic->reported = false;
	}
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
	t->adding = topic;
	if (made)
		watch_hook_add(
		    t, t->places.root, (struct ref){ .want = want->index });
	finish(t);
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
	uint32_t i;

	if (topic == NULL)
		return;
	for (i = 0; i < t->wants.slot_count; i++)
		if (t->wants.slots[i] != NULL)
			t->wants.slots[i]->dead =
			    t->wants.slots[i]->topic == topic;
	bury(t);
	topic_free(&t->wants, topic);
	watch_arm_sweep(t);
	finish(t);
}

/* A name in one of the places of a directory. */
static void
take_name(
    struct watch_tree *t, struct place *p, const char *name, unsigned what)
{
	struct place *child = place_child(&t->places, p, name);
	bool moved = (what & WATCH_NAMES) != 0;

	watch_hook_names(t, p, name, moved);
	if (child != NULL) {
		watch_hook_note_refs(t, child, true);
		if (moved && child->kind == PLACE_LINK) {
			watch_hook_note_below(t, child);
			watch_hook_relink(t, child);
		}
		if (moved || child->kind == PLACE_FAILED)
			place_push(&t->places, child);
	}
	if (moved)
		watch_hook_appeared(t, p, name,
		    (what & WATCH_ISDIR) != 0 ? WATCH_IS_DIR
					      : WATCH_IS_UNKNOWN);
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
	finish(t);
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
	finish(t);
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
	finish(t);
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
	watch_hook_relink(t, t->places.root);
	finish(t);
}

void
watch_tree_retry(struct watch_tree *t)
{
	struct topic *topic;
	struct place *p;

	if (!t->blamed)
		return;
	for (topic = t->wants.topics; topic != NULL; topic = topic->next)
		topic->error = 0;
	for (p = t->places.root; p != NULL; p = place_after(p, t->places.root))
		if (p->kind == PLACE_FAILED)
			place_push(&t->places, p);
	finish(t);
	for (topic = t->wants.topics; topic != NULL; topic = topic->next)
		if (topic->error == 0 && topic->reported) {
			topic->reported = false;
			t->news = true;
		}
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
