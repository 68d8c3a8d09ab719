/*
 * roster - the lists of all hosts: read, or of the last run.
 */

#include <string.h>
#include <unistd.h>

#include "builders/control.h"
#include "builders/domain.h"
#include "builders/handover.h"
#include "builders/roster.h"
#include "daemon/log.h"

#define BARE "" /* the host of names without one */
#define POSTMASTER "postmaster"

/* Does -n leave it out? */
static bool
is_left_out(const struct recipients *r, const struct hosts_place *place)
{
	if (!r->options->no_local)
		return false;
	return place->class == HOSTS_LOCAL ||
	       (place->class == HOSTS_VIRTUAL &&
		   strcmp(place->prepend, "alias") == 0);
}

/* What the list of a host depends on, beside the paths it is read from. */
static int
ask_host(struct recipients *r, const char *host,
    const struct hosts_place *place, struct digest *question)
{
	struct digest digest = { 0, 0 };
	const struct hosts_user *users;
	char class[2] = { (char)('a' + place->class), '\0' };
	bool percent = hosts_has_percent(&r->system.hosts, host);
	struct digest_sum *sum;

	if (place->class == HOSTS_LOCAL || place->class == HOSTS_VIRTUAL) {
		if (domain_digest(&r->system, host, place->prepend,
			&r->system_digest, &digest) == -1)
			return -1;
	} else if (hosts_users(&r->system.hosts, host, &users) > 0) {
		digest = r->system_digest;
	}
	sum = digest_new();
	if (sum == NULL)
		log_fatal("memory");
	digest_add_text(sum, class);
	digest_add(sum, &percent, sizeof(percent));
	digest_add(sum, &digest, sizeof(digest));
	*question = digest_end(sum);
	return 0;
}

/* Nothing was asked, so that no later question is the same. */
static void
add_guess(struct recipients *r, const char *host, unsigned flags)
{
	const struct digest none = { 0, 0 };

	lists_add(&r->lists, host, &none, &r->keys, &r->deps,
	    flags | LISTS_STALE | LISTS_GUESS);
}

/* As the option says; the trouble itself has been logged. */
static void
bear_trouble(struct recipients *r, const char *host)
{
	const struct lists_item *old = lists_find(&r->last.lists, host);
	unsigned flags = old == NULL ? 0 : old->flags & LISTS_USERS;

	r->changing = true;
	keys_clear(&r->keys);
	if (r->options->trouble == RECIPIENTS_KEEP && old != NULL &&
	    (old->flags & LISTS_GUESS) == 0) {
		log_warnx("%s: the last good list is kept", host);
		lists_add_same(&r->lists, host, &old->question, old,
		    old->flags | LISTS_STALE);
		return;
	}
	switch (r->options->trouble) {
	case RECIPIENTS_KEEP:
	case RECIPIENTS_ACCEPT:
		log_warnx("%s: every address is accepted", host);
		recipients_accept_all(r);
		break;
	case RECIPIENTS_SKIP:
		log_warnx("%s: no address is accepted", host);
		break;
	case RECIPIENTS_FAIL:
		log_warnx("%s: cannot be listed", host);
		r->troubled = true;
		break;
	}
	add_guess(r, host, flags);
}

/* A program that names nobody, where there was somebody, is not believed. */
static int
check_users(struct recipients *r, const char *host, unsigned *flags)
{
	const struct lists_item *old = lists_find(&r->last.lists, host);

	*flags = 0;
	if (!r->system.mailboxes_asked)
		return 0;
	r->changing = true;
	*flags = LISTS_STALE; /* to be asked again */
	if (r->system.mailboxes.n > 0) {
		*flags |= LISTS_USERS;
		return 0;
	}
	if (old == NULL || (old->flags & LISTS_USERS) == 0)
		return 0;
	log_warnx("%s: %s: no users, where there were some", host,
	    r->system.mailboxes_path);
	return -1;
}

/* All local hosts have the same names, unless something asked for the host. */
static bool
add_local_again(
    struct recipients *r, const char *host, const struct digest *question)
{
	size_t i;

	if (!r->local_known || hosts_has_percent(&r->system.hosts, host))
		return false;
	for (i = 0; i < r->local.n_uses; i++)
		deps_use(&r->deps, r->local.uses[i]);
	lists_add_same(&r->lists, host, question, &r->local, r->local.flags);
	return true;
}

static void
add_host(
    struct recipients *r, const char *host, const struct hosts_place *place)
{
	const struct lists_item *old = lists_find(&r->last.lists, host);
	bool is_local = place->class == HOSTS_LOCAL;
	struct digest question;
	unsigned flags;

	deps_begin(&r->deps);
	if (ask_host(r, host, place, &question) == -1) {
		bear_trouble(r, host);
		return;
	}
	if (old != NULL && recipients_has_same_options(r) &&
	    lists_is_good(old, &question, r->last.stamps, &r->deps)) {
		lists_add_same(&r->lists, host, &question, old, old->flags);
		return;
	}
	if (is_local && add_local_again(r, host, &question))
		return;
	mailsystem_close_mailboxes(&r->system);
	if (recipients_list_host(r, host) == -1 ||
	    check_users(r, host, &flags) == -1) {
		bear_trouble(r, host);
		return;
	}
	lists_add(&r->lists, host, &question, &r->keys, &r->deps, flags);
	if (is_local && !r->system.host_matters) {
		r->local_known = true;
		r->local = r->lists.items[r->lists.n - 1];
	}
}

/* Leave the names; an exact key is all that a name without a host is looked up
 * by. */
static void
keep_names(struct keys *keys)
{
	size_t i, n = 0;

	for (i = 0; i < keys->n; i++)
		if ((keys->items[i].use & (KEYS_NAME | KEYS_REFUSE)) ==
		    KEYS_NAME)
			keys->items[n++] = keys->items[i];
	keys->n = n;
}

/* qmail-send puts this host behind a name that has none. */
static int
list_bare_host(struct recipients *r)
{
	const char *const files[] = { "envnoathost", "me" };
	struct control file;
	size_t i;
	int rc = 0;

	for (i = 0; i < 2; i++) {
		control_init(&file);
		rc = control_read(&file, &r->deps, r->options->system.qmail,
		    files[i], CONTROL_LINE);
		if (rc == 0 && file.n > 0) {
			r->bare_host = arena_copy(&r->lists.memory,
			    file.entries[0].key, strlen(file.entries[0].key));
			rc = recipients_list_host(r, r->bare_host);
			i = 2;
		}
		control_fini(&file);
		if (rc == -1)
			break;
	}
	return rc;
}

/* They are not kept from run to run: few sites want more than postmaster. */
static void
add_bare(struct recipients *r)
{
	deps_begin(&r->deps);
	keys_clear(&r->keys);
	if (r->options->bare == RECIPIENTS_BARE_ALL &&
	    list_bare_host(r) == -1) {
		bear_trouble(r, BARE);
		return;
	}
	keep_names(&r->keys);
	if (r->options->bare != RECIPIENTS_BARE_NONE)
		keys_add(
		    &r->keys, POSTMASTER, sizeof(POSTMASTER) - 1, KEYS_NAME);
	keys_sort(&r->keys);
	add_guess(r, BARE, 0);
}

/* Those from "begin" to before "end", in their order. */
static void
add_hosts(struct recipients *r, size_t begin, size_t end)
{
	const struct hosts *hosts = &r->system.hosts;
	struct hosts_place place;
	size_t i;

	for (i = begin; i < end; i++) {
		place = hosts_find(hosts, hosts->names[i]);
		if (!is_left_out(r, &place))
			add_host(r, hosts->names[i], &place);
	}
}

/* Is there so much to read that two processes have it done sooner?  A program
 * that is asked for users is asked by one alone. */
static bool
is_worth_sharing(const struct recipients *r)
{
	return r->system.hosts.n >= ROSTER_SHARED &&
	       !recipients_has_same_options(r) &&
	       r->options->system.users_command == NULL &&
	       sysconf(_SC_NPROCESSORS_ONLN) > 1;
}

/* What a second process has listed, as if it had been here. */
static int
take_over(struct recipients *r, struct handover *h)
{
	const struct lists_item *item;
	struct handover_about about;
	size_t i;

	if (handover_take(h, &about, &r->second, &r->deps) == -1)
		return -1;
	r->changing |= about.changing;
	r->troubled |= about.troubled;
	for (i = 0; i < r->second.lists.n; i++) {
		item = &r->second.lists.items[i];
		lists_add_same(
		    &r->lists, item->host, &item->question, item, item->flags);
	}
	return 0;
}

/* In the second process: it has no other end than this. */
static void
list_second(struct recipients *r, struct handover *h, size_t begin)
{
	struct handover_about about;
	struct lists mine = r->lists;

	add_hosts(r, begin, r->system.hosts.n);
	about.changing = r->changing;
	about.troubled = r->troubled;
	mine.items = r->lists.items + mine.n;
	mine.n = r->lists.n - mine.n;
	handover_give(h, &about, &mine, &r->deps, &r->started);
}

/* The second half of the hosts is another process's; where that fails, ours
 * too. */
static void
share_hosts(struct recipients *r)
{
	size_t n = r->system.hosts.n;
	struct handover h;

	switch (handover_start(&h)) {
	case HANDOVER_FIRST:
		add_hosts(r, 0, n / 2);
		if (take_over(r, &h) == -1)
			add_hosts(r, n / 2, n);
		break;
	case HANDOVER_SECOND:
		list_second(r, &h, n / 2);
		break;
	case HANDOVER_ALONE:
		add_hosts(r, 0, n);
		break;
	}
}

int
roster_list(struct recipients *r)
{
	add_bare(r);
	if (is_worth_sharing(r))
		share_hosts(r);
	else
		add_hosts(r, 0, r->system.hosts.n);
	return r->troubled ? -1 : 0;
}
