/*
 * The first byte chooses vpasswd, vpasswd.cdb, or names that a program printed.
 */

#include <string.h>

#include "builders/vpasswd.h"
#include "tests/fuzz/input.h"

static long
parse(struct vpasswd *v, unsigned form)
{
	switch (form % 3) {
	case 0:
		return vpasswd_parse(v);
	case 1:
		return vpasswd_parse_cdb(v);
	default:
		return vpasswd_parse_names(v);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct vpasswd v;
	size_t i;

	if (len == 0)
		return 0;
	vpasswd_init(&v);
	input_fill(&v.file, data + 1, len - 1);
	if (parse(&v, data[0]) == 0) {
		for (i = 0; i < v.n; i++) {
			input_touch(v.boxes[i].hash, v.boxes[i].hash_len);
			input_require(v.boxes[i].legal || !v.boxes[i].open);
			input_require(
			    vpasswd_find(&v, v.boxes[i].name) == &v.boxes[i]);
		}
	}
	vpasswd_fini(&v);
	return 0;
}
