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
#include <time.h>
#include <unistd.h>

#include <ev.h>

#include "daemon/conf.h"
#include "daemon/control.h"
#include "daemon/dirs.h"
#include "daemon/hints.h"
#include "daemon/log.h"
#include "daemon/ready.h"
#include "daemon/sched.h"

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
	struct ev_loop *loop;
	struct rule_set *set;
	struct child_pool children;
	struct run_place place;
	struct sched *sched;
	struct hints hints;
	struct control control;
	int lock_fd, ready_fd;
	bool ready, stopping;
	int64_t started_at;
	ev_signal on_term, on_int, on_alarm;
	ev_prepare before_sleep;
};

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
		.hints = t->hints.count };

	snprintf(path, sizeof(path), "%s/status", t->set->run_dir);
	if (sched_report(t->sched, &s) == -1)
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

	(void)revents;
	if (sched_take_changed(t->sched))
		write_status(t);
	if (!t->ready && sched_is_ready(t->sched)) {
		t->ready = true;
		log_info("ready, %zu rules", sched_count(t->sched));
		ready_descriptor(t->ready_fd);
		ready_notify("READY=1");
	}
	if (t->stopping && sched_active(t->sched) == 0)
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
	t->stopping = true;
}

static void
on_alarm_signal(struct ev_loop *loop, ev_signal *w, int revents)
{
	struct triggerd *t = w->data;

	(void)loop;
	(void)revents;
	log_info("SIGALRM: asking every rule");
	sched_ask_all(t->sched, CHECK_SCAN);
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
	(void)signal(SIGHUP, SIG_IGN);
	watch_signal(t, &t->on_term, SIGTERM, on_stop_signal);
	watch_signal(t, &t->on_int, SIGINT, on_stop_signal);
	watch_signal(t, &t->on_alarm, SIGALRM, on_alarm_signal);
}

static int
start(struct triggerd *t)
{
	const struct sched_ears ears = {
		.on_news = on_news, .on_deps = on_deps, .arg = t
	};

	t->lock_fd = dirs_open(t->set);
	if (t->lock_fd == -1)
		return -1;
	t->loop = ev_loop_new(EVFLAG_AUTO);
	if (t->loop == NULL) {
		log_warn("event loop");
		return -1;
	}
	child_pool_start(&t->children, t->loop);
	t->place = (struct run_place){ .loop = t->loop,
		.pool = &t->children,
		.state_dir = t->set->state_dir,
		.run_dir = t->set->run_dir };
	t->sched = sched_new(&t->place, &ears);
	if (t->sched == NULL || sched_load(t->sched, t->set) == -1) {
		log_warn("rules");
		return -1;
	}
	if (hints_open(&t->hints, t->loop, t->sched, t->set) == -1 ||
	    control_open(&t->control, t->loop, t->sched, t->set->run_dir,
		t->set->control_group, on_drain, t) == -1)
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
	sched_free(t->sched);
	if (t->loop != NULL) {
		child_pool_stop(&t->children);
		ev_loop_destroy(t->loop);
	}
	if (t->lock_fd != -1) {
		snprintf(path, sizeof(path), "%s/status", t->set->run_dir);
		(void)unlink(path); /* nobody's state any more */
		close(t->lock_fd);
	}
	rule_set_free(t->set);
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
	struct triggerd t = { .lock_fd = -1 };
	struct conf_errors errors = { 0 };
	struct options options;
	struct timespec now;
	int status = 0;

	if (parse_options(&options, argc, argv) == -1) {
		usage(stderr);
		return EXIT_CONFIG;
	}
	log_open("triggerd", options.to_syslog, options.verbose);
	(void)umask(022);
	t.set = conf_read(options.conf_dir, &errors);
	print_errors(&errors);
	conf_errors_fini(&errors);
	if (t.set == NULL)
		return EXIT_CONFIG;
	if (options.check_only) {
		puts("configuration OK");
		rule_set_free(t.set);
		return fflush(stdout) == 0 ? 0 : EXIT_TROUBLE;
	}
	t.ready_fd = options.ready_fd;
	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail */
	t.started_at = now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
	if (start(&t) == -1)
		status = EXIT_TROUBLE;
	else
		ev_run(t.loop, 0);
	stop(&t);
	return status;
}
