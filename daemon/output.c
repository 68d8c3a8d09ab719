#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/copy.h"
#include "daemon/output.h"

/* Make room by letting whole lines go from the front, half of what is there at
 * a time so that a flood does not move bytes for each line. */
static void
drop_oldest(struct output *o, size_t need)
{
	size_t keep_from = 0;
	const char *end;

	while (o->used - keep_from + need > OUTPUT_MAX ||
	       (keep_from > 0 && keep_from < o->used / 2)) {
		end = memchr(o->bytes + keep_from, '\n', o->used - keep_from);
		if (end == NULL)
			break;
		keep_from = (size_t)(end - o->bytes) + 1;
		o->dropped++;
	}
	memmove(o->bytes, o->bytes + keep_from, o->used - keep_from);
	o->used -= keep_from;
}

int
output_add(struct output *o, const char *line)
{
	size_t n = strlen(line) + 1;

	if (o->bytes == NULL) {
		o->bytes = malloc(OUTPUT_MAX);
		if (o->bytes == NULL)
			return -1;
	}
	o->lines++;
	if (n > OUTPUT_MAX)
		n = OUTPUT_MAX;
	if (o->used + n > OUTPUT_MAX)
		drop_oldest(o, n);
	memcpy(o->bytes + o->used, line, n - 1);
	o->used += n;
	o->bytes[o->used - 1] = '\n';
	return 0;
}

int
output_save(const struct output *o, const char *path)
{
	char note[64];
	int fd, rc = 0, n, saved_errno;

	fd = open(
	    path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return -1;
	if (o->dropped > 0) {
		n = snprintf(
		    note, sizeof(note), "(%zu earlier lines)\n", o->dropped);
		rc = copy_text(fd, note, (size_t)n);
	}
	if (rc == 0)
		rc = copy_text(fd, o->bytes, o->used);
	saved_errno = errno;
	if (close(fd) == -1 && rc == 0)
		return -1;
	errno = saved_errno;
	return rc;
}

void
output_fini(struct output *o)
{
	free(o->bytes);
	*o = (struct output){ 0 };
}
