/*
 * trigger-ctl - ask and command the daemon.
 *
 * What needs the daemon goes to it by talk; status, dry-run and config read
 * files and work without one.
 */

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/standard.h"
#include "daemon/verbs.h"
#include "daemon/instance.h"
#include "daemon/rule.h"
#include "daemon/conf.h"
#include "daemon/status.h"
#include "client/talk.h"
#include "client/text.h"
#include "client/news.h"
#include "client/confread.h"
#include "client/show.h"
#include "client/report.h"
#include "client/reportstatus.h"
#include "client/reportconf.h"
#include "client/plan.h"
#include "client/watch.h"
#include "client/facts.h"
#include "client/explain.h"
#include "client/reportfacts.h"

enum {
	EXIT_YES = 0,
	EXIT_NO = 1,
	EXIT_USAGE = 2,
	EXIT_NO_DAEMON = 3,
	EXIT_TROUBLE = 111,
};

/* What stands after the command: the rules, up to NULL, and options. */
struct wishes {
	char *const *rules;
	bool json;
};

/* The commands that are not sent to the daemon. */
struct command {
	const char *word;
	int least_rules, most_rules;
	bool takes_json;
	bool needs_rules; /* of the configuration, which must be right then */
	int (*run)(const struct rule_set *set, const struct wishes *wishes);
	const char *help;
};

static int run_status(const struct rule_set *set, const struct wishes *wishes);
static int run_dry_run(const struct rule_set *set, const struct wishes *wishes);
static int run_config(const struct rule_set *set, const struct wishes *wishes);
static int run_explain(const struct rule_set *set, const struct wishes *wishes);
static int run_watch(const struct rule_set *set, const struct wishes *wishes);

static const struct command commands[] = {
	{ "status", 0, INT_MAX, true, false, run_status,
	    "what the daemon is doing" },
	{ "dry-run", 0, INT_MAX, true, true, run_dry_run,
	    "what is behind, why, and what would run; runs nothing" },
	{ "watch", 0, INT_MAX, false, false, run_watch,
	    "follow states and runs, until the daemon ends" },
	{ "explain", 1, 1, true, true, run_explain,
	    "all there is to know of a rule" },
	{ "config", 0, 0, true, true, run_config,
	    "the configuration as it is understood" },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct option options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* After the command. */
static const struct option command_options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, 'j' },
	{ NULL, 0, NULL, 0 },
};

static void
usage(FILE *out)
{
	const struct verbs_def *defs;
	size_t i, count;

	(void)fprintf(out,
	    "usage: trigger-ctl [-c DIR] COMMAND [--json] [RULE ...]\n"
	    "       trigger-ctl -h | --help | --version\n\ncommands:\n");
	defs = verbs_all(&count);
	for (i = 0; i < count; i++)
		(void)fprintf(out, "  %-8s  %s\n", defs[i].word, defs[i].help);
	for (i = 0; i < COMMANDS; i++)
		(void)fprintf(
		    out, "  %-8s  %s\n", commands[i].word, commands[i].help);
}

static int
misused(const char *word, const char *why)
{
	(void)fprintf(stderr, "trigger-ctl: ");
	text_put(stderr, word);
	(void)fprintf(stderr, ": %s\n\n", why);
	usage(stderr);
	return EXIT_USAGE;
}

static int
unknown_rule(const char *name)
{
	(void)fprintf(stderr, "trigger-ctl: unknown rule '");
	text_put(stderr, name);
	(void)fprintf(stderr, "'\n");
	return EXIT_USAGE;
}

static const char *
missing_from(const struct status *s, char *const rules[])
{
	size_t i;

	for (; *rules != NULL; rules++) {
		for (i = 0; i < s->count; i++)
			if (instance_is_of(s->rules[i].name, *rules))
				break;
		if (i == s->count)
			return *rules;
	}
	return NULL;
}

static int
no_news(enum news_outcome outcome, const char *why)
{
	(void)fprintf(stderr, "trigger-ctl: %s\n", why);
	return outcome == NEWS_NO_DAEMON ? EXIT_NO_DAEMON : EXIT_TROUBLE;
}

static int
print_status(const struct status *s, const struct wishes *wishes)
{
	if (wishes->json)
		report_print(stdout, reportstatus_all(s, wishes->rules));
	else
		show_status(stdout, s, wishes->rules);
	return show_is_well(s, wishes->rules) ? EXIT_YES : EXIT_NO;
}

static int
run_status(const struct rule_set *set, const struct wishes *wishes)
{
	char why[PATH_MAX + 128];
	enum news_outcome outcome;
	const char *missing;
	struct status s;
	int rc;

	outcome = news_read(set->run_dir, &s, why, sizeof(why));
	if (outcome != NEWS_READ)
		return no_news(outcome, why);
	missing = missing_from(&s, wishes->rules);
	rc = missing != NULL ? unknown_rule(missing) : print_status(&s, wishes);
	status_fini(&s);
	return rc;
}

static int
run_watch(const struct rule_set *set, const struct wishes *wishes)
{
	char why[PATH_MAX + 128];
	enum news_outcome outcome;
	const char *missing;
	struct status s;

	outcome = news_read(set->run_dir, &s, why, sizeof(why));
	if (outcome != NEWS_READ)
		return no_news(outcome, why);
	missing = missing_from(&s, wishes->rules);
	status_fini(&s);
	if (missing != NULL)
		return unknown_rule(missing);
	outcome =
	    watch_follow(set->run_dir, wishes->rules, stdout, why, sizeof(why));
	if (outcome != NEWS_READ)
		return no_news(outcome, why);
	if (ferror(stdout) == 0)
		(void)raise(SIGPIPE); /* as if we had written */
	return EXIT_TROUBLE;
}

static int
run_dry_run(const struct rule_set *set, const struct wishes *wishes)
{
	char *const *rules = wishes->rules;
	size_t i;

	for (i = 0; rules[i] != NULL; i++)
		if (!rule_set_has(set, rules[i]))
			return unknown_rule(rules[i]);
	switch (plan_print(set, rules, wishes->json, stdout, stderr)) {
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
run_config(const struct rule_set *set, const struct wishes *wishes)
{
	if (wishes->json)
		report_print(stdout, reportconf_set(set));
	else
		conf_print(set, stdout);
	return EXIT_YES;
}

static int
exit_status(const struct facts *facts)
{
	if (!facts->checked)
		return EXIT_TROUBLE;
	switch (facts->check.verdict) {
	case STAMP_CURRENT:
	case STAMP_IDLE:
		return EXIT_YES;
	case STAMP_BEHIND:
		return EXIT_NO;
	case STAMP_BLOCKED:
		break;
	}
	return EXIT_TROUBLE;
}

/* There is a rule of that name, but it stands for others. */
static int
explain_none(const struct rule_set *set, const char *name)
{
	size_t i;

	for (i = 0; i < set->rule_count; i++)
		if (set->rules[i].base != NULL &&
		    strcmp(set->rules[i].base, name) == 0)
			return misused(name,
			    "is made for several instances: name one of them");
	(void)fprintf(stderr,
	    "trigger-ctl: %s: no instance is known: its foreach_command has "
	    "named none, or not ended well, which status shows\n",
	    name);
	return EXIT_TROUBLE;
}

static int
run_explain(const struct rule_set *set, const struct wishes *wishes)
{
	const struct rule *rule = rule_find(set, wishes->rules[0]);
	struct facts *facts;
	int rc;

	if (rule == NULL && rule_set_has(set, wishes->rules[0]))
		return explain_none(set, wishes->rules[0]);
	if (rule == NULL)
		return unknown_rule(wishes->rules[0]);
	facts = facts_new(set, rule);
	if (wishes->json)
		report_print(stdout, reportfacts(facts));
	else
		explain_print(stdout, facts);
	rc = exit_status(facts);
	facts_free(facts);
	return rc;
}

/* The daemon has the last word on which rules there are; but a name that could
 * not be one would make another command of the line. */
static bool
may_be_rule(const char *name)
{
	size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				"abcdefghijklmnopqrstuvwxyz0123456789._-@%");

	return n > 0 && n <= INSTANCE_NAME_MAX && name[n] == '\0' &&
	       *name != '.';
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
give_command(const char *dir, const struct command *own, const char *word,
    const struct wishes *wishes)
{
	const struct verbs_def *def = verbs_find(word);
	struct rule_set *set;
	int rc;

	if (own != NULL && own->needs_rules)
		set = confread_all(dir);
	else
		set = confread_daemon(
		    dir, def != NULL && def->command == VERBS_RELOAD);
	if (set == NULL)
		return EXIT_USAGE;
	if (own != NULL)
		rc = own->run(set, wishes);
	else
		rc = send_command(set, word, wishes->rules);
	rule_set_free(set);
	return rc;
}

static const struct command *
own_command(const char *word)
{
	size_t i;

	for (i = 0; i < COMMANDS; i++)
		if (strcmp(word, commands[i].word) == 0)
			return &commands[i];
	return NULL;
}

/* args[0] is the command; options and rules follow in any order. */
static int
obey(const char *dir, int count, char *args[])
{
	const struct verbs_def *def = verbs_find(args[0]);
	const struct command *own = own_command(args[0]);
	struct wishes wishes = { NULL, false };
	int option, least, most;

	if (def == NULL && own == NULL)
		return misused(args[0], "unknown command");
	optind = 0; /* begin anew: getopt(3) */
	while ((option = getopt_long(
		    count, args, "h", command_options, NULL)) != -1)
		switch (option) {
		case 'h':
			usage(stdout);
			return EXIT_YES;
		case 'j':
			wishes.json = true;
			break;
		default: /* said by getopt_long() */
			usage(stderr);
			return EXIT_USAGE;
		}
	wishes.rules = args + optind;
	count -= optind;
	least = own != NULL ? own->least_rules : def->least_rules;
	most = own != NULL ? own->most_rules : INT_MAX;
	if (wishes.json && (own == NULL || !own->takes_json))
		return misused(args[0], "has no --json");
	if (count < least)
		return misused(args[0], "needs the name of a rule");
	if (count > most)
		return misused(
		    args[0], most == 0 ? "takes no rules" : "takes one rule");
	return give_command(dir, own, args[0], &wishes);
}

static int
dispatch(int argc, char *argv[])
{
	const char *dir = CONFDIR;
	int option;

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
	return obey(dir, argc - optind, argv + optind);
}

int
main(int argc, char *argv[])
{
	int rc;

	if (standard_open() == -1)
		return EXIT_TROUBLE; /* and perhaps nobody to tell */
	rc = dispatch(argc, argv);
	if (fflush(stdout) == EOF || ferror(stdout) != 0) {
		(void)fprintf(
		    stderr, "trigger-ctl: output: %s\n", strerror(errno));
		return EXIT_TROUBLE;
	}
	return rc;
}
