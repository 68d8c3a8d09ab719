#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/dirs.h"
#include "daemon/log.h"
#include "daemon/runlock.h"
#include "daemon/trust.h"

#define LOCK_TRIES 10
#define ORPHAN_TRIES 500
#define SHARED_MODE 01730 /* with a group; without one 0700 */

/* Is it as we made it, but for another configuration? */
static bool
is_outdated(mode_t is, mode_t wanted)
{
	return is != wanted &&
	       (is == 0700 || (is == SHARED_MODE && wanted == 0700));
}

/* One directory of ours.  An existing one keeps the mode that the
 * administrator gave it, as long as nobody else can write there. */
static int
make_dir(const char *base, const char *name, mode_t mode, gid_t group)
{
	char path[PATH_MAX];
	mode_t forbidden = group == (gid_t)-1 ? 022 : 02;
	struct stat st;
	int fd = -1;

	snprintf(path, sizeof(path), "%s%s%s", base, name[0] ? "/" : "", name);
	if (mkdir(path, 0700) == -1 && errno != EEXIST) {
		log_warn("%s: mkdir", path);
		return -1;
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1) {
		log_warn("%s: open", path);
		goto fail;
	}
	if (st.st_uid != geteuid()) {
		log_warnx("%s: belongs to somebody else", path);
		errno = EPERM;
		goto fail;
	}
	if ((group != (gid_t)-1 && st.st_gid != group &&
		fchown(fd, (uid_t)-1, group) == -1) ||
	    (is_outdated(st.st_mode & 07777, mode) &&
		(fchmod(fd, mode) == -1 || fstat(fd, &st) == -1))) {
		log_warn("%s: set group and mode", path);
		goto fail;
	}
	if ((st.st_mode & forbidden) != 0) {
		log_warnx("%s: others may write there", path);
		errno = EPERM;
		goto fail;
	}
	close(fd);
	return 0;

fail:
	if (fd != -1)
		close(fd);
	return -1;
}

/* The two at the top; the others lie in them. */
static int
make_top(const char *path, mode_t mode)
{
	char why[512];

	if (make_dir(path, "", mode, (gid_t)-1) == -1)
		return -1;
	if (trust_above(path, (uid_t)-1, why, sizeof(why)) == 0)
		return 0;
	log_warnx("%s: %s", path, why);
	errno = EPERM;
	return -1;
}

/* Is the daemon that signed it dead for certain?  Then a child holds it that
 * has not come to closing what it inherited, and will in a moment. */
static bool
is_orphaned(const char *path)
{
	bool over;

	(void)runlock_holder(path, &over);
	return over;
}

/* Returns 0, or -1 with errno. */
static int
wait_for_lock(int fd, const char *path, bool *waited)
{
	/* A client takes it for an instant to see whether we are there. */
	const struct timespec pause = { .tv_nsec = 20000000 };
	int tries = 0;

	while (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno != EWOULDBLOCK)
			return -1;
		*waited = true;
		tries++;
		if (tries >= LOCK_TRIES && !is_orphaned(path))
			tries = ORPHAN_TRIES;
		if (tries == ORPHAN_TRIES) {
			errno = EWOULDBLOCK;
			return -1;
		}
		if (tries == LOCK_TRIES)
			log_info("%s: held, though the daemon that it names "
				 "is gone: waiting",
			    path);
		(void)nanosleep(&pause, NULL); /* a shorter one will do */
	}
	return 0;
}

static int
take_lock(const char *dir, const char *held, bool *waited)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/lock", dir);
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1) {
		log_warn("%s: open", path);
		return -1;
	}
	if (wait_for_lock(fd, path, waited) == 0) {
		runlock_sign(fd, path, getpid());
		return fd;
	}
	if (errno == EWOULDBLOCK)
		log_warnx("%s: held: %s", path, held);
	else
		log_warn("%s: lock", path);
	close(fd);
	return -1;
}

int
dirs_open(const struct rule_set *set, struct dirs *dirs)
{
	gid_t group = set->control_group, none = (gid_t)-1;
	mode_t reply = group == none ? 0700 : SHARED_MODE;

	*dirs = (struct dirs){ .run_fd = -1, .state_fd = -1 };
	if (make_top(set->run_dir, 0755) == -1 ||
	    make_dir(set->run_dir, "reply", reply, group) == -1 ||
	    make_dir(set->run_dir, "output", 0700, none) == -1 ||
	    make_top(set->state_dir, 0711) == -1 ||
	    make_dir(set->state_dir, "list", 0755, none) == -1)
		return -1;
	dirs->run_fd = take_lock(
	    set->run_dir, "a triggerd runs here already", &dirs->waited);
	if (dirs->run_fd != -1)
		dirs->state_fd = take_lock(set->state_dir,
		    "a triggerd with another run directory has this state",
		    &dirs->waited);
	if (dirs->state_fd != -1)
		return 0;
	dirs_close(dirs);
	return -1;
}

/* A name that stays does no more than to let the next daemon wait in vain for
 * whoever holds the lock then. */
static void
drop_lock(int *fd)
{
	if (*fd == -1)
		return;
	(void)runlock_clear(*fd);
	(void)close(*fd); /* and with it the lock */
	*fd = -1;
}

void
dirs_close(struct dirs *dirs)
{
	int saved_errno = errno;

	drop_lock(&dirs->state_fd);
	drop_lock(&dirs->run_fd);
	errno = saved_errno;
}
