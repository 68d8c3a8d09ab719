/*
 * The table of mounts, and a path on its last line.
 */

#include <stdlib.h>
#include <string.h>

#include "daemon/mounts.h"
#include "tests/fuzz/matter.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct mounts m = { .fd = 0 };
	char *text = matter_text(data, len), *last = strrchr(text, '\n');
	char *path = strdup(last == NULL ? "/" : last + 1);
	const struct mount *of;
	size_t i;

	matter_require(path != NULL && mounts_take(&m, text) == 0);
	for (i = 0; i < m.count; i++) {
		matter_require(m.list[i].local || !m.all_local);
		matter_require(mounts_shows(&m, mounts_point(&m, &m.list[i])) ||
			       m.list[i].automatic);
	}
	of = mounts_of(&m, path);
	matter_require(
	    of == NULL || mounts_is_below(path, mounts_point(&m, of)));
	mounts_fini(&m);
	free(path);
	return 0;
}
