/*
 * report - what trigger-ctl prints for programs: JSON.
 *
 * A thin layer over jansson that is the same for every command: a text that is
 * not there is null, a time is whole milliseconds since the epoch or null.  In
 * strings a backslash and every byte that is not UTF-8 is written as the four
 * characters \xNN, so that the output is always valid and nothing is lost.
 *
 * Short memory ends the program with 111.
 *
 * Owns: nothing.
 * Uses: jansson.
 */

#ifndef REPORT_H
#define REPORT_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

json_t *report_object(void);
json_t *report_array(void);

/* Add a value; "object" takes it over. */
void report_set(json_t *object, const char *key, json_t *value);
void report_append(json_t *array, json_t *value);

/* Add a text (NULL: null), a time (0: null), a number, yes or no. */
void report_text(json_t *object, const char *key, const char *text);
void report_time(json_t *object, const char *key, int64_t ms);
void report_number(json_t *object, const char *key, int64_t number);
void report_yesno(json_t *object, const char *key, int yes);

/* A text, and a list of them that ends in NULL. */
json_t *report_string(const char *text);
json_t *report_list(char *const list[]);

/* Print it and a newline, and let go of it.  ferror() tells of trouble. */
void report_print(FILE *out, json_t *value);

#endif
