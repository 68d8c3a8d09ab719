/*
 * triggerd - keeps compiled files up to date with their sources.
 *
 * Reads the configuration, opens the world, runs the loop with its signals, and
 * takes all apart again.
 */

#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <ev.h>

#include "daemon/clock.h"
#include "daemon/conf.h"
#include "daemon/log.h"
#include "daemon/options.h"
#include "daemon/pace.h"
#include "daemon/ready.h"
#include "daemon/reload.h"
#include "daemon/spawn.h"
#include "daemon/standard.h"
#include "daemon/world.h"

enum {
	EXIT_CONFIG = 2, /* usage or configuration */
	EXIT_TROUBLE = 111,
};

/* How often the status file is written when every turn brings news: so many
 * times at once, then so many a second. */
#define REPORTS_AT_ONCE 50
#define REPORTS_PER_SECOND 20
#define REPORT_AGAIN 1 /* seconds, after one that could not be written */

struct triggerd {
	char *conf_dir; /* absolute */
	struct world world;
	struct reload reload;
	int ready_fd;
	bool ready, stopping;
	bool changed; /* the status file is to be written when it is due */
	struct pace pace;
	ev_timer report_due;
	ev_signal on_term, on_int, on_alarm, on_hup;
	ev_prepare before_sleep;
};

/* Print every error; standard error is where a person looks who has just
 * started us, also with -s.  Words that a list command printed are in it. */
static void
print_errors(const struct conf_errors *errors)
{
	char text[2 * PATH_MAX];
	size_t i;

	for (i = 0; i < errors->count; i++)
		log_print(stderr,
		    conf_error_text(&errors->list[i], text, sizeof(text)));
}

/* --- while it runs ------------------------------------------------------ */

/* Not at each turn of a loop that a flood of hints keeps turning; but whoever
 * gets an answer reads there what he was told. */
static void
report(struct triggerd *t)
{
	struct ev_loop *loop = t->world.loop;
	double now = clock_monotonic(), wait = 0;

	if (!t->ready || control_has_answers(&t->world.control))
		pace_force(&t->pace, now);
	else
		wait = pace_wait(&t->pace, now);
	if (wait == 0) {
		world_report(&t->world, t->reload.error);
		wait = t->world.unreported ? REPORT_AGAIN : 0;
	}
	t->changed = wait > 0;
	ev_timer_stop(loop, &t->report_due);
	if (t->changed) {
		ev_now_update(loop);
		ev_timer_set(&t->report_due, wait, 0);
		ev_timer_start(loop, &t->report_due);
	}
}

/* Its turn of the loop is all that is needed. */
static void
on_report_due(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)w;
	(void)revents;
}

/* Once per turn of the loop, after all callbacks and before it sleeps. */
static void
on_before_sleep(struct ev_loop *loop, ev_prepare *w, int revents)
{
	struct triggerd *t = w->data;
	bool listed = lists_take_changed(t->world.lists);
	bool degraded = hints_take_news(&t->world.hints);

	(void)revents;
	sched_tidy(t->world.sched);
	if (sched_take_changed(t->world.sched) || listed || degraded ||
	    t->changed || t->world.unreported)
		report(t);
	control_answer(&t->world.control);
	if (!t->ready && sched_is_ready(t->world.sched) &&
	    lists_are_ready(t->world.lists) &&
	    !hints_is_arming(&t->world.hints)) {
		t->ready = true;
		log_info("ready, %zu rules", sched_count(t->world.sched));
		ready_descriptor(t->ready_fd);
		ready_notify("READY=1");
	}
	if (t->stopping && sched_active(t->world.sched) == 0 &&
	    !lists_are_busy(t->world.lists))
		ev_break(loop, EVBREAK_ALL);
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
	reload_hold(&t->reload);
	sched_stop(t->world.sched, t->stopping);
	lists_stop(t->world.lists);
	t->stopping = true;
}

static void
on_alarm_signal(struct ev_loop *loop, ev_signal *w, int revents)
{
	struct triggerd *t = w->data;

	(void)loop;
	(void)revents;
	log_info("SIGALRM: asking every rule");
	reload_again(&t->reload);
	hints_verify(&t->world.hints);
	lists_ask(t->world.lists, NULL);
	sched_ask_all(t->world.sched, CHECK_SCAN);
}

static void
on_hup_signal(struct ev_loop *loop, ev_signal *w, int revents)
{
	struct triggerd *t = w->data;

	(void)loop;
	(void)revents;
	ready_notify_reloading();
	(void)reload_files(&t->reload, NULL); /* refused: logged, shown */
	ready_notify("READY=1");
}

/* --- reload ------------------------------------------------------------ */

/* Returns the exit status for whoever asked. */
static int
on_reload_command(struct request *r, void *arg)
{
	struct triggerd *t = arg;

	return reload_files(&t->reload, r) == -1 ? EXIT_CONFIG : 0;
}

static void
on_conf(void *arg)
{
	struct triggerd *t = arg;

	if (!t->stopping)
		reload_when_quiet(&t->reload);
}

static int
on_list(const char *rule, bool again, void *arg)
{
	struct triggerd *t = arg;

	return reload_list(&t->reload, rule, again);
}

/* --- start and end ------------------------------------------------------ */

static void
watch_signal(struct triggerd *t, ev_signal *w, int signal_number,
    void (*fn)(struct ev_loop *, ev_signal *, int))
{
	ev_signal_init(w, fn, signal_number);
	w->data = t;
	ev_signal_start(t->world.loop, w);
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

/* Those that would end us before they are watched: they are heard then. */
static void
hold_signals(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGALRM);
	(void)sigprocmask(how, &set, NULL); /* valid: cannot fail */
}

static int
start(struct triggerd *t, struct rule_set *set)
{
	const struct world_calls calls = { .on_conf = on_conf,
		.on_list = on_list,
		.on_reload = on_reload_command,
		.arg = t };

	hold_signals(SIG_BLOCK);
	if (world_open(&t->world, set, &calls) == -1)
		return -1;
	reload_start(&t->reload, &t->world, t->conf_dir);
	watch_signals(t);
	hold_signals(SIG_UNBLOCK);
	if (t->world.dirs.waited) /* and the files were read before that */
		reload_when_quiet(&t->reload);
	ev_init(&t->report_due, on_report_due);
	ev_prepare_init(&t->before_sleep, on_before_sleep);
	t->before_sleep.data = t;
	ev_prepare_start(t->world.loop, &t->before_sleep);
	sched_ask_all(t->world.sched, CHECK_START);
	return 0;
}

static void
stop(struct triggerd *t)
{
	reload_stop(&t->reload);
	world_close(&t->world);
	free(t->conf_dir);
}

int
main(int argc, char **argv)
{
	struct triggerd t = { .ready_fd = -1,
		.pace = { REPORTS_AT_ONCE, REPORTS_PER_SECOND, 0, 0 } };
	struct conf_errors errors = { 0 };
	struct options options;
	struct rule_set *set;
	int status = 0, unresolved;

	if (standard_open() == -1)
		return EXIT_TROUBLE; /* and perhaps nobody to tell */
	spawn_clear_signals();
	if (options_read(&options, argc, argv) == -1) {
		options_usage(stderr);
		return EXIT_CONFIG;
	}
	if (options.help) {
		options_usage(stdout);
		return 0;
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
	if (start(&t, set) == -1)
		status = EXIT_TROUBLE;
	else
		ev_run(t.world.loop, 0);
	stop(&t);
	return status;
}
