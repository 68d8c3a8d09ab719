/*
 * How much more than the bare stats does a check cost?  Makes files in 20
 * directories, and times check_rule() on a pattern that finds them all, with a
 * record that they are all compared with, in turn with a loop of stat(2) on the
 * same paths.  With "record", also check_store(), in turn with a bare write of
 * the same bytes: to a temporary file, synced, renamed, the directory synced.
 * Prints the medians.  The files are below $TMPDIR, or /tmp.
 *
 * usage: check_stat [files [rounds [record]]]
 */

#include <sys/stat.h>

#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/check.h"
#include "tests/bench/place.h"

#define DIRECTORIES 20
#define SETTLE 3      /* seconds */
#define PATH_SIZE 256 /* bytes of the longest path made here */

struct bench {
	char dir[PATH_SIZE / 2];
	char pattern[PATH_SIZE], name[8];
	char *sources[2];
	struct rule rule;
	struct check check;
	int files, rounds;
	bool with_record;
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
make_files(const struct bench *b)
{
	char path[PATH_SIZE];
	int i, fd;

	for (i = 0; i < DIRECTORIES; i++) {
		snprintf(path, sizeof(path), "%s/domain%d", b->dir, i);
		if (mkdir(path, 0755) == -1)
			err(111, "%s", path);
	}
	for (i = 0; i < b->files; i++) {
		snprintf(path, sizeof(path), "%s/domain%d/user%06d", b->dir,
		    i % DIRECTORIES, i);
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		if (fd == -1 || close(fd) == -1)
			err(111, "%s", path);
	}
}

static double
time_check(struct bench *b)
{
	double began = monotonic();

	if (check_rule(&b->rule, b->dir, CHECK_OTHER, &b->check) == -1)
		err(111, "check");
	return monotonic() - began;
}

static double
time_stats(const struct bench *b)
{
	double began = monotonic();
	struct stat st;
	size_t i;

	for (i = 0; i < b->check.now.count; i++) {
		if (stat(stamp_set_path(&b->check.now, i), &st) == -1)
			err(111, "%s", stamp_set_path(&b->check.now, i));
	}
	return monotonic() - began;
}

static double
time_record(const struct bench *b)
{
	double began = monotonic();

	if (check_store(&b->rule, b->dir, &b->check) == -1)
		err(111, "record");
	return monotonic() - began;
}

static void
put_file(int dir_fd, const char *bytes, size_t len)
{
	int fd = openat(
	    dir_fd, "bare.new", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ssize_t n = 1;

	if (fd == -1)
		err(111, "bare.new");
	for (; len > 0 && n > 0; bytes += n, len -= (size_t)n)
		n = write(fd, bytes, len);
	if (n <= 0 || fsync(fd) == -1 || close(fd) == -1 ||
	    renameat(dir_fd, "bare.new", dir_fd, "bare") == -1 ||
	    fsync(dir_fd) == -1)
		err(111, "bare");
}

/* The bytes are those of the record. */
static double
time_write(const struct bench *b)
{
	char path[PATH_SIZE];
	struct stat st;
	double began;
	char *bytes;
	int fd, dir_fd;

	snprintf(path, sizeof(path), "%s/record", b->dir);
	dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = openat(dir_fd, b->name, O_RDONLY | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1)
		err(111, "%s/%s", path, b->name);
	bytes = malloc((size_t)st.st_size);
	if (bytes == NULL || read(fd, bytes, (size_t)st.st_size) != st.st_size)
		err(111, "%s/%s", path, b->name);
	began = monotonic();
	put_file(dir_fd, bytes, (size_t)st.st_size);
	began = monotonic() - began;
	free(bytes);
	close(fd);
	close(dir_fd);
	return began;
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

/* The first check finds no record; and until the files are older than they
 * need be, they are racy, and each check writes one.  So wait: then one time is
 * enough, and what is counted repeats. */
static void
settle(struct bench *b)
{
	(void)sleep(SETTLE); /* a shorter one is made up for */
	do {
		if (check_rule(&b->rule, b->dir, CHECK_RUN, &b->check) == -1 ||
		    check_store(&b->rule, b->dir, &b->check) == -1)
			err(111, "record");
		check_fini(&b->check);
		if (check_rule(&b->rule, b->dir, CHECK_OTHER, &b->check) == -1)
			err(111, "check");
		if (b->check.verdict != STAMP_CURRENT ||
		    b->check.now.count != (size_t)b->files)
			errx(111, "wrong answer");
		if (b->check.store &&
		    check_store(&b->rule, b->dir, &b->check) == -1)
			err(111, "record");
		check_fini(&b->check);
		if (check_rule(&b->rule, b->dir, CHECK_OTHER, &b->check) == -1)
			err(111, "check");
		check_fini(&b->check);
	} while (b->check.store);
}

/* Two things in turn. */
struct pair {
	double *ours, *bare, *ratios;
	int n;
};

static void
pair_init(struct pair *p, int rounds)
{
	p->n = 0;
	p->ours = calloc((size_t)rounds, sizeof(*p->ours));
	p->bare = calloc((size_t)rounds, sizeof(*p->bare));
	p->ratios = calloc((size_t)rounds, sizeof(*p->ratios));
	if (p->ours == NULL || p->bare == NULL || p->ratios == NULL)
		err(111, "calloc");
}

static void
pair_fini(struct pair *p)
{
	free(p->ours);
	free(p->bare);
	free(p->ratios);
}

static void
pair_add(struct pair *p, double ours, double bare)
{
	p->ours[p->n] = ours;
	p->bare[p->n] = bare;
	p->ratios[p->n++] = ours / bare;
}

static void
pair_print(struct pair *p, const char *what, int files, const char *bare)
{
	printf("%s of %d sources: %.2f ms, %s: %.2f ms, ratio %.2f\n", what,
	    files, median(p->ours, p->n), bare, median(p->bare, p->n),
	    median(p->ratios, p->n));
}

static void
run(struct bench *b)
{
	struct pair checks, records;
	double ours;
	int i;

	pair_init(&checks, b->rounds);
	pair_init(&records, b->rounds);
	for (i = 0; i < b->rounds; i++) {
		ours = time_check(b);
		pair_add(&checks, ours, time_stats(b));
		if (b->with_record) {
			ours = time_record(b);
			pair_add(&records, ours, time_write(b));
		}
		check_fini(&b->check);
	}
	pair_print(&checks, "check", b->files, "plain stat loop");
	if (b->with_record)
		pair_print(&records, "record", b->files, "bare write");
	pair_fini(&checks);
	pair_fini(&records);
}

int
main(int argc, char **argv)
{
	struct bench b;

	memset(&b, 0, sizeof(b));
	b.files = argc > 1 ? atoi(argv[1]) : 10000;
	b.rounds = argc > 2 ? atoi(argv[2]) : 51;
	b.with_record = argc > 3 && strcmp(argv[3], "record") == 0;
	if (b.files < 1 || b.rounds < 1 || (argc > 3 && !b.with_record))
		errx(100, "usage: check_stat [files [rounds [record]]]");
	place_make(b.dir, sizeof(b.dir), "check_stat");
	snprintf(b.pattern, sizeof(b.pattern), "%s/domain*/user*", b.dir);
	strcpy(b.name, "bench");
	b.sources[0] = b.pattern;
	b.rule.name = b.name;
	b.rule.kind = RULE_ACTION;
	b.rule.sources = b.sources;
	b.rule.effective.low = 1; /* a record of 0 is of no rule */
	make_files(&b);
	settle(&b);
	run(&b);
	return system("rm -r -- \"$DIR\"") != 0;
}
