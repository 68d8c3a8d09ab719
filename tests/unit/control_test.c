/*
 * Control files are taken to pieces as qmail does it.
 */

#include <stdlib.h>
#include <string.h>

#include "builders/control.h"
#include "tests/unit/check.h"

static void
parse(struct control *c, const char *text, size_t len, enum control_form form)
{
	control_init(c);
	c->file.bytes = malloc(len + 1);
	if (c->file.bytes == NULL)
		abort();
	memcpy(c->file.bytes, text, len);
	c->file.bytes[len] = '\0';
	c->file.len = len;
	control_parse(c, form);
}

#define PARSE(c, text, form) parse(c, text, sizeof(text) - 1, form)

static int
test_list(void)
{
	struct control c;

	PARSE(&c, "B \t\n#c\n\na\0D\n\0e\n\xe9\nlast", CONTROL_LIST);
	CHECK(c.n == 5);
	CHECK(strcmp(c.entries[0].key, "a") == 0);
	CHECK(strcmp(c.entries[1].key, "b") == 0);
	CHECK(strcmp(c.entries[2].key, "d") == 0);
	CHECK(strcmp(c.entries[3].key, "last") == 0);
	CHECK(strcmp(c.entries[4].key, "\xe9") == 0);
	control_fini(&c);
	PARSE(&c, "", CONTROL_LIST);
	CHECK(c.n == 0 && control_find(&c, "a") == NULL);
	control_fini(&c);
	return 0;
}

static int
test_line(void)
{
	struct control c;

	PARSE(&c, "#Me \nother\n", CONTROL_LINE);
	CHECK(c.n == 1 && strcmp(c.entries[0].key, "#me") == 0);
	control_fini(&c);
	return 0;
}

static int
test_pairs(void)
{
	struct control c;

	PARSE(&c, "a:1\nnone\nA:2:3\n:all\n.b:\n", CONTROL_PAIRS);
	CHECK(c.n == 3);
	CHECK(strcmp(control_find(&c, "a")->value, "2:3") == 0);
	CHECK(strcmp(control_find_host(&c, "x.y.b", true)->value, "") == 0);
	CHECK(strcmp(control_find_host(&c, "b", true)->value, "all") == 0);
	CHECK(control_find_host(&c, "b", false) == NULL);
	CHECK(control_find_host(&c, "", true) == NULL);
	control_fini(&c);
	return 0;
}

int
main(void)
{
	return test_list() || test_line() || test_pairs();
}
