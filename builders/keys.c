/*
 * keys - a set of addresses, a million of them, in the order of their bytes.
 *
 * The sort is a radix sort on eight bytes at a time: the addresses of one host
 * or of one name have long beginnings or endings in common, with which a sort
 * by comparison spends most of its time, and an unlucky input costs no more
 * than another.
 */

#include <stdlib.h>
#include <string.h>

#include "builders/keys.h"
#include "daemon/log.h"

#define CHUNK 8 /* bytes compared at a time */
#define FEW 24  /* items that are sorted by insertion */
#define DIGITS 256

void
keys_init(struct keys *k)
{
	memset(k, 0, sizeof(*k));
	arena_init(&k->text);
}

void
keys_fini(struct keys *k)
{
	arena_fini(&k->text);
	free(k->items);
	keys_init(k);
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static void
remember(struct keys *k, const char *text)
{
	k->items = arena_grow(k->items, k->n, &k->size, sizeof(*k->items));
	k->items[k->n++].text = text;
}

void
keys_add(struct keys *k, const char *local, size_t local_len, const char *host,
    size_t host_len)
{
	size_t len = local_len + 1 + host_len;
	size_t i;
	char *text;

	if (len > KEYS_LEN_MAX || memchr(local, '\n', local_len) != NULL)
		return;
	text = arena_bytes(&k->text, len + 1);
	remember(k, text);
	for (i = 0; i < local_len; i++)
		*text++ = lower(local[i]);
	*text++ = '@';
	for (i = 0; i < host_len; i++)
		*text++ = lower(host[i]);
	*text = '\0';
}

void
keys_add_bare(struct keys *k, const char *text)
{
	remember(k, arena_copy(&k->text, text, strlen(text)));
}

void
keys_undo(struct keys *k, size_t n)
{
	k->n = n;
}

/* Zeros stand for what lies behind the end. */
static uint64_t
chunk_at(const char *text)
{
	uint64_t chunk = 0;
	int i;

	for (i = 0; i < CHUNK; i++) {
		chunk <<= 8;
		if (*text != '\0')
			chunk |= (unsigned char)*text++;
	}
	return chunk;
}

static void
insertion_sort(struct keys_item *items, size_t n, size_t depth)
{
	struct keys_item item;
	size_t i, j;

	for (i = 1; i < n; i++) {
		item = items[i];
		for (j = i; j > 0; j--) {
			if (strcmp(items[j - 1].text + depth,
				item.text + depth) <= 0)
				break;
			items[j] = items[j - 1];
		}
		items[j] = item;
	}
}

/* Keep the first of equal keys; keys_sort() takes out the others. */
static void
strike_others(struct keys_item *items, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++)
		items[i].text = NULL;
}

static void
strike_equals(struct keys_item *items, size_t n, size_t depth)
{
	size_t i, end;

	for (i = 0; i < n; i = end) {
		for (end = i + 1; end < n; end++)
			if (strcmp(items[end].text + depth,
				items[i].text + depth) != 0)
				break;
		strike_others(items + i, end - i);
	}
}

/* One pass, by the byte of the chunk that "shift" brings down. */
static void
spread(const struct keys_item *from, struct keys_item *to, size_t n, int shift)
{
	size_t at[DIGITS] = { 0 };
	size_t i, count, sum = 0;

	for (i = 0; i < n; i++)
		at[from[i].chunk >> shift & (DIGITS - 1)]++;
	for (i = 0; i < DIGITS; i++) {
		count = at[i];
		at[i] = sum;
		sum += count;
	}
	for (i = 0; i < n; i++)
		to[at[from[i].chunk >> shift & (DIGITS - 1)]++] = from[i];
}

/* "differ" has ones where the chunks are not all equal. */
static void
sort_by_chunk(
    struct keys_item *items, struct keys_item *spare, size_t n, uint64_t differ)
{
	struct keys_item *from = items, *to = spare, *swap;
	int shift;

	for (shift = 0; shift < 8 * CHUNK; shift += 8) {
		if ((differ >> shift & (DIGITS - 1)) == 0)
			continue;
		spread(from, to, n, shift);
		swap = from;
		from = to;
		to = swap;
	}
	if (from != items)
		memcpy(items, from, n * sizeof(*items));
}

/* Everything here is equal in its first "depth" bytes.  The depth of the
 * recursion is at most KEYS_LEN_MAX / CHUNK. */
static void
sort_range(
    struct keys_item *items, struct keys_item *spare, size_t n, size_t depth)
{
	uint64_t differ = 0;
	size_t i, end;

	if (n <= FEW) {
		insertion_sort(items, n, depth);
		strike_equals(items, n, depth);
		return;
	}
	for (i = 0; i < n; i++) {
		items[i].chunk = chunk_at(items[i].text + depth);
		differ |= items[i].chunk ^ items[0].chunk;
	}
	sort_by_chunk(items, spare, n, differ);
	for (i = 0; i < n; i = end) {
		for (end = i + 1; end < n; end++)
			if (items[end].chunk != items[i].chunk)
				break;
		/* A chunk that ends in a zero holds the end of its key. */
		if ((items[i].chunk & 0xff) == 0)
			strike_others(items + i, end - i);
		else if (end - i > 1)
			sort_range(items + i, spare, end - i, depth + CHUNK);
	}
}

void
keys_sort(struct keys *k)
{
	struct keys_item *spare;
	size_t i, n = 0;

	if (k->n == 0)
		return;
	spare = malloc(k->n * sizeof(*spare));
	if (spare == NULL)
		log_fatal("memory");
	sort_range(k->items, spare, k->n, 0);
	free(spare);
	for (i = 0; i < k->n; i++)
		if (k->items[i].text != NULL)
			k->items[n++] = k->items[i];
	k->n = n;
}
