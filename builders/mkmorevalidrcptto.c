/*
 * mkmorevalidrcptto - control/morevalidrcptto, the valid recipients of sagredo's
 * qmail-smtpd, made a cdb.
 */

#include <sys/stat.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "builders/linekeys.h"
#include "daemon/log.h"

#define PROGRAM "mkmorevalidrcptto"
#define EXIT_SOURCE 100 /* the command is wrong: do not try again */
#define EXIT_TROUBLE 111
#define MASK 033 /* qmail-newmvrt's, whatever the caller's is */

struct settings {
	const char *qmail;
	const char *source; /* NULL: control/morevalidrcptto */
	const char *target; /* NULL: control/morevalidrcptto.cdb */
};

enum option_value { OPTION_HELP = 256, OPTION_QMAIL };

static const struct option long_options[] = {
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "qmail", required_argument, NULL, OPTION_QMAIL },
	{ NULL, 0, NULL, 0 },
};

static void
print_usage(FILE *out)
{
	(void)fputs("usage: " PROGRAM " [-c file] [--qmail dir] [input]\n"
		    "       " PROGRAM " --help\n",
	    out); /* there is nobody else to tell */
}

static int
read_options(struct settings *s, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "+c:", long_options, NULL)) !=
	       -1) {
		switch (option) {
		case 'c':
			s->target = optarg;
			break;
		case OPTION_QMAIL:
			s->qmail = optarg;
			break;
		case OPTION_HELP:
			print_usage(stdout);
			exit(0);
		default: /* getopt_long has said what is wrong */
			print_usage(stderr);
			return -1;
		}
	}
	if (optind < argc)
		s->source = argv[optind++];
	if (optind == argc)
		return 0;
	log_warnx("%s: one input is all", argv[optind]);
	print_usage(stderr);
	return -1;
}

static char *
path_below(const char *qmail, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/control/%s", qmail, name) == -1)
		log_fatal("memory");
	return path;
}

int
main(int argc, char **argv)
{
	struct settings s = { "/var/qmail", NULL, NULL };
	char *source, *target;
	int status;

	log_open(PROGRAM, false, false);
	if (read_options(&s, argc, argv) == -1)
		return EXIT_SOURCE;
	(void)umask(MASK); /* it cannot fail */
	source = path_below(s.qmail, "morevalidrcptto");
	target = path_below(s.qmail, "morevalidrcptto.cdb");
	status = linekeys_compile(s.source != NULL ? s.source : source,
		     s.target != NULL ? s.target : target, 0644) == 0
		     ? 0
		     : EXIT_TROUBLE;
	free(source);
	free(target);
	return status;
}
