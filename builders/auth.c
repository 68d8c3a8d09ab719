/*
 * auth - who may log in to a mail system.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builders/auth.h"
#include "builders/cdbscan.h"
#include "builders/control.h"
#include "builders/instruct.h"
#include "builders/limits.h"
#include "builders/userfile.h"
#include "daemon/log.h"

#define ROOT "root"

void
auth_init(struct auth *a, const struct auth_options *options)
{
	memset(a, 0, sizeof(*a));
	a->options = options;
	deps_init(&a->deps);
	users_init(&a->users);
	vpasswd_init(&a->boxes);
	arena_init(&a->verdicts);
	source_init(&a->last);
	authvars_init(&a->vars);
	logins_init(&a->logins);
}

void
auth_fini(struct auth *a)
{
	logins_fini(&a->logins);
	authvars_fini(&a->vars);
	source_fini(&a->last);
	arena_fini(&a->verdicts);
	vpasswd_fini(&a->boxes);
	users_fini(&a->users);
	deps_fini(&a->deps);
}

/* ---- the logins of vpopmail ---- */

static bool
is_wanted(const struct vpasswd_box *box, bool no_smtp)
{
	if (!box->legal || (box->flags & VPASSWD_NO_SMTP) != 0)
		return false;
	return !no_smtp || (box->flags & VPASSWD_OVERRIDE) != 0;
}

/* A hash with a comma is left out with a word: it is somebody's. */
static bool
is_usable(const char *path, const char *name, const char *hash, size_t len)
{
	switch (logins_judge(hash, len)) {
	case LOGINS_HASH:
		return true;
	case LOGINS_NO_PASSWORD:
		break;
	case LOGINS_COMMA:
		log_warnx(
		    "%s: %s: a hash with a comma cannot be stored", path, name);
		break;
	}
	return false;
}

static void
add_boxes(struct auth *a, const char *host, const char *home, bool no_smtp)
{
	const struct vpasswd_box *box = a->boxes.boxes;
	const struct vpasswd_box *end = box + a->boxes.n;

	for (; box < end; box++)
		if (is_wanted(box, no_smtp) &&
		    is_usable(home, box->name, box->hash, box->hash_len))
			logins_add_at(&a->logins, box->name, host, box->hash,
			    box->hash_len);
}

/* Does the directory, which has no vpasswd, hand mail to vdelivermail?  1 yes,
 * 0 no, -1 trouble, logged. */
static int
is_of_vpopmail(struct auth *a, const struct users_entry *entry)
{
	enum source_answer answer;
	struct instruct does;
	const char *path;
	char *name;
	int verdict = 0;

	/* What has a newline gets no mail, and could be no dependency. */
	if (strchr(entry->dash, '\n') != NULL ||
	    strchr(entry->ext, '\n') != NULL)
		return 0;
	if (asprintf(&name, ".qmail%s%sdefault", entry->dash, entry->ext) == -1)
		log_fatal("memory");
	path = deps_add_in(&a->deps, entry->home, name);
	free(name);
	answer = source_try(&a->boxes.file, path);
	deps_stamp(&a->deps, a->deps.last, &a->boxes.file.stamp);
	if (answer == SOURCE_TROUBLE)
		return -1;
	if (answer == SOURCE_READ) {
		does = instruct_judge(
		    &a->verdicts, a->boxes.file.bytes, a->boxes.file.len);
		verdict = does.kind == INSTRUCT_MAILBOXES ||
			  does.kind == INSTRUCT_DELETES ||
			  does.kind == INSTRUCT_CATCHES;
	}
	arena_reset(&a->verdicts);
	return verdict;
}

/* Without a vpasswd it is no domain of vpopmail's, unless it looks like one. */
static int
read_nothing(struct auth *a, const struct users_entry *entry)
{
	const struct stamp *stamp;

	deps_add(&a->deps, entry->home);
	stamp = deps_look(&a->deps, a->deps.last);
	if (stamp->kind != STAMP_THERE) {
		log_warnx("%s: is not there", entry->home);
		return -1;
	}
	switch (is_of_vpopmail(a, entry)) {
	case 0:
		return 0;
	case 1:
		log_warnx("%s: neither vpasswd nor vpasswd.cdb", entry->home);
		break;
	}
	return -1;
}

static int
read_domain(struct auth *a, const char *host, const struct users_entry *entry)
{
	int no_smtp, answer;

	if (entry->home[0] != '/' || strchr(entry->home, '\n') != NULL) {
		log_warnx(
		    "%s: a home that is not an absolute path", entry->home);
		return -1;
	}
	answer = vpasswd_try(&a->boxes, &a->deps, entry->home);
	if (answer == 1)
		return read_nothing(a, entry);
	if (answer == -1)
		return -1;
	no_smtp =
	    limits_disable_smtp(&a->deps, entry->home, a->options->vpopmail);
	if (no_smtp == -1)
		return -1;
	add_boxes(a, host, entry->home, no_smtp == 1);
	return 0;
}

/* ---- a domain in trouble ---- */

static int
read_last(struct auth *a)
{
	struct cdbscan scan;
	const char *path = a->options->last;

	if (a->last_read)
		return 0;
	switch (source_read(&a->last, path)) {
	case SOURCE_READ:
		break;
	case SOURCE_ABSENT: /* it had nobody whom we could lose */
		a->last.len = 0;
		a->last_read = true;
		return 0;
	case SOURCE_OTHER:
	case SOURCE_TROUBLE:
		return -1;
	}
	if (!cdbscan_start(&scan, a->last.bytes, a->last.len)) {
		log_warnx("%s: damaged: not a whole cdb", path);
		return -1;
	}
	a->last_read = true;
	return 0;
}

/* Is this the name of a login of the host? */
static bool
is_at(const struct cdbscan_record *record, const char *host)
{
	size_t len = strlen(host);

	return record->key_len > len + 1 &&
	       record->key[record->key_len - len - 1] == '@' &&
	       memcmp(record->key + record->key_len - len, host, len) == 0 &&
	       memchr(record->key, '\0', record->key_len) == NULL;
}

/* The variables after the comma may have changed: only the hash is kept. */
static void
keep_last(struct auth *a, const char *host)
{
	struct cdbscan scan;
	struct cdbscan_record record;
	const char *comma;
	char *name;

	if (!cdbscan_start(&scan, a->last.bytes, a->last.len))
		return; /* there was none */
	while (cdbscan_next(&scan, &record)) {
		if (!is_at(&record, host))
			continue;
		comma = memchr(record.value, ',', record.value_len);
		if (comma != NULL)
			record.value_len = (size_t)(comma - record.value);
		name = arena_copy(&a->logins.text, record.key, record.key_len);
		logins_add(&a->logins, name, record.value, record.value_len);
	}
}

static void
bear_trouble(struct auth *a, const char *host)
{
	switch (a->options->trouble) {
	case AUTH_KEEP:
		if (read_last(a) == -1)
			break;
		log_warnx("%s: the last good logins are kept", host);
		keep_last(a, host);
		return;
	case AUTH_SKIP:
		log_warnx("%s: nobody can log in", host);
		return;
	case AUTH_FAIL:
		break;
	}
	log_warnx("%s: cannot be read", host);
	a->troubled = true;
}

/* ---- everything ---- */

/* The entry "+host-" of users/cdb, by which vpopmail finds a domain. */
static const struct users_entry *
find_entry(const struct auth *a, const char *host)
{
	const struct users_entry *entry;
	char *name;

	if (asprintf(&name, "%s-", host) == -1)
		log_fatal("memory");
	entry = users_find(&a->users, name, false);
	free(name);
	return entry;
}

static void
read_domains(struct auth *a, const struct control *virtual)
{
	const struct control_entry *host = virtual->entries;
	const struct control_entry *end = host + virtual->n;
	const struct users_entry *entry;

	for (; host < end; host++) {
		if (*host->value == '\0' || strchr(host->key, '@') != NULL)
			continue;
		entry = find_entry(a, host->key);
		if (entry != NULL && read_domain(a, host->key, entry) == -1)
			bear_trouble(a, host->key);
	}
}

/* Where there is neither vpopmail nor another file nothing was said at all:
 * more often an unmounted file system than somebody's wish. */
static int
read_users_cdb(struct auth *a)
{
	const struct auth_options *o = a->options;
	char *path;
	int rc;

	if (asprintf(&path, "%s/users/cdb", o->qmail) == -1)
		log_fatal("memory");
	rc = users_read(&a->users, &a->deps, path);
	if (rc == 0 && a->users.file.stamp.kind == STAMP_ABSENT &&
	    o->passwd == NULL && o->shadow == NULL) {
		errno = ENOENT;
		log_warn("%s", path);
		rc = -1;
	}
	free(path);
	return rc;
}

static int
read_vpopmail(struct auth *a)
{
	struct control virtual;
	int rc;

	if (read_users_cdb(a) == -1)
		return -1;
	control_init(&virtual);
	rc = control_read(&virtual, &a->deps, a->options->qmail,
	    "virtualdomains", CONTROL_PAIRS);
	if (rc == 0)
		read_domains(a, &virtual);
	control_fini(&virtual);
	return rc;
}

/* Of a shadow alone the uids are not known. */
static bool
is_in_range(const struct auth *a, const struct userfile_user *user)
{
	uint32_t uid = user->uid;

	if (uid == USERFILE_NO_UID)
		return strcmp(user->name, ROOT) != 0 ||
		       a->options->first_uid == 0;
	return uid >= a->options->first_uid && uid <= a->options->last_uid;
}

/* A user of passwd has his hash there, or in shadow. */
static void
add_user(struct auth *a, const struct userfile_user *user,
    const struct userfile *shadow)
{
	const struct userfile_user *secret = userfile_find(shadow, user->name);

	if (!is_in_range(a, user))
		return;
	if (secret != NULL && secret->expires <= a->options->today)
		return;
	if (secret != NULL && user->hash_len == 1 && *user->hash == 'x')
		user = secret;
	if (is_usable(secret == user ? a->options->shadow : a->options->passwd,
		user->name, user->hash, user->hash_len))
		logins_add(&a->logins, user->name, user->hash, user->hash_len);
}

static int
read_system(struct auth *a)
{
	const struct auth_options *o = a->options;
	const struct userfile *all;
	struct userfile passwd, shadow;
	size_t i;
	int rc = -1;

	userfile_init(&passwd);
	userfile_init(&shadow);
	if (o->passwd != NULL &&
	    userfile_read(&passwd, &a->deps, o->passwd, USERFILE_PASSWD) == -1)
		goto done;
	if (o->shadow != NULL &&
	    userfile_read(&shadow, &a->deps, o->shadow, USERFILE_SHADOW) == -1)
		goto done;
	all = o->passwd != NULL ? &passwd : &shadow;
	for (i = 0; i < all->n; i++)
		add_user(a, &all->users[i], &shadow);
	rc = 0;
done:
	userfile_fini(&shadow);
	userfile_fini(&passwd);
	return rc;
}

int
auth_read(struct auth *a)
{
	const char *config = a->options->config;
	int rc = 0;

	deps_begin(&a->deps);
	if (config != NULL)
		rc = authvars_read(&a->vars, &a->deps, config);
	if (rc != 0)
		return rc;
	if (read_vpopmail(a) == -1 || read_system(a) == -1)
		return -1;
	logins_sort(&a->logins);
	return a->troubled ? -1 : 0;
}
