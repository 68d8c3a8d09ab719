/*
 * The cutting of lines: whole, in pieces, too long, at the end.
 */

#include <string.h>

#include "daemon/line.h"
#include "tests/unit/check.h"

struct seen {
	int count;
	size_t length; /* of the last */
	char last[LINE_SIZE];
	char all[256]; /* with a | after each */
};

static void
on_line(const char *line, void *arg)
{
	struct seen *s = arg;
	size_t length = strlen(s->all);

	s->count++;
	s->length = strlen(line);
	memcpy(s->last, line, s->length + 1);
	if (length + s->length + 2 < sizeof(s->all))
		(void)snprintf(
		    s->all + length, sizeof(s->all) - length, "%s|", line);
}

static size_t
feed(struct line_buf *b, const char *text, struct seen *s)
{
	return line_feed(b, text, strlen(text), on_line, s);
}

static int
test_pieces(void)
{
	struct line_buf b;
	struct seen s;

	memset(&s, 0, sizeof(s));
	line_init(&b, LINE_DROP);
	CHECK(feed(&b, "one\ntw", &s) == 0);
	CHECK(strcmp(s.all, "one|") == 0);
	CHECK(feed(&b, "o\n\nthree", &s) == 0);
	CHECK(strcmp(s.all, "one|two||") == 0);
	CHECK(line_feed(&b, "a\0b\n", 4, on_line, &s) == 0);
	CHECK(strcmp(s.last, "threea") == 0);
	return 0;
}

static int
test_limit(void)
{
	char text[LINE_SIZE + 1];
	struct line_buf b;
	struct seen s;

	memset(&s, 0, sizeof(s));
	memset(text, 'x', sizeof(text));
	line_init(&b, LINE_DROP);

	/* LINE_SIZE with its newline is the longest. */
	CHECK(line_feed(&b, text, LINE_SIZE - 1, on_line, &s) == 0);
	CHECK(feed(&b, "\n", &s) == 0);
	CHECK(s.count == 1 && s.length == LINE_SIZE - 1);

	/* One more is dropped whole, and the next line is obeyed. */
	CHECK(line_feed(&b, text, LINE_SIZE, on_line, &s) == 0);
	CHECK(feed(&b, "\nnext\n", &s) == 1);
	CHECK(s.count == 2 && strcmp(s.last, "next") == 0);

	/* The excess in a second piece, and two such lines at once. */
	CHECK(line_feed(&b, text, LINE_SIZE - 1, on_line, &s) == 0);
	CHECK(line_feed(&b, text, 2, on_line, &s) == 0);
	CHECK(line_feed(&b, text, LINE_SIZE, on_line, &s) == 0);
	CHECK(feed(&b, "\n", &s) == 1);
	CHECK(s.count == 2);
	CHECK(feed(&b, "last\n", &s) == 0);
	CHECK(s.count == 3 && strcmp(s.last, "last") == 0);
	return 0;
}

static int
test_split(void)
{
	char text[LINE_SIZE + 1];
	struct line_buf b;
	struct seen s;

	memset(&s, 0, sizeof(s));
	memset(text, 'x', sizeof(text));
	line_init(&b, LINE_SPLIT);

	/* A full buffer is not handed out before it is known to go on. */
	CHECK(line_feed(&b, text, LINE_SIZE - 1, on_line, &s) == 0);
	CHECK(s.count == 0);
	CHECK(feed(&b, "\n", &s) == 0);
	CHECK(s.count == 1 && s.length == LINE_SIZE - 1);

	CHECK(line_feed(&b, text, LINE_SIZE + 1, on_line, &s) == 0);
	CHECK(s.count == 2 && s.length == LINE_SIZE - 1);
	CHECK(feed(&b, "yz\n", &s) == 0);
	CHECK(s.count == 3 && strcmp(s.last, "xxyz") == 0);
	return 0;
}

static int
test_flush(void)
{
	struct line_buf b;
	struct seen s;

	memset(&s, 0, sizeof(s));
	line_init(&b, LINE_SPLIT);
	feed(&b, "no newline", &s);
	line_flush(&b, on_line, &s);
	CHECK(strcmp(s.all, "no newline|") == 0);
	line_flush(&b, on_line, &s);
	CHECK(s.count == 1);

	/* Half a command is no command. */
	line_init(&b, LINE_DROP);
	feed(&b, "run al", &s);
	line_flush(&b, on_line, &s);
	CHECK(s.count == 1);
	feed(&b, "check\n", &s);
	CHECK(strcmp(s.last, "check") == 0);
	return 0;
}

int
main(void)
{
	return test_pieces() || test_limit() || test_split() || test_flush();
}
