/*
 * conferror - what is wrong with a configuration, as a list.
 *
 * Owns: the memory of the list.
 * Uses: memory.
 */

#ifndef CONFERROR_H
#define CONFERROR_H

#include <stddef.h>

#include "daemon/log.h"

struct conf_error {
	char *path;
	int line;  /* 0: the whole file */
	char *key; /* or NULL */
	char *reason;
};

/* In the order of reading, and within one file by line.  Zeroed is empty. */
struct conf_errors {
	struct conf_error *list;
	size_t count;
};

/* Add one; "key" may be NULL. */
void conf_errors_add(struct conf_errors *errors, const char *path, int line,
    const char *key, const char *fmt, ...) LOG_FORMAT(5, 6);

/* Add those of "more" that are not among the errors from "first" on already. */
void conf_errors_merge(
    struct conf_errors *errors, size_t first, const struct conf_errors *more);
void conf_errors_fini(struct conf_errors *errors);

/* "file:line: key: reason" (parts that are not known are left out).  Returns
 * buf. */
const char *conf_error_text(
    const struct conf_error *error, char *buf, size_t size);

#endif
