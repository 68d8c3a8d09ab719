/*
 * users/assign.  The records themselves go nowhere.
 */

#include "builders/assign.h"
#include "tests/fuzz/input.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static char path[] = "assign";
	struct compile c = { .text_path = path, .failed = true };

	input_fill(&c.text, data, len);
	(void)assign_add(&c);
	source_fini(&c.text);
	return 0;
}
