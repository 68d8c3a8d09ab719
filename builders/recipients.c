/*
 * recipients - what is read of a mail system, and the list of one host.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builders/domain.h"
#include "builders/recipients.h"
#include "daemon/log.h"

#define COMMENT "#@"

void
recipients_init(struct recipients *r, const struct recipients_options *options)
{
	memset(r, 0, sizeof(*r));
	r->options = options;
	r->last.fd = -1;
	r->second.fd = -1;
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
	lastrun_close(&r->second);
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

bool
recipients_has_same_options(const struct recipients *r)
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
		current = recipients_has_same_options(r) &&
			  r->last.header.about.whole &&
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
	if (lastrun_take(&r->last) == -1 && r->last.fd != -1)
		log_warnx("%s: damaged lists", o->cache_dir);
	return 0;
}

void
recipients_accept_all(struct recipients *r)
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

	recipients_accept_all(r);
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
