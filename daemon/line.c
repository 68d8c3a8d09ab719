/*
 * line - bytes in, lines out.
 */

#include "daemon/line.h"

void
line_init(struct line_buf *b, enum line_policy policy)
{
	b->used = 0;
	b->policy = policy;
	b->overlong = false;
}

static void
hand_out(struct line_buf *b, line_fn *fn, void *arg)
{
	b->text[b->used] = '\0';
	b->used = 0;
	fn(b->text, arg);
}

/* One byte that is not a newline. */
static void
keep(struct line_buf *b, char byte, line_fn *fn, void *arg)
{
	if (b->used == sizeof(b->text) - 1) {
		if (b->policy == LINE_DROP) {
			b->overlong = true;
			return;
		}
		hand_out(b, fn, arg);
	}
	b->text[b->used++] = byte;
}

size_t
line_feed(
    struct line_buf *b, const char *bytes, size_t n, line_fn *fn, void *arg)
{
	size_t i, dropped = 0;

	for (i = 0; i < n; i++) {
		if (bytes[i] != '\n') {
			keep(b, bytes[i], fn, arg);
		} else if (b->overlong) {
			dropped++;
			line_init(b, b->policy);
		} else {
			hand_out(b, fn, arg);
		}
	}
	return dropped;
}

void
line_flush(struct line_buf *b, line_fn *fn, void *arg)
{
	if (b->policy == LINE_SPLIT && b->used > 0)
		hand_out(b, fn, arg);
	line_init(b, b->policy);
}
