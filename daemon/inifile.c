/*
 * inifile - one ini file, line by line, without inih's surprises.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <ini.h>

#include "daemon/inifile.h"

/* What inih is shown for a value and for the name of a section. */
#define STAND_IN "x"

struct reader {
	FILE *file;
	inifile_fn *fn;
	void *arg;
	int line;
	bool ended;             /* nothing more is read */
	bool keyed;             /* an indented line goes on with the last key */
	bool faulty;            /* or is passed over */
	enum inifile_kind kind; /* of this line */
	char text[INIFILE_LINE_MAX];
	const char *value; /* in text */
};

static void
tell(
    struct reader *r, enum inifile_kind kind, const char *key, const char *text)
{
	struct inifile_item item = { kind, r->line, key, text };

	r->fn(&item, r->arg);
}

static void __attribute__((__format__(__printf__, 2, 3)))
refuse(struct reader *r, const char *fmt, ...)
{
	char reason[128];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(reason, sizeof(reason), fmt, ap); /* cut is fine */
	va_end(ap);
	tell(r, INIFILE_FAULT, NULL, reason);
	r->keyed = false;
	r->faulty = true;
}

/*
 * Read one line into r->text, without its newline.  Returns its length, which
 * is more than fits if the line is too long, or -1 at the end.
 */
static long
get_line(struct reader *r)
{
	size_t n = 0;
	int c;

	while ((c = getc(r->file)) != EOF && c != '\n') {
		if (n < sizeof(r->text) - 1)
			r->text[n] = (char)c;
		if (n < sizeof(r->text))
			n++;
	}
	if (c == EOF && n == 0)
		return -1;
	r->text[n < sizeof(r->text) ? n : sizeof(r->text) - 1] = '\0';
	r->line++;
	return (long)n;
}

/* Is there a byte in the line that no value can hold? */
static bool
has_bad_byte(struct reader *r, size_t n)
{
	size_t i;
	unsigned char c;

	for (i = 0; i < n; i++) {
		c = (unsigned char)r->text[i];
		if ((c >= ' ' && c != 0x7f) || c == '\t')
			continue;
		if (c == '\r')
			refuse(r, "carriage return: is this a DOS text file?");
		else if (c == '\0')
			refuse(r, "NUL byte");
		else
			refuse(r, "control byte 0x%02x", c);
		r->ended = c == '\r';
		return true;
	}
	return false;
}

static bool
is_readable(struct reader *r, size_t n)
{
	if (n >= sizeof(r->text)) {
		refuse(r, "line longer than %d bytes", INIFILE_LINE_MAX);
		return false;
	}
	if (has_bad_byte(r, n))
		return false;
	if (r->line == 1 && strncmp(r->text, "\xef\xbb\xbf", 3) == 0) {
		refuse(r, "byte order mark: save the file without one");
		return false;
	}
	return true;
}

static void
trim_end(char *text)
{
	size_t n = strlen(text);

	while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
		n--;
	text[n] = '\0';
}

static bool
take_section(struct reader *r, char *text)
{
	char *end = strchr(text, ']');

	if (end == NULL || end[1] != '\0') {
		refuse(r, end == NULL ? "'[' without ']'" : "text after ']'");
		return false;
	}
	*end = '\0';
	trim_end(text);
	text += 1 + strspn(text + 1, " \t");
	if (strlen(text) > INIFILE_SECTION_MAX) {
		refuse(r, "section name longer than %d bytes",
		    INIFILE_SECTION_MAX);
		return false;
	}
	r->kind = INIFILE_SECTION;
	r->keyed = r->faulty = false;
	tell(r, INIFILE_SECTION, NULL, text);
	return true;
}

/* The key stays in r->text, for inih to cut out. */
static bool
take_key(struct reader *r, char *text)
{
	size_t n = strcspn(text, "=:");

	if (text[n] == '\0' || n == 0) {
		refuse(r, "neither [section] nor key = value");
		return false;
	}
	text[n] = '\0';
	r->value = text + n + 1 + strspn(text + n + 1, " \t");
	trim_end(text);
	if (strlen(text) > INIFILE_KEY_MAX) {
		refuse(r, "key longer than %d bytes", INIFILE_KEY_MAX);
		return false;
	}
	r->kind = INIFILE_KEY;
	r->keyed = true;
	r->faulty = false;
	return true;
}

/* Look at a line.  Returns whether inih is to see its stand-in. */
static bool
take_line(struct reader *r, size_t n)
{
	char *text;

	if (!is_readable(r, n))
		return false;
	trim_end(r->text);
	text = r->text + strspn(r->text, " \t");
	if (*text == '\0' || *text == ';' || *text == '#')
		return false;
	if (text > r->text && r->faulty)
		return false;
	if (strstr(text, " ;") != NULL || strstr(text, "\t;") != NULL) {
		refuse(r, "' ;' would start a comment");
		return false;
	}
	if (text > r->text && !r->keyed) {
		refuse(r, "indented line without a key above it");
		return false;
	}
	if (text > r->text) {
		r->kind = INIFILE_MORE;
		r->value = text;
		return true;
	}
	return *text == '[' ? take_section(r, text) : take_key(r, text);
}

/* The line source of inih: one stand-in for each line. */
static char *
next_line(char *buf, int size, void *stream)
{
	struct reader *r = stream;
	int n;
	long length = r->ended ? -1 : get_line(r);

	if (length == -1)
		return NULL;
	if (!take_line(r, (size_t)length))
		n = snprintf(buf, (size_t)size, "\n");
	else if (r->kind == INIFILE_SECTION)
		n = snprintf(buf, (size_t)size, "[%s]\n", STAND_IN);
	else if (r->kind == INIFILE_MORE)
		n = snprintf(buf, (size_t)size, " %s\n", STAND_IN);
	else
		n = snprintf(buf, (size_t)size, "%s=%s\n", r->text, STAND_IN);
	if (n >= size) {
		/* Only where inih was built with lines shorter than a key. */
		refuse(r, "key longer than inih can read");
		buf[0] = '\0';
	}
	return buf;
}

static int
on_key(void *arg, const char *section, const char *key, const char *value)
{
	struct reader *r = arg;

	(void)section;
	(void)value;
	tell(r, r->kind, key, r->value);
	return 1;
}

void
inifile_read(FILE *file, inifile_fn *fn, void *arg)
{
	struct reader r = { .file = file, .fn = fn, .arg = arg };
	int rc;

	rc = ini_parse_stream(next_line, &r, on_key, &r);
	if (ferror(file)) {
		refuse(&r, "read: %s", strerror(errno));
	} else if (rc != 0) {
		/* Every line that it could refuse was refused before. */
		r.line = rc > 0 ? rc : r.line;
		refuse(&r, "inih cannot read this: %d", rc);
	}
}
