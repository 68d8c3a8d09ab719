#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "triggers/place.h"

#define TABLE_SMALLEST 64 /* slots */

static size_t
hash_name(const struct place *parent, const char *name)
{
	uint64_t h = (uint64_t)(uintptr_t)parent * 0x9e3779b97f4a7c15u;

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * 0x100000001b3u;
	return (size_t)(h ^ (h >> 32));
}

static size_t
hash_handle(int handle)
{
	return (
	    size_t)(((uint64_t)(unsigned)handle * 0x9e3779b97f4a7c15u) >> 32);
}

static bool
is_names(const struct place_tree *tree, const struct place_table *t)
{
	return t == &tree->names;
}

static size_t
hash_place(const struct place_tree *tree, const struct place_table *t,
    const struct place *p)
{
	if (is_names(tree, t))
		return hash_name(p->parent, p->name);
	return hash_handle(p->handle);
}

static void
put(const struct place_tree *tree, struct place_table *t, struct place *p)
{
	size_t i = hash_place(tree, t, p) & (t->size - 1);

	while (t->slots[i] != NULL)
		i = (i + 1) & (t->size - 1);
	t->slots[i] = p;
}

/* Add a place, with three quarters of the slots used at most. */
static int
table_add(const struct place_tree *tree, struct place_table *t, struct place *p)
{
	struct place_table old = *t;
	size_t i;

	if ((t->used + 1) * 4 > t->size * 3) {
		t->size = old.size == 0 ? TABLE_SMALLEST : old.size * 2;
		t->slots = calloc(t->size, sizeof(struct place *));
		if (t->slots == NULL) {
			*t = old;
			return -1;
		}
		for (i = 0; i < old.size; i++)
			if (old.slots[i] != NULL)
				put(tree, t, old.slots[i]);
		free(old.slots);
	}
	put(tree, t, p);
	t->used++;
	return 0;
}

/* Take a place out, moving up those that its slot had pushed aside, so that
 * no marks of what was removed are left over. */
static void
table_cut(
    const struct place_tree *tree, struct place_table *t, const struct place *p)
{
	size_t mask = t->size - 1, i = hash_place(tree, t, p) & mask, j, home;

	while (t->slots[i] != p)
		i = (i + 1) & mask;
	for (j = (i + 1) & mask; t->slots[j] != NULL; j = (j + 1) & mask) {
		home = hash_place(tree, t, t->slots[j]) & mask;
		if (((j - home) & mask) < ((j - i) & mask))
			continue;
		t->slots[i] = t->slots[j];
		i = j;
	}
	t->slots[i] = NULL;
	t->used--;
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

struct place *
place_child(
    const struct place_tree *tree, const struct place *parent, const char *name)
{
	const struct place_table *t = &tree->names;
	struct place *p;
	size_t i;

	if (t->size == 0)
		return NULL;
	i = hash_name(parent, name) & (t->size - 1);
	for (; (p = t->slots[i]) != NULL; i = (i + 1) & (t->size - 1))
		if (p->parent == parent && strcmp(p->name, name) == 0)
			return p;
	return NULL;
}

struct place *
place_make(struct place_tree *tree, struct place *parent, const char *name)
{
	struct place *p = place_child(tree, parent, name);

	if (p != NULL)
		return p;
	p = new_place(parent, name);
	if (p == NULL)
		return NULL;
	if (table_add(tree, &tree->names, p) == -1) {
		free_place(p);
		return NULL;
	}
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
	table_cut(tree, &tree->names, p);
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

	p->handle = handle;
	if (table_add(tree, &tree->handles, p) == -1) {
		p->handle = -1;
		return -1;
	}
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

	table_cut(tree, &tree->handles, p);
	p->handle = -1;
	last = place_holder(tree, handle, &at) == NULL;
	if (last)
		tree->bound--;
	return last;
}

struct place *
place_holder(const struct place_tree *tree, int handle, size_t *at)
{
	const struct place_table *t = &tree->handles;
	size_t home = hash_handle(handle);
	struct place *p;

	if (t->size == 0)
		return NULL;
	while ((p = t->slots[(home + *at) & (t->size - 1)]) != NULL) {
		(*at)++;
		if (p->handle == handle)
			return p;
	}
	return NULL;
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
