/*
 * mounts on Linux: /proc/self/mountinfo; see proc(5).
 */

#include <sys/stat.h>

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

/* Of "36 35 98:0 /root /mnt/x rw shared:1 - ext4 /dev/sda1 rw": the first word,
 * the fifth, and the one after the dash. */
static bool
cut_line(char *line, uint64_t *id, char **point, char **type)
{
	char *word;
	int n;

	*id = 0;
	*point = *type = NULL;
	for (n = 1; (word = strsep(&line, " ")) != NULL; n++) {
		if (n == 1)
			*id = strtoull(word, NULL, 10);
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
	char *point, *type;
	uint64_t id;

	if (!cut_line(line, &id, &point, &type))
		return 0; /* of a later kernel */
	unescape(point);
	if (mounts_add(m, (size_t)(point - m->text), !is_remote(type),
		strcmp(type, "autofs") == 0) == -1)
		return -1;
	m->list[m->count - 1].id = id;
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

int
mounts_take(struct mounts *m, char *text)
{
	struct mounts fresh = { .all_local = true, .fd = m->fd, .text = text };
	char *line, *rest = text;

	while ((line = strsep(&rest, "\n")) != NULL) {
		if (add_line(&fresh, line) == -1) {
			fresh.fd = 0; /* it is m's still */
			mounts_fini(&fresh);
			return -1;
		}
	}
	mounts_replace(m, &fresh);
	return 0;
}

/* The kernel tells once of each change: who could not read what it told of has
 * to look again, whether or not there is more to tell. */
static int
read_again(struct mounts *m)
{
	char *text = slurp(m->fd);
	int saved_errno;

	if (text != NULL && mounts_take(m, text) == 0)
		return 0;
	saved_errno = errno;
	(void)close(m->fd); /* only read */
	m->fd = 0;
	errno = saved_errno;
	return -1;
}

int
mounts_refresh(struct mounts *m)
{
	struct pollfd changed = { .fd = m->fd, .events = POLLPRI };
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
	return read_again(m);
}

const struct mount *
mounts_holding(const struct mounts *m, const char *path)
{
#ifdef STATX_MNT_ID /* of Linux 5.8 */
	struct statx st;
	size_t i;

	if (statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_MNT_ID, &st) ==
		-1 ||
	    (st.stx_mask & STATX_MNT_ID) == 0)
		return NULL;
	for (i = 0; i < m->count; i++)
		if (m->list[i].id == st.stx_mnt_id)
			return &m->list[i];
#else
	(void)m;
	(void)path;
#endif
	return NULL; /* it has come since, or is not ours to see */
}
