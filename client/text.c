#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/text.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

void
text_put(FILE *out, const char *text)
{
	const unsigned char *byte = (const unsigned char *)text;

	for (; byte != NULL && *byte != '\0'; byte++) {
		if (*byte >= ' ' && *byte < 0x7f)
			(void)fputc(*byte, out);
		else
			(void)fprintf(out, "\\x%02x", *byte);
	}
}

/* Without memory: unbroken. */
static void
put_broken(FILE *out, size_t indent, const char *escaped)
{
	size_t column = indent, n;
	bool begun = false;

	for (; *escaped != '\0'; escaped += n) {
		escaped += strspn(escaped, " ");
		n = strcspn(escaped, " ");
		if (n == 0)
			break;
		if (begun && column + 1 + n > TEXT_WIDTH) {
			(void)fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (begun) {
			(void)fputc(' ', out);
			column++;
		}
		(void)fwrite(escaped, 1, n, out);
		column += n;
		begun = true;
	}
	(void)fputc('\n', out);
}

void
text_put_lines(FILE *out, const char *first, const char *text)
{
	char *escaped = NULL;
	size_t size;
	FILE *memory = open_memstream(&escaped, &size);

	(void)fputs(first, out);
	if (memory != NULL) {
		text_put(memory, text);
		if (fclose(memory) == EOF) {
			free(escaped);
			escaped = NULL;
		}
	}
	if (escaped != NULL) {
		put_broken(out, strlen(first), escaped);
	} else {
		text_put(out, text);
		(void)fputc('\n', out);
	}
	free(escaped);
}

int64_t
text_now(void)
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(CLOCK_REALTIME, &t); /* cannot fail */
	return t.tv_sec * SECOND + t.tv_nsec / 1000000;
}

/* In the unit in which two digits tell most. */
static const char *
in_units(int64_t ms, char *buf)
{
	static const struct {
		int64_t unit, below;
		const char *word;
	} units[] = {
		{ SECOND, 100 * SECOND, "s" },
		{ MINUTE, 100 * MINUTE, "min" },
		{ HOUR, 48 * HOUR, "h" },
		{ DAY, INT64_MAX, "d" },
	};
	size_t i;

	for (i = 0; ms >= units[i].below && i + 1 < 4; i++)
		continue;
	(void)snprintf(buf, TEXT_TIME_SIZE, "%" PRId64 " %s",
	    ms / units[i].unit, units[i].word);
	return buf;
}

const char *
text_when(int64_t at, int64_t now, char *buf)
{
	char units[TEXT_TIME_SIZE];

	if (at <= 0)
		(void)snprintf(buf, TEXT_TIME_SIZE, "never");
	else if (at > now) /* "in 1 s" is not yet over: round up */
		(void)snprintf(buf, TEXT_TIME_SIZE, "in %.30s",
		    in_units(at - now + SECOND - 1, units));
	else
		(void)snprintf(buf, TEXT_TIME_SIZE, "%.30s ago",
		    in_units(now - at, units));
	return buf;
}

const char *
text_span(int64_t ms, char *buf)
{
	if (ms < SECOND)
		(void)snprintf(buf, TEXT_TIME_SIZE, "%" PRId64 " ms", ms);
	else if (ms < 10 * SECOND)
		(void)snprintf(buf, TEXT_TIME_SIZE, "%" PRId64 ".%" PRId64 " s",
		    ms / SECOND, ms % SECOND / 100);
	else
		(void)in_units(ms, buf);
	return buf;
}
