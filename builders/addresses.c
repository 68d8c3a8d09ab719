/*
 * addresses - a file of addresses that somebody keeps by hand.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "builders/addresses.h"
#include "daemon/log.h"

#define BLANKS " \t\r"

void
addresses_init(struct addresses *a)
{
	memset(a, 0, sizeof(*a));
	source_init(&a->file);
}

void
addresses_fini(struct addresses *a)
{
	source_fini(&a->file);
	free(a->items);
	addresses_init(a);
}

static void
add_item(struct addresses *a, char *address, bool refused)
{
	struct addresses_item *item;
	char *at = strrchr(address, '@');
	char *c;

	for (c = address; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	a->items = arena_grow(a->items, a->n, &a->size, sizeof(*a->items));
	item = &a->items[a->n++];
	item->local = address;
	item->host = "";
	item->refused = refused;
	if (at != NULL) {
		*at = '\0';
		item->host = at + 1;
	}
}

/* The line ends in a NUL.  False if it is not an address, nothing or '-'. */
static bool
parse_line(struct addresses *a, char *line)
{
	char *address, *value;
	size_t len;

	line[strcspn(line, "#")] = '\0';
	address = line + strspn(line, BLANKS);
	if (*address == '\0')
		return true;
	len = strcspn(address, BLANKS);
	value = address + len;
	if (*value != '\0')
		*value++ = '\0';
	value += strspn(value, BLANKS);
	len = strcspn(value, BLANKS);
	if (value[len + strspn(value + len, BLANKS)] != '\0')
		return false;
	value[len] = '\0';
	if (*value != '\0' && strcmp(value, "-") != 0)
		return false;
	if (address[strlen(address) - 1] == '@')
		return false;
	add_item(a, address, *value == '-');
	return true;
}

/* Equal ones in the order of the file: they lie as the lines did. */
static int
compare_items(const void *x, const void *y)
{
	const struct addresses_item *a = x;
	const struct addresses_item *b = y;
	int by_host = strcmp(a->host, b->host);
	int by_local = by_host != 0 ? by_host : strcmp(a->local, b->local);

	return by_local != 0 ? by_local
			     : (a->local > b->local) - (a->local < b->local);
}

static bool
is_same(const struct addresses_item *a, const struct addresses_item *b)
{
	return strcmp(a->host, b->host) == 0 && strcmp(a->local, b->local) == 0;
}

static void
sort_items(struct addresses *a)
{
	size_t i, n = 0;

	if (a->n == 0)
		return;
	qsort(a->items, a->n, sizeof(*a->items), compare_items);
	for (i = 0; i < a->n; i++) {
		if (n > 0 && is_same(&a->items[n - 1], &a->items[i]))
			n--;
		a->items[n++] = a->items[i];
	}
	a->n = n;
}

long
addresses_parse(struct addresses *a)
{
	char *line = a->file.bytes;
	char *stop = line + a->file.len;
	char *end;
	long number = 1;

	a->n = 0;
	for (; line < stop; line = end + 1, number++) {
		end = memchr(line, '\n', (size_t)(stop - line));
		if (end == NULL)
			end = stop;
		if (memchr(line, '\0', (size_t)(end - line)) != NULL)
			return number;
		*end = '\0';
		if (!parse_line(a, line))
			return number;
	}
	sort_items(a);
	return 0;
}

int
addresses_read(struct addresses *a, struct deps *deps, const char *path)
{
	enum source_answer answer;
	long bad;

	deps_add(deps, path);
	answer = source_read(&a->file, path);
	deps_stamp(deps, deps->last, &a->file.stamp);
	if (answer == SOURCE_ABSENT) {
		errno = ENOENT;
		log_warn("%s", path);
	}
	if (answer != SOURCE_READ)
		return -1;
	bad = addresses_parse(a);
	if (bad == 0)
		return 0;
	log_warnx("%s:%ld: not an address, or one and a '-'", path, bad);
	return -1;
}

size_t
addresses_of(const struct addresses *a, const char *host,
    const struct addresses_item **first)
{
	size_t low = 0, high = a->n, middle, n = 0;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(a->items[middle].host, host) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*first = a->items + low;
	while (low + n < a->n && strcmp(a->items[low + n].host, host) == 0)
		n++;
	return n;
}

bool
addresses_have(const struct addresses *a, const char *host, const char *local)
{
	const struct addresses_item *item;
	size_t n = addresses_of(a, host, &item);

	for (; n > 0; n--, item++)
		if (strcmp(item->local, local) == 0)
			return true;
	return false;
}
