/*
 * authvars - which variables qmail-smtpd sets for whom, from mkauth's
 * configuration file.
 *
 * A line is WHO NAME=VALUE: for a login, for all logins @host, or for all, "*".
 * What is said nearer to the login counts, for each NAME.  Lines are without
 * blanks at their ends; empty ones, and those that begin with '#', are skipped.
 *
 * Owns: the file's bytes and the array of lines.
 * Uses: source, deps, log.
 */

#ifndef AUTHVARS_H
#define AUTHVARS_H

#include <stdbool.h>
#include <stddef.h>

#include "builders/deps.h"
#include "builders/source.h"

struct authvars_line {
	const char *who;
	const char *name;
	const char *value;
	long number;
	bool used;
};

struct authvars {
	struct source file;
	struct authvars_line *lines; /* by who and name */
	size_t n;
	size_t size;
	const struct authvars_line **chosen; /* of one login */
	size_t chosen_size;
};

/* Told of a line that is wrong, and why. */
typedef void authvars_wrong(void *arg, long number, const char *why);

void authvars_init(struct authvars *v);
void authvars_fini(struct authvars *v);

/* Take "v->file" to pieces.  Pure.  Returns how many lines are wrong. */
size_t authvars_parse(struct authvars *v, authvars_wrong *wrong, void *arg);

/* Read a file, which must be there.  Returns 0; 1 if lines of it are wrong; -1
 * for trouble; logged. */
int authvars_read(struct authvars *v, struct deps *deps, const char *path);

/* The variables of a login, by name: "*n" lines in v->chosen. */
const struct authvars_line *const *authvars_find(
    struct authvars *v, const char *login, size_t *n);

/* Warn of the lines that no login has used. */
void authvars_complain(const struct authvars *v, const char *path);

#endif
