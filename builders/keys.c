/*
 * keys - the names of one domain, in the order of their bytes.
 *
 * They come in few sorted runs, from sorted files and directories, so that
 * runs are merged.
 */

#include <stdlib.h>
#include <string.h>

#include "builders/keys.h"
#include "daemon/log.h"

#define DEFAULT "default"
#define DEFAULT_LEN (sizeof(DEFAULT) - 1)

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
	free(k->spare);
	keys_init(k);
}

void
keys_clear(struct keys *k)
{
	arena_reset(&k->text);
	k->n = 0;
}

static char
lower(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c;
}

void
keys_add(struct keys *k, const char *name, size_t len, unsigned use)
{
	char *text;
	size_t i;

	if (len > KEYS_LEN_MAX || memchr(name, '\n', len) != NULL)
		return;
	text = arena_bytes(&k->text, len + 1);
	for (i = 0; i < len; i++)
		text[i] = lower(name[i]);
	text[len] = '\0';
	k->items = arena_grow(k->items, k->n, &k->size, sizeof(*k->items));
	k->items[k->n].text = text;
	k->items[k->n].len = (uint16_t)len;
	k->items[k->n++].use = (uint16_t)use;
}

static int
compare(const struct keys_item *a, const struct keys_item *b)
{
	return strcmp(a->text, b->text);
}

/* The end of the run that begins at "at". */
static size_t
run_end(const struct keys *k, size_t at)
{
	for (at++; at < k->n; at++)
		if (compare(&k->items[at - 1], &k->items[at]) > 0)
			break;
	return at;
}

/* Merge two runs, a from "at" and b from "middle", into "out". */
static void
merge(const struct keys_item *items, struct keys_item *out, size_t at,
    size_t middle, size_t end)
{
	size_t a = at, b = middle;

	for (; at < end; at++)
		if (a < middle &&
		    (b == end || compare(&items[a], &items[b]) <= 0))
			out[at] = items[a++];
		else
			out[at] = items[b++];
}

/* Merge neighbours all along.  Returns how many runs there are now. */
static size_t
merge_runs(struct keys *k)
{
	struct keys_item *swap;
	size_t at, middle, end, swap_size, n = 0;

	for (at = 0; at < k->n; at = end, n++) {
		middle = run_end(k, at);
		end = middle < k->n ? run_end(k, middle) : middle;
		merge(k->items, k->spare, at, middle, end);
	}
	swap = k->items;
	k->items = k->spare;
	k->spare = swap;
	swap_size = k->size;
	k->size = k->spare_size;
	k->spare_size = swap_size;
	return n;
}

static unsigned
join_uses(unsigned a, unsigned b)
{
	unsigned both = a | b;

	return (a & b & KEYS_REFUSE) != 0 ? both : both & ~KEYS_REFUSE;
}

static void
join_equals(struct keys *k)
{
	size_t i, n = 0;

	for (i = 0; i < k->n; i++)
		if (n > 0 && compare(&k->items[n - 1], &k->items[i]) == 0)
			k->items[n - 1].use = (uint16_t)join_uses(
			    k->items[n - 1].use, k->items[i].use);
		else
			k->items[n++] = k->items[i];
	k->n = n;
}

static bool
are_in_order(const struct keys *k)
{
	size_t i;

	for (i = 1; i < k->n; i++)
		if (compare(&k->items[i - 1], &k->items[i]) >= 0)
			return false;
	return true;
}

void
keys_sort(struct keys *k)
{
	if (are_in_order(k))
		return;
	if (run_end(k, 0) < k->n) {
		if (k->spare_size < k->n) {
			free(k->spare);
			k->spare = calloc(k->size, sizeof(*k->spare));
			if (k->spare == NULL)
				log_fatal("memory");
			k->spare_size = k->size;
		}
		while (merge_runs(k) > 1)
			;
	}
	join_equals(k);
}

static const struct keys_item *
find_in(const struct keys_item *items, size_t n, const char *name, size_t len)
{
	size_t low = 0, high = n, middle, shorter;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		shorter = items[middle].len < len ? items[middle].len : len;
		order = memcmp(items[middle].text, name, shorter);
		if (order == 0)
			order = (items[middle].len > len) -
				(items[middle].len < len);
		if (order == 0)
			return &items[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct keys_item *
keys_find(const struct keys *k, const char *name, size_t len)
{
	return find_in(k->items, k->n, name, len);
}

void
keys_remove(struct keys *k, const char *name, size_t len)
{
	const struct keys_item *found = keys_find(k, name, len);
	size_t i;

	if (found == NULL)
		return;
	for (i = (size_t)(found - k->items) + 1; i < k->n; i++)
		k->items[i - 1] = k->items[i];
	k->n--;
}

/* The key that the reader tries next after this one, if it is there. */
static const struct keys_item *
find_wider(const struct keys_item *items, size_t n,
    const struct keys_item *item, char break_char)
{
	char name[KEYS_LEN_MAX + DEFAULT_LEN];
	const struct keys_item *found = NULL;
	size_t len = item->len;

	if (len == 0)
		return NULL;
	memcpy(name, item->text, len);
	if ((item->use & KEYS_PREFIX) != 0)
		len -= DEFAULT_LEN + 1;
	for (; len > 0 && found == NULL; len--) {
		if (item->text[len - 1] != break_char)
			continue;
		memcpy(name + len, DEFAULT, DEFAULT_LEN);
		found = find_in(items, n, name, len + DEFAULT_LEN);
		if (found == item)
			found = NULL;
	}
	return found != NULL ? found : find_in(items, n, "", 0);
}

static bool
is_idle(const struct keys *k, const struct keys_item *item, char break_char)
{
	const struct keys_item *wider =
	    find_wider(k->items, k->n, item, break_char);

	if ((item->use & KEYS_REFUSE) != 0)
		return wider == NULL || (wider->use & KEYS_REFUSE) != 0;
	return wider != NULL && wider->use == KEYS_ALL;
}

void
keys_prune(struct keys *k, char break_char)
{
	struct keys_item *kept;
	size_t i, n = 0;

	if (k->n == 0)
		return;
	kept = calloc(k->n, sizeof(*kept));
	if (kept == NULL)
		log_fatal("memory");
	for (i = 0; i < k->n; i++)
		if (!is_idle(k, &k->items[i], break_char))
			kept[n++] = k->items[i];
	free(k->items);
	k->items = kept;
	k->size = k->n;
	k->n = n;
}
