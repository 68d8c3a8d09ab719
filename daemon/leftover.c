#include <sys/file.h>
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/leftover.h"
#include "daemon/log.h"
#include "daemon/runlock.h"

/* Of the helper that waits. */
struct answer {
	int error; /* errno: it cannot wait; or 0 */
	bool over; /* the lock is not free, but the run is over */
};

/* TERM first; then, if that was not enough, KILL.  The group is asked for anew
 * each time: its number may belong to a stranger by now. */
static void
on_timeout(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct leftover *l = w->data;
	bool over;
	pid_t group = runlock_holder(l->lock_path, &over);

	(void)revents;
	if (over)
		return; /* the helper is about to tell */
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
on_alarm(int sig)
{
	(void)sig; /* it is there to end flock(2) */
}

/* Each second look whether the command has ended.  If it has for a second, and
 * the lock is held all the same, then by survivors: the daemon that would have
 * unlocked it is dead. */
static void
sleep_till_free(void *answer, void *arg)
{
	const struct sigaction sa = { .sa_handler = on_alarm };
	const struct itimerval each = { { JOB_LINGER, 0 }, { JOB_LINGER, 0 } };
	const struct leftover *l = arg;
	struct answer *out = answer;
	int fd = open(l->lock_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool was_over = false, over = false;

	if (fd == -1 || sigaction(SIGALRM, &sa, NULL) == -1 ||
	    setitimer(ITIMER_REAL, &each, NULL) == -1) {
		out->error = errno;
		return;
	}
	while (!out->over && flock(fd, LOCK_EX) == -1) {
		if (errno != EINTR) {
			out->error = errno;
			return;
		}
		was_over = over;
		(void)runlock_holder(l->lock_path, &over);
		out->over = was_over && over;
	}
}

/* The leader obeyed TERM, and who did not is left. */
static void
end_rest(const struct leftover *l)
{
	pid_t group = runlock_rest(l->lock_path);

	if (!l->terminated || group == 0 || group != l->group)
		return;
	if (killpg(group, SIGKILL) == 0)
		log_warnx("%s: ending the left-over group %ld by KILL",
		    l->lock_path, (long)group);
	else if (errno != ESRCH)
		log_warn("%s: kill", l->lock_path);
}

static void
on_answer(struct helper *h, const void *answer, void *arg)
{
	struct leftover *l = arg;
	const struct answer *a = answer;

	(void)h;
	if (a == NULL || a->error != 0)
		log_warnx("%s: cannot wait for it%s%s", l->lock_path,
		    a == NULL ? "" : ": ", a == NULL ? "" : strerror(a->error));
	else if (a->over) {
		end_rest(l);
		/* They keep that file and its lock; we make a new one. */
		log_warnx("%s: left behind processes that hold its lock",
		    l->lock_path);
		if (unlink(l->lock_path) == -1)
			log_warn("%s: remove", l->lock_path);
	}
	leftover_close(l);
	l->on_free(l, l->arg);
}

int
leftover_wait(struct leftover *l, const struct rule *rule)
{
	bool over;

	if (asprintf(&l->lock_path, "%s/%s.lock", l->place->state_dir,
		rule->name) == -1)
		log_fatal("%s: lock", rule->name);
	l->group = runlock_holder(l->lock_path, &over);
	l->stop_timeout = rule->stop_timeout;
	l->terminated = false;
	log_warnx("%s: a run of an earlier daemon still goes on (group %ld)",
	    rule->name, (long)l->group);
	if (helper_start(&l->helper, l->place->loop, l->place->pool, rule->name,
		sleep_till_free, sizeof(struct answer), 0, -1, on_answer,
		l) == -1) {
		leftover_close(l);
		return -1;
	}
	if (rule->timeout > 0) {
		ev_timer_set(&l->timeout, rule->timeout, 0);
		ev_timer_start(l->place->loop, &l->timeout);
	}
	return 0;
}

int
leftover_seek(struct leftover *l, const struct rule *rule)
{
	char path[PATH_MAX];
	int held;

	(void)snprintf(
	    path, sizeof(path), "%s/%s.lock", l->place->state_dir, rule->name);
	held = runlock_is_held(path);
	return held == 1 ? leftover_wait(l, rule) : held;
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
