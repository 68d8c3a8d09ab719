/*
 * value - the text of a setting to its value, strictly.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/value.h"

#define DIGITS_MAX 15 /* more would not be exact in a double */

static const struct {
	const char *word;
	int64_t ms;
} units[] = {
	/* largest first: value_time_text() takes the first that fits */
	{ "d", 86400000 },
	{ "h", 3600000 },
	{ "min", 60000 },
	{ "s", 1000 },
	{ "ms", 1 },
};

#define UNITS (sizeof(units) / sizeof(units[0]))

/* Read decimal digits.  Returns what follows them, or NULL with the reason. */
static const char *
read_digits(const char *text, int64_t *number, const char **reason)
{
	size_t i, n = strspn(text, "0123456789");

	if (n == 0) {
		*reason = "not a number";
		return NULL;
	}
	if (n > DIGITS_MAX) {
		*reason = "number too large";
		return NULL;
	}
	*number = 0;
	for (i = 0; i < n; i++)
		*number = *number * 10 + (text[i] - '0');
	return text + n;
}

/* The first "n" bytes as a time. */
static const char *
read_time(const char *text, size_t n, double *seconds)
{
	const char *rest, *reason = NULL;
	int64_t number;
	size_t i, left;

	rest = read_digits(text, &number, &reason);
	if (rest == NULL)
		return reason;
	left = n - (size_t)(rest - text);
	if (left == 0 && number == 0) {
		*seconds = 0;
		return NULL;
	}
	if (left == 0)
		return "needs a unit: ms, s, min, h or d";
	for (i = 0; i < UNITS; i++)
		if (strlen(units[i].word) == left &&
		    strncmp(rest, units[i].word, left) == 0)
			break;
	if (i == UNITS)
		return "unknown unit: use ms, s, min, h or d, without a blank";
	if (number > INT64_C(999999999999999) / units[i].ms)
		return "number too large";
	*seconds = (double)(number * units[i].ms) / 1000.0;
	return NULL;
}

const char *
value_time(const char *text, double *seconds)
{
	return read_time(text, strlen(text), seconds);
}

const char *
value_times(const char *text, double *first, double *second)
{
	const char *dots = strstr(text, ".."), *reason;
	double a = 0, b = 0;

	if (dots == NULL)
		return "not two times: write first..longest";
	reason = read_time(text, (size_t)(dots - text), &a);
	if (reason == NULL)
		reason = value_time(dots + 2, &b);
	if (reason != NULL)
		return reason;
	if (a > b)
		return "the first time is longer than the second";
	*first = a;
	*second = b;
	return NULL;
}

const char *
value_count(const char *text, int64_t *count)
{
	const char *rest, *reason = NULL;
	int64_t number;

	rest = read_digits(text, &number, &reason);
	if (rest == NULL)
		return reason;
	if (*rest != '\0')
		return "not a number";
	*count = number;
	return NULL;
}

const char *
value_number(const char *text, int64_t *number)
{
	const char *reason;
	int64_t size = 0;

	reason = value_count(*text == '-' ? text + 1 : text, &size);
	if (reason == NULL)
		*number = *text == '-' ? -size : size;
	return reason;
}

const char *
value_percent(const char *text, int64_t *percent)
{
	const char *rest, *reason = NULL;
	int64_t number;

	rest = read_digits(text, &number, &reason);
	if (rest == NULL)
		return reason;
	if (strcmp(rest, "%") != 0)
		return "not a percentage, like 50%";
	if (number > 100)
		return "more than 100%";
	*percent = number;
	return NULL;
}

const char *
value_mode(const char *text, int64_t *mode)
{
	size_t i, n = strspn(text, "01234567");
	int64_t number = 0;

	if (n == 0 || text[n] != '\0')
		return "not an octal mode, like 0644";
	if (n > 6)
		return "number too large";
	for (i = 0; i < n; i++)
		number = number * 8 + (text[i] - '0');
	*mode = number;
	return NULL;
}

const char *
value_yesno(const char *text, int64_t *yes)
{
	int choice = value_choice(text, "no yes");

	if (choice == -1)
		return "neither yes nor no";
	*yes = choice;
	return NULL;
}

int
value_choice(const char *text, const char *choices)
{
	const char *at = choices;
	size_t n, length = strlen(text);
	int i;

	for (i = 0; *at != '\0'; i++) {
		n = strcspn(at, " ");
		if (n == length && strncmp(at, text, n) == 0)
			return i;
		at += n;
		at += strspn(at, " ");
	}
	return -1;
}

const char *
value_time_text(double seconds, char *buf)
{
	int64_t ms = (int64_t)(seconds * 1000.0 + 0.5);
	size_t i;

	if (ms == 0)
		return memcpy(buf, "0", 2);
	for (i = 0; ms % units[i].ms != 0; i++)
		continue;
	(void)snprintf(buf, VALUE_TIME_SIZE, "%" PRId64 "%s", ms / units[i].ms,
	    units[i].word);
	return buf;
}
