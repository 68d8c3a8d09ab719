/*
 * The first byte chooses passwd or shadow.
 */

#include "builders/logins.h"
#include "builders/userfile.h"
#include "tests/fuzz/input.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct userfile u;
	size_t i;

	if (len == 0)
		return 0;
	userfile_init(&u);
	input_fill(&u.file, data + 1, len - 1);
	if (userfile_parse(&u, (enum userfile_form)(data[0] % 2)) == 0) {
		for (i = 0; i < u.n; i++) {
			(void)logins_judge(
			    u.users[i].hash, u.users[i].hash_len);
			input_require(
			    userfile_find(&u, u.users[i].name) == &u.users[i]);
		}
	}
	userfile_fini(&u);
	return 0;
}
