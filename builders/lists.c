/*
 * lists - the names of every domain, each with what they were read from.
 */

#include <stdlib.h>
#include <string.h>

#include "builders/lists.h"

/* Before each packed name: its length and its use. */
#define HEAD (2 * sizeof(uint16_t))

void
lists_init(struct lists *l)
{
	memset(l, 0, sizeof(*l));
	arena_init(&l->memory);
}

void
lists_fini(struct lists *l)
{
	arena_fini(&l->memory);
	free(l->items);
	lists_init(l);
}

const struct lists_item *
lists_find(const struct lists *l, const char *host)
{
	size_t low = 0, high = l->n, middle;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		order = strcmp(l->items[middle].host, host);
		if (order == 0)
			return &l->items[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

bool
lists_is_good(const struct lists_item *item, const struct digest *question,
    const struct stamp *then, struct deps *deps)
{
	size_t i;

	if ((item->flags & LISTS_STALE) != 0 ||
	    !digest_equal(item->question, *question))
		return false;
	for (i = 0; i < item->n_uses; i++)
		if (!stamp_equal(
			&then[item->uses[i]], deps_look(deps, item->uses[i])))
			return false;
	for (i = 0; i < item->n_uses; i++)
		deps_use(deps, item->uses[i]);
	return true;
}

static struct lists_item *
append(struct lists *l, const char *host, const struct digest *question)
{
	struct lists_item *item;

	l->items = arena_grow(l->items, l->n, &l->size, sizeof(*l->items));
	item = &l->items[l->n++];
	memset(item, 0, sizeof(*item));
	item->host = host;
	item->question = *question;
	return item;
}

static char *
pack(char *to, const struct keys_item *key)
{
	memcpy(to, &key->len, sizeof(key->len));
	memcpy(to + sizeof(key->len), &key->use, sizeof(key->use));
	memcpy(to + HEAD, key->text, key->len);
	return to + HEAD + key->len;
}

void
lists_add(struct lists *l, const char *host, const struct digest *question,
    const struct keys *keys, const struct deps *deps, unsigned flags)
{
	struct lists_item *item = append(l, host, question);
	size_t uses_size = deps->n_uses * sizeof(*deps->uses);
	uint32_t *uses;
	char *bytes;
	size_t i;

	for (i = 0; i < keys->n; i++)
		item->len += HEAD + keys->items[i].len;
	bytes = arena_bytes(&l->memory, item->len);
	item->bytes = bytes;
	for (i = 0; i < keys->n; i++)
		bytes = pack(bytes, &keys->items[i]);
	uses = arena_object(&l->memory, uses_size);
	if (uses_size > 0)
		memcpy(uses, deps->uses, uses_size);
	item->uses = uses;
	item->n_uses = deps->n_uses;
	item->flags = flags;
}

void
lists_add_same(struct lists *l, const char *host, const struct digest *question,
    const struct lists_item *item, unsigned flags)
{
	struct lists_item same = *item; /* it may move */

	same.host = host;
	same.question = *question;
	same.flags = flags;
	if ((flags & LISTS_STALE) != 0)
		same.n_uses = 0;
	*append(l, host, question) = same;
}

bool
lists_next(const struct lists_item *item, size_t *at, struct keys_item *out)
{
	const char *from = item->bytes + *at;

	if (item->len - *at < HEAD)
		return false;
	memcpy(&out->len, from, sizeof(out->len));
	memcpy(&out->use, from + sizeof(out->len), sizeof(out->use));
	if (out->len > item->len - *at - HEAD)
		return false;
	out->text = from + HEAD;
	*at += HEAD + out->len;
	return true;
}
