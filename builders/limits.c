/*
 * limits - what vpopmail allows the users of a domain.
 */

#include <string.h>

#include "builders/limits.h"
#include "builders/source.h"

#define DISABLE_SMTP "disable_smtp"
#define ENDS_WORD " \t:\r\n"

bool
limits_have(const char *bytes, size_t len, const char *word)
{
	const char *line, *newline, *end = bytes + len;
	size_t word_len = strlen(word);

	for (line = bytes; line < end; line = newline + 1) {
		newline = memchr(line, '\n', (size_t)(end - line));
		if (newline == NULL)
			newline = end;
		if ((size_t)(newline - line) >= word_len &&
		    memcmp(line, word, word_len) == 0 &&
		    strchr(ENDS_WORD, line[word_len]) != NULL)
			return true;
	}
	return false;
}

static enum source_answer
read_limits(struct source *file, struct deps *deps, const char *directory,
    const char *name)
{
	const char *path = deps_add_in(deps, directory, name);
	enum source_answer answer = source_read(file, path);

	deps_stamp(deps, deps->last, &file->stamp);
	return answer;
}

int
limits_disable_smtp(
    struct deps *deps, const char *directory, const char *vpopmail)
{
	struct source file;
	enum source_answer answer;
	int disabled = 0;

	source_init(&file);
	answer = read_limits(&file, deps, directory, ".qmailadmin-limits");
	if (answer == SOURCE_ABSENT)
		answer =
		    read_limits(&file, deps, vpopmail, "etc/vlimits.default");
	if (answer == SOURCE_READ)
		disabled = limits_have(file.bytes, file.len, DISABLE_SMTP);
	else if (answer != SOURCE_ABSENT)
		disabled = -1;
	source_fini(&file);
	return disabled;
}
