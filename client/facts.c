#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/memory.h"
#include "daemon/pattern.h"
#include "client/facts.h"

static void
on_difference(
    enum stamp_reason reason, const char *path, const char *how, void *arg)
{
	struct facts *f = arg;
	struct facts_difference *d;

	f->differences = memory_grow(
	    f->differences, f->difference_count, sizeof(*f->differences));
	d = &f->differences[f->difference_count++];
	d->reason = reason;
	d->path = memory_text(path);
	d->how = memory_text(how);
}

static struct facts_source *
add_source(struct facts *f, const char *pattern)
{
	f->sources =
	    memory_grow(f->sources, f->source_count, sizeof(*f->sources));
	f->sources[f->source_count] = (struct facts_source){ pattern, 0 };
	return &f->sources[f->source_count++];
}

/* A file that two patterns match counts for both, and once in all. */
static void
count_sources(struct facts *f)
{
	const struct stamp_set *now = &f->check.now;
	struct facts_source *source;
	size_t i, deps = 0;
	char *const *pattern;

	for (pattern = f->rule->sources; *pattern != NULL; pattern++) {
		source = add_source(f, *pattern);
		for (i = 0; i < now->count; i++)
			source->files +=
			    now->entries[i].stamp.state == STAMP_PRESENT &&
			    now->entries[i].origin != STAMP_DEP &&
			    pattern_matches(*pattern, stamp_set_path(now, i));
	}
	for (i = 0; i < now->count; i++) {
		if (now->entries[i].stamp.state != STAMP_PRESENT)
			continue;
		f->files++;
		deps += now->entries[i].origin == STAMP_DEP;
	}
	if (f->rule->uses_deps)
		add_source(f, NULL)->files = deps;
}

static void
ask_disk(struct facts *f)
{
	f->checked =
	    check_rule(f->rule, f->set->state_dir, CHECK_OTHER, &f->check) == 0;
	if (!f->checked) {
		f->check_error = errno;
		return;
	}
	check_each(f->rule, &f->check, on_difference, f);
	count_sources(f);
}

static void
ask_daemon(struct facts *f)
{
	size_t i;

	f->news = news_read(f->set->run_dir, &f->status, f->why_no_news,
	    sizeof(f->why_no_news));
	for (i = 0; f->news == NEWS_READ && i < f->status.count; i++)
		if (strcmp(f->status.rules[i].name, f->rule->name) == 0)
			f->state = &f->status.rules[i];
}

static void
ask_record(struct facts *f)
{
	char path[PATH_MAX];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/record/%s", f->set->state_dir,
	    f->rule->name);
	if (stat(path, &st) == 0)
		f->recorded_at = st.st_mtim.tv_sec * INT64_C(1000) +
				 st.st_mtim.tv_nsec / 1000000;
}

struct facts *
facts_new(const struct rule_set *set, const struct rule *rule)
{
	struct facts *f = memory_grow(NULL, 0, sizeof(*f));

	f->set = set;
	f->rule = rule;
	ask_disk(f);
	ask_daemon(f);
	ask_record(f);
	(void)snprintf(f->output_path, sizeof(f->output_path), "%s/output/%s",
	    set->run_dir, rule->name);
	if (tail_read(f->output_path, &f->output) == -1)
		f->output_error = errno;
	return f;
}

void
facts_free(struct facts *f)
{
	size_t i;

	for (i = 0; i < f->difference_count; i++) {
		free(f->differences[i].path);
		free(f->differences[i].how);
	}
	free(f->differences);
	free(f->sources);
	check_fini(&f->check);
	if (f->news == NEWS_READ)
		status_fini(&f->status);
	free(f);
}
