#include <sys/resource.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/clock.h"
#include "daemon/log.h"
#include "daemon/temporary.h"
#include "daemon/record.h"
#include "daemon/world.h"

#define LIMIT_PAUSE 100000000 /* nanoseconds: on_loop_trouble() */

/* --- what the parts ask of each other ----------------------------------- */

static void
on_news(const struct request_news *news, void *arg)
{
	struct world *w = arg;

	control_tell(&w->control, news);
}

static void
on_deps(unsigned topic, const struct stamp_set *sources, void *arg)
{
	struct world *w = arg;

	hints_watch_deps(&w->hints, topic, sources);
}

static void
on_gone(const struct request_news *news, void *arg)
{
	struct world *w = arg;

	control_give_up(&w->control, news);
	hints_forget(&w->hints, news->topic);
}

static void
on_drain(void *arg)
{
	struct world *w = arg;

	hints_drain(&w->hints);
}

static void
on_list_end(void *arg)
{
	struct world *w = arg;

	control_listed(&w->control);
}

static uint64_t
on_list_command(char *const *names, size_t count, void *arg)
{
	struct world *w = arg;

	return lists_ask_names(w->lists, names, count);
}

static bool
on_is_listed(uint64_t ticket, void *arg)
{
	struct world *w = arg;

	return lists_are_served(w->lists, ticket);
}

static void
complain(const char *rule, const char *fault, void *arg)
{
	request_complain(arg, "%s: failed: %s\n", rule, fault);
}

static void
on_complain(struct request *r, char *const *names, size_t count, void *arg)
{
	struct world *w = arg;

	lists_each_fault(w->lists, names, count, complain, r);
}

static void
on_asked(const struct rule_pipe *pipe, void *arg)
{
	struct world *w = arg;

	lists_ask(w->lists, pipe);
}

/* --- what they ask of whoever opened them -------------------------------- */

static int
on_reload(struct request *r, void *arg)
{
	struct world *w = arg;

	return w->calls.on_reload(r, w->calls.arg);
}

static void
on_conf(void *arg)
{
	struct world *w = arg;

	w->calls.on_conf(w->calls.arg);
}

static int
on_list(const char *rule, bool again, void *arg)
{
	struct world *w = arg;

	return w->calls.on_list(rule, again, w->calls.arg);
}

/* --- the status file ---------------------------------------------------- */

static void
status_path(const struct world *w, char *path, size_t size)
{
	snprintf(path, size, "%s/status", w->run_dir);
}

void
world_report(struct world *w, const char *config_error)
{
	char path[PATH_MAX];
	struct status s = { .pid = getpid(),
		.started_at = w->started_at,
		.hints = w->hints.count,
		.config_dir = w->set->dir,
		.config_error = config_error,
		.config_degraded = hints_conf_degraded(&w->hints),
		.degraded = hints_degraded(&w->hints) };

	status_path(w, path, sizeof(path));
	if (sched_report(w->sched, &s) == -1 ||
	    lists_report(w->lists, &s) == -1)
		log_fatal("status");
	if (status_write(path, &s) == 0)
		w->unreported = false;
	else if (!w->unreported) {
		log_warn("%s: write", path);
		w->unreported = true;
	}
	free(s.rules);
}

/* --- opening and closing ------------------------------------------------ */

/* EINVAL: somebody has lowered the limit of descriptors below what we hold.
 * Timers go on meanwhile, and when it is raised again everything else. */
static void
on_loop_trouble(const char *what)
{
	const struct timespec moment = { 0, LIMIT_PAUSE };

	if (errno != EINVAL)
		log_fatal("%s", what);
	(void)nanosleep(&moment, NULL); /* a signal may end it */
}

/* By poll(2) where it would be epoll(7): descriptors are few, and come and go
 * with each run; and one that the kernel does not take into an epoll instance,
 * for want of memory, libev would never listen to again. */
static struct ev_loop *
make_loop(void)
{
	unsigned backends = ev_supported_backends();

	ev_set_syserr_cb(on_loop_trouble);
	return ev_loop_new(
	    (backends & EVBACKEND_EPOLL) != 0 ? EVBACKEND_POLL : EVFLAG_AUTO);
}

/* Pipes, watches and rules. */
static int
open_rules(struct world *w, struct rule_set *set)
{
	const struct sched_ears ears = { .on_news = on_news,
		.on_deps = on_deps,
		.on_gone = on_gone,
		.arg = w };
	unsigned *pipes;
	const char *why;

	w->sched = sched_new(&w->place, &ears);
	if (w->sched == NULL || sched_load(w->sched, set) == -1) {
		log_warn("rules");
		rule_set_free(set);
		return -1;
	}
	w->lists =
	    lists_new(&w->place, LISTS_PATIENCE, on_list, on_list_end, w);
	if (w->lists == NULL) {
		log_warn("lists");
		return -1;
	}
	if (hints_open(
		&w->hints, w->loop, set->run_dir, on_conf, on_asked, w) == -1)
		return -1;
	pipes = hints_prepare(&w->hints, set, &why);
	if (pipes == NULL) {
		log_warnx("%s", why);
		return -1;
	}
	hints_load(&w->hints, w->sched, set, pipes);
	lists_load(w->lists, set);
	return 0;
}

static int
open_control(struct world *w)
{
	const struct control_calls calls = { .drain = on_drain,
		.reload = on_reload,
		.list = on_list_command,
		.is_listed = on_is_listed,
		.complain = on_complain,
		.arg = w };

	return control_open(
	    &w->control, &w->place, w->sched, w->set->control_group, &calls);
}

int
world_open(
    struct world *w, struct rule_set *set, const struct world_calls *calls)
{
	*w = (struct world){ .set = set,
		.started_at = clock_wall_ms(),
		.dirs = { .run_fd = -1, .state_fd = -1 },
		.calls = *calls };
	w->run_dir = strdup(set->run_dir);
	w->state_dir = strdup(set->state_dir);
	if (w->run_dir == NULL || w->state_dir == NULL)
		log_fatal("start");
	if (dirs_open(set, &w->dirs) == 0)
		w->loop = make_loop();
	if (w->loop == NULL) {
		if (w->dirs.run_fd != -1)
			log_warn("event loop");
		rule_set_free(set);
		return -1;
	}
	if (record_sweep(w->state_dir) == -1)
		log_warn("%s: old temporary files", w->state_dir);
	temporary_sweep_all(set);
	child_pool_start(&w->children, w->loop);
	(void)getrlimit(RLIMIT_NOFILE, &w->files); /* cannot fail */
	w->place = (struct run_place){ .loop = w->loop,
		.pool = &w->children,
		.state_dir = w->state_dir,
		.run_dir = w->run_dir,
		.files = &w->files };
	return open_rules(w, set) == -1 ? -1 : open_control(w);
}

void
world_take(struct world *w, struct rule_set *set, unsigned *pipes)
{
	if (sched_load(w->sched, set) == -1)
		log_fatal("rules");
	w->set = set;
	hints_load(&w->hints, w->sched, set, pipes);
	lists_load(w->lists, set);
	log_info("configuration loaded, %zu rules", set->rule_count);
	sched_ask_all(w->sched, CHECK_OTHER);
	control_listed(&w->control); /* a list may be no more */
}

void
world_close(struct world *w)
{
	char path[PATH_MAX];

	control_close(&w->control);
	hints_close(&w->hints);
	lists_free(w->lists);
	if (w->sched != NULL) {
		status_path(w, path, sizeof(path));
		(void)unlink(path); /* nobody's state any more */
	}
	sched_free(w->sched);
	if (w->loop != NULL) {
		child_pool_stop(&w->children);
		ev_loop_destroy(w->loop);
	}
	dirs_close(&w->dirs);
	free(w->run_dir);
	free(w->state_dir);
}
