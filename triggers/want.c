#include <errno.h>
#include <limits.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "triggers/want.h"

void
want_set_init(struct want_set *set)
{
	memset(set, 0, sizeof(*set));
}

void
want_set_fini(struct want_set *set)
{
	uint32_t i;

	for (i = 0; i < set->slot_count; i++)
		if (set->slots[i] != NULL)
			want_free(set, set->slots[i]);
	while (set->topics != NULL)
		topic_free(set, set->topics);
	free(set->slots);
	want_set_init(set);
}

static int
by_number(const void *a, const void *b)
{
	const struct topic *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static struct topic *
find_any(const struct want_set *set, unsigned id)
{
	const struct topic key = { .id = id };
	struct topic *const *found = tfind(&key, &set->by_id, by_number);

	return found == NULL ? NULL : *found;
}

struct topic *
topic_find(const struct want_set *set, unsigned id)
{
	struct topic *topic = find_any(set, id);

	return topic == NULL || topic->gone ? NULL : topic;
}

struct topic *
topic_make(struct want_set *set, unsigned id)
{
	struct topic *topic = find_any(set, id);

	if (topic != NULL) {
		topic->gone = false;
		return topic;
	}
	topic = calloc(1, sizeof(*topic));
	if (topic == NULL)
		return NULL;
	topic->id = id;
	if (tsearch(topic, &set->by_id, by_number) == NULL) {
		free(topic);
		return NULL;
	}
	topic->next = set->topics;
	set->topics = topic;
	return topic;
}

static void
forget_note(struct want_set *set, struct topic *topic)
{
	struct topic **link = &set->first_noted, *before = NULL;

	for (; *link != topic; link = &(*link)->next_noted)
		before = *link;
	*link = topic->next_noted;
	if (set->last_noted == topic)
		set->last_noted = before;
	topic->noted = false;
}

void
topic_begin(struct want_set *set, struct topic *topic)
{
	struct want *want;
	uint32_t i;

	for (i = 0; i < set->slot_count; i++) {
		want = set->slots[i];
		if (want != NULL && want->topic == topic)
			want->stale = want->links == 0;
	}
}

void
topic_end(struct want_set *set, struct topic *topic)
{
	struct want *want;
	uint32_t i;

	for (i = 0; i < set->slot_count; i++) {
		want = set->slots[i];
		if (want != NULL && want->topic == topic && want->stale)
			want_kill(set, want);
	}
}

void
topic_drop(struct want_set *set, struct topic *topic)
{
	if (topic->noted)
		forget_note(set, topic);
	topic->gone = true;
	topic_begin(set, topic);
	topic_end(set, topic);
}

bool
topic_is_wild(const struct want_set *set, const struct topic *topic)
{
	const struct want *want;
	uint32_t i;

	for (i = 0; i < set->slot_count; i++) {
		want = set->slots[i];
		if (want != NULL && want->topic == topic && want->wild &&
		    !want->dead)
			return true;
	}
	return false;
}

void
topic_free(struct want_set *set, struct topic *topic)
{
	struct topic **link = &set->topics;

	if (topic->noted)
		forget_note(set, topic);
	while (*link != topic)
		link = &(*link)->next;
	*link = topic->next;
	(void)tdelete(topic, &set->by_id, by_number);
	free(topic);
}

void
topic_note(struct want_set *set, struct topic *topic)
{
	if (topic->noted)
		return;
	topic->noted = true;
	topic->next_noted = NULL;
	if (set->last_noted == NULL)
		set->first_noted = topic;
	else
		set->last_noted->next_noted = topic;
	set->last_noted = topic;
}

struct topic *
topic_take(struct want_set *set)
{
	struct topic *topic = set->first_noted;

	if (topic != NULL)
		forget_note(set, topic);
	return topic;
}

static int
by_topic_and_text(const void *a, const void *b)
{
	const struct want *x = a, *y = b;

	if (x->topic->id != y->topic->id)
		return x->topic->id < y->topic->id ? -1 : 1;
	return strcmp(x->text, y->text);
}

/* Find a free slot, making more if there is none. */
static int
find_slot(struct want_set *set, uint32_t *index)
{
	uint32_t i, size;
	struct want **slots;

	for (i = set->slot_hint; i < set->slot_count; i++)
		if (set->slots[i] == NULL)
			break;
	set->slot_hint = i;
	*index = i;
	if (i < set->slot_count)
		return 0;
	if (set->slot_count == set->slot_size) {
		size = set->slot_size == 0 ? 16 : set->slot_size * 2;
		slots = realloc(set->slots, size * sizeof(struct want *));
		if (slots == NULL)
			return -1;
		set->slots = slots;
		set->slot_size = size;
	}
	set->slots[set->slot_count++] = NULL;
	return 0;
}

/* Copy components, leaving out empty ones and ".". */
static void
copy_text(char *to, const char *from)
{
	char *start = to;
	size_t n;

	while (*from != '\0') {
		n = strcspn(from, "/");
		if (n > 0 && !(n == 1 && *from == '.')) {
			if (to != start)
				*to++ = '/';
			memcpy(to, from, n);
			to += n;
		}
		from += n;
		from += strspn(from, "/");
	}
	*to = '\0';
}

/* Has any component of the want wildcards? */
static bool
has_wildcards(const struct want *want)
{
	struct part part;
	uint16_t off = 0;

	for (;;) {
		part = want_part(want, off);
		if (part.kind == PART_GLOB || part.kind == PART_ANY)
			return true;
		if (part.kind == PART_END)
			return false;
		off = part.next;
	}
}

struct want *
want_make(struct want_set *set, struct topic *topic, const char *text,
    unsigned links, bool wild, bool *made)
{
	struct want *want, **found;
	size_t len = strlen(text);

	*made = false;
	if (len >= WANT_TEXT_MAX) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	want = calloc(1, sizeof(*want) + len + 1);
	if (want == NULL)
		return NULL;
	copy_text(want->text, text);
	want->topic = topic;
	want->links = links;
	want->wild = wild || has_wildcards(want);
	if (find_slot(set, &want->index) == -1)
		goto fail;
	found = tsearch(want, &set->by_text, by_topic_and_text);
	if (found == NULL)
		goto fail;
	if (*found != want) {
		if ((*found)->links > links)
			(*found)->links = links;
		if ((*found)->dead)
			set->dead--;
		(*found)->dead = (*found)->stale = false;
		free(want);
		return *found;
	}
	set->slots[want->index] = want;
	*made = true;
	return want;

fail:
	free(want);
	errno = ENOMEM;
	return NULL;
}

void
want_kill(struct want_set *set, struct want *want)
{
	set->dead += !want->dead;
	want->dead = true;
}

void
want_free(struct want_set *set, struct want *want)
{
	(void)tdelete(want, &set->by_text, by_topic_and_text);
	set->slots[want->index] = NULL;
	if (want->dead)
		set->dead--;
	if (want->index < set->slot_hint)
		set->slot_hint = want->index;
	free(want);
}

/* What a component is that has wildcards, or none. */
static enum part_kind
classify(const char *text, size_t len, bool wild)
{
	if (len == 0)
		return PART_END;
	if (len == 2 && memcmp(text, "..", 2) == 0)
		return PART_UP;
	if (len == 2 && memcmp(text, "**", 2) == 0)
		return PART_ANY;
	return wild ? PART_GLOB : PART_PLAIN;
}

struct part
want_part(const struct want *want, uint16_t off)
{
	struct part part;
	bool wild = false, quoted = false;
	size_t i;
	char c;

	part.text = want->text + off;
	for (i = 0; (c = part.text[i]) != '\0' && c != '/'; i++) {
		if (!quoted && (c == '*' || c == '?' || c == '['))
			wild = true;
		quoted = !quoted && c == '\\';
	}
	part.len = i;
	part.kind = classify(part.text, part.len, wild);
	part.last = part.text[part.len] == '\0';
	part.next = (uint16_t)(off + part.len + (part.last ? 0 : 1));
	return part;
}

bool
part_name(const struct part *part, char *name)
{
	size_t i, used = 0;

	for (i = 0; i < part->len; i++) {
		if (part->text[i] == '\\' && i + 1 < part->len)
			i++;
		if (used == NAME_MAX)
			return false;
		name[used++] = part->text[i];
	}
	name[used] = '\0';
	return true;
}

size_t
want_quote(char *text, size_t used, const char *name)
{
	if (used + 1 < WANT_TEXT_MAX)
		text[used++] = '/';
	for (; *name != '\0' && used + 2 < WANT_TEXT_MAX; name++) {
		if (memchr("*?[\\", *name, 4) != NULL)
			text[used++] = '\\';
		text[used++] = *name;
	}
	text[used] = '\0';
	return *name == '\0' ? used : 0;
}
