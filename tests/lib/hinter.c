/*
 * hinter - hint at a pipe many times from one process, and time each hint.
 *
 *	hinter touch|echo PIPE COUNT
 *
 * Does what touch(1) and echo(1) do, system call by system call, and prints
 * the median, the 99th percentile and the longest in microseconds.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail */
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static int
hint(const char *path, int by_touch)
{
	int flags = O_WRONLY | O_CREAT | O_NOCTTY;
	int fd, rc;

	fd = open(path, by_touch ? flags | O_NONBLOCK : flags | O_TRUNC, 0666);
	if (fd == -1)
		return -1;
	rc = by_touch ? futimens(fd, NULL) : write(fd, "x\n", 2) == 2 ? 0 : -1;
	if (close(fd) == -1)
		return -1;
	return rc;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int
main(int argc, char **argv)
{
	double *took, begin;
	size_t i, n;

	if (argc != 4) {
		fputs("usage: hinter touch|echo PIPE COUNT\n", stderr);
		return 2;
	}
	n = strtoul(argv[3], NULL, 10);
	took = calloc(n + 1, sizeof(*took));
	if (took == NULL || n == 0)
		return 2;
	for (i = 0; i < n; i++) {
		begin = now();
		if (hint(argv[2], strcmp(argv[1], "touch") == 0) == -1) {
			perror(argv[2]);
			return 1;
		}
		took[i] = now() - begin;
	}
	qsort(took, n, sizeof(*took), by_size);
	printf("median %.1f us, p99 %.1f us, longest %.1f us\n", took[n / 2],
	    took[n * 99 / 100], took[n - 1]);
	free(took);
	return 0;
}
