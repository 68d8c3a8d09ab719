/*
 * publish - the list of a whole mail system, written.
 */

#include <stdlib.h>
#include <string.h>

#include "builders/again.h"
#include "builders/leave.h"
#include "builders/publish.h"
#include "daemon/log.h"

#define DEFAULT "default"
#define DEFAULT_LEN (sizeof(DEFAULT) - 1)

static bool
is_prefix(const struct recipients *r, const char *name)
{
	size_t len = strlen(name);

	return len > DEFAULT_LEN &&
	       strcmp(name + len - DEFAULT_LEN, DEFAULT) == 0 &&
	       name[len - DEFAULT_LEN - 1] == r->options->system.break_char;
}

/* An address kept by hand is what it says, whatever else there is. */
static void
add_extra(
    struct recipients *r, struct keys *keys, const struct addresses_item *item)
{
	unsigned use = *item->local == '\0' ? KEYS_ALL : KEYS_NAME;

	if (is_prefix(r, item->local))
		use |= KEYS_PREFIX;
	if (item->refused)
		use |= KEYS_REFUSE;
	keys_add(keys, item->local, strlen(item->local), use);
}

/* What a program has listed, less what is excluded or kept by hand. */
static void
add_listed(struct recipients *r, struct keys *keys,
    const struct lists_item *list, const char *host)
{
	struct keys_item key;
	char name[KEYS_LEN_MAX + 1];
	size_t at = 0;

	while (lists_next(list, &at, &key)) {
		memcpy(name, key.text, key.len);
		name[key.len] = '\0';
		if (addresses_have(&r->extra, host, name))
			continue;
		if (!addresses_have(&r->exclude, host, name))
			keys_add(keys, name, key.len, key.use);
		else if (r->options->system.negatives && key.len > 0)
			keys_add(keys, name, key.len,
			    key.use | (unsigned)KEYS_REFUSE);
	}
}

/* An excluded name that only a wider key accepts. */
static void
add_excluded(struct recipients *r, struct keys *keys, const char *host)
{
	const struct addresses_item *item;
	size_t n = addresses_of(&r->exclude, host, &item);

	for (; n > 0; n--, item++)
		if (*item->local != '\0')
			keys_add(keys, item->local, strlen(item->local),
			    KEYS_NAME | KEYS_REFUSE);
}

void
publish_keys(
    struct recipients *r, const struct lists_item *list, const char *host)
{
	const struct addresses_item *item;
	struct keys *keys = &r->keys;
	size_t n = addresses_of(&r->extra, host, &item);
	bool negatives = r->options->system.negatives && *host != '\0';

	keys_clear(keys);
	if (list != NULL)
		add_listed(r, keys, list, host);
	if (negatives)
		add_excluded(r, keys, host);
	keys_sort(keys);
	if (negatives)
		keys_prune(keys, r->options->system.break_char);
	for (; n > 0; n--, item++)
		add_extra(r, keys, item);
	keys_sort(keys);
}

static void
write_merged(struct recipients *r, struct writer *w,
    const struct lists_item *list, const char *host)
{
	size_t i;

	publish_keys(r, list, host);
	writer_host(w, host);
	for (i = 0; i < r->keys.n; i++)
		writer_key(w, &r->keys.items[i]);
	writer_end(w);
}

static void
write_list(
    struct recipients *r, struct writer *w, const struct lists_item *list)
{
	const struct addresses_item *item;
	struct keys_item key;
	size_t at = 0;

	if (addresses_of(&r->extra, list->host, &item) > 0 ||
	    addresses_of(&r->exclude, list->host, &item) > 0) {
		write_merged(r, w, list, list->host);
		return;
	}
	writer_host(w, list->host);
	while (lists_next(list, &at, &key))
		writer_key(w, &key);
	writer_end(w);
}

/* By hosts, those of the addresses kept by hand among them. */
static void
write_lists(struct recipients *r, struct writer *w)
{
	const struct addresses_item *item = r->extra.items;
	const struct addresses_item *end = item + r->extra.n;
	const struct addresses_item *first;
	size_t i = 0;
	int order;

	while (i < r->lists.n || item < end) {
		order = -1;
		if (i == r->lists.n)
			order = 1;
		else if (item < end)
			order = strcmp(r->lists.items[i].host, item->host);
		if (order <= 0)
			write_list(r, w, &r->lists.items[i++]);
		else
			write_merged(r, w, NULL, item->host);
		if (order >= 0)
			item += addresses_of(&r->extra, item->host, &first);
	}
}

static int
write_product(struct recipients *r)
{
	const struct recipients_options *o = r->options;
	struct writer w;
	int rc;

	if (writer_open(&w, o->form, o->dialect, o->product) == -1)
		return -1;
	write_lists(r, &w);
	rc = writer_commit(&w);
	writer_close(&w);
	return rc;
}

/* That the next run cannot use them is no reason to fail this one. */
static void
leave(struct recipients *r)
{
	const struct recipients_options *o = r->options;
	struct lastform_about about = { .options = o->digest };

	about.system = r->system_digest;
	about.whole = !r->changing;
	if (o->product != NULL)
		stamp_look(&about.product, o->product);
	if (o->deps_path != NULL)
		stamp_look(&about.deps, o->deps_path);
	if (leave_lists(
		o->cache_dir, &about, &r->lists, &r->deps, &r->started) == -1)
		log_warn("%s", o->cache_dir);
}

/* The dependencies first: a list is never there without them. */
int
publish_list(struct recipients *r)
{
	const struct recipients_options *o = r->options;

	if (again_settle(&r->deps, o->cache_dir, o->deps_path) == -1)
		return -1;
	if (o->deps_path != NULL && deps_write(&r->deps, o->deps_path) == -1) {
		log_warn("%s", o->deps_path);
		return -1;
	}
	if (write_product(r) == -1)
		return -1;
	if (o->cache_dir != NULL)
		leave(r);
	return 0;
}
