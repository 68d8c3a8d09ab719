/*
 * mailsystem - what has been read of the mail system, and the question that
 * a mail puts to it: would it be delivered?
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builders/command.h"
#include "builders/mailsystem.h"
#include "daemon/log.h"

void
mailsystem_init(struct mailsystem *m, struct deps *deps,
    const struct mailsystem_options *options)
{
	memset(m, 0, sizeof(*m));
	m->options = options;
	m->deps = deps;
	hosts_init(&m->hosts);
	users_init(&m->delivery.users);
	accounts_init(
	    &m->delivery.accounts, options->first_uid, options->last_uid);
	m->delivery.break_char = options->break_char;
	m->delivery.deps = deps;
	dotqmail_set_init(&m->dotqmail, deps);
	fastforward_set_init(&m->aliases, deps);
	vpasswd_init(&m->mailboxes);
}

void
mailsystem_fini(struct mailsystem *m)
{
	vpasswd_fini(&m->mailboxes);
	fastforward_set_fini(&m->aliases);
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
read_ext(struct mailsystem *m)
{
	struct source file;
	enum source_answer answer;

	m->has_ext = m->options->ext == MAILSYSTEM_EXT_YES;
	if (m->options->ext != MAILSYSTEM_EXT_AUTO)
		return 0;
	source_init(&file);
	answer = source_read(&file, deps_add_in(m->deps, m->options->vpopmail,
					"include/vpopmail_config.h"));
	deps_stamp(m->deps, m->deps->last, &file.stamp);
	m->has_ext = answer == SOURCE_READ && defines_ext(file.bytes);
	source_fini(&file);
	return answer == SOURCE_TROUBLE ? -1 : 0;
}

int
mailsystem_read(struct mailsystem *m)
{
	const struct mailsystem_options *o = m->options;
	struct delivery *d = &m->delivery;
	char *alias, *users;
	int rc = -1;

	if (asprintf(&alias, "%s/alias", o->qmail) == -1 ||
	    asprintf(&users, "%s/users/cdb", o->qmail) == -1)
		log_fatal("memory");
	if (read_ext(m) == 0 && hosts_read(&m->hosts, m->deps, o->qmail) == 0 &&
	    users_read(&d->users, m->deps, users) == 0 &&
	    accounts_read(&d->accounts, m->deps, o->passwd) == 0) {
		d->alias_home =
		    accounts_set_alias(&d->accounts, o->alias, alias);
		rc = 0;
	}
	free(alias);
	free(users);
	return rc;
}

static int
ask_command(struct mailsystem *m, const char *host)
{
	char *const *argv = m->options->users_command;
	long bad;

	m->mailboxes_asked = true;
	m->mailboxes_path = argv[0];
	if (command_read(&m->mailboxes.file, argv, host) == -1) {
		deps_stamp_other(m->deps, &m->mailboxes.file.stamp);
		return -1;
	}
	bad = vpasswd_parse_names(&m->mailboxes);
	if (bad == 0)
		return 0;
	log_warnx("%s: %s: line %ld is not a name", host, argv[0], bad);
	return -1;
}

static void
open_bounced(struct vpasswd *mailboxes)
{
	size_t i;

	for (i = 0; i < mailboxes->n; i++)
		mailboxes->boxes[i].open = mailboxes->boxes[i].legal;
}

/* vpopmail finds the mailboxes by the host, not by the prepend. */
static const struct users_entry *
find_domain(struct mailsystem *m, const char *host)
{
	const struct users_entry *entry;
	char *name;

	if (asprintf(&name, "%s-", host) == -1)
		log_fatal("memory");
	entry = users_find(&m->delivery.users, name, false);
	free(name);
	return entry;
}

static int
read_mailboxes(struct mailsystem *m, const char *host)
{
	const struct users_entry *entry;

	m->mailboxes.n = 0;
	if (!vpasswd_is_host(host))
		return 0; /* vdelivermail bounces everything */
	if (m->options->users_command != NULL)
		return ask_command(m, host);
	entry = find_domain(m, host);
	if (entry == NULL) {
		log_warnx("users/cdb: no entry +%s- for vdelivermail", host);
		return -1;
	}
	if (vpasswd_read(&m->mailboxes, m->deps, entry->home) == -1)
		return -1;
	m->mailboxes_path = m->deps->paths[m->deps->last].text;
	if (m->options->keep_bounced)
		open_bounced(&m->mailboxes);
	return 0;
}

int
mailsystem_open_mailboxes(struct mailsystem *m, const char *host)
{
	m->host_matters = true;
	if (m->mailboxes_host == NULL || strcmp(m->mailboxes_host, host) != 0) {
		m->mailboxes_host = host;
		m->mailboxes_trouble = read_mailboxes(m, host) == -1;
	}
	return m->mailboxes_trouble ? -1 : 0;
}

void
mailsystem_close_mailboxes(struct mailsystem *m)
{
	m->mailboxes_host = NULL;
	m->mailboxes_asked = false;
	m->mailboxes.n = 0;
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

enum instruct_kind
mailsystem_kind(
    struct mailsystem *m, struct dotqmail *d, struct dotqmail_file *file)
{
	enum instruct_kind kind = dotqmail_kind(&m->dotqmail, d, file);

	if (kind == INSTRUCT_DELETES)
		return m->options->accept_deleted ? INSTRUCT_CATCHES
						  : INSTRUCT_MAILBOXES;
	return kind;
}

/* A question: mail for this extension, which came for this host. */
struct question {
	struct mailsystem *system;
	const char *host;
	const char *local;
	const char *ext;
	struct mailsystem_answer answer;
};

static int
answer(struct question *q, int delivers, enum mailsystem_reason reason,
    const char *path)
{
	q->answer.reason = reason;
	q->answer.path = path;
	return delivers;
}

/* "Any rest" may be a legal one. */
static bool
is_legal(const char *name)
{
	size_t len = strlen(name);
	char *copy;
	bool legal;

	if (len == 0 || name[len - 1] != MAILSYSTEM_ANY[0])
		return vpasswd_is_name(name);
	if (len == 1)
		return true;
	copy = strndup(name, len - 1);
	if (copy == NULL)
		log_fatal("memory");
	legal = vpasswd_is_name(copy);
	free(copy);
	return legal;
}

/* A name of a virtual domain's, but mail for a local host: vdelivermail asks
 * for mailboxes of that host.  Where vpopmail has no such domain, it depends on
 * its version whether the mail waits or bounces. */
static bool
is_astray(struct mailsystem *m, const char *host, const char *local)
{
	return hosts_find(&m->hosts, host).class == HOSTS_LOCAL &&
	       hosts_is_prepended(&m->hosts, local) &&
	       find_domain(m, host) == NULL;
}

/* Where vdelivermail takes everything, its mailboxes are looked at only if
 * somebody wants to know which of them bounce. */
static int
ask_mailboxes(struct question *q, bool catches, const char *path)
{
	struct mailsystem *m = q->system;
	const struct vpasswd_box *box;

	m->host_matters = true;
	if (!is_legal(q->ext) || !vpasswd_is_host(q->host))
		return answer(q, 0, MAILSYSTEM_ILLEGAL, path);
	if (catches && !m->options->negatives)
		return answer(q, 1, MAILSYSTEM_CATCH, path);
	if (is_astray(m, q->host, q->local))
		return answer(q, 1, MAILSYSTEM_ASTRAY, path);
	if (mailsystem_open_mailboxes(m, q->host) == -1)
		return -1;
	box = vpasswd_find(&m->mailboxes, q->ext);
	if (box != NULL && box->open)
		return answer(q, 1, MAILSYSTEM_MAILBOX, m->mailboxes_path);
	if (box != NULL)
		return answer(
		    q, 0, MAILSYSTEM_MAILBOX_BOUNCES, m->mailboxes_path);
	if (mailsystem_find_ext(m, q->ext) != NULL)
		return answer(q, 1, MAILSYSTEM_MAILBOX_EXT, m->mailboxes_path);
	if (catches)
		return answer(q, 1, MAILSYSTEM_CATCH, path);
	return answer(q, 0, MAILSYSTEM_NO_MAILBOX, m->mailboxes_path);
}

/* "rest" is the part of the extension that fastforward -d asks for. */
static int
ask_aliases(struct question *q, const struct dotqmail *d,
    const struct dotqmail_file *file, size_t rest)
{
	const struct instruct_call *call;
	const struct fastforward *aliases;

	for (call = file->does.calls; call != NULL; call = call->next) {
		q->system->host_matters = true;
		aliases =
		    fastforward_open(&q->system->aliases, d->home, call->cdb);
		if (aliases == NULL)
			return -1;
		if (fastforward_has(aliases,
			call->by_extension ? q->ext + rest : q->local, q->host))
			return answer(q, 1, MAILSYSTEM_ALIAS, aliases->path);
	}
	return 0;
}

static int
ask_file(struct question *q, struct dotqmail *d, struct dotqmail_file *file,
    size_t rest)
{
	const char *path = q->system->deps->paths[file->dep].text;
	enum instruct_kind kind = mailsystem_kind(q->system, d, file);
	int found;

	if (kind != INSTRUCT_DELIVERS && file->does.calls != NULL) {
		found = ask_aliases(q, d, file, rest);
		if (found != 0)
			return found;
	}
	switch (kind) {
	case INSTRUCT_MAILBOXES:
	case INSTRUCT_DELETES:
		return ask_mailboxes(q, false, path);
	case INSTRUCT_CATCHES:
		return ask_mailboxes(q, true, path);
	case INSTRUCT_BOUNCES:
	case INSTRUCT_NOTHING:
		return answer(q, 0,
		    file->does.calls != NULL ? MAILSYSTEM_NO_ALIAS
					     : MAILSYSTEM_FILE_BOUNCES,
		    path);
	case INSTRUCT_DELIVERS:
		return answer(q, 1, MAILSYSTEM_FILE, path);
	case INSTRUCT_UNREAD:
	case INSTRUCT_TROUBLE:
		break;
	}
	return -1;
}

/* Without a file that fits, only a user's own name is delivered. */
static int
ask_files(struct question *q, const struct delivery_place *place)
{
	struct mailsystem *m = q->system;
	struct dotqmail *d = dotqmail_open(&m->dotqmail, place->home);
	struct dotqmail_file *file;
	size_t rest;
	bool trouble;

	if (d == NULL)
		return -1;
	if (d->defers)
		return answer(q, 1, MAILSYSTEM_DEFERRED, d->home);
	file = dotqmail_search(
	    &m->dotqmail, d, place->dash, q->ext, &rest, &trouble);
	if (trouble)
		return -1;
	if (file != NULL)
		return ask_file(q, d, file, rest);
	if (*place->dash == '\0')
		return answer(q, 1, MAILSYSTEM_USER, d->home);
	return answer(q, 0, MAILSYSTEM_NO_FILE, d->home);
}

int
mailsystem_delivers(struct mailsystem *m, const char *host, const char *local,
    struct mailsystem_answer *out)
{
	struct question q = { .system = m, .host = host, .local = local };
	struct delivery_place place;
	char *ext;
	int delivers = -1;

	if (delivery_find(&m->delivery, local, &place) == 0) {
		if (asprintf(&ext, "%s%s", place.ext, local + place.taken) ==
		    -1)
			log_fatal("memory");
		q.ext = ext;
		delivers = ask_files(&q, &place);
		free(ext);
	}
	if (out != NULL)
		*out = q.answer;
	return delivers;
}
