/*
 * text - pieces of what trigger-ctl prints for people.
 *
 * Names and notes that come from files are escaped, so that they cannot drive
 * a terminal.  Whether printing worked is asked once, at the end: ferror().
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TEXT_WIDTH 80 /* columns of a narrow terminal */
#define TEXT_TIME_SIZE 40

/* Print text with everything but printable ASCII as \xNN; NULL is nothing. */
void text_put(FILE *out, const char *text);

/* The same as lines of their own, each begun with "first" or, from the second
 * on, with as many blanks; broken at blanks so that they fit TEXT_WIDTH. */
void text_put_lines(FILE *out, const char *first, const char *text);

/* Milliseconds since the epoch, by the clock of the daemon's times. */
int64_t text_now(void);

/* "12 s ago", "in 3 min", "never" (at is 0); "12 ms", "1.5 s", "3 min".  Both
 * return buf, TEXT_TIME_SIZE bytes. */
const char *text_when(int64_t at, int64_t now, char *buf);
const char *text_span(int64_t ms, char *buf);

#endif
