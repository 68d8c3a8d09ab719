/*
 * A pattern and, on the next line, a path.
 */

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/pattern.h"
#include "daemon/wildcard.h"
#include "tests/fuzz/matter.h"

/* A path matches the pattern that was made of it, and that is literal. */
static void
escape(const char *path)
{
	char pattern[2 * PATH_MAX + 2], back[2 * PATH_MAX + 2];

	/* Patterns have no empty components. */
	if (path[0] != '/' || strlen(path) >= PATH_MAX ||
	    strstr(path, "//") != NULL || path[strlen(path) - 1] == '/' ||
	    !pattern_escape(path, pattern, sizeof(pattern)))
		return;
	matter_require(pattern_is_literal(pattern));
	pattern_unescape(pattern, back);
	matter_require(strcmp(back, path) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *pattern = matter_text(data, len), *path, *plain;

	path = strchr(pattern, '\n');
	if (path != NULL) {
		*path++ = '\0';
		escape(path);
		matter_require((pattern_compare(pattern, path) < 0) ==
			       (pattern_compare(path, pattern) > 0));
	}
	if (path != NULL && pattern_fault(pattern) == NULL) {
		plain = malloc(strlen(pattern) + 1);
		matter_require(plain != NULL);
		(void)pattern_matches(pattern, path);
		(void)pattern_matches_name(pattern, strlen(pattern), path);
		if (pattern_is_literal(pattern)) {
			pattern_unescape(pattern, plain);
			matter_require(pattern_matches(pattern, plain) ||
				       strstr(plain, "/.triggerd.") != NULL);
		}
		free(plain);
	}
	free(pattern);
	return 0;
}
