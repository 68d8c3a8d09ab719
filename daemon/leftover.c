#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/leftover.h"
#include "daemon/log.h"

/* TERM first; then, if that was not enough, KILL.  The group is asked for anew
 * each time: its number may belong to a stranger by now. */
static void
on_timeout(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct leftover *l = w->data;
	pid_t group = job_left_over(l->lock_path);

	(void)revents;
	if (group == 0 || group != l->group) {
		log_warnx(
		    "%s: still held, by whom cannot be told", l->lock_path);
		return;
	}
	log_warnx("%s: ending the left-over group %ld by %s", l->lock_path,
	    (long)group, l->terminated ? "KILL" : "TERM");
	if (killpg(group, l->terminated ? SIGKILL : SIGTERM) == -1)
		log_warn("%s: kill", l->lock_path);
	if (l->terminated)
		return;
	l->terminated = true;
	ev_timer_set(&l->timeout, l->stop_timeout, 0);
	ev_timer_start(loop, &l->timeout);
}

void
leftover_init(struct leftover *l, const struct run_place *place,
    leftover_fn *on_free, void *arg)
{
	memset(l, 0, sizeof(*l));
	l->place = place;
	l->on_free = on_free;
	l->arg = arg;
	helper_init(&l->helper);
	ev_init(&l->timeout, on_timeout);
	l->timeout.data = l;
}

static void
sleep_till_free(void *answer, void *arg)
{
	const struct leftover *l = arg;
	int *error = answer;
	int fd = open(l->lock_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd == -1 || flock(fd, LOCK_EX) == -1)
		*error = errno;
}

static void
on_answer(struct helper *h, const void *answer, void *arg)
{
	struct leftover *l = arg;
	const int *error = answer;

	(void)h;
	if (error == NULL || *error != 0)
		log_warnx("%s: cannot wait for it%s%s", l->lock_path,
		    error == NULL ? "" : ": ",
		    error == NULL ? "" : strerror(*error));
	leftover_close(l);
	l->on_free(l, l->arg);
}

int
leftover_wait(struct leftover *l, const struct rule *rule)
{
	if (asprintf(&l->lock_path, "%s/%s.lock", l->place->state_dir,
		rule->name) == -1)
		log_fatal("%s: lock", rule->name);
	l->group = job_left_over(l->lock_path);
	l->stop_timeout = rule->stop_timeout;
	l->terminated = false;
	log_warnx("%s: a run of an earlier daemon still goes on (group %ld)",
	    rule->name, (long)l->group);
	if (helper_start(&l->helper, l->place->loop, l->place->pool, rule->name,
		sleep_till_free, sizeof(int), 0, -1, on_answer, l) == -1) {
		leftover_close(l);
		return -1;
	}
	if (rule->timeout > 0) {
		ev_timer_set(&l->timeout, rule->timeout, 0);
		ev_timer_start(l->place->loop, &l->timeout);
	}
	return 0;
}

bool
leftover_is_waiting(const struct leftover *l)
{
	return l->helper.running;
}

void
leftover_close(struct leftover *l)
{
	if (l->place == NULL)
		return;
	ev_timer_stop(l->place->loop, &l->timeout);
	helper_close(&l->helper);
	free(l->lock_path);
	l->lock_path = NULL;
}
