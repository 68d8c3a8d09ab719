/*
 * mkvalidrcptto - the list of the addresses that a qmail system delivers, for
 * the check of recipients in qmail-smtpd.
 */

#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builders/explain.h"
#include "builders/lastform.h"
#include "builders/option.h"
#include "builders/publish.h"
#include "builders/recipients.h"
#include "builders/roster.h"
#include "daemon/digest.h"
#include "daemon/log.h"
#include "daemon/standard.h"

#define PROGRAM "mkvalidrcptto"
#define EXIT_INVALID 1  /* of --explain */
#define EXIT_SOURCE 100 /* the command is wrong: do not try again */
#define EXIT_TROUBLE 111

struct settings {
	struct recipients_options list;
	struct digest_sum *sum; /* of the options that change a list */
	bool trouble_chosen;
	bool form_chosen;
	const char *explain; /* an address; or NULL */
	char **words;        /* of the users command, in argv */
	int n_words;
	char **command; /* the same, ending in a NULL */
};

enum option_value {
	OPTION_ALIAS = 256,
	OPTION_BARE,
	OPTION_BOUNCE_MAIL,
	OPTION_BREAK,
	OPTION_CACHE,
	OPTION_DELETE,
	OPTION_DEPS,
	OPTION_DIALECT,
	OPTION_EXCLUDE,
	OPTION_EXPLAIN,
	OPTION_EXTRA,
	OPTION_HELP,
	OPTION_LISTS,
	OPTION_NEGATIVES,
	OPTION_PASSWD,
	OPTION_QMAIL,
	OPTION_QMAIL_EXT,
	OPTION_TROUBLE,
	OPTION_UID_MAX,
	OPTION_UID_MIN,
	OPTION_UNHANDLED,
	OPTION_USERS,
	OPTION_VPOPMAIL
};

static const struct option long_options[] = {
	{ "alias", required_argument, NULL, OPTION_ALIAS },
	{ "bare", required_argument, NULL, OPTION_BARE },
	{ "bounce-mail", required_argument, NULL, OPTION_BOUNCE_MAIL },
	{ "break", required_argument, NULL, OPTION_BREAK },
	{ "cache", required_argument, NULL, OPTION_CACHE },
	{ "delete", required_argument, NULL, OPTION_DELETE },
	{ "deps", required_argument, NULL, OPTION_DEPS },
	{ "dialect", required_argument, NULL, OPTION_DIALECT },
	{ "exclude", required_argument, NULL, OPTION_EXCLUDE },
	{ "explain", required_argument, NULL, OPTION_EXPLAIN },
	{ "extra", required_argument, NULL, OPTION_EXTRA },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "lists", required_argument, NULL, OPTION_LISTS },
	{ "negatives", required_argument, NULL, OPTION_NEGATIVES },
	{ "passwd", required_argument, NULL, OPTION_PASSWD },
	{ "qmail", required_argument, NULL, OPTION_QMAIL },
	{ "qmail-ext", required_argument, NULL, OPTION_QMAIL_EXT },
	{ "trouble", required_argument, NULL, OPTION_TROUBLE },
	{ "uid-max", required_argument, NULL, OPTION_UID_MAX },
	{ "uid-min", required_argument, NULL, OPTION_UID_MIN },
	{ "unhandled", required_argument, NULL, OPTION_UNHANDLED },
	{ "users", required_argument, NULL, OPTION_USERS },
	{ "vpopmail", required_argument, NULL, OPTION_VPOPMAIL },
	{ NULL, 0, NULL, 0 },
};

/* The values that an option chooses from, the default first. */
struct choice {
	int option;
	const char *words[4]; /* in the order of the enum */
};

static const struct choice choices[] = {
	{ OPTION_BARE, { "postmaster", "none", "all", NULL } },
	{ OPTION_BOUNCE_MAIL, { "drop", "keep", NULL, NULL } },
	{ OPTION_DELETE, { "list", "accept", NULL, NULL } },
	{ OPTION_DIALECT, { "jms1", "sagredo", "recipients", NULL } },
	{ OPTION_NEGATIVES, { "no", "yes", NULL, NULL } },
	{ OPTION_QMAIL_EXT, { "auto", "yes", "no", NULL } },
	{ OPTION_TROUBLE, { "keep", "accept", "skip", "fail" } },
	{ OPTION_UNHANDLED, { "accept", "skip", "fail", NULL } },
};

#define N_CHOICES (sizeof(choices) / sizeof(choices[0]))
#define N_WORDS (sizeof(choices[0].words) / sizeof(choices[0].words[0]))

static void
print_usage(FILE *out)
{
	(void)fputs(
	    "usage: " PROGRAM " [-mn] [-c file] [--alias dir] [--bare which]\n"
	    "           [--bounce-mail what] [--break char] [--cache dir]\n"
	    "           [--delete what] [--deps file] [--dialect name]\n"
	    "           [--exclude file] [--extra file] [--lists dir]\n"
	    "           [--negatives when] [--passwd file] [--qmail dir]\n"
	    "           [--qmail-ext when] [--trouble what] [--uid-max uid]\n"
	    "           [--uid-min uid] [--unhandled what]\n"
	    "           [--users command [word ...] [--]] [--vpopmail dir]\n"
	    "       " PROGRAM " [option ...] --explain address\n"
	    "       " PROGRAM " --help\n",
	    out); /* there is nobody else to tell */
}

static int
set_break(struct settings *s, const char *value)
{
	if (strlen(value) != 1 || *value == '@')
		return option_wrong("not one character", value);
	s->list.system.break_char = *value;
	return 0;
}

static int
set_form(struct settings *s, enum writer_form form, const char *path)
{
	if (s->form_chosen && s->list.form != form)
		return option_wrong("-c and -m exclude each other", "options");
	s->form_chosen = true;
	s->list.form = form;
	s->list.product = path;
	return 0;
}

static int
find_choice(int option, const char *value)
{
	const struct choice *c = choices;

	while (c->option != option)
		c++;
	return option_word(c->words, N_WORDS, value);
}

static bool
is_choice(int option)
{
	size_t i;

	for (i = 0; i < N_CHOICES; i++)
		if (choices[i].option == option)
			return true;
	return false;
}

static int
set_choice(struct settings *s, int option, const char *value)
{
	int chosen = find_choice(option, value);

	if (chosen == -1)
		return -1;
	switch (option) {
	case OPTION_BARE:
		s->list.bare = (enum recipients_bare)chosen;
		break;
	case OPTION_BOUNCE_MAIL:
		s->list.system.keep_bounced = chosen == 1;
		break;
	case OPTION_DELETE:
		s->list.system.accept_deleted = chosen == 1;
		break;
	case OPTION_DIALECT:
		s->list.dialect = (enum writer_dialect)chosen;
		break;
	case OPTION_NEGATIVES:
		s->list.system.negatives = chosen == 1;
		break;
	case OPTION_QMAIL_EXT:
		s->list.system.ext = (enum mailsystem_ext)chosen;
		break;
	case OPTION_TROUBLE:
		s->list.trouble = (enum recipients_trouble)chosen;
		s->trouble_chosen = true;
		break;
	case OPTION_UNHANDLED:
		s->list.unhandled = (enum recipients_unhandled)chosen;
		break;
	}
	return 0;
}

/* The command is what follows, to the end or to a word "--". */
static int
set_users(struct settings *s, int argc, char **argv)
{
	int first = optind - 1;

	while (optind < argc && strcmp(argv[optind], "--") != 0)
		optind++;
	s->words = argv + first;
	s->n_words = optind - first;
	if (optind < argc)
		optind++; /* behind the "--" */
	return 0;
}

static int
set_plain(struct settings *s, int option, const char *value)
{
	struct mailsystem_options *system = &s->list.system;

	switch (option) {
	case 'c':
		return set_form(s, WRITER_CDB, value);
	case 'm':
		return set_form(s, WRITER_CDBMAKE, NULL);
	case 'n':
		s->list.no_local = true;
		return 0;
	case OPTION_ALIAS:
		return option_path(&system->alias, value);
	case OPTION_BREAK:
		return set_break(s, value);
	case OPTION_CACHE:
		return option_path(&s->list.cache_dir, value);
	case OPTION_DEPS:
		s->list.deps_path = value;
		return 0;
	case OPTION_EXCLUDE:
		return option_path(&s->list.exclude, value);
	case OPTION_EXPLAIN:
		s->explain = value;
		return 0;
	case OPTION_EXTRA:
		return option_path(&s->list.extra, value);
	case OPTION_LISTS:
		return option_path(&s->list.lists_dir, value);
	case OPTION_PASSWD:
		return option_path(&system->passwd, value);
	case OPTION_QMAIL:
		return option_path(&system->qmail, value);
	case OPTION_UID_MAX:
		return option_uid(&system->last_uid, value);
	case OPTION_UID_MIN:
		return option_uid(&system->first_uid, value);
	case OPTION_VPOPMAIL:
		return option_path(&system->vpopmail, value);
	default: /* getopt_long has said what is wrong */
		return -1;
	}
}

/* Where the results go, and what is done about trouble, change no list. */
static void
sum_option(struct settings *s, int option, const char *value)
{
	switch (option) {
	case 'c':
	case OPTION_CACHE:
	case OPTION_DEPS:
	case OPTION_TROUBLE:
		return;
	}
	digest_add(s->sum, &option, sizeof(option));
	digest_add_text(s->sum, value);
}

static int
set_option(struct settings *s, int option, int argc, char **argv)
{
	int i;

	sum_option(s, option, optarg);
	if (is_choice(option))
		return set_choice(s, option, optarg);
	if (option != OPTION_USERS)
		return set_plain(s, option, optarg);
	if (set_users(s, argc, argv) == -1)
		return -1;
	for (i = 0; i < s->n_words; i++)
		digest_add_text(s->sum, s->words[i]);
	return 0;
}

/* The words end in a NULL now. */
static int
take_words(struct settings *s)
{
	size_t n = (size_t)s->n_words;

	if (n == 0)
		return 0;
	s->command = calloc(n + 1, sizeof(*s->command));
	if (s->command == NULL)
		log_fatal("memory");
	memcpy(s->command, s->words, n * sizeof(*s->command));
	s->list.system.users_command = s->command;
	return 0;
}

/* A '+' keeps getopt from looking for options behind the command's words. */
static int
read_options(struct settings *s, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(
		    argc, argv, "+c:mn", long_options, NULL)) != -1) {
		if (option == OPTION_HELP) {
			print_usage(stdout);
			exit(0);
		}
		if (set_option(s, option, argc, argv) == -1)
			return -1;
	}
	if (optind < argc)
		return option_wrong("not an option", argv[optind]);
	if (!s->trouble_chosen && s->list.cache_dir == NULL)
		s->list.trouble = RECIPIENTS_FAIL;
	return take_words(s);
}

static int
run(const struct settings *s)
{
	struct recipients r;
	int status = EXIT_TROUBLE;
	int current, valid;

	recipients_init(&r, &s->list);
	current = recipients_read(&r);
	if (current == 0 && s->explain != NULL) {
		valid = explain_address(&r, s->explain);
		if (valid != -1 && fflush(stdout) == 0)
			status = valid ? 0 : EXIT_INVALID;
	} else if (current == 1) {
		status = 0;
	} else if (current == 0 && roster_list(&r) == 0 &&
		   publish_list(&r) == 0) {
		status = 0;
	}
	recipients_fini(&r);
	return status;
}

int
main(int argc, char **argv)
{
	struct settings settings = {
		.list = {
			.system = {
				.qmail = "/var/qmail",
				.vpopmail = "/home/vpopmail",
				.first_uid = 1,
				.last_uid = OPTION_ID_LAST,
				.break_char = '-',
			},
		},
	};
	int status = EXIT_SOURCE;

	if (standard_open() == -1)
		return EXIT_TROUBLE; /* and perhaps nobody to tell */
	log_open(PROGRAM, false, false);
	/* Ignored, as some supervisors leave it, it would take the exit status
	 * of our children away. */
	(void)signal(SIGCHLD, SIG_DFL); /* a signal that there is */
	settings.sum = digest_new();
	if (settings.sum == NULL)
		log_fatal("memory");
	lastform_sum_program(settings.sum);
	if (read_options(&settings, argc, argv) == 0) {
		settings.list.digest = digest_end(settings.sum);
		settings.sum = NULL;
		if (settings.explain != NULL)
			settings.list.cache_dir = NULL;
		status = run(&settings);
	} else {
		print_usage(stderr);
	}
	if (settings.sum != NULL)
		(void)digest_end(settings.sum); /* it frees */
	free(settings.command);
	return status;
}
