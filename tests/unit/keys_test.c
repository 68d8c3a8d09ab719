/*
 * Names come out sorted by their bytes, each once; and what changes nothing
 * for their reader goes.
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
		keys_add(&k, name, (size_t)len, KEYS_NAME);
	}
	keys_sort(&k);
	failed = check_sorted(&k);
	CHECK(k.n > 4096 && k.n < 20000);
	for (i = 0; i < (int)k.n; i++)
		CHECK(keys_find(&k, k.items[i].text, k.items[i].len) ==
		      &k.items[i]);
	CHECK(keys_find(&k, "none", 4) == NULL);
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
		keys_add(&k, name, 1, KEYS_NAME);
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
	char name[KEYS_LEN_MAX + 1];

	memset(name, 'a', sizeof(name));
	keys_init(&k);
	keys_sort(&k);
	CHECK(k.n == 0 && keys_find(&k, "", 0) == NULL);
	keys_prune(&k, '-');
	keys_add(&k, "Joe", 3, KEYS_NAME);
	CHECK(strcmp(k.items[0].text, "joe") == 0);
	keys_add(&k, name, KEYS_LEN_MAX, KEYS_NAME);
	CHECK(k.n == 2);
	keys_add(&k, name, KEYS_LEN_MAX + 1, KEYS_NAME);
	CHECK(k.n == 2);
	keys_clear(&k);
	CHECK(k.n == 0);
	keys_fini(&k);
	return 0;
}

static void
add(struct keys *k, const char *name, unsigned use)
{
	keys_add(k, name, strlen(name), use);
}

static int
test_uses(void)
{
	struct keys k;

	keys_init(&k);
	add(&k, "b", KEYS_NAME | KEYS_REFUSE);
	add(&k, "a", KEYS_NAME | KEYS_REFUSE);
	add(&k, "a", KEYS_NAME);
	add(&k, "b", KEYS_NAME | KEYS_REFUSE);
	add(&k, "x-default", KEYS_NAME);
	add(&k, "x-default", KEYS_PREFIX);
	keys_sort(&k);
	CHECK(k.n == 3);
	CHECK(k.items[0].use == KEYS_NAME);
	CHECK(k.items[1].use == (KEYS_NAME | KEYS_REFUSE));
	CHECK(k.items[2].use == (KEYS_NAME | KEYS_PREFIX));
	keys_fini(&k);
	return 0;
}

static int
test_prune(void)
{
	struct keys k;

	keys_init(&k);
	add(&k, "", KEYS_ALL);
	add(&k, "joe", KEYS_NAME);                       /* all are accepted */
	add(&k, "ann", KEYS_NAME | KEYS_REFUSE);         /* stays */
	add(&k, "l-default", KEYS_PREFIX | KEYS_REFUSE); /* stays */
	add(&k, "l-a", KEYS_NAME);                       /* stays, below that */
	add(&k, "l-b", KEYS_NAME | KEYS_REFUSE);         /* is refused anyway */
	add(&k, "l-m-default", KEYS_PREFIX | KEYS_REFUSE); /* too */
	keys_sort(&k);
	keys_prune(&k, '-');
	CHECK(k.n == 4);
	CHECK(keys_find(&k, "joe", 3) == NULL);
	CHECK(keys_find(&k, "l-b", 3) == NULL);
	CHECK(keys_find(&k, "l-m-default", 11) == NULL);
	keys_clear(&k);
	add(&k, "a+default", KEYS_PREFIX);
	add(&k, "a+b", KEYS_NAME | KEYS_REFUSE);
	add(&k, "a-b", KEYS_NAME | KEYS_REFUSE);
	keys_sort(&k);
	keys_prune(&k, '+');
	CHECK(k.n == 2 && keys_find(&k, "a-b", 3) == NULL);
	keys_fini(&k);
	return 0;
}

int
main(void)
{
	return test_many() || test_bytes() || test_limits() || test_uses() ||
	       test_prune();
}
