/*
 * log - what the programs say to the administrator, one line at a time.
 */

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "daemon/log.h"

#define PREFIX_MAX 128                 /* program and level */
#define ESCAPED_MAX (4 * LOG_LINE_MAX) /* every byte as \xNN */

static struct {
	const char *program;
	bool to_syslog;
	bool verbose;
	int copy_fd;
} logger = { "triggerd", false, false, -1 };

void
log_open(const char *program, bool to_syslog, bool verbose)
{
	logger.program = program;
	logger.to_syslog = to_syslog;
	logger.verbose = verbose;
	if (to_syslog)
		openlog(program, LOG_PID, LOG_DAEMON);
}

void
log_copy(int fd)
{
	logger.copy_fd = fd;
}

/* Returns how many bytes the escaped byte took: four at most. */
static size_t
escape(char *out, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";

	if (c >= ' ' && c <= '~') {
		out[0] = (char)c;
		return 1;
	}
	out[0] = '\\';
	if (c == '\n' || c == '\t' || c == '\r') {
		out[1] = (char)(c == '\n' ? 'n' : c == '\t' ? 't' : 'r');
		return 2;
	}
	out[1] = 'x';
	out[2] = hex[c >> 4];
	out[3] = hex[c & 15];
	return 4;
}

/* In few pieces: standard error writes each at once. */
void
log_print(FILE *out, const char *text)
{
	char piece[1024];
	size_t used = 0;

	for (; *text != '\0'; text++) {
		if (used + 4 >= sizeof(piece)) {
			(void)fwrite(piece, 1, used, out);
			used = 0;
		}
		used += escape(piece + used, (unsigned char)*text);
	}
	piece[used++] = '\n';
	(void)fwrite(piece, 1, used, out);
}

static void
put_line(int priority, const char *level, const char *text)
{
	char line[PREFIX_MAX + ESCAPED_MAX + 2];
	size_t used;

	/* syslog says by itself who speaks. */
	snprintf(line, PREFIX_MAX,
	    "%s%s%s: ", logger.to_syslog ? "" : logger.program,
	    logger.to_syslog ? "" : ": ", level);
	used = strlen(line);
	for (; *text != '\0'; text++)
		used += escape(line + used, (unsigned char)*text);
	if (logger.to_syslog) {
		line[used] = '\0';
		syslog(priority, "%s", line);
		return;
	}
	line[used++] = '\n';
	/* Nobody is left to tell that the log cannot be written. */
	if (write(STDERR_FILENO, line, used) == -1)
		return;
	if (logger.copy_fd != -1 && write(logger.copy_fd, line, used) == -1)
		return;
}

static void
put(int priority, const char *level, int error, const char *fmt, va_list ap)
{
	static const char cut[] = "...";
	char text[LOG_LINE_MAX + 1];
	size_t used;
	int saved_errno = errno;
	int n;

	text[0] = '\0';
	n = vsnprintf(text, sizeof(text), fmt, ap);
	used = n < 0 ? 0 : (size_t)n;
	if (used < sizeof(text) && error != 0) {
		n = snprintf(
		    text + used, sizeof(text) - used, ": %s", strerror(error));
		used += n < 0 ? 0 : (size_t)n;
	}
	if (used >= sizeof(text))
		memcpy(text + sizeof(text) - sizeof(cut), cut, sizeof(cut));
	put_line(priority, level, text);
	errno = saved_errno;
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(LOG_WARNING, "warning", errno, fmt, ap);
	va_end(ap);
}

void
log_warnx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(LOG_WARNING, "warning", 0, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(LOG_INFO, "info", 0, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	if (!logger.verbose)
		return;
	va_start(ap, fmt);
	put(LOG_DEBUG, "debug", 0, fmt, ap);
	va_end(ap);
}

void
log_fatal(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(LOG_ERR, "fatal", errno, fmt, ap);
	va_end(ap);
	exit(111);
}

void
log_fatalx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(LOG_ERR, "fatal", 0, fmt, ap);
	va_end(ap);
	exit(111);
}
