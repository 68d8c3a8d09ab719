#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "triggers/place.h"

#define TABLE_SMALLEST 64 /* slots */

static uint32_t
name_key(const struct place *parent, const char *name)
{
	uint64_t h = (uint64_t)(uintptr_t)parent * 0x9e3779b97f4a7c15u;

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * 0x100000001b3u;
	return (uint32_t)(h ^ (h >> 32));
}

/* Where the search for a key begins.  Handles are mostly given one after the
 * other: eight of them stay side by side, in two lines of the cache. */
static size_t
home_of(uint32_t key)
{
	return (((uint64_t)(key >> 3) * 0x9e3779b97f4a7c15u) >> 32 << 3) |
	       (key & 7);
}

static void
put(struct place_table *t, struct place_slot slot)
{
	size_t i = home_of(slot.key) & (t->size - 1);

	while (t->slots[i].place != NULL)
		i = (i + 1) & (t->size - 1);
	t->slots[i] = slot;
}

/* Add a place, with seven eighths of the slots used at most: more memory would
 * save a few steps of a search, which stay in the cache lines at hand. */
static int
table_add(struct place_table *t, struct place *p, uint32_t key)
{
	struct place_table old = *t;
	size_t i;

	if ((t->used + 1) * 8 > t->size * 7) {
		t->size = old.size == 0 ? TABLE_SMALLEST : old.size * 2;
		t->slots = calloc(t->size, sizeof(*t->slots));
		if (t->slots == NULL) {
			*t = old;
			return -1;
		}
		for (i = 0; i < old.size; i++)
			if (old.slots[i].place != NULL)
				put(t, old.slots[i]);
		free(old.slots);
	}
	put(t, (struct place_slot){ .place = p, .key = key });
	t->used++;
	return 0;
}

/* Take a place out, moving up those that its slot had pushed aside, so that
 * no marks of what was removed are left over. */
static void
table_cut(struct place_table *t, const struct place *p, uint32_t key)
{
	size_t mask = t->size - 1, i = home_of(key) & mask, j, home;

	while (t->slots[i].place != p)
		i = (i + 1) & mask;
	for (j = (i + 1) & mask; t->slots[j].place != NULL;
	     j = (j + 1) & mask) {
		home = home_of(t->slots[j].key) & mask;
		if (((j - home) & mask) < ((j - i) & mask))
			continue;
		t->slots[i] = t->slots[j];
		i = j;
	}
	t->slots[i].place = NULL;
	t->used--;
}

/* The next place with that key in a search that has taken *at steps. */
static struct place *
table_next(const struct place_table *t, uint32_t key, size_t *at)
{
	size_t home = home_of(key);
	const struct place_slot *slot;

	if (t->size == 0)
		return NULL;
	for (;;) {
		slot = &t->slots[(home + *at) & (t->size - 1)];
		if (slot->place == NULL)
			return NULL;
		++*at;
		if (slot->key == key)
			return slot->place;
	}
}

static struct place *
new_place(struct place *parent, const char *name)
{
	size_t size = offsetof(struct place, name) + strlen(name) + 1;
	struct place *p;

	/* Never less than the struct with its padding. */
	p = calloc(1, size < sizeof(*p) ? sizeof(*p) : size);
	if (p == NULL)
		return NULL;
	p->parent = parent;
	p->handle = -1;
	memcpy(p->name, name, strlen(name) + 1);
	return p;
}

int
place_tree_init(struct place_tree *tree)
{
	memset(tree, 0, sizeof(*tree));
	tree->root = new_place(NULL, "");
	return tree->root == NULL ? -1 : 0;
}

static void
free_place(struct place *p)
{
	if (p->ref_count > 1)
		free(p->refs.many);
	free(p);
}

void
place_tree_fini(struct place_tree *tree)
{
	struct place *p, *up;

	p = tree->root == NULL ? NULL : place_deepest(tree->root);
	for (; p != NULL; p = up) {
		up = place_up(p);
		free_place(p);
	}
	free(tree->names.slots);
	free(tree->handles.slots);
	memset(tree, 0, sizeof(*tree));
}

static struct place *
find_child(const struct place_tree *tree, const struct place *parent,
    const char *name, uint32_t key)
{
	struct place *p;
	size_t at = 0;

	while ((p = table_next(&tree->names, key, &at)) != NULL)
		if (p->parent == parent && strcmp(p->name, name) == 0)
			break;
	return p;
}

struct place *
place_child(
    const struct place_tree *tree, const struct place *parent, const char *name)
{
	return find_child(tree, parent, name, name_key(parent, name));
}

struct place *
place_make(
    struct place_tree *tree, struct place *parent, const char *name, bool *made)
{
	uint32_t key = name_key(parent, name);
	struct place *p = find_child(tree, parent, name, key);

	*made = false;
	if (p != NULL)
		return p;
	p = new_place(parent, name);
	if (p == NULL)
		return NULL;
	if (table_add(&tree->names, p, key) == -1) {
		free_place(p);
		return NULL;
	}
	*made = true;
	p->next = parent->child;
	if (p->next != NULL)
		p->next->prev = p;
	parent->child = p;
	return p;
}

void
place_remove(struct place_tree *tree, struct place *p)
{
	place_set_kind(tree, p, PLACE_ABSENT);
	if (tree->cursor == p)
		tree->cursor = place_up(p);
	table_cut(&tree->names, p, name_key(p->parent, p->name));
	if (p->prev != NULL)
		p->prev->next = p->next;
	else
		p->parent->child = p->next;
	if (p->next != NULL)
		p->next->prev = p->prev;
	free_place(p);
}

void
place_set_kind(struct place_tree *tree, struct place *p, enum place_kind kind)
{
	if (p->kind == PLACE_FAILED)
		tree->failed--;
	p->kind = (uint8_t)kind;
	if (p->kind == PLACE_FAILED)
		tree->failed++;
}

bool
place_is_there(const struct place *p)
{
	return p->kind != PLACE_ABSENT && p->kind != PLACE_FAILED;
}

struct ref *
place_refs(struct place *p)
{
	return p->ref_count > 1 ? p->refs.many : &p->refs.one;
}

int
place_add_ref(struct place *p, const struct ref *ref)
{
	struct ref *refs = place_refs(p), *more;
	size_t i, n = p->ref_count;

	for (i = 0; i < n; i++)
		if (refs[i].want == ref->want && refs[i].off == ref->off)
			return 0;
	if (n == 0)
		p->refs.one = *ref;
	else if (n == UINT16_MAX) {
		errno = ENOMEM;
		return -1;
	} else {
		more = realloc(n > 1 ? refs : NULL, (n + 1) * sizeof(*more));
		if (more == NULL)
			return -1;
		if (n == 1)
			more[0] = p->refs.one;
		more[n] = *ref;
		p->refs.many = more;
	}
	p->ref_count++;
	return 1;
}

void
place_cut_ref(struct place *p, size_t i)
{
	struct ref *refs = place_refs(p), left;

	refs[i] = refs[p->ref_count - 1];
	if (p->ref_count == 2) {
		left = refs[0];
		free(refs);
		p->refs.one = left;
	}
	p->ref_count--;
}

int
place_path(const struct place *p, char *path, size_t size)
{
	const struct place *q;
	size_t len = 0, n, at;

	for (q = p; q->parent != NULL; q = q->parent)
		len += strlen(q->name) + 1;
	if ((len == 0 ? 1 : len) >= size || len > INT_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (len == 0)
		path[len++] = '/';
	path[len] = '\0';
	at = len;
	for (q = p; q->parent != NULL; q = q->parent) {
		n = strlen(q->name);
		at -= n;
		memcpy(path + at, q->name, n);
		path[--at] = '/';
	}
	return (int)len;
}

unsigned
place_depth(const struct place *p)
{
	unsigned depth = 0;

	for (; p->parent != NULL; p = p->parent)
		depth++;
	return depth;
}

struct place *
place_after(const struct place *p, const struct place *top)
{
	if (p->child != NULL)
		return p->child;
	while (p != top && p->next == NULL)
		p = p->parent;
	return p == top ? NULL : p->next;
}

struct place *
place_deepest(struct place *p)
{
	while (p->child != NULL)
		p = p->child;
	return p;
}

struct place *
place_up(const struct place *p)
{
	return p->next != NULL ? place_deepest(p->next) : p->parent;
}

int
place_bind(struct place_tree *tree, struct place *p, int handle)
{
	size_t at = 0;
	bool fresh = place_holder(tree, handle, &at) == NULL;

	if (table_add(&tree->handles, p, (uint32_t)handle) == -1)
		return -1;
	p->handle = handle;
	if (fresh)
		tree->bound++;
	return 0;
}

bool
place_unbind(struct place_tree *tree, struct place *p)
{
	int handle = p->handle;
	size_t at = 0;
	bool last;

	table_cut(&tree->handles, p, (uint32_t)handle);
	p->handle = -1;
	last = place_holder(tree, handle, &at) == NULL;
	if (last)
		tree->bound--;
	return last;
}

struct place *
place_holder(const struct place_tree *tree, int handle, size_t *at)
{
	return table_next(&tree->handles, (uint32_t)handle, at);
}

void
place_push(struct place_tree *tree, struct place *p)
{
	if ((p->flags & PLACE_QUEUED) != 0)
		return;
	p->flags |= PLACE_QUEUED;
	p->queued = NULL;
	if (tree->last == NULL)
		tree->first = p;
	else
		tree->last->queued = p;
	tree->last = p;
}

struct place *
place_pop(struct place_tree *tree)
{
	struct place *p = tree->first;

	if (p == NULL)
		return NULL;
	tree->first = p->queued;
	if (tree->first == NULL)
		tree->last = NULL;
	p->flags &= (uint8_t)~PLACE_QUEUED;
	return p;
}
