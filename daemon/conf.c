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
#include "daemon/confpipe.h"
#include "daemon/confprint.h"
#include "daemon/conftarget.h"
#include "daemon/conftext.h"
#include "daemon/memory.h"
#include "daemon/mounts.h"
#include "daemon/rulelink.h"
#include "daemon/setting.h"

#define MAIN_FILE "triggerd.ini"

/* What is known only while the files are read. */
struct reader {
	struct rule_set *set;
	const struct rule_set *kept; /* whose texts are read; NULL: the files */
	const char *tried;           /* whose new list is; or NULL */
	struct conf_errors *errors;
	char *main_path;
	struct section_file main_file;
	struct mounts mounts;
};

/* An absolute path: the working directory of a daemon changes.  What it is to
 * be absolute by may not be known. */
static char *
absolute(const char *dir, struct conf_errors *errors)
{
	char *here, *path;

	if (*dir == '/')
		return memory_text(dir);
	here = getcwd(NULL, 0);
	if (here == NULL) {
		conf_errors_add(errors, dir, 0, NULL, "working directory: %s",
		    strerror(errno));
		return memory_text(dir);
	}
	path = memory_format("%s/%s", here, dir);
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
	confpipe_read(r->set, &r->main_file, r->main_path, r->errors);
	return 0;
}

static void
read_rule(struct reader *r, int dir_fd, const char *name)
{
	struct section_file sections;
	char *path = memory_format("%s/%s.ini", r->set->rules_dir, name);
	size_t first = r->errors->count;
	bool tried = r->tried != NULL && strcmp(r->tried, name) == 0;
	FILE *file;

	file = open_file(r, dir_fd, name, path);
	if (file != NULL) {
		section_file_read(
		    file, path, 1u << WORDS_RULE, &sections, r->errors);
		(void)fclose(file); /* only read */
		confeach_read(
		    r->set, name, path, &sections, tried, r->errors, first);
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

/* What only the whole set can tell. */
static void
check_set(struct reader *r)
{
	char cycle[512];

	confpipe_check(r->set, &r->main_file, r->main_path, r->errors);
	conftarget_check(r->set, r->errors);
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
	r->set->dir = absolute(dir, errors);
	r->main_path = memory_format("%s/%s", r->set->dir, MAIN_FILE);
	if (*r->set->dir != '/')
		return -1;
	/* Without the table all is taken to be local. */
	r->mounts.all_local = true;
	(void)mounts_refresh(&r->mounts);
	r->set->mounts = &r->mounts;
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
read_set(const char *dir, const struct rule_set *kept, const char *tried,
    struct conf_errors *errors)
{
	struct reader r;
	int fd = begin(&r, dir, errors);

	r.kept = kept;
	r.tried = tried;
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
	return read_set(dir, NULL, NULL, errors);
}

struct rule_set *
conf_read_kept(
    const struct rule_set *kept, const char *tried, struct conf_errors *errors)
{
	return read_set(kept->dir, kept, tried, errors);
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
