/*
 * trigger-ctl - ask and command the daemon.
 *
 * What needs the daemon goes to it by talk; status, dry-run and config read
 * files and work without one.
 */

#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/words.h"
#include "daemon/rule.h"
#include "daemon/conf.h"
#include "daemon/status.h"
#include "client/presence.h"
#include "client/talk.h"
#include "client/show.h"
#include "client/plan.h"

enum {
	EXIT_YES = 0,
	EXIT_NO = 1,
	EXIT_USAGE = 2,
	EXIT_NO_DAEMON = 3,
	EXIT_TROUBLE = 111,
};

/* The commands that need no daemon.  "rules" are the words after the command,
 * up to NULL. */
struct command {
	const char *word;
	bool takes_rules;
	int (*run)(const struct rule_set *set, char *const rules[]);
	const char *help;
};

static int run_status(const struct rule_set *set, char *const rules[]);
static int run_dry_run(const struct rule_set *set, char *const rules[]);
static int run_config(const struct rule_set *set, char *const rules[]);

static const struct command commands[] = {
	{ "status", true, run_status, "what the daemon is doing" },
	{ "dry-run", true, run_dry_run,
	    "what is behind, why, and what would run; runs nothing" },
	{ "config", false, run_config,
	    "the configuration as it is understood" },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct option options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static void
usage(FILE *out)
{
	const struct words_command_def *defs;
	size_t i, count;

	(void)fprintf(out,
	    "usage: trigger-ctl [-c DIR] COMMAND [RULE ...]\n"
	    "       trigger-ctl -h | --help | --version\n\ncommands:\n");
	defs = words_commands(&count);
	for (i = 0; i < count; i++)
		(void)fprintf(out, "  %-8s  %s\n", defs[i].word, defs[i].help);
	for (i = 0; i < COMMANDS; i++)
		(void)fprintf(
		    out, "  %-8s  %s\n", commands[i].word, commands[i].help);
}

static struct rule_set *
read_configuration(const char *dir)
{
	struct conf_errors errors = { NULL, 0 };
	char text[CONF_LINE_MAX];
	struct rule_set *set;
	size_t i;

	set = conf_read(dir, &errors);
	for (i = 0; set == NULL && i < errors.count; i++) {
		show_text(stderr,
		    conf_error_text(&errors.list[i], text, sizeof(text)));
		(void)fputc('\n', stderr);
	}
	conf_errors_fini(&errors);
	return set;
}

static int
unknown_rule(const char *name)
{
	(void)fprintf(stderr, "trigger-ctl: unknown rule '");
	show_text(stderr, name);
	(void)fprintf(stderr, "'\n");
	return EXIT_USAGE;
}

static int
no_daemon(const char *run_dir)
{
	(void)fprintf(
	    stderr, "trigger-ctl: no daemon is running (%s)\n", run_dir);
	return EXIT_NO_DAEMON;
}

/* Only for those who may not look at the lock: a process that we may not
 * signal is there all the same. */
static bool
is_alive(pid_t pid)
{
	return kill(pid, 0) == 0 || errno != ESRCH;
}

static const char *
missing_from(const struct status *s, char *const rules[])
{
	size_t i;

	for (; *rules != NULL; rules++) {
		for (i = 0; i < s->count; i++)
			if (strcmp(s->rules[i].name, *rules) == 0)
				break;
		if (i == s->count)
			return *rules;
	}
	return NULL;
}

static int
print_status(const struct rule_set *set, const struct status *s,
    enum presence presence, char *const rules[])
{
	const char *missing = missing_from(s, rules);

	if (presence == PRESENCE_HIDDEN && !is_alive(s->pid))
		return no_daemon(set->run_dir);
	if (missing != NULL)
		return unknown_rule(missing);
	show_status(stdout, s, rules);
	return EXIT_YES;
}

static int
run_status(const struct rule_set *set, char *const rules[])
{
	enum presence presence;
	struct status s;
	char path[PATH_MAX];
	int fd, rc;

	fd = open(set->run_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 && errno == ENOENT)
		return no_daemon(set->run_dir);
	presence = fd == -1 ? PRESENCE_HIDDEN : presence_look(fd);
	if (fd != -1)
		(void)close(fd); /* nothing was written */
	if (presence == PRESENCE_NO)
		return no_daemon(set->run_dir);

	(void)snprintf(path, sizeof(path), "%s/status", set->run_dir);
	if (status_read(path, &s) == -1) {
		if (errno == ENOENT)
			return no_daemon(set->run_dir);
		(void)fprintf(
		    stderr, "trigger-ctl: %s: %s\n", path, strerror(errno));
		return EXIT_TROUBLE;
	}
	rc = print_status(set, &s, presence, rules);
	status_fini(&s);
	return rc;
}

static int
run_dry_run(const struct rule_set *set, char *const rules[])
{
	size_t i;

	for (i = 0; rules[i] != NULL; i++)
		if (rule_find(set, rules[i]) == NULL)
			return unknown_rule(rules[i]);
	switch (plan_print(set, rules, stdout, stderr)) {
	case PLAN_NOTHING:
		return EXIT_YES;
	case PLAN_BEHIND:
		return EXIT_NO;
	case PLAN_UNKNOWN:
		break;
	}
	return EXIT_TROUBLE;
}

static int
run_config(const struct rule_set *set, char *const rules[])
{
	(void)rules;
	conf_print(set, stdout);
	return EXIT_YES;
}

/* The daemon has the last word on which rules there are; but a name that could
 * not be one would make another command of the line. */
static bool
may_be_rule(const char *name)
{
	size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				"abcdefghijklmnopqrstuvwxyz0123456789._-");

	return n > 0 && n <= RULE_NAME_MAX && name[n] == '\0' && *name != '.';
}

static int
send_command(const struct rule_set *set, const char *word, char *const rules[])
{
	struct talk_answer answer;
	enum talk_outcome outcome;
	size_t i;

	for (i = 0; rules[i] != NULL; i++)
		if (!may_be_rule(rules[i]))
			return unknown_rule(rules[i]);
	outcome = talk_ask(set->run_dir, word, rules, &answer);
	if (outcome == TALK_ANSWERED) {
		(void)fputs(
		    answer.text, answer.status == EXIT_YES ? stdout : stderr);
		return answer.status;
	}
	(void)fprintf(stderr, "trigger-ctl: %s\n", answer.why);
	switch (outcome) {
	case TALK_NO_DAEMON:
	case TALK_GONE:
		return EXIT_NO_DAEMON;
	case TALK_TOO_LONG:
		return EXIT_USAGE;
	case TALK_ANSWERED:
	case TALK_FAILED:
		break;
	}
	return EXIT_TROUBLE;
}

static int
misused(const char *word, const char *why)
{
	(void)fprintf(stderr, "trigger-ctl: ");
	show_text(stderr, word);
	(void)fprintf(stderr, ": %s\n\n", why);
	usage(stderr);
	return EXIT_USAGE;
}

/* args[0] is the command, the rules follow, then NULL. */
static int
obey(const char *dir, char *const args[])
{
	const struct words_command_def *def = words_command(args[0]);
	const struct command *own = NULL;
	struct rule_set *set;
	size_t i, rules = 0;
	int rc;

	for (i = 0; i < COMMANDS; i++)
		if (strcmp(args[0], commands[i].word) == 0)
			own = &commands[i];
	while (args[1 + rules] != NULL)
		rules++;
	if (def == NULL && own == NULL)
		return misused(args[0], "unknown command");
	if (def != NULL && rules < (size_t)def->least_rules)
		return misused(args[0], "needs the name of a rule");
	if (own != NULL && !own->takes_rules && rules > 0)
		return misused(args[0], "takes no rules");

	set = read_configuration(dir);
	if (set == NULL)
		return EXIT_USAGE;
	if (own != NULL)
		rc = own->run(set, args + 1);
	else
		rc = send_command(set, args[0], args + 1);
	rule_set_free(set);
	return rc;
}

int
main(int argc, char *argv[])
{
	const char *dir = CONFDIR;
	int option, rc;

	/* "+": what follows the command belongs to it. */
	while ((option = getopt_long(argc, argv, "+c:h", options, NULL)) != -1)
		switch (option) {
		case 'c':
			dir = optarg;
			break;
		case 'h':
			usage(stdout);
			return EXIT_YES;
		case 'V':
			(void)printf("trigger-ctl %s\n", VERSION);
			return EXIT_YES;
		default:
			usage(stderr);
			return EXIT_USAGE;
		}
	if (optind == argc) {
		usage(stderr);
		return EXIT_USAGE;
	}
	rc = obey(dir, argv + optind);
	if (fflush(stdout) == EOF || ferror(stdout) != 0) {
		(void)fprintf(
		    stderr, "trigger-ctl: output: %s\n", strerror(errno));
		return EXIT_TROUBLE;
	}
	return rc;
}
