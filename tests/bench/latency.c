/*
 * latency - from a hint to the command's main(), for several watchers in turn.
 *
 *	latency ROUNDS NAME KIND PATH MARK [NAME KIND PATH MARK ...]
 *
 * KIND is "echo" (a byte into the pipe PATH), "touch" (of that pipe) or "file"
 * (the file PATH is written).  Each round hints at every watcher in turn, and
 * waits for the mark that its command sends through the FIFO MARK.  Prints, for
 * each NAME, the median and the 99th percentile in microseconds, and how often
 * no mark came within two seconds.  Who never answers is not asked for ever.
 */

#include <sys/stat.h>

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 2000 /* milliseconds */
#define PAUSE 6000000 /* nanoseconds: commands end, watchers go to sleep */
#define WARM_UP 10    /* rounds */
#define ARGS_EACH 4
#define GIVE_UP 5 /* marks that did not come, in a row */

struct watcher {
	const char *name, *kind, *path;
	int mark_fd;
	double *took;
	int count, lost, silent;
};

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail */
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Returns when it began. */
static double
hint(const struct watcher *w, int round)
{
	int touch = strcmp(w->kind, "touch") == 0;
	double begin;
	char text[32];
	int fd, n;

	n = strcmp(w->kind, "file") == 0
		? snprintf(text, sizeof(text), "%12d\n", round)
		: snprintf(text, sizeof(text), "\n");
	begin = now();
	fd = open(w->path, O_WRONLY | (touch ? O_NONBLOCK : 0));
	/* A touch that finds no reader changes the times all the same. */
	if (touch ? utimensat(AT_FDCWD, w->path, NULL, 0) == -1
		  : write(fd, text, (size_t)n) != n)
		err(1, "%s", w->path);
	if (fd != -1)
		(void)close(fd); /* a file's event comes with it */
	return begin;
}

static void
one(struct watcher *w, int round)
{
	struct pollfd mark = { .fd = w->mark_fd, .events = POLLIN };
	double begin, reached;

	if (w->silent >= GIVE_UP) {
		w->lost += round >= 0;
		return;
	}
	/* What came late, or twice, belongs to no round. */
	while (poll(&mark, 1, 0) == 1 &&
	       read(w->mark_fd, &reached, sizeof(reached)) > 0)
		continue;
	begin = hint(w, round);
	w->silent++;
	if (poll(&mark, 1, PATIENCE) != 1)
		w->lost += round >= 0;
	else if (read(w->mark_fd, &reached, sizeof(reached)) != sizeof(reached))
		errx(1, "%s: half a mark", w->name);
	else {
		w->silent = 0;
		if (round >= 0)
			w->took[w->count++] = reached - begin;
	}
	(void)nanosleep(&(struct timespec){ .tv_nsec = PAUSE }, NULL);
}

static void
print(struct watcher *w)
{
	qsort(w->took, (size_t)w->count, sizeof(*w->took), by_size);
	if (w->count == 0)
		printf("%s\t-\t-\t%d\n", w->name, w->lost);
	else
		printf("%s\t%.0f\t%.0f\t%d\n", w->name,
		    w->took[w->count / 2] * 1e6,
		    w->took[w->count * 99 / 100] * 1e6, w->lost);
}

int
main(int argc, char **argv)
{
	struct watcher *all;
	int rounds, count, r, i;

	rounds = argc > 1 ? atoi(argv[1]) : 0;
	count = (argc - 2) / ARGS_EACH;
	if (rounds < 1 || count < 1 || argc != 2 + count * ARGS_EACH)
		errx(2, "usage: latency ROUNDS NAME KIND PATH MARK ...");
	all = calloc((size_t)count, sizeof(*all));
	if (all == NULL)
		err(1, "memory");
	for (i = 0; i < count; i++) {
		argv += i == 0 ? 2 : ARGS_EACH;
		all[i].name = argv[0];
		all[i].kind = argv[1];
		all[i].path = argv[2];
		all[i].mark_fd = open(argv[3], O_RDWR);
		all[i].took = calloc((size_t)rounds, sizeof(double));
		if (all[i].mark_fd == -1 || all[i].took == NULL)
			err(1, "%s", argv[3]);
	}
	for (r = -WARM_UP; r < rounds; r++)
		for (i = 0; i < count; i++)
			one(&all[i], r);
	for (i = 0; i < count; i++) {
		print(&all[i]);
		free(all[i].took);
		(void)close(all[i].mark_fd); /* nothing was written */
	}
	free(all);
	return 0;
}
