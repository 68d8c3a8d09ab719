/*
 * copy - a slow builder: reads SOURCE, takes 100 ms, renames what it read to
 * PRODUCT, and adds a byte to PRODUCT.runs.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int
put(const char *path, int how, const char *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | how, 0644);

	return fd == -1 || write(fd, bytes, n) != (ssize_t)n || close(fd) == -1;
}

int
main(void)
{
	const char *source = getenv("SOURCE"), *product = getenv("PRODUCT");
	char bytes[64], temporary[4096], runs[4096];
	ssize_t n;
	int fd;

	if (source == NULL || product == NULL)
		return 100;
	snprintf(
	    temporary, sizeof(temporary), "%s.%ld", product, (long)getpid());
	snprintf(runs, sizeof(runs), "%s.runs", product);
	fd = open(source, O_RDONLY);
	n = fd == -1 ? -1 : read(fd, bytes, sizeof(bytes));
	if (n == -1)
		return 111;
	(void)nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
	return put(temporary, O_TRUNC, bytes, (size_t)n) ||
	       rename(temporary, product) == -1 || put(runs, O_APPEND, "x", 1);
}
