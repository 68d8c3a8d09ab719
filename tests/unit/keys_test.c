/*
 * Keys come out sorted by their bytes, each once.
 */

#include <stdio.h>
#include <string.h>

#include "builders/keys.h"
#include "tests/unit/check.h"

static int
check_sorted(const struct keys *k)
{
	size_t i;

	for (i = 1; i < k->n; i++)
		CHECK(strcmp(k->items[i - 1].text, k->items[i].text) < 0);
	return 0;
}

/* Names with long parts in common, of many lengths, most of them twice. */
static int
test_many(void)
{
	struct keys k;
	char name[400];
	unsigned number = 1;
	int i, failed, len;

	keys_init(&k);
	for (i = 0; i < 20000; i++) {
		number = number * 1103515245 + 12345;
		len = snprintf(name, sizeof(name), "%0*u",
		    (int)(number >> 16) % 4 * 83 + 1, number >> 20 & 0xfff);
		keys_add(&k, name, (size_t)len, "x", 1);
	}
	keys_sort(&k);
	failed = check_sorted(&k);
	CHECK(k.n > 4096 && k.n < 20000);
	keys_fini(&k);
	return failed;
}

static int
test_bytes(void)
{
	struct keys k;
	char name[2];
	int i;

	keys_init(&k);
	for (i = 255; i > 0; i--) {
		name[0] = (char)i;
		keys_add(&k, name, 1, "h", 1);
	}
	keys_sort(&k);
	CHECK(k.n == 255 - 26 - 1); /* no capitals, no newline */
	CHECK(check_sorted(&k) == 0);
	CHECK((unsigned char)k.items[k.n - 1].text[0] == 255);
	keys_fini(&k);
	return 0;
}

static int
test_limits(void)
{
	struct keys k;
	char name[KEYS_LEN_MAX];
	size_t mark;

	memset(name, 'a', sizeof(name));
	keys_init(&k);
	keys_sort(&k);
	CHECK(k.n == 0);
	keys_add(&k, "Joe", 3, "Example.COM", 11);
	CHECK(strcmp(k.items[0].text, "joe@example.com") == 0);
	mark = k.n;
	keys_add(&k, name, KEYS_LEN_MAX - 2, "h", 1);
	CHECK(k.n == mark + 1);
	keys_add(&k, name, KEYS_LEN_MAX - 1, "h", 1);
	CHECK(k.n == mark + 1);
	keys_undo(&k, mark);
	keys_add_bare(&k, "postmaster");
	keys_sort(&k);
	CHECK(k.n == 2 && strcmp(k.items[1].text, "postmaster") == 0);
	keys_fini(&k);
	return 0;
}

int
main(void)
{
	return test_many() || test_bytes() || test_limits();
}
