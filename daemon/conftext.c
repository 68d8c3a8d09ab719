#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/confdir.h"
#include "daemon/conftext.h"
#include "daemon/memory.h"

#define FIRST_READ 4096 /* bytes: most files are shorter */

static char *
resize(char *text, size_t room)
{
	text = realloc(text, room);
	if (text == NULL)
		log_fatal("configuration");
	return text;
}

/* The text of a file, with its end marked by a newline if it is empty, since
 * not every system makes a stream of nothing. */
static char *
read_text(FILE *file, size_t most, size_t *size)
{
	size_t room = FIRST_READ;
	char *text = resize(NULL, room);

	*size = fread(text, 1, room, file);
	while (*size == room && room < most) {
		room = room * 2 < most ? room * 2 : most;
		text = resize(text, room);
		*size += fread(text + *size, 1, room - *size, file);
	}
	if (*size == 0)
		text[(*size)++] = '\n';
	/* It is kept, for each rule. */
	return resize(text, *size);
}

static struct rule_text *
add_text(struct rule_set *set, const char *rule)
{
	struct rule_text *text;

	set->texts =
	    memory_grow(set->texts, set->text_count, sizeof(*set->texts));
	text = &set->texts[set->text_count++];
	text->rule = rule == NULL ? NULL : memory_text(rule);
	return text;
}

static FILE *
open_text(struct rule_text *text, const char *path, struct conf_errors *errors)
{
	FILE *stream = fmemopen(text->text, text->size, "r");

	if (stream == NULL)
		conf_errors_add(errors, path, 0, NULL, "%s", strerror(errno));
	return stream;
}

FILE *
conftext_read(struct rule_set *set, const char *rule, int dir_fd,
    const char *path, long most, struct conf_errors *errors)
{
	struct rule_text *text;
	FILE *file = confdir_open_file(
	    dir_fd, strrchr(path, '/') + 1, path, most, errors);

	if (file == NULL)
		return NULL;
	text = add_text(set, rule);
	errno = 0;
	text->text = read_text(file, (size_t)most, &text->size);
	if (ferror(file) != 0)
		conf_errors_add(errors, path, 0, NULL, "%s", strerror(errno));
	(void)fclose(file); /* only read */
	return open_text(text, path, errors);
}

static bool
is_rule(const struct rule_text *text, const char *rule)
{
	if (rule == NULL || text->rule == NULL)
		return rule == text->rule;
	return strcmp(rule, text->rule) == 0;
}

FILE *
conftext_take(struct rule_set *set, const char *rule,
    const struct rule_set *from, const char *path, struct conf_errors *errors)
{
	struct rule_text *text;
	size_t i;

	for (i = 0; i < from->text_count; i++)
		if (is_rule(&from->texts[i], rule))
			break;
	if (i == from->text_count) {
		conf_errors_add(errors, path, 0, NULL, "not kept");
		return NULL;
	}
	text = add_text(set, rule);
	text->size = from->texts[i].size;
	text->text = malloc(text->size);
	if (text->text == NULL)
		log_fatal("configuration");
	memcpy(text->text, from->texts[i].text, text->size);
	return open_text(text, path, errors);
}

char **
conftext_list(const struct rule_set *set)
{
	char **names = NULL;
	size_t i, count = 0;

	for (i = 0; i < set->text_count; i++) {
		if (set->texts[i].rule == NULL)
			continue;
		names = memory_grow(names, count, sizeof(*names));
		names[count++] = memory_text(set->texts[i].rule);
	}
	return memory_grow(names, count, sizeof(*names));
}
