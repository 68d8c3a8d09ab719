/*
 * wildcard - one component of a pattern, matched against one name.
 */

#include <string.h>

#include "daemon/wildcard.h"

#define TEMPORARY ".triggerd."

/* Does the bracket expression after a "[" hold this byte?  Returns where it
 * ends, or NULL if it does not. */
static const char *
match_bracket(const char *p, const char *end, unsigned char byte, bool *hit)
{
	bool inverse, first = true, found = false;
	unsigned char low, high;

	inverse = p < end && (*p == '!' || *p == '^');
	if (inverse)
		p++;
	for (; p < end && (first || *p != ']'); first = false) {
		if (*p == '\\' && ++p == end)
			return NULL;
		low = high = (unsigned char)*p++;
		if (end - p >= 2 && p[0] == '-' && p[1] != ']') {
			p++;
			if (*p == '\\' && ++p == end)
				return NULL;
			high = (unsigned char)*p++;
		}
		if (low <= byte && byte <= high)
			found = true;
	}
	if (p == end)
		return NULL;
	*hit = found != inverse;
	return p + 1;
}

/* Match one element of a pattern but "*" with one byte.  Returns where the
 * element ends, or NULL if they do not match. */
static const char *
match_byte(const char *p, const char *end, unsigned char byte)
{
	bool hit;

	if (p == end)
		return NULL;
	if (*p == '?')
		return p + 1;
	if (*p == '[') {
		p = match_bracket(p + 1, end, byte, &hit);
		return p != NULL && hit ? p : NULL;
	}
	if (*p == '\\' && p + 1 < end)
		p++;
	return (unsigned char)*p == byte ? p + 1 : NULL;
}

static bool
is_temporary(const char *name)
{
	return strncmp(name, TEMPORARY, sizeof(TEMPORARY) - 1) == 0;
}

/* A dot at the start must be written, with or without a backslash. */
static bool
hides(const char *p, size_t n, const char *name)
{
	if (*name != '.')
		return false;
	if (n > 1 && p[0] == '\\')
		p++;
	return n == 0 || *p != '.' || is_temporary(name);
}

bool
wildcard_match(const char *p, size_t n, const char *name, size_t length)
{
	const char *end = p + n, *stop = name + length, *next;
	const char *star = NULL, *resume = NULL;

	if (length == 0 || hides(p, n, name))
		return false;
	while (name != stop || p != end) {
		if (p != end && *p == '*') {
			star = ++p;
			resume = name;
			continue;
		}
		next = NULL;
		if (name != stop)
			next = match_byte(p, end, (unsigned char)*name);
		if (next != NULL) {
			p = next;
			name++;
			continue;
		}
		/* Only the last star can help: let it take one byte more. */
		if (star == NULL || resume == stop)
			return false;
		p = star;
		name = ++resume;
	}
	return true;
}

bool
wildcard_is_literal(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (p[i] == '\\')
			i++;
		else if (p[i] == '*' || p[i] == '?' || p[i] == '[')
			return false;
	}
	return true;
}

bool
wildcard_is_any_depth(const char *text, size_t n)
{
	return n == 2 && memcmp(text, "**", 2) == 0;
}

static const char *
bracket_fault(const char *p, const char *end)
{
	const char *close;
	bool hit;

	close = match_bracket(p, end, 0, &hit);
	if (close == NULL)
		return "unclosed [";
	for (; p + 1 < close; p++) {
		if (*p == '[' && strchr(":.=", p[1]) != NULL)
			return "character class in [ ]";
	}
	return NULL;
}

const char *
wildcard_fault(const char *p, size_t n)
{
	const char *end = p + n, *fault;
	bool hit;

	if ((n == 1 && p[0] == '.') || (n == 2 && memcmp(p, "..", 2) == 0))
		return "a component . or ..";
	if (wildcard_is_any_depth(p, n))
		return NULL;
	while (p < end) {
		if (*p == '\\') {
			if (end - p < 2)
				return "backslash at the end of a component";
			p += 2;
			continue;
		}
		if (end - p >= 2 && p[0] == '*' && p[1] == '*')
			return "** is not a component of its own";
		if (*p != '[') {
			p++;
			continue;
		}
		fault = bracket_fault(p + 1, end);
		if (fault != NULL)
			return fault;
		p = match_bracket(p + 1, end, 0, &hit);
	}
	return NULL;
}

size_t
wildcard_unescape(const char *text, size_t n, char *out)
{
	size_t i, used = 0;

	for (i = 0; i < n; i++) {
		if (text[i] == '\\' && i + 1 < n)
			i++;
		out[used++] = text[i];
	}
	return used;
}
