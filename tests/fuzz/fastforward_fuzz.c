/*
 * The cdb of fastforward.
 */

#include "builders/fastforward.h"
#include "tests/fuzz/input.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct deps deps;
	struct fastforward_set set;
	struct fastforward f = { .path = "aliases.cdb" };
	size_t i;

	deps_init(&deps);
	fastforward_set_init(&set, &deps);
	input_fill(&set.file, data, len);
	if (fastforward_parse(&set, &f) == 0)
		for (i = 0; i < f.n; i++)
			(void)fastforward_has(&f, f.keys[i], "example.com");
	fastforward_set_fini(&set);
	deps_fini(&deps);
	return 0;
}
