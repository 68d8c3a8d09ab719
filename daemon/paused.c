#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "daemon/paused.h"
#include "daemon/syncdir.h"

#define SHARED ".paused" /* no name of a rule */

int
paused_read(const char *state_dir, const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%s/paused/%s", state_dir, name);
	if (lstat(path, &st) == 0)
		return 1;
	return errno == ENOENT ? 0 : -1;
}

int
paused_sync(const char *state_dir)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/paused", state_dir);
	return syncdir(path);
}

static int
make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd == -1)
		return -1;
	close(fd);
	return 0;
}

/* One more name for the empty file that all have costs a tenth of another
 * file: thousands of rules may be paused at once. */
static int
make_name(const char *dir, const char *path)
{
	char file[PATH_MAX + sizeof(SHARED)];

	snprintf(file, sizeof(file), "%s/" SHARED, dir);
	if (link(file, path) == 0 || errno == EEXIST ||
	    (errno == ENOENT && make_file(file) == 0 && link(file, path) == 0))
		return 0;
	return make_file(path); /* too many names, or none can have two */
}

int
paused_write(const char *state_dir, const char *name, bool paused)
{
	char dir[PATH_MAX], path[PATH_MAX];

	snprintf(dir, sizeof(dir), "%s/paused", state_dir);
	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >=
	    (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (!paused)
		return unlink(path) == -1 && errno != ENOENT ? -1 : 0;
	if (mkdir(dir, 0700) == -1 && errno != EEXIST)
		return -1;
	return make_name(dir, path);
}
