#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "queue/access.h"

#define ACCESS_BITS 07777

struct access
access_of(enum layout_part part)
{
	const struct layout_dir *dir = layout_dir(part);

	return (struct access){ dir->owner, dir->file_mode };
}

static bool
owner_is_right(const struct queue *q, const struct stat *st, struct access want)
{
	return st->st_uid == q->roles.uid[want.owner] &&
	       st->st_gid == q->roles.gid;
}

static bool
mode_is_right(const struct stat *st, struct access want)
{
	return (st->st_mode & ACCESS_BITS) == want.mode;
}

void
access_check(const struct queue *q, struct faults *faults, const char *path,
    uint64_t message, const struct stat *st, struct access want)
{
	if (!owner_is_right(q, st, want))
		fault_add(faults, FAULT_OWNER, message, path,
		    "owner is %ld:%ld and should be %ld:%ld", (long)st->st_uid,
		    (long)st->st_gid, (long)q->roles.uid[want.owner],
		    (long)q->roles.gid);
	if (!mode_is_right(st, want))
		fault_add(faults, FAULT_MODE, message, path,
		    "mode is %04o and should be %04o",
		    (unsigned)(st->st_mode & ACCESS_BITS), (unsigned)want.mode);
}

static int
set(const struct queue *q, int fd, const struct stat *seen, struct access want)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return -1;
	if (st.st_ino != seen->st_ino) {
		errno = EAGAIN; /* somebody is at work here */
		return -1;
	}
	/* The owner first: a new one takes set-id bits away. */
	if (!owner_is_right(q, &st, want) &&
	    fchown(fd, q->roles.uid[want.owner], q->roles.gid) == -1)
		return -1;
	return fchmod(fd, want.mode);
}

int
access_mend(const struct queue *q, const char *path, const struct stat *st,
    struct access want)
{
	int fd, rc;

	if (owner_is_right(q, st, want) && mode_is_right(st, want))
		return 0;
	fd =
	    openat(q->fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1) {
		log_warn("%s/%s", q->path, path);
		return -1;
	}
	rc = set(q, fd, st, want);
	if (rc == -1)
		log_warn("%s/%s: set owner and mode", q->path, path);
	(void)close(fd); /* nothing was written */
	return rc;
}
