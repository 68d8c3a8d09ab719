#include <string.h>

#include "daemon/confpipe.h"
#include "daemon/memory.h"
#include "daemon/setting.h"

#define WILDCARDS "*?[\\"

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
read_pipe(struct rule_set *set, const struct setting *in)
{
	const struct section *section = in->section;
	struct rule_pipe *pipe;

	set->pipes =
	    memory_grow(set->pipes, set->pipe_count, sizeof(*set->pipes));
	pipe = &set->pipes[set->pipe_count++];
	pipe->name = memory_text(section->name);
	pipe->file = memory_text(in->path);
	pipe->line = section->line;
	pipe->path = setting_text(in, WORDS_PIPE_PATH);
	pipe->owner = setting_user(in, WORDS_PIPE_OWNER);
	pipe->group = setting_group(in, WORDS_PIPE_GROUP);
	pipe->mode = (mode_t)setting_number(in, WORDS_PIPE_MODE);
	pipe->rules = setting_list(in, WORDS_PIPE_RULES, NULL, name_fault);
	if (!setting_given(in, WORDS_PIPE_PATH))
		setting_refuse(in, WORDS_PIPE_PATH, "needed");
}

/* Is the path of the last pipe another one's already, or ours? */
static void
refuse_taken_path(const struct rule_set *set, const struct setting *in)
{
	const struct rule_pipe *pipes = set->pipes;
	size_t i, pipe = set->pipe_count - 1;

	for (i = 0; i < pipe; i++)
		if (pipes[i].path != NULL && pipes[pipe].path != NULL &&
		    strcmp(pipes[i].path, pipes[pipe].path) == 0)
			setting_refuse(in, WORDS_PIPE_PATH,
			    "also the path of [pipe %s]", pipes[i].name);
	if (pipes[pipe].path != NULL && rule_set_owns(set, pipes[pipe].path))
		setting_refuse(
		    in, WORDS_PIPE_PATH, "is a file of the daemon's own");
}

static struct setting
setting_of(const struct rule_set *set, const struct section *section,
    const char *path, struct conf_errors *errors)
{
	return (
	    struct setting){ path, section, set->vars, errors, set->mounts };
}

void
confpipe_read(struct rule_set *set, const struct section_file *file,
    const char *path, struct conf_errors *errors)
{
	const struct section *s;
	struct setting in;
	size_t i;

	/* Without sections there is no list to point into. */
	for (i = 0; i < file->count; i++) {
		s = &file->list[i];
		if (s->kind != WORDS_PIPE)
			continue;
		in = setting_of(set, s, path, errors);
		read_pipe(set, &in);
		refuse_taken_path(set, &in);
	}
}

static void
refuse_unknown_rules(const struct rule_set *set, const struct rule_pipe *pipe,
    const struct setting *in)
{
	char **word;

	for (word = pipe->rules; *word != NULL; word++)
		if (!has_wildcard(*word) && !rule_set_knows(set, *word))
			setting_refuse(
			    in, WORDS_PIPE_RULES, "no such rule: %s", *word);
}

void
confpipe_check(const struct rule_set *set, const struct section_file *file,
    const char *path, struct conf_errors *errors)
{
	const struct rule_pipe *pipe = set->pipes;
	const struct section *s;
	struct setting in;
	size_t i;

	for (i = 0; i < file->count; i++) {
		s = &file->list[i];
		if (s->kind != WORDS_PIPE)
			continue;
		in = setting_of(set, s, path, errors);
		refuse_unknown_rules(set, pipe++, &in);
	}
}
