#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ground.h"
#include "daemon/log.h"
#include "daemon/refused.h"
#include "daemon/temporary.h"

#define SUFFIX 6 /* letters at the end of a temporary name */
#define TEMP_TRIES 100

static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
			      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

static bool
is_temp_name(const struct rule *rule, const char *name)
{
	char prefix[NAME_MAX + 1];
	size_t n;

	snprintf(prefix, sizeof(prefix), ".triggerd.%s.", rule->name);
	n = strlen(prefix);
	return strncmp(name, prefix, n) == 0 && strlen(name + n) == SUFFIX &&
	       strspn(name + n, letters) == SUFFIX;
}

int
temporary_make(
    const struct rule *rule, const struct dest *d, char *name, size_t size)
{
	unsigned char random[SUFFIX];
	char suffix[SUFFIX + 1] = "";
	int i, fd, tries;

	for (tries = 0; tries < TEMP_TRIES; tries++) {
		if (getentropy(random, sizeof(random)) == -1)
			break;
		for (i = 0; i < SUFFIX; i++)
			suffix[i] = letters[random[i] % (sizeof(letters) - 1)];
		snprintf(name, size, ".triggerd.%s.%s", rule->name, suffix);
		fd = openat(d->dir_fd, name,
		    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd != -1)
			return fd;
		if (errno != EEXIST)
			break;
	}
	name[0] = '\0'; /* not ours */
	return -1;
}

void
temporary_sweep_dir(const struct rule *rule, const struct dest *d)
{
	int fd = fcntl(d->dir_fd, F_DUPFD_CLOEXEC, 0);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *entry;
	struct stat st;

	if (dir == NULL) {
		log_warn("%s: read directory", d->path);
		if (fd != -1)
			(void)close(fd); /* nothing was written */
		return;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (!is_temp_name(rule, entry->d_name) ||
		    fstatat(d->dir_fd, entry->d_name, &st,
			AT_SYMLINK_NOFOLLOW) == -1 ||
		    !S_ISREG(st.st_mode))
			continue;
		if (unlinkat(d->dir_fd, entry->d_name, 0) == -1)
			log_warn("%s: remove %s", d->path, entry->d_name);
	}
	(void)closedir(dir); /* was only read */
}

void
temporary_sweep(const struct rule *rule)
{
	struct dest d;

	if (rule->target == NULL)
		return;
	if (dest_open(&d, rule) == -1) {
		if (errno != ENOENT && errno != ENOTDIR)
			log_warn("%s: open its directory", rule->target);
		return;
	}
	temporary_sweep_dir(rule, &d);
	dest_close(&d);
}

/* A left-over run of an earlier daemon holds the lock and may be installing;
 * its own next installation sweeps. */
static void
sweep_if_free(const struct rule *rule, const char *state_dir)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s.lock", state_dir, rule->name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd == -1) {
		if (errno != ENOENT) /* never run: nothing is left */
			log_warn("%s: open", path);
		return;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		temporary_sweep(rule);
		if (refused_sweep(state_dir, rule->name) == -1)
			log_warn("%s: half of a refused product", rule->name);
	}
	(void)close(fd); /* and with it the lock */
}

void
temporary_sweep_all(const struct rule_set *set)
{
	struct mounts mounts = { .all_local = true };
	size_t i;

	/* Where we might have to wait, the next installation sweeps too. */
	(void)mounts_refresh(&mounts);
	for (i = 0; i < set->rule_count; i++)
		if (set->rules[i].target != NULL &&
		    ground_is_near(&mounts, set->rules[i].target))
			sweep_if_free(&set->rules[i], set->state_dir);
	mounts_fini(&mounts);
}
