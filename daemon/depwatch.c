#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/depwatch.h"
#include "daemon/log.h"
#include "daemon/pattern.h"

#define SLICE 300 /* paths for each turn of the loop: some 1 ms */

/* The paths of one topic, each with its NUL. */
struct depwatch_list {
	unsigned topic;
	TAILQ_ENTRY(depwatch_list) link;
	size_t next, size; /* bytes */
	char paths[];
};

static void
watch_one(struct watch *watch, unsigned topic, const char *path)
{
	char pattern[2 * PATH_MAX];

	if (pattern_escape(path, pattern, sizeof(pattern)) &&
	    watch_add(watch, topic, pattern) == -1)
		log_fatal("%s: watch", path);
}

static struct depwatch_list *
find(const struct depwatch *d, unsigned topic)
{
	struct depwatch_list *list;

	for (list = TAILQ_FIRST(&d->lists); list != NULL;
	     list = TAILQ_NEXT(list, link))
		if (list->topic == topic)
			break;
	return list;
}

static void
forget(struct depwatch *d, struct depwatch_list *list)
{
	TAILQ_REMOVE(&d->lists, list, link);
	free(list);
}

/* Some more of the first list.  True: that was its end. */
static bool
go_on(struct depwatch *d)
{
	struct depwatch_list *list = TAILQ_FIRST(&d->lists);
	const char *path;
	int i;

	for (i = 0; i < SLICE && list->next < list->size; i++) {
		path = list->paths + list->next;
		watch_one(d->watch, list->topic, path);
		list->next += strlen(path) + 1;
	}
	if (list->next < list->size)
		return false;
	watch_end(d->watch, list->topic);
	return true;
}

static void
on_turn(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct depwatch *d = timer->data;
	unsigned topic;

	(void)revents;
	if (TAILQ_EMPTY(&d->lists))
		return;
	topic = TAILQ_FIRST(&d->lists)->topic;
	if (go_on(d)) {
		forget(d, TAILQ_FIRST(&d->lists));
		d->fn(topic, d->arg);
	}
	if (!TAILQ_EMPTY(&d->lists))
		ev_timer_start(loop, timer);
}

void
depwatch_start(struct depwatch *d, struct ev_loop *loop, struct watch *watch,
    depwatch_fn *fn, void *arg)
{
	d->loop = loop;
	d->watch = watch;
	d->fn = fn;
	d->arg = arg;
	ev_timer_init(&d->turn, on_turn, 0, 0);
	d->turn.data = d;
	TAILQ_INIT(&d->lists);
}

static struct depwatch_list *
copy(unsigned topic, const struct stamp_set *sources)
{
	struct depwatch_list *list;
	size_t i, n, size = 0;

	for (i = 0; i < sources->count; i++)
		if (sources->entries[i].origin == STAMP_DEP)
			size += strlen(stamp_set_path(sources, i)) + 1;
	list = malloc(sizeof(*list) + size);
	if (list == NULL)
		log_fatal("dependencies: watch");
	*list = (struct depwatch_list){ .topic = topic };
	for (i = 0; i < sources->count; i++) {
		if (sources->entries[i].origin != STAMP_DEP)
			continue;
		n = strlen(stamp_set_path(sources, i)) + 1;
		memcpy(list->paths + list->size, stamp_set_path(sources, i), n);
		list->size += n;
	}
	return list;
}

void
depwatch_set(
    struct depwatch *d, unsigned topic, const struct stamp_set *sources)
{
	struct depwatch_list *list = find(d, topic);
	bool alone;

	if (list != NULL)
		forget(d, list); /* what it has left is of no interest */
	alone = TAILQ_EMPTY(&d->lists);
	list = copy(topic, sources);
	TAILQ_INSERT_TAIL(&d->lists, list, link);
	watch_begin(d->watch, topic);
	if (alone && go_on(d))
		forget(d, list);
	else
		ev_timer_start(d->loop, &d->turn);
}

void
depwatch_drop(struct depwatch *d, unsigned topic)
{
	struct depwatch_list *list = find(d, topic);

	if (list != NULL)
		forget(d, list);
	watch_drop(d->watch, topic);
}

void
depwatch_stop(struct depwatch *d)
{
	struct depwatch_list *list, *next;

	if (d->loop == NULL)
		return;
	ev_timer_stop(d->loop, &d->turn);
	for (list = TAILQ_FIRST(&d->lists); list != NULL; list = next) {
		next = TAILQ_NEXT(list, link);
		free(list);
	}
	TAILQ_INIT(&d->lists);
	d->loop = NULL;
}
