#include <string.h>

#include "daemon/agenda.h"
#include "daemon/order.h"
#include "daemon/taskcheck.h"
#include "daemon/taskrun.h"

static void
release(struct agenda *a, struct task *t)
{
	task_step(t, LIFE_RELEASE, 0);
	taskcheck_begin(t);
	a->left -= AGENDA_CHECK + (long)t->looked;
	if (look_is_active(&t->look))
		a->left -= AGENDA_HELPER;
}

static bool
release_one(struct agenda *a)
{
	struct task *t;

	for (t = TAILQ_FIRST(&a->held); t != NULL; t = TAILQ_NEXT(t, link)) {
		a->left--;
		if (t->paused || order_waits_upstream(a->tasks, t) ||
		    order_waits_instance(a->tasks, t))
			continue;
		release(a, t);
		return true;
	}
	return false;
}

static bool
start_one(struct agenda *a)
{
	struct task *t;

	for (t = TAILQ_FIRST(&a->queued); t != NULL; t = TAILQ_NEXT(t, link)) {
		a->left--;
		/* Since the check that queued it, when no place was free. */
		if (order_waits_upstream(a->tasks, t)) {
			task_step(t, LIFE_OVERTAKEN, 0);
			return true;
		}
		if (t->paused) { /* while it was checked */
			task_step(t, LIFE_PAUSED, 0);
			return true;
		}
		if (taskrun_is_held_up(t) || tasks_must_wait(a->tasks, t) ||
		    (taskrun_is_build(t) && a->builds >= a->tasks->set->jobs))
			continue;
		a->left -= AGENDA_RUN;
		/* Remembered: a reload may make another kind of the rule. */
		t->counted = taskrun_start(t) && taskrun_is_build(t);
		if (t->counted)
			a->builds++;
		return true;
	}
	return false;
}

/* Whatever is called, and however often: a turn has one allowance. */
static bool
has_left(struct agenda *a)
{
	unsigned turn = ev_iteration(a->loop);

	if (turn != a->turn) {
		a->turn = turn;
		a->left = AGENDA_TURN;
	}
	return a->left > 0;
}

static void
rest(struct agenda *a)
{
	a->unfinished = false;
	ev_check_stop(a->loop, &a->more);
	ev_idle_stop(a->loop, &a->awake);
}

void
agenda_work(struct agenda *a)
{
	bool done = false;

	if (a->working || a->stopped)
		return;
	a->working = true;
	while (!done && has_left(a))
		done = !release_one(a) && !start_one(a);
	a->working = false;
	if (done)
		rest(a);
	else {
		a->unfinished = true;
		ev_check_start(a->loop, &a->more);
		ev_idle_start(a->loop, &a->awake);
	}
}

static void
on_more(struct ev_loop *loop, ev_check *w, int revents)
{
	(void)loop;
	(void)revents;
	agenda_work(w->data);
}

static void
on_awake(struct ev_loop *loop, ev_idle *w, int revents)
{
	(void)loop;
	(void)w;
	(void)revents;
}

bool
agenda_has_more(const struct agenda *a)
{
	return a->unfinished;
}

void
agenda_move(struct agenda *a, struct task *t)
{
	agenda_forget(t);
	if (t->life.state == LIFE_HELD)
		t->on = &a->held;
	else if (t->life.state == LIFE_QUEUED)
		t->on = &a->queued;
	else
		return;
	if (t->on == &a->held && t->life.waited_for)
		TAILQ_INSERT_HEAD(t->on, t, link);
	else
		TAILQ_INSERT_TAIL(t->on, t, link);
}

void
agenda_forget(struct task *t)
{
	if (t->on != NULL)
		TAILQ_REMOVE(t->on, t, link);
	t->on = NULL;
}

void
agenda_end_run(struct agenda *a, struct task *t)
{
	if (t->counted)
		a->builds--;
	t->counted = false;
}

void
agenda_stop(struct agenda *a)
{
	a->stopped = true;
	rest(a);
}

void
agenda_init(struct agenda *a, struct ev_loop *loop, const struct tasks *tasks)
{
	memset(a, 0, sizeof(*a));
	a->loop = loop;
	a->tasks = tasks;
	TAILQ_INIT(&a->held);
	TAILQ_INIT(&a->queued);
	ev_check_init(&a->more, on_more);
	a->more.data = a;
	ev_idle_init(&a->awake, on_awake);
}
