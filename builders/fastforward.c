/*
 * fastforward - the addresses in a cdb of fastforward.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builders/cdbscan.h"
#include "builders/fastforward.h"
#include "daemon/log.h"

void
fastforward_set_init(struct fastforward_set *set, struct deps *deps)
{
	memset(set, 0, sizeof(*set));
	arena_init(&set->memory);
	source_init(&set->file);
	set->deps = deps;
}

void
fastforward_set_fini(struct fastforward_set *set)
{
	arena_fini(&set->memory);
	source_fini(&set->file);
	fastforward_set_init(set, set->deps);
}

static int
compare_texts(const void *a, const void *b)
{
	const char *const *x = a;
	const char *const *y = b;

	return strcmp(*x, *y);
}

/* Keys that begin with '?' name the owner of a list. */
static bool
is_target(const struct cdbscan_record *record)
{
	return record->key_len > 1 && record->key[0] == ':' &&
	       memchr(record->key, '\0', record->key_len) == NULL;
}

int
fastforward_parse(struct fastforward_set *set, struct fastforward *f)
{
	struct cdbscan scan;
	struct cdbscan_record record;
	size_t count = 0;

	if (!cdbscan_start(&scan, set->file.bytes, set->file.len)) {
		log_warnx("%s: damaged: not a whole cdb", f->path);
		return -1;
	}
	while (cdbscan_next(&scan, &record))
		count++;
	f->keys = arena_object(&set->memory, count * sizeof(*f->keys) + 1);
	(void)cdbscan_start(&scan, set->file.bytes, set->file.len);
	while (cdbscan_next(&scan, &record))
		if (is_target(&record))
			f->keys[f->n++] = arena_copy(
			    &set->memory, record.key + 1, record.key_len - 1);
	qsort(f->keys, f->n, sizeof(*f->keys), compare_texts);
	return 0;
}

static int
read_cdb(struct fastforward_set *set, struct fastforward *f)
{
	enum source_answer answer = source_read(&set->file, f->path);

	deps_stamp(set->deps, f->dep, &set->file.stamp);
	if (answer == SOURCE_READ)
		return fastforward_parse(set, f);
	if (answer == SOURCE_ABSENT) {
		errno = ENOENT;
		log_warn("%s", f->path);
	}
	return -1;
}

struct fastforward *
fastforward_open(
    struct fastforward_set *set, const char *home, const char *path)
{
	struct fastforward *f;
	uint32_t dep;

	if (path[0] == '/')
		deps_add(set->deps, path);
	else
		(void)deps_add_in(set->deps, home, path);
	dep = set->deps->last;
	for (f = set->newest; f != NULL; f = f->older)
		if (f->dep == dep)
			return f->trouble ? NULL : f;
	f = arena_object(&set->memory, sizeof(*f));
	f->path = set->deps->paths[dep].text;
	f->dep = dep;
	f->older = set->newest;
	set->newest = f;
	f->trouble = read_cdb(set, f) == -1;
	return f->trouble ? NULL : f;
}

static bool
has_key(const struct fastforward *f, const char *user, const char *host)
{
	const char *key;
	char *text, *c;
	bool found;

	if (asprintf(&text, "%s@%s", user, host) == -1)
		log_fatal("memory");
	for (c = text; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	key = text;
	found = f->n > 0 && bsearch(&key, f->keys, f->n, sizeof(*f->keys),
				compare_texts) != NULL;
	free(text);
	return found;
}

bool
fastforward_has(const struct fastforward *f, const char *user, const char *host)
{
	return has_key(f, user, host) || has_key(f, "", host) ||
	       has_key(f, user, "");
}
