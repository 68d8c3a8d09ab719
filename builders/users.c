/*
 * users - users/cdb, which tells qmail who gets the mail of a local name.
 */

#include <stdlib.h>
#include <string.h>

#include "builders/cdbscan.h"
#include "builders/users.h"
#include "daemon/log.h"

void
users_init(struct users *u)
{
	memset(u, 0, sizeof(*u));
	source_init(&u->file);
	arena_init(&u->text);
}

void
users_fini(struct users *u)
{
	source_fini(&u->file);
	arena_fini(&u->text);
	free(u->entries);
	users_init(u);
}

/* The last field has no NUL behind it in the file. */
static bool
split_value(struct users *u, const struct cdbscan_record *record,
    struct users_entry *entry)
{
	const char *fields[USERS_FIELDS];
	const char *at, *end;
	size_t n;

	at = arena_copy(&u->text, record->value, record->value_len);
	end = at + record->value_len;
	for (n = 0; n < USERS_FIELDS && at <= end; n++) {
		fields[n] = at;
		at += strlen(at) + 1;
	}
	if (n < USERS_FIELDS)
		return false;
	entry->home = fields[3];
	entry->dash = fields[4];
	entry->ext = fields[5];
	return true;
}

/* qmail looks a name up in lower case, so another one is never found. */
static bool
is_findable(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (name[i] == '\0' || (name[i] >= 'A' && name[i] <= 'Z'))
			return false;
	return true;
}

static const char *
add_record(struct users *u, const struct cdbscan_record *record)
{
	const char *name = record->key + 1;
	size_t len = record->key_len - 1;
	struct users_entry *entry;

	u->entries =
	    arena_grow(u->entries, u->n, &u->size, sizeof(*u->entries));
	entry = &u->entries[u->n];
	entry->exact = len > 0 && name[len - 1] == '\0';
	if (entry->exact)
		len--;
	if (!is_findable(name, len))
		return NULL;
	if (!split_value(u, record, entry))
		return "damaged: an entry without its six fields";
	entry->name = arena_copy(&u->text, name, len);
	u->n++;
	return NULL;
}

/* Of equal entries the first in the file counts. */
struct sortable {
	struct users_entry entry;
	size_t place;
};

static int
compare_entries(const void *a, const void *b)
{
	const struct sortable *x = a;
	const struct sortable *y = b;
	int by_name = strcmp(x->entry.name, y->entry.name);

	if (by_name != 0)
		return by_name;
	if (x->entry.exact != y->entry.exact)
		return x->entry.exact ? 1 : -1;
	return (x->place > y->place) - (x->place < y->place);
}

static bool
is_same(const struct users_entry *a, const struct users_entry *b)
{
	return a->exact == b->exact && strcmp(a->name, b->name) == 0;
}

static bool
is_reachable(const struct users *u, const struct users_entry *e)
{
	size_t len = strlen(e->name);

	return e->exact || len == 0 ||
	       u->wildcards[(unsigned char)e->name[len - 1]];
}

/* Sorted, each once, and without those that qmail never looks for. */
static void
sort_entries(struct users *u)
{
	struct sortable *list;
	size_t i, n = 0;

	if (u->n == 0)
		return;
	list = calloc(u->n, sizeof(*list));
	if (list == NULL)
		log_fatal("memory");
	for (i = 0; i < u->n; i++) {
		list[i].entry = u->entries[i];
		list[i].place = i;
	}
	qsort(list, u->n, sizeof(*list), compare_entries);
	for (i = 0; i < u->n; i++) {
		if (n > 0 && is_same(&list[i].entry, &u->entries[n - 1]))
			continue;
		if (is_reachable(u, &list[i].entry))
			u->entries[n++] = list[i].entry;
	}
	free(list);
	u->n = n;
}

const char *
users_parse(struct users *u)
{
	struct cdbscan scan;
	struct cdbscan_record record;
	const char *reason;
	bool has_wildcards = false;
	size_t i;

	u->n = 0;
	if (!cdbscan_start(&scan, u->file.bytes, u->file.len))
		return "damaged: not a whole cdb";
	while (cdbscan_next(&scan, &record)) {
		if (record.key_len == 0 && !has_wildcards) {
			has_wildcards = true;
			for (i = 0; i < record.value_len; i++)
				u->wildcards[(unsigned char)record.value[i]] =
				    true;
		}
		if (record.key_len == 0 || record.key[0] != '!')
			continue;
		reason = add_record(u, &record);
		if (reason != NULL)
			return reason;
	}
	if (!has_wildcards)
		return "damaged: no wildcard characters";
	sort_entries(u);
	return NULL;
}

int
users_read(struct users *u, struct deps *deps, const char *path)
{
	const char *reason;
	enum source_answer answer;

	deps_add(deps, path);
	answer = source_read(&u->file, path);
	deps_stamp(deps, deps->last, &u->file.stamp);
	switch (answer) {
	case SOURCE_READ:
		break;
	case SOURCE_ABSENT:
		return 0;
	case SOURCE_OTHER:
	case SOURCE_TROUBLE:
		return -1;
	}
	reason = users_parse(u);
	if (reason == NULL)
		return 0;
	log_warnx("%s: %s", path, reason);
	return -1;
}

/* The first entry that is not before "name", which may be a prefix. */
static size_t
lower_bound(const struct users *u, const char *name)
{
	size_t low = 0, high = u->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(u->entries[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct users_entry *
users_find(const struct users *u, const char *name, bool exact)
{
	size_t i;

	for (i = lower_bound(u, name); i < u->n; i++) {
		if (strcmp(u->entries[i].name, name) != 0)
			break;
		if (u->entries[i].exact == exact)
			return &u->entries[i];
	}
	return NULL;
}

const struct users_entry *
users_match_prefix(const struct users *u, const char *name)
{
	const struct users_entry *found = NULL;
	size_t len = strlen(name);
	char *prefix;

	if (u->n == 0)
		return NULL;
	prefix = strdup(name);
	if (prefix == NULL)
		log_fatal("memory");
	for (;; len--) {
		prefix[len] = '\0';
		if (len == 0 || u->wildcards[(unsigned char)prefix[len - 1]])
			found = users_find(u, prefix, false);
		if (found != NULL || len == 0)
			break;
	}
	free(prefix);
	return found;
}

const struct users_entry *
users_match(const struct users *u, const char *name)
{
	const struct users_entry *found = users_find(u, name, true);

	return found != NULL ? found : users_match_prefix(u, name);
}

size_t
users_under(
    const struct users *u, const char *prefix, const struct users_entry **first)
{
	size_t len = strlen(prefix);
	size_t begin = lower_bound(u, prefix);
	size_t low = begin, high = u->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strncmp(u->entries[middle].name, prefix, len) == 0)
			low = middle + 1;
		else
			high = middle;
	}
	*first = u->entries + begin;
	return low - begin;
}
