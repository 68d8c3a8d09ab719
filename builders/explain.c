/*
 * explain - why is an address valid, or why is it not?
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builders/explain.h"
#include "builders/publish.h"
#include "builders/namelist.h"
#include "daemon/log.h"

#define DEFAULT "default"
#define DEFAULT_LEN (sizeof(DEFAULT) - 1)

/* Standard output fails, if at all, in main(). */
static void
say(const char *name, const char *what)
{
	(void)printf("  %s: %s\n", name, what);
}

static const char *
reason_text(enum mailsystem_reason reason)
{
	switch (reason) {
	case MAILSYSTEM_TROUBLE:
		return "trouble";
	case MAILSYSTEM_DEFERRED:
		return "writable by others, or sticky: mail waits";
	case MAILSYSTEM_ASTRAY:
		return "vdelivermail has no such host: mail waits, or bounces";
	case MAILSYSTEM_FILE:
		return "this file delivers it";
	case MAILSYSTEM_USER:
		return "the home of a user, without a .qmail file";
	case MAILSYSTEM_ALIAS:
		return "fastforward has it here";
	case MAILSYSTEM_MAILBOX:
		return "a mailbox";
	case MAILSYSTEM_MAILBOX_EXT:
		return "the mailbox before the first dash (QMAIL_EXT)";
	case MAILSYSTEM_CATCH:
		return "vdelivermail takes what has no mailbox";
	case MAILSYSTEM_NO_FILE:
		return "no .qmail file here is for it";
	case MAILSYSTEM_FILE_BOUNCES:
		return "this file bounces it";
	case MAILSYSTEM_NO_ALIAS:
		return "fastforward, which is called here, does not have it";
	case MAILSYSTEM_NO_MAILBOX:
		return "no such mailbox";
	case MAILSYSTEM_MAILBOX_BOUNCES:
		return "a mailbox that bounces mail, or no legal name";
	case MAILSYSTEM_ILLEGAL:
		return "vdelivermail takes no such name, or no such host";
	}
	return "";
}

/* The line of virtualdomains for this address alone; NULL: there is none. */
static const struct hosts_user *
find_user(struct recipients *r, const char *host, const char *name)
{
	const struct hosts_user *user;
	size_t n;

	for (n = hosts_users(&r->system.hosts, host, &user); n > 0; n--, user++)
		if (strcmp(user->user, name) == 0)
			return user;
	return NULL;
}

/* To which local name does the mail go?  False if it is told why to none. */
static bool
find_local(struct recipients *r, const char *host, const char *name,
    char local[NAMELIST_NAME_MAX])
{
	struct hosts_place place = hosts_find(&r->system.hosts, host);
	const struct hosts_user *user = NULL;
	const char *prepend = place.prepend;
	bool is_local = place.class == HOSTS_LOCAL;

	/* In the order of rewrite() of qmail-send.c. */
	if (hosts_has_percent(&r->system.hosts, host) &&
	    strchr(name, '%') != NULL) {
		say(host, "in percenthack: what is behind the '%' is the host");
		return false;
	}
	if (!is_local)
		user = find_user(r, host, name);
	if (user != NULL)
		prepend = user->prepend;
	if (user != NULL && *prepend == '\0') {
		say(host, "virtualdomains makes an exception of this user");
		return false;
	}
	if (user == NULL && place.class == HOSTS_ROUTED) {
		say(host, "goes to another system");
		return false;
	}
	if (user == NULL && place.class == HOSTS_UNHANDLED) {
		say(host, "neither local, virtual nor routed");
		return false;
	}
	if (!namelist_join(local, prepend, is_local ? "" : "-", name)) {
		say(host, "the local name is longer than any that is listed");
		return false;
	}
	say(local, is_local ? "the local name" : "the name by virtualdomains");
	return true;
}

static int
explain_delivery(struct recipients *r, const char *host, const char *name)
{
	struct mailsystem_answer answer;
	char local[NAMELIST_NAME_MAX];

	if (!find_local(r, host, name, local))
		return 0;
	if (mailsystem_delivers(&r->system, host, local, &answer) == -1)
		return -1;
	say(answer.path, reason_text(answer.reason));
	return 0;
}

/* What qmail-smtpd finds, in its order of search; or NULL. */
static const struct keys_item *
search(const struct recipients *r, const char *name)
{
	char wide[NAMELIST_NAME_MAX + DEFAULT_LEN];
	size_t len = strlen(name);
	const struct keys_item *found = keys_find(&r->keys, name, len);

	if (found != NULL || len >= NAMELIST_NAME_MAX)
		return found;
	memcpy(wide, name, len);
	for (; len > 0 && found == NULL; len--) {
		if (wide[len - 1] != r->options->system.break_char)
			continue;
		memcpy(wide + len, DEFAULT, DEFAULT_LEN);
		found = keys_find(&r->keys, wide, len + DEFAULT_LEN);
	}
	return found != NULL ? found : keys_find(&r->keys, "", 0);
}

static int
report(const struct keys_item *key, const char *name, const char *host)
{
	bool valid = key != NULL && (key->use & KEYS_REFUSE) == 0;

	(void)printf("%s@%s: %s", name, host, valid ? "valid" : "not valid");
	if (key != NULL)
		(void)printf(", by the key %s@%s%s", key->text, host,
		    valid ? "" : " (-)");
	(void)putchar('\n'); /* as say() */
	return valid;
}

static int
explain(struct recipients *r, const char *name, const char *host)
{
	const struct recipients_options *o = r->options;
	const struct digest none = { 0, 0 };
	int valid;

	if (!hosts_is_named(&r->system.hosts, host)) {
		publish_keys(r, NULL, host);
		valid = report(search(r, name), name, host);
		say(host, hosts_accept(&r->system.hosts, host)
			      ? "only a .domain of rcpthosts takes it; to be "
				"listed, it must be named"
			      : "not in rcpthosts or morercpthosts.cdb");
		return valid;
	}
	if (recipients_list_host(r, host) == -1)
		return -1;
	lists_add(&r->lists, host, &none, &r->keys, &r->deps, 0);
	publish_keys(r, &r->lists.items[0], host);
	valid = report(search(r, name), name, host);
	if (addresses_have(&r->extra, host, name))
		say(o->extra, "it is kept by hand");
	else if (addresses_have(&r->exclude, host, name))
		say(o->exclude, "it is excluded");
	return explain_delivery(r, host, name) == -1 ? -1 : valid;
}

int
explain_address(struct recipients *r, const char *address)
{
	char *name = strdup(address);
	char *at, *c;
	int valid = -1;

	if (name == NULL)
		log_fatal("memory");
	for (c = name; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	at = strrchr(name, '@');
	if (at == NULL || at == name || at[1] == '\0') {
		log_warnx("%s: not an address with a host", address);
	} else {
		*at = '\0';
		valid = explain(r, name, at + 1);
	}
	free(name);
	return valid;
}
