/*
 * recipients - the list of a whole mail system.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builders/control.h"
#include "builders/domain.h"
#include "builders/recipients.h"
#include "daemon/log.h"

#define BARE "" /* the host of names without one */
#define COMMENT "#@"
#define POSTMASTER "postmaster"

void
recipients_init(struct recipients *r, const struct recipients_options *options)
{
	memset(r, 0, sizeof(*r));
	r->options = options;
	r->last.fd = -1;
	deps_init(&r->deps);
	keys_init(&r->keys);
	addresses_init(&r->exclude);
	addresses_init(&r->extra);
	lists_init(&r->lists);
	mailsystem_init(&r->system, &r->deps, &options->system);
}

/* The paths in deps may be the last run's. */
void
recipients_fini(struct recipients *r)
{
	mailsystem_fini(&r->system);
	lists_fini(&r->lists);
	addresses_fini(&r->extra);
	addresses_fini(&r->exclude);
	keys_fini(&r->keys);
	deps_fini(&r->deps);
	lastrun_close(&r->last);
}

/* Nobody has written them since the last run, either. */
static bool
are_products_current(const struct recipients *r)
{
	const struct recipients_options *o = r->options;
	const struct lastform_about *about = &r->last.header.about;
	struct stamp now;

	if (o->product == NULL)
		return false;
	stamp_look(&now, o->product);
	if (!stamp_equal(&now, &about->product))
		return false;
	if (o->deps_path == NULL)
		return true;
	stamp_look(&now, o->deps_path);
	return stamp_equal(&now, &about->deps);
}

static int
read_addresses(struct recipients *r)
{
	const struct recipients_options *o = r->options;

	if (o->exclude != NULL &&
	    addresses_read(&r->exclude, &r->deps, o->exclude) == -1)
		return -1;
	if (o->extra != NULL &&
	    addresses_read(&r->extra, &r->deps, o->extra) == -1)
		return -1;
	return 0;
}

static bool
has_same_options(const struct recipients *r)
{
	return r->last.fd != -1 &&
	       digest_equal(r->last.header.about.options, r->options->digest);
}

/* A file of users tells of its change by its stamp; the system's other sources
 * of users do not. */
int
recipients_read(struct recipients *r)
{
	const struct recipients_options *o = r->options;
	bool current = false;

	if (clock_gettime(CLOCK_REALTIME, &r->started) == -1) {
		log_warn("clock");
		return -1;
	}
	if (o->cache_dir != NULL) {
		lastrun_open(&r->last, o->cache_dir, &r->deps);
		current = has_same_options(r) && r->last.header.about.whole &&
			  are_products_current(r) &&
			  lastrun_is_current(&r->last, &r->deps);
	}
	if (current && o->system.passwd != NULL)
		return 1;
	if (mailsystem_read(&r->system) == -1 || read_addresses(r) == -1)
		return -1;
	r->system_digest = domain_digest_system(&r->system);
	if (current &&
	    digest_equal(r->last.header.about.system, r->system_digest))
		return 1;
	lastrun_take(&r->last);
	return 0;
}

static void
accept_all(struct recipients *r)
{
	keys_clear(&r->keys);
	keys_add(&r->keys, "", 0, KEYS_ALL);
}

/* One mailbox a line; what follows a '#' or '@' is a comment. */
static void
take_users(struct recipients *r, const struct source *file)
{
	const char *line, *end, *stop = file->bytes + file->len;
	size_t len;

	keys_clear(&r->keys);
	for (line = file->bytes; line < stop; line = end + 1) {
		end = memchr(line, '\n', (size_t)(stop - line));
		if (end == NULL)
			end = stop;
		while (line < end && (*line == ' ' || *line == '\t'))
			line++;
		len = strcspn(line, COMMENT " \t\r\n");
		if (len > (size_t)(end - line))
			len = (size_t)(end - line);
		if (len > 0)
			keys_add(&r->keys, line, len, KEYS_NAME);
	}
	keys_sort(&r->keys);
}

/* A routed host may have a list of its users. */
static int
list_routed(struct recipients *r, const char *host)
{
	struct source file;
	enum source_answer answer;

	accept_all(r);
	if (r->options->lists_dir == NULL || strchr(host, '/') != NULL)
		return 0;
	source_init(&file);
	answer = source_read(
	    &file, deps_add_in(&r->deps, r->options->lists_dir, host));
	deps_stamp(&r->deps, r->deps.last, &file.stamp);
	if (answer == SOURCE_READ)
		take_users(r, &file);
	source_fini(&file);
	return answer == SOURCE_TROUBLE ? -1 : 0;
}

static int
list_unhandled(struct recipients *r, const char *host)
{
	if (list_routed(r, host) == -1)
		return -1;
	if (keys_find(&r->keys, "", 0) == NULL)
		return 0; /* it has a list */
	switch (r->options->unhandled) {
	case RECIPIENTS_UNHANDLED_ACCEPT:
		break;
	case RECIPIENTS_UNHANDLED_SKIP:
		keys_clear(&r->keys);
		break;
	case RECIPIENTS_UNHANDLED_FAIL:
		r->troubled = true;
		log_warnx("%s: in rcpthosts or morercpthosts.cdb, but neither "
			  "local, virtual nor routed",
		    host);
		break;
	}
	return 0;
}

int
recipients_list_host(struct recipients *r, const char *host)
{
	struct hosts_place place = hosts_find(&r->system.hosts, host);

	switch (place.class) {
	case HOSTS_LOCAL:
	case HOSTS_VIRTUAL:
		return domain_list(&r->system, host, place.prepend, &r->keys);
	case HOSTS_ROUTED:
		if (list_routed(r, host) == -1)
			return -1;
		break;
	case HOSTS_UNHANDLED:
		if (list_unhandled(r, host) == -1)
			return -1;
		break;
	}
	return domain_add_users(&r->system, host, &r->keys);
}

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
		accept_all(r);
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

	if (!r->local_known)
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
	if (old != NULL && has_same_options(r) &&
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

int
recipients_list(struct recipients *r)
{
	const struct hosts *hosts = &r->system.hosts;
	struct hosts_place place;
	size_t i;

	add_bare(r);
	for (i = 0; i < hosts->n; i++) {
		place = hosts_find(hosts, hosts->names[i]);
		if (!is_left_out(r, &place))
			add_host(r, hosts->names[i], &place);
	}
	return r->troubled ? -1 : 0;
}
