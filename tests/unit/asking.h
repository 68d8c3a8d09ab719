/*
 * asking - a rule in a directory of its own, and what the question that the
 * daemon asks says of it.
 *
 * Files made here are young, so that most of what is checked with them is racy;
 * for the rest, files of the system serve as sources.
 */

#ifndef ASKING_H
#define ASKING_H

#include <sys/stat.h>

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/check.h"
#include "tests/unit/check.h"

#define OLD_FILE "/etc/passwd"

/* A rule in a directory of its own: DIR/src, DIR/out, records in DIR/record. */
struct scene {
	char dir[64];
	char target[PATH_MAX];
	char patterns[3][PATH_MAX];
	char *sources[4];
	char name[8];
	struct rule rule;
	struct check check;
};

static inline int
write_file(const struct scene *s, const char *name, const char *text)
{
	char path[PATH_MAX];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd == -1)
		return -1;
	n = write(fd, text, strlen(text));
	return close(fd) == 0 && n == (ssize_t)strlen(text) ? 0 : -1;
}

static inline int
remove_file(const struct scene *s, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	return unlink(path);
}

/* Date a file so many seconds back. */
static inline int
age_file(const struct scene *s, const char *name, int seconds)
{
	char path[PATH_MAX];
	struct timespec times[2];

	memset(times, 0, sizeof(times));
	times[0].tv_sec = times[1].tv_sec = 1000000000 - seconds;
	times[0].tv_nsec = times[1].tv_nsec = 1;
	snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	return utimensat(AT_FDCWD, path, times, 0);
}

/* The patterns are below the directory, but for those that begin with "/". */
static inline int
scene_init(struct scene *s, const char *first, const char *second)
{
	const char *given[2];
	char path[PATH_MAX];
	size_t i;

	memset(s, 0, sizeof(*s));
	strcpy(s->dir, "/tmp/check_test.XXXXXX");
	CHECK(mkdtemp(s->dir) != NULL);
	snprintf(path, sizeof(path), "%s/src", s->dir);
	CHECK(mkdir(path, 0755) == 0);
	snprintf(s->target, sizeof(s->target), "%s/out", s->dir);
	given[0] = first;
	given[1] = second;
	for (i = 0; i < 2 && given[i] != NULL; i++) {
		snprintf(s->patterns[i], PATH_MAX, "%s%s%s",
		    given[i][0] == '/' ? "" : s->dir,
		    given[i][0] == '/' ? "" : "/", given[i]);
		s->sources[i] = s->patterns[i];
	}
	strcpy(s->name, "rule");
	s->rule.name = s->name;
	s->rule.kind = RULE_BUILD;
	s->rule.sources = s->sources;
	s->rule.target = s->target;
	s->rule.create = true;
	s->rule.effective.low = 1;
	return 0;
}

static inline int
scene_fini(struct scene *s)
{
	char command[128];

	check_fini(&s->check);
	snprintf(command, sizeof(command), "rm -r %s", s->dir);
	return system(command);
}

/* Ask; "path" is below the directory, NULL: none. */
static inline bool
asked(struct scene *s, unsigned how, enum stamp_verdict verdict,
    enum stamp_reason reason, const char *path)
{
	char full[PATH_MAX] = "";

	if (path != NULL)
		snprintf(full, sizeof(full), "%s/%s", s->dir, path);
	check_fini(&s->check);
	if (check_rule(&s->rule, s->dir, how, &s->check) == -1)
		return false;
	if (s->check.verdict == verdict && s->check.reason == reason &&
	    strcmp(s->check.path, full) == 0)
		return true;
	fprintf(stderr, "verdict %d, reason %s, path %s, %s\n",
	    (int)s->check.verdict, stamp_reason_word(s->check.reason),
	    s->check.path, s->check.how);
	return false;
}

#define BEHIND(reason, path) \
	asked(&s, CHECK_OTHER, STAMP_BEHIND, STAMP_##reason, path)
#define CURRENT() asked(&s, CHECK_OTHER, STAMP_CURRENT, STAMP_NONE, NULL)
#define STORE() check_store(&s.rule, s.dir, &s.check)

#endif
