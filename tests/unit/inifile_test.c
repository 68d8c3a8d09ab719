/*
 * One ini file, line by line, without inih's surprises.
 */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/inifile.h"
#include "tests/unit/check.h"

struct story {
	char text[4 * INIFILE_LINE_MAX];
	size_t used;
};

static void
on_item(const struct inifile_item *item, void *arg)
{
	static const char letters[] = "SKMF";
	struct story *s = arg;

	(void)snprintf(s->text + s->used, sizeof(s->text) - s->used,
	    "%d%c %s%s%s\n", item->line, letters[item->kind],
	    item->kind == INIFILE_KEY ? item->key : "",
	    item->kind == INIFILE_KEY ? "=" : "", item->text);
	s->used = strlen(s->text);
}

/* What comes out of "n" bytes. */
static const char *
tell(struct story *s, char *bytes, size_t n)
{
	FILE *file = fmemopen(bytes, n, "r");

	s->used = 0;
	s->text[0] = '\0';
	if (file == NULL)
		return "";
	inifile_read(file, on_item, s);
	(void)fclose(file); /* only read */
	return s->text;
}

struct example {
	const char *text, *story;
};

static const struct example examples[] = {
	{ "\n", "" },
	{ "; c\n# c ; d\n  ; e\n\t# f\n", "" },
	{ "[a]\nb = c\n", "1S a\n2K b=c\n" },
	{ "[a]\nb=c", "1S a\n2K b=c\n" },
	{ "[a]\nb:c=d\n", "1S a\n2K b=c=d\n" },
	{ "[ a  b ] \nb  =  c d  \t\n", "1S a  b\n2K b=c d\n" },
	{ "b =\n", "1K b=\n" },
	{ "b = a;b #c\n", "1K b=a;b #c\n" },
	{ "b = caf\xc3\xa9\n", "1K b=caf\xc3\xa9\n" },
	/* Indented lines. */
	{ "[a]\nb = c\n  d = e\n\n; f\n\tg\nh = i\n",
	    "1S a\n2K b=c\n3M d = e\n6M g\n7K h=i\n" },
	{ "b = c\n [x]\n", "1K b=c\n2M [x]\n" },
	{ " b = c\n", "1F indented line without a key above it\n" },
	{ "[a]\n b = c\n d = e\n",
	    "1S a\n2F indented line without a key above it\n" },
	{ "b = c\n[a]\n d\n",
	    "1K b=c\n2S a\n3F indented line without a key above it\n" },
	/* Inline comments. */
	{ "b = c ; d\n e\nf = g\n", "1F ' ;' would start a comment\n3K f=g\n" },
	{ "b = c\t; d\n", "1F ' ;' would start a comment\n" },
	{ "b = ;c\n", "1F ' ;' would start a comment\n" },
	{ "b ;c = d\n", "1F ' ;' would start a comment\n" },
	{ "[a ;b]\n", "1F ' ;' would start a comment\n" },
	{ "b = c\n d ; e\n f\ng = h\n",
	    "1K b=c\n2F ' ;' would start a comment\n4K g=h\n" },
	/* Lines that are nothing. */
	{ "b\nc = d\n", "1F neither [section] nor key = value\n2K c=d\n" },
	{ "= d\n", "1F neither [section] nor key = value\n" },
	{ "[a\nb = c\n", "1F '[' without ']'\n2K b=c\n" },
	{ "[a] b\n", "1F text after ']'\n" },
	{ "[a]]\n", "1F text after ']'\n" },
	/* Bytes. */
	{ "b = c\x01\nd = e\n", "1F control byte 0x01\n2K d=e\n" },
	{ "b = c\x0b;d\n", "1F control byte 0x0b\n" },
	{ "b = c\x7f\n", "1F control byte 0x7f\n" },
	{ "[a]\r\nb = c\r\n",
	    "1F carriage return: is this a DOS text file?\n" },
	{ "\xef\xbb\xbf[a]\nb = c\n",
	    "1F byte order mark: save the file without one\n2K b=c\n" },
};

static int
test_examples(void)
{
	struct story s;
	char *copy;
	size_t i;

	for (i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		copy = strdup(examples[i].text);
		CHECK(copy != NULL);
		(void)tell(&s, copy, strlen(copy));
		free(copy);
		if (strcmp(s.text, examples[i].story) != 0) {
			fprintf(stderr, "%s-- is\n%s-- not\n%s",
			    examples[i].text, s.text, examples[i].story);
			return 1;
		}
	}
	return 0;
}

static int
test_nul(void)
{
	char bytes[] = "b = c\0d\ne = f\n";
	struct story s;

	CHECK(strcmp(tell(&s, bytes, sizeof(bytes) - 1),
		  "1F NUL byte\n2K e=f\n") == 0);
	return 0;
}

/* A value of "n" bytes in a line of n + 3, with and without its newline. */
static int
test_long_value(size_t n, bool newline, bool fits)
{
	char *bytes = malloc(n + 32);
	struct story *s = malloc(sizeof(*s));
	size_t length;

	CHECK(bytes != NULL && s != NULL);
	memcpy(bytes, "b=", 2);
	memset(bytes + 2, '=', n); /* inih's tail would be a key */
	length = n + 2;
	bytes[length] = '\0';
	if (newline)
		(void)snprintf(bytes + length, n + 32 - length, "\nc = d\n");
	(void)tell(s, bytes, strlen(bytes));
	if (fits) {
		CHECK(strncmp(s->text, "1K b==", 6) == 0);
		CHECK(strspn(s->text + 5, "=") == n);
	} else {
		CHECK(strncmp(s->text, "1F line longer than 8192 bytes\n",
			  31) == 0);
	}
	CHECK(!newline || strcmp(s->text + s->used - 7, "2K c=d\n") == 0);
	free(bytes);
	free(s);
	return 0;
}

static int
test_long_lines(void)
{
	CHECK(test_long_value(196, true, true) == 0);
	CHECK(test_long_value(200, true, true) == 0);
	CHECK(test_long_value(INIFILE_LINE_MAX - 3, true, true) == 0);
	CHECK(test_long_value(INIFILE_LINE_MAX - 3, false, true) == 0);
	CHECK(test_long_value(INIFILE_LINE_MAX - 2, true, false) == 0);
	CHECK(test_long_value(3 * INIFILE_LINE_MAX, true, false) == 0);
	CHECK(test_long_value(3 * INIFILE_LINE_MAX, false, false) == 0);
	return 0;
}

/* Comments and names longer than inih's buffers. */
static int
test_long_names(void)
{
	char bytes[1024];
	struct story s;

	(void)snprintf(bytes, sizeof(bytes), "; %0300d=1\n%0100d = v\n", 0, 0);
	(void)tell(&s, bytes, strlen(bytes));
	CHECK(strncmp(s.text, "2K 000", 6) == 0);
	CHECK(strspn(s.text + 3, "0") == INIFILE_KEY_MAX);

	(void)snprintf(bytes, sizeof(bytes), "%0101d=v\n", 0);
	CHECK(strcmp(tell(&s, bytes, strlen(bytes)),
		  "1F key longer than 100 bytes\n") == 0);

	(void)snprintf(bytes, sizeof(bytes), "[%0100d]\n", 0);
	(void)tell(&s, bytes, strlen(bytes));
	CHECK(strncmp(s.text, "1S ", 3) == 0);
	CHECK(strspn(s.text + 3, "0") == INIFILE_SECTION_MAX);

	(void)snprintf(bytes, sizeof(bytes), "[%0101d]\n", 0);
	CHECK(strcmp(tell(&s, bytes, strlen(bytes)),
		  "1F section name longer than 100 bytes\n") == 0);
	return 0;
}

int
main(void)
{
	return test_examples() || test_nul() || test_long_lines() ||
	       test_long_names();
}
