/*
 * place - the tree of paths that the watches hang on.
 *
 * A place is one path, whether something is there now or not; its refs say
 * which wants have come how far on arriving there.  Places are many (a tree
 * may have 100,000 directories), so each is one small allocation, found by its
 * parent and name or by the handle of its watch in constant time.  One handle
 * can have several places: bind mounts and hard links show one inode under
 * several paths.
 *
 * Owns: the memory of the places, the queue of those to be looked at.
 * Uses: nothing.
 */

#ifndef PLACE_H
#define PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What was found at a place.  A place that failed may be a directory that can
 * be searched though not watched. */
enum place_kind {
	PLACE_ABSENT,
	PLACE_DIR,
	PLACE_FILE,
	PLACE_LINK,
	PLACE_FAILED,
};

#define PLACE_QUEUED 1u  /* in the queue */
#define PLACE_LOOK 2u    /* look through it though it is the same as before */
#define PLACE_CONTENT 4u /* names in it are sources: watch what they hold */
#define PLACE_BUSY 8u    /* being looked through: not to be removed */
#define PLACE_WIDE 16u   /* names that are not in it yet are wanted */

/* A want, of which everything before "off" was used up on the way here. */
struct ref {
	uint32_t want;
	uint16_t off;
	uint16_t grown; /* depth of the last place found by wildcard, or 0 */
};

struct place {
	struct place *parent, *child, *next, *prev;
	struct place *queued; /* next in the queue */
	union {
		struct ref one;
		struct ref *many;
	} refs;     /* see place_refs() */
	int handle; /* of its watch, or -1 */
	uint16_t ref_count;
	uint8_t kind, flags;
	char name[];
};

/* The key is beside the pointer, so that a search touches few places. */
struct place_slot {
	struct place *place;
	uint32_t key; /* hash of parent and name, or the handle */
};

struct place_table {
	struct place_slot
	    *slots; /* open addressing; the size is a power of 2 */
	size_t size, used;
};

struct place_tree {
	struct place *root;
	struct place *first, *last; /* the queue */
	struct place *cursor; /* where a walk with place_up() goes on, if not
			       * NULL; never at a place that was removed */
	struct place_table names, handles;
	size_t bound;  /* different handles */
	size_t failed; /* places of kind PLACE_FAILED */
};

/* Returns 0, or -1 with errno. */
int place_tree_init(struct place_tree *tree);
void place_tree_fini(struct place_tree *tree);

/* The place of that name below a place, or NULL.  place_make() makes it then
 * (*made tells), and returns NULL with errno when memory is short. */
struct place *place_child(const struct place_tree *tree,
    const struct place *parent, const char *name);
struct place *place_make(struct place_tree *tree, struct place *parent,
    const char *name, bool *made);

/* Remove a place that has no children, no handle, and is not queued. */
void place_remove(struct place_tree *tree, struct place *p);

void place_set_kind(
    struct place_tree *tree, struct place *p, enum place_kind kind);

/* Was something found there? */
bool place_is_there(const struct place *p);

/* The refs, p->ref_count of them; valid until one is added or cut. */
struct ref *place_refs(struct place *p);

/* Returns 1 if it was added, 0 if it was there, -1 with errno. */
int place_add_ref(struct place *p, const struct ref *ref);
void place_cut_ref(struct place *p, size_t i);

/* Write the path and return its length, or -1 with errno ENAMETOOLONG. */
int place_path(const struct place *p, char *path, size_t size);

/* The root's is 0. */
unsigned place_depth(const struct place *p);

/* The place after p, parents first, in the tree that hangs from "top". */
struct place *place_after(const struct place *p, const struct place *top);

/* The first place to visit if children come first, and the one after p. */
struct place *place_deepest(struct place *p);
struct place *place_up(const struct place *p);

/* Give a place without a handle one.  Returns 0, or -1 with errno. */
int place_bind(struct place_tree *tree, struct place *p, int handle);

/* Take a place's handle away.  Returns true if no other place has it. */
bool place_unbind(struct place_tree *tree, struct place *p);

/* The places of a handle, one for each call, then NULL; *at begins as 0.
 * Nothing may be bound or unbound between the calls. */
struct place *place_holder(
    const struct place_tree *tree, int handle, size_t *at);

/* To be looked at.  place_pop() returns NULL when none is left. */
void place_push(struct place_tree *tree, struct place *p);
struct place *place_pop(struct place_tree *tree);

#endif
