/*
 * confeach - one rule file to the rules that it stands for.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/confcommand.h"
#include "daemon/confdir.h"
#include "daemon/confeach.h"
#include "daemon/confrule.h"
#include "daemon/instance.h"
#include "daemon/memory.h"
#include "daemon/setting.h"

#define VARIABLE "${instance}"
#define ANY_WORD "instance" /* stands for all of them */

/* What is known while one file is read. */
struct each {
	struct rule_set *set;
	const char *name, *path;
	const struct section_file *file;
	struct setting in;
	size_t first; /* error of this file */
	bool tried;   /* the new list is */
};

struct rule *
confeach_add(struct rule_set *set, const char *name, const char *path)
{
	struct rule *rule;

	set->rules =
	    memory_grow(set->rules, set->rule_count, sizeof(*set->rules));
	rule = &set->rules[set->rule_count++];
	rule->name = memory_text(name);
	rule->file = memory_text(path);
	return rule;
}

static bool
key_varies(const struct section_key *key)
{
	size_t i;

	for (i = 0; key != NULL && i < key->count; i++)
		if (strstr(key->lines[i].text, VARIABLE) != NULL)
			return true;
	return false;
}

static bool
varies(const struct each *e, enum words_key key)
{
	return key_varies(section_key(e->in.section, key));
}

/* Is that the name of a key with ${instance} in its value? */
static bool
word_varies(const struct each *e, const char *word)
{
	const struct section *s = e->in.section;
	size_t i;

	for (i = 0; word != NULL && i < s->count; i++)
		if (strcmp(s->keys[i].word, word) == 0)
			return key_varies(&s->keys[i]);
	return false;
}

/* Report what is wrong with one instance: what is wrong with each only once,
 * and what comes from its word with that word.  Of no instance in particular
 * ("word" NULL) only the former. */
static void
report(const struct each *e, const char *word, struct conf_errors *found)
{
	struct conf_errors kept = { NULL, 0 };
	const struct conf_error *error;
	size_t i;

	for (i = 0; i < found->count; i++) {
		error = &found->list[i];
		if (!word_varies(e, error->key))
			conf_errors_add(&kept, error->path, error->line,
			    error->key, "%s", error->reason);
		else if (word != NULL)
			conf_errors_add(&kept, error->path, error->line,
			    error->key, "%s (instance %s)", error->reason,
			    word);
	}
	conf_errors_merge(e->in.errors, e->first, &kept);
	conf_errors_fini(&kept);
	conf_errors_fini(found);
}

static void
read_instances(const struct each *e, char *const *words)
{
	struct conf_errors found = { NULL, 0 };
	struct rule *rule;
	char *name;
	size_t i;

	for (i = 0; words[i] != NULL; i++) {
		name = instance_name(e->name, words[i]);
		rule = confeach_add(e->set, name, e->path);
		free(name);
		rule->base = memory_text(e->name);
		rule->instance = memory_text(words[i]);
		rule->place = i;
		confrule_read(e->file, e->set, rule, &found);
		report(e, words[i], &found);
	}
}

/* Variables of an instance are none of the command that lists them. */
static void
drop_varying_env(const struct each *e, struct rule *rule)
{
	const struct section *s = e->in.section;
	const char *name;
	size_t i, from, to = 0, n;

	for (from = 0; rule->env[from] != NULL; from++) {
		n = strcspn(rule->env[from], "=");
		for (i = 0; i < s->count; i++) {
			name = s->keys[i].word;
			if (strncmp(name, "env.", 4) == 0 &&
			    strlen(name) == n + 4 &&
			    strncmp(name + 4, rule->env[from], n) == 0 &&
			    key_varies(&s->keys[i]))
				break;
		}
		if (i == s->count)
			rule->env[to++] = rule->env[from];
		else
			free(rule->env[from]);
	}
	rule->env[to] = NULL;
}

/* The command that lists the instances, with whatever it is to be run by, in
 * the form of a rule.  Reading one tells what is wrong with all. */
static void
read_list_command(const struct each *e)
{
	struct conf_errors found = { NULL, 0 };
	struct rule_set *set = e->set;
	struct rule *list;

	set->lists =
	    memory_grow(set->lists, set->list_count, sizeof(*set->lists));
	list = &set->lists[set->list_count++];
	list->name = memory_text(e->name);
	list->file = memory_text(e->path);
	list->instance = memory_text(ANY_WORD);
	confrule_read(e->file, set, list, &found);
	report(e, NULL, &found);
	if (varies(e, WORDS_RULE_USER))
		setting_refuse(&e->in, WORDS_RULE_USER,
		    "cannot vary: foreach_command is run by that user");
	if (varies(e, WORDS_RULE_DIR)) {
		free(list->dir);
		list->dir = memory_text("/");
	}
	drop_varying_env(e, list);
	confcommand_find(&e->in, WORDS_RULE_FOREACH_COMMAND, NULL, NULL, list);
	free(list->instance);
	list->instance = NULL;
	list->kind = RULE_PLAIN;
	list->uses_new = list->uses_deps = list->uses_cache = false;
}

static void
list_path(const struct each *e, char *path)
{
	if (e->tried)
		instance_new_path(path, e->set->state_dir, e->name);
	else
		instance_list_path(path, e->set->state_dir, e->name);
}

/* The last good list, of which there may be none yet, or the new one. */
static char **
read_list(const struct each *e)
{
	const struct rule *list = &e->set->lists[e->set->list_count - 1];
	char path[PATH_MAX], key[INSTANCE_KEY_SIZE], **words = NULL;
	struct stat st;
	FILE *in;

	if (e->set->state_dir == NULL) /* that has been reported */
		return memory_grow(NULL, 0, sizeof(*words));
	list_path(e, path);
	if (!e->tried && stat(path, &st) == -1 &&
	    (errno == ENOENT || errno == ENOTDIR))
		return memory_grow(NULL, 0, sizeof(*words));
	in = confdir_open_file(AT_FDCWD, path, path,
	    INSTANCE_KEY_SIZE + INSTANCE_LIST_MAX, e->in.errors);
	if (in != NULL) {
		instance_key(list->command, key);
		words = instance_read(in, key);
		if (words == NULL)
			conf_errors_add(
			    e->in.errors, path, 0, NULL, "%s", strerror(errno));
		(void)fclose(in); /* only read */
	}
	return words != NULL ? words : memory_grow(NULL, 0, sizeof(*words));
}

/* One rule cannot keep one target up to date for several instances. */
static bool
refuse_same_target(const struct each *e, bool several)
{
	if (!several || !setting_given(&e->in, WORDS_RULE_TARGET) ||
	    varies(e, WORDS_RULE_TARGET))
		return false;
	setting_refuse(&e->in, WORDS_RULE_TARGET,
	    "the same for every instance: needs " VARIABLE);
	return true;
}

static void
read_each(const struct each *e, bool listed)
{
	enum words_key key =
	    listed ? WORDS_RULE_FOREACH_COMMAND : WORDS_RULE_FOREACH;
	char **words, path[PATH_MAX], why[512];
	size_t count = e->set->rule_count;

	if (listed)
		read_list_command(e);
	words = listed ? read_list(e) : setting_list(&e->in, key, NULL, NULL);
	if (instance_check(e->name, words, why, sizeof(why)) == -1) {
		if (listed) {
			list_path(e, path);
			conf_errors_add(e->in.errors, path, 0, NULL, "%s", why);
		} else {
			setting_refuse(&e->in, key, "%s", why);
		}
	} else if (!refuse_same_target(
		       e, listed || (words[0] != NULL && words[1] != NULL))) {
		read_instances(e, words);
	}
	instance_free(words);
	if (!listed && e->set->rule_count == count) /* after an error */
		(void)confeach_add(e->set, e->name, e->path);
}

void
confeach_read(struct rule_set *set, const char *name, const char *path,
    const struct section_file *file, bool tried, struct conf_errors *errors,
    size_t first)
{
	struct each e = { .set = set,
		.name = name,
		.path = path,
		.file = file,
		.in = { path, section_find(file, WORDS_RULE), set->vars, errors,
		    set->mounts },
		.first = first,
		.tried = tried };
	bool given = setting_given(&e.in, WORDS_RULE_FOREACH);
	bool listed = setting_given(&e.in, WORDS_RULE_FOREACH_COMMAND);

	if (given && listed)
		setting_refuse(&e.in, WORDS_RULE_FOREACH_COMMAND,
		    "there is a foreach already");
	if (given || listed)
		read_each(&e, listed && !given);
	else
		confrule_read(file, set, confeach_add(set, name, path), errors);
}
