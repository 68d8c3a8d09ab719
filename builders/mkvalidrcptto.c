/*
 * mkvalidrcptto - the list of the addresses that a qmail system delivers, for
 * the check of recipients in qmail-smtpd.
 */

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builders/cdbfile.h"
#include "builders/deps.h"
#include "builders/domain.h"
#include "builders/keys.h"
#include "builders/mailsystem.h"
#include "daemon/log.h"

#define PROGRAM "mkvalidrcptto"
#define EXIT_SOURCE 100 /* the command is wrong: do not try again */
#define EXIT_TROUBLE 111
#define UID_LAST 4294967294UL /* the one after it means none */

enum output { OUTPUT_LINES, OUTPUT_CDBMAKE, OUTPUT_CDB };

/* What to do about a domain that cannot be read. */
enum trouble { TROUBLE_FAIL, TROUBLE_ACCEPT, TROUBLE_SKIP };

struct settings {
	enum output output;
	const char *cdb_path;
	const char *deps_path;
	bool no_local;
	enum trouble trouble;
	struct mailsystem_paths paths;
};

struct build {
	const struct settings *settings;
	struct mailsystem system;
	struct deps deps;
	struct keys keys;
	bool troubled;    /* and nothing may be written */
	bool local_known; /* the keys of a local domain are these: */
	bool local_trouble;
	size_t local_first;
	size_t local_n;
	size_t local_host_len;
};

enum option_value {
	OPTION_ALIAS = 256,
	OPTION_DEPS,
	OPTION_HELP,
	OPTION_PASSWD,
	OPTION_QMAIL,
	OPTION_QMAIL_EXT,
	OPTION_TROUBLE,
	OPTION_UID_MAX,
	OPTION_UID_MIN,
	OPTION_VPOPMAIL
};

static const struct option long_options[] = {
	{ "alias", required_argument, NULL, OPTION_ALIAS },
	{ "deps", required_argument, NULL, OPTION_DEPS },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "passwd", required_argument, NULL, OPTION_PASSWD },
	{ "qmail", required_argument, NULL, OPTION_QMAIL },
	{ "qmail-ext", required_argument, NULL, OPTION_QMAIL_EXT },
	{ "trouble", required_argument, NULL, OPTION_TROUBLE },
	{ "uid-max", required_argument, NULL, OPTION_UID_MAX },
	{ "uid-min", required_argument, NULL, OPTION_UID_MIN },
	{ "vpopmail", required_argument, NULL, OPTION_VPOPMAIL },
	{ NULL, 0, NULL, 0 },
};

static void
print_usage(FILE *out)
{
	(void)fputs(
	    "usage: " PROGRAM " [-mn] [-c file] [--alias dir] [--deps file]\n"
	    "           [--passwd file] [--qmail dir] [--qmail-ext when]\n"
	    "           [--trouble what] [--uid-max uid] [--uid-min uid]\n"
	    "           [--vpopmail dir]\n"
	    "       " PROGRAM " --help\n",
	    out); /* there is nobody else to tell */
}

static int
usage_error(const char *what, const char *value)
{
	if (what != NULL)
		log_warnx("%s: %s", value, what);
	print_usage(stderr);
	return -1;
}

static int
set_path(const char **path, const char *value)
{
	if (value[0] != '/' || strchr(value, '\n') != NULL)
		return usage_error("not an absolute path", value);
	*path = value;
	return 0;
}

static int
set_uid(uid_t *uid, const char *value)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(value, &end, 10);
	if (errno != 0 || value[strspn(value, "0123456789")] != '\0' ||
	    *value == '\0' || number > UID_LAST)
		return usage_error("not a uid", value);
	*uid = (uid_t)number;
	return 0;
}

static int
set_trouble(struct settings *s, const char *value)
{
	if (strcmp(value, "fail") == 0)
		s->trouble = TROUBLE_FAIL;
	else if (strcmp(value, "accept") == 0)
		s->trouble = TROUBLE_ACCEPT;
	else if (strcmp(value, "skip") == 0)
		s->trouble = TROUBLE_SKIP;
	else
		return usage_error("not one of accept, fail, skip", value);
	return 0;
}

static int
set_ext(struct settings *s, const char *value)
{
	if (strcmp(value, "auto") == 0)
		s->paths.ext = MAILSYSTEM_EXT_AUTO;
	else if (strcmp(value, "yes") == 0)
		s->paths.ext = MAILSYSTEM_EXT_YES;
	else if (strcmp(value, "no") == 0)
		s->paths.ext = MAILSYSTEM_EXT_NO;
	else
		return usage_error("not one of auto, yes, no", value);
	return 0;
}

static int
set_output(struct settings *s, enum output output, const char *path)
{
	if (s->output != OUTPUT_LINES && s->output != output)
		return usage_error("-c and -m exclude each other", "options");
	s->output = output;
	s->cdb_path = path;
	return 0;
}

static int
set_option(struct settings *s, int option, const char *value)
{
	switch (option) {
	case 'c':
		return set_output(s, OUTPUT_CDB, value);
	case 'm':
		return set_output(s, OUTPUT_CDBMAKE, NULL);
	case 'n':
		s->no_local = true;
		return 0;
	case OPTION_ALIAS:
		return set_path(&s->paths.alias, value);
	case OPTION_DEPS:
		s->deps_path = value;
		return 0;
	case OPTION_PASSWD:
		return set_path(&s->paths.passwd, value);
	case OPTION_QMAIL:
		return set_path(&s->paths.qmail, value);
	case OPTION_QMAIL_EXT:
		return set_ext(s, value);
	case OPTION_TROUBLE:
		return set_trouble(s, value);
	case OPTION_UID_MAX:
		return set_uid(&s->paths.last_uid, value);
	case OPTION_UID_MIN:
		return set_uid(&s->paths.first_uid, value);
	case OPTION_VPOPMAIL:
		return set_path(&s->paths.vpopmail, value);
	default: /* getopt_long has said what is wrong */
		return usage_error(NULL, NULL);
	}
}

static int
read_options(struct settings *s, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "c:mn", long_options, NULL)) !=
	       -1) {
		if (option == OPTION_HELP) {
			print_usage(stdout);
			exit(0);
		}
		if (set_option(s, option, optarg) == -1)
			return -1;
	}
	if (optind < argc)
		return usage_error("not an option", argv[optind]);
	return 0;
}

static void
add_wide(struct build *b, const char *host)
{
	keys_add(&b->keys, "", 0, host, strlen(host));
}

/* All local domains have the same names: those of the first, copied. */
static void
copy_local(struct build *b, const char *host)
{
	const char *text;
	size_t i;

	for (i = b->local_first; i < b->local_first + b->local_n; i++) {
		text = b->keys.items[i].text;
		keys_add(&b->keys, text, strlen(text) - 1 - b->local_host_len,
		    host, strlen(host));
	}
}

/* 0, or -1 for trouble, which the first of the local domains has logged. */
static int
list_local(struct build *b, const char *host)
{
	if (b->local_known) {
		copy_local(b, host);
		return b->local_trouble ? -1 : 0;
	}
	b->local_first = b->keys.n;
	b->local_host_len = strlen(host);
	b->local_trouble = domain_list(&b->system, host, "", &b->keys) == -1;
	b->local_n = b->local_trouble ? 0 : b->keys.n - b->local_first;
	b->local_known = true;
	return b->local_trouble ? -1 : 0;
}

/* As the option says; the trouble itself has been logged. */
static void
bear_trouble(struct build *b, const char *host)
{
	switch (b->settings->trouble) {
	case TROUBLE_FAIL:
		b->troubled = true;
		log_warnx("%s: cannot be listed", host);
		break;
	case TROUBLE_ACCEPT:
		log_warnx("%s: every address is accepted", host);
		add_wide(b, host);
		break;
	case TROUBLE_SKIP:
		log_warnx("%s: no address is accepted", host);
		break;
	}
}

static void
list_host(struct build *b, const char *host)
{
	struct hosts_place place = hosts_find(&b->system.hosts, host);
	bool no_local = b->settings->no_local;
	size_t before = b->keys.n;
	int rc = 0;

	switch (place.class) {
	case HOSTS_LOCAL:
		if (!no_local)
			rc = list_local(b, host);
		break;
	case HOSTS_VIRTUAL:
		if (!no_local || strcmp(place.prepend, "alias") != 0)
			rc = domain_list(
			    &b->system, host, place.prepend, &b->keys);
		break;
	case HOSTS_ROUTED:
	case HOSTS_UNHANDLED:
		add_wide(b, host);
		break;
	}
	if (rc == -1) {
		keys_undo(&b->keys, before);
		bear_trouble(b, host);
	}
}

static int
list_hosts(struct build *b)
{
	const struct hosts *hosts = &b->system.hosts;
	size_t i;

	if (mailsystem_read(&b->system, &b->settings->paths) == -1)
		return -1;
	for (i = 0; i < hosts->n; i++)
		list_host(b, hosts->names[i]);
	keys_add_bare(&b->keys, "postmaster");
	keys_sort(&b->keys);
	return b->troubled ? -1 : 0;
}

/* The end of the cdbmake form is an empty line. */
static int
print_keys(const struct keys *keys, bool cdbmake)
{
	const char *text;
	size_t i;

	for (i = 0; i < keys->n && !ferror(stdout); i++) {
		text = keys->items[i].text;
		if (cdbmake)
			(void)printf("+%zu,0:%s->\n", strlen(text), text);
		else
			(void)puts(text); /* ferror tells */
	}
	if (cdbmake)
		(void)putchar('\n'); /* so it does here */
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	log_warn("standard output");
	return -1;
}

static int
write_cdb(const struct keys *keys, const char *path)
{
	struct cdbfile cdb;
	const char *text;
	size_t i;

	if (cdbfile_open(&cdb, path, 0644) == -1) {
		log_warn("%s", path);
		return -1;
	}
	for (i = 0; i < keys->n; i++) {
		text = keys->items[i].text;
		if (cdbfile_add(&cdb, text, strlen(text), "", 0) == -1)
			goto fail;
	}
	if (cdbfile_commit(&cdb) == -1)
		goto fail;
	cdbfile_close(&cdb);
	return 0;

fail:
	log_warn("%s", path);
	cdbfile_close(&cdb);
	return -1;
}

/* The dependencies first: a list is never there without them. */
static int
write_all(struct build *b)
{
	const struct settings *s = b->settings;

	if (s->deps_path != NULL && deps_write(&b->deps, s->deps_path) == -1) {
		log_warn("%s", s->deps_path);
		return -1;
	}
	if (s->output == OUTPUT_CDB)
		return write_cdb(&b->keys, s->cdb_path);
	return print_keys(&b->keys, s->output == OUTPUT_CDBMAKE);
}

int
main(int argc, char **argv)
{
	struct settings settings = {
		.paths = {
			.qmail = "/var/qmail",
			.vpopmail = "/home/vpopmail",
			.first_uid = 1,
			.last_uid = UID_LAST,
		},
	};
	struct build build = { .settings = &settings };
	int status = EXIT_TROUBLE;

	log_open(PROGRAM, false, false);
	if (read_options(&settings, argc, argv) == -1)
		return EXIT_SOURCE;
	deps_init(&build.deps);
	keys_init(&build.keys);
	mailsystem_init(&build.system, &build.deps);
	if (list_hosts(&build) == 0 && write_all(&build) == 0)
		status = 0;
	mailsystem_fini(&build.system);
	keys_fini(&build.keys);
	deps_fini(&build.deps);
	return status;
}
