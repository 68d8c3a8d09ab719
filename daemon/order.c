#include "daemon/instance.h"
#include "daemon/order.h"
#include "daemon/taskrun.h"

bool
order_is_stuck(const struct task *t)
{
	return t->paused && t->on != NULL && !taskrun_is_held_up(t);
}

static bool
is_busy(const struct task *t)
{
	return life_is_busy(t->life.state) && !order_is_stuck(t);
}

bool
order_waits_upstream(const struct tasks *all, const struct task *t)
{
	size_t i;

	for (i = 0; i < t->rule->upstream_count; i++)
		if (is_busy(tasks_of_rule(all, t->rule->upstream[i])))
			return true;
	return false;
}

bool
order_waits_instance(const struct tasks *all, const struct task *t)
{
	const struct rule *other = t->rule;
	const struct task *o;

	while ((other = rule_previous_instance(other)) != NULL)
		if (is_busy(tasks_of_rule(all, other)))
			return true;
	other = t->rule;
	while ((other = rule_next_instance(all->set, other)) != NULL) {
		o = tasks_of_rule(all, other);
		if (o->life.state >= LIFE_CHECKING && !order_is_stuck(o))
			return true;
	}
	return false;
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

size_t
order_add_downstream(const struct tasks *all, const struct rule *rule,
    unsigned *topics, size_t count)
{
	unsigned topic = tasks_of_rule(all, rule)->topic;
	size_t i;

	if (is_among(topic, topics, count))
		return count;
	topics[count++] = topic;
	for (i = 0; i < rule->downstream_count; i++)
		count = order_add_downstream(
		    all, rule->downstream[i], topics, count);
	return count;
}

static bool
is_called(const struct task *t, char *const *names, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (instance_is_of(t->rule->name, names[i]))
			return true;
	return false;
}

static bool
has_heir(const struct tasks *all, const struct task *before,
    const unsigned *topics, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (tasks_follows(tasks_by_topic(all, topics[i]), before))
			return true;
	return false;
}

size_t
order_add_before(const struct tasks *all, char *const *names, size_t name_count,
    unsigned *topics, size_t count)
{
	const struct task *t;
	size_t i, in_force = count;

	for (t = TAILQ_FIRST(&all->leaving); t != NULL; t = TAILQ_NEXT(t, link))
		if (taskrun_goes_on(t) &&
		    (name_count == 0 || is_called(t, names, name_count) ||
			has_heir(all, t, topics, in_force)))
			topics[count++] = t->topic;
	for (i = 0; i < all->count; i++) {
		t = all->all[i];
		if (t->begun != NULL && !is_among(t->topic, topics, in_force) &&
		    has_heir(all, t, topics, in_force))
			topics[count++] = t->topic;
	}
	return count;
}
