/*
 * pattern - names of files with wildcards.
 */

#include <limits.h>
#include <string.h>

#include "daemon/pattern.h"
#include "daemon/wildcard.h"

bool
pattern_matches_name(const char *component, size_t n, const char *name)
{
	return wildcard_match(component, n, name, strlen(name));
}

/* The next component from *p on, "/" skipped.  False at the end. */
static bool
next_component(const char **p, const char **text, size_t *length)
{
	*p += strspn(*p, "/");
	*text = *p;
	*length = strcspn(*p, "/");
	*p += *length;
	return *length > 0;
}

const char *
pattern_fault(const char *pattern)
{
	const char *p = pattern, *text, *fault;
	size_t length, count = 0;

	if (*pattern != '/')
		return "relative path";
	if (pattern[strlen(pattern) - 1] == '/')
		return "slash at the end";
	if (strlen(pattern) >= PATH_MAX)
		return "path too long";
	while (next_component(&p, &text, &length)) {
		if (++count > PATTERN_PARTS_MAX)
			return "too many components";
		fault = wildcard_fault(text, length);
		if (fault != NULL)
			return fault;
	}
	return NULL;
}

bool
pattern_is_literal(const char *pattern)
{
	return wildcard_is_literal(pattern, strlen(pattern));
}

void
pattern_unescape(const char *pattern, char *path)
{
	const char *text;
	size_t length;

	while (next_component(&pattern, &text, &length)) {
		*path++ = '/';
		path += wildcard_unescape(text, length, path);
	}
	*path = '\0';
}

bool
pattern_escape(const char *path, char *pattern, size_t size)
{
	size_t n = 0;

	for (; *path != '\0'; path++) {
		if (n + 3 > size)
			return false;
		if (strchr("*?[\\", *path) != NULL)
			pattern[n++] = '\\';
		pattern[n++] = *path;
	}
	pattern[n] = '\0';
	return true;
}

int
pattern_compare(const char *a, const char *b)
{
	unsigned char x, y;

	while (*a == *b && *a != '\0') {
		a++;
		b++;
	}
	if (*a == *b)
		return 0;
	x = (unsigned char)*a;
	y = (unsigned char)*b;
	if (x == '\0' || y == '\0')
		return x == '\0' ? -1 : 1;
	/* A component ends where its path has a slash: before every byte. */
	if (x == '/' || y == '/')
		return x == '/' ? -1 : 1;
	return x < y ? -1 : 1;
}

bool
pattern_cut(const char *pattern, struct pattern_parts *parts)
{
	const char *text;
	size_t length;
	struct pattern_part *part;

	parts->count = 0;
	while (next_component(&pattern, &text, &length)) {
		if (parts->count == PATTERN_PARTS_MAX)
			return false;
		part = &parts->list[parts->count++];
		part->text = text;
		part->length = length;
		part->literal = wildcard_is_literal(text, length);
		part->any_depth = wildcard_is_any_depth(text, length);
	}
	/* "**" at the end stands for all that is below. */
	part = &parts->list[parts->count];
	if (parts->count > 0 && part[-1].any_depth) {
		*part = part[-1];
		part->length = 1;
		part->any_depth = false;
		parts->count++;
	}
	return true;
}

/*
 * Matching by text, for a path that may not exist.  When parts after a
 * "**" do not match, it is enough to let the last "**" take one name more: an
 * earlier one could only take names that the last one may take too.
 */
bool
pattern_matches(const char *pattern, const char *path)
{
	struct pattern_parts parts;
	const char *name, *resume = NULL;
	size_t length, i = 0, star = 0;

	if (!pattern_cut(pattern, &parts))
		return false;
	for (;;) {
		if (i < parts.count && parts.list[i].any_depth) {
			star = ++i;
			resume = path;
			continue;
		}
		if (!next_component(&path, &name, &length)) {
			if (i == parts.count)
				return true;
		} else if (i < parts.count &&
			   wildcard_match(parts.list[i].text,
			       parts.list[i].length, name, length)) {
			i++;
			continue;
		}
		if (resume == NULL ||
		    !next_component(&resume, &name, &length) || *name == '.')
			return false;
		i = star;
		path = resume;
	}
}
