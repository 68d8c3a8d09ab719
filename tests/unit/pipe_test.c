/*
 * pipe_test - echo and touch are one hint each, nothing else is one, and what
 * is not our pipe is not taken for it.
 */

#include <sys/ioctl.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ev.h>

#include "tests/unit/check.h"
#include "triggers/discard.h"
#include "triggers/pipe.h"
#include "triggers/scan.h"

#define NOBODY 65534

struct heard {
	unsigned topics; /* bit N: topic N */
	unsigned count;
	unsigned drop; /* the callback drops this topic */
	struct pipe_set *set;
};

/* A private directory, with the run directory in it. */
struct place {
	char root[32];
	char run[64];
	char path[64];   /* of a pipe in the run directory */
	char beside[64]; /* another name there */
	char other[64];  /* of a pipe outside */
	struct heard heard;
	struct pipe_set *set;
	struct pipe_spec spec;
};

static void
on_hint(const struct trigger_hint *hint, void *arg)
{
	struct heard *h = arg;

	h->topics |= 1u << hint->topic;
	h->count++;
	if (h->drop != 0)
		pipe_drop(h->set, h->drop);
	h->drop = 0;
}

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static void
begin(struct place *p)
{
	memset(p, 0, sizeof(*p));
	(void)strcpy(p->root, "/tmp/pipe_test.XXXXXX");
	if (mkdtemp(p->root) == NULL)
		die(p->root);
	(void)snprintf(p->run, sizeof(p->run), "%s/run", p->root);
	(void)snprintf(p->path, sizeof(p->path), "%s/run/p", p->root);
	(void)snprintf(p->beside, sizeof(p->beside), "%s/run/q", p->root);
	(void)snprintf(p->other, sizeof(p->other), "%s/p", p->root);
	if (mkdir(p->run, 0755) == -1)
		die(p->run);
	p->set = pipe_set_new(EV_DEFAULT, p->run, on_hint, &p->heard);
	if (p->set == NULL)
		die("pipe_set_new");
	p->heard.set = p->set;
	p->spec = (struct pipe_spec){
		.name = "update",
		.path = p->path,
		.owner = (uid_t)-1,
		.group = (gid_t)-1,
		.mode = 0622,
		.topic = 1,
	};
}

static int
end(struct place *p)
{
	char lock[80];

	pipe_set_free(p->set);
	(void)snprintf(lock, sizeof(lock), "%s.lock", p->other);
	(void)unlink(lock);
	(void)unlink(p->other);
	(void)unlink(p->path);
	(void)unlink(p->beside);
	CHECK(rmdir(p->run) == 0 && rmdir(p->root) == 0);
	return 0;
}

/* How many hints do eight turns of the loop give?  A descriptor that is ready
 * for ever would give more than one for each thing that happened. */
static unsigned
hints(struct place *p)
{
	int turns;

	p->heard.count = p->heard.topics = 0;
	for (turns = 0; turns < 8; turns++)
		ev_run(EV_DEFAULT, EVRUN_NOWAIT);
	return p->heard.count;
}

static void
echo(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd == -1 || write(fd, text, strlen(text)) == -1 || close(fd) == -1)
		die(path);
}

/* As touch(1) does it. */
static void
touch(const char *path)
{
	int fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CREAT, 0644);

	if (fd == -1 || futimens(fd, NULL) == -1 || close(fd) == -1)
		die(path);
}

static bool
is_fifo(const char *path, mode_t mode)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISFIFO(st.st_mode) &&
	       (st.st_mode & 07777) == mode;
}

static int
test_hints(void)
{
	struct place p;
	int fd;

	begin(&p);
	CHECK(pipe_add(p.set, &p.spec) == 0);
	CHECK(is_fifo(p.path, 0622));
	CHECK(hints(&p) == 0);
	echo(p.path, "x");
	CHECK(hints(&p) == 1 && p.heard.topics == 2);
	touch(p.path);
	CHECK(hints(&p) == 1);
	CHECK(utimensat(AT_FDCWD, p.path, NULL, 0) == 0);
	CHECK(hints(&p) == 1);
	/* Open, hold, close: nothing said. */
	fd = open(p.path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	CHECK(fd != -1 && hints(&p) == 0);
	CHECK(close(fd) == 0 && hints(&p) == 0);
	fd = open(p.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	CHECK(fd != -1 && hints(&p) == 0);
	CHECK(close(fd) == 0 && hints(&p) == 0);
	/* The same by draining. */
	echo(p.path, "\n\377$(reboot)");
	touch(p.path);
	p.heard.count = 0;
	pipe_drain(p.set);
	CHECK(p.heard.count == 1 && hints(&p) == 0);
	return end(&p);
}

/* Who fills a pipe is let write on for a moment, into more room, and then all
 * of it is taken at once. */
static int
test_pause(struct place *p, int fd, double since)
{
	int size;

	p->heard.count = 0;
	while (p->heard.count == 0)
		ev_run(EV_DEFAULT, EVRUN_ONCE);
	CHECK(ev_time() - since >= 1e-3);
	CHECK(ioctl(fd, FIONREAD, &size) == 0 && size == 0);
	return 0;
}

/* A flood is read in bounded pieces, and two pipes do not disturb each
 * other. */
static int
test_flood(void)
{
	static const char block[4096];
	struct place p;
	double began;
	int fd, size;

	begin(&p);
	CHECK(pipe_add(p.set, &p.spec) == 0);
	p.spec.path = p.beside;
	p.spec.topic = 2;
	CHECK(pipe_add(p.set, &p.spec) == 0);
	fd = open(p.path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	CHECK(fd != -1);
	size = fcntl(fd, F_SETPIPE_SZ, 4 * 65536);
	CHECK(size >= 4 * 65536);
	while (write(fd, block, sizeof(block)) > 0)
		;
	CHECK(errno == EAGAIN);
	p.heard.count = 0;
	began = ev_time();
	ev_run(EV_DEFAULT, EVRUN_NOWAIT);
	CHECK(p.heard.count == 1 && p.heard.topics == 2);
	CHECK(ioctl(fd, FIONREAD, &size) == 0 && size >= 3 * 65536);
	size = fcntl(fd, F_GETPIPE_SZ);
	if (discard_widen(fd)) /* if it can be, it has been by now */
		CHECK(size >= 16 * 65536 && test_pause(&p, fd, began) == 0);
	CHECK(write(fd, block, sizeof(block)) == sizeof(block));
	pipe_drain(p.set);
	CHECK(ioctl(fd, FIONREAD, &size) == 0 && size == 0);
	CHECK(hints(&p) == 0);
	echo(p.beside, "x");
	CHECK(hints(&p) == 1 && p.heard.topics == 4);
	CHECK(close(fd) == 0);
	return end(&p);
}

static int
test_removed(void)
{
	struct place p;

	begin(&p);
	CHECK(pipe_add(p.set, &p.spec) == 0);
	CHECK(unlink(p.path) == 0);
	CHECK(hints(&p) == 1 && is_fifo(p.path, 0622));
	touch(p.path);
	CHECK(hints(&p) == 1);
	CHECK(rename(p.path, p.beside) == 0);
	CHECK(hints(&p) == 1 && is_fifo(p.path, 0622));
	echo(p.path, "x");
	CHECK(hints(&p) == 1);
	/* Who touches a path that is free makes a file. */
	CHECK(unlink(p.path) == 0);
	touch(p.path);
	CHECK(hints(&p) == 1 && is_fifo(p.path, 0622));
	/* Another pipe renamed over it is taken over. */
	CHECK(rename(p.beside, p.path) == 0);
	CHECK(hints(&p) == 1);
	echo(p.path, "x");
	CHECK(hints(&p) == 1);
	return end(&p);
}

/* What cannot be made is tried again at the scan. */
static int
test_broken(void)
{
	struct place p;

	begin(&p);
	CHECK(pipe_add(p.set, &p.spec) == 0);
	CHECK(unlink(p.path) == 0 && mkdir(p.path, 0700) == 0);
	CHECK(hints(&p) == 1);
	pipe_set_verify(p.set);
	CHECK(hints(&p) == 0);
	CHECK(rmdir(p.path) == 0);
	p.heard.count = 0;
	pipe_set_verify(p.set);
	CHECK(p.heard.count == 1 && is_fifo(p.path, 0622));
	p.heard.count = 0;
	pipe_set_verify(p.set);
	CHECK(p.heard.count == 0);
	touch(p.path);
	CHECK(hints(&p) == 1);
	return end(&p);
}

static int
test_in_the_way(void)
{
	struct place p;

	begin(&p);
	touch(p.path);
	CHECK(pipe_add(p.set, &p.spec) == 0);
	CHECK(hints(&p) == 1 && is_fifo(p.path, 0622));
	pipe_drop(p.set, 1);
	CHECK(unlink(p.path) == 0);
	CHECK(symlink("q", p.path) == 0);
	CHECK(pipe_add(p.set, &p.spec) == -1);
	CHECK(mkfifo(p.beside, 0600) == 0);
	CHECK(pipe_add(p.set, &p.spec) == -1);
	CHECK(unlink(p.path) == 0);
	/* A pipe with two names may be somebody else's under the other. */
	CHECK(link(p.beside, p.path) == 0);
	CHECK(pipe_add(p.set, &p.spec) == -1);
	CHECK(unlink(p.path) == 0 && unlink(p.beside) == 0);
	/* Outside the run directory no file is removed. */
	touch(p.other);
	p.spec.path = p.other;
	CHECK(pipe_add(p.set, &p.spec) == -1);
	CHECK(access(p.other, F_OK) == 0);
	return end(&p);
}

static int
test_owner(void)
{
	struct place p;
	struct stat st;

	begin(&p);
	if (geteuid() != 0)
		return end(&p);
	CHECK(mkfifo(p.path, 0666) == 0 && chown(p.path, NOBODY, NOBODY) == 0);
	CHECK(pipe_add(p.set, &p.spec) == -1);
	p.spec.owner = NOBODY;
	p.spec.group = NOBODY - 1;
	CHECK(pipe_add(p.set, &p.spec) == 0);
	CHECK(is_fifo(p.path, 0622) && stat(p.path, &st) == 0);
	CHECK(st.st_uid == NOBODY && st.st_gid == NOBODY - 1);
	CHECK(hints(&p) == 0);
	/* Nothing is set that is so already: that would be a touch. */
	p.spec.topic = 2;
	CHECK(pipe_add(p.set, &p.spec) == 0);
	CHECK(hints(&p) == 0);
	pipe_drop(p.set, 1);
	touch(p.path);
	CHECK(hints(&p) == 1 && p.heard.topics == 4);
	echo(p.path, "x");
	CHECK(hints(&p) == 1 && p.heard.topics == 4);
	pipe_drop(p.set, 2);
	CHECK(unlink(p.path) == 0);
	touch(p.path);
	CHECK(chown(p.path, NOBODY, NOBODY) == 0);
	CHECK(pipe_add(p.set, &p.spec) == -1);
	CHECK(access(p.path, F_OK) == 0);
	return end(&p);
}

static int
test_lock(void)
{
	struct place p;
	struct pipe_set *second;
	struct heard heard = { .count = 0 };
	struct stat st;
	char lock[80];

	begin(&p);
	p.spec.path = p.other;
	CHECK(pipe_add(p.set, &p.spec) == 0);
	(void)snprintf(lock, sizeof(lock), "%s.lock", p.other);
	CHECK(stat(lock, &st) == 0 && (st.st_mode & 07777) == 0600);
	second = pipe_set_new(EV_DEFAULT, p.run, on_hint, &heard);
	CHECK(second != NULL);
	CHECK(pipe_add(second, &p.spec) == -1);
	/* On reload a pipe's new topic comes before the old one goes. */
	p.spec.topic = 2;
	CHECK(pipe_add(p.set, &p.spec) == 0);
	pipe_drop(p.set, 1);
	CHECK(pipe_add(second, &p.spec) == -1);
	touch(p.other);
	CHECK(hints(&p) == 1 && p.heard.topics == 4);
	pipe_drop(p.set, 2);
	CHECK(pipe_add(second, &p.spec) == 0);
	pipe_set_free(second);
	return end(&p);
}

/* The callback may drop pipes, that of the hint too. */
static int
test_drop(void)
{
	struct place p;

	begin(&p);
	CHECK(pipe_add(p.set, &p.spec) == 0);
	p.heard.drop = 1;
	echo(p.path, "x");
	CHECK(hints(&p) == 1);
	CHECK(is_fifo(p.path, 0622)); /* for those who come while we are gone */
	CHECK(pipe_add(p.set, &p.spec) == 0);
	p.spec.topic = 2;
	p.spec.path = p.beside;
	CHECK(pipe_add(p.set, &p.spec) == 0);
	p.heard.drop = 2;
	echo(p.path, "x");
	echo(p.beside, "x");
	p.heard.count = 0;
	pipe_drain(p.set);
	CHECK(p.heard.count >= 1);
	return end(&p);
}

static int
test_scan(void)
{
	struct heard heard = { .count = 0 };
	struct scan scan = { .loop = NULL };

	scan_stop(&scan);
	scan_start(&scan, EV_DEFAULT, 0, 3, on_hint, &heard);
	CHECK(!ev_is_active(&scan.timer));
	scan_stop(&scan);
	scan_start(&scan, EV_DEFAULT, 0.001, 3, on_hint, &heard);
	ev_run(EV_DEFAULT, EVRUN_ONCE);
	CHECK(heard.count == 1 && heard.topics == 8);
	ev_run(EV_DEFAULT, EVRUN_ONCE);
	CHECK(heard.count == 2);
	scan_stop(&scan);
	ev_run(EV_DEFAULT, EVRUN_NOWAIT);
	CHECK(heard.count == 2);
	return 0;
}

/* On a system that does not watch pipes (see tests/kqueue/standin.c) what a
 * touch has done is seen by the next look. */
static int
test_unheard(void)
{
	const struct timespec times[2] = { { 1, 0 }, { 2, 0 } };
	struct place p;

	begin(&p);
	CHECK(pipe_add(p.set, &p.spec) == 0);
	CHECK(hints(&p) == 0);
	pipe_set_verify(p.set);
	CHECK(p.heard.count == 0);
	CHECK(utimensat(AT_FDCWD, p.path, times, 0) == 0);
	CHECK(hints(&p) == 0);
	pipe_set_verify(p.set);
	CHECK(p.heard.count == 1);
	pipe_set_verify(p.set);
	CHECK(p.heard.count == 1);
	echo(p.path, "x");
	CHECK(hints(&p) == 1);
	pipe_set_verify(p.set);
	CHECK(p.heard.count == 1);
	return end(&p);
}

int
main(void)
{
	int failed = 0;

	(void)umask(077);
	if (getenv("TRIGGERD_NO_FIFO") != NULL)
		return test_unheard();
	failed |= test_hints();
	failed |= test_flood();
	failed |= test_removed();
	failed |= test_broken();
	failed |= test_in_the_way();
	failed |= test_owner();
	failed |= test_lock();
	failed |= test_drop();
	failed |= test_scan();
	ev_default_destroy();
	return failed;
}
