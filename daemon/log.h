/*
 * log - what the programs say to the administrator, one line at a time.
 *
 * Every byte of a message that is not printable ASCII is escaped (\n, \x1b),
 * so that no file name or command output can forge a line or drive a
 * terminal.  A message longer than LOG_LINE_MAX is cut and ends in "...".
 * Each line is one write(2), so that processes can share the descriptor.
 *
 * Owns: the destination and the threshold, the only file-static state here.
 * Uses: nothing.
 */

#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stdio.h>

#define LOG_LINE_MAX 2048 /* bytes of a message, before escaping */

#if defined(__GNUC__)
#define LOG_FORMAT(f, a) __attribute__((__format__(__printf__, f, a)))
#define LOG_NORETURN __attribute__((__noreturn__))
#else
#define LOG_FORMAT(f, a)
#define LOG_NORETURN
#endif

/* Say who speaks, and where: standard error, or syslog's daemon facility.
 * "program" is not copied.  Messages of log_debug() appear if "verbose". */
void log_open(const char *program, bool to_syslog, bool verbose);

/* Write each line to this descriptor, too; -1 for no more.  It stays the
 * caller's. */
void log_copy(int fd);

/* log_warn() and log_fatal() append strerror(errno).  All of them keep errno.
 * log_fatal() and log_fatalx() exit with 111. */
void log_warn(const char *fmt, ...) LOG_FORMAT(1, 2);
void log_warnx(const char *fmt, ...) LOG_FORMAT(1, 2);
void log_info(const char *fmt, ...) LOG_FORMAT(1, 2);
void log_debug(const char *fmt, ...) LOG_FORMAT(1, 2);
void log_fatal(const char *fmt, ...) LOG_FORMAT(1, 2) LOG_NORETURN;
void log_fatalx(const char *fmt, ...) LOG_FORMAT(1, 2) LOG_NORETURN;

/* Print a line that stands for itself, escaped in the same way; ferror() tells
 * if that fails. */
void log_print(FILE *out, const char *text);

#endif
