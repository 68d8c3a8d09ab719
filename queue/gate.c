#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "queue/disk.h"
#include "queue/gate.h"

#define GATE_MUTEX "lock/sendmutex"

/* qmail locks with flock(2) where the system has it, else with lockf(3). */
static int
take(int fd)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (flock(fd, LOCK_EX | LOCK_NB) == -1)
		return -1;
	return fcntl(fd, F_SETLK, &all);
}

int
gate_lock(const struct queue *q)
{
	int fd;

	if (mkdirat(q->fd, "lock", 0700) == -1 && errno != EEXIST) {
		log_warn("%s/lock", q->path);
		return -1;
	}
	fd = openat(q->fd, GATE_MUTEX,
	    O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (fd == -1) {
		log_warn("%s/%s", q->path, GATE_MUTEX);
		return -1;
	}
	if (take(fd) == 0)
		return fd;
	if (errno == EWOULDBLOCK || errno == EACCES)
		log_warnx("%s: qmail-send is running (%s is locked): stop it "
			  "first",
		    q->path, GATE_MUTEX);
	else
		log_warn("%s/%s: lock", q->path, GATE_MUTEX);
	(void)close(fd); /* nothing was written */
	return -1;
}

static int
settle(const struct queue *q, const char *what, int rc)
{
	if (rc == 0)
		rc = disk_settle(q->fd);
	if (rc == -1)
		log_warn("%s: %s", q->path, what);
	return rc;
}

int
gate_close(const struct queue *q)
{
	return settle(q, "close to qmail", fchmod(q->fd, 0));
}

int
gate_open(const struct queue *q)
{
	if (disk_settle(q->fd) == -1 ||
	    fchown(q->fd, q->roles.uid[LAYOUT_QUEUER], q->roles.gid) == -1) {
		log_warn("%s: open to qmail", q->path);
		return -1;
	}
	return settle(q, "open to qmail", fchmod(q->fd, 0750));
}

int
gate_mark(const struct queue *q)
{
	int fd;

	/* What was renamed before must not come later than the mark. */
	if (settle(q, "sync", 0) == -1)
		return -1;
	fd = openat(q->fd, GATE_MARK,
	    O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	return settle(q, GATE_MARK, fd == -1 ? -1 : close(fd));
}

int
gate_unmark(const struct queue *q)
{
	if (settle(q, "sync", 0) == -1)
		return -1;
	return settle(q, GATE_MARK, unlinkat(q->fd, GATE_MARK, 0));
}

int
gate_is_closed(const struct queue *q)
{
	struct stat st;

	if (fstat(q->fd, &st) == 0)
		return (st.st_mode & 07777) == 0;
	log_warn("%s", q->path);
	return -1;
}

int
gate_is_marked(const struct queue *q)
{
	struct stat st;

	if (fstatat(q->fd, GATE_MARK, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	if (errno == ENOENT)
		return 0;
	log_warn("%s/%s", q->path, GATE_MARK);
	return -1;
}
