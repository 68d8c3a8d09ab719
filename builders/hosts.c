/*
 * hosts - the hosts that qmail-smtpd takes mail for, and where it then goes.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "builders/cdbscan.h"
#include "builders/hosts.h"
#include "daemon/log.h"

void
hosts_init(struct hosts *h)
{
	memset(h, 0, sizeof(*h));
	arena_init(&h->text);
	control_init(&h->rcpthosts);
	control_init(&h->more);
	control_init(&h->locals);
	control_init(&h->virtualdomains);
	control_init(&h->smtproutes);
	control_init(&h->percenthack);
}

void
hosts_fini(struct hosts *h)
{
	control_fini(&h->rcpthosts);
	control_fini(&h->more);
	control_fini(&h->locals);
	control_fini(&h->virtualdomains);
	control_fini(&h->smtproutes);
	control_fini(&h->percenthack);
	arena_fini(&h->text);
	free(h->names);
	free(h->prepends);
	free(h->users);
	hosts_init(h);
}

/* The bytes are the cdb's own: qmail-smtpd asks it in lower case, and for no
 * host with a newline. */
static bool
is_findable(const struct cdbscan_record *record)
{
	size_t i;

	for (i = 0; i < record->key_len; i++)
		if (record->key[i] == '\0' || record->key[i] == '\n' ||
		    (record->key[i] >= 'A' && record->key[i] <= 'Z'))
			return false;
	return true;
}

static int
read_more(struct hosts *h, struct deps *deps, const char *qmail)
{
	const char *path =
	    deps_add_in(deps, qmail, "control/morercpthosts.cdb");
	struct cdbscan scan;
	struct cdbscan_record record;
	enum source_answer answer = source_read(&h->more.file, path);

	deps_stamp(deps, deps->last, &h->more.file.stamp);
	if (answer != SOURCE_READ)
		return answer == SOURCE_ABSENT ? 0 : -1;
	if (!cdbscan_start(&scan, h->more.file.bytes, h->more.file.len)) {
		log_warnx("%s: damaged: not a whole cdb", path);
		return -1;
	}
	while (cdbscan_next(&scan, &record))
		if (is_findable(&record))
			control_add(&h->more,
			    arena_copy(&h->text, record.key, record.key_len),
			    "");
	control_sort(&h->more);
	return 0;
}

/* Without rcpthosts qmail-smtpd takes mail for every host there is: no list
 * could be right.  Without locals there is the host in me; qmail-send does not
 * start without both. */
static int
read_files(struct hosts *h, struct deps *deps, const char *qmail)
{
	if (control_read(
		&h->rcpthosts, deps, qmail, "rcpthosts", CONTROL_LIST) == -1 ||
	    read_more(h, deps, qmail) == -1 ||
	    control_read(&h->locals, deps, qmail, "locals", CONTROL_LIST) ==
		-1 ||
	    control_read(&h->virtualdomains, deps, qmail, "virtualdomains",
		CONTROL_PAIRS) == -1 ||
	    control_read(&h->smtproutes, deps, qmail, "smtproutes",
		CONTROL_PAIRS) == -1 ||
	    control_read(&h->percenthack, deps, qmail, "percenthack",
		CONTROL_LIST) == -1)
		return -1;
	if (!h->rcpthosts.present) {
		errno = ENOENT;
		log_warn("%s/control/rcpthosts", qmail);
		return -1;
	}
	if (h->locals.present)
		return 0;
	if (control_read(&h->locals, deps, qmail, "me", CONTROL_LINE) == -1)
		return -1;
	if (!h->locals.present) {
		errno = ENOENT;
		log_warn("%s/control/me", qmail);
		return -1;
	}
	return 0;
}

bool
hosts_accept(const struct hosts *h, const char *host)
{
	return control_find_host(&h->rcpthosts, host, false) != NULL ||
	       control_find_host(&h->more, host, false) != NULL;
}

/* What follows the last '@', if it is the name of one host. */
static void
add_name(struct hosts *h, const char *text)
{
	const char *at = strrchr(text, '@');
	const char *host = at == NULL ? text : at + 1;

	if (*host == '\0' || *host == '.' || !hosts_accept(h, host))
		return;
	h->names = arena_grow(h->names, h->n, &h->size, sizeof(*h->names));
	h->names[h->n++] = host;
}

static void
add_names(struct hosts *h, const struct control *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		add_name(h, c->entries[i].key);
}

static void
add_virtual(struct hosts *h, const struct control_entry *entry)
{
	const char *at = strrchr(entry->key, '@');
	struct hosts_user *user;

	h->prepends = arena_grow(h->prepends, h->n_prepends, &h->prepends_size,
	    sizeof(*h->prepends));
	if (*entry->value != '\0')
		h->prepends[h->n_prepends++] = entry->value;
	if (at == NULL)
		return;
	h->users =
	    arena_grow(h->users, h->n_users, &h->users_size, sizeof(*user));
	user = &h->users[h->n_users++];
	user->host = at + 1;
	user->user =
	    arena_copy(&h->text, entry->key, (size_t)(at - entry->key));
	user->prepend = entry->value;
}

static int
compare_texts(const void *a, const void *b)
{
	const char *const *x = a;
	const char *const *y = b;

	return strcmp(*x, *y);
}

static size_t
sort_texts(const char **texts, size_t n)
{
	size_t i, kept = 0;

	if (n == 0)
		return 0;
	qsort(texts, n, sizeof(*texts), compare_texts);
	for (i = 0; i < n; i++)
		if (kept == 0 || strcmp(texts[i], texts[kept - 1]) != 0)
			texts[kept++] = texts[i];
	return kept;
}

static int
compare_users(const void *a, const void *b)
{
	const struct hosts_user *x = a;
	const struct hosts_user *y = b;
	int by_host = strcmp(x->host, y->host);

	return by_host != 0 ? by_host : strcmp(x->user, y->user);
}

int
hosts_read(struct hosts *h, struct deps *deps, const char *qmail)
{
	size_t i;

	if (read_files(h, deps, qmail) == -1)
		return -1;
	add_names(h, &h->rcpthosts);
	add_names(h, &h->more);
	add_names(h, &h->locals);
	add_names(h, &h->virtualdomains);
	add_names(h, &h->smtproutes);
	h->n = sort_texts(h->names, h->n);
	for (i = 0; i < h->virtualdomains.n; i++)
		add_virtual(h, &h->virtualdomains.entries[i]);
	h->n_prepends = sort_texts(h->prepends, h->n_prepends);
	if (h->n_users > 0)
		qsort(h->users, h->n_users, sizeof(*h->users), compare_users);
	return 0;
}

bool
hosts_is_named(const struct hosts *h, const char *host)
{
	return h->n > 0 && bsearch(&host, h->names, h->n, sizeof(*h->names),
			       compare_texts) != NULL;
}

/* locals first; then virtualdomains, where an empty prepend is an exception;
 * the empty key of smtproutes is no route of this host's own. */
struct hosts_place
hosts_find(const struct hosts *h, const char *host)
{
	struct hosts_place place = { HOSTS_UNHANDLED, "" };
	const struct control_entry *entry;

	if (control_find(&h->locals, host) != NULL) {
		place.class = HOSTS_LOCAL;
		return place;
	}
	entry = control_find_host(&h->virtualdomains, host, true);
	if (entry != NULL && *entry->value != '\0') {
		place.class = HOSTS_VIRTUAL;
		place.prepend = entry->value;
	} else if (entry != NULL ||
		   control_find_host(&h->smtproutes, host, false) != NULL) {
		place.class = HOSTS_ROUTED;
	}
	return place;
}

bool
hosts_has_percent(const struct hosts *h, const char *host)
{
	return control_find(&h->percenthack, host) != NULL;
}

size_t
hosts_users(
    const struct hosts *h, const char *host, const struct hosts_user **first)
{
	size_t low = 0, high = h->n_users, middle, n = 0;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(h->users[middle].host, host) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*first = h->users + low;
	while (
	    low + n < h->n_users && strcmp(h->users[low + n].host, host) == 0)
		n++;
	return n;
}

static bool
is_prepend(const struct hosts *h, const char *text)
{
	return h->n_prepends > 0 &&
	       bsearch(&text, h->prepends, h->n_prepends, sizeof(*h->prepends),
		   compare_texts) != NULL;
}

bool
hosts_is_prepended(const struct hosts *h, const char *name)
{
	char *prefix = strdup(name);
	char *dash;
	bool found = false;

	if (prefix == NULL)
		log_fatal("memory");
	/* From the right, so that each cut leaves the shorter ones whole. */
	while (!found && (dash = strrchr(prefix, '-')) != NULL) {
		*dash = '\0';
		found = is_prepend(h, prefix);
	}
	free(prefix);
	return found;
}
