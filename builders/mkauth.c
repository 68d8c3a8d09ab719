/*
 * mkauth - auth.cdb, the logins and passwords for SMTP AUTH in qmail-smtpd.
 */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "builders/auth.h"
#include "builders/authfile.h"
#include "builders/option.h"
#include "daemon/log.h"
#include "daemon/standard.h"

#define PROGRAM "mkauth"
#define EXIT_SOURCE 100 /* the command, or the configuration, is wrong */
#define EXIT_TROUBLE 111
#define DAY_S (24 * 60 * 60)

enum option_value {
	OPTION_CACHE = 256,
	OPTION_CONFIG,
	OPTION_DEPS,
	OPTION_GROUP,
	OPTION_HELP,
	OPTION_LAST,
	OPTION_PASSWD,
	OPTION_QMAIL,
	OPTION_SHADOW,
	OPTION_TROUBLE,
	OPTION_UID_MAX,
	OPTION_UID_MIN,
	OPTION_VPOPMAIL
};

static const struct option long_options[] = {
	{ "cache", required_argument, NULL, OPTION_CACHE },
	{ "config", required_argument, NULL, OPTION_CONFIG },
	{ "deps", required_argument, NULL, OPTION_DEPS },
	{ "group", required_argument, NULL, OPTION_GROUP },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "last", required_argument, NULL, OPTION_LAST },
	{ "passwd", required_argument, NULL, OPTION_PASSWD },
	{ "qmail", required_argument, NULL, OPTION_QMAIL },
	{ "shadow", required_argument, NULL, OPTION_SHADOW },
	{ "trouble", required_argument, NULL, OPTION_TROUBLE },
	{ "uid-max", required_argument, NULL, OPTION_UID_MAX },
	{ "uid-min", required_argument, NULL, OPTION_UID_MIN },
	{ "vpopmail", required_argument, NULL, OPTION_VPOPMAIL },
	{ NULL, 0, NULL, 0 },
};

static void
print_usage(FILE *out)
{
	(void)fputs("usage: " PROGRAM
		    " [-c file] [--cache dir] [--config file]\n"
		    "           [--deps file] [--group name] [--last file]\n"
		    "           [--passwd file] [--qmail dir] [--shadow file]\n"
		    "           [--trouble what] [--uid-max uid]\n"
		    "           [--uid-min uid] [--vpopmail dir]\n"
		    "       " PROGRAM " --help\n",
	    out); /* there is nobody else to tell */
}

static int
set_group(struct auth_options *o, const char *value)
{
	if (option_group(&o->group, value) == -1)
		return -1;
	o->group_chosen = true;
	return 0;
}

static int
set_trouble(struct auth_options *o, bool *chosen, const char *value)
{
	static const char *const words[] = { "keep", "skip", "fail" };
	int word = option_word(words, sizeof(words) / sizeof(words[0]), value);

	if (word == -1)
		return -1;
	o->trouble = (enum auth_trouble)word;
	*chosen = true;
	return 0;
}

static int
set_option(struct auth_options *o, bool *chosen, int option, const char *value)
{
	switch (option) {
	case 'c':
		o->product = value;
		return 0;
	case OPTION_CACHE:
		return option_path(&o->cache_dir, value);
	case OPTION_CONFIG:
		return option_path(&o->config, value);
	case OPTION_DEPS:
		o->deps_path = value;
		return 0;
	case OPTION_GROUP:
		return set_group(o, value);
	case OPTION_LAST:
		return option_path(&o->last, value);
	case OPTION_PASSWD:
		return option_path(&o->passwd, value);
	case OPTION_QMAIL:
		return option_path(&o->qmail, value);
	case OPTION_SHADOW:
		return option_path(&o->shadow, value);
	case OPTION_TROUBLE:
		return set_trouble(o, chosen, value);
	case OPTION_UID_MAX:
		return option_uid(&o->last_uid, value);
	case OPTION_UID_MIN:
		return option_uid(&o->first_uid, value);
	case OPTION_VPOPMAIL:
		return option_path(&o->vpopmail, value);
	default: /* getopt_long has said what is wrong */
		return -1;
	}
}

static int
read_options(struct auth_options *o, int argc, char **argv)
{
	bool chosen = false;
	int option;

	while ((option = getopt_long(argc, argv, "+c:", long_options, NULL)) !=
	       -1) {
		if (option == OPTION_HELP) {
			print_usage(stdout);
			exit(0);
		}
		if (set_option(o, &chosen, option, optarg) == -1)
			return -1;
	}
	if (optind < argc)
		return option_wrong("not an option", argv[optind]);
	if (!chosen)
		o->trouble = o->last != NULL ? AUTH_KEEP : AUTH_FAIL;
	if (o->trouble == AUTH_KEEP && o->last == NULL)
		return option_wrong("needs --last", "--trouble keep");
	return 0;
}

static int
run(const struct auth_options *o)
{
	struct auth a;
	int status = EXIT_TROUBLE;

	auth_init(&a, o);
	switch (auth_read(&a)) {
	case 0:
		if (authfile_write(&a) == 0)
			status = 0;
		break;
	case 1:
		status = EXIT_SOURCE;
		break;
	}
	auth_fini(&a);
	return status;
}

int
main(int argc, char **argv)
{
	struct auth_options options = {
		.qmail = "/var/qmail",
		.vpopmail = "/home/vpopmail",
		.first_uid = 1,
		.last_uid = OPTION_ID_LAST,
	};

	if (standard_open() == -1)
		return EXIT_TROUBLE; /* and perhaps nobody to tell */
	log_open(PROGRAM, false, false);
	options.today = (int64_t)time(NULL) / DAY_S;
	if (read_options(&options, argc, argv) == -1) {
		print_usage(stderr);
		return EXIT_SOURCE;
	}
	return run(&options);
}
