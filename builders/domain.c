/*
 * domain - the names of one domain: those that qmail would deliver.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builders/domain.h"
#include "builders/region.h"
#include "daemon/log.h"

/* What belongs to a virtual domain is not listed a second time in each local
 * one; but a wider key should not accept what bounces. */
static int
list_foreign(
    struct namelist *d, const struct users_entry *entry, const char *name)
{
	int delivers;

	if (!d->system->options->negatives)
		return 0;
	if (!entry->exact)
		return namelist_try_none(d, name);
	delivers = mailsystem_delivers(d->system, d->host, entry->name, NULL);
	if (delivers == 0)
		namelist_add(d, name, 0);
	return delivers == -1 ? -1 : 0;
}

/* The names that users/cdb has for itself. */
static int
list_entries(struct namelist *d)
{
	const struct users_entry *entry;
	struct delivery_place place;
	size_t prefix_len = strlen(d->prefix);
	size_t i, n;

	n = users_under(&d->system->delivery.users, d->prefix, &entry);
	for (i = 0; i < n; i++, entry++) {
		if (entry->name[prefix_len] == '\0')
			continue;
		d->divided = true;
		if (prefix_len == 0 &&
		    hosts_is_prepended(&d->system->hosts, entry->name)) {
			if (list_foreign(d, entry, entry->name + prefix_len) ==
			    -1)
				return -1;
			continue;
		}
		if (entry->exact) {
			if (namelist_try(d, entry->name + prefix_len) == -1)
				return -1;
			continue;
		}
		delivery_place_entry(entry, &place);
		if (region_list(d, &place, entry->name + prefix_len, "") == -1)
			return -1;
	}
	return 0;
}

static int
list_account(struct namelist *d, struct account *user)
{
	struct delivery_place place;
	char begin[ACCOUNTS_NAME_MAX + 2];
	const char *name = user->name + strlen(d->prefix);
	int usable = account_is_usable(user, d->system->deps);

	if (usable != 1)
		return usable;
	(void)snprintf(begin, sizeof(begin), "%s%c", name,
	    d->system->options->break_char); /* the name is short */
	delivery_place_user(user, true, &place);
	if (namelist_try(d, name) == -1)
		return -1;
	return region_list(d, &place, begin, "");
}

static int
list_accounts(struct namelist *d)
{
	struct account *user;
	size_t i, n;

	n = accounts_under(&d->system->delivery.accounts, d->prefix, &user);
	for (i = 0; i < n; i++, user++) {
		if (user->name[strlen(d->prefix)] == '\0')
			continue;
		d->divided = true;
		if (user->listed && list_account(d, user) == -1)
			return -1;
	}
	return 0;
}

/* user@host of virtualdomains: an exception leaves this system. */
static int
list_users(struct namelist *d)
{
	char local[NAMELIST_NAME_MAX];
	const struct hosts_user *user = d->hidden;
	size_t i;
	int delivers;

	for (i = 0; i < d->n_hidden; i++, user++) {
		if (*user->user == '\0' ||
		    (d->percent && strchr(user->user, '%') != NULL) ||
		    !namelist_join(local, user->prepend, "-", user->user))
			continue;
		delivers =
		    *user->prepend == '\0'
			? 1
			: mailsystem_delivers(d->system, d->host, local, NULL);
		if (delivers == -1)
			return -1;
		namelist_add(d, user->user, delivers);
	}
	return 0;
}

/* What divides the widest region must be known before it is listed. */
static int
list_all(struct namelist *d)
{
	struct delivery_place widest;

	if (delivery_find_prefix(&d->system->delivery, d->prefix, &widest) ==
	    -1)
		return -1;
	if (list_entries(d) == -1)
		return -1;
	if (widest.by != DELIVERY_PREFIX && list_accounts(d) == -1)
		return -1;
	if (region_list(d, &widest, "", d->prefix + widest.taken) == -1)
		return -1;
	return list_users(d);
}

static int
set_domain(struct namelist *d, const char *prepend)
{
	d->prefix[0] = '\0';
	if (*prepend == '\0')
		return 0;
	if (strlen(prepend) > NAMELIST_PREPEND_MAX) {
		log_warnx("control/virtualdomains: prepend of %s longer than "
			  "%d bytes",
		    d->host, NAMELIST_PREPEND_MAX);
		return -1;
	}
	(void)snprintf(d->prefix, sizeof(d->prefix), "%s-", prepend);
	d->n_hidden = hosts_users(&d->system->hosts, d->host, &d->hidden);
	return 0;
}

/* Where all is accepted, the other keys can only tell what is not. */
int
domain_list(struct mailsystem *system, const char *host, const char *prepend,
    struct keys *keys)
{
	struct namelist d = { .system = system, .keys = keys };

	d.host = host;
	d.percent = hosts_has_percent(&system->hosts, host);
	keys_clear(keys);
	mailsystem_close_mailboxes(system);
	system->host_matters = d.percent;
	if (set_domain(&d, prepend) == -1 || list_all(&d) == -1)
		return -1;
	if (d.all && !system->options->negatives)
		keys_clear(keys);
	if (d.all)
		keys_add(keys, "", 0, KEYS_ALL);
	keys_sort(keys);
	if (system->options->negatives)
		keys_prune(keys, system->options->break_char);
	return 0;
}

int
domain_add_users(struct mailsystem *system, const char *host, struct keys *keys)
{
	struct namelist d = { .system = system, .keys = keys };
	size_t i;

	d.host = host;
	d.percent = hosts_has_percent(&system->hosts, host);
	mailsystem_close_mailboxes(system);
	d.n_hidden = hosts_users(&system->hosts, host, &d.hidden);
	for (i = 0; i < d.n_hidden; i++)
		if (*d.hidden[i].user != '\0')
			keys_remove(
			    keys, d.hidden[i].user, strlen(d.hidden[i].user));
	if (list_users(&d) == -1)
		return -1;
	keys_sort(keys);
	if (system->options->negatives)
		keys_prune(keys, system->options->break_char);
	else if (keys_find(keys, "", 0) != NULL) {
		keys_clear(keys);
		keys_add(keys, "", 0, KEYS_ALL);
	}
	return 0;
}

static void
add_place(struct digest_sum *sum, const struct delivery_place *place)
{
	digest_add(sum, &place->by, sizeof(place->by));
	digest_add(sum, &place->taken, sizeof(place->taken));
	digest_add_text(sum, place->home);
	digest_add_text(sum, place->dash);
	digest_add_text(sum, place->ext);
}

/* A domain of its own: all its names go to one prefix of users/cdb. */
static bool
is_simple(const struct namelist *d, const struct delivery_place *widest)
{
	const struct users_entry *entry;
	size_t prefix_len = strlen(d->prefix);
	size_t i, n;

	if (prefix_len == 0 || d->n_hidden > 0 || widest->by != DELIVERY_PREFIX)
		return false;
	n = users_under(&d->system->delivery.users, d->prefix, &entry);
	for (i = 0; i < n; i++)
		if (entry[i].name[prefix_len] != '\0')
			return false;
	return true;
}

int
domain_digest(struct mailsystem *system, const char *host, const char *prepend,
    const struct digest *system_digest, struct digest *out)
{
	struct namelist d = { .system = system };
	struct delivery_place widest;
	const struct users_entry *entry;
	struct digest_sum *sum;
	char name[NAMELIST_NAME_MAX];

	d.host = host;
	if (set_domain(&d, prepend) == -1 ||
	    delivery_find_prefix(&system->delivery, d.prefix, &widest) == -1)
		return -1;
	sum = digest_new();
	if (sum == NULL)
		log_fatal("memory");
	digest_add_text(sum, d.prefix);
	digest_add(sum, &system->has_ext, sizeof(system->has_ext));
	add_place(sum, &widest);
	entry = namelist_join(name, host, "-", "")
		    ? users_find(&system->delivery.users, name, false)
		    : NULL;
	digest_add_text(sum, entry == NULL ? NULL : entry->home);
	if (!is_simple(&d, &widest))
		digest_add(sum, system_digest, sizeof(*system_digest));
	*out = digest_end(sum);
	return 0;
}

struct digest
domain_digest_system(const struct mailsystem *system)
{
	const struct hosts *hosts = &system->hosts;
	const struct delivery *d = &system->delivery;
	const struct account *user;
	struct digest_sum *sum = digest_new();
	size_t i;

	if (sum == NULL)
		log_fatal("memory");
	digest_add(sum, &system->has_ext, sizeof(system->has_ext));
	digest_add(sum, d->users.file.bytes, d->users.file.len);
	for (i = 0; i < hosts->virtualdomains.n; i++) {
		digest_add_text(sum, hosts->virtualdomains.entries[i].key);
		digest_add_text(sum, hosts->virtualdomains.entries[i].value);
	}
	for (i = 0; i < d->accounts.n; i++) {
		user = &d->accounts.users[i];
		digest_add_text(sum, user->name);
		digest_add_text(sum, user->home);
		digest_add(sum, &user->uid, sizeof(user->uid));
	}
	digest_add_text(sum, d->alias_home);
	return digest_end(sum);
}
