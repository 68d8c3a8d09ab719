#include <sys/file.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/forget.h"
#include "daemon/record.h"
#include "daemon/refused.h"
#include "daemon/scratch.h"

#define LOCK ".lock"

struct work {
	const struct rule_set *set;
	const char *rule, *state_dir, *run_dir;
	int error; /* the last, or 0 */
	bool later;
};

static void
check(struct work *w, int rc)
{
	if (rc == -1 && errno != ENOENT)
		w->error = errno;
}

/* Whoever finds the lock that we remove takes a new one: see runlock_take(). */
static void
forget(struct work *w, const char *name)
{
	char lock[PATH_MAX], output[PATH_MAX];
	int fd;

	(void)snprintf(lock, sizeof(lock), "%s/%s" LOCK, w->state_dir, name);
	fd = open(lock, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1 && errno != ENOENT) {
		check(w, -1); /* it may be at work */
		return;
	}
	if (fd != -1 && flock(fd, LOCK_EX | LOCK_NB) == -1) {
		w->later = true;
		(void)close(fd); /* nothing was written */
		return;
	}
	(void)snprintf(
	    output, sizeof(output), "%s/output/%s", w->run_dir, name);
	check(w, record_remove(w->state_dir, RECORD_DONE, name));
	check(w, record_remove(w->state_dir, RECORD_TRIED, name));
	check(w, refused_remove(w->state_dir, name));
	check(w, scratch_remove(w->state_dir, name));
	check(w, unlink(output));
	check(w, unlink(lock));
	if (fd != -1)
		(void)close(fd); /* nothing was written */
}

/* The name without its suffix, if it is that of an instance that has gone. */
static bool
has_gone(const struct work *w, char *name, const char *suffix)
{
	size_t n = strlen(w->rule), length = strlen(name);
	size_t tail = strlen(suffix);

	if (strncmp(name, w->rule, n) != 0 || name[n] != '@' ||
	    length < n + 1 + tail || strcmp(name + length - tail, suffix) != 0)
		return false;
	name[length - tail] = '\0';
	return rule_find(w->set, name) == NULL;
}

static void
look_into(struct work *w, const char *base, const char *dir, const char *suffix)
{
	char path[PATH_MAX];
	struct dirent *e;
	DIR *d;

	(void)snprintf(path, sizeof(path), "%s/%s", base, dir);
	d = opendir(path);
	if (d == NULL) {
		check(w, -1);
		return;
	}
	while ((e = readdir(d)) != NULL)
		if (has_gone(w, e->d_name, suffix))
			forget(w, e->d_name);
	(void)closedir(d); /* was only read */
}

enum forget_outcome
forget_instances(const struct rule_set *set, const char *rule,
    const char *state_dir, const char *run_dir)
{
	struct work w = { .set = set,
		.rule = rule,
		.state_dir = state_dir,
		.run_dir = run_dir };

	look_into(&w, state_dir, "record", "");
	look_into(&w, state_dir, "tried", "");
	look_into(&w, state_dir, "refused", "");
	look_into(&w, state_dir, "build", "");
	look_into(&w, state_dir, "cache", "");
	look_into(&w, run_dir, "output", "");
	look_into(&w, state_dir, "", LOCK);
	errno = w.error;
	if (w.error != 0)
		return FORGET_FAILED;
	return w.later ? FORGET_LATER : FORGET_DONE;
}
