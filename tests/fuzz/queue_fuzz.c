/*
 * A queue with whatever names in it, inspected and repaired.  No file is ever
 * lost; what belonged to one message still does, and nothing else with it; and
 * who repairs again finds nothing more to do.
 *
 * The first byte tells how many buckets the queue has, and, from "a" on, that
 * it is one of big-todo; each line after it the
 * path of one file, which may begin with "|" for a pipe or "@" for a symbolic
 * link.  "#b" stands for the inode number of the second file, and "&b" for the
 * bucket where that belongs.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/gate.h"
#include "queue/inspect.h"
#include "queue/repair.h"
#include "tests/fuzz/matter.h"

#define FILES 24
#define PATH_SIZE 300
#define SPLITS 3 /* few, for each is a directory to be made four times */

struct file {
	char line[PATH_SIZE]; /* as it came */
	char kind;            /* '|', '@', or 0 */
	int fd;               /* of the file, wherever it may be by now */
	ino_t ino;
	uint64_t number; /* of its message; 0: it is none's */
	bool may_go;     /* a repair may remove it */
};

struct stage {
	struct queue queue;
	struct file files[FILES];
	size_t count;
	bool hidden; /* there are names of a repair that was not ended */
};

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

/* In the queue, outside of which nothing may lie, and by its only name. */
static bool
may_be(const char *path)
{
	return path[0] != '\0' && path[0] != '/' &&
	       strstr(path, "..") == NULL && strstr(path, "./") == NULL &&
	       strstr(path, "//") == NULL;
}

/* What a repair may remove: its mark, and an empty file in a pipe's place. */
static bool
may_go(const char *path)
{
	return strcmp(path, GATE_MARK) == 0 ||
	       strcmp(path, "lock/trigger") == 0;
}

static void
make_parents(int queue_fd, const char *path)
{
	char part[PATH_SIZE];
	const char *slash = path;

	while ((slash = strchr(slash + 1, '/')) != NULL) {
		(void)snprintf(
		    part, sizeof(part), "%.*s", (int)(slash - path), path);
		(void)mkdirat(queue_fd, part, 0700); /* or it is there */
	}
}

static int
make(int queue_fd, char kind, const char *path)
{
	if (kind == '@')
		return symlinkat("mess", queue_fd, path);
	return mknodat(
	    queue_fd, path, (kind == '|' ? S_IFIFO : S_IFREG) | 0600, 0);
}

/* Under a name for now: those of others may have its inode number in them. */
static void
add_file(struct stage *s, const char *line, size_t len)
{
	struct file *f = &s->files[s->count];
	char name[24];
	struct stat st;

	memset(f, 0, sizeof(*f));
	if (len > 0 && (line[0] == '|' || line[0] == '@')) {
		f->kind = *line++;
		len--;
	}
	(void)snprintf(f->line, sizeof(f->line), "%.*s", (int)len, line);
	(void)snprintf(name, sizeof(name), "%zu", s->count);
	if (make(s->queue.fd, f->kind, name) == -1)
		return;
	f->fd = openat(s->queue.fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	matter_require(f->fd != -1 && fstat(f->fd, &st) == 0);
	f->ino = st.st_ino;
	s->count++;
}

/* What the line says, with the numbers put in. */
static void
expand(const struct stage *s, const char *line, char *path, size_t size)
{
	size_t n = 0;
	uint64_t number;

	for (; *line != '\0' && n + 24 < size; line++) {
		if ((*line != '#' && *line != '&') || line[1] < 'a' ||
		    line[1] > 'z') {
			path[n++] = *line;
			continue;
		}
		number = s->files[(size_t)(line[1] - 'a') % s->count].ino;
		if (*line == '&')
			number %= s->queue.layout.split;
		n += (size_t)sprintf(path + n, "%" PRIu64, number);
		line++;
	}
	path[n] = '\0';
}

/* Give it its name, or none: another may have it. */
static void
settle(struct stage *s, size_t i)
{
	char name[24], path[PATH_SIZE];

	(void)snprintf(name, sizeof(name), "%zu", i);
	expand(s, s->files[i].line, path, sizeof(path));
	if (may_be(path)) {
		make_parents(s->queue.fd, path);
		if (linkat(s->queue.fd, name, s->queue.fd, path, 0) == 0 &&
		    strstr(path, LISTING_MOVED) != NULL)
			s->hidden = true;
		s->files[i].may_go = may_go(path);
	}
	matter_require(unlinkat(s->queue.fd, name, 0) == 0);
}

static void
lay_out(struct stage *s, const uint8_t *data, size_t len)
{
	const char *line = (const char *)data, *end = line + len, *newline;
	char dir[MATTER_PATH];
	size_t i;

	matter_path(dir, "queue");
	(void)mkdir(dir, 0700); /* or the open tells */
	s->queue.fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	matter_require(s->queue.fd != -1);
	for (; line < end && s->count < FILES; line = newline + 1) {
		newline = memchr(line, '\n', (size_t)(end - line));
		if (newline == NULL)
			newline = end;
		add_file(s, line, (size_t)(newline - line));
	}
	for (i = 0; i < s->count; i++)
		settle(s, i);
}

/* Which message has it, by the name that it has now?  A file has gone from
 * nowhere, and so has one that never got a name. */
static uint64_t
message_of(const struct file *f)
{
	char link[64], path[MATTER_PATH + PATH_SIZE], *name, *end;
	uint64_t number;
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", f->fd);
	n = readlink(link, path, sizeof(path) - 1);
	matter_require(n > 0);
	path[n] = '\0';
	name = strrchr(path, '/') + 1;
	number = strtoull(name, &end, 10);
	return f->kind != 0 || *end != '\0' ? 0 : number;
}

static size_t
count_links(const struct stage *s)
{
	size_t i, n = 0;
	struct stat st;

	for (i = 0; i < s->count; i++) {
		matter_require(fstat(s->files[i].fd, &st) == 0);
		n += s->files[i].may_go ? 0 : st.st_nlink;
	}
	return n;
}

/* Two files of one number have one number, and two of two have two. */
static void
require_together(const struct stage *s)
{
	const struct file *a, *b;

	for (a = s->files; a < s->files + s->count; a++)
		for (b = s->files; b < a; b++)
			if (a->number != 0 && b->number != 0)
				matter_require(
				    (a->number == b->number) ==
				    (message_of(a) == message_of(b)));
}

/* Only what lies where messages' files do. */
static void
number_files(struct stage *s, const struct listing *l)
{
	size_t i, k;

	for (i = 0; i < l->file_count; i++)
		for (k = 0; k < s->count; k++)
			if (s->files[k].ino == l->files[i].ino &&
			    S_ISREG(l->files[i].mode))
				s->files[k].number = message_of(&s->files[k]);
}

/* Returns how many faults there are, or -1: it could not be looked at, as when
 * a directory is something else. */
static long
look(const struct queue *q)
{
	struct summary summary;
	struct faults faults;
	int rc = inspect_queue(q, &faults, &summary);
	long n = (long)faults.count;

	fault_free(&faults);
	return rc == -1 ? -1 : n;
}

static void
try(struct stage *s)
{
	struct listing l;
	size_t links = count_links(s);
	bool seen = look(&s->queue) != -1;
	int lock_fd, rc;
	long faults;

	if (listing_read(&s->queue, &l, NULL) == 0)
		number_files(s, &l);
	listing_free(&l);
	lock_fd = gate_lock(&s->queue);
	rc = lock_fd == -1 ? -1 : repair_queue(&s->queue);
	matter_require(count_links(s) == links);
	if (rc == 0 && !s->hidden)
		require_together(s);
	if (rc == 0) {
		faults = look(&s->queue);
		matter_require(seen && faults != -1);
		matter_require(repair_queue(&s->queue) == 0);
		matter_require(look(&s->queue) == faults);
	}
	if (lock_fd != -1)
		(void)close(lock_fd); /* nothing was written */
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct stage s = { .queue = { .path = "queue", .fd = -1 } };
	char dir[MATTER_PATH];
	enum layout_role role;
	size_t i;

	if (len == 0)
		return 0;
	for (role = 0; role < LAYOUT_ROLES; role++)
		s.queue.roles.uid[role] = geteuid();
	s.queue.roles.gid = getegid();
	s.queue.layout.split = 1 + data[0] % SPLITS;
	s.queue.layout.big_todo = data[0] >= 'a';
	lay_out(&s, data + 1, len - 1);
	try(&s);
	for (i = 0; i < s.count; i++)
		(void)close(s.files[i].fd); /* nothing was written */
	(void)fchmod(s.queue.fd, 0700);     /* it is ours */
	(void)close(s.queue.fd);            /* nothing was written */
	matter_path(dir, "queue");
	matter_require(nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0);
	return 0;
}
