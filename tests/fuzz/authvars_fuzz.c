/*
 * The configuration of mkauth.
 */

#include <string.h>

#include "builders/authvars.h"
#include "tests/fuzz/input.h"

static void
count_wrong(void *arg, long number, const char *why)
{
	size_t *n = arg;

	input_require(number > 0 && why != NULL);
	++*n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct authvars v;
	const struct authvars_line *const *lines;
	size_t i, n, wrong = 0;

	authvars_init(&v);
	input_fill(&v.file, data, len);
	input_require(authvars_parse(&v, count_wrong, &wrong) == wrong);
	for (i = 0; i < v.n; i++) {
		input_require(strchr(v.lines[i].value, '"') == NULL);
		lines = authvars_find(&v, v.lines[i].who, &n);
		input_require(n > 0);
		input_touch(lines[0]->value, strlen(lines[0]->value));
	}
	authvars_fini(&v);
	return 0;
}
