/*
 * deps - what was read, for the daemon to watch.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builders/deps.h"
#include "builders/tempfile.h"

void
deps_init(struct deps *d)
{
	memset(d, 0, sizeof(*d));
	arena_init(&d->text);
}

void
deps_fini(struct deps *d)
{
	arena_fini(&d->text);
	free(d->paths);
	deps_init(d);
}

static void
remember(struct deps *d, const char *path)
{
	d->paths = arena_grow(d->paths, d->n, &d->size, sizeof(*d->paths));
	d->paths[d->n++] = path;
}

void
deps_add(struct deps *d, const char *path)
{
	remember(d, arena_copy(&d->text, path, strlen(path)));
}

const char *
deps_add_in(struct deps *d, const char *directory, const char *name)
{
	size_t directory_len = strlen(directory);
	size_t name_len = strlen(name);
	char *path;

	while (directory_len > 0 && directory[directory_len - 1] == '/')
		directory_len--;
	path = arena_bytes(&d->text, directory_len + 1 + name_len + 1);
	memcpy(path, directory, directory_len);
	path[directory_len] = '/';
	memcpy(path + directory_len + 1, name, name_len + 1);
	remember(d, path);
	return path;
}

static int
compare_paths(const void *a, const void *b)
{
	const char *const *x = a;
	const char *const *y = b;

	return strcmp(*x, *y);
}

static int
print_paths(struct deps *d, int fd)
{
	FILE *out;
	size_t i;
	int copy_fd;

	copy_fd = dup(fd); /* fclose takes this one; the other is fsynced */
	if (copy_fd == -1)
		return -1;
	out = fdopen(copy_fd, "w");
	if (out == NULL) {
		(void)close(copy_fd); /* nothing was written */
		return -1;
	}
	for (i = 0; i < d->n; i++)
		if (i == 0 || strcmp(d->paths[i], d->paths[i - 1]) != 0)
			(void)fprintf(out, "%s\n", d->paths[i]); /* ferror */
	if (ferror(out)) {
		(void)fclose(out); /* the first error is the one to tell */
		errno = EIO;
		return -1;
	}
	return fclose(out) == 0 ? 0 : -1;
}

int
deps_write(struct deps *d, const char *file)
{
	struct tempfile temp;
	int rc = -1;

	if (d->n > 0)
		qsort(d->paths, d->n, sizeof(*d->paths), compare_paths);
	if (tempfile_open(&temp, file, 0644) == -1)
		return -1;
	if (print_paths(d, temp.fd) == 0)
		rc = tempfile_commit(&temp);
	tempfile_close(&temp);
	return rc;
}
