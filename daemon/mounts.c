#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/mounts.h"

#define TABLE "/proc/self/mountinfo"
#define TEXT_FIRST 4096 /* bytes; doubled as needed */

/* Whose data is another machine's, or another process's. */
static bool
is_remote(const char *type)
{
	static const char *const remote[] = { "nfs", "nfs4", "cifs", "smb3",
		"smbfs", "9p", "ceph", "glusterfs", "afs", "autofs", "coda",
		"fuse", "gfs2", "lustre", "ncpfs", "ocfs2", "orangefs", "pvfs2",
		"virtiofs" };
	size_t i;

	/* "fuseblk" is a local disk's. */
	if (strncmp(type, "fuse.", 5) == 0)
		return true;
	for (i = 0; i < sizeof(remote) / sizeof(remote[0]); i++)
		if (strcmp(type, remote[i]) == 0)
			return true;
	return false;
}

/* "\040" and the like, in place. */
static void
unescape(char *text)
{
	char *to = text;

	for (; *text != '\0'; text++) {
		if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' &&
		    text[2] >= '0' && text[2] <= '7' && text[3] >= '0' &&
		    text[3] <= '7') {
			*to++ = (char)((text[1] - '0') << 6 |
				       (text[2] - '0') << 3 | (text[3] - '0'));
			text += 3;
		} else
			*to++ = *text;
	}
	*to = '\0';
}

/* Of "36 35 98:0 /root /mnt/x rw shared:1 - ext4 /dev/sda1 rw": the fifth word
 * and the one after the dash. */
static bool
cut_line(char *line, char **point, char **type)
{
	char *word;
	int n;

	*point = *type = NULL;
	for (n = 1; (word = strsep(&line, " ")) != NULL; n++) {
		if (n == 5)
			*point = word;
		if (n > 6 && strcmp(word, "-") == 0) {
			*type = strsep(&line, " ");
			break;
		}
	}
	return *point != NULL && *type != NULL;
}

static int
add_line(struct mounts *m, char *line)
{
	struct mount *more;
	char *point, *type;

	if (!cut_line(line, &point, &type))
		return 0; /* of a later kernel */
	more = reallocarray(m->list, m->count + 1, sizeof(*more));
	if (more == NULL)
		return -1;
	m->list = more;
	unescape(point);
	more[m->count].point = (size_t)(point - m->text);
	more[m->count].local = !is_remote(type);
	more[m->count].automatic = strcmp(type, "autofs") == 0;
	m->all_local = m->all_local && more[m->count].local;
	m->count++;
	return 0;
}

/* All of the file, with a final NUL; NULL with errno. */
static char *
slurp(int fd)
{
	size_t room = 0, used = 0;
	char *text = NULL, *more;
	ssize_t n;

	do {
		if (room - used < 2) {
			room = room == 0 ? TEXT_FIRST : 2 * room;
			more = realloc(text, room);
			if (more == NULL)
				goto fail;
			text = more;
		}
		n = pread(fd, text + used, room - used - 1, (off_t)used);
		if (n == -1)
			goto fail;
		used += (size_t)n;
	} while (n > 0);
	text[used] = '\0';
	return text;

fail:
	free(text);
	return NULL;
}

static void
forget(struct mounts *m)
{
	free(m->list);
	free(m->text);
	m->list = NULL;
	m->text = NULL;
	m->count = 0;
}

int
mounts_take(struct mounts *m, char *text)
{
	struct mounts fresh = { .all_local = true, .fd = m->fd, .text = text };
	char *line, *rest = text;

	while ((line = strsep(&rest, "\n")) != NULL) {
		if (add_line(&fresh, line) == -1) {
			forget(&fresh);
			return -1;
		}
	}
	forget(m);
	*m = fresh;
	return 0;
}

int
mounts_refresh(struct mounts *m)
{
	struct pollfd changed = { .fd = m->fd, .events = POLLPRI };
	char *text;
	int fd;

	if (m->fd == 0) {
		fd = open(TABLE, O_RDONLY | O_CLOEXEC);
		if (fd == -1 && errno == ENOENT && m->count == 0)
			m->all_local = true;
		if (fd == -1)
			return errno == ENOENT ? 0 : -1;
		m->fd = fd;
	} else if (poll(&changed, 1, 0) == 0)
		return 0;
	text = slurp(m->fd);
	return text == NULL ? -1 : mounts_take(m, text);
}

void
mounts_detach(struct mounts *m)
{
	m->fd = 0;
}

void
mounts_fini(struct mounts *m)
{
	forget(m);
	if (m->fd != 0)
		(void)close(m->fd); /* only read */
	m->fd = 0;
}

const char *
mounts_point(const struct mounts *m, const struct mount *mount)
{
	return m->text + mount->point;
}

bool
mounts_is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (strncmp(path, dir, n) != 0)
		return false;
	return path[n] == '\0' || path[n] == '/' ||
	       (n > 0 && dir[n - 1] == '/');
}

const struct mount *
mounts_of(const struct mounts *m, const char *path)
{
	const struct mount *best = NULL;
	const char *point;
	size_t i, length = 0;

	/* Of those mounted on the same point, the last hides the others. */
	for (i = 0; i < m->count; i++) {
		point = mounts_point(m, &m->list[i]);
		if (strlen(point) < length || !mounts_is_below(path, point))
			continue;
		best = &m->list[i];
		length = strlen(point);
	}
	return best;
}

bool
mounts_shows(const struct mounts *m, const char *point)
{
	size_t i;

	for (i = 0; i < m->count; i++)
		if (!m->list[i].automatic &&
		    strcmp(mounts_point(m, &m->list[i]), point) == 0)
			return true;
	return false;
}
