/*
 * The lines of a file of addresses.
 */

#include <stdlib.h>
#include <string.h>

#include "builders/addresses.h"
#include "tests/unit/check.h"

static long
parse(struct addresses *a, const char *text, size_t len)
{
	addresses_init(a);
	a->file.bytes = malloc(len + 1);
	if (a->file.bytes == NULL)
		abort();
	memcpy(a->file.bytes, text, len);
	a->file.bytes[len] = '\0';
	a->file.len = len;
	return addresses_parse(a);
}

#define PARSE(a, text) parse(a, text, sizeof(text) - 1)

static int
test_lines(void)
{
	const struct addresses_item *item;
	struct addresses a;

	CHECK(PARSE(&a, "# x\n\n Joe@Example.COM \t- # no\r\n@b\nroot\n"
			"a@x@b\njoe@b -\njoe@b") == 0);
	CHECK(a.n == 5);
	CHECK(addresses_have(&a, "example.com", "joe"));
	CHECK(addresses_have(&a, "", "root"));
	CHECK(!addresses_have(&a, "b", "root"));
	CHECK(addresses_of(&a, "example.com", &item) == 1 && item->refused);
	CHECK(addresses_of(&a, "c", &item) == 0);
	CHECK(addresses_of(&a, "b", &item) == 3);
	CHECK(item[0].local[0] == '\0');
	CHECK(strcmp(item[1].local, "a@x") == 0);
	CHECK(strcmp(item[2].local, "joe") == 0 && !item[2].refused);
	addresses_fini(&a);
	CHECK(PARSE(&a, "") == 0 && a.n == 0);
	CHECK(!addresses_have(&a, "", ""));
	addresses_fini(&a);
	return 0;
}

static int
test_bad(void)
{
	struct addresses a;

	CHECK(PARSE(&a, "a@b\nc@d x\n") == 2);
	addresses_fini(&a);
	CHECK(PARSE(&a, "a@b - -\n") == 1);
	addresses_fini(&a);
	CHECK(PARSE(&a, "a@\n") == 1);
	addresses_fini(&a);
	CHECK(PARSE(&a, "a@b\n\na\0b@c\n") == 3);
	addresses_fini(&a);
	return 0;
}

int
main(void)
{
	return test_lines() || test_bad();
}
