/*
 * latency - from a hint to the command's main(), through two pipes in turn.
 *
 *	latency ROUNDS MARK PIPE [PIPE ...]
 *
 * Each round writes one byte to each pipe in turn and waits for the mark that
 * the command sends through the FIFO MARK.  Prints the median and the 99th
 * percentile for each pipe, and the ratio of the first to the others.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define PIPES_MAX 8

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

static double
one(const char *pipe_path, int mark_fd)
{
	double begin, reached;
	int fd = open(pipe_path, O_WRONLY);

	if (fd == -1) {
		perror(pipe_path);
		exit(1);
	}
	begin = now();
	if (write(fd, "\n", 1) != 1 ||
	    read(mark_fd, &reached, sizeof(reached)) != sizeof(reached)) {
		perror("mark");
		exit(1);
	}
	close(fd);
	/* Let the command end and its watcher go back to sleep. */
	(void)nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
	return reached - begin;
}

int
main(int argc, char **argv)
{
	double *took[PIPES_MAX], first = 0, median;
	int rounds, pipes, r, p, mark_fd;

	rounds = argc > 3 ? atoi(argv[1]) : 0;
	pipes = argc - 3;
	if (rounds < 1 || pipes > PIPES_MAX)
		return 2;
	mark_fd = open(argv[2], O_RDWR);
	for (p = 0; p < pipes; p++)
		took[p] = calloc((size_t)rounds, sizeof(double));
	for (r = -10; r < rounds; r++) /* the first ones warm up */
		for (p = 0; p < pipes; p++) {
			median = one(argv[3 + p], mark_fd);
			if (r >= 0)
				took[p][r] = median;
		}
	for (p = 0; p < pipes; p++) {
		qsort(took[p], (size_t)rounds, sizeof(double), by_size);
		median = took[p][rounds / 2];
		if (p == 0)
			first = median;
		printf("%-40s p50 %4.0f us  p99 %4.0f us  first/this %.2f\n",
		    argv[3 + p], median * 1e6, took[p][rounds * 99 / 100] * 1e6,
		    first / median);
		free(took[p]);
	}
	return 0;
}
