#include <sys/queue.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/clock.h"
#include "daemon/instance.h"
#include "daemon/kept.h"
#include "daemon/log.h"
#include "daemon/look.h"
#include "daemon/sched.h"

#define RACES_MAX 3 /* lost to another writer of the target, in a row */

struct sched_rule {
	struct sched *sched;
	unsigned topic;
	const struct rule *rule;
	struct life life;
	struct life_terms terms;
	struct run run;
	struct leftover leftover; /* of a daemon before us */
	struct look look;         /* its check waits with us in the queue */
	struct kept kept;         /* a record that could not be written */
	ev_timer timer, grace;
	bool paused;
	bool accepted; /* the next run goes without the guards */
	bool removed;  /* by a reload: on leaving, may finish its run */
	bool listed;   /* on held, queued or leaving */
	TAILQ_ENTRY(sched_rule) link;
	struct digest failed; /* the check before the last run that failed */
	struct digest deps;   /* the dependencies that are watched */
	unsigned races;
	bool ran_well;
	bool vanished; /* said so of the target */
	char *degraded;

	/* for the status file */
	uint64_t checks, runs, failures;
	int64_t last_run_at, last_ok_at, next_at, run_ms, check_us, records;
	enum stamp_reason reason;
	char *path;
	char note[320];
};

TAILQ_HEAD(rule_list, sched_rule);

/* Sets that were replaced live on while a removed rule still runs. */
struct old_set {
	struct rule_set *set;
	struct old_set *next;
};

struct sched {
	const struct run_place *place;
	struct rule_set *set;
	struct old_set *old_sets;
	struct sched_rule **rules; /* by index in the set */
	size_t count;
	struct sched_rule **slots; /* by topic - 1; NULL: free */
	size_t slot_count;
	struct rule_list held, queued, leaving;
	struct mounts mounts;
	int builds; /* running now */
	bool working, stopping, changed;
	struct sched_ears ears;
};

static void work(struct sched *s);

static struct sched_rule *
by_topic(const struct sched *s, unsigned topic)
{
	if (topic == 0 || topic > s->slot_count)
		return NULL;
	return s->slots[topic - 1];
}

static struct sched_rule *
by_rule(const struct sched *s, const struct rule *rule)
{
	return s->rules[rule - s->set->rules];
}

/* --- steps of one life ------------------------------------------------- */

static void
arm_timer(struct sched_rule *r, double now)
{
	struct ev_loop *loop = r->sched->place->loop;
	double due = life_due(&r->life);

	ev_timer_stop(loop, &r->timer);
	r->next_at = 0;
	if (due == 0)
		return;
	/* libev counts from the time it woke up, we from now. */
	ev_now_update(loop);
	ev_timer_set(&r->timer, due > now ? due - now : 0, 0);
	ev_timer_start(loop, &r->timer);
	if (r->life.due_at > 0)
		r->next_at = clock_wall_ms() + (int64_t)((due - now) * 1000);
}

static void
tell(struct sched_rule *r)
{
	struct request_news news = { .topic = r->topic,
		.name = r->rule->name,
		.state = r->life.state,
		.ran_well = r->ran_well,
		.paused = r->paused,
		.note = r->note };

	r->sched->changed = true;
	log_debug("%s: %s", r->rule->name, life_word(r->life.state));
	r->sched->ears.on_news(&news, r->sched->ears.arg);
}

static void
unlist(struct sched_rule *r, enum life_state was)
{
	if (!r->listed)
		return;
	if (r->removed)
		TAILQ_REMOVE(&r->sched->leaving, r, link);
	else if (was == LIFE_HELD)
		TAILQ_REMOVE(&r->sched->held, r, link);
	else
		TAILQ_REMOVE(&r->sched->queued, r, link);
	r->listed = false;
}

static void
step(struct sched_rule *r, enum life_event event, unsigned asked)
{
	double now = clock_monotonic();
	enum life_state was = r->life.state;
	struct life_input in = { .event = event,
		.asked = asked,
		.now = now,
		.jitter = (double)rand() / RAND_MAX };

	if (r->removed)
		return;
	life_step(&r->life, &r->terms, &in);
	if (life_due(&r->life) != 0 || ev_is_active(&r->timer))
		arm_timer(r, now);
	else
		r->next_at = 0;
	if (r->life.state == was)
		return;
	unlist(r, was);
	if (r->life.state == LIFE_HELD) {
		TAILQ_INSERT_TAIL(&r->sched->held, r, link);
		r->listed = true;
	} else if (r->life.state == LIFE_QUEUED) {
		TAILQ_INSERT_TAIL(&r->sched->queued, r, link);
		r->listed = true;
	}
	if (r->life.state == LIFE_RESTLESS)
		log_warnx("%s: behind again after %u good runs (%s), waiting",
		    r->rule->name, r->life.streak,
		    r->path != NULL ? r->path : "");
	tell(r);
}

static void
on_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct sched_rule *r = w->data;

	(void)loop;
	(void)revents;
	step(r, LIFE_TIME, 0);
	work(r->sched);
}

/* --- checks ------------------------------------------------------------ */

static void
remember_path(struct sched_rule *r, const char *path)
{
	if (r->path != NULL && strcmp(r->path, path) == 0)
		return;
	free(r->path);
	r->path = path[0] != '\0' ? strdup(path) : NULL;
}

static void
note_blocked(struct sched_rule *r)
{
	char before[sizeof(r->note)];

	memcpy(before, r->note, sizeof(before));
	snprintf(r->note, sizeof(r->note), "%.200s%s%.100s",
	    r->look.check->path, r->look.check->path[0] != '\0' ? ": " : "",
	    r->look.check->how);
	if (strcmp(before, r->note) != 0)
		log_warnx("%s: blocked: %s", r->rule->name, r->note);
}

/* As it was when a run ended for good, perhaps one of another daemon's.  What
 * we know ourselves of the same try is not touched. */
static void
adopt_tried(struct sched_rule *r)
{
	const struct stamp_tried *tried = &r->look.check->tried.tried;
	double longest = r->rule->retry_longest, left = 0;
	enum life_state trouble = LIFE_WAITING;

	if (tried->ending == STAMP_REFUSED) {
		trouble = LIFE_REFUSED;
		left = longest - (double)(clock_wall_ms() - tried->at) / 1000;
		if (left > longest) /* the clock was set back */
			left = longest;
	}
	if (r->life.trouble == trouble)
		return;
	r->life.trouble = trouble;
	r->life.retry_at = trouble == LIFE_WAITING
			       ? 0
			       : clock_monotonic() + (left > 0 ? left : 0);
	r->ran_well = false;
	snprintf(r->note, sizeof(r->note), "%s", tried->note);
	log_info("%s: not run again, nothing has changed since: %s",
	    r->rule->name, r->note);
}

static enum life_event
event_of(struct sched_rule *r, unsigned asking)
{
	const struct check *c = r->look.check;

	switch (c->verdict) {
	case STAMP_CURRENT:
		return LIFE_FOUND_CURRENT;
	case STAMP_IDLE:
		return LIFE_FOUND_IDLE;
	case STAMP_BLOCKED:
		return LIFE_FOUND_BLOCKED;
	case STAMP_BEHIND:
		break;
	}
	if (asking & CHECK_RUN)
		return LIFE_FOUND_ASKED;
	if (r->life.trouble != LIFE_CURRENT &&
	    digest_equal(c->digest, r->failed))
		return LIFE_FOUND_SAME;
	if (c->same) {
		adopt_tried(r);
		return LIFE_FOUND_SAME;
	}
	if (c->reason == STAMP_ASKED || c->reason == STAMP_ALWAYS)
		return LIFE_FOUND_ASKED;
	return LIFE_FOUND_BEHIND;
}

/* A run may have reported other dependencies.  They are watched only from now
 * on, after they were stamped: so look once more. */
static void
compare_deps(struct sched_rule *r)
{
	struct check *c = r->look.check;

	if (!r->rule->uses_deps || c->verdict == STAMP_BLOCKED ||
	    digest_equal(c->deps, r->deps))
		return;
	if (check_fetch(c) == -1) {
		log_warn("%s: dependencies", r->rule->name);
		return;
	}
	r->deps = c->deps;
	r->sched->ears.on_deps(r->topic, &c->now, r->sched->ears.arg);
	r->life.asked |= CHECK_OTHER;
}

static void
end_check(struct sched_rule *r, unsigned asking)
{
	enum life_event event = event_of(r, asking);

	compare_deps(r);

	r->checks++;
	r->check_us = (int64_t)(r->look.check->seconds * 1e6);
	r->life.check_not_before =
	    clock_monotonic() + 10 * r->look.check->seconds;
	r->reason = r->look.check->reason;
	remember_path(r, r->look.check->path);
	if (event == LIFE_FOUND_BLOCKED)
		note_blocked(r);
	else if (event != LIFE_FOUND_SAME)
		snprintf(r->note, sizeof(r->note), "%s", r->look.check->how);
	if (r->look.check->vanished && !r->vanished)
		log_warnx("%s: %s: vanished, and is not made anew",
		    r->rule->name, r->rule->target);
	r->vanished = r->look.check->vanished;
	step(r, event, 0);
	if (r->life.state != LIFE_QUEUED)
		look_drop(&r->look);
}

static void
on_looked(void *arg)
{
	struct sched_rule *r = arg;

	end_check(r, r->life.asking);
	work(r->sched);
}

static void
begin_check(struct sched_rule *r)
{
	unsigned asking = life_begin_check(&r->life);

	if (look_start(&r->look, asking & ~(unsigned)LIFE_INSIST))
		end_check(r, r->life.asking);
}

/* --- runs -------------------------------------------------------------- */

static bool
is_build(const struct sched_rule *r)
{
	return r->rule->kind == RULE_BUILD;
}

static void
hint_downstream(struct sched_rule *r)
{
	size_t i;

	for (i = 0; i < r->rule->downstream_count; i++)
		step(by_rule(r->sched, r->rule->downstream[i]), LIFE_HINT,
		    CHECK_OTHER);
}

static void
end_run(struct sched_rule *r, bool well)
{
	r->ran_well = well;
	r->runs++;
	r->run_ms = (int64_t)(r->run.seconds * 1000);
	r->last_run_at = clock_wall_ms();
	if (is_build(r))
		r->sched->builds--;
	ev_timer_stop(r->sched->place->loop, &r->grace);
	snprintf(r->note, sizeof(r->note), "%s", r->run.note);
	if (well) {
		r->last_ok_at = r->last_run_at;
		r->records = r->run.records;
		r->races = 0;
		log_info("%s: done in %.2f s%s%s", r->rule->name,
		    r->run.seconds, r->note[0] != '\0' ? ", " : "", r->note);
	} else
		r->failures++;
}

static void
fail(struct sched_rule *r, enum life_event event)
{
	double now = clock_monotonic();

	step(r, event, 0);
	if (r->life.retry_at > now)
		log_warnx("%s: %s after %.2f s, next try in %.0f s",
		    r->rule->name, r->note, r->run.seconds,
		    r->life.retry_at - now);
	else
		log_warnx("%s: %s after %.2f s, waiting for a change",
		    r->rule->name, r->note, r->run.seconds);
}

static void
on_run_event(struct run *run, enum run_event event, void *arg)
{
	struct sched_rule *r = arg;

	switch (event) {
	case RUN_INSTALLING:
		step(r, LIFE_EXITED, 0);
		break;
	case RUN_DONE:
		end_run(r, true);
		if (run->unwritten.exists)
			kept_take(&r->kept, &run->unwritten, run->record_error);
		else if (run->record_error == 0)
			kept_drop(&r->kept);
		step(r, LIFE_DONE, 0);
		hint_downstream(r);
		break;
	case RUN_DISCARDED:
		end_run(r, false);
		log_info("%s: %s", r->rule->name, r->note);
		step(r, LIFE_DONE, 0);
		break;
	case RUN_RACED:
		end_run(r, false);
		log_warnx("%s: %s: changed by somebody else during the run",
		    r->rule->name, r->rule->target);
		if (++r->races < RACES_MAX)
			step(r, LIFE_DONE, 0);
		else
			fail(r, LIFE_FAIL);
		break;
	case RUN_FAILED:
		end_run(r, false);
		fail(r, LIFE_FAIL);
		break;
	case RUN_SOURCE:
		end_run(r, false);
		fail(r, LIFE_FAIL_SOURCE);
		break;
	case RUN_REFUSED:
		end_run(r, false);
		fail(r, LIFE_FAIL_REFUSED);
		break;
	}
	work(r->sched);
}

static void
start_run(struct sched_rule *r)
{
	struct check *check = look_take(&r->look);

	r->failed = check->digest;
	log_info("%s: behind: %s%s%s%s%s", r->rule->name,
	    stamp_reason_word(check->reason),
	    check->path[0] != '\0' ? ": " : "", check->path,
	    check->how[0] != '\0' ? ": " : "", check->how);
	if (run_start(&r->run, r->rule, check, !r->accepted) == -1) {
		if (errno == EWOULDBLOCK &&
		    leftover_wait(&r->leftover, r->rule) == 0)
			return;
		r->ran_well = false;
		r->failures++;
		snprintf(r->note, sizeof(r->note), "%s", r->run.note);
		fail(r, LIFE_FAIL);
		return;
	}
	r->accepted = false;
	if (is_build(r))
		r->sched->builds++;
	step(r, LIFE_STARTED, 0);
}

static void
on_leftover_gone(struct leftover *l, void *arg)
{
	struct sched_rule *r = arg;

	(void)l;
	step(r, LIFE_CHANGED, 0); /* its run may have changed anything */
	work(r->sched);
}

/* --- what is to be done at once ---------------------------------------- */

static bool
is_busy(const struct sched_rule *r)
{
	return life_is_busy(r->life.state) &&
	       !(r->paused && r->life.state == LIFE_HELD);
}

static bool
waits_upstream(const struct sched_rule *r)
{
	size_t i;

	for (i = 0; i < r->rule->upstream_count; i++)
		if (is_busy(by_rule(r->sched, r->rule->upstream[i])))
			return true;
	return false;
}

/* The instances of a rule go one by one, in their order: those before have
 * nothing to do, and none after is at work. */
static bool
waits_instance(const struct sched_rule *r)
{
	const struct rule *other = r->rule;

	while ((other = rule_previous_instance(other)) != NULL)
		if (is_busy(by_rule(r->sched, other)))
			return true;
	other = r->rule;
	while ((other = rule_next_instance(r->sched->set, other)) != NULL)
		if (by_rule(r->sched, other)->life.state >= LIFE_CHECKING)
			return true;
	return false;
}

static struct sched_rule *
next(struct rule_list *list, struct sched_rule *r)
{
	return r == NULL ? TAILQ_FIRST(list) : TAILQ_NEXT(r, link);
}

static bool
release_one(struct sched *s)
{
	struct sched_rule *r;

	for (r = next(&s->held, NULL); r != NULL; r = next(&s->held, r)) {
		if (r->paused || waits_upstream(r) || waits_instance(r))
			continue;
		step(r, LIFE_RELEASE, 0);
		begin_check(r);
		return true;
	}
	return false;
}

static bool
start_one(struct sched *s)
{
	struct sched_rule *r;

	for (r = next(&s->queued, NULL); r != NULL; r = next(&s->queued, r)) {
		if (r->paused || leftover_is_waiting(&r->leftover) ||
		    (is_build(r) && s->builds >= s->set->jobs))
			continue;
		start_run(r);
		return true;
	}
	return false;
}

static void
work(struct sched *s)
{
	if (s->working || s->stopping)
		return;
	s->working = true;
	while (release_one(s) || start_one(s))
		;
	s->working = false;
}

/* --- entries ----------------------------------------------------------- */

void
sched_hint(struct sched *s, unsigned topic, unsigned asked)
{
	struct sched_rule *r = by_topic(s, topic);

	if (r == NULL)
		return; /* of a rule that a reload has removed */
	step(r, LIFE_HINT, asked);
	work(s);
}

void
sched_ask(struct sched *s, const unsigned *topics, size_t count, unsigned asked)
{
	struct sched_rule *r;
	size_t i;

	/* All are asked before the first is released, so that each sees that
	 * those upstream are busy. */
	for (i = 0; i < count; i++) {
		r = by_topic(s, topics[i]);
		if (r != NULL)
			step(r, LIFE_ASK, asked);
	}
	work(s);
}

void
sched_ask_all(struct sched *s, unsigned asked)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		step(s->rules[i], LIFE_ASK, asked);
	work(s);
}

void
sched_scan(struct sched *s)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (s->rules[i]->rule->scan < 0)
			step(s->rules[i], LIFE_ASK, CHECK_SCAN);
	work(s);
}

void
sched_wait_for(struct sched *s, unsigned topic, bool waited_for)
{
	struct sched_rule *r = by_topic(s, topic);

	if (r != NULL)
		r->life.waited_for = waited_for;
}

int
sched_pause(struct sched *s, unsigned topic, bool paused)
{
	struct sched_rule *r = by_topic(s, topic);

	if (r == NULL || r->paused == paused)
		return 0;
	r->paused = paused;
	s->changed = true;
	log_info("%s: %s", r->rule->name, paused ? "paused" : "resumed");
	return paused_write(s->place->state_dir, r->rule->name, paused);
}

bool
sched_is_paused(const struct sched *s, unsigned topic)
{
	const struct sched_rule *r = by_topic(s, topic);

	return r != NULL && r->paused;
}

bool
sched_is_running(const struct sched *s, unsigned topic)
{
	const struct sched_rule *r = by_topic(s, topic);

	return r != NULL && run_is_active(&r->run);
}

void
sched_accept(struct sched *s, unsigned topic)
{
	struct sched_rule *r = by_topic(s, topic);

	if (r != NULL)
		r->accepted = true;
}

const char *
sched_name(const struct sched *s, unsigned topic)
{
	const struct sched_rule *r = by_topic(s, topic);

	return r == NULL ? NULL : r->rule->name;
}

static size_t
add_downstream(const struct sched *s, const struct rule *rule, unsigned *topics,
    size_t count)
{
	unsigned topic = by_rule(s, rule)->topic;
	size_t i;

	for (i = 0; i < count; i++)
		if (topics[i] == topic)
			return count;
	topics[count++] = topic;
	for (i = 0; i < rule->downstream_count; i++)
		count = add_downstream(s, rule->downstream[i], topics, count);
	return count;
}

size_t
sched_downstream(
    const struct sched *s, unsigned topic, unsigned *topics, size_t count)
{
	const struct sched_rule *r = by_topic(s, topic);

	return r == NULL ? count : add_downstream(s, r->rule, topics, count);
}

bool
sched_is_ready(const struct sched *s)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (s->rules[i]->life.state == LIFE_NEW ||
		    (s->rules[i]->life.state == LIFE_CHECKING &&
			s->rules[i]->checks == 0))
			return false;
	return true;
}

static void
on_grace(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct sched_rule *r = w->data;

	(void)loop;
	(void)revents;
	run_stop(&r->run);
}

static void
stop_rule(struct sched_rule *r, bool now)
{
	struct ev_loop *loop = r->sched->place->loop;

	ev_timer_stop(loop, &r->timer);
	look_stop(&r->look);
	if (!run_is_active(&r->run))
		return;
	ev_timer_stop(loop, &r->grace);
	ev_timer_set(&r->grace, now ? 0 : r->rule->stop_timeout, 0);
	ev_timer_start(loop, &r->grace);
}

void
sched_stop(struct sched *s, bool now)
{
	struct sched_rule *r;
	size_t i;

	s->stopping = true;
	for (i = 0; i < s->count; i++)
		stop_rule(s->rules[i], now);
	for (r = next(&s->leaving, NULL); r != NULL; r = next(&s->leaving, r))
		stop_rule(r, now);
}

static bool
is_active(const struct sched_rule *r)
{
	return run_is_active(&r->run) || look_is_active(&r->look);
}

size_t
sched_active(struct sched *s)
{
	struct sched_rule *r;
	size_t i, n = 0;

	for (i = 0; i < s->count; i++)
		n += is_active(s->rules[i]);
	for (r = next(&s->leaving, NULL); r != NULL; r = next(&s->leaving, r))
		n += is_active(r);
	return n;
}

bool
sched_take_changed(struct sched *s)
{
	bool changed = s->changed;

	s->changed = false;
	return changed;
}

/* The word and, for a rule that rests well, no stale reason. */
static void
report_rule(const struct sched_rule *r, struct status_rule *out)
{
	bool well = r->life.state == LIFE_CURRENT ||
		    r->life.state == LIFE_IDLE || r->life.state == LIFE_NEW;

	*out = (struct status_rule){ .name = r->rule->name,
		.checks = r->checks,
		.runs = r->runs,
		.failures = r->failures,
		.last_run_at = r->last_run_at,
		.last_ok_at = r->last_ok_at,
		.next_at = r->next_at,
		.run_ms = r->run_ms,
		.check_us = r->check_us,
		.records = r->records,
		.paused = r->paused,
		.degraded = kept_why(&r->kept) };
	if (out->degraded == NULL)
		out->degraded = r->degraded;
	out->state = life_word(r->life.state);
	if (well)
		return;
	out->reason = stamp_reason_word(r->reason);
	out->path = r->path;
	out->note = r->note;
}

int
sched_report(const struct sched *s, struct status *out)
{
	size_t i;

	out->rules = calloc(s->count > 0 ? s->count : 1, sizeof(*out->rules));
	if (out->rules == NULL)
		return -1;
	out->count = s->count;
	for (i = 0; i < s->count; i++)
		report_rule(s->rules[i], &out->rules[i]);
	return 0;
}

/* --- the set of rules -------------------------------------------------- */

static void
set_terms(struct sched_rule *r, const struct rule_set *set)
{
	const struct rule *rule = r->rule;
	double scan = rule->scan >= 0 ? rule->scan : set->scan;
	bool unwatched = r->degraded != NULL || !rule->watch;

	r->terms = (struct life_terms){ .settle = rule->settle,
		.settle_max = rule->settle_max,
		.retry_first = rule->retry_first,
		.retry_longest = rule->retry_longest,
		.min_interval = rule->min_interval,
		.recheck = rule->recheck };
	if (rule->scan > 0)
		r->terms.scan = rule->scan;
	else if (scan == 0 && unwatched && rule->kind != RULE_PLAIN)
		r->terms.scan = SCHED_SCAN_UNWATCHED;
	if (r->terms.scan == 0)
		r->life.scan_at = 0;
	else if (r->life.scan_at == 0)
		r->life.scan_at = clock_monotonic() + r->terms.scan;
}

void
sched_degrade(struct sched *s, unsigned topic, const char *why)
{
	struct sched_rule *r = by_topic(s, topic);

	if (r == NULL || (why == NULL && r->degraded == NULL) ||
	    (why != NULL && r->degraded != NULL &&
		strcmp(why, r->degraded) == 0))
		return;
	if (why != NULL && r->degraded == NULL)
		log_warnx("%s: only scanned: %s", r->rule->name, why);
	else if (why == NULL)
		log_info("%s: watched again", r->rule->name);
	free(r->degraded);
	r->degraded = why != NULL ? strdup(why) : NULL;
	set_terms(r, s->set);
	if (life_due(&r->life) != 0)
		arm_timer(r, clock_monotonic());
	s->changed = true;
}

/* A rule at rest writes no record by itself. */
static bool
may_write(void *arg)
{
	const struct sched_rule *r = arg;

	return !life_is_busy(r->life.state) && !look_is_active(&r->look);
}

static void
on_kept(void *arg)
{
	struct sched_rule *r = arg;

	r->sched->changed = true;
}

static struct sched_rule *
new_rule(struct sched *s, const struct rule *rule)
{
	struct sched_rule *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->sched = s;
	r->rule = rule;
	r->records = -1;
	r->ran_well = true;
	run_init(&r->run, s->place, on_run_event, r);
	r->look = (struct look){ .place = s->place,
		.mounts = &s->mounts,
		.kept = &r->kept,
		.on_answer = on_looked,
		.arg = r,
		.rule = rule };
	look_init(&r->look);
	leftover_init(&r->leftover, s->place, on_leftover_gone, r);
	r->kept = (struct kept){ .loop = s->place->loop,
		.pool = s->place->pool,
		.state_dir = s->place->state_dir,
		.name = rule->name,
		.first = rule->retry_first,
		.longest = rule->retry_longest,
		.may = may_write,
		.on_change = on_kept,
		.arg = r };
	kept_init(&r->kept);
	ev_init(&r->timer, on_timer);
	ev_init(&r->grace, on_grace);
	r->timer.data = r;
	r->grace.data = r;
	return r;
}

static void
free_rule(struct sched_rule *r)
{
	if (r == NULL)
		return;
	ev_timer_stop(r->sched->place->loop, &r->timer);
	ev_timer_stop(r->sched->place->loop, &r->grace);
	unlist(r, r->life.state);
	leftover_close(&r->leftover);
	run_close(&r->run);
	look_close(&r->look);
	kept_close(&r->kept);
	free(r->path);
	free(r->degraded);
	free(r);
}

struct sched *
sched_new(const struct run_place *place, const struct sched_ears *ears)
{
	struct sched *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->place = place;
	s->ears = *ears;
	TAILQ_INIT(&s->held);
	TAILQ_INIT(&s->queued);
	TAILQ_INIT(&s->leaving);
	return s;
}

/* A free slot, or a new one; what comes back is the topic, 0 without memory. */
static unsigned
take_slot(struct sched *s, struct sched_rule *r)
{
	struct sched_rule **more;
	size_t i;

	for (i = 0; i < s->slot_count; i++)
		if (s->slots[i] == NULL)
			break;
	if (i == s->slot_count) {
		more = reallocarray(s->slots, i + 64, sizeof(*more));
		if (more == NULL)
			return 0;
		memset(more + i, 0, 64 * sizeof(*more));
		s->slots = more;
		s->slot_count = i + 64;
	}
	s->slots[i] = r;
	return (unsigned)i + 1;
}

static struct sched_rule *
find(const struct sched *s, const char *name)
{
	const struct rule *rule;

	rule = s->set == NULL ? NULL : rule_find(s->set, name);
	return rule == NULL ? NULL : by_rule(s, rule);
}

/* Rules that the old set does not know; nothing of the old changes.  On
 * failure the new ones are gone again. */
static struct sched_rule **
prepare(struct sched *s, const struct rule_set *set)
{
	struct sched_rule **rules, *r;
	size_t i;

	rules = calloc(set->rule_count + 1, sizeof(struct sched_rule *));
	for (i = 0; rules != NULL && i < set->rule_count; i++) {
		if (find(s, set->rules[i].name) != NULL)
			continue;
		r = rules[i] = new_rule(s, &set->rules[i]);
		if (r == NULL || (r->topic = take_slot(s, r)) == 0)
			break;
	}
	if (rules == NULL || i == set->rule_count)
		return rules;
	for (i = 0; i < set->rule_count; i++) {
		if (rules[i] != NULL && rules[i]->topic != 0)
			s->slots[rules[i]->topic - 1] = NULL;
		free_rule(rules[i]);
	}
	free(rules);
	errno = ENOMEM;
	return NULL;
}

/* The old rule goes on under its new text. */
static void
adopt(struct sched_rule *r, const struct rule *rule, bool *changed)
{
	*changed = !digest_equal(r->rule->identity, rule->identity);
	r->rule = rule;
	run_rebind(&r->run, rule, *changed);
	look_rebind(&r->look, rule);
	r->kept.name = rule->name;
	r->kept.first = rule->retry_first;
	r->kept.longest = rule->retry_longest;
	if (*changed)
		r->ran_well = true;
}

static void
begin(struct sched_rule *r, const struct rule_set *set)
{
	int paused = paused_read(r->sched->place->state_dir, r->rule->name);

	if (paused == -1)
		log_warn("%s: paused?", r->rule->name);
	r->paused = paused == 1;
	life_init(&r->life, &r->terms, clock_monotonic());
	set_terms(r, set);
}

/* Take a rule out that the new set does not have.  What runs may end. */
static void
leave(struct sched_rule *r)
{
	struct request_news news = {
		.topic = r->topic, .name = r->rule->name, .state = r->life.state
	};

	log_info("%s: removed", r->rule->name);
	r->sched->ears.on_gone(&news, r->sched->ears.arg);
	r->sched->slots[r->topic - 1] = NULL;
	unlist(r, r->life.state);
	ev_timer_stop(r->sched->place->loop, &r->timer);
	leftover_close(&r->leftover);
	r->removed = true;
	r->listed = true;
	TAILQ_INSERT_TAIL(&r->sched->leaving, r, link);
}

int
sched_load(struct sched *s, struct rule_set *set)
{
	struct sched_rule **rules, **old = s->rules;
	struct old_set *keep = malloc(sizeof(*keep));
	size_t i, old_count = s->count;
	bool changed;

	rules = keep == NULL ? NULL : prepare(s, set);
	if (rules == NULL) {
		free(keep);
		return -1;
	}
	for (i = 0; i < old_count; i++)
		if (rule_find(set, old[i]->rule->name) == NULL)
			leave(old[i]);
	for (i = 0; i < set->rule_count; i++) {
		if (rules[i] != NULL) {
			begin(rules[i], set);
			continue;
		}
		rules[i] = find(s, set->rules[i].name);
		adopt(rules[i], &set->rules[i], &changed);
		set_terms(rules[i], set);
		if (changed && rules[i]->life.state == LIFE_CHECKING)
			look_stop(&rules[i]->look);
		if (changed)
			step(rules[i], LIFE_CHANGED, 0);
	}
	*keep = (struct old_set){ .set = s->set, .next = s->old_sets };
	s->old_sets = keep;
	s->rules = rules;
	s->count = set->rule_count;
	s->set = set;
	s->changed = true;
	free(old);
	return 0;
}

void
sched_tidy(struct sched *s)
{
	struct sched_rule *r, *after;
	struct old_set *old;

	for (r = next(&s->leaving, NULL); r != NULL; r = after) {
		after = next(&s->leaving, r);
		if (!is_active(r))
			free_rule(r);
	}
	if (!TAILQ_EMPTY(&s->leaving))
		return;
	while ((old = s->old_sets) != NULL) {
		s->old_sets = old->next;
		rule_set_free(old->set);
		free(old);
	}
}

unsigned
sched_topic(const struct sched *s, size_t index)
{
	return s->rules[index]->topic;
}

bool
sched_is_called(const struct sched *s, size_t index, const char *name)
{
	return instance_is_of(s->rules[index]->rule->name, name);
}

bool
sched_knows(const struct sched *s, const char *name)
{
	return rule_set_knows(s->set, name);
}

size_t
sched_count(const struct sched *s)
{
	return s->count;
}

void
sched_free(struct sched *s)
{
	struct sched_rule *r;
	size_t i;

	if (s == NULL)
		return;
	while ((r = next(&s->leaving, NULL)) != NULL)
		free_rule(r);
	for (i = 0; i < s->count; i++)
		free_rule(s->rules[i]);
	sched_tidy(s);
	rule_set_free(s->set);
	free(s->rules);
	free(s->slots);
	mounts_fini(&s->mounts);
	free(s);
}
