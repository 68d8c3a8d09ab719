/*
 * A rule's record: as it is, and with the checksum that it should have, so that
 * what follows the checksum in the reader is reached too.  One that was read,
 * and written, reads as the same again.
 */

#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ground.h"
#include "daemon/packed.h"
#include "daemon/record.h"
#include "tests/fuzz/matter.h"

#define CDB_START 2048
#define SUM "checksum"

/* After the last "checksum" there is room for it. */
static void
mend(char *bytes, size_t len)
{
	size_t at = len;

	for (; at > CDB_START + 8; at--) {
		if (len - at < strlen(SUM) + PACKED_DIGEST ||
		    memcmp(bytes + at, SUM, strlen(SUM)) != 0)
			continue;
		packed_put_digest((unsigned char *)bytes + at + strlen(SUM),
		    digest_bytes(bytes + CDB_START, at - 8 - CDB_START));
		return;
	}
}

static void
require_equal(const struct stamp_past *a, const struct stamp_past *b)
{
	matter_require(digest_equal(a->rule, b->rule));
	matter_require(a->records == b->records);
	matter_require(a->sources.count == b->sources.count);
	matter_require(digest_equal(
	    stamp_set_digest(&a->sources), stamp_set_digest(&b->sources)));
	matter_require(ground_size(a->mounts) == ground_size(b->mounts));
	matter_require(strcmp(a->tried.note, b->tried.note) == 0 ||
		       a->tried.ending == STAMP_GOOD);
}

static void
feed(const char *bytes, size_t len)
{
	struct stamp_past past, again;
	int fd = matter_file(bytes, len), second;

	if (record_read_fd(fd, &past) == 0) {
		second = record_spare("/tmp");
		matter_require(record_write_fd(second, &past) == 0);
		matter_require(record_read_fd(second, &again) == 0);
		require_equal(&past, &again);
		stamp_past_fini(&again);
		(void)close(second); /* nobody wants it */
	}
	stamp_past_fini(&past);
	(void)close(fd); /* nobody wants it */
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char path[MATTER_PATH], *bytes = matter_text(data, len);
	struct recordform_head head = { 1, 0, false };
	struct stamp_past past;

	feed(bytes, len);
	mend(bytes, len);
	feed(bytes, len);
	matter_make_directory("record");
	matter_put("record/rule", bytes, len);
	matter_path(path, "");
	(void)record_read_brief(path, "rule", &head, &past);
	(void)ground_size(past.mounts);
	stamp_past_fini(&past);
	free(bytes);
	return 0;
}
