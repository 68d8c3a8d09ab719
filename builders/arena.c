/*
 * arena - memory that is given back all at once.
 */

#include <errno.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "builders/arena.h"
#include "daemon/log.h"

#define ARRAY_FIRST 64 /* members of an array when it is first made */

struct arena_block {
	struct arena_block *older;
	size_t size;
	alignas(max_align_t) char bytes[];
};

void
arena_init(struct arena *a)
{
	memset(a, 0, sizeof(*a));
}

void
arena_fini(struct arena *a)
{
	struct arena_block *block;

	while ((block = a->blocks) != NULL) {
		a->blocks = block->older;
		free(block);
	}
	arena_init(a);
}

static void
add_block(struct arena *a, size_t size)
{
	struct arena_block *block;

	if (size < ARENA_BLOCK)
		size = ARENA_BLOCK;
	if (size > SIZE_MAX - sizeof(*block)) {
		errno = ENOMEM;
		log_fatal("memory");
	}
	block = malloc(sizeof(*block) + size);
	if (block == NULL)
		log_fatal("memory");
	block->older = a->blocks;
	block->size = size;
	a->blocks = block;
	a->next = block->bytes;
	a->left = size;
}

void
arena_reset(struct arena *a)
{
	struct arena_block *block;

	if (a->blocks == NULL)
		return;
	while ((block = a->blocks)->older != NULL) {
		a->blocks = block->older;
		free(block);
	}
	a->next = block->bytes;
	a->left = block->size;
}

char *
arena_bytes(struct arena *a, size_t size)
{
	char *bytes;

	if (a->next == NULL || size > a->left)
		add_block(a, size);
	bytes = a->next;
	a->next += size;
	a->left -= size;
	return bytes;
}

void *
arena_object(struct arena *a, size_t size)
{
	size_t odd = (uintptr_t)a->next % alignof(max_align_t);

	if (odd != 0 && a->left >= alignof(max_align_t))
		(void)arena_bytes(a, alignof(max_align_t) - odd);
	else if (odd != 0)
		add_block(a, size);
	return memset(arena_bytes(a, size), 0, size);
}

char *
arena_copy(struct arena *a, const char *bytes, size_t len)
{
	char *copy = arena_bytes(a, len + 1);

	memcpy(copy, bytes, len);
	copy[len] = '\0';
	return copy;
}

void *
arena_array(size_t n, size_t each)
{
	void *array = calloc(n + 1, each);

	if (array == NULL)
		log_fatal("memory");
	return array;
}

void *
arena_grow(void *array, size_t n, size_t *size, size_t each)
{
	size_t more;

	if (n < *size)
		return array;
	more = *size == 0 ? ARRAY_FIRST : *size * 2;
	if (more > SIZE_MAX / each) {
		errno = ENOMEM;
		log_fatal("memory");
	}
	array = realloc(array, more * each);
	if (array == NULL)
		log_fatal("memory");
	*size = more;
	return array;
}
