#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/instance.h"
#include "daemon/lists.h"
#include "daemon/log.h"

struct lists {
	struct listing_host host;
	struct listing **all;
	size_t count;
	LIST_HEAD(listing_list, listing) leaving; /* until they have ended */
	ev_timer patience;
	bool impatient;
	listing_change_fn *on_change;
	listing_end_fn *on_end;
	void *arg;
};

/* --- what listings tell -------------------------------------------------- */

static int
on_change(const char *rule, bool again, void *arg)
{
	struct lists *l = arg;

	return l->on_change(rule, again, l->arg);
}

static void
drop_leavers(struct lists *l)
{
	struct listing *g, *next;

	for (g = LIST_FIRST(&l->leaving); g != NULL; g = next) {
		next = LIST_NEXT(g, link);
		if (!listing_is_over(g))
			continue;
		LIST_REMOVE(g, link);
		listing_free(g);
	}
}

static void
on_end(void *arg)
{
	struct lists *l = arg;

	drop_leavers(l);
	l->on_end(l->arg);
}

static void
on_patience(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct lists *l = w->data;

	(void)loop;
	(void)revents;
	l->impatient = true;
}

/* --- the set in force ---------------------------------------------------- */

struct lists *
lists_new(const struct run_place *place, double patience,
    listing_change_fn *changed, listing_end_fn *ended, void *arg)
{
	struct lists *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->host = (struct listing_host){ .place = place,
		.on_change = on_change,
		.on_end = on_end,
		.arg = l };
	l->on_change = changed;
	l->on_end = ended;
	l->arg = arg;
	LIST_INIT(&l->leaving);
	ev_timer_init(&l->patience, on_patience, patience, 0.);
	l->patience.data = l;
	return l;
}

/* The listing of that name, taken out of "all"; or a new one. */
static struct listing *
take_listing(struct lists *l, const char *name)
{
	struct listing *g;
	size_t i;

	for (i = 0; i < l->count; i++) {
		g = l->all[i];
		if (g == NULL || strcmp(g->name, name) != 0)
			continue;
		l->all[i] = NULL;
		return g;
	}
	g = listing_new(&l->host, name);
	if (g == NULL)
		log_fatal("%s: list", name);
	return g;
}

/* What is still in "all". */
static void
leave(struct lists *l)
{
	struct listing *g;
	size_t i;

	for (i = 0; i < l->count; i++) {
		if (l->all[i] == NULL)
			continue;
		g = listing_leave(l->all[i]);
		if (g != NULL)
			LIST_INSERT_HEAD(&l->leaving, g, link);
	}
	free(l->all);
}

void
lists_load(struct lists *l, const struct rule_set *set)
{
	struct listing **all = calloc(set->list_count + 1, sizeof(*all));
	size_t i;

	if (all == NULL)
		log_fatal("lists");
	if (set->list_count > 0 && !l->impatient &&
	    !ev_is_active(&l->patience)) {
		ev_now_update(l->host.place->loop);
		ev_timer_start(l->host.place->loop, &l->patience);
	}
	l->host.set = set;
	for (i = 0; i < set->list_count; i++) {
		all[i] = take_listing(l, set->lists[i].name);
		listing_bind(all[i], &set->lists[i], !l->host.telling);
	}
	leave(l);
	l->all = all;
	l->count = set->list_count;
	l->host.changed = true;
}

/* --- questions ----------------------------------------------------------- */

void
lists_ask(struct lists *l, const struct rule_pipe *pipe)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		if (pipe == NULL || rule_list_on_pipe(l->all[i]->list, pipe))
			listing_ask(l->all[i]);
}

/* Is one of the names that of this listing's rule, or of an instance? */
static bool
is_meant(const struct listing *g, char *const *names, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (instance_is_of(names[i], g->name))
			return true;
	return count == 0;
}

uint64_t
lists_ask_names(struct lists *l, char *const *names, size_t count)
{
	uint64_t ticket = ++l->host.ticket;
	size_t i;

	for (i = 0; i < l->count; i++) {
		if (!is_meant(l->all[i], names, count))
			continue;
		l->all[i]->want = ticket;
		listing_ask(l->all[i]);
	}
	return ticket;
}

bool
lists_are_served(const struct lists *l, uint64_t ticket)
{
	size_t i;

	for (i = 0; i < l->count && !l->host.stopping; i++)
		if (l->all[i]->want >= ticket && l->all[i]->served < ticket)
			return false;
	return true;
}

void
lists_each_fault(const struct lists *l, char *const *names, size_t count,
    lists_fault_fn *fn, void *arg)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		if (l->all[i]->fault[0] != '\0' &&
		    is_meant(l->all[i], names, count))
			fn(l->all[i]->name, l->all[i]->fault, arg);
}

bool
lists_are_ready(const struct lists *l)
{
	size_t i;

	for (i = 0; i < l->count && !l->impatient; i++)
		if (!listing_was_tried(l->all[i]))
			return false;
	return true;
}

void
lists_stop(struct lists *l)
{
	struct listing *g;
	size_t i;

	l->host.stopping = true;
	for (i = 0; i < l->count; i++)
		listing_stop(l->all[i]);
	for (g = LIST_FIRST(&l->leaving); g != NULL; g = LIST_NEXT(g, link))
		listing_stop(g);
}

bool
lists_are_busy(const struct lists *l)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		if (l->all[i]->helper.running)
			return true;
	return !LIST_EMPTY(&l->leaving);
}

/* --- what people see ----------------------------------------------------- */

bool
lists_take_changed(struct lists *l)
{
	bool changed = l->host.changed;

	l->host.changed = false;
	return changed;
}

static const char *
state_of(const struct listing *g)
{
	if (g->work == LISTING_LISTS)
		return "running";
	if (g->fault[0] != '\0')
		return "failed";
	return g->runs > 0 ? "current" : "new";
}

int
lists_report(const struct lists *l, struct status *out)
{
	struct status_rule *rules;
	const struct listing *g;
	size_t i;

	rules =
	    reallocarray(out->rules, out->count + l->count + 1, sizeof(*rules));
	if (rules == NULL)
		return -1;
	out->rules = rules;
	for (i = 0; i < l->count; i++) {
		g = l->all[i];
		rules[out->count++] = (struct status_rule){ .name = g->name,
			.state = state_of(g),
			.note = g->fault,
			.runs = g->runs,
			.failures = g->failures,
			.last_run_at = g->last_run_at,
			.last_ok_at = g->last_ok_at,
			.next_at = g->next_at,
			.records = -1 };
	}
	return 0;
}

void
lists_free(struct lists *l)
{
	struct listing *g;
	size_t i;

	if (l == NULL)
		return;
	while ((g = LIST_FIRST(&l->leaving)) != NULL) {
		LIST_REMOVE(g, link);
		listing_free(g);
	}
	for (i = 0; i < l->count; i++)
		listing_free(l->all[i]);
	free(l->all);
	ev_timer_stop(l->host.place->loop, &l->patience);
	free(l);
}
