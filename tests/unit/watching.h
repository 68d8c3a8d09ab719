/*
 * watching - a private directory, a watch in it, and what the watch has told.
 *
 * Each test begins with an empty directory and ends with no watch left.
 */

#ifndef WATCHING_H
#define WATCHING_H

#include <sys/mount.h>
#include <sys/stat.h>

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ev.h>

#include "tests/unit/check.h"
#include "triggers/events.h"
#include "triggers/watch.h"

/* What the callback has heard since the last hints(). */
struct heard {
	unsigned topics; /* bit N: topic N; bit 0: all */
	unsigned count;
	char path[PATH_MAX]; /* of the last one, or empty */
	unsigned drop;       /* the callback drops this topic */
	const char *add;     /* and adds this pattern, as topic 7 */
	struct watch *w;
};

static char root[] = "/tmp/watch_test.XXXXXX";

static struct heard heard;

static inline void
on_hint(const struct trigger_hint *hint, void *arg)
{
	struct heard *h = arg;

	h->topics |= 1u << hint->topic;
	h->count++;
	(void)snprintf(h->path, sizeof(h->path), "%s",
	    hint->path == NULL ? "" : hint->path);
	if (h->drop != 0)
		watch_drop(h->w, h->drop);
	h->drop = 0;
	if (h->add != NULL)
		(void)watch_add(h->w, 7, h->add);
	h->add = NULL;
	watch_drain(h->w); /* must be harmless here */
}

/* Which topics have had hints since the last call? */
static inline unsigned
hints(struct watch *w)
{
	heard.topics = heard.count = 0;
	heard.path[0] = '\0';
	heard.w = w;
	watch_drain(w);
	return heard.topics;
}

/* The path of a name in the private directory; four at a time. */
static inline const char *
at(const char *name)
{
	static char paths[4][PATH_MAX];
	static unsigned turn;
	char *path = paths[turn++ % 4];

	(void)snprintf(path, PATH_MAX, "%s/%s", root, name);
	return path;
}

static inline void
die(const char *what)
{
	perror(what);
	exit(1);
}

static inline void
put(const char *name, const char *text)
{
	FILE *f = fopen(at(name), "w");

	if (f == NULL || fputs(text, f) == EOF || fclose(f) == EOF)
		die(name);
}

static inline void
make(const char *name)
{
	char path[PATH_MAX], *p;

	(void)snprintf(path, sizeof(path), "%s", at(name));
	for (p = path + strlen(root) + 1; *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(path, 0755) == -1 && errno != EEXIST)
			die(path);
		*p = '/';
	}
	if (mkdir(path, 0755) == -1)
		die(path);
}

static inline void
move(const char *from, const char *to)
{
	if (rename(at(from), at(to)) == -1)
		die(from);
}

static inline void
point(const char *name, const char *target)
{
	if (symlink(target, at(name)) == -1)
		die(name);
}

static inline int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void
scrub(const char *name)
{
	if (nftw(at(name), remove_one, 16, FTW_DEPTH | FTW_PHYS) == -1)
		die(name);
}

static inline bool
is_late(struct watch *w, unsigned topic)
{
	const char *why = "";

	return watch_is_degraded(w, topic, &why) &&
	       strcmp(why, "not all directories are watched yet") == 0;
}

/* What has much to look at takes several turns. */
static inline void
wait_armed(struct watch *w)
{
	while (is_late(w, 1))
		(void)hints(w);
}

static inline struct watch *
begin(const char *pattern)
{
	struct watch *w;

	memset(&heard, 0, sizeof(heard));
	w = watch_new(EV_DEFAULT, on_hint, &heard);
	heard.w = w;
	if (w == NULL || (pattern != NULL && watch_add(w, 1, at(pattern))))
		die("watch");
	return w;
}

static inline int
end(struct watch *w)
{
	unsigned turns;

	if (w != NULL) {
		watch_drop(w, 1);
		watch_drop(w, 2);
		watch_drop(w, 7);
		for (turns = 0; turns < 100 && watch_count(w) > 0; turns++)
			(void)hints(w);
		CHECK(watch_count(w) == 0);
	}
	watch_free(w);
	return 0;
}

/* What others mount would give hints too, and what we mount would give them to
 * others.  Whoever may not do this does not mount either; where the root is no
 * mount point, as in a chroot, it cannot be said for all at once. */
static inline void
live_apart(void)
{
	if (unshare(CLONE_NEWNS) == 0)
		(void)mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

static inline int
run(int (*test)(void))
{
	int failed = test();

	/* A mount can be left only by a test that failed. */
	(void)umount2(at("b"), MNT_DETACH);
	scrub("");
	if (mkdir(root, 0755) == -1)
		die(root);
	return failed;
}

/* Each of these, NULL after the last; returns whether one failed. */
static inline int
run_all(int (*const *tests)(void))
{
	int failed = 0;

	for (; *tests != NULL; tests++)
		failed |= run(*tests);
	return failed;
}

static inline void
enter(void)
{
	live_apart();
	if (mkdtemp(root) == NULL)
		die(root);
}

static inline void
leave(void)
{
	(void)rmdir(root);
	ev_default_destroy();
}

#endif
