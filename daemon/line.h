/*
 * line - bytes in, lines out.
 *
 * The caller holds the buffer, one for each stream.  A line that does not fit
 * is dropped whole (LINE_DROP: commands, where a part would be another
 * command) or handed out in pieces (LINE_SPLIT: output, where a part is better
 * than nothing).  A NUL byte ends the text that the callback sees.
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef LINE_H
#define LINE_H

#include <stdbool.h>
#include <stddef.h>

#define LINE_SIZE 4096 /* a line's bytes with its newline: PIPE_BUF on Linux */

enum line_policy { LINE_DROP, LINE_SPLIT };

struct line_buf {
	char text[LINE_SIZE];
	size_t used;
	enum line_policy policy;
	bool overlong; /* the rest, up to the next newline, is dropped */
};

typedef void line_fn(const char *line, void *arg);

void line_init(struct line_buf *b, enum line_policy policy);

/* Hand each whole line, without its newline, to fn.  Returns how many overlong
 * lines ended here and were dropped. */
size_t line_feed(
    struct line_buf *b, const char *bytes, size_t n, line_fn *fn, void *arg);

/* The stream has ended: hand out what has no newline (LINE_SPLIT only). */
void line_flush(struct line_buf *b, line_fn *fn, void *arg);

#endif
