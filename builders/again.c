/*
 * again - a file that has triggerd run a builder again, where an error of the
 * machine hid something from it.
 */

#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "builders/again.h"
#include "builders/tempfile.h"
#include "daemon/log.h"

#define NAME "again" /* of the file */

/* Other bytes each time, for a rule that compares contents. */
static int
put_time(int fd)
{
	struct timespec now;
	int n;

	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail */
	n = dprintf(fd, "%lld.%09ld\n", (long long)now.tv_sec, now.tv_nsec);
	return n < 0 ? -1 : 0;
}

/* A new file each time: its stamp must differ from the last. */
static int
mark(struct deps *d, const char *directory)
{
	const char *path = deps_add_in(d, directory, NAME);
	struct tempfile temp;
	int rc = -1;

	if (tempfile_open(&temp, path, 0600) == 0) {
		if (put_time(temp.fd) == 0)
			rc = tempfile_commit_unsynced(&temp);
		tempfile_close(&temp);
	}
	if (rc == -1)
		log_warn("%s", path);
	return rc;
}

/* Left there it would do no harm: it is not named any more. */
static void
clear(struct deps *d, const char *directory)
{
	const char *path = deps_path_in(d, directory, NAME);

	if (unlink(path) == -1 && errno != ENOENT)
		log_warn("%s", path);
}

int
again_settle(struct deps *d, const char *directory, const char *deps_path)
{
	if (!d->failed) {
		if (directory != NULL)
			clear(d, directory);
		return 0;
	}
	if (directory != NULL)
		return mark(d, directory);
	if (deps_path == NULL)
		return 0;
	log_warnx("%s: without --cache nothing would tell when that is over",
	    deps_path);
	return -1;
}
