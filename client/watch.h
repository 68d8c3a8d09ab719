/*
 * watch - follow the status file: "trigger-ctl watch".
 *
 * Looks at the file's stamp a few times a second, which works everywhere.  The
 * file counts runs, so those that came and went between two looks are told too;
 * of the states in between only the last is.
 *
 * Owns: two states of the status, while it runs.
 * Uses: show, text, news.
 */

#ifndef WATCH_H
#define WATCH_H

#include <stdio.h>

#include "client/news.h"

#define WATCH_INTERVAL 200 /* milliseconds between two looks */

/* Print a line for the state of each rule named (NULL ends the list), or of all
 * if none is, and then one for each change and each run, until the daemon goes
 * (NEWS_NO_DAEMON) or something is wrong, both with "why".  NEWS_READ: nobody
 * takes the output any more. */
enum news_outcome watch_follow(const char *run_dir, char *const rules[],
    FILE *out, char *why, size_t size);

#endif
