/*
 * triggerd - keeps compiled files up to date with their sources.
 *
 * The one place that knows the whole: it reads the configuration, puts the
 * modules together, runs the loop, and takes them apart again.
 */

#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ev.h>

#include "daemon/clock.h"
#include "daemon/conf.h"
#include "daemon/control.h"
#include "daemon/dirs.h"
#include "daemon/hints.h"
#include "daemon/lists.h"
#include "daemon/log.h"
#include "daemon/product.h"
#include "daemon/ready.h"
#include "daemon/record.h"
#include "daemon/sched.h"
#include "daemon/standard.h"

enum {
	EXIT_CONFIG = 2, /* usage or configuration */
	EXIT_TROUBLE = 111,
};

struct options {
	const char *conf_dir;
	bool check_only, to_syslog, verbose;
	int ready_fd;
};

struct triggerd {
	char *conf_dir;            /* absolute */
	char *run_dir, *state_dir; /* the same through all reloads */
	struct ev_loop *loop;
	const struct rule_set *set; /* the scheduler's, once it has one */
	struct child_pool children;
	struct run_place place;
	struct sched *sched;
	struct lists *lists;
	struct hints hints;
	struct control control;
	struct dirs dirs;
	int ready_fd;
	bool ready, stopping;
	int64_t started_at;
	char *config_error; /* why the last reload was refused, or NULL */
	ev_signal on_term, on_int, on_alarm, on_hup;
	ev_timer conf_settled;
	ev_prepare before_sleep;
};

/* An editor writes a file in several steps; a package many files. */
#define CONF_SETTLE 0.3 /* seconds */

static void
usage(FILE *out)
{
	fputs("usage: triggerd [-nsv] [-c DIR] [-r FD]\n"
	      "  -c DIR  configuration (" CONFDIR ")\n"
	      "  -n      check the configuration and exit\n"
	      "  -r FD   write a newline to this descriptor when ready\n"
	      "  -s      log to syslog, not to standard error\n"
	      "  -v      log more\n",
	    out);
}

/* Print every error; standard error is where a person looks who has just
 * started us, also with -s. */
static void
print_errors(const struct conf_errors *errors)
{
	char text[2 * PATH_MAX];
	size_t i;

	for (i = 0; i < errors->count; i++)
		fprintf(stderr, "%s\n",
		    conf_error_text(&errors->list[i], text, sizeof(text)));
}

/* --- while it runs ------------------------------------------------------ */

static void
write_status(struct triggerd *t)
{
	char path[PATH_MAX];
	struct status s = { .pid = getpid(),
		.started_at = t->started_at,
		.hints = t->hints.count,
		.config_dir = t->set->dir,
		.config_error = t->config_error };

	snprintf(path, sizeof(path), "%s/status", t->run_dir);
	if (sched_report(t->sched, &s) == -1 ||
	    (t->lists != NULL && lists_report(t->lists, &s) == -1))
		log_fatal("status");
	if (status_write(path, &s) == -1)
		log_warn("%s: write", path);
	free(s.rules);
}

/* Once per turn of the loop, after all callbacks and before it sleeps. */
static void
on_before_sleep(struct ev_loop *loop, ev_prepare *w, int revents)
{
	struct triggerd *t = w->data;
	bool listed = lists_take_changed(t->lists);

	(void)revents;
	sched_tidy(t->sched);
	if (sched_take_changed(t->sched) || listed)
		write_status(t);
	control_answer(&t->control);
	if (!t->ready && sched_is_ready(t->sched) &&
	    lists_are_ready(t->lists) && !hints_is_arming(&t->hints)) {
		t->ready = true;
		log_info("ready, %zu rules", sched_count(t->sched));
		ready_descriptor(t->ready_fd);
		ready_notify("READY=1");
	}
	if (t->stopping && sched_active(t->sched) == 0 &&
	    !lists_are_busy(t->lists))
		ev_break(loop, EVBREAK_ALL);
}

static void
on_news(const struct request_news *news, void *arg)
{
	struct triggerd *t = arg;

	control_tell(&t->control, news);
}

static void
on_deps(unsigned topic, const struct stamp_set *sources, void *arg)
{
	struct triggerd *t = arg;

	hints_watch_deps(&t->hints, topic, sources);
}

static void
on_gone(const struct request_news *news, void *arg)
{
	struct triggerd *t = arg;

	control_give_up(&t->control, news);
	hints_forget(&t->hints, news->topic);
}

static void
on_drain(void *arg)
{
	struct triggerd *t = arg;

	hints_drain(&t->hints);
}

/* The first TERM lets running commands end by themselves for a while, the
 * second does not. */
static void
on_stop_signal(struct ev_loop *loop, ev_signal *w, int revents)
{
	struct triggerd *t = w->data;

	(void)loop;
	(void)revents;
	if (!t->stopping) {
		log_info("stopping");
		ready_notify("STOPPING=1");
	}
	sched_stop(t->sched, t->stopping);
	lists_stop(t->lists);
	t->stopping = true;
}

static void
on_alarm_signal(struct ev_loop *loop, ev_signal *w, int revents)
{
	struct triggerd *t = w->data;

	(void)loop;
	(void)revents;
	log_info("SIGALRM: asking every rule");
	hints_verify(&t->hints);
	lists_ask(t->lists, NULL);
	sched_ask_all(t->sched, CHECK_SCAN);
}

/* --- reload ------------------------------------------------------------ */

/* All errors go to the log and to whoever asked, if anybody did. */
static void
refuse(const struct conf_errors *errors, struct request *r)
{
	char text[2 * PATH_MAX];
	size_t i;

	for (i = 0; i < errors->count; i++) {
		conf_error_text(&errors->list[i], text, sizeof(text));
		log_warnx("%s", text);
		if (r != NULL)
			request_say(r, "%s\n", text);
	}
	log_warnx("configuration refused, the old one stays");
}

/* The first error is what the status shows until files are loaded again. */
static void
keep_error(struct triggerd *t, const struct conf_errors *errors)
{
	char text[2 * PATH_MAX];

	free(t->config_error);
	t->config_error = NULL;
	if (errors->count > 0)
		t->config_error = strdup(
		    conf_error_text(&errors->list[0], text, sizeof(text)));
}

/* What cannot change while we run: others find us by it. */
static const char *
moved_dir(const struct triggerd *t, const struct rule_set *set)
{
	if (strcmp(set->run_dir, t->run_dir) != 0)
		return "run: needs a restart";
	if (strcmp(set->state_dir, t->state_dir) != 0)
		return "state: needs a restart";
	if (set->control_group != t->set->control_group)
		return "control_group: needs a restart";
	return NULL;
}

static void
add_error(struct conf_errors *errors, const char *dir, const char *reason)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/triggerd.ini", dir);
	conf_errors_add(errors, path, 0, NULL, "%s", reason);
}

/* The new world ("set"; NULL: there is none, with errors) stands complete
 * before the old one goes.  Returns 0, or -1 with errors. */
static int
take_up(struct triggerd *t, struct rule_set *set, struct conf_errors *errors)
{
	const char *moved = set == NULL ? NULL : moved_dir(t, set);
	unsigned *pipes = NULL;

	if (moved != NULL)
		add_error(errors, t->conf_dir, moved);
	else if (set != NULL) {
		pipes = hints_prepare(&t->hints, set);
		if (pipes == NULL)
			add_error(errors, t->conf_dir,
			    "a pipe cannot be opened, see the log");
	}
	if (pipes == NULL) {
		rule_set_free(set);
		return -1;
	}
	if (sched_load(t->sched, set) == -1)
		log_fatal("rules");
	t->set = set;
	hints_load(&t->hints, t->sched, set, pipes);
	lists_load(t->lists, set);
	log_info("configuration loaded, %zu rules", set->rule_count);
	sched_ask_all(t->sched, CHECK_OTHER);
	control_listed(&t->control); /* a list may be no more */
	return 0;
}

/* Returns the exit status for whoever asked. */
static int
reload(struct triggerd *t, struct request *r)
{
	struct conf_errors errors = { 0 };
	struct rule_set *set = conf_read(t->conf_dir, &errors);
	int rc = take_up(t, set, &errors);

	if (rc == -1)
		refuse(&errors, r);
	keep_error(t, &errors);
	write_status(t); /* before whoever asked gets the answer */
	conf_errors_fini(&errors);
	return rc == -1 ? EXIT_CONFIG : 0;
}

static int
on_reload_command(struct request *r, void *arg)
{
	return reload(arg, r);
}

/* The files are taken as they were when they were loaded.  What is wrong with
 * them now, or is not, stands; and what was refused before ("again") is not
 * news if it still is. */
static int
on_list(const char *rule, bool again, void *arg)
{
	struct triggerd *t = arg;
	struct conf_errors errors = { 0 };
	struct rule_set *set = conf_read_kept(t->set, &errors);
	int rc = take_up(t, set, &errors);

	(void)rule;
	if (rc == -1 && !again)
		refuse(&errors, NULL);
	write_status(t);
	conf_errors_fini(&errors);
	return rc;
}

static void
on_list_end(void *arg)
{
	struct triggerd *t = arg;

	control_listed(&t->control);
}

static uint64_t
on_list_command(char *const *names, size_t count, void *arg)
{
	struct triggerd *t = arg;

	return lists_ask_names(t->lists, names, count);
}

static bool
on_is_listed(uint64_t ticket, void *arg)
{
	struct triggerd *t = arg;

	return lists_are_served(t->lists, ticket);
}

static void
complain(const char *rule, const char *fault, void *arg)
{
	request_complain(arg, "%s: failed: %s\n", rule, fault);
}

static void
on_complain(struct request *r, char *const *names, size_t count, void *arg)
{
	struct triggerd *t = arg;

	lists_each_fault(t->lists, names, count, complain, r);
}

static void
on_asked(const struct rule_pipe *pipe, void *arg)
{
	struct triggerd *t = arg;

	lists_ask(t->lists, pipe);
}

static void
on_hup_signal(struct ev_loop *loop, ev_signal *w, int revents)
{
	struct triggerd *t = w->data;

	(void)loop;
	(void)revents;
	ready_notify_reloading();
	(void)reload(t, NULL); /* refused: logged, and in the status */
	ready_notify("READY=1");
}

/* A file of the configuration may have changed. */
static void
on_conf(void *arg)
{
	struct triggerd *t = arg;

	if (t->set->auto_reload && !t->stopping)
		ev_timer_again(t->loop, &t->conf_settled);
}

static void
on_conf_settled(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct triggerd *t = w->data;

	(void)revents;
	ev_timer_stop(loop, w);
	(void)reload(t, NULL); /* as above */
}

/* --- start and end ------------------------------------------------------ */

static void
watch_signal(struct triggerd *t, ev_signal *w, int signal_number,
    void (*fn)(struct ev_loop *, ev_signal *, int))
{
	ev_signal_init(w, fn, signal_number);
	w->data = t;
	ev_signal_start(t->loop, w);
}

static void
watch_signals(struct triggerd *t)
{
	/* A client or supervisor that closes its end is no reason to die;
	 * write(2) tells. */
	(void)signal(SIGPIPE, SIG_IGN);
	watch_signal(t, &t->on_term, SIGTERM, on_stop_signal);
	watch_signal(t, &t->on_int, SIGINT, on_stop_signal);
	watch_signal(t, &t->on_alarm, SIGALRM, on_alarm_signal);
	watch_signal(t, &t->on_hup, SIGHUP, on_hup_signal);
}

/* Pipes, watches and rules; the set is the scheduler's from here on. */
static int
open_rules(struct triggerd *t, struct rule_set *set)
{
	const struct sched_ears ears = { .on_news = on_news,
		.on_deps = on_deps,
		.on_gone = on_gone,
		.arg = t };
	unsigned *pipes;

	t->sched = sched_new(&t->place, &ears);
	if (t->sched == NULL || sched_load(t->sched, set) == -1) {
		log_warn("rules");
		rule_set_free(set);
		return -1;
	}
	t->lists =
	    lists_new(&t->place, LISTS_PATIENCE, on_list, on_list_end, t);
	if (t->lists == NULL) {
		log_warn("lists");
		return -1;
	}
	if (hints_open(
		&t->hints, t->loop, set->run_dir, on_conf, on_asked, t) == -1)
		return -1;
	pipes = hints_prepare(&t->hints, set);
	if (pipes == NULL)
		return -1;
	hints_load(&t->hints, t->sched, set, pipes);
	lists_load(t->lists, set);
	return 0;
}

static int
start(struct triggerd *t, struct rule_set *set)
{
	const struct control_calls calls = { .drain = on_drain,
		.reload = on_reload_command,
		.list = on_list_command,
		.is_listed = on_is_listed,
		.complain = on_complain,
		.arg = t };

	t->set = set;
	t->run_dir = strdup(set->run_dir);
	t->state_dir = strdup(set->state_dir);
	if (t->run_dir == NULL || t->state_dir == NULL)
		log_fatal("start");
	if (dirs_open(set, &t->dirs) == 0)
		t->loop = ev_loop_new(EVFLAG_AUTO);
	if (t->loop == NULL) {
		if (t->dirs.run_fd != -1)
			log_warn("event loop");
		rule_set_free(set);
		return -1;
	}
	if (record_sweep(t->state_dir) == -1)
		log_warn("%s: old temporary files", t->state_dir);
	product_sweep_all(set);
	child_pool_start(&t->children, t->loop);
	t->place = (struct run_place){ .loop = t->loop,
		.pool = &t->children,
		.state_dir = t->state_dir,
		.run_dir = t->run_dir };
	ev_timer_init(&t->conf_settled, on_conf_settled, 0, CONF_SETTLE);
	t->conf_settled.data = t;
	if (open_rules(t, set) == -1 ||
	    control_open(&t->control, t->loop, t->sched, set->run_dir,
		set->control_group, &calls) == -1)
		return -1;
	watch_signals(t);
	ev_prepare_init(&t->before_sleep, on_before_sleep);
	t->before_sleep.data = t;
	ev_prepare_start(t->loop, &t->before_sleep);
	sched_ask_all(t->sched, CHECK_START);
	return 0;
}

static void
stop(struct triggerd *t)
{
	char path[PATH_MAX];

	control_close(&t->control);
	hints_close(&t->hints);
	lists_free(t->lists);
	if (t->sched != NULL) {
		snprintf(path, sizeof(path), "%s/status", t->run_dir);
		(void)unlink(path); /* nobody's state any more */
	}
	sched_free(t->sched);
	if (t->loop != NULL) {
		child_pool_stop(&t->children);
		ev_loop_destroy(t->loop);
	}
	dirs_close(&t->dirs);
	free(t->config_error);
	free(t->run_dir);
	free(t->state_dir);
	free(t->conf_dir);
}

static int
parse_options(struct options *o, int argc, char **argv)
{
	char *end;
	long fd;
	int c;

	*o = (struct options){ .conf_dir = CONFDIR, .ready_fd = -1 };
	while ((c = getopt(argc, argv, "c:hnr:sv")) != -1) {
		switch (c) {
		case 'c':
			o->conf_dir = optarg;
			break;
		case 'n':
			o->check_only = true;
			break;
		case 'r':
			errno = 0;
			fd = strtol(optarg, &end, 10);
			if (end == optarg || *end != '\0' || errno != 0 ||
			    fd < 0 || fd > INT_MAX)
				return -1;
			o->ready_fd = (int)fd;
			break;
		case 's':
			o->to_syslog = true;
			break;
		case 'v':
			o->verbose = true;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			return -1;
		}
	}
	return optind == argc ? 0 : -1;
}

int
main(int argc, char **argv)
{
	struct triggerd t = { .dirs = { .run_fd = -1, .state_fd = -1 } };
	struct conf_errors errors = { 0 };
	struct options options;
	struct rule_set *set;
	int status = 0, unresolved;

	if (standard_open() == -1)
		return EXIT_TROUBLE; /* and perhaps nobody to tell */
	if (parse_options(&options, argc, argv) == -1) {
		usage(stderr);
		return EXIT_CONFIG;
	}
	log_open("triggerd", options.to_syslog, options.verbose);
	(void)umask(022);
	/* What is not there conf_read() tells, and with its name. */
	t.conf_dir = realpath(options.conf_dir, NULL);
	unresolved = errno;
	set = conf_read(
	    t.conf_dir != NULL ? t.conf_dir : options.conf_dir, &errors);
	print_errors(&errors);
	conf_errors_fini(&errors);
	if (set == NULL || options.check_only)
		free(t.conf_dir);
	if (set == NULL)
		return EXIT_CONFIG;
	if (options.check_only) {
		puts("configuration OK");
		rule_set_free(set);
		return fflush(stdout) == 0 ? 0 : EXIT_TROUBLE;
	}
	if (t.conf_dir == NULL) { /* a reload would not find it */
		errno = unresolved;
		log_warn("%s: its whole path", options.conf_dir);
		rule_set_free(set);
		return EXIT_TROUBLE;
	}
	t.ready_fd = options.ready_fd;
	t.started_at = clock_wall_ms();
	if (start(&t, set) == -1)
		status = EXIT_TROUBLE;
	else
		ev_run(t.loop, 0);
	stop(&t);
	return status;
}
