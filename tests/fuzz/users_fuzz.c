/*
 * users/cdb.
 */

#include <string.h>

#include "builders/users.h"
#include "tests/fuzz/input.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct users u;
	const struct users_entry *e;
	size_t i;

	users_init(&u);
	input_fill(&u.file, data, len);
	if (users_parse(&u) == NULL) {
		for (i = 0; i < u.n; i++) {
			e = &u.entries[i];
			input_touch(e->home, strlen(e->home));
			input_touch(e->ext, strlen(e->ext));
			input_require(users_find(&u, e->name, e->exact) == e);
			(void)users_match(&u, e->name);
		}
	}
	users_fini(&u);
	return 0;
}
