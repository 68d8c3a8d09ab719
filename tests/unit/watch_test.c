/*
 * watch_test - every way in which a source changes gives a hint to the topics
 * that it belongs to, and to no other.
 */

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
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

static void
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
static unsigned
hints(struct watch *w)
{
	heard.topics = heard.count = 0;
	heard.path[0] = '\0';
	heard.w = w;
	watch_drain(w);
	return heard.topics;
}

/* The path of a name in the private directory; four at a time. */
static const char *
at(const char *name)
{
	static char paths[4][PATH_MAX];
	static unsigned turn;
	char *path = paths[turn++ % 4];

	(void)snprintf(path, PATH_MAX, "%s/%s", root, name);
	return path;
}

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static void
put(const char *name, const char *text)
{
	FILE *f = fopen(at(name), "w");

	if (f == NULL || fputs(text, f) == EOF || fclose(f) == EOF)
		die(name);
}

static void
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

static void
move(const char *from, const char *to)
{
	if (rename(at(from), at(to)) == -1)
		die(from);
}

static void
point(const char *name, const char *target)
{
	if (symlink(target, at(name)) == -1)
		die(name);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void
scrub(const char *name)
{
	if (nftw(at(name), remove_one, 16, FTW_DEPTH | FTW_PHYS) == -1)
		die(name);
}

static bool
is_late(struct watch *w, unsigned topic)
{
	const char *why = "";

	return watch_is_degraded(w, topic, &why) &&
	       strcmp(why, "not all directories are watched yet") == 0;
}

/* What has much to look at takes several turns. */
static void
wait_armed(struct watch *w)
{
	while (is_late(w, 1))
		(void)hints(w);
}

static struct watch *
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

static int
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

static int
test_file(void)
{
	struct watch *w = begin("f");

	CHECK(hints(w) == 0);
	put("f", "1");
	CHECK(hints(w) == 2 && strcmp(heard.path, at("f")) == 0);
	put("f", "2");
	CHECK(hints(w) == 2 && strcmp(heard.path, at("f")) == 0);
	put(".f.new", "3");
	CHECK(hints(w) == 0);
	move(".f.new", "f");
	CHECK(hints(w) == 2 && strcmp(heard.path, at("f")) == 0);
	put("f", "4");
	CHECK(hints(w) == 2);
	CHECK(chmod(at("f"), 0600) == 0);
	CHECK(hints(w) == 2);
	CHECK(unlink(at("f")) == 0);
	CHECK(hints(w) == 2);
	put("f", "5");
	CHECK(hints(w) == 2);
	return end(w);
}

static int
test_unrelated(void)
{
	struct watch *w = begin("d/f");

	make("d");
	put("d/f", "");
	(void)hints(w);
	put("d/g", "x");
	make("e");
	make("d/sub");
	put("e/f", "x");
	put("f", "x");
	put("d/.triggerd.f.abc123", "x");
	CHECK(hints(w) == 0);
	return end(w);
}

static int
test_loop(void)
{
	struct watch *w = begin("f");

	put("f", "1");
	heard.topics = heard.count = 0;
	ev_run(EV_DEFAULT, EVRUN_ONCE);
	CHECK(heard.topics == 2);
	heard.count = 0;
	ev_run(EV_DEFAULT, EVRUN_NOWAIT);
	CHECK(heard.count == 0);
	return end(w);
}

static int
test_ancestors(void)
{
	struct watch *w = begin("a/b/c/f");

	make("a/b/c");
	put("a/b/c/f", "1");
	CHECK(hints(w) == 2);
	put("a/b/c/f", "2");
	CHECK(hints(w) == 2);
	move("a/b", "a/away");
	CHECK(hints(w) == 2);
	put("a/away/c/f", "3");
	CHECK(hints(w) == 0);
	move("a/away", "a/b");
	CHECK(hints(w) == 2);
	put("a/b/c/f", "4");
	CHECK(hints(w) == 2);
	scrub("a");
	CHECK(hints(w) == 2);
	CHECK(hints(w) == 0);
	make("a/b");
	(void)hints(w);
	make("a/b/c");
	(void)hints(w);
	put("a/b/c/f", "5");
	CHECK(hints(w) == 2);
	return end(w);
}

/* A directory that is removed while somebody is in it tells nothing of itself
 * as long as he is. */
static int
test_held(void)
{
	struct watch *w;
	int fd;

	make("a/b");
	w = begin("a/b/f");
	fd = open(at("a/b"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(fd != -1 && hints(w) == 0);
	scrub("a/b");
	(void)hints(w);
	make("a/b");
	(void)hints(w);
	put("a/b/f", "1");
	CHECK(hints(w) == 2);
	CHECK(close(fd) == 0);
	(void)hints(w);
	put("a/b/f", "2");
	CHECK(hints(w) == 2);
	return end(w);
}

static int
test_swap(void)
{
	struct watch *w;

	make("a/x");
	make("b/x");
	put("a/x/f", "1");
	put("b/x/f", "2");
	w = begin("a/x/f");
	CHECK(watch_add(w, 2, at("b/x/f")) == 0);
	CHECK(hints(w) == 0);
	CHECK(renameat2(
		  AT_FDCWD, at("a"), AT_FDCWD, at("b"), RENAME_EXCHANGE) == 0);
	CHECK(hints(w) == 6);
	put("a/x/f", "3");
	CHECK(hints(w) == 2);
	put("b/x/f", "4");
	CHECK(hints(w) == 4);
	/* A directory replaced by another at one stroke. */
	make("c/x");
	put("c/x/f", "5");
	scrub("a");
	move("c", "a");
	CHECK((hints(w) & 2) != 0);
	put("a/x/f", "6");
	CHECK(hints(w) == 2);
	return end(w);
}

static int
test_links(void)
{
	struct watch *w;

	make("one");
	make("two");
	make("deep/er");
	put("one/f", "1");
	put("two/f", "2");
	put("deep/er/g", "3");
	point("way", "via");
	point("via", "one");
	w = begin("way/f");
	put("one/f", "11");
	CHECK(hints(w) == 2 && heard.path[0] == '\0');
	put("two/f", "22");
	CHECK(hints(w) == 0);
	/* The link in the middle of the chain changes. */
	point("new", "two");
	move("new", "via");
	CHECK(hints(w) == 2);
	put("two/f", "222");
	CHECK(hints(w) == 2);
	put("one/f", "111");
	CHECK(hints(w) == 0);
	/* The last component is a link, with ".." in it. */
	CHECK(unlink(at("two/f")) == 0);
	point("two/f", "../deep/er/../er/g");
	CHECK(hints(w) == 2);
	put("deep/er/g", "33");
	CHECK(hints(w) == 2);
	move("deep/er", "deep/est");
	CHECK(hints(w) == 2);
	make("deep/er");
	put("deep/er/g", "333");
	CHECK(hints(w) == 2);
	/* A link that leads nowhere, then somewhere. */
	CHECK(unlink(at("way")) == 0);
	point("way", at("later"));
	CHECK(hints(w) == 2);
	make("later");
	put("later/f", "4");
	CHECK(hints(w) == 2);
	/* The link becomes a directory. */
	CHECK(unlink(at("way")) == 0);
	make("way");
	put("way/f", "5");
	CHECK(hints(w) == 2);
	put("later/f", "44");
	CHECK(hints(w) == 0);
	put("way/f", "55");
	CHECK(hints(w) == 2);
	return end(w);
}

/* A link that comes, to what is watched already for somebody else. */
static int
test_link_to_known(void)
{
	struct watch *w;

	make("b");
	put("b/f", "1");
	w = begin("b/f");
	CHECK(watch_add(w, 2, at("l/b/f")) == 0);
	CHECK(hints(w) == 0);
	point("l", ".");
	CHECK(hints(w) == 4);
	put("b/f", "2");
	CHECK(hints(w) == 6);
	CHECK(unlink(at("l")) == 0);
	CHECK(hints(w) == 4);
	put("b/f", "3");
	CHECK(hints(w) == 2);
	return end(w);
}

static int
test_link_loop(void)
{
	struct watch *w;

	make("d");
	point("d/a", "b");
	point("d/b", "a/x");
	point("d/me", "me/me");
	point("d/up", "../d");
	w = begin("d/a/f");
	CHECK(watch_add(w, 1, at("d/me/f")) == 0);
	CHECK(watch_add(w, 1, at("d/*/*/*/f")) == 0);
	wait_armed(w);
	CHECK(hints(w) == 0);
	CHECK(unlink(at("d/a")) == 0);
	put("d/a", "1");
	CHECK(hints(w) == 2);
	return end(w);
}

/* A chain of links that led somewhere and leads nowhere now, for it has become
 * a circle or too long; and the way back. */
static int
test_links_end(void)
{
	char from[16], to[16];
	struct watch *w;
	int i;

	make("d");
	put("d/f", "1");
	for (i = 0; i < 5; i++) {
		(void)snprintf(from, sizeof(from), "d/%d", i);
		(void)snprintf(to, sizeof(to), "%d", i + 1);
		point(from, i == 4 ? "f" : to);
	}
	w = begin("d/0");
	put("d/f", "2");
	CHECK(hints(w) == 2);
	point("d/new", "0");
	move("d/new", "d/4"); /* a circle */
	CHECK(hints(w) == 2);
	point("d/new", "f");
	move("d/new", "d/4");
	CHECK(hints(w) == 2);
	put("d/f", "3");
	CHECK(hints(w) == 2);
	point("d/new", "0");
	move("d/new", "d/f"); /* what was a file is a link back */
	CHECK(hints(w) == 2);
	put("d/new", "4");
	move("d/new", "d/f");
	CHECK(hints(w) == 2);
	for (i = 5; i < 60; i++) {
		(void)snprintf(from, sizeof(from), "d/%d", i);
		(void)snprintf(to, sizeof(to), "%d", i + 1);
		point(from, i == 59 ? "f" : to);
	}
	(void)hints(w);
	point("d/new", "5");
	move("d/new", "d/4"); /* 60 links: too many */
	CHECK(hints(w) == 2);
	point("d/new", "f");
	move("d/new", "d/4");
	CHECK(hints(w) == 2);
	return end(w);
}

static int
test_topics(void)
{
	struct watch *w = begin("d/f");
	const char *why;

	make("d");
	put("d/f", "1");
	(void)hints(w);
	CHECK(watch_add(w, 2, at("d/f")) == 0);
	CHECK(watch_add(w, 2, at("d/g")) == 0);
	CHECK(hints(w) == 0);
	put("d/f", "2");
	CHECK(hints(w) == 6);
	put("d/g", "2");
	CHECK(hints(w) == 4);
	CHECK(!watch_is_degraded(w, 1, &why));
	watch_drop(w, 2);
	put("d/g", "3");
	CHECK(hints(w) == 0);
	put("d/f", "3");
	CHECK(hints(w) == 2);
	/* Topics may come and go while a hint is called back. */
	CHECK(watch_add(w, 2, at("d/f")) == 0);
	heard.drop = 2;
	heard.add = at("d/h");
	put("d/f", "4");
	CHECK(hints(w) == 2);
	put("d/f", "5");
	CHECK(hints(w) == 2);
	put("d/h", "5");
	CHECK(hints(w) == 1u << 7);
	return end(w);
}

/* A change that is found while another topic is added is not lost. */
static int
test_found_by_add(void)
{
	struct watch *w;
	int turns;

	make("d/s");
	put("d/s/f", "1");
	w = begin("d/s/f");
	move("d", "old");
	make("d/s");
	put("d/s/f", "2");
	CHECK(watch_add(w, 2, at("d/g")) == 0);
	heard.topics = heard.count = 0;
	/* A timer that is due now may be so only in the next turn. */
	for (turns = 0; turns < 8 && heard.topics == 0; turns++)
		ev_run(EV_DEFAULT, EVRUN_NOWAIT);
	CHECK((heard.topics & 2) != 0 && (heard.topics & 4) == 0);
	(void)hints(w);
	put("d/s/f", "3");
	CHECK(hints(w) == 2);
	return end(w);
}

static void
make_many(const char *dir, unsigned count)
{
	char name[64];
	unsigned i;

	for (i = 0; i < count; i++) {
		(void)snprintf(name, sizeof(name), "%s/%u", dir, i);
		make(name);
	}
}

/* Many directories are watched in slices, a turn of the loop for each; what
 * is watched already tells meanwhile, and at the end there is a hint for what
 * happened in the others before. */
static int
test_slices(void)
{
	struct watch *w;
	unsigned turns = 0;
	size_t before, few, most = 0;

	make("few");
	make("many");
	make_many("many", 1500);
	w = begin("few/f");
	put("few/f", "0");
	(void)hints(w);
	few = watch_count(w);
	CHECK(watch_add(w, 2, at("many/*/f")) == 0);
	CHECK(is_late(w, 2) && !is_late(w, 1));
	heard.topics = heard.count = 0;
	put("many/1499/f", "1");
	for (; is_late(w, 2); turns++) {
		before = watch_count(w);
		put("few/f", "1");
		ev_run(EV_DEFAULT, EVRUN_ONCE);
		if (watch_count(w) - before > most)
			most = watch_count(w) - before;
		CHECK((heard.topics & 2) != 0);
		heard.topics &= 4;
	}
	CHECK(most <= 125 && turns >= 12);
	CHECK(heard.topics == 4);
	CHECK(hints(w) == 0 && watch_count(w) == few + 1501);
	put("many/0/f", "2");
	CHECK(hints(w) == 4 && strcmp(heard.path, at("many/0/f")) == 0);
	put("many/1499/f", "2");
	CHECK(hints(w) == 4);
	/* Dropped and added again: nothing is to be done. */
	watch_drop(w, 2);
	CHECK(watch_add(w, 2, at("many/*/f")) == 0 && !is_late(w, 2));
	put("many/7/f", "3");
	CHECK(hints(w) == 4);
	/* All go at one stroke, and others come. */
	make("other");
	make_many("other", 1500);
	move("many", "gone");
	move("other", "many");
	CHECK(hints(w) == 4);
	for (turns = 0; turns < 100; turns++)
		ev_run(EV_DEFAULT, EVRUN_NOWAIT);
	put("gone/8/f", "4");
	CHECK(hints(w) == 0);
	put("many/8/f", "4");
	CHECK(hints(w) == 4);
	/* Dropped for good, half-way. */
	watch_drop(w, 2);
	(void)hints(w);
	CHECK(watch_add(w, 2, at("gone/*/f")) == 0 && is_late(w, 2));
	watch_drop(w, 2);
	before = watch_count(w);
	ev_run(EV_DEFAULT, EVRUN_ONCE);
	CHECK(before - watch_count(w) <= 500);
	for (turns = 0; turns < 100; turns++)
		ev_run(EV_DEFAULT, EVRUN_NOWAIT);
	CHECK(watch_count(w) == few);
	put("few/f", "2");
	CHECK(hints(w) == 2);
	return end(w);
}

/* A link is exchanged above so many directories that they are not watched
 * again at once. */
static int
test_late_link(void)
{
	struct watch *w;

	make("one");
	make("two");
	make_many("one", 800);
	make_many("two", 800);
	point("way", "one");
	w = begin("way/*/f");
	wait_armed(w);
	(void)hints(w);
	point("new", "two");
	move("new", "way");
	CHECK(hints(w) == 2 && is_late(w, 1));
	put("two/799/f", "1");
	heard.topics = 0;
	while (is_late(w, 1))
		ev_run(EV_DEFAULT, EVRUN_ONCE);
	CHECK(heard.topics == 2);
	(void)hints(w);
	put("two/799/f", "2");
	CHECK(hints(w) == 2);
	put("one/799/f", "2");
	CHECK(hints(w) == 0);
	return end(w);
}

static int
test_wildcards(void)
{
	struct watch *w;
	size_t count;

	make("dom/a");
	make("dom/.hidden");
	w = begin("dom/*/vpasswd");
	count = watch_count(w);
	put("dom/a/vpasswd", "1");
	CHECK(hints(w) == 2);
	CHECK(strcmp(heard.path, at("dom/a/vpasswd")) == 0);
	put("dom/a/other", "1");
	put("dom/file", "1");
	put("dom/.hidden/vpasswd", "1");
	CHECK(hints(w) == 0);
	CHECK(watch_count(w) == count);
	make("dom/b");
	put("dom/b/vpasswd", "1");
	CHECK(hints(w) == 2);
	CHECK(watch_count(w) == count + 1);
	put("dom/b/vpasswd", "2");
	CHECK(hints(w) == 2);
	move("dom/b", "b");
	CHECK(hints(w) == 2);
	CHECK(watch_count(w) == count);
	put("b/vpasswd", "3");
	CHECK(hints(w) == 0);
	move("b", "dom/c");
	CHECK(hints(w) == 2);
	put("dom/c/vpasswd", "4");
	CHECK(hints(w) == 2);
	/* A directory by way of a link, and a source that is one. */
	make("far");
	point("dom/d", "../far");
	CHECK(hints(w) == 2);
	put("far/vpasswd", "5");
	CHECK(hints(w) == 2);
	put("real", "6");
	CHECK(unlink(at("dom/c/vpasswd")) == 0);
	point("dom/c/vpasswd", "../../real");
	CHECK(hints(w) == 2);
	put("real", "66");
	CHECK(hints(w) == 2);
	CHECK(unlink(at("dom/c/vpasswd")) == 0);
	CHECK(hints(w) == 2);
	put("real", "666");
	CHECK(hints(w) == 0);
	/* All of it goes and comes again. */
	move("dom", "mod");
	CHECK(hints(w) == 2);
	move("mod", "dom");
	CHECK(hints(w) == 2);
	put("dom/a/vpasswd", "7");
	CHECK(hints(w) == 2);
	return end(w);
}

static int
test_any_depth(void)
{
	struct watch *w;

	make("t");
	w = begin("t/**/*.conf");
	put("t/x.conf", "1");
	CHECK(hints(w) == 2);
	make("t/a/b/c");
	put("t/a/b/c/x.conf", "1");
	CHECK(hints(w) == 2);
	put("t/a/b/c/x.conf", "2");
	CHECK(hints(w) == 2);
	put("t/a/b/c/x.txt", "2");
	CHECK(hints(w) == 0);
	make("t/.git/d");
	put("t/.git/d/x.conf", "2");
	CHECK(hints(w) == 0);
	move("t/a/b", "b");
	CHECK(hints(w) == 2);
	put("b/c/x.conf", "3");
	CHECK(hints(w) == 0);
	move("b", "t/b");
	CHECK(hints(w) == 2);
	put("t/b/c/x.conf", "4");
	CHECK(hints(w) == 2);
	/* Not through links. */
	make("far");
	point("t/far", "../far");
	(void)hints(w);
	put("far/x.conf", "5");
	CHECK(hints(w) == 0);
	/* The component after "**" may be a name. */
	CHECK(watch_add(w, 2, at("t/**/c/name")) == 0);
	put("t/b/c/name", "6");
	CHECK(hints(w) == 4);
	make("t/z/c");
	put("t/z/c/name", "6");
	CHECK((hints(w) & 4) != 0);
	put("t/z/c/name", "7");
	CHECK(hints(w) == 4);
	return end(w);
}

static int
test_inode(void)
{
	struct watch *w;

	put("f", "1");
	make("other");
	CHECK(link(at("f"), at("other/g")) == 0);
	w = begin("f");
	put("other/g", "2");
	CHECK(hints(w) == 2 && strcmp(heard.path, at("f")) == 0);
	/* Renamed over: the old inode is no source any more. */
	put("new", "3");
	move("new", "f");
	CHECK(hints(w) == 2);
	put("other/g", "4");
	CHECK(hints(w) == 0);
	CHECK(unlink(at("other/g")) == 0);
	CHECK(link(at("f"), at("other/g")) == 0);
	(void)hints(w);
	put("other/g", "5");
	CHECK(hints(w) == 2);
	/* One inode under two watched names. */
	CHECK(watch_add(w, 2, at("other/g")) == 0);
	put("f", "6");
	CHECK(hints(w) == 6);
	watch_drop(w, 2);
	put("other/g", "7");
	CHECK(hints(w) == 2);
	return end(w);
}

/* One directory in two places; and a mount that goes. */
static int
test_mounts(void)
{
	struct watch *w;

	make("a");
	make("b");
	put("a/f", "1");
	if (mount(at("a"), at("b"), NULL, MS_BIND, NULL) == -1) {
		CHECK(errno == EPERM || errno == EACCES);
		return end(NULL);
	}
	/* The same directory for its files here, for its names there. */
	w = begin("a/*.c");
	CHECK(watch_add(w, 2, at("b/s/g")) == 0);
	put("b/f.c", "1");
	CHECK(hints(w) == 2);
	put("a/f.c", "2");
	CHECK(hints(w) == 2);
	watch_drop(w, 1);
	CHECK(hints(w) == 0);
	watch_drop(w, 2);
	CHECK(watch_add(w, 1, at("a/f")) == 0);
	CHECK(watch_add(w, 2, at("b/f")) == 0);
	put("a/f", "2");
	CHECK(hints(w) == 6);
	put("b/f", "3");
	CHECK(hints(w) == 6);
	watch_drop(w, 1);
	put("a/f", "4");
	CHECK(hints(w) == 4);
	CHECK(umount(at("b")) == 0);
	CHECK(mount("none", at("b"), "tmpfs", 0, NULL) == 0);
	watch_drop(w, 2);
	CHECK(watch_add(w, 2, at("b/f")) == 0);
	put("b/f", "5");
	CHECK(hints(w) == 4);
	CHECK(umount(at("b")) == 0);
	CHECK(hints(w) == 4);
	/* Mounted over what is watched: no event tells, but the table does. */
	CHECK(mount(at("a"), at("b"), NULL, MS_BIND, NULL) == 0);
	CHECK(hints(w) == 4);
	put("a/f", "7");
	CHECK(hints(w) == 4);
	CHECK(umount(at("b")) == 0);
	CHECK(hints(w) == 4);
	put("b/f", "6");
	CHECK(hints(w) == 4);
	return end(w);
}

static int
test_overflow(void)
{
	struct watch *w = begin("d/f");
	unsigned long max = 16384, i;
	FILE *f = fopen("/proc/sys/fs/inotify/max_queued_events", "r");

	CHECK(f != NULL && fscanf(f, "%lu", &max) == 1);
	(void)fclose(f);
	make("d");
	(void)hints(w);
	/* Two names in turn, so that no two events are merged. */
	for (i = 0; i <= max; i++)
		CHECK(close(open(at(i % 2 == 0 ? "d/x" : "d/y"),
			  O_WRONLY | O_CREAT, 0600)) == 0);
	/* These events are lost. */
	move("d", "old");
	make("d");
	put("d/f", "1");
	CHECK((hints(w) & 1) != 0);
	(void)hints(w);
	put("d/f", "2");
	CHECK(hints(w) == 2);
	put("old/f", "2");
	CHECK(hints(w) == 0);
	return end(w);
}

/* Set the watch limit of this user namespace. */
static bool
set_limit(const char *text)
{
	FILE *f = fopen("/proc/sys/user/max_inotify_watches", "w");
	bool ok;

	if (f == NULL)
		return false;
	ok = fputs(text, f) != EOF;
	return fclose(f) != EOF && ok;
}

static int
reach_limit(void)
{
	struct watch *w;
	const char *why = "";

	make("d/e");
	w = begin("f");
	if (watch_count(w) != 3 || !set_limit("4\n")) {
		(void)fprintf(stderr, "watch limit: cannot be set here\n");
		return end(w);
	}
	CHECK(watch_add(w, 2, at("d/e/f")) == 0);
	CHECK(watch_is_degraded(w, 2, &why));
	CHECK(strstr(why, "max_user_watches") != NULL);
	CHECK(strstr(why, " 4 watches") != NULL);
	CHECK(!watch_is_degraded(w, 1, &why));
	watch_retry(w);
	CHECK(watch_is_degraded(w, 2, &why));
	put("f", "1");
	CHECK(hints(w) == 2);
	put("d/e/f", "1");
	CHECK(hints(w) == 0);
	CHECK(set_limit("1000\n"));
	watch_retry(w);
	CHECK(!watch_is_degraded(w, 1, &why));
	CHECK(!watch_is_degraded(w, 2, &why));
	CHECK(hints(w) == 6);
	put("d/e/f", "2");
	CHECK(hints(w) == 4);
	return end(w);
}

/* In a user namespace of its own, for the limit is the whole system's. */
static int
test_limit(void)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		if (unshare(CLONE_NEWUSER) == -1)
			_exit(0);
		status = reach_limit();
		_exit(status);
	}
	CHECK(pid != -1 && waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return 0;
}

static bool
is_far(const char *path, void *arg)
{
	size_t n = strlen(at("far"));
	unsigned *asked = arg;

	++*asked;
	return strncmp(path, at("far"), n) == 0 &&
	       (path[n] == '/' || path[n] == '\0');
}

/* What must not be touched is not even looked for: it is not there at all, and
 * is taken for something that cannot be watched all the same. */
static int
test_avoided(void)
{
	struct watch *w = begin(NULL);
	unsigned asked = 0;
	const char *why;

	make("here/d");
	point("here/link", "../far/d");
	watch_avoid(w, is_far, &asked);
	CHECK(!watch_take_news(w));
	CHECK(watch_add(w, 1, at("far/d/f")) == 0);
	CHECK(watch_take_news(w) && !watch_take_news(w));
	CHECK(asked > 0);
	CHECK(watch_add(w, 2, at("here/d/f")) == 0);
	CHECK(watch_is_degraded(w, 1, &why));
	CHECK(strstr(why, "network") != NULL);
	CHECK(!watch_is_degraded(w, 2, &why));
	CHECK(watch_add(w, 2, at("here/*/f")) == 0);
	CHECK(watch_is_degraded(w, 2, &why)); /* by the link */
	watch_retry(w);
	CHECK(watch_is_degraded(w, 2, &why));
	put("here/d/f", "1");
	CHECK((hints(w) & 4) != 0);
	make("far/d");
	put("far/d/f", "1");
	(void)hints(w); /* the name "far" has come */
	put("far/d/f", "2");
	CHECK(hints(w) == 0);
	watch_avoid(w, NULL, NULL);
	watch_retry(w);
	CHECK(!watch_is_degraded(w, 1, &why));
	CHECK(!watch_is_degraded(w, 2, &why));
	CHECK(watch_take_news(w));
	CHECK(hints(w) == 6);
	put("far/d/f", "3");
	CHECK(hints(w) == 6);
	return end(w);
}

/* A directory that cannot be read, as a user for whom that matters. */
static int
lack_permission(void)
{
	struct watch *w;
	const char *why;

	make("closed/d");
	CHECK(chmod(at("closed"), 0) == 0);
	w = begin("closed/d/f");
	CHECK(watch_is_degraded(w, 1, &why));
	watch_retry(w);
	CHECK(watch_is_degraded(w, 1, &why));
	CHECK(hints(w) == 0);
	CHECK(chmod(at("closed"), 0755) == 0);
	CHECK(hints(w) == 2); /* an error is not an absence */
	CHECK(!watch_is_degraded(w, 1, &why));
	put("closed/d/f", "1");
	CHECK(hints(w) == 2);
	return end(w);
}

static int
test_permission(void)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		if (geteuid() == 0 &&
		    (chown(root, 65534, 65534) == -1 || setuid(65534) == -1))
			_exit(1);
		status = lack_permission();
		_exit(status);
	}
	CHECK(pid != -1 && waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return 0;
}

/* What the system does not give now it may give later. */
static int
test_no_instance(void)
{
	struct rlimit old, none;
	const char *why = "";
	struct watch *w;

	put("f", "1");
	put("g", "2");
	CHECK(getrlimit(RLIMIT_NOFILE, &old) == 0);
	none = old;
	none.rlim_cur = 0;
	CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
	w = begin("f");
	CHECK(watch_is_degraded(w, 1, &why));
	CHECK(strstr(why, "max_user_instances") != NULL);
	move("g", "f");
	CHECK(hints(w) == 0);
	CHECK(setrlimit(RLIMIT_NOFILE, &old) == 0);
	watch_retry(w);
	CHECK(hints(w) == 2 && !watch_is_degraded(w, 1, &why));
	put("f", "3");
	CHECK(hints(w) == 2);
	return end(w);
}

/* What others mount would give hints too, and what we mount would give them to
 * others.  Whoever may not do this does not mount either; where the root is no
 * mount point, as in a chroot, it cannot be said for all at once. */
static void
live_apart(void)
{
	if (unshare(CLONE_NEWNS) == 0)
		(void)mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

/* Where it is not told what files hold that were not named: all else is, and
 * the rest is said to be missing. */
/* The second new file may well have the number of the first old one. */
static int
test_number_again(void)
{
	struct watch *w = begin("*/f");
	struct stat was, is;
	int i;

	make("d");
	put("d/f", "");
	(void)hints(w);
	for (i = 0; i < 8; i++) {
		CHECK(stat(at("d/f"), &was) == 0);
		put("d/new", "1");
		move("d/new", "d/f");
		put("d/new", "2");
		move("d/new", "d/f");
		CHECK(hints(w) == 2);
		CHECK(stat(at("d/f"), &is) == 0);
		if (is.st_ino == was.st_ino)
			break;
	}
	return end(w);
}

static int
test_coarse(void)
{
	struct watch *w;
	const char *why = "";

	make("dom/a");
	w = begin("dom/*/v");
	wait_armed(w);
	CHECK(watch_is_degraded(w, 1, &why));
	CHECK(strstr(why, "wildcards") != NULL);
	CHECK(watch_add(w, 2, at("dom/a/v")) == 0);
	CHECK(!watch_is_degraded(w, 2, &why));
	(void)hints(w);
	put("dom/a/v", "1");
	CHECK(hints(w) == 6);
	put("dom/a/v", "2");
	CHECK(hints(w) == 4);
	put("new", "3");
	move("new", "dom/a/v");
	CHECK(hints(w) == 6);
	make("dom/b");
	CHECK(hints(w) == 2);
	put("dom/b/v", "1");
	CHECK(hints(w) == 2);
	move("dom/b", "b");
	CHECK(hints(w) == 2);
	put("b/v", "2");
	CHECK(hints(w) == 0);
	watch_drop(w, 2);
	return end(w);
}

#define FEW_FDS 128

static int
run_short(void)
{
	struct rlimit few = { FEW_FDS, FEW_FDS };
	struct watch *w;
	const char *why = "";
	char name[16];
	int i;

	make("d");
	CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
	w = begin("f");
	for (i = 0; i < FEW_FDS; i++) {
		(void)snprintf(name, sizeof(name), "d/%d", i);
		put(name, "");
		CHECK(watch_add(w, 2, at(name)) == 0);
	}
	CHECK(watch_is_degraded(w, 2, &why));
	CHECK(strstr(why, "RLIMIT_NOFILE") != NULL);
	CHECK(!watch_is_degraded(w, 1, &why));
	/* There are some left for the rest of us. */
	i = open(at("d"), O_RDONLY | O_CLOEXEC);
	CHECK(i != -1 && i < FEW_FDS - 8 && close(i) == 0);
	(void)hints(w);
	put("f", "1");
	CHECK(hints(w) == 2);
	watch_drop(w, 2);
	CHECK(watch_add(w, 3, at("d/7")) == 0);
	(void)hints(w);
	put("d/7", "1");
	CHECK((hints(w) & 8) != 0);
	watch_drop(w, 3);
	return end(w);
}

/* In a process of its own, for the limit cannot be raised again. */
static int
test_few_fds(void)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		_exit(run_short());
	CHECK(pid != -1 && waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return 0;
}

static int
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

int
main(void)
{
	int (*const everywhere[])(void) = {
		test_file,
		test_unrelated,
		test_loop,
		test_ancestors,
		test_held,
		test_swap,
		test_links,
		test_link_to_known,
		test_link_loop,
		test_links_end,
		test_topics,
		test_found_by_add,
		test_inode,
		NULL,
	};
	int (*const seeing[])(void) = {
		test_slices,
		test_late_link,
		test_wildcards,
		test_any_depth,
		test_mounts,
		test_overflow,
		test_limit,
		test_avoided,
		test_permission,
		test_no_instance,
		NULL,
	};
	int (*const coarse[])(
	    void) = { test_number_again, test_coarse, test_few_fds, NULL };
	int (*const *more)(void) = events_see_inside() ? seeing : coarse;
	size_t i;
	int failed = 0;

	live_apart();
	if (mkdtemp(root) == NULL)
		die(root);
	for (i = 0; everywhere[i] != NULL; i++)
		failed |= run(everywhere[i]);
	for (i = 0; more[i] != NULL; i++)
		failed |= run(more[i]);
	(void)rmdir(root);
	ev_default_destroy();
	return failed;
}
