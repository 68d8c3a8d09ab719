#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/words.h"
#include "daemon/value.h"
#include "daemon/quote.h"
#include "daemon/section.h"
#include "daemon/confprint.h"
#include "client/reportconf.h"

/* What we have printed ourselves can be read again: if not, it is a defect, and
 * no value would be better than a wrong one. */
static void
give_up(const char *what)
{
	(void)fprintf(stderr, "trigger-ctl: cannot report '%s'\n", what);
	exit(111);
}

static json_t *
text_value(const struct section_key *key)
{
	const struct quote_scope scope = { NULL, words_filled_in() };
	char why[160], *text;
	json_t *value;

	text = quote_fill(key->lines[0].text, &scope, why, sizeof(why));
	if (text == NULL)
		give_up(key->word);
	value = report_string(text);
	free(text);
	return value;
}

static json_t *
list_value(const struct section_key *key)
{
	const struct quote_scope scope = { NULL, words_filled_in() };
	struct quote_words words = { NULL, 0 };
	json_t *array = report_array();
	char why[160];
	size_t i;

	for (i = 0; i < key->count; i++)
		if (quote_split(key->lines[i].text, &scope, &words, why,
			sizeof(why)) == -1)
			give_up(key->word);
	for (i = 0; i < words.count; i++)
		report_append(array, report_string(words.list[i]));
	quote_words_fini(&words);
	return array;
}

static json_t *
times_value(const struct section_key *key)
{
	json_t *array = report_array();
	double first, longest;

	if (value_times(key->lines[0].text, &first, &longest) != NULL)
		give_up(key->word);
	report_append(array, json_real(first));
	report_append(array, json_real(longest));
	return array;
}

/* A user or group may be a name. */
static json_t *
id_value(const struct section_key *key)
{
	int64_t id;

	if (value_count(key->lines[0].text, &id) == NULL)
		return json_integer(id);
	return text_value(key);
}

static json_t *
number_value(const struct section_key *key)
{
	const char *text = key->lines[0].text, *fault = NULL;
	int64_t number = 0;

	if (key->def->type == WORDS_PERCENT)
		fault = value_percent(text, &number);
	else
		fault = value_number(text, &number);
	if (fault != NULL)
		give_up(key->word);
	return json_integer(number);
}

static json_t *
time_value(const struct section_key *key)
{
	double seconds;

	if (value_time(key->lines[0].text, &seconds) != NULL)
		give_up(key->word);
	return json_real(seconds);
}

static json_t *
value_of(const struct section_key *key)
{
	switch (key->def->type) {
	case WORDS_LIST:
		return list_value(key);
	case WORDS_TIME:
		return time_value(key);
	case WORDS_TIMES:
		return times_value(key);
	case WORDS_COUNT:
	case WORDS_NUMBER:
	case WORDS_PERCENT:
		return number_value(key);
	case WORDS_YESNO:
		return json_boolean(strcmp(key->lines[0].text, "yes") == 0);
	case WORDS_USER:
	case WORDS_GROUP:
		return id_value(key);
	case WORDS_TEXT:
	case WORDS_PATH:
	case WORDS_MODE: /* octal, so no number of JSON's */
	case WORDS_ENUM:
		break;
	}
	return text_value(key);
}

static json_t *
section_value(const struct section *section)
{
	json_t *object = report_object(), *env = NULL;
	const struct section_key *key;
	size_t i;

	for (i = 0; i < section->count; i++) {
		key = &section->keys[i];
		if (key->def->key != WORDS_RULE_ENV) {
			report_set(object, key->word, value_of(key));
			continue;
		}
		if (env == NULL)
			env = report_object();
		report_set(env, key->word + strlen("env."), value_of(key));
	}
	if (env != NULL)
		report_set(object, "env", env);
	return object;
}

/* Read the one section in a piece of text that was printed to "memory". */
static json_t *
read_back(FILE *memory, char **text, const size_t *size)
{
	struct conf_errors errors = { NULL, 0 };
	struct section_file file;
	json_t *object;
	FILE *in;

	if (fclose(memory) == EOF)
		give_up("configuration");
	in = fmemopen(*text, *size, "r");
	if (in == NULL)
		give_up("configuration");
	section_file_read(in, "configuration", ~0U, &file, &errors);
	(void)fclose(in); /* only read */
	if (errors.count > 0 || file.count != 1)
		give_up("configuration");
	object = section_value(&file.list[0]);
	section_file_fini(&file);
	conf_errors_fini(&errors);
	free(*text);
	return object;
}

static FILE *
begin(char **text, size_t *size)
{
	FILE *memory = open_memstream(text, size);

	if (memory == NULL)
		give_up("configuration");
	return memory;
}

static json_t *
daemon_value(const struct rule_set *set)
{
	char *text;
	size_t size;
	FILE *memory = begin(&text, &size);

	confprint_daemon(set, memory);
	return read_back(memory, &text, &size);
}

static json_t *
vars_value(const struct rule_set *set)
{
	json_t *object = report_object();
	size_t i;

	for (i = 0; set->vars != NULL && set->vars[i] != NULL; i += 2)
		report_text(object, set->vars[i], set->vars[i + 1]);
	return object;
}

static json_t *
pipe_value(const struct rule_pipe *pipe)
{
	json_t *object = report_object(), *keys;
	char *text;
	size_t size;
	FILE *memory = begin(&text, &size);

	confprint_pipe(pipe, memory);
	keys = read_back(memory, &text, &size);
	report_text(object, "name", pipe->name);
	if (json_object_update(object, keys) == -1)
		give_up(pipe->name);
	json_decref(keys);
	return object;
}

json_t *
reportconf_rule(const struct rule *rule)
{
	json_t *object = report_object(), *keys;
	char *text;
	size_t size;
	FILE *memory = begin(&text, &size);

	confprint_rule(rule, memory);
	keys = read_back(memory, &text, &size);
	report_text(object, "name", rule->name);
	if (json_object_update(object, keys) == -1)
		give_up(rule->name);
	json_decref(keys);
	return object;
}

json_t *
reportconf_set(const struct rule_set *set)
{
	json_t *object = report_object();
	json_t *pipes = report_array(), *rules = report_array();
	size_t i;

	for (i = 0; i < set->pipe_count; i++)
		report_append(pipes, pipe_value(&set->pipes[i]));
	for (i = 0; i < set->rule_count; i++)
		report_append(rules, reportconf_rule(&set->rules[i]));
	report_set(object, "daemon", daemon_value(set));
	report_set(object, "vars", vars_value(set));
	report_set(object, "pipes", pipes);
	report_set(object, "rules", rules);
	return object;
}
