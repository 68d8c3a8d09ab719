/*
 * Arena: what it gives is its caller's until it is reset, however large.
 */

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "builders/arena.h"
#include "tests/unit/check.h"

#define MANY 64

/* More than one block, and one that is larger than a block. */
static int
test_blocks(struct arena *a)
{
	char *pieces[MANY];
	size_t size = ARENA_BLOCK / 5, i, j;

	for (i = 0; i < MANY; i++) {
		if (i == MANY / 2)
			size = ARENA_BLOCK + 1;
		pieces[i] = arena_bytes(a, size);
		memset(pieces[i], (int)i, size);
		size = ARENA_BLOCK / 5;
	}
	for (i = 0; i < MANY; i++)
		for (j = 0; j < size; j++)
			CHECK(pieces[i][j] == (char)i);
	return 0;
}

/* Aligned and cleared, also where a block has nothing left for that. */
static int
test_objects(struct arena *a)
{
	unsigned char *object;
	size_t i, left;

	for (left = 0; left < 2 * alignof(max_align_t); left++) {
		(void)arena_bytes(a, a->left); /* what is left of a block */
		memset(arena_bytes(a, ARENA_BLOCK - left), 'x', 1);
		memset(arena_bytes(a, 1), 'x', 1);
		object = arena_object(a, 100);
		CHECK((uintptr_t)object % alignof(max_align_t) == 0);
		for (i = 0; i < 100; i++)
			CHECK(object[i] == 0);
		memset(object, 'x', 100);
	}
	return 0;
}

int
main(void)
{
	struct arena a;
	int i, rc = 0;

	arena_init(&a);
	arena_reset(&a);
	for (i = 0; i < 3 && rc == 0; i++) {
		rc = test_blocks(&a) != 0 || test_objects(&a) != 0;
		arena_reset(&a);
	}
	CHECK(strcmp(arena_copy(&a, "text", 2), "te") == 0);
	arena_fini(&a);
	return rc;
}
