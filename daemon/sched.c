#include <stdlib.h>

#include "daemon/agenda.h"
#include "daemon/ground.h"
#include "daemon/instance.h"
#include "daemon/log.h"
#include "daemon/order.h"
#include "daemon/sched.h"
#include "daemon/taskcheck.h"
#include "daemon/taskrun.h"
#include "daemon/tasks.h"
#include "daemon/taskstatus.h"

struct sched {
	struct task_host host;
	struct tasks tasks;
	struct agenda agenda;
	bool changed;
	struct sched_ears ears;
};

/* --- what tasks tell ---------------------------------------------------- */

/* Of a rule that is about to run nobody wants to hear yet why. */
static struct request_news
news_of(struct task *t)
{
	return (struct request_news){ .topic = t->topic,
		.name = t->rule->name,
		.state = t->life.state,
		.ran_well = t->ran_well,
		.in_vain = t->in_vain,
		.paused = t->paused,
		.running = taskrun_goes_on(t),
		.note =
		    t->life.state == LIFE_QUEUED ? NULL : taskcheck_note(t) };
}

static void
on_state(struct task *t, enum life_state was, void *arg)
{
	struct sched *s = arg;
	struct request_news news = news_of(t);

	(void)was;
	agenda_move(&s->agenda, t);
	s->changed = true;
	log_debug("%s: %s", t->rule->name, life_word(t->life.state));
	s->ears.on_news(&news, s->ears.arg);
}

static void
on_deps(struct task *t, const struct stamp_set *sources, void *arg)
{
	struct sched *s = arg;

	s->ears.on_deps(t->topic, sources, s->ears.arg);
}

/* Whom a removed rule names are of a set that is gone; but who came in its
 * place, or in that of what a rule was, waited for its run, and his check is
 * out of date. */
static void
wake_heirs(struct sched *s, struct task *before)
{
	size_t i;

	for (i = 0; i < s->tasks.count; i++)
		if (tasks_follows(s->tasks.all[i], before))
			taskcheck_anew(s->tasks.all[i]);
	before->begun = NULL;
}

static void
on_over(struct task *t, bool done, void *arg)
{
	struct sched *s = arg;
	struct request_news news;
	size_t i;

	agenda_end_run(&s->agenda, t);
	if (t->removed || t->begun != NULL)
		wake_heirs(s, t);
	if (t->removed) {
		news = news_of(t); /* it has no new state that would tell */
		s->ears.on_news(&news, s->ears.arg);
		return;
	}
	for (i = 0; done && i < t->rule->downstream_count; i++)
		task_step(tasks_of_rule(&s->tasks, t->rule->downstream[i]),
		    LIFE_HINT, CHECK_OTHER);
}

static void
on_fact(void *arg)
{
	struct sched *s = arg;

	s->changed = true;
}

static void
on_turn(void *arg)
{
	struct sched *s = arg;

	agenda_work(&s->agenda);
}

static void
on_gone(struct task *t, void *arg)
{
	struct sched *s = arg;
	struct request_news news = { .topic = t->topic,
		.name = t->rule->name,
		.state = t->life.state,
		.running = taskrun_goes_on(t) };

	s->ears.on_gone(&news, s->ears.arg);
	agenda_forget(t);
}

/* --- entries ----------------------------------------------------------- */

void
sched_hint(struct sched *s, unsigned topic, unsigned asked)
{
	struct task *t = tasks_by_topic(&s->tasks, topic);

	if (t == NULL)
		return; /* of a rule that a reload has removed */
	task_step(t, LIFE_HINT, asked);
	agenda_work(&s->agenda);
}

void
sched_ask(struct sched *s, const unsigned *topics, size_t count, unsigned asked)
{
	struct task *t;
	size_t i;

	/* All are asked before the first is released, so that each sees that
	 * those upstream are busy; the first last, for who is waited for goes
	 * to the front. */
	for (i = count; i-- > 0;) {
		t = tasks_by_topic(&s->tasks, topics[i]);
		if (t != NULL)
			task_step(t, LIFE_ASK, asked);
	}
	agenda_work(&s->agenda);
}

void
sched_ask_all(struct sched *s, unsigned asked)
{
	size_t i;

	for (i = 0; i < s->tasks.count; i++)
		task_step(s->tasks.all[i], LIFE_ASK, asked);
	agenda_work(&s->agenda);
}

void
sched_scan(struct sched *s)
{
	size_t i;

	for (i = 0; i < s->tasks.count; i++)
		if (s->tasks.all[i]->rule->scan < 0)
			task_step(s->tasks.all[i], LIFE_ASK, CHECK_SCAN);
	agenda_work(&s->agenda);
}

void
sched_wait_for(struct sched *s, unsigned topic, bool waited_for)
{
	struct task *t = tasks_by_topic(&s->tasks, topic);

	if (t == NULL)
		return;
	t->life.waited_for = waited_for;
	if (waited_for && t->life.state == LIFE_HELD)
		agenda_move(&s->agenda, t); /* to the front */
}

int
sched_seek(struct sched *s, unsigned topic)
{
	struct task *t = tasks_by_topic(&s->tasks, topic);

	return t == NULL ? 0 : tasks_seek(&s->tasks, t);
}

int
sched_pause(struct sched *s, unsigned topic, bool paused)
{
	struct task *t = tasks_by_topic(&s->tasks, topic);
	struct request_news news;
	int rc;

	if (t == NULL)
		return 0;
	rc = task_pause(t, paused);
	if (order_is_stuck(t)) { /* no new state will tell who waits for it */
		news = news_of(t);
		s->ears.on_news(&news, s->ears.arg);
	}
	return rc;
}

void
sched_go_on(struct sched *s)
{
	agenda_work(&s->agenda);
}

bool
sched_is_paused(const struct sched *s, unsigned topic)
{
	const struct task *t = tasks_by_topic(&s->tasks, topic);

	return t != NULL && t->paused;
}

bool
sched_is_running(const struct sched *s, unsigned topic)
{
	return tasks_is_running(&s->tasks, topic);
}

size_t
sched_add_before(const struct sched *s, char *const *names, size_t name_count,
    unsigned *topics, size_t count)
{
	return order_add_before(&s->tasks, names, name_count, topics, count);
}

void
sched_accept(struct sched *s, unsigned topic)
{
	struct task *t = tasks_by_topic(&s->tasks, topic);

	if (t != NULL)
		t->accepted = true;
}

const char *
sched_name(const struct sched *s, unsigned topic)
{
	const struct task *t = tasks_by_topic(&s->tasks, topic);

	return t == NULL ? NULL : t->rule->name;
}

size_t
sched_downstream(
    const struct sched *s, unsigned topic, unsigned *topics, size_t count)
{
	const struct task *t = tasks_by_topic(&s->tasks, topic);

	return t == NULL
		   ? count
		   : order_add_downstream(&s->tasks, t->rule, topics, count);
}

bool
sched_is_ready(const struct sched *s)
{
	const struct task *t;
	size_t i;

	if (agenda_has_more(&s->agenda))
		return false;
	for (i = 0; i < s->tasks.count; i++) {
		t = s->tasks.all[i];
		if (t->life.state == LIFE_NEW ||
		    (t->life.state == LIFE_CHECKING && t->checks == 0 &&
			ground_is_local(&s->host.mounts, t->rule, NULL)))
			return false;
	}
	return true;
}

void
sched_stop(struct sched *s, bool now)
{
	agenda_stop(&s->agenda);
	tasks_stop(&s->tasks, now);
}

size_t
sched_active(struct sched *s)
{
	return tasks_active(&s->tasks);
}

bool
sched_take_changed(struct sched *s)
{
	bool changed = s->changed;

	s->changed = false;
	return changed;
}

int
sched_report(const struct sched *s, struct status *out)
{
	return taskstatus_fill(&s->tasks, out);
}

/* --- the set of rules -------------------------------------------------- */

void
sched_degrade(struct sched *s, unsigned topic, const char *why)
{
	struct task *t = tasks_by_topic(&s->tasks, topic);

	if (t != NULL)
		task_degrade(t, why, s->tasks.set->scan);
}

struct sched *
sched_new(const struct run_place *place, const struct sched_ears *ears)
{
	struct sched *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->host = (struct task_host){ .place = place,
		.scan_unwatched = SCHED_SCAN_UNWATCHED,
		.on_state = on_state,
		.on_deps = on_deps,
		.on_over = on_over,
		.on_fact = on_fact,
		.on_turn = on_turn,
		.on_gone = on_gone,
		.arg = s };
	s->ears = *ears;
	tasks_init(&s->tasks, &s->host);
	agenda_init(&s->agenda, place->loop, &s->tasks);
	return s;
}

int
sched_load(struct sched *s, struct rule_set *set)
{
	if (tasks_load(&s->tasks, set) == -1)
		return -1;
	s->changed = true;
	return 0;
}

void
sched_tidy(struct sched *s)
{
	tasks_tidy(&s->tasks);
}

unsigned
sched_topic(const struct sched *s, size_t index)
{
	return s->tasks.all[index]->topic;
}

bool
sched_is_called(const struct sched *s, size_t index, const char *name)
{
	return instance_is_of(s->tasks.all[index]->rule->name, name);
}

bool
sched_knows(const struct sched *s, const char *name)
{
	return rule_set_has(s->tasks.set, name);
}

size_t
sched_count(const struct sched *s)
{
	return s->tasks.count;
}

size_t
sched_room(const struct sched *s)
{
	return s->tasks.slot_count;
}

void
sched_free(struct sched *s)
{
	if (s == NULL)
		return;
	agenda_stop(&s->agenda);
	tasks_fini(&s->tasks);
	mounts_fini(&s->host.mounts);
	free(s);
}
