/*
 * What a command has reported in ${deps}.  Either each line of it is in the
 * record, or the run has failed and there is none.
 */

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/finish.h"
#include "daemon/record.h"
#include "tests/fuzz/matter.h"

static char name[] = "rule";
static char *no_sources[] = { NULL };

/* What the manual says of a line.  A last one may lack its newline. */
static bool
is_good(const uint8_t *line, size_t len)
{
	return len > 0 && len < PATH_MAX && line[0] == '/' &&
	       memchr(line, '\0', len) == NULL;
}

static bool
is_recorded(const struct stamp_past *past, const uint8_t *line, size_t len)
{
	char path[PATH_MAX];

	memcpy(path, line, len);
	path[len] = '\0';
	return stamp_set_find(&past->sources, path) != NULL;
}

static void
compare(const uint8_t *data, size_t len, const struct stamp_past *past)
{
	const uint8_t *end;
	size_t n, lines = 0;
	bool good = true;

	for (; len > 0 && good; data += n, len -= n, lines++) {
		end = memchr(data, '\n', len);
		n = end == NULL ? len : (size_t)(end - data);
		good = is_good(data, n);
		if (good && past->exists)
			matter_require(is_recorded(past, data, n));
		n += end != NULL;
	}
	matter_require(good == past->exists);
	matter_require(past->sources.count <= lines);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct rule rule = { .name = name,
		.kind = RULE_ACTION,
		.sources = no_sources,
		.uses_deps = true,
		.run_uid = (uid_t)-1,
		.run_gid = (gid_t)-1 };
	char state[MATTER_PATH], deps[MATTER_PATH];
	/* All below the state directory counts: it may be guessed. */
	const struct scratch scratch = { .deps_path = deps,
		.cache_dir = state };
	struct check check = { .verdict = STAMP_BEHIND };
	const struct finish_run run = { .rule = &rule,
		.state_dir = state,
		.check = &check,
		.scratch = &scratch };
	struct finish_result result;
	struct stamp_past past;

	matter_make_directory("record");
	matter_path(state, "");
	matter_path(deps, "deps");
	matter_put("deps", data, len);
	matter_require(record_remove(state, RECORD_DONE, name) == 0);
	finish_run(&run, &result);
	matter_require(record_read(state, RECORD_DONE, name, &past) == 0);
	matter_require(past.exists == (result.outcome == PRODUCT_INSTALLED));
	matter_require(past.exists || strncmp(result.why, "deps: ", 6) == 0);
	compare(data, len, &past);
	stamp_past_fini(&past);
	stamp_set_fini(&check.now);
	return 0;
}
