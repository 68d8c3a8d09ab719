/*
 * digest - a short name for many bytes (XXH3, 128 bits).
 *
 * Tells whether two files or two rules are the same.  Not a defence against
 * somebody who forges a collision on purpose: who can write the source may
 * change the product anyway.
 *
 * Owns: the running sum between digest_new() and digest_end().
 * Uses: xxhash.
 */

#ifndef DIGEST_H
#define DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct digest {
	uint64_t low, high;
};

struct digest_sum;

bool digest_equal(struct digest a, struct digest b);
struct digest digest_bytes(const void *bytes, size_t n);

/* Read "fd" from its offset to the end.  Returns 0, or -1 with errno. */
int digest_fd(int fd, struct digest *out);

/* The same, but for no more than *room bytes (NULL: any), which are taken from
 * it: -1 with EFBIG when there are more, and *room is below 0. */
int digest_fd_within(int fd, int64_t *room, struct digest *out);

/* A sum over several pieces.  digest_new() returns NULL with errno when there
 * is no memory; digest_end() frees.  digest_add_text() adds a string with its
 * final NUL, so that ("ab", "c") and ("a", "bc") differ; NULL is a text too. */
struct digest_sum *digest_new(void);
void digest_add(struct digest_sum *sum, const void *bytes, size_t n);
void digest_add_text(struct digest_sum *sum, const char *text);
struct digest digest_end(struct digest_sum *sum);

#endif
