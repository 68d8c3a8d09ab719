#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/hints.h"
#include "daemon/log.h"
#include "daemon/pattern.h"

/* A rule's sources and its dependencies are watched as two topics, so that
 * the dependencies can be exchanged alone. */
#define SOURCES_TOPIC(topic) (2 * (topic))
#define DEPS_TOPIC(topic) (2 * (topic) + 1)
#define RULE_TOPIC(watched) ((watched) / 2)
#define CONF_TOPIC 1u /* rules begin at 2 */

#define RETRY_TOPIC 1 /* of the scans; TRIGGER_ALL asks the rules too */

static void on_hint(const struct trigger_hint *hint, void *arg);

static void
hint_pipe(struct hints *h, unsigned pipe_topic)
{
	const struct rule_pipe *pipe;
	size_t p, i;

	for (p = 0; p < h->set->pipe_count; p++) {
		if (pipe_topic != TRIGGER_ALL &&
		    pipe_topic != h->pipe_topics[p])
			continue;
		pipe = &h->set->pipes[p];
		for (i = 0; i < h->set->rule_count; i++)
			if (rule_on_pipe(&h->set->rules[i], pipe))
				sched_hint(h->sched, sched_topic(h->sched, i),
				    CHECK_PIPE);
		h->on_asked(pipe, h->arg);
	}
}

static const struct rule *
rule_of(const struct hints *h, unsigned topic)
{
	size_t i;

	for (i = 0; i < h->set->rule_count; i++)
		if (sched_topic(h->sched, i) == topic)
			return &h->set->rules[i];
	return NULL;
}

/* Where nothing is loaded by itself, nothing is missed.  This is no news: what
 * has changed about these watches gives a hint, and the reload reports. */
static bool
find_conf_degraded(struct hints *h)
{
	const char *why;

	if (!h->set->auto_reload ||
	    !watch_is_degraded(h->watch, CONF_TOPIC, &why))
		why = "";
	snprintf(h->conf_degraded, sizeof(h->conf_degraded), "%s", why);
	return *why != '\0';
}

/* Tell sched which rules can miss a change, and why.  Where nothing is scanned
 * otherwise, what cannot be watched is tried again as often as it is asked. */
static void
find_degraded(struct hints *h)
{
	const char *why;
	unsigned topic;
	size_t i;
	bool any = pipe_degraded(h->pipes) != NULL;

	any = find_conf_degraded(h) || any;
	for (i = 0; i < h->set->rule_count; i++) {
		topic = sched_topic(h->sched, i);
		why = NULL;
		if (!watch_is_degraded(h->watch, SOURCES_TOPIC(topic), &why) &&
		    !watch_is_degraded(h->watch, DEPS_TOPIC(topic), &why))
			why = NULL;
		sched_degrade(h->sched, topic, why);
		any = any || why != NULL;
	}
	if (!any || h->set->scan != 0)
		scan_stop(&h->retry);
	else if (h->retry.loop == NULL)
		scan_start(&h->retry, h->loop, SCHED_SCAN_UNWATCHED,
		    RETRY_TOPIC, on_hint, h);
}

static void
on_hint(const struct trigger_hint *hint, void *arg)
{
	struct hints *h = arg;

	switch (hint->kind) {
	case TRIGGER_PIPE:
		h->count++;
		hint_pipe(h, hint->topic);
		break;
	case TRIGGER_WATCH:
		h->count++;
		if (hint->topic == TRIGGER_ALL || hint->topic == CONF_TOPIC)
			h->on_conf(h->arg);
		if (hint->topic == TRIGGER_ALL)
			sched_ask_all(h->sched, CHECK_OTHER);
		else if (hint->topic != CONF_TOPIC)
			sched_hint(
			    h->sched, RULE_TOPIC(hint->topic), CHECK_OTHER);
		if (watch_take_news(h->watch))
			find_degraded(h);
		break;
	case TRIGGER_SCAN:
		hints_verify(h);
		if (hint->topic == RETRY_TOPIC)
			break;
		sched_scan(h->sched);
		h->on_asked(NULL, h->arg);
		break;
	}
}

void
hints_verify(struct hints *h)
{
	pipe_set_verify(h->pipes);
	watch_retry(h->watch);
	find_degraded(h);
}

static void
watch_path(struct hints *h, unsigned topic, const char *path)
{
	char pattern[2 * PATH_MAX];

	if (pattern_escape(path, pattern, sizeof(pattern)) &&
	    watch_add(h->watch, topic, pattern) == -1)
		log_fatal("%s: watch", path);
}

static void
watch_rule(struct hints *h, const struct rule *rule, unsigned topic)
{
	size_t i;

	if (!rule->watch)
		return;
	for (i = 0; rule->sources[i] != NULL; i++)
		if (watch_add(
			h->watch, SOURCES_TOPIC(topic), rule->sources[i]) == -1)
			log_fatal("%s: watch", rule->name);
	if (rule->target != NULL)
		watch_path(h, SOURCES_TOPIC(topic), rule->target);
}

void
hints_watch_deps(
    struct hints *h, unsigned topic, const struct stamp_set *sources)
{
	const struct rule *rule = rule_of(h, topic);

	if (rule == NULL || !rule->watch)
		depwatch_drop(&h->deps, DEPS_TOPIC(topic));
	else
		depwatch_set(&h->deps, DEPS_TOPIC(topic), sources);
	find_degraded(h);
}

static void
on_deps_watched(unsigned topic, void *arg)
{
	struct hints *h = arg;

	sched_hint(h->sched, RULE_TOPIC(topic), CHECK_OTHER);
}

/* A mount may have come just now, so each time the table is asked. */
static bool
is_elsewhere(const char *path, void *arg)
{
	struct hints *h = arg;
	const struct mount *mount;

	/* The old table is better than none. */
	(void)mounts_refresh(&h->mounts);
	if (h->mounts.all_local)
		return false;
	mount = mounts_of(&h->mounts, path);
	return mount != NULL && !mount->local;
}

/* The topic of an open pipe that is just as this one is to be, or 0. */
static unsigned
find_pipe(const struct hints *h, const struct rule_pipe *pipe)
{
	const struct rule_pipe *old;
	size_t i;

	for (i = 0; h->set != NULL && i < h->set->pipe_count; i++) {
		old = &h->set->pipes[i];
		if (strcmp(old->path, pipe->path) == 0 &&
		    old->owner == pipe->owner && old->group == pipe->group &&
		    old->mode == pipe->mode)
			return h->pipe_topics[i];
	}
	return 0;
}

static bool
is_among(unsigned topic, const unsigned *topics, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (topics[i] == topic)
			return true;
	return false;
}

static void
drop_pipes(struct hints *h, const unsigned *topics, size_t count,
    const unsigned *kept, size_t kept_count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (topics[i] != 0 && !is_among(topics[i], kept, kept_count))
			pipe_drop(h->pipes, topics[i]);
}

unsigned *
hints_prepare(struct hints *h, const struct rule_set *set, const char **why)
{
	size_t i, old_count = h->set == NULL ? 0 : h->set->pipe_count;
	unsigned *topics = calloc(set->pipe_count + 1, sizeof(*topics));
	const struct rule_pipe *pipe;
	struct pipe_spec spec;

	if (topics == NULL)
		log_fatal("pipes");
	for (i = 0; i < set->pipe_count; i++) {
		pipe = &set->pipes[i];
		topics[i] = find_pipe(h, pipe);
		if (topics[i] != 0)
			continue;
		topics[i] = ++h->last_pipe_topic;
		spec = (struct pipe_spec){ .name = pipe->name,
			.path = pipe->path,
			.owner = pipe->owner,
			.group = pipe->group,
			.mode = pipe->mode,
			.topic = topics[i] };
		if (pipe_add(h->pipes, &spec) == -1)
			break;
	}
	if (i == set->pipe_count)
		return topics;
	*why = pipe_refusal(h->pipes);
	drop_pipes(h, topics, i, h->pipe_topics, old_count);
	free(topics);
	return NULL;
}

static void
watch_conf(struct hints *h)
{
	char pattern[2 * PATH_MAX];
	size_t n;

	watch_drop(h->watch, CONF_TOPIC);
	if (!pattern_escape(h->set->dir, pattern, sizeof(pattern) - 16))
		return;
	n = strlen(pattern);
	snprintf(pattern + n, sizeof(pattern) - n, "/triggerd.ini");
	if (watch_add(h->watch, CONF_TOPIC, pattern) == -1)
		log_fatal("%s: watch", pattern);
	if (!pattern_escape(h->set->rules_dir, pattern, sizeof(pattern) - 16))
		return;
	n = strlen(pattern);
	snprintf(pattern + n, sizeof(pattern) - n, "/*.ini");
	if (watch_add(h->watch, CONF_TOPIC, pattern) == -1)
		log_fatal("%s: watch", pattern);
}

void
hints_forget(struct hints *h, unsigned topic)
{
	watch_drop(h->watch, SOURCES_TOPIC(topic));
	depwatch_drop(&h->deps, DEPS_TOPIC(topic));
}

void
hints_load(struct hints *h, struct sched *sched, const struct rule_set *set,
    unsigned *pipe_topics)
{
	size_t i, old_count = h->set == NULL ? 0 : h->set->pipe_count;

	drop_pipes(h, h->pipe_topics, old_count, pipe_topics, set->pipe_count);
	free(h->pipe_topics);
	h->pipe_topics = pipe_topics;
	h->sched = sched;
	h->set = set;
	/* Few directories, before those of the rules: at the end of what takes
	 * longer there is a hint, and this one would be a reload. */
	watch_conf(h);
	for (i = 0; i < set->rule_count; i++) {
		watch_drop(h->watch, SOURCES_TOPIC(sched_topic(sched, i)));
		watch_rule(h, &set->rules[i], sched_topic(sched, i));
	}
	find_degraded(h);
	if (h->scan.loop != NULL)
		scan_stop(&h->scan);
	scan_start(&h->scan, h->loop, set->scan, TRIGGER_ALL, on_hint, h);
}

int
hints_open(struct hints *h, struct ev_loop *loop, const char *run_dir,
    void (*on_conf)(void *arg),
    void (*on_asked)(const struct rule_pipe *pipe, void *arg), void *arg)
{
	memset(h, 0, sizeof(*h));
	h->loop = loop;
	h->on_conf = on_conf;
	h->on_asked = on_asked;
	h->arg = arg;
	h->pipes = pipe_set_new(loop, run_dir, on_hint, h);
	h->watch = watch_new(loop, on_hint, h);
	if (h->pipes == NULL || h->watch == NULL)
		return -1;
	watch_avoid(h->watch, is_elsewhere, h);
	depwatch_start(&h->deps, loop, h->watch, on_deps_watched, h);
	return 0;
}

const char *
hints_degraded(struct hints *h)
{
	return pipe_degraded(h->pipes);
}

const char *
hints_conf_degraded(const struct hints *h)
{
	return *h->conf_degraded != '\0' ? h->conf_degraded : NULL;
}

bool
hints_take_news(struct hints *h)
{
	if (!pipe_take_news(h->pipes))
		return false;
	find_degraded(h);
	return true;
}

bool
hints_is_arming(const struct hints *h)
{
	return watch_is_busy(h->watch);
}

void
hints_drain(struct hints *h)
{
	pipe_drain(h->pipes);
	watch_drain(h->watch);
}

void
hints_close(struct hints *h)
{
	if (h->loop == NULL)
		return;
	if (h->scan.loop != NULL)
		scan_stop(&h->scan);
	scan_stop(&h->retry);
	depwatch_stop(&h->deps);
	watch_free(h->watch);
	pipe_set_free(h->pipes);
	free(h->pipe_topics);
	mounts_fini(&h->mounts);
	memset(h, 0, sizeof(*h));
}
