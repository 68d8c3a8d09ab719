/*
 * The names of instances, and lists of them in files.
 */

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/instance.h"
#include "tests/unit/check.h"

static int
test_name(void)
{
	static const struct {
		const char *word, *name;
	} cases[] = {
		{ "a", "r@a" },
		{ "A.b_c-9", "r@A.b_c-9" },
		{ ".a.", "r@%2Ea." },
		{ "..", "r@%2E." },
		{ "/etc/x y", "r@%2Fetc%2Fx%20y" },
		{ "%2F", "r@%252F" },
		{ "@", "r@%40" },
		{ "\xc3\xa9\x01\t", "r@%C3%A9%01%09" },
	};
	size_t i;
	char *name;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		name = instance_name("r", cases[i].word);
		CHECK(strcmp(name, cases[i].name) == 0);
		CHECK(instance_is_of(name, "r"));
		CHECK(instance_is_of(name, cases[i].name));
		free(name);
	}
	CHECK(instance_is_of("r", "r"));
	CHECK(!instance_is_of("r", "r@a") && !instance_is_of("r@a", "r@"));
	CHECK(!instance_is_of("rr@a", "r") && !instance_is_of("r@a", "r@b"));
	return 0;
}

static int
test_check(void)
{
	char a[] = "a", b[] = "b", none[] = "", why[256];
	char fits[INSTANCE_NAME_MAX + 1], slashes[INSTANCE_NAME_MAX / 3 + 1];
	char *words[4] = { a, b, NULL, NULL };
	char **many = calloc(INSTANCE_COUNT_MAX + 2, sizeof(*many));

	CHECK(instance_check("r", words, why, sizeof(why)) == 0);
	CHECK(instance_check("r", words + 2, why, sizeof(why)) == 0);
	words[2] = a;
	CHECK(instance_check("r", words, why, sizeof(why)) == -1);
	CHECK(strcmp(why, "a: given twice") == 0);
	words[1] = none;
	CHECK(instance_check("r", words, why, sizeof(why)) == -1);
	CHECK(strcmp(why, "an empty word") == 0);

	memset(fits, 'x', sizeof(fits));
	fits[INSTANCE_NAME_MAX - 2] = '\0';
	words[1] = fits;
	words[2] = NULL;
	CHECK(instance_check("r", words, why, sizeof(why)) == 0);
	CHECK(instance_check("rr", words, why, sizeof(why)) == -1);
	CHECK(strstr(why, "longer than 200 bytes") != NULL);
	memset(slashes, '/', sizeof(slashes));
	slashes[INSTANCE_NAME_MAX / 3] = '\0';
	words[1] = slashes;
	CHECK(instance_check("r", words, why, sizeof(why)) == 0);
	CHECK(instance_check("rrr", words, why, sizeof(why)) == -1);

	CHECK(many != NULL);
	for (size_t i = 0; i <= INSTANCE_COUNT_MAX; i++)
		many[i] = a;
	CHECK(instance_check("r", many, why, sizeof(why)) == -1);
	CHECK(strcmp(why, "more than 10000 words") == 0);
	free(many);
	return 0;
}

static int
test_list(void)
{
	char **words = instance_split(" a\tb  /c;d\r\n\n*\v'e \n"), **again;
	char *big, path[PATH_MAX], key[INSTANCE_KEY_SIZE];
	FILE *file = tmpfile();

	CHECK(file != NULL);
	CHECK(strcmp(words[0], "a") == 0 && strcmp(words[1], "b") == 0);
	CHECK(strcmp(words[2], "/c;d") == 0 && strcmp(words[3], "*") == 0);
	CHECK(strcmp(words[4], "'e") == 0 && words[5] == NULL);
	instance_key(words, key);
	CHECK(strlen(key) == INSTANCE_KEY_SIZE - 1);
	CHECK(instance_write(file, key, words) == 0);
	rewind(file);
	again = instance_read(file, key);
	CHECK(again != NULL && strcmp(again[4], "'e") == 0);
	CHECK(again[5] == NULL);
	instance_free(words);
	instance_free(again);
	rewind(file);
	again = instance_read(file, "another");
	CHECK(again != NULL && again[0] == NULL);
	instance_free(again);
	rewind(file);
	again = instance_read(file, NULL);
	CHECK(again != NULL && strcmp(again[0], "a") == 0);
	instance_free(again);
	words = instance_split(" \n");
	CHECK(words[0] == NULL);
	instance_free(words);
	instance_free(NULL);

	/* A file that somebody else has made larger is not cut. */
	big = malloc(INSTANCE_LIST_MAX);
	CHECK(big != NULL);
	memset(big, 'x', INSTANCE_LIST_MAX);
	rewind(file);
	CHECK(fprintf(file, "%s\n", key) == INSTANCE_KEY_SIZE);
	CHECK(fwrite(big, 1, INSTANCE_LIST_MAX, file) == INSTANCE_LIST_MAX);
	rewind(file);
	words = instance_read(file, key);
	CHECK(words != NULL && strlen(words[0]) == INSTANCE_LIST_MAX);
	instance_free(words);
	CHECK(fseek(file, 0, SEEK_END) == 0 && fputc('x', file) == 'x');
	rewind(file);
	CHECK(instance_read(file, key) == NULL);
	CHECK(fclose(file) == 0);
	free(big);

	instance_list_path(path, "/s", "r");
	CHECK(strcmp(path, "/s/list/r") == 0);
	instance_new_path(path, "/s", "r");
	CHECK(strcmp(path, "/s/list/.r") == 0);
	return 0;
}

int
main(void)
{
	return test_name() || test_check() || test_list();
}
