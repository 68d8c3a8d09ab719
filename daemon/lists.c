#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/clock.h"
#include "daemon/helper.h"
#include "daemon/instance.h"
#include "daemon/list.h"
#include "daemon/lists.h"
#include "daemon/log.h"
#include "daemon/record.h"

struct entry {
	struct lists *lists;
	char *name;
	const struct rule *list; /* in the set; NULL: no more there */
	struct digest identity;
	struct helper helper;
	bool again;      /* asked while it ran */
	bool telling;    /* on_change is being called for it: not to be freed */
	char **vanished; /* records to remove, or NULL */
	char fault[400]; /* "": none */
	uint64_t runs, failures;
	int64_t last_run_at, last_ok_at;
};

struct lists {
	const struct run_place *place;
	const struct rule_set *set;
	struct entry **entries;
	size_t count;
	bool telling, changed;
	lists_fn *on_change;
	void *arg;
};

static void start(struct entry *e);

static void
free_entry(struct entry *e)
{
	helper_close(&e->helper);
	instance_free(e->vanished);
	free(e->name);
	free(e);
}

/* The same trouble again is no news. */
static void
fail(struct entry *e, const char *what, const char *why)
{
	char before[sizeof(e->fault)];

	e->failures++;
	memcpy(before, e->fault, sizeof(before));
	(void)snprintf(e->fault, sizeof(e->fault), "%s: %.320s", what, why);
	if (strcmp(before, e->fault) != 0)
		log_warnx("%s: %s; the list stays as it is", e->name, e->fault);
}

static void
succeed(struct entry *e)
{
	if (e->fault[0] != '\0')
		log_info("%s: foreach_command: works again", e->name);
	e->fault[0] = '\0';
	e->last_ok_at = e->last_run_at;
}

/* The words of a list file, or NULL. */
static char **
read_words(const char *path)
{
	FILE *in = fopen(path, "re");
	char **words;

	if (in == NULL)
		return NULL;
	words = instance_read(in, NULL);
	(void)fclose(in); /* was only read */
	return words;
}

/* The names of those old instances that are no rules any more. */
static char **
find_vanished(const struct entry *e, const char *old_path)
{
	char **words = read_words(old_path), *name;
	size_t from, to = 0;

	for (from = 0; words != NULL && words[from] != NULL; from++) {
		name = instance_name(e->name, words[from]);
		free(words[from]);
		if (rule_find(e->lists->set, name) == NULL)
			words[to++] = name;
		else
			free(name);
	}
	if (to > 0)
		words[to] = NULL;
	else
		free(words);
	return to > 0 ? words : NULL;
}

static void
put_back(const char *path, const char *old, bool had)
{
	if (had ? rename(old, path) == -1 : unlink(path) == -1)
		log_warn("%s: put back", path);
}

/* Let the new list be the list, and see whether the configuration likes it. */
static void
install(struct entry *e)
{
	const char *state_dir = e->lists->place->state_dir;
	char path[PATH_MAX], new[PATH_MAX], old[PATH_MAX];
	bool had;
	int rc;

	instance_list_path(path, state_dir, e->name);
	instance_new_path(new, state_dir, e->name);
	instance_old_path(old, state_dir, e->name);
	had = rename(path, old) == 0;
	if (rename(new, path) == -1) {
		fail(e, path, strerror(errno));
		if (had && rename(old, path) == -1)
			log_warn("%s: put back", path);
		return;
	}
	log_info("%s: another list of instances", e->name);
	e->telling = e->lists->telling = true;
	rc = e->lists->on_change(e->name, e->lists->arg);
	e->telling = e->lists->telling = false;
	if (rc == -1) {
		put_back(path, old, had);
		fail(e, "foreach_command", "its new list was refused");
		return;
	}
	succeed(e);
	if (!had)
		return;
	e->vanished = find_vanished(e, old);
	if (unlink(old) == -1)
		log_warn("%s: remove", old);
}

static void
forget(void *answer, void *arg)
{
	const struct entry *e = arg;
	const char *state_dir = e->lists->place->state_dir;
	int *error = answer;
	size_t i;

	for (i = 0; e->vanished[i] != NULL; i++)
		if (record_remove(state_dir, RECORD_DONE, e->vanished[i]) ==
			-1 ||
		    record_remove(state_dir, RECORD_TRIED, e->vanished[i]) ==
			-1)
			*error = errno;
}

static void
on_forgotten(struct helper *h, const void *answer, void *arg)
{
	const int *error = answer;
	struct entry *e = arg;

	(void)h;
	if (error != NULL && *error != 0)
		log_warnx(
		    "%s: records not removed: %s", e->name, strerror(*error));
	instance_free(e->vanished);
	e->vanished = NULL;
	e->lists->changed = true;
	if (e->again)
		start(e);
}

static void
run_list(void *answer, void *arg)
{
	const struct entry *e = arg;

	list_run(e->list, e->lists->place->state_dir, answer);
}

static void
on_listed(struct helper *h, const void *answer, void *arg)
{
	const struct list_answer *result = answer;
	struct entry *e = arg;
	struct lists *l = e->lists;

	(void)h;
	l->changed = true;
	e->runs++;
	e->last_run_at = clock_wall_ms();
	if (result == NULL)
		fail(e, "foreach_command", "its helper did not answer");
	else if (result->outcome == LIST_FAILED)
		fail(e, "foreach_command", result->why);
	else if (result->outcome == LIST_SAME)
		succeed(e);
	else
		install(e);
	if (e->list == NULL) {
		free_entry(e);
		return;
	}
	if (e->vanished != NULL &&
	    helper_start(&e->helper, l->place->loop, l->place->pool, e->name,
		forget, sizeof(int), 0, -1, on_forgotten, e) == 0)
		return;
	instance_free(e->vanished);
	e->vanished = NULL;
	if (e->again)
		start(e);
}

static void
start(struct entry *e)
{
	struct lists *l = e->lists;

	e->again = e->helper.running || e->telling;
	if (e->again)
		return;
	l->changed = true;
	if (helper_start(&e->helper, l->place->loop, l->place->pool, e->name,
		run_list, sizeof(struct list_answer), 0, -1, on_listed,
		e) == -1)
		fail(e, "foreach_command", strerror(errno));
}

struct lists *
lists_new(const struct run_place *place, lists_fn *on_change, void *arg)
{
	struct lists *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->place = place;
	l->on_change = on_change;
	l->arg = arg;
	return l;
}

/* The entry of that name, taken out of the list; or a new one. */
static struct entry *
take_entry(struct lists *l, const char *name, bool *known)
{
	struct entry *e;
	size_t i;

	for (i = 0; i < l->count; i++) {
		e = l->entries[i];
		if (e == NULL || strcmp(e->name, name) != 0)
			continue;
		l->entries[i] = NULL;
		*known = true;
		return e;
	}
	*known = false;
	e = calloc(1, sizeof(*e));
	if (e == NULL || (e->name = strdup(name)) == NULL)
		log_fatal("%s: list", name);
	e->lists = l;
	helper_init(&e->helper);
	return e;
}

static void
drop_entries(struct lists *l)
{
	size_t i;

	for (i = 0; i < l->count; i++) {
		if (l->entries[i] == NULL)
			continue;
		l->entries[i]->list = NULL;
		if (!l->entries[i]->telling)
			free_entry(l->entries[i]);
	}
	free(l->entries);
}

void
lists_load(struct lists *l, const struct rule_set *set)
{
	struct entry **entries = calloc(set->list_count + 1, sizeof(*entries));
	struct entry *e;
	bool known;
	size_t i;

	if (entries == NULL)
		log_fatal("lists");
	for (i = 0; i < set->list_count; i++) {
		e = entries[i] = take_entry(l, set->lists[i].name, &known);
		e->list = &set->lists[i];
		if (known && !digest_equal(e->identity, e->list->identity)) {
			helper_close(&e->helper); /* it runs the old command */
			known = false;
		}
		e->identity = e->list->identity;
		if (!known || !l->telling)
			start(e);
	}
	drop_entries(l);
	l->entries = entries;
	l->count = set->list_count;
	l->set = set;
	l->changed = true;
}

void
lists_ask(struct lists *l, const struct rule_pipe *pipe)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		if (pipe == NULL || rule_on_pipe(l->entries[i]->list, pipe))
			start(l->entries[i]);
}

bool
lists_are_busy(const struct lists *l)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		if (l->entries[i]->helper.running)
			return true;
	return false;
}

bool
lists_take_changed(struct lists *l)
{
	bool changed = l->changed;

	l->changed = false;
	return changed;
}

static const char *
state_of(const struct entry *e)
{
	if (e->helper.running && e->vanished == NULL)
		return "running";
	if (e->fault[0] != '\0')
		return "failed";
	return e->runs > 0 ? "current" : "new";
}

int
lists_report(const struct lists *l, struct status *out)
{
	struct status_rule *rules;
	const struct entry *e;
	size_t i;

	rules =
	    reallocarray(out->rules, out->count + l->count + 1, sizeof(*rules));
	if (rules == NULL)
		return -1;
	out->rules = rules;
	for (i = 0; i < l->count; i++) {
		e = l->entries[i];
		rules[out->count++] = (struct status_rule){ .name = e->name,
			.state = state_of(e),
			.note = e->fault,
			.runs = e->runs,
			.failures = e->failures,
			.last_run_at = e->last_run_at,
			.last_ok_at = e->last_ok_at,
			.records = -1 };
	}
	return 0;
}

void
lists_free(struct lists *l)
{
	if (l == NULL)
		return;
	drop_entries(l);
	free(l);
}
