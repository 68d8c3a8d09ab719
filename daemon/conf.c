/*
 * conf - configuration files to a rule set, or a list of errors.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/conf.h"
#include "daemon/confdir.h"
#include "daemon/confeach.h"
#include "daemon/confprint.h"
#include "daemon/conftext.h"
#include "daemon/ground.h"
#include "daemon/memory.h"
#include "daemon/rulelink.h"
#include "daemon/setting.h"

#define MAIN_FILE "triggerd.ini"
#define WILDCARDS "*?[\\"

/* What is known only while the files are read. */
struct reader {
	struct rule_set *set;
	const struct rule_set *kept; /* whose texts are read; NULL: the files */
	struct conf_errors *errors;
	char *main_path;
	struct section_file main_file;
	struct mounts mounts;
};

/* An absolute path: the working directory of a daemon changes. */
static char *
absolute(const char *dir)
{
	char *here, *path;

	if (*dir == '/')
		return memory_text(dir);
	here = getcwd(NULL, 0);
	path = memory_format("%s/%s", here == NULL ? "" : here, dir);
	free(here);
	return path;
}

static struct setting
setting_of(const struct reader *r, const struct section *section)
{
	struct setting in = { r->main_path, section, r->set->vars, r->errors,
		r->set->mounts };

	return in;
}

static void
add_variable(struct rule_set *set, size_t count, const char *name, char *value)
{
	set->vars = memory_grow(set->vars, count, sizeof(*set->vars));
	set->vars[count] = memory_text(name);
	set->vars = memory_grow(set->vars, count + 1, sizeof(*set->vars));
	set->vars[count + 1] = value;
	/* The end of the list; it is written over by the next name. */
	set->vars = memory_grow(set->vars, count + 2, sizeof(*set->vars));
}

/* A variable may use those above it.  One that is wrong stands for "/", so that
 * its users are not reported too. */
static void
read_vars(struct reader *r)
{
	const struct section *s = section_find(&r->main_file, WORDS_VARS);
	struct setting in;
	char *value;
	size_t i;

	for (i = 0; s != NULL && i < s->count; i++) {
		in = setting_of(r, s);
		value = setting_text_of(&in, &s->keys[i]);
		add_variable(r->set, 2 * i, s->keys[i].word,
		    value == NULL ? memory_text("/") : value);
	}
}

static void
read_daemon(struct reader *r)
{
	const struct setting in =
	    setting_of(r, section_find(&r->main_file, WORDS_DAEMON));
	struct rule_set *set = r->set;

	set->rules_dir = setting_text(&in, WORDS_DAEMON_RULES);
	if (set->rules_dir == NULL && !setting_given(&in, WORDS_DAEMON_RULES))
		set->rules_dir = memory_format("%s/rules.d", set->dir);
	set->run_dir = setting_text(&in, WORDS_DAEMON_RUN);
	set->state_dir = setting_text(&in, WORDS_DAEMON_STATE);
	set->builders_dir = setting_text(&in, WORDS_DAEMON_BUILDERS);
	set->scan = setting_time(&in, WORDS_DAEMON_SCAN);
	set->jobs = (int)setting_number(&in, WORDS_DAEMON_JOBS);
	set->helper_timeout = setting_time(&in, WORDS_DAEMON_HELPER_TIMEOUT);
	set->auto_reload = setting_number(&in, WORDS_DAEMON_AUTO_RELOAD) == 1;
	set->control_group = setting_group(&in, WORDS_DAEMON_CONTROL_GROUP);
}

static bool
has_wildcard(const char *word)
{
	return strpbrk(word, WILDCARDS) != NULL;
}

/* A word of a pipe's "rules": the pattern of a name. */
static const char *
name_fault(char *word)
{
	if (!has_wildcard(word) && strchr(word, '@') == NULL &&
	    !section_is_name(word))
		return "not a name of rules";
	return strchr(word, '/') != NULL ? "not a name of rules" : NULL;
}

static void
read_pipe(struct reader *r, const struct section *section)
{
	const struct setting in = setting_of(r, section);
	struct rule_set *set = r->set;
	struct rule_pipe *pipe;

	set->pipes =
	    memory_grow(set->pipes, set->pipe_count, sizeof(*set->pipes));
	pipe = &set->pipes[set->pipe_count++];
	pipe->name = memory_text(section->name);
	pipe->file = memory_text(r->main_path);
	pipe->line = section->line;
	pipe->path = setting_text(&in, WORDS_PIPE_PATH);
	pipe->owner = setting_user(&in, WORDS_PIPE_OWNER);
	pipe->group = setting_group(&in, WORDS_PIPE_GROUP);
	pipe->mode = (mode_t)setting_number(&in, WORDS_PIPE_MODE);
	pipe->rules = setting_list(&in, WORDS_PIPE_RULES, NULL, name_fault);
	if (!setting_given(&in, WORDS_PIPE_PATH))
		setting_refuse(&in, WORDS_PIPE_PATH, "needed");
}

/* Is this path another pipe's already? */
static void
refuse_same_path(const struct reader *r, size_t pipe, const struct setting *in)
{
	const struct rule_pipe *pipes = r->set->pipes;
	size_t i;

	for (i = 0; i < pipe; i++)
		if (pipes[i].path != NULL && pipes[pipe].path != NULL &&
		    strcmp(pipes[i].path, pipes[pipe].path) == 0)
			setting_refuse(in, WORDS_PIPE_PATH,
			    "also the path of [pipe %s]", pipes[i].name);
}

static void
read_pipes(struct reader *r)
{
	const struct section *s;
	struct setting in;
	size_t i;

	/* Without sections there is no list to point into. */
	for (i = 0; i < r->main_file.count; i++) {
		s = &r->main_file.list[i];
		if (s->kind != WORDS_PIPE)
			continue;
		read_pipe(r, s);
		in = setting_of(r, s);
		refuse_same_path(r, r->set->pipe_count - 1, &in);
	}
}

static FILE *
open_file(struct reader *r, int dir_fd, const char *rule, const char *path)
{
	if (r->kept != NULL)
		return conftext_take(r->set, rule, r->kept, path, r->errors);
	return conftext_read(
	    r->set, rule, dir_fd, path, CONF_FILE_MAX, r->errors);
}

static int
read_main(struct reader *r, int dir_fd)
{
	const unsigned kinds =
	    1u << WORDS_DAEMON | 1u << WORDS_PIPE | 1u << WORDS_VARS;
	FILE *file;

	file = open_file(r, dir_fd, NULL, r->main_path);
	if (file == NULL)
		return -1;
	section_file_read(file, r->main_path, kinds, &r->main_file, r->errors);
	(void)fclose(file); /* only read */
	read_vars(r);
	read_daemon(r);
	read_pipes(r);
	return 0;
}

static void
read_rule(struct reader *r, int dir_fd, const char *name)
{
	struct section_file sections;
	char *path = memory_format("%s/%s.ini", r->set->rules_dir, name);
	size_t first = r->errors->count;
	FILE *file;

	file = open_file(r, dir_fd, name, path);
	if (file != NULL) {
		section_file_read(
		    file, path, 1u << WORDS_RULE, &sections, r->errors);
		(void)fclose(file); /* only read */
		confeach_read(r->set, name, path, &sections, r->errors, first);
		section_file_fini(&sections);
	} else {
		confeach_add(r->set, name, path);
	}
	free(path);
}

static int
read_rules(struct reader *r)
{
	char **names;
	size_t i;
	int fd;

	fd = r->set->rules_dir == NULL
		 ? -1
		 : confdir_open(r->set->rules_dir, r->errors);
	if (fd == -1)
		return -1;
	names = r->kept != NULL
		    ? conftext_list(r->kept)
		    : confdir_list(fd, r->set->rules_dir, r->errors);
	for (i = 0; names[i] != NULL; i++) {
		read_rule(r, fd, names[i]);
		free(names[i]);
	}
	free(names);
	(void)close(fd); /* only read */
	return 0;
}

/* A build, and the file that its target is now. */
struct build {
	const struct rule *rule;
	char *file;
};

static int
compare_file(const void *a, const void *b)
{
	const struct build *left = a, *right = b;
	int order = strcmp(left->file, right->file);

	return order != 0 ? order : strcmp(left->rule->name, right->rule->name);
}

/* The path without links, as far as there is something at it yet, and nobody
 * need be waited for. */
static char *
real_file(const struct mounts *mounts, const char *target)
{
	const char *name = strrchr(target, '/') + 1;
	char *dir, *real, *file;

	if (!ground_is_near(mounts, target))
		return memory_text(target);
	real = realpath(target, NULL);
	if (real != NULL)
		return real;
	dir = memory_format("%.*s", (int)(name - target), target);
	real = realpath(dir, NULL);
	file = memory_format("%s/%s", real == NULL ? dir : real, name);
	setting_drop_slashes(file);
	free(dir);
	free(real);
	return file;
}

static void
refuse_same_target(struct reader *r)
{
	const struct rule_set *set = r->set;
	struct build *builds = NULL;
	const struct rule *one, *two;
	size_t i, count = 0;

	for (i = 0; i < set->rule_count; i++) {
		if (set->rules[i].target == NULL)
			continue;
		builds = memory_grow(builds, count, sizeof(*builds));
		builds[count].rule = &set->rules[i];
		builds[count++].file =
		    real_file(set->mounts, set->rules[i].target);
	}
	if (count > 1)
		qsort(builds, count, sizeof(*builds), compare_file);
	for (i = 1; i < count; i++) {
		one = builds[i - 1].rule;
		two = builds[i].rule;
		if (strcmp(builds[i - 1].file, builds[i].file) == 0)
			conf_errors_add(r->errors, two->file, two->target_line,
			    "target", "also the target of rule %s (%s)",
			    one->name, one->file);
	}
	for (i = 0; i < count; i++)
		free(builds[i].file);
	free(builds);
}

static void
refuse_unknown_rules(struct reader *r, const struct rule_pipe *pipe,
    const struct section *section)
{
	const struct setting in = setting_of(r, section);
	char **word;

	for (word = pipe->rules; *word != NULL; word++)
		if (!has_wildcard(*word) && !rule_set_knows(r->set, *word))
			setting_refuse(
			    &in, WORDS_PIPE_RULES, "no such rule: %s", *word);
}

/* What only the whole set can tell. */
static void
check_set(struct reader *r)
{
	const struct section *s;
	const struct rule_pipe *pipe = r->set->pipes;
	char cycle[512];
	size_t i;

	for (i = 0; i < r->main_file.count; i++) {
		s = &r->main_file.list[i];
		if (s->kind == WORDS_PIPE)
			refuse_unknown_rules(r, pipe++, s);
	}
	refuse_same_target(r);
	if (rule_set_link(r->set, cycle, sizeof(cycle)) == 0)
		return;
	if (errno == ELOOP)
		conf_errors_add(r->errors, r->set->rules_dir, 0, NULL,
		    "rules wait for each other: %s", cycle);
	else
		log_fatal("configuration");
}

static void
sum_rules(struct rule_set *set)
{
	size_t i;

	for (i = 0; i < set->list_count; i++)
		if (rule_sum(&set->lists[i]) == -1)
			log_fatal("configuration");
	for (i = 0; i < set->rule_count; i++)
		if (rule_sum(&set->rules[i]) == -1)
			log_fatal("configuration");
}

/* A reader for the directory; returns its descriptor, or -1 with the reason
 * among the errors. */
static int
begin(struct reader *r, const char *dir, struct conf_errors *errors)
{
	*r = (struct reader){ .errors = errors };
	r->set = rule_set_new();
	if (r->set == NULL)
		log_fatal("configuration");
	r->set->dir = absolute(dir);
	/* Without the table all is taken to be local. */
	r->mounts.all_local = true;
	(void)mounts_refresh(&r->mounts);
	r->set->mounts = &r->mounts;
	r->main_path = memory_format("%s/%s", r->set->dir, MAIN_FILE);
	return confdir_open(r->set->dir, errors);
}

static void
end(struct reader *r)
{
	r->set->mounts = NULL;
	mounts_fini(&r->mounts);
	section_file_fini(&r->main_file);
	free(r->main_path);
}

struct rule_set *
conf_read_daemon(const char *dir, struct conf_errors *errors)
{
	struct reader r;
	bool found = false;
	int fd = begin(&r, dir, errors);

	if (fd != -1) {
		found = read_main(&r, fd) == 0 && r.set->run_dir != NULL &&
			r.set->state_dir != NULL;
		(void)close(fd); /* only read */
	}
	end(&r);
	if (found)
		return r.set;
	rule_set_free(r.set);
	return NULL;
}

static struct rule_set *
read_set(
    const char *dir, const struct rule_set *kept, struct conf_errors *errors)
{
	struct reader r;
	int fd = begin(&r, dir, errors);

	r.kept = kept;
	if (fd != -1) {
		if (read_main(&r, fd) == 0 && read_rules(&r) == 0)
			check_set(&r);
		(void)close(fd); /* only read */
	}
	end(&r);
	if (errors->count > 0) {
		rule_set_free(r.set);
		return NULL;
	}
	sum_rules(r.set);
	return r.set;
}

struct rule_set *
conf_read(const char *dir, struct conf_errors *errors)
{
	return read_set(dir, NULL, errors);
}

struct rule_set *
conf_read_kept(const struct rule_set *kept, struct conf_errors *errors)
{
	return read_set(kept->dir, kept, errors);
}

void
conf_print(const struct rule_set *set, FILE *out)
{
	size_t i;

	confprint_daemon(set, out);
	confprint_vars(set, out);
	for (i = 0; i < set->pipe_count; i++)
		confprint_pipe(&set->pipes[i], out);
	for (i = 0; i < set->list_count; i++)
		confprint_list(&set->lists[i], out);
	for (i = 0; i < set->rule_count; i++)
		confprint_rule(&set->rules[i], out);
}
