#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/reply.h"
#include "daemon/request.h"

#define AGAIN 0.1     /* seconds between two tries */
#define TRIES_MAX 300 /* of one answer */
#define QUEUE_MAX 64  /* answers that are tried again */

struct reply_answer {
	char name[REQUEST_REPLY_MAX + 1];
	int tries;
	STAILQ_ENTRY(reply_answer) link;
	size_t size;
	char bytes[];
};

enum delivery { DELIVERED, CLIENT_GONE, TRY_AGAIN };

bool
reply_is_name(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return n > 0 && n <= REQUEST_REPLY_MAX && name[n] == '\0';
}

/* What may pass by itself, and need not be the client's doing. */
static bool
is_passing(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM ||
	       error == EINTR || error == EIO || error == EACCES;
}

/* "tries": of it, before.  Trouble is told once, and keeps errno. */
static enum delivery
explain(const char *name, int error, int tries)
{
	if (!is_passing(error)) {
		log_debug("reply/%s: %s", name, strerror(error));
		return CLIENT_GONE;
	}
	if (tries == 0)
		log_warnx("reply/%s: %s; trying again", name, strerror(error));
	return TRY_AGAIN;
}

/* One write to a FIFO in reply/ and nowhere else. */
static enum delivery
deliver(const struct reply_desk *d, const char *name, const char *bytes,
    size_t n, int tries)
{
	enum delivery result = DELIVERED;
	struct stat st;
	int fd;

	fd = openat(
	    d->dir_fd, name, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return explain(name, errno, tries);
	if (fstat(fd, &st) == -1)
		result = explain(name, errno, tries);
	else if (!S_ISFIFO(st.st_mode) || st.st_nlink != 1)
		log_warnx("reply/%s: not a FIFO with one link", name);
	else if (write(fd, bytes, n) == -1)
		result = explain(name, errno, tries);
	(void)close(fd); /* a FIFO keeps nothing back */
	return result;
}

static void
drop_first(struct reply_desk *d)
{
	struct reply_answer *a = STAILQ_FIRST(&d->queue);

	STAILQ_REMOVE_HEAD(&d->queue, link);
	d->count--;
	free(a);
}

/* Each once; those that still cannot be delivered go to the end. */
static void
on_again(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct reply_desk *d = w->data;
	struct reply_answer *a;
	enum delivery result;
	size_t left;

	(void)revents;
	for (left = d->count; left > 0; left--) {
		a = STAILQ_FIRST(&d->queue);
		result = deliver(d, a->name, a->bytes, a->size, a->tries);
		if (result == TRY_AGAIN && ++a->tries < TRIES_MAX) {
			STAILQ_REMOVE_HEAD(&d->queue, link);
			STAILQ_INSERT_TAIL(&d->queue, a, link);
			continue;
		}
		if (result == TRY_AGAIN)
			log_warnx("reply/%s: given up", a->name);
		drop_first(d);
	}
	if (d->count > 0)
		ev_timer_again(loop, w);
	else
		ev_timer_stop(loop, w);
}

void
reply_send(struct reply_desk *d, const char *name, const char *bytes, size_t n)
{
	struct reply_answer *a;

	if (deliver(d, name, bytes, n, 0) != TRY_AGAIN)
		return;
	a = d->count < QUEUE_MAX ? malloc(sizeof(*a) + n) : NULL;
	if (a == NULL) {
		log_warnx("reply/%s: given up", name);
		return;
	}
	snprintf(a->name, sizeof(a->name), "%s", name);
	a->tries = 1;
	a->size = n;
	memcpy(a->bytes, bytes, n);
	STAILQ_INSERT_TAIL(&d->queue, a, link);
	d->count++;
	ev_timer_again(d->loop, &d->again);
}

/* Clients remove their FIFOs, unless they are killed.  While there is no
 * control pipe no new one is made; who waits for the last daemon gives up. */
static void
sweep(int dir_fd, const char *path)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *e;
	struct stat st;

	if (dir == NULL) {
		log_warn("%s: read", path);
		if (fd != -1)
			(void)close(fd); /* nothing was written */
		return;
	}
	while ((e = readdir(dir)) != NULL) {
		if (!reply_is_name(e->d_name) ||
		    fstatat(dir_fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) ==
			-1 ||
		    !S_ISFIFO(st.st_mode))
			continue;
		if (unlinkat(dir_fd, e->d_name, 0) == -1 && errno != ENOENT)
			log_warn("%s/%s: unlink", path, e->d_name);
	}
	(void)closedir(dir); /* only read */
}

int
reply_open(struct reply_desk *d, struct ev_loop *loop, const char *run_dir)
{
	char path[PATH_MAX];

	memset(d, 0, sizeof(*d));
	d->loop = loop;
	STAILQ_INIT(&d->queue);
	ev_timer_init(&d->again, on_again, 0, AGAIN);
	d->again.data = d;
	snprintf(path, sizeof(path), "%s/reply", run_dir);
	d->dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (d->dir_fd == -1) {
		log_warn("%s: open", path);
		return -1;
	}
	sweep(d->dir_fd, path);
	return 0;
}

void
reply_say(
    struct reply_desk *d, const char *name, int status, const char *fmt, ...)
{
	char text[PIPE_BUF];
	va_list ap;
	int head, n;

	head = snprintf(text, sizeof(text), "%d\n", status);
	va_start(ap, fmt);
	n = vsnprintf(text + head, sizeof(text) - (size_t)head, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	n += head;
	if (n >= (int)sizeof(text))
		n = (int)sizeof(text) - 1;
	reply_send(d, name, text, (size_t)n);
}

void
reply_close(struct reply_desk *d)
{
	if (d->loop == NULL)
		return;
	while (d->count > 0)
		drop_first(d);
	ev_timer_stop(d->loop, &d->again);
	if (d->dir_fd != -1)
		(void)close(d->dir_fd); /* nothing was written through it */
	memset(d, 0, sizeof(*d));
}
