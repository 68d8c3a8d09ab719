/*
 * The instructions of a .qmail file.
 */

#include <string.h>

#include "builders/instruct.h"
#include "tests/fuzz/input.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena memory;
	struct source file;
	struct instruct does;
	const struct instruct_call *call;

	arena_init(&memory);
	source_init(&file);
	input_fill(&file, data, len);
	does = instruct_judge(&memory, file.bytes, file.len);
	input_require(
	    does.kind > INSTRUCT_NOTHING && does.kind < INSTRUCT_TROUBLE);
	for (call = does.calls; call != NULL; call = call->next)
		input_touch(call->cdb, strlen(call->cdb));
	source_fini(&file);
	arena_fini(&memory);
	return 0;
}
