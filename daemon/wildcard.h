/*
 * wildcard - one component of a pattern, matched against one name.
 *
 * Components are given with their length, names too, since both are cut out of
 * paths.  See pattern.h for what the wildcards mean.
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef WILDCARD_H
#define WILDCARD_H

#include <stdbool.h>
#include <stddef.h>

/* Why a component is not one, or NULL.  The others want one without fault. */
const char *wildcard_fault(const char *p, size_t n);

bool wildcard_is_literal(const char *p, size_t n);

/* Is it "**"? */
bool wildcard_is_any_depth(const char *p, size_t n);

/* Copy a literal without its backslashes: no final NUL, at most n bytes.
 * Returns how many. */
size_t wildcard_unescape(const char *p, size_t n, char *out);

bool wildcard_match(const char *p, size_t n, const char *name, size_t length);

#endif
