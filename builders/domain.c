/*
 * domain - the addresses of one domain: those that qmail would deliver.
 *
 * For qmail a virtual domain is a prefix of local names: prepend and dash; a
 * local domain has the empty one.  The names behind the prefix fall into
 * regions, each of which has one place of delivery: the widest, for what
 * nobody has a longer name for, and those of longer entries of users/cdb and
 * of users of the system.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builders/domain.h"
#include "daemon/log.h"

#define DEFAULT "default"
#define DEFAULT_LEN (sizeof(DEFAULT) - 1)
#define PROBE "\001" /* no name has this byte: it stands for any rest */

struct scope {
	struct mailsystem *system;
	struct keys *keys;
	const char *host;
	size_t host_len;
	char prefix[DOMAIN_PREPEND_MAX + 2];
	const struct hosts_user *hidden; /* virtualdomains names them */
	size_t n_hidden;
	bool divided; /* there are regions beside the widest */
	bool all;     /* every address is delivered */
};

/* A region's names are "begin" and a rest; the extension of such a name is
 * "ext" and the same rest. */
struct region {
	struct delivery_place place;
	struct dotqmail *files;
	const char *begin;
	char ext[DOMAIN_NAME_MAX];
	char safe_ext[DOMAIN_NAME_MAX]; /* as in the name of a file */
};

/* False if it does not fit: such a name is too long to arrive. */
static bool
join(char out[DOMAIN_NAME_MAX], const char *a, const char *b, const char *c)
{
	size_t a_len = strlen(a);
	size_t b_len = strlen(b);
	size_t c_len = strlen(c);

	if (a_len + b_len + c_len >= DOMAIN_NAME_MAX)
		return false;
	memcpy(out, a, a_len);
	memcpy(out + a_len, b, b_len);
	memcpy(out + a_len + b_len, c, c_len + 1);
	return true;
}

static void
replace(char *text, char old, char new)
{
	for (; *text != '\0'; text++)
		if (*text == old)
			*text = new;
}

/* qmail-local looks for lower case and ':' for '.': no other file is found. */
static bool
is_safe(const char *ext)
{
	for (; *ext != '\0'; ext++)
		if (*ext == '.' || (*ext >= 'A' && *ext <= 'Z'))
			return false;
	return true;
}

static int
compare_user(const void *name, const void *user)
{
	const struct hosts_user *u = user;

	return strcmp(name, u->user);
}

static bool
is_hidden(const struct scope *s, const char *name)
{
	return s->n_hidden > 0 && bsearch(name, s->hidden, s->n_hidden,
				      sizeof(*s->hidden), compare_user) != NULL;
}

static void
add_name(struct scope *s, const char *name, size_t len)
{
	keys_add(s->keys, name, len, s->host, s->host_len);
}

/* All names that begin so.  A key for that must end in a dash before its
 * "default"; where there is none, the next wider key accepts more than is
 * delivered, but loses no mail. */
static void
add_all(struct scope *s, const char *begin)
{
	char name[DOMAIN_NAME_MAX + DEFAULT_LEN];
	size_t len = strlen(begin);

	while (len > 0 && begin[len - 1] != '-')
		len--;
	if (len == 0) {
		s->all = true;
		return;
	}
	memcpy(name, begin, len);
	memcpy(name + len, DEFAULT, DEFAULT_LEN);
	add_name(s, name, len + DEFAULT_LEN);
}

/* Add a name behind the prefix if its mail is delivered. */
static int
try_name(struct scope *s, const char *name)
{
	char local[DOMAIN_NAME_MAX];
	int delivers;

	if (*name == '\0' || is_hidden(s, name) ||
	    !join(local, s->prefix, name, ""))
		return 0;
	delivers = mailsystem_delivers(s->system, s->host, local);
	if (delivers == 1)
		add_name(s, name, strlen(name));
	return delivers == -1 ? -1 : 0;
}

/* Is it this region's place, and this one of its files, that gets the mail of
 * a name whose extension there is "ext"?  1 yes, 0 no, -1 trouble. */
static int
is_served(struct scope *s, const struct region *r,
    const struct dotqmail_file *file, const char *name, const char *ext)
{
	struct delivery_place place;
	char local[DOMAIN_NAME_MAX];
	bool trouble;

	if (s->divided) {
		if (!join(local, s->prefix, name, ""))
			return 0;
		if (delivery_find(&s->system->delivery, local, &place) == -1)
			return -1;
		if (!delivery_is_same(&place, &r->place))
			return 0;
	}
	if (dotqmail_search(&s->system->dotqmail, r->files, r->place.dash, ext,
		&trouble) == file)
		return 1;
	return trouble ? -1 : 0;
}

static int
try_box(struct scope *s, const struct region *r,
    const struct dotqmail_file *file, const char *box, bool certain)
{
	char name[DOMAIN_NAME_MAX];
	size_t ext_len = strlen(r->ext);
	int served = 1;

	if (strncmp(box, r->ext, ext_len) != 0 || box[ext_len] == '\0' ||
	    !join(name, r->begin, box + ext_len, "") || is_hidden(s, name))
		return 0;
	if (!certain)
		served = is_served(s, r, file, name, box);
	if (served == 1)
		add_name(s, name, strlen(name));
	return served == -1 ? -1 : 0;
}

/* With QMAIL_EXT, all names that begin with the mailbox and a dash. */
static int
try_box_ext(struct scope *s, const struct region *r,
    const struct dotqmail_file *file, const char *box)
{
	char begin[DOMAIN_NAME_MAX], name[DOMAIN_NAME_MAX];
	char ext[DOMAIN_NAME_MAX];
	size_t ext_len = strlen(r->ext);
	int served;

	if (strchr(box, '-') != NULL || strncmp(box, r->ext, ext_len) != 0 ||
	    box[ext_len] == '\0' ||
	    !join(begin, r->begin, box + ext_len, "-") ||
	    !join(name, begin, PROBE, "") || !join(ext, box, "-", PROBE))
		return 0;
	served = is_served(s, r, file, name, ext);
	if (served == 1)
		add_all(s, begin);
	return served == -1 ? -1 : 0;
}

/* The mailboxes whose mail this file gives to vdelivermail.  Where the first
 * dash is in the extension already, one mailbox may get everything. */
static int
add_mailboxes(struct scope *s, const struct region *r,
    const struct dotqmail_file *file, bool certain)
{
	const struct vpasswd *mailboxes = &s->system->mailboxes;
	const char *name;
	size_t i;

	if (mailsystem_open_mailboxes(s->system, s->host) == -1)
		return -1;
	if (mailsystem_find_ext(s->system, r->ext) != NULL)
		add_all(s, r->begin);
	for (i = 0; i < mailboxes->n; i++) {
		name = mailboxes->boxes[i].name;
		if (!mailboxes->boxes[i].open)
			continue;
		if (try_box(s, r, file, name, certain) == -1)
			return -1;
		if (s->system->has_ext && try_box_ext(s, r, file, name) == -1)
			return -1;
	}
	return 0;
}

/* A file for all names with "rest" behind the extension. */
static int
add_default(struct scope *s, const struct region *r,
    const struct dotqmail_file *file, const char *rest)
{
	char begin[DOMAIN_NAME_MAX], name[DOMAIN_NAME_MAX];
	char ext[DOMAIN_NAME_MAX];
	int served;

	if (!join(begin, r->begin, rest, "") ||
	    !join(name, r->begin, rest, PROBE) ||
	    !join(ext, r->safe_ext, rest, PROBE))
		return 0;
	replace(begin + strlen(r->begin), ':', '.');
	replace(name + strlen(r->begin), ':', '.');
	served = is_served(s, r, file, name, ext);
	if (served != 1)
		return served;
	if (file->kind == DOTQMAIL_DELIVERS) {
		add_all(s, begin);
		return 0;
	}
	return add_mailboxes(
	    s, r, file, !s->divided && r->files->n == 1 && *rest == '\0');
}

/* "ext" is what the file's name says of extensions. */
static int
try_default(struct scope *s, const struct region *r,
    const struct dotqmail_file *file, const char *ext)
{
	char begin[DOMAIN_NAME_MAX];
	size_t len = strlen(ext);
	size_t own_len = strlen(r->safe_ext);

	if (len < DEFAULT_LEN || !join(begin, ext, "", ""))
		return 0;
	len -= DEFAULT_LEN;
	if (strcmp(ext + len, DEFAULT) != 0 || (len > 0 && ext[len - 1] != '-'))
		return 0;
	begin[len] = '\0';
	if (strncmp(begin, r->safe_ext, len) == 0 && len <= own_len)
		return add_default(s, r, file, "");
	if (strncmp(begin, r->safe_ext, own_len) == 0)
		return add_default(s, r, file, begin + own_len);
	return 0;
}

static int
try_file(struct scope *s, const struct region *r, struct dotqmail_file *file,
    const char *ext)
{
	char name[DOMAIN_NAME_MAX];
	size_t own_len = strlen(r->safe_ext);

	switch (dotqmail_kind(&s->system->dotqmail, r->files, file)) {
	case DOTQMAIL_NOTHING:
	case DOTQMAIL_BOUNCES:
		return 0;
	case DOTQMAIL_DELIVERS:
	case DOTQMAIL_MAILBOXES:
	case DOTQMAIL_DELETES:
		break;
	case DOTQMAIL_UNREAD:
	case DOTQMAIL_TROUBLE:
		return -1;
	}
	if (strncmp(ext, r->safe_ext, own_len) == 0 &&
	    join(name, r->begin, ext + own_len, "")) {
		replace(name + strlen(r->begin), ':', '.');
		if (try_name(s, name) == -1)
			return -1;
	}
	return try_default(s, r, file, ext);
}

/* An empty dash makes every extension the user's own name. */
static int
try_no_dash(struct scope *s, const struct region *r)
{
	char ext[DOMAIN_NAME_MAX];
	bool trouble;

	if (*r->place.dash != '\0' || !join(ext, r->safe_ext, PROBE, ""))
		return 0;
	if (dotqmail_search(
		&s->system->dotqmail, r->files, "", ext, &trouble) == NULL &&
	    !trouble)
		add_all(s, r->begin);
	return trouble ? -1 : 0;
}

/* "tail" is the part of the prefix that belongs to the extension. */
static int
list_region(struct scope *s, const struct delivery_place *place,
    const char *begin, const char *tail)
{
	struct region r;
	struct dotqmail_file *file;
	size_t dash_len = strlen(place->dash);
	size_t i;

	r.place = *place;
	r.begin = begin;
	if (!join(r.ext, place->ext, tail, ""))
		return 0;
	(void)join(r.safe_ext, r.ext, "", ""); /* it has just fitted */
	replace(r.safe_ext, '.', ':');
	r.files = dotqmail_open(&s->system->dotqmail, place->home);
	if (r.files == NULL || try_no_dash(s, &r) == -1)
		return -1;
	for (i = 0; i < r.files->n; i++) {
		file = &r.files->files[i];
		if (strncmp(file->name, place->dash, dash_len) == 0 &&
		    is_safe(file->name + dash_len) &&
		    try_file(s, &r, file, file->name + dash_len) == -1)
			return -1;
	}
	return 0;
}

/* The names that users/cdb has for itself; but what belongs to another virtual
 * domain is not listed here a second time. */
static int
list_entries(struct scope *s)
{
	const struct users_entry *entry;
	struct delivery_place place;
	size_t prefix_len = strlen(s->prefix);
	size_t i, n;

	n = users_under(&s->system->delivery.users, s->prefix, &entry);
	for (i = 0; i < n; i++, entry++) {
		if (entry->name[prefix_len] == '\0')
			continue;
		s->divided = true;
		if (hosts_is_prepended(
			&s->system->hosts, entry->name, prefix_len))
			continue;
		if (entry->exact) {
			if (try_name(s, entry->name + prefix_len) == -1)
				return -1;
			continue;
		}
		delivery_place_entry(entry, &place);
		if (list_region(s, &place, entry->name + prefix_len, "") == -1)
			return -1;
	}
	return 0;
}

static int
list_account(struct scope *s, struct account *user)
{
	struct delivery_place place;
	char begin[ACCOUNTS_NAME_MAX + 2];
	const char *name = user->name + strlen(s->prefix);
	int usable = account_is_usable(user, s->system->delivery.deps);

	if (usable != 1)
		return usable;
	(void)snprintf(begin, sizeof(begin), "%s%c", name,
	    s->system->delivery.break_char); /* the name is short */
	delivery_place_user(user, true, &place);
	if (try_name(s, name) == -1)
		return -1;
	return list_region(s, &place, begin, "");
}

static int
list_accounts(struct scope *s)
{
	struct account *user;
	size_t i, n;

	n = accounts_under(&s->system->delivery.accounts, s->prefix, &user);
	for (i = 0; i < n; i++, user++) {
		if (user->name[strlen(s->prefix)] == '\0')
			continue;
		s->divided = true;
		if (user->listed && list_account(s, user) == -1)
			return -1;
	}
	return 0;
}

/* user@host of virtualdomains: an exception leaves this system. */
static int
list_users(struct scope *s)
{
	char local[DOMAIN_NAME_MAX];
	const struct hosts_user *user = s->hidden;
	size_t i;
	int delivers;

	for (i = 0; i < s->n_hidden; i++, user++) {
		if (*user->user == '\0' ||
		    !join(local, user->prepend, "-", user->user))
			continue;
		delivers = *user->prepend == '\0'
			       ? 1
			       : mailsystem_delivers(s->system, s->host, local);
		if (delivers == -1)
			return -1;
		if (delivers == 1)
			add_name(s, user->user, strlen(user->user));
	}
	return 0;
}

/* What divides the widest region must be known before it is listed. */
static int
list_all(struct scope *s)
{
	struct delivery_place widest;

	if (delivery_find_prefix(&s->system->delivery, s->prefix, &widest) ==
	    -1)
		return -1;
	if (list_entries(s) == -1)
		return -1;
	if (widest.by != DELIVERY_PREFIX && list_accounts(s) == -1)
		return -1;
	if (list_region(s, &widest, "", s->prefix + widest.taken) == -1)
		return -1;
	return list_users(s);
}

int
domain_list(struct mailsystem *system, const char *host, const char *prepend,
    struct keys *keys)
{
	struct scope s = {
		.system = system,
		.keys = keys,
		.host = host,
		.host_len = strlen(host),
	};
	size_t before = keys->n;

	if (strlen(prepend) > DOMAIN_PREPEND_MAX) {
		log_warnx("control/virtualdomains: prepend of %s longer than "
			  "%d bytes",
		    host, DOMAIN_PREPEND_MAX);
		return -1;
	}
	if (*prepend != '\0') {
		(void)snprintf(s.prefix, sizeof(s.prefix), "%s-", prepend);
		s.n_hidden = hosts_users(&system->hosts, host, &s.hidden);
	}
	if (list_all(&s) == -1)
		return -1;
	if (s.all) {
		keys_undo(keys, before);
		keys_add(keys, "", 0, host, s.host_len);
	}
	return 0;
}
