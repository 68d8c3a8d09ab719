/*
 * authvars - which variables qmail-smtpd sets for whom, from mkauth's
 * configuration file.
 */

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "builders/arena.h"
#include "builders/authvars.h"
#include "daemon/log.h"

#define BLANKS " \t"
#define EVERYBODY "*"

void
authvars_init(struct authvars *v)
{
	memset(v, 0, sizeof(*v));
	source_init(&v->file);
}

void
authvars_fini(struct authvars *v)
{
	source_fini(&v->file);
	free(v->lines);
	free(v->chosen);
	authvars_init(v);
}

static int
compare_by_name(const struct authvars_line *x, const struct authvars_line *y)
{
	int by_who = strcmp(x->who, y->who);

	return by_who != 0 ? by_who : strcmp(x->name, y->name);
}

static int
compare_lines(const void *a, const void *b)
{
	const struct authvars_line *x = a;
	const struct authvars_line *y = b;
	int by_name = compare_by_name(x, y);

	return by_name != 0 ? by_name
			    : (x->number > y->number) - (x->number < y->number);
}

/* A name for the environment: letters, digits, '_'; no digit first. */
static bool
is_variable(const char *name)
{
	const char *c;

	if (isdigit((unsigned char)*name))
		return false;
	for (c = name; *c != '\0'; c++)
		if (*c != '_' &&
		    !(isascii((unsigned char)*c) && isalnum((unsigned char)*c)))
			return false;
	return c > name;
}

/* Cuts a line, which ends in a NUL, to pieces.  Returns NULL, or why not. */
static const char *
cut_line(struct authvars_line *out, char *line)
{
	char *name = line + strcspn(line, BLANKS);
	char *value;

	if (*name != '\0')
		*name++ = '\0';
	name += strspn(name, BLANKS);
	value = strchr(name, '=');
	if (value == NULL)
		return "not WHO NAME=VALUE";
	*value++ = '\0';
	if (!is_variable(name))
		return "not a name of a variable";
	if (strchr(value, '"') != NULL)
		return "a '\"' in a value cannot be stored";
	out->who = line;
	out->name = name;
	out->value = value;
	return NULL;
}

/* "end" is where the newline was.  Returns NULL, or what is wrong. */
static const char *
add_line(struct authvars *v, char *line, char *end, long number)
{
	struct authvars_line *out;
	const char *why;

	if (memchr(line, '\0', (size_t)(end - line)) != NULL)
		return "a NUL";
	while (end > line && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*end = '\0';
	line += strspn(line, BLANKS);
	if (*line == '\0' || *line == '#')
		return NULL;
	v->lines = arena_grow(v->lines, v->n, &v->size, sizeof(*v->lines));
	out = &v->lines[v->n];
	why = cut_line(out, line);
	out->number = number;
	out->used = false;
	v->n += why == NULL;
	return why;
}

static size_t
find_twins(const struct authvars *v, authvars_wrong *wrong, void *arg)
{
	size_t i, n = 0;

	for (i = 1; i < v->n; i++) {
		if (compare_by_name(&v->lines[i - 1], &v->lines[i]) != 0)
			continue;
		wrong(arg, v->lines[i].number, "said before");
		n++;
	}
	return n;
}

size_t
authvars_parse(struct authvars *v, authvars_wrong *wrong, void *arg)
{
	char *line, *end;
	char *last = v->file.bytes + v->file.len;
	const char *why;
	long number = 1;
	size_t bad = 0;

	v->n = 0;
	for (line = v->file.bytes; line < last; line = end + 1, number++) {
		end = memchr(line, '\n', (size_t)(last - line));
		if (end == NULL)
			end = last;
		why = add_line(v, line, end, number);
		if (why == NULL)
			continue;
		wrong(arg, number, why);
		bad++;
	}
	if (v->n > 0)
		qsort(v->lines, v->n, sizeof(*v->lines), compare_lines);
	return bad + find_twins(v, wrong, arg);
}

static void
log_wrong(void *arg, long number, const char *why)
{
	const char *path = arg;

	log_warnx("%s:%ld: %s", path, number, why);
}

int
authvars_read(struct authvars *v, struct deps *deps, const char *path)
{
	enum source_answer answer;
	char *copy;
	size_t bad;

	deps_add(deps, path);
	answer = source_read(&v->file, path);
	deps_stamp(deps, deps->last, &v->file.stamp);
	if (answer == SOURCE_ABSENT) {
		errno = ENOENT;
		log_warn("%s", path);
	}
	if (answer != SOURCE_READ)
		return -1;
	copy = strdup(path); /* the callback's argument is not const */
	if (copy == NULL)
		log_fatal("memory");
	bad = authvars_parse(v, log_wrong, copy);
	free(copy);
	return bad > 0;
}

/* The first line that is not before these of "who". */
static size_t
lower_bound(const struct authvars *v, const char *who)
{
	size_t low = 0, high = v->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(v->lines[middle].who, who) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
is_chosen(const struct authvars *v, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(v->chosen[i]->name, name) == 0)
			return true;
	return false;
}

/* Those of "who" that nobody nearer has said.  Returns how many there are. */
static size_t
choose(struct authvars *v, const char *who, size_t n)
{
	size_t i, nearer = n;

	for (i = lower_bound(v, who); i < v->n; i++) {
		if (strcmp(v->lines[i].who, who) != 0)
			break;
		v->lines[i].used = true;
		if (is_chosen(v, nearer, v->lines[i].name))
			continue;
		v->chosen = arena_grow(
		    v->chosen, n, &v->chosen_size, sizeof(*v->chosen));
		v->chosen[n++] = &v->lines[i];
	}
	return n;
}

static int
compare_chosen(const void *a, const void *b)
{
	const struct authvars_line *const *x = a;
	const struct authvars_line *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

const struct authvars_line *const *
authvars_find(struct authvars *v, const char *login, size_t *n)
{
	const char *host;

	*n = 0;
	if (v->n == 0)
		return v->chosen;
	host = strrchr(login, '@');
	*n = choose(v, login, 0);
	if (host != NULL && host != login)
		*n = choose(v, host, *n);
	*n = choose(v, EVERYBODY, *n);
	if (*n > 1)
		qsort(v->chosen, *n, sizeof(*v->chosen), compare_chosen);
	return v->chosen;
}

void
authvars_complain(const struct authvars *v, const char *path)
{
	size_t i;

	for (i = 0; i < v->n; i++)
		if (!v->lines[i].used)
			log_warnx("%s:%ld: %s: no such login", path,
			    v->lines[i].number, v->lines[i].who);
}
