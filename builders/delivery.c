/*
 * delivery - to whom qmail gives the mail of a local name.
 */

#include <string.h>

#include "builders/delivery.h"

void
delivery_place_entry(
    const struct users_entry *entry, struct delivery_place *out)
{
	out->by = entry->exact ? DELIVERY_EXACT : DELIVERY_PREFIX;
	out->taken = strlen(entry->name);
	out->home = entry->home;
	out->dash = entry->dash;
	out->ext = entry->ext;
}

void
delivery_place_user(
    const struct account *user, bool extended, struct delivery_place *out)
{
	out->by = DELIVERY_USER;
	out->taken = strlen(user->name) + extended;
	out->home = user->home;
	out->dash = extended ? "-" : "";
	out->ext = "";
}

static void
place_alias(const struct delivery *d, struct delivery_place *out)
{
	out->by = DELIVERY_ALIAS;
	out->taken = 0;
	out->home = d->alias_home;
	out->dash = "-";
	out->ext = "";
}

/* The longest name of a user that "local" begins with, and that ends with it
 * or, if not "whole", only before a break: 1 found, 0 none, -1 trouble. */
static int
find_user(const struct delivery *d, const char *local, bool whole,
    struct delivery_place *out)
{
	char name[ACCOUNTS_NAME_MAX + 1];
	struct account *user;
	size_t len = strlen(local);
	size_t i;
	int usable;

	for (i = len; i > 0; i--) {
		if (i > ACCOUNTS_NAME_MAX)
			continue;
		if (i == len ? !whole : local[i] != d->break_char)
			continue;
		memcpy(name, local, i);
		name[i] = '\0';
		user = accounts_find(&d->accounts, name);
		if (user == NULL)
			continue;
		usable = account_is_usable(user, d->deps);
		if (usable == 1)
			delivery_place_user(user, i < len, out);
		if (usable != 0)
			return usable;
	}
	return 0;
}

/* After users/cdb. */
static int
find_behind(const struct delivery *d, const char *local, bool whole,
    struct delivery_place *out)
{
	int found = find_user(d, local, whole, out);

	if (found == 0)
		place_alias(d, out);
	return found == -1 ? -1 : 0;
}

int
delivery_find(
    const struct delivery *d, const char *local, struct delivery_place *out)
{
	const struct users_entry *entry = users_match(&d->users, local);

	if (entry == NULL)
		return find_behind(d, local, true, out);
	delivery_place_entry(entry, out);
	return 0;
}

int
delivery_find_prefix(
    const struct delivery *d, const char *prefix, struct delivery_place *out)
{
	const struct users_entry *entry = users_match_prefix(&d->users, prefix);

	if (entry == NULL)
		return find_behind(d, prefix, false, out);
	delivery_place_entry(entry, out);
	return 0;
}

bool
delivery_is_same(const struct delivery_place *a, const struct delivery_place *b)
{
	return a->by == b->by && a->taken == b->taken && a->home == b->home;
}
