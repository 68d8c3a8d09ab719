#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "client/tail.h"

static ssize_t
read_end(const char *path, struct tail *t, bool *cut)
{
	struct stat st;
	off_t start;
	ssize_t n = -1;
	int fd, saved_errno;

	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == 0) {
		start = st.st_size > TAIL_BYTES ? st.st_size - TAIL_BYTES : 0;
		*cut = start > 0;
		t->written_at = st.st_mtim.tv_sec * INT64_C(1000) +
				st.st_mtim.tv_nsec / 1000000;
		errno = EINVAL;
		if (S_ISREG(st.st_mode))
			n = pread(fd, t->bytes, TAIL_BYTES, start);
	}
	saved_errno = errno;
	(void)close(fd); /* only read */
	errno = saved_errno;
	return n;
}

/* Keep the last TAIL_LINES: the oldest falls out. */
static void
add_line(struct tail *t, char *line)
{
	if (t->count == TAIL_LINES)
		memmove(t->lines, t->lines + 1,
		    (TAIL_LINES - 1) * sizeof(t->lines[0]));
	else
		t->count++;
	t->lines[t->count - 1] = line;
}

int
tail_read(const char *path, struct tail *t)
{
	char *line, *rest;
	bool cut = false;
	ssize_t n, i;

	memset(t, 0, sizeof(*t));
	n = read_end(path, t, &cut);
	if (n == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (t->bytes[i] == '\0')
			t->bytes[i] = ' ';
	rest = t->bytes;
	if (cut && strchr(rest, '\n') != NULL)
		rest = strchr(rest, '\n') + 1; /* the first is not whole */
	while ((line = strsep(&rest, "\n")) != NULL)
		if (rest != NULL || *line != '\0')
			add_line(t, line);
	return 0;
}
