/*
 * names - the names of one directory that a walk goes on with.
 */

#include <stdlib.h>
#include <string.h>

#include "daemon/names.h"

int
names_add(struct names *names, const char *text, uint64_t next, bool found)
{
	size_t n = strlen(text) + 1, room;
	struct name *name;
	void *p;

	if (names->count == names->room) {
		room = names->room == 0 ? 64 : 2 * names->room;
		p = reallocarray(names->list, room, sizeof(*names->list));
		if (p == NULL)
			return -1;
		names->list = p;
		names->room = room;
	}
	if (names->text_room - names->text_used < n) {
		room = 2 * names->text_room + n + 1024;
		p = realloc(names->text, room);
		if (p == NULL)
			return -1;
		names->text = p;
		names->text_room = room;
	}
	name = &names->list[names->count++];
	name->text = names->text_used;
	name->next = next;
	name->found = found;
	memcpy(names->text + names->text_used, text, n);
	names->text_used += n;
	return 0;
}

static bool
comes_before(const char *text, const struct name *a, const struct name *b)
{
	if (a->key != b->key)
		return a->key < b->key;
	return strcmp(text + a->text, text + b->text) < 0;
}

/* Merge two neighbouring pieces of "from" into "to". */
static void
merge(const char *text, const struct name *from, struct name *to, size_t middle,
    size_t end)
{
	size_t left = 0, right = middle, i;

	for (i = 0; i < end; i++) {
		if (left == middle ||
		    (right < end &&
			comes_before(text, &from[right], &from[left])))
			to[i] = from[right++];
		else
			to[i] = from[left++];
	}
}

/* Returns 0, or -1 with errno.  (qsort(3) takes three times as long: it calls
 * for each comparison.) */
static int
merge_sort(struct names *names)
{
	struct name *from = names->list, *to, *swap;
	size_t n = names->count, size, i, middle, end;

	to = reallocarray(NULL, n, sizeof(*to));
	if (to == NULL)
		return -1;
	for (size = 1; size < n; size *= 2) {
		for (i = 0; i < n; i += 2 * size) {
			middle = n - i < size ? n - i : size;
			end = n - i < 2 * size ? n - i : 2 * size;
			merge(names->text, from + i, to + i, middle, end);
		}
		swap = from;
		from = to;
		to = swap;
	}
	free(to);
	names->list = from;
	names->room = n;
	return 0;
}

/* How many bytes all names begin with in common. */
static size_t
common_length(const struct names *names)
{
	const char *first = names->text + names->list[0].text, *text;
	size_t common = strlen(first), i, j;

	for (i = 1; i < names->count; i++) {
		text = names->text + names->list[i].text;
		for (j = 0; j < common && text[j] == first[j]; j++)
			;
		common = j;
	}
	return common;
}

/* Names in one directory often begin alike, so the key of each is made of the
 * bytes after what all have in common. */
int
names_sort(struct names *names)
{
	size_t common, i, j;
	unsigned char byte;
	const char *text;
	uint64_t key;

	if (names->count < 2)
		return 0;
	common = common_length(names);
	for (i = 0; i < names->count; i++) {
		text = names->text + names->list[i].text + common;
		key = 0;
		for (j = 0; j < sizeof(key); j++) {
			byte = (unsigned char)*text;
			if (byte != '\0')
				text++;
			key = key << 8 | byte;
		}
		names->list[i].key = key;
	}
	return merge_sort(names);
}

void
names_fini(struct names *names)
{
	free(names->list);
	free(names->text);
	memset(names, 0, sizeof(*names));
}
