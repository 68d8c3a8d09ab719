/*
 * outfile - many small pieces written to a descriptor as few large ones.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builders/outfile.h"
#include "daemon/log.h"

void
outfile_open(struct outfile *o, int fd)
{
	memset(o, 0, sizeof(*o));
	o->fd = fd;
	o->bytes = malloc(OUTFILE_SIZE);
	if (o->bytes == NULL)
		log_fatal("memory");
}

void
outfile_close(struct outfile *o)
{
	free(o->bytes);
	memset(o, 0, sizeof(*o));
	o->fd = -1;
}

static void
write_all(struct outfile *o, const char *bytes, size_t len)
{
	ssize_t n;

	while (len > 0 && o->error == 0) {
		n = write(o->fd, bytes, len);
		if (n == -1 && errno != EINTR)
			o->error = errno;
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
	}
}

static void
empty(struct outfile *o)
{
	write_all(o, o->bytes, o->n);
	o->n = 0;
}

char *
outfile_room(struct outfile *o, size_t len)
{
	char *room;

	if (len > OUTFILE_SIZE - o->n)
		empty(o);
	room = o->bytes + o->n;
	o->n += len;
	return room;
}

void
outfile_put(struct outfile *o, const void *bytes, size_t len)
{
	if (len > OUTFILE_SIZE) {
		empty(o);
		write_all(o, bytes, len);
	} else if (len > 0) {
		memcpy(outfile_room(o, len), bytes, len);
	}
}

int
outfile_flush(struct outfile *o)
{
	empty(o);
	errno = o->error;
	return o->error == 0 ? 0 : -1;
}
