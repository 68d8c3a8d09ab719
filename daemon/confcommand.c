#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/confcommand.h"
#include "daemon/ground.h"
#include "daemon/instance.h"
#include "daemon/memory.h"
#include "daemon/program.h"
#include "daemon/unasked.h"

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Returns false if the rule before has another user, or none that is there. */
static bool
take_user(const struct rule *before, struct rule *rule)
{
	if (before == NULL || before->home == NULL ||
	    !same_text(before->user, rule->user) ||
	    (rule->user != NULL && before->run_uid == (uid_t)-1))
		return false;
	rule->home = memory_text(before->home);
	rule->run_uid = before->run_uid;
	rule->run_gid = before->run_gid;
	return true;
}

static void
find_user(const struct setting *in, struct rule *rule)
{
	const struct passwd *user;

	rule->run_uid = (uid_t)-1;
	rule->run_gid = (gid_t)-1;
	errno = 0;
	user = rule->user == NULL ? getpwuid(geteuid()) : getpwnam(rule->user);
	if (user == NULL && rule->user != NULL)
		setting_refuse_name(
		    in, WORDS_RULE_USER, "user", rule->user, errno);
	else if (user == NULL && unasked_by(errno))
		setting_refuse(in, WORDS_RULE_USER, "home of user %lu: %s",
		    (unsigned long)geteuid(), strerror(errno));
	rule->home = memory_text(user == NULL ? "/" : user->pw_dir);
	if (rule->user == NULL || user == NULL)
		return;
	rule->run_uid = user->pw_uid;
	rule->run_gid = user->pw_gid;
}

void
confcommand_user(
    const struct setting *in, const struct rule *before, struct rule *rule)
{
	rule->user = setting_text(in, WORDS_RULE_USER);
	if (!take_user(before, rule))
		find_user(in, rule);
	if (rule->run_uid != (uid_t)-1 && geteuid() != 0 &&
	    geteuid() != rule->run_uid)
		setting_refuse(in, WORDS_RULE_USER,
		    "only root can run commands as another user");
}

/* An environment in the making; a later variable of a name wins. */
struct environment {
	char **list;
	size_t count;
};

static void
set_variable(struct environment *env, const char *name, const char *value)
{
	size_t i, n = strlen(name);

	for (i = 0; i < env->count; i++)
		if (strncmp(env->list[i], name, n) == 0 &&
		    env->list[i][n] == '=')
			break;
	if (i < env->count) {
		free(env->list[i]);
	} else {
		env->list =
		    memory_grow(env->list, env->count, sizeof(*env->list));
		env->count++;
	}
	env->list[i] = memory_format("%s=%s", name, value);
}

static int
compare_text(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	return strcmp(*left, *right);
}

static void
read_given_variables(const struct setting *in, struct environment *env)
{
	const struct section_key *key;
	const char *name, *fault;
	size_t i;
	char *value;

	for (i = 0; i < in->section->count; i++) {
		key = &in->section->keys[i];
		if (key->def->key != WORDS_RULE_ENV)
			continue;
		value = setting_text_of(in, key);
		if (value == NULL)
			continue;
		name = key->word + strlen("env.");
		fault = strcmp(name, "PATH") == 0 ? program_path_fault(value)
						  : NULL;
		if (fault != NULL)
			conf_errors_add(in->errors, in->path, key->line,
			    key->word, "%s", fault);
		else
			set_variable(env, name, value);
		free(value);
	}
}

void
confcommand_environment(
    const struct setting *in, const struct rule_set *set, struct rule *rule)
{
	struct environment env = { NULL, 0 };
	char *path = memory_format("%s:%s", set->builders_dir, SYSTEM_PATH);

	set_variable(&env, "PATH", path);
	set_variable(&env, "HOME", rule->home);
	set_variable(&env, "LANG", "C");
	free(path);
	read_given_variables(in, &env);
	qsort(env.list, env.count, sizeof(*env.list), compare_text);
	rule->env = memory_grow(env.list, env.count, sizeof(*env.list));
}

static const char *
find_variable(char *const *env, const char *name)
{
	size_t n = strlen(name);

	for (; *env != NULL; env++)
		if (strncmp(*env, name, n) == 0 && (*env)[n] == '=')
			return *env + n + 1;
	return "";
}

static bool
uses(char *const *words, const char *text)
{
	for (; *words != NULL; words++)
		if (strstr(*words, text) != NULL)
			return true;
	return false;
}

/* The program that the rule before has found, if it is looked for in the same
 * way. */
static bool
take_program(const struct rule *before, const char *path, struct rule *rule)
{
	if (before == NULL || before->program == NULL ||
	    before->run_uid != rule->run_uid ||
	    strcmp(before->command[0], rule->command[0]) != 0 ||
	    strcmp(find_variable(before->env, "PATH"), path) != 0)
		return false;
	rule->program = memory_text(before->program);
	rule->unvetted = before->unvetted;
	return true;
}

void
confcommand_find(const struct setting *in, enum words_key key,
    const char *const *keep, const struct rule *before, struct rule *rule)
{
	const char *path = find_variable(rule->env, "PATH");
	char why[512];

	instance_free(rule->command);
	free(rule->program);
	rule->program = NULL;
	rule->command = setting_list(in, key, keep, NULL);
	if (rule->command[0] == NULL)
		return;
	if (take_program(before, path, rule))
		return;
	rule->program = program_find(in->mounts, rule->command[0], path,
	    rule->run_uid, why, sizeof(why));
	if (rule->program == NULL)
		setting_refuse(in, key, "%s", why);
	else
		rule->unvetted = !ground_is_near(in->mounts, rule->program);
}

void
confcommand_read(
    const struct setting *in, const struct rule *before, struct rule *rule)
{
	if (!setting_given(in, WORDS_RULE_COMMAND))
		setting_refuse(in, WORDS_RULE_COMMAND, "needed");
	confcommand_find(
	    in, WORDS_RULE_COMMAND, words_filled_in(), before, rule);
	rule->uses_new = uses(rule->command, "${new}");
	rule->uses_deps = uses(rule->command, "${deps}");
	rule->uses_cache = uses(rule->command, "${cache}");
}
