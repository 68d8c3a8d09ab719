/*
 * setting - the typed values of one section, with defaults and ranges.
 */

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/memory.h"
#include "daemon/setting.h"
#include "daemon/unasked.h"
#include "daemon/value.h"

static const struct section_key *
find_key(const struct setting *in, enum words_key key)
{
	return in->section == NULL ? NULL : section_key(in->section, key);
}

bool
setting_given(const struct setting *in, enum words_key key)
{
	return find_key(in, key) != NULL;
}

void
setting_refuse(
    const struct setting *in, enum words_key key, const char *fmt, ...)
{
	const struct section_key *k = find_key(in, key);
	char reason[512];
	int line = 0;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(reason, sizeof(reason), fmt, ap); /* cut is fine */
	va_end(ap);
	if (k != NULL)
		line = k->line;
	else if (in->section != NULL)
		line = in->section->line;
	conf_errors_add(in->errors, in->path, line,
	    k != NULL ? k->word : words_key_def(key)->word, "%s", reason);
}

void
setting_drop_slashes(char *path)
{
	char *from, *to = path;

	for (from = path; *from != '\0'; from++)
		if (from == path || *from != '/' || from[-1] != '/')
			*to++ = *from;
	*to = '\0';
}

/* Make a path one of a kind.  Returns what is wrong with it, or NULL. */
static const char *
fix_path(char *path)
{
	const char *at = path;
	size_t n;

	if (*path != '/')
		return "relative path";
	setting_drop_slashes(path);
	n = strlen(path);
	if (n > 1 && path[n - 1] == '/')
		path[n - 1] = '\0';
	while (*at == '/') {
		at++;
		n = strcspn(at, "/");
		if ((n == 1 || n == 2) && strncmp(at, "..", n) == 0)
			return "'.' or '..' in a path";
		at += n;
	}
	return NULL;
}

char *
setting_text_of(const struct setting *in, const struct section_key *key)
{
	const struct quote_scope scope = { in->vars, NULL };
	const char *fault = NULL;
	char why[256], *text;

	if (key->count == 0) /* empty: section has said so */
		return NULL;
	text = quote_fill(key->lines[0].text, &scope, why, sizeof(why));
	if (text == NULL)
		fault = why;
	else if (*text == ';' || strstr(text, " ;") != NULL ||
		 strstr(text, "\t;") != NULL)
		fault = "' ;' would start a comment";
	else if (key->def != NULL && key->def->type == WORDS_PATH)
		fault = fix_path(text);
	if (fault == NULL)
		return text;
	conf_errors_add(
	    in->errors, in->path, key->line, key->word, "%s", fault);
	free(text);
	return NULL;
}

char *
setting_text(const struct setting *in, enum words_key key)
{
	const struct words_key_def *def = words_key_def(key);
	const struct section_key *k = find_key(in, key);
	char *text = k == NULL ? NULL : setting_text_of(in, k);

	if (text == NULL && def->fallback != NULL)
		text = memory_text(def->fallback);
	return text;
}

/* Take out the words from "first" on that "fn" refuses. */
static void
drop_faulty(const struct setting *in, const struct section_key *key, int line,
    setting_word_fn *fn, struct quote_words *words, size_t first)
{
	const char *fault;
	size_t from, to = first;

	for (from = first; from < words->count; from++) {
		fault = fn(words->list[from]);
		if (fault == NULL) {
			words->list[to++] = words->list[from];
			continue;
		}
		conf_errors_add(in->errors, in->path, line, key->word, "%s: %s",
		    words->list[from], fault);
		free(words->list[from]);
	}
	if (to < words->count)
		words->list[to] = NULL;
	words->count = to;
}

static void
add_words(const struct setting *in, const struct section_key *key,
    const struct section_line *line, const char *const *keep,
    setting_word_fn *fn, struct quote_words *words)
{
	const struct quote_scope scope = { in->vars, keep };
	size_t first = words->count;
	char why[256];

	if (quote_split(line->text, &scope, words, why, sizeof(why)) == -1)
		conf_errors_add(
		    in->errors, in->path, line->line, key->word, "%s", why);
	if (fn != NULL)
		drop_faulty(in, key, line->line, fn, words, first);
}

char **
setting_list(const struct setting *in, enum words_key key,
    const char *const *keep, setting_word_fn *fn)
{
	const struct words_key_def *def = words_key_def(key);
	const struct section_key *k = find_key(in, key);
	const struct quote_scope none = { NULL, NULL };
	struct quote_words words = { NULL, 0 };
	char why[256];
	size_t i;

	for (i = 0; k != NULL && i < k->count; i++)
		add_words(in, k, &k->lines[i], keep, fn, &words);
	if (k == NULL && def->fallback != NULL)
		(void)quote_split(def->fallback, &none, &words, why,
		    sizeof(why)); /* the table has no faults */
	if (words.list == NULL)
		words.list = memory_grow(NULL, 0, sizeof(*words.list));
	return words.list;
}

/* Read the value of a key with "read"; a faulty one gives way to the default.
 * Returns false if there is neither. */
typedef const char *read_fn(
    const struct words_key_def *def, const char *text, void *out);

static bool
read_value(
    const struct setting *in, enum words_key key, read_fn *read, void *out)
{
	const struct words_key_def *def = words_key_def(key);
	const struct section_key *k = find_key(in, key);
	const char *fault;
	char *text = k == NULL ? NULL : setting_text_of(in, k);

	if (text != NULL) {
		fault = read(def, text, out);
		if (fault != NULL)
			setting_refuse(in, key, "%s%s",
			    fault == def->choices ? "not one of: " : "", fault);
		free(text);
		if (fault == NULL)
			return true;
	}
	return def->fallback != NULL && read(def, def->fallback, out) == NULL;
}

static const char *
read_time(const struct words_key_def *def, const char *text, void *out)
{
	(void)def;
	return value_time(text, out);
}

double
setting_time(const struct setting *in, enum words_key key)
{
	const struct words_key_def *def = words_key_def(key);
	char most[VALUE_TIME_SIZE];
	double seconds;

	if (!read_value(in, key, read_time, &seconds))
		return -1;
	if (seconds > def->most)
		setting_refuse(in, key, "longer than %s",
		    value_time_text(def->most, most));
	return seconds;
}

static const char *
read_times(const struct words_key_def *def, const char *text, void *out)
{
	double *times = out;

	(void)def;
	return value_times(text, &times[0], &times[1]);
}

void
setting_times(const struct setting *in, enum words_key key, double *first,
    double *longest)
{
	const struct words_key_def *def = words_key_def(key);
	char least[VALUE_TIME_SIZE], most[VALUE_TIME_SIZE];
	double times[2] = { def->least, def->least };

	(void)read_value(in, key, read_times, times);
	if (times[0] < def->least || times[1] > def->most)
		setting_refuse(in, key, "not within %s..%s",
		    value_time_text(def->least, least),
		    value_time_text(def->most, most));
	*first = times[0];
	*longest = times[1];
}

static const char *
read_number(const struct words_key_def *def, const char *text, void *out)
{
	int64_t *number = out;

	switch (def->type) {
	case WORDS_COUNT:
		return value_count(text, number);
	case WORDS_NUMBER:
		return value_number(text, number);
	case WORDS_PERCENT:
		return value_percent(text, number);
	case WORDS_MODE:
		return value_mode(text, number);
	case WORDS_YESNO:
		return value_yesno(text, number);
	case WORDS_ENUM:
		*number = value_choice(text, def->choices);
		return *number == -1 ? def->choices : NULL;
	case WORDS_TEXT:
	case WORDS_PATH:
	case WORDS_LIST:
	case WORDS_TIME:
	case WORDS_TIMES:
	case WORDS_USER:
	case WORDS_GROUP:
		break;
	}
	return "not a number";
}

int64_t
setting_number(const struct setting *in, enum words_key key)
{
	const struct words_key_def *def = words_key_def(key);
	int64_t number;

	if (!read_value(in, key, read_number, &number))
		return -1;
	if (def->least == def->most) /* no range */
		return number;
	if ((double)number < def->least || (double)number > def->most) {
		if (def->type == WORDS_MODE)
			setting_refuse(
			    in, key, "above %04o", (unsigned)def->most);
		else
			setting_refuse(in, key, "not within %.0f to %.0f",
			    def->least, def->most);
	}
	return number;
}

/* A number of an account; never the one that means "none". */
static bool
is_id(const char *text, uint32_t *id)
{
	int64_t number;

	if (value_count(text, &number) != NULL || number >= UINT32_MAX)
		return false;
	*id = (uint32_t)number;
	return true;
}

void
setting_refuse_name(const struct setting *in, enum words_key key,
    const char *kind, const char *name, int error)
{
	if (unasked_by(error))
		setting_refuse(
		    in, key, "%s %s: %s", kind, name, strerror(error));
	else
		setting_refuse(in, key, "no such %s: %s", kind, name);
}

uid_t
setting_user(const struct setting *in, enum words_key key)
{
	char *text = setting_text(in, key);
	const struct passwd *user;
	uint32_t id = (uint32_t)-1;
	int error;

	if (text == NULL)
		return (uid_t)-1;
	errno = 0;
	user = getpwnam(text);
	error = errno;
	if (user != NULL)
		id = user->pw_uid;
	else if (!is_id(text, &id))
		setting_refuse_name(in, key, "user", text, error);
	free(text);
	return id;
}

gid_t
setting_group(const struct setting *in, enum words_key key)
{
	char *text = setting_text(in, key);
	const struct group *group;
	uint32_t id = (uint32_t)-1;
	int error;

	if (text == NULL)
		return (gid_t)-1;
	errno = 0;
	group = getgrnam(text);
	error = errno;
	if (group != NULL)
		id = group->gr_gid;
	else if (!is_id(text, &id))
		setting_refuse_name(in, key, "group", text, error);
	free(text);
	return id;
}
