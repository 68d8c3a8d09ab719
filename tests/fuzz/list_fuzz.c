/*
 * What a command has printed as a list of instances, and the file that such a
 * list is kept in.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/instance.h"
#include "tests/fuzz/matter.h"

static void
require_equal(char *const *a, char *const *b)
{
	for (; *a != NULL && *b != NULL; a++, b++)
		matter_require(strcmp(*a, *b) == 0);
	matter_require(*a == NULL && *b == NULL);
}

/* A list that may be one is the same after it was written and read. */
static void
keep(char *const *words, const char *key)
{
	FILE *file = fdopen(matter_file("", 0), "w+");
	char **again, *name;

	matter_require(file != NULL && instance_write(file, key, words) == 0);
	rewind(file);
	again = instance_read(file, key);
	matter_require(again != NULL);
	require_equal(words, again);
	instance_free(again);
	(void)fclose(file); /* nobody wants it */
	for (; *words != NULL; words++) {
		name = instance_name("rule", *words);
		matter_require(strlen(name) <= INSTANCE_NAME_MAX);
		matter_require(strchr(name, '/') == NULL);
		matter_require(instance_is_of(name, "rule"));
		free(name);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static char command[] = "list";
	char *const commands[] = { command, NULL };
	char key[INSTANCE_KEY_SIZE], why[200], *text = matter_text(data, len);
	char **words = instance_split(text);
	FILE *file = fmemopen(text, len + 1, "r");

	instance_key(commands, key);
	matter_require(words != NULL && file != NULL);
	if (instance_check("rule", words, why, sizeof(why)) == 0)
		keep(words, key);
	instance_free(words);
	words = instance_read(file, NULL);
	instance_free(words);
	rewind(file);
	words = instance_read(file, key);
	instance_free(words);
	(void)fclose(file); /* only read */
	free(text);
	return 0;
}
