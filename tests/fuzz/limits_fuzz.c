/*
 * vpopmail's limits.
 */

#include "builders/limits.h"
#include "tests/fuzz/input.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct source file;

	source_init(&file);
	input_fill(&file, data, len);
	(void)limits_have(file.bytes, file.len, "disable_smtp");
	source_fini(&file);
	return 0;
}
