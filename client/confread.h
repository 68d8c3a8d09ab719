/*
 * confread - the configuration, as far as a client needs it.
 *
 * Who only asks a daemon needs to know where that is, and no more: the daemon
 * runs on with what it read before while its files have errors.  But these may
 * hide the true "run", and a command must not go to somebody else's daemon; so
 * the one that is found must say that it was started with this directory.
 *
 * Owns: nothing; the set is the caller's.
 * Uses: conf, status, text, news.
 */

#ifndef CONFREAD_H
#define CONFREAD_H

#include <stdbool.h>

#include "daemon/rule.h"

/* All of it; every error is printed to standard error.  NULL: there was one. */
struct rule_set *confread_all(const char *dir);

/* The daemon's part.  Errors are printed as above, unless "quiet" and a daemon
 * that runs in spite of them was found (it will tell them itself); that one was
 * found is printed too.  NULL: there were errors, and none was found, or a file
 * that may be anybody's was not believed. */
struct rule_set *confread_daemon(const char *dir, bool quiet);

#endif
