/*
 * mailsystem - what has been read of the mail system, and the question that
 * a mail puts to it: would it be delivered?
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builders/mailsystem.h"
#include "daemon/log.h"

void
mailsystem_init(struct mailsystem *m, struct deps *deps)
{
	memset(m, 0, sizeof(*m));
	hosts_init(&m->hosts);
	users_init(&m->delivery.users);
	accounts_init(&m->delivery.accounts, 1, (uid_t)-1);
	m->delivery.break_char = '-';
	m->delivery.deps = deps;
	dotqmail_set_init(&m->dotqmail, deps);
	vpasswd_init(&m->mailboxes);
}

void
mailsystem_fini(struct mailsystem *m)
{
	vpasswd_fini(&m->mailboxes);
	dotqmail_set_fini(&m->dotqmail);
	accounts_fini(&m->delivery.accounts);
	users_fini(&m->delivery.users);
	hosts_fini(&m->hosts);
	m->mailboxes_host = NULL;
}

static bool
defines_ext(const char *text)
{
	const char *at = strstr(text, "#define QMAIL_EXT");

	return at != NULL && strncmp(at + 17, " 1", 2) == 0;
}

static int
read_ext(struct mailsystem *m, const struct mailsystem_paths *paths)
{
	struct source file;
	enum source_answer answer;

	m->has_ext = paths->ext == MAILSYSTEM_EXT_YES;
	if (paths->ext != MAILSYSTEM_EXT_AUTO)
		return 0;
	source_init(&file);
	answer =
	    source_read(&file, deps_add_in(m->delivery.deps, paths->vpopmail,
				   "include/vpopmail_config.h"));
	m->has_ext = answer == SOURCE_READ && defines_ext(file.bytes);
	source_fini(&file);
	return answer == SOURCE_TROUBLE ? -1 : 0;
}

int
mailsystem_read(struct mailsystem *m, const struct mailsystem_paths *paths)
{
	struct delivery *d = &m->delivery;
	char *alias, *users;
	int rc = -1;

	d->accounts.first_uid = paths->first_uid;
	d->accounts.last_uid = paths->last_uid;
	if (asprintf(&alias, "%s/alias", paths->qmail) == -1 ||
	    asprintf(&users, "%s/users/cdb", paths->qmail) == -1)
		log_fatal("memory");
	if (read_ext(m, paths) == 0 &&
	    hosts_read(&m->hosts, d->deps, paths->qmail) == 0 &&
	    users_read(&d->users, d->deps, users) == 0 &&
	    accounts_read(&d->accounts, d->deps, paths->passwd) == 0) {
		d->alias_home =
		    accounts_set_alias(&d->accounts, paths->alias, alias);
		rc = 0;
	}
	free(alias);
	free(users);
	return rc;
}

/* vpopmail finds the mailboxes by the host, not by the prepend. */
static int
read_mailboxes(struct mailsystem *m, const char *host)
{
	const struct users_entry *entry;
	char *name;

	m->mailboxes.n = 0;
	if (!vpasswd_is_host(host))
		return 0; /* vdelivermail bounces everything */
	if (asprintf(&name, "%s-", host) == -1)
		log_fatal("memory");
	entry = users_find(&m->delivery.users, name, false);
	free(name);
	if (entry != NULL)
		return vpasswd_read(
		    &m->mailboxes, m->delivery.deps, entry->home);
	log_warnx("users/cdb: no entry +%s- for vdelivermail", host);
	return -1;
}

int
mailsystem_open_mailboxes(struct mailsystem *m, const char *host)
{
	if (m->mailboxes_host == NULL || strcmp(m->mailboxes_host, host) != 0) {
		m->mailboxes_host = host;
		m->mailboxes_trouble = read_mailboxes(m, host) == -1;
	}
	return m->mailboxes_trouble ? -1 : 0;
}

const struct vpasswd_box *
mailsystem_find_ext(const struct mailsystem *m, const char *name)
{
	const struct vpasswd_box *box;
	const char *dash = strchr(name, '-');
	char *user;

	if (!m->has_ext || dash == NULL)
		return NULL;
	user = strndup(name, (size_t)(dash - name));
	if (user == NULL)
		log_fatal("memory");
	box = vpasswd_find(&m->mailboxes, user);
	free(user);
	return box != NULL && box->open ? box : NULL;
}

static int
has_mailbox(struct mailsystem *m, const char *host, const char *name)
{
	const struct vpasswd_box *box;

	if (mailsystem_open_mailboxes(m, host) == -1)
		return -1;
	box = vpasswd_find(&m->mailboxes, name);
	if (box == NULL)
		return vpasswd_is_name(name) &&
		       mailsystem_find_ext(m, name) != NULL;
	return box->open;
}

/* Without a file that fits, only a user's own name is delivered. */
static int
ask_files(struct mailsystem *m, const char *host,
    const struct delivery_place *place, char *ext)
{
	struct dotqmail *d = dotqmail_open(&m->dotqmail, place->home);
	struct dotqmail_file *file;
	bool trouble;

	if (d == NULL)
		return -1;
	file = dotqmail_search(&m->dotqmail, d, place->dash, ext, &trouble);
	if (file == NULL)
		return trouble ? -1 : *place->dash == '\0';
	switch (file->kind) {
	case DOTQMAIL_MAILBOXES:
	case DOTQMAIL_DELETES:
		return has_mailbox(m, host, ext);
	case DOTQMAIL_BOUNCES:
	case DOTQMAIL_NOTHING:
		return 0;
	case DOTQMAIL_DELIVERS:
		return 1;
	case DOTQMAIL_UNREAD:
	case DOTQMAIL_TROUBLE:
		break;
	}
	return -1;
}

int
mailsystem_delivers(struct mailsystem *m, const char *host, const char *local)
{
	struct delivery_place place;
	char *ext;
	int delivers;

	if (delivery_find(&m->delivery, local, &place) == -1)
		return -1;
	if (asprintf(&ext, "%s%s", place.ext, local + place.taken) == -1)
		log_fatal("memory");
	delivers = ask_files(m, host, &place, ext);
	free(ext);
	return delivers;
}
