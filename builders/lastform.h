/*
 * lastform - the form of the file that a run leaves for the next.
 *
 * A header; an array each of paths, of lists, and of the paths they use; texts;
 * and the packed keys.  The header has a digest of all before the keys, and one
 * of the keys.  Numbers are as this machine has them.
 *
 * Owns: nothing.
 * Uses: stamp, digest, log (no memory).
 */

#ifndef LASTFORM_H
#define LASTFORM_H

#include <stddef.h>
#include <stdint.h>

#include "builders/stamp.h"
#include "daemon/digest.h"

#define LASTFORM_MAGIC "lists of " VERSION

/* What a run has been asked for, and what it has written. */
struct lastform_about {
	struct digest options; /* with others all lists are stale */
	struct digest system;  /* what all files of the system say */
	struct stamp product;
	struct stamp deps;
	uint64_t whole; /* the stamps tell all there is to know */
};

struct lastform_header {
	char magic[24];
	struct digest table_sum; /* of all from here to the keys */
	struct digest keys_sum;
	struct lastform_about about;
	uint64_t n_paths;
	uint64_t n_lists;
	uint64_t n_uses;
	uint64_t text_len;
	uint64_t keys_len;
};

struct lastform_path {
	struct stamp stamp;
	uint64_t text;
};

struct lastform_list {
	struct digest question;
	uint64_t host;
	uint64_t first_use;
	uint64_t n_uses;
	uint64_t keys;
	uint64_t keys_len;
	uint64_t flags;
};

/* Between the header and the keys, in this order. */
struct lastform_table {
	struct lastform_path *paths;
	struct lastform_list *lists;
	uint32_t *uses;
	char *text;
};

/* The length of each array, and of all. */
struct lastform_sizes {
	size_t paths;
	size_t lists;
	size_t uses;
	size_t text;
	size_t all;
};

struct lastform_sizes lastform_sizes(const struct lastform_header *h);

/* What should be in the header's table_sum. */
struct digest lastform_sum(
    const struct lastform_header *h, const struct lastform_table *t);

/* Add which program this is, as far as the system tells: the lists are those of
 * its rules, which others of the same version may not have. */
void lastform_sum_program(struct digest_sum *sum);

/* "directory"'s file; the caller's to free. */
char *lastform_name(const char *directory);

#endif
