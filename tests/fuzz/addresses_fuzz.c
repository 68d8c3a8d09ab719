/*
 * The addresses that are kept by hand.
 */

#include "builders/addresses.h"
#include "tests/fuzz/input.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct addresses a;
	size_t i;

	addresses_init(&a);
	input_fill(&a.file, data, len);
	if (addresses_parse(&a) == 0)
		for (i = 0; i < a.n; i++)
			input_require(addresses_have(
			    &a, a.items[i].host, a.items[i].local));
	addresses_fini(&a);
	return 0;
}
