/*
 * How much more than the bare system calls does arming cost?  Makes
 * directories with a file in each, and times watch_add() on a pattern that
 * finds all those files, with the turns of the loop that it takes, in turn with
 * a loop of inotify_add_watch(2) on the directories.  Prints the medians, what
 * is remembered of each directory, and the longest turn, in which the rest of
 * the daemon waits.  The directories are below $TMPDIR, or /tmp.
 *
 * usage: arm [directories [rounds]]
 */

#include <sys/inotify.h>
#include <sys/stat.h>

#include <err.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/place.h"
#include "triggers/watch.h"

#define PATH_SIZE 256 /* bytes of the longest path made here */

struct bench {
	char dir[PATH_SIZE / 2];
	char pattern[PATH_SIZE];
	char (*paths)[PATH_SIZE];
	struct ev_loop *loop;
	size_t count, memory;
	double longest; /* turn of the loop, in milliseconds */
	int rounds;
};

static double
monotonic(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t) == -1)
		err(111, "clock_gettime");
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void
on_hint(const struct trigger_hint *hint, void *arg)
{
	(void)hint;
	(void)arg;
}

static void
make_directories(struct bench *b)
{
	char path[PATH_SIZE + 8];
	size_t i;
	int fd;

	b->paths = calloc(b->count, sizeof(*b->paths));
	if (b->paths == NULL)
		err(111, "calloc");
	for (i = 0; i < b->count; i++) {
		snprintf(
		    b->paths[i], PATH_SIZE, "%s/example%06zu.org", b->dir, i);
		if (mkdir(b->paths[i], 0755) == -1)
			err(111, "%s", b->paths[i]);
		snprintf(path, sizeof(path), "%s/vpasswd", b->paths[i]);
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		if (fd == -1 || close(fd) == -1)
			err(111, "%s", path);
	}
}

/* The slices that watch_add() has left. */
static void
wait_armed(struct bench *b, struct watch *w)
{
	const char *why;
	double began, took;

	while (watch_is_degraded(w, 1, &why)) {
		began = monotonic();
		ev_run(b->loop, EVRUN_ONCE);
		took = monotonic() - began;
		if (took > b->longest)
			b->longest = took;
	}
}

static double
time_watch(struct bench *b)
{
	struct watch *w = watch_new(b->loop, on_hint, NULL);
	size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
	double began = monotonic(), took;

	if (w == NULL || watch_add(w, 1, b->pattern) == -1)
		err(111, "watch");
	wait_armed(b, w);
	took = monotonic() - began;
	b->memory = mallinfo2().uordblks + mallinfo2().hblkhd - before;
	if (watch_count(w) < b->count)
		errx(111, "only %zu directories watched", watch_count(w));
	watch_free(w);
	return took;
}

static double
time_bare(const struct bench *b)
{
	int fd = inotify_init1(IN_CLOEXEC);
	double began = monotonic(), took;
	size_t i;

	if (fd == -1)
		err(111, "inotify_init1");
	for (i = 0; i < b->count; i++)
		if (inotify_add_watch(fd, b->paths[i],
			IN_CREATE | IN_DELETE | IN_MOVE | IN_ATTRIB |
			    IN_CLOSE_WRITE | IN_ONLYDIR) == -1)
			err(111, "%s", b->paths[i]);
	took = monotonic() - began;
	close(fd);
	return took;
}

static int
compare_times(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
median(double *times, int n)
{
	qsort(times, (size_t)n, sizeof(*times), compare_times);
	return times[n / 2];
}

static void
run(struct bench *b)
{
	double *watch, *bare, *ratios;
	int i;

	watch = calloc((size_t)b->rounds, sizeof(*watch));
	bare = calloc((size_t)b->rounds, sizeof(*bare));
	ratios = calloc((size_t)b->rounds, sizeof(*ratios));
	if (watch == NULL || bare == NULL || ratios == NULL)
		err(111, "calloc");
	for (i = 0; i < b->rounds; i++) {
		watch[i] = time_watch(b);
		bare[i] = time_bare(b);
		ratios[i] = watch[i] / bare[i];
	}
	printf("arming %zu directories: %.1f ms, bare inotify_add_watch loop: "
	       "%.1f ms, ratio %.2f; %zu bytes each; longest turn of the loop "
	       "%.1f ms\n",
	    b->count, median(watch, b->rounds), median(bare, b->rounds),
	    median(ratios, b->rounds), b->memory / b->count, b->longest);
	free(watch);
	free(bare);
	free(ratios);
}

int
main(int argc, char **argv)
{
	struct bench b;

	memset(&b, 0, sizeof(b));
	b.count = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
	b.rounds = argc > 2 ? atoi(argv[2]) : 11;
	if (b.count < 1 || b.rounds < 1)
		errx(100, "usage: arm [directories [rounds]]");
	place_make(b.dir, sizeof(b.dir), "arm");
	snprintf(b.pattern, sizeof(b.pattern), "%s/*/vpasswd", b.dir);
	b.loop = EV_DEFAULT;
	make_directories(&b);
	run(&b);
	free(b.paths);
	ev_default_destroy();
	return system("rm -r -- \"$DIR\"") != 0;
}
