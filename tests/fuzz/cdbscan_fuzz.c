/*
 * Any cdb.
 */

#include "builders/cdbscan.h"
#include "tests/fuzz/input.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct source file;
	struct cdbscan scan;
	struct cdbscan_record record;

	source_init(&file);
	input_fill(&file, data, len);
	if (cdbscan_start(&scan, file.bytes, file.len)) {
		while (cdbscan_next(&scan, &record)) {
			input_touch(record.key, record.key_len);
			input_touch(record.value, record.value_len);
		}
	}
	source_fini(&file);
	return 0;
}
