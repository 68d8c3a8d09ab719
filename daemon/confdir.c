/*
 * confdir - the files of a configuration: which there are, and are they safe?
 */

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/confdir.h"
#include "daemon/memory.h"
#include "daemon/section.h"
#include "daemon/trust.h"

#define SUFFIX ".ini"

static void
refuse_errno(struct conf_errors *errors, const char *path)
{
	conf_errors_add(errors, path, 0, NULL, "%s", strerror(errno));
}

int
confdir_open(const char *path, struct conf_errors *errors)
{
	struct stat st;
	char why[512];
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1 || fstat(fd, &st) == -1) {
		refuse_errno(errors, path);
		if (fd != -1)
			(void)close(fd); /* only read */
		return -1;
	}
	if (trust_file(&st, (uid_t)-1, why, sizeof(why)) == -1 ||
	    trust_above(path, (uid_t)-1, why, sizeof(why)) == -1)
		conf_errors_add(errors, path, 0, NULL, "%s", why);
	return fd;
}

/* Why a file is not to be read, or NULL. */
static const char *
file_fault(const struct stat *st, long most)
{
	if (!S_ISREG(st->st_mode))
		return "not a regular file";
	if (st->st_size > most)
		return "file too large";
	return NULL;
}

FILE *
confdir_open_file(int dir_fd, const char *name, const char *path, long most,
    struct conf_errors *errors)
{
	const char *fault;
	struct stat st;
	char why[128];
	FILE *file = NULL;
	int fd;

	/* A fifo must not hold us. */
	fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1 || fstat(fd, &st) == -1) {
		refuse_errno(errors, path);
		goto fail;
	}
	fault = file_fault(&st, most);
	if (fault != NULL) {
		conf_errors_add(errors, path, 0, NULL, "%s", fault);
		goto fail;
	}
	if (trust_file(&st, (uid_t)-1, why, sizeof(why)) == -1)
		conf_errors_add(errors, path, 0, NULL, "%s", why);
	file = fdopen(fd, "r");
	if (file == NULL) {
		refuse_errno(errors, path);
		goto fail;
	}
	return file;

fail:
	if (fd != -1)
		(void)close(fd); /* only read */
	return NULL;
}

static int
compare_text(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	return strcmp(*left, *right);
}

/* The name of the rule in that file; NULL: it is none. */
static char *
rule_name(const char *file)
{
	size_t n = strlen(file), suffix = strlen(SUFFIX);

	if (*file == '.' || n <= suffix ||
	    strcmp(file + n - suffix, SUFFIX) != 0)
		return NULL;
	return memory_format("%.*s", (int)(n - suffix), file);
}

/* Take the bad names out of the list. */
static void
refuse_bad_names(char **names, const char *dir, struct conf_errors *errors)
{
	size_t from, to = 0;
	char *path;

	for (from = 0; names[from] != NULL; from++) {
		if (section_is_name(names[from])) {
			names[to++] = names[from];
			continue;
		}
		path = memory_format("%s/%s" SUFFIX, dir, names[from]);
		conf_errors_add(errors, path, 0, NULL,
		    "not a name for a rule: at most %d letters, digits and "
		    "'._-'",
		    SECTION_NAME_MAX);
		free(path);
		free(names[from]);
	}
	names[to] = NULL;
}

static DIR *
open_stream(int dir_fd)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd == -1 ? NULL : fdopendir(fd);

	if (stream == NULL && fd != -1)
		(void)close(fd); /* only read */
	return stream;
}

char **
confdir_list(int dir_fd, const char *path, struct conf_errors *errors)
{
	struct dirent *entry;
	char **names = NULL, *name;
	size_t count = 0;
	DIR *stream = open_stream(dir_fd);

	for (;;) {
		errno = stream == NULL ? errno : 0;
		entry = stream == NULL ? NULL : readdir(stream);
		if (entry == NULL)
			break;
		name = rule_name(entry->d_name);
		if (name == NULL)
			continue;
		names = memory_grow(names, count, sizeof(*names));
		names[count++] = name;
	}
	if (errno != 0)
		refuse_errno(errors, path);
	if (stream != NULL)
		(void)closedir(stream); /* only read */
	names = memory_grow(names, count, sizeof(*names));
	qsort(names, count, sizeof(*names), compare_text);
	refuse_bad_names(names, path, errors);
	return names;
}
