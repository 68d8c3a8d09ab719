/*
 * The first byte chooses the form of the control file.
 */

#include <string.h>

#include "builders/control.h"
#include "tests/fuzz/input.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct control c;
	size_t i;

	if (len == 0)
		return 0;
	control_init(&c);
	input_fill(&c.file, data + 1, len - 1);
	control_parse(&c, (enum control_form)(data[0] % 3));
	for (i = 0; i < c.n; i++) {
		input_touch(c.entries[i].value, strlen(c.entries[i].value));
		input_require(
		    control_find(&c, c.entries[i].key) == &c.entries[i]);
		(void)control_find_host(&c, c.entries[i].key, true);
	}
	control_fini(&c);
	return 0;
}
