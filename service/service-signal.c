/*
 * service-signal - tell running services that something has changed, through
 * the supervisor that they have.
 */

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/log.h"
#include "daemon/standard.h"
#include "service/order.h"
#include "service/postfix.h"
#include "service/restart.h"
#include "service/supervised.h"

#define PROGRAM "service-signal"
/* A process under supervise(8) may live a second unseen: longer than that. */
#define UP_DEFAULT 3.0
/* Longer than timeoutremote's default of 1200 s, qmail-remote(8). */
#define LIMIT_DEFAULT 1500.0
#define SECONDS_MAX (7 * 24 * 3600.0)

enum option_value { OPTION_HELP = 256, OPTION_LIMIT, OPTION_WAIT };

static const struct option long_options[] = {
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "limit", required_argument, NULL, OPTION_LIMIT },
	{ "wait", required_argument, NULL, OPTION_WAIT },
	{ NULL, 0, NULL, 0 },
};

static void
print_usage(FILE *out)
{
	(void)fputs("usage: " PROGRAM
		    " alrm|check|hup|reload|term service ...\n"
		    "       " PROGRAM
		    " restart [--limit seconds] [--wait seconds] service ...\n"
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
set_seconds(double *seconds, const char *text)
{
	double value;
	char *end;

	errno = 0;
	value = strtod(text, &end);
	if (end == text || *end != '\0' || errno != 0 || !(value >= 0) ||
	    value > SECONDS_MAX)
		return usage_error(
		    "not a number of seconds, 7 days at most", text);
	*seconds = value;
	return 0;
}

/* The word may stand before or after the options, which belong to restart. */
static int
parse(struct order *order, int argc, char **argv)
{
	bool waits = false;
	int c;

	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (c) {
		case OPTION_LIMIT:
		case OPTION_WAIT:
			waits = true;
			if (set_seconds(
				c == OPTION_WAIT ? &order->up : &order->limit,
				optarg) == -1)
				return -1;
			break;
		case OPTION_HELP:
			print_usage(stdout);
			exit(fflush(stdout) == 0 ? ORDER_DONE : ORDER_TROUBLE);
		default:
			return usage_error(NULL, NULL);
		}
	}
	if (optind + 1 >= argc)
		return usage_error(NULL, NULL);
	order->verb = order_verb_named(argv[optind]);
	if (order->verb == ORDER_NONE)
		return usage_error("nothing that can be done", argv[optind]);
	if (waits && order->verb != ORDER_RESTART)
		return usage_error("does not wait", argv[optind]);
	optind++;
	return 0;
}

/* What is down reads its files when it starts: there is nothing to be told. */
static enum order_end
send(const struct supervisor *it, struct service_state *s, const char *service,
    enum order_verb verb)
{
	enum order_end end;

	if (s->pid == 0) {
		log_info("%s: not running, nothing sent: %s", service, s->word);
		return ORDER_DONE;
	}
	end = it->act(s, service, verb);
	if (end != ORDER_DONE)
		log_warnx("%s: %s", service, s->word);
	else
		log_info("%s: %s sent to process %ld, by %s", service,
		    order_word(verb), (long)s->pid, it->name);
	return end;
}

static enum order_end
serve_supervised(const struct order *order, const char *service)
{
	struct service_state s = { 0 };
	const struct supervisor *it;
	enum order_verb verb = order->verb;
	enum order_end end;

	if (verb == ORDER_RELOAD)
		verb = ORDER_HUP;
	if (verb == ORDER_CHECK) {
		log_warnx("%s: only Postfix can check", service);
		return ORDER_WRONG;
	}
	if (service[0] == '-' || service[0] == '\0' ||
	    (service[0] != '/' && strchr(service, '/') != NULL)) {
		log_warnx("%s: neither an absolute path nor a unit", service);
		return ORDER_WRONG;
	}
	it = supervised_find(&s, service, &end);
	if (it == NULL) {
		log_warnx("%s: %s", service, s.word);
		return end;
	}
	if (order->verb == ORDER_RESTART)
		return restart_service(it, &s, service, order);
	return send(it, &s, service, verb);
}

/* What may be named on the command line: the first that claims a name serves
 * it. */
struct kind {
	bool (*claims)(const char *service);
	enum order_end (*serve)(const struct order *order, const char *service);
};

static bool
claim_any(const char *service)
{
	(void)service;
	return true;
}

static const struct kind kinds[] = {
	{ postfix_claims, postfix_serve },
	{ claim_any, serve_supervised },
};

static enum order_end
serve(const struct order *order, const char *service)
{
	const struct kind *kind = kinds;

	while (!kind->claims(service))
		kind++;
	return kind->serve(order, service);
}

/* A failing service does not keep the next from its turn.  What may work later
 * decides over what cannot.  Instances of Postfix are stopped in the reverse
 * order, as postmulti(1) does it. */
static enum order_end
serve_all(const struct order *order, char **services, size_t count)
{
	bool backwards =
	    order->verb == ORDER_TERM && postfix_claims(services[0]);
	enum order_end end, all = ORDER_DONE;
	size_t i;

	for (i = 0; i < count; i++) {
		end = serve(order, services[backwards ? count - 1 - i : i]);
		if (end > all)
			all = end;
	}
	return all;
}

int
main(int argc, char **argv)
{
	struct order order = { .up = UP_DEFAULT, .limit = LIMIT_DEFAULT };

	if (standard_open() == -1)
		return ORDER_TROUBLE; /* and perhaps nobody to tell */
	log_open(PROGRAM, false, false);
	/* Ignored, as some supervisors leave it, it would take the exit status
	 * of their tools away. */
	(void)signal(SIGCHLD, SIG_DFL); /* a signal that there is */
	if (parse(&order, argc, argv) == -1)
		return ORDER_WRONG;
	return serve_all(&order, argv + optind, (size_t)(argc - optind));
}
