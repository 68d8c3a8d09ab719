/*
 * morercpthosts, morevalidrcptto.  The records themselves go nowhere.
 */

#include "builders/linekeys.h"
#include "tests/fuzz/input.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct compile c = { .failed = true };

	input_fill(&c.text, data, len);
	input_require(linekeys_add(&c) == 0);
	source_fini(&c.text);
	return 0;
}
