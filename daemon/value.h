/*
 * value - the text of a setting to its value, strictly.
 *
 * Nothing is guessed: no blanks, no trailing text, no unit that is not in the
 * list, no number that does not fit.
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef VALUE_H
#define VALUE_H

#include <stdbool.h>
#include <stdint.h>

/* Each returns NULL and fills its result, or returns the reason why the text is
 * not such a value, a static string, and leaves the result alone. */

/* "200ms", "10s", "5min", "2h", "7d", "0"; seconds. */
const char *value_time(const char *text, double *seconds);

/* "5s..15min"; the first is not longer than the second. */
const char *value_times(const char *text, double *first, double *second);

/* "1000": digits only. */
const char *value_count(const char *text, int64_t *count);

/* "-5": as a count, but may be negative. */
const char *value_number(const char *text, int64_t *number);

/* "50%": 0% to 100%. */
const char *value_percent(const char *text, int64_t *percent);

/* "0644": octal digits only. */
const char *value_mode(const char *text, int64_t *mode);

/* "yes" or "no". */
const char *value_yesno(const char *text, int64_t *yes);

/* Which of the words in "choices", parted by blanks, the text is: 0 for the
 * first; -1: none. */
int value_choice(const char *text, const char *choices);

/* The text that value_time() reads as these seconds (whole milliseconds), in
 * the largest unit that fits evenly.  Returns buf, VALUE_TIME_SIZE bytes. */
#define VALUE_TIME_SIZE 32
const char *value_time_text(double seconds, char *buf);

#endif
