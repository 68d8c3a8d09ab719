/*
 * remount on Linux, where the table of mounts can be polled.
 */

#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"
#include "triggers/remount.h"

#define TABLE "/proc/self/mountinfo"
#define DELAY 0.2          /* seconds: a burst of mounts is told once */
#define REST_PER_WORK 20.0 /* at most a twentieth of the time is spent here */

/* Has the table changed since the last call? */
static bool
has_changed(const struct remount *r)
{
	struct pollfd p = { .fd = r->table_fd, .events = POLLPRI };

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLPRI | POLLERR)) != 0;
}

void
remount_drain(struct remount *r)
{
	if (r->loop == NULL || r->told_at != 0 || !has_changed(r))
		return;
	ev_now_update(r->loop);
	r->told_at = ev_now(r->loop);
	r->fn(r->arg);
}

void
remount_done(struct remount *r)
{
	double delay;

	if (r->told_at == 0)
		return;
	ev_now_update(r->loop);
	delay = (ev_now(r->loop) - r->told_at) * REST_PER_WORK;
	r->told_at = 0;
	ev_timer_stop(r->loop, &r->delay);
	ev_timer_set(&r->delay, delay > DELAY ? delay : DELAY, 0);
	if (r->missed)
		ev_timer_start(r->loop, &r->delay);
	r->missed = false;
}

static void
on_delay(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct remount *r = w->data;

	(void)loop;
	(void)revents;
	r->missed = r->told_at != 0;
	remount_drain(r);
}

/* The table is always readable; a change is an error condition, which libev
 * tells as "writable", and which is gone when it has been told. */
static void
on_changed(struct ev_loop *loop, ev_io *w, int revents)
{
	struct remount *r = w->data;

	(void)revents;
	ev_timer_start(loop, &r->delay);
}

void
remount_start(
    struct remount *r, struct ev_loop *loop, remount_fn *fn, void *arg)
{
	memset(r, 0, sizeof(*r));
	r->fn = fn;
	r->arg = arg;
	r->table_fd = open(TABLE, O_RDONLY | O_CLOEXEC);
	r->wake_up_fd = open(TABLE, O_RDONLY | O_CLOEXEC);
	ev_io_init(&r->changed, on_changed, r->wake_up_fd, EV_WRITE);
	ev_timer_init(&r->delay, on_delay, DELAY, 0);
	r->changed.data = r->delay.data = r;
	r->loop = loop;
	if (r->table_fd == -1 || r->wake_up_fd == -1) {
		log_warn(TABLE ": mounts are found by the scan only");
		remount_stop(r);
		return;
	}
	ev_io_start(loop, &r->changed);
	/* What changes before the loop polls for the first time wakes nobody.
	 */
	ev_timer_start(loop, &r->delay);
}

void
remount_stop(struct remount *r)
{
	if (r->loop == NULL)
		return;
	ev_timer_stop(r->loop, &r->delay);
	ev_io_stop(r->loop, &r->changed);
	if (r->table_fd != -1)
		(void)close(r->table_fd); /* nothing was written */
	if (r->wake_up_fd != -1)
		(void)close(r->wake_up_fd); /* nor here */
	r->loop = NULL;
}
