/*
 * deps - what was read, for the daemon to watch.
 */

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builders/deps.h"
#include "builders/outfile.h"
#include "builders/tempfile.h"
#include "daemon/log.h"

#define TABLE_FIRST 1024 /* a power of two, as all sizes of the table */
#define LINKS_MAX 40     /* on the way to a file */

void
deps_init(struct deps *d)
{
	memset(d, 0, sizeof(*d));
	arena_init(&d->text);
	d->group = 1; /* 0 is for paths that were never used */
}

void
deps_fini(struct deps *d)
{
	arena_fini(&d->text);
	free(d->paths);
	free(d->table);
	free(d->uses);
	deps_init(d);
}

/* FNV-1a. */
static uint32_t
hash_text(const char *text)
{
	uint32_t hash = 2166136261u;

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return hash;
}

/* Where the path is in the table, or would be. */
static size_t
find_slot(const struct deps *d, const char *text, uint32_t hash)
{
	size_t mask = d->table_size - 1;
	size_t slot;
	const struct deps_path *path;

	for (slot = hash & mask; d->table[slot] != 0;
	     slot = (slot + 1) & mask) {
		path = &d->paths[d->table[slot] - 1];
		if (path->hash == hash && strcmp(path->text, text) == 0)
			break;
	}
	return slot;
}

static void
grow_table(struct deps *d)
{
	size_t i, slot, mask;

	free(d->table);
	d->table_size = d->table_size == 0 ? TABLE_FIRST : d->table_size * 4;
	d->table = calloc(d->table_size, sizeof(*d->table));
	if (d->table == NULL)
		log_fatal("memory");
	mask = d->table_size - 1;
	for (i = 0; i < d->n; i++) {
		slot = d->paths[i].hash & mask;
		while (d->table[slot] != 0)
			slot = (slot + 1) & mask;
		d->table[slot] = (uint32_t)i + 1;
	}
}

/* "text" is kept if it is new. */
static uint32_t
intern(struct deps *d, const char *text)
{
	uint32_t hash = hash_text(text);
	struct deps_path *path;
	size_t slot;

	if ((d->n + 1) * 2 > d->table_size)
		grow_table(d);
	slot = find_slot(d, text, hash);
	if (d->table[slot] != 0)
		return d->table[slot] - 1;
	d->paths = arena_grow(d->paths, d->n, &d->size, sizeof(*d->paths));
	path = &d->paths[d->n];
	memset(path, 0, sizeof(*path));
	path->text = text;
	path->hash = hash;
	d->table[slot] = (uint32_t)++d->n;
	return (uint32_t)d->n - 1;
}

uint32_t
deps_number(struct deps *d, const char *path)
{
	return intern(d, path);
}

void
deps_use(struct deps *d, uint32_t path)
{
	d->last = path;
	if (d->paths[path].group == d->group)
		return;
	d->paths[path].group = d->group;
	d->uses =
	    arena_grow(d->uses, d->n_uses, &d->uses_size, sizeof(*d->uses));
	d->uses[d->n_uses++] = path;
}

void
deps_begin(struct deps *d)
{
	d->n_uses = 0;
	d->group++;
}

void
deps_add(struct deps *d, const char *path)
{
	deps_use(d, intern(d, arena_copy(&d->text, path, strlen(path))));
}

const char *
deps_path_in(struct deps *d, const char *directory, const char *name)
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
	return path;
}

const char *
deps_add_in(struct deps *d, const char *directory, const char *name)
{
	const char *path = deps_path_in(d, directory, name);

	deps_use(d, intern(d, path));
	return path;
}

void
deps_add_owner(struct deps *d, const char *path)
{
	size_t len = strlen(path);
	char *text = arena_bytes(&d->text, len + 2);

	text[0] = DEPS_OWNER;
	memcpy(text + 1, path, len + 1);
	deps_use(d, intern(d, text));
}

/* If "path" is a symbolic link, put there what it names, with "rest" below. */
static bool
follow(char path[PATH_MAX], const char *rest)
{
	char target[PATH_MAX], whole[PATH_MAX];
	ssize_t len = readlink(path, target, sizeof(target) - 1);
	int kept, n;

	if (len == -1)
		return false;
	while (len > 1 && target[len - 1] == '/')
		len--;
	target[len] = '\0';
	if (strchr(target, '\n') != NULL) /* no path of ours */
		return false;
	kept = target[0] == '/' ? 0 : (int)(strrchr(path, '/') - path) + 1;
	n = snprintf(whole, sizeof(whole), "%.*s%s%s%s", kept, path, target,
	    *rest == '\0' ? "" : "/", rest);
	if (n < 0 || (size_t)n >= sizeof(whole))
		return false;
	memcpy(path, whole, (size_t)n + 1);
	return true;
}

/* Cut "path" after the first directory on the way that we may not search.  Is
 * there one? */
static bool
find_denying(char path[PATH_MAX])
{
	char *at = path;
	int links = 0;
	bool last;

	while (*at != '\0') {
		at += 1 + strcspn(at + 1, "/");
		last = *at == '\0';
		*at = '\0';
		if (access(path, X_OK) == 0) {
			*at = last ? '\0' : '/';
			continue;
		}
		if (links++ == LINKS_MAX || !follow(path, last ? at : at + 1))
			return !last;
		at = path;
	}
	return false;
}

/* The first directory above a path that we may not search, through symbolic
 * links.  The daemon's user may, and would see no change of the path itself
 * when that ends. */
static void
use_denying(struct deps *d, uint32_t number)
{
	uint32_t last = d->last;
	const char *text = d->paths[number].text;
	size_t size = strlen(text) + 1;
	char path[PATH_MAX];

	if (size > sizeof(path))
		return;
	memcpy(path, text, size);
	if (find_denying(path))
		deps_add(d, path);
	d->last = last;
}

void
deps_stamp(struct deps *d, uint32_t number, const struct stamp *stamp)
{
	struct deps_path *path = &d->paths[number];

	if (!path->seen || stamp->kind == STAMP_FAILED)
		path->stamp = *stamp;
	else if (path->stamp.kind != STAMP_FAILED &&
		 !stamp_equal(&path->stamp, stamp))
		path->stamp.kind = STAMP_UNKNOWN;
	path->seen = true;
	deps_stamp_other(d, stamp);
	if (stamp->kind == STAMP_DENIED)
		use_denying(d, number);
}

void
deps_stamp_other(struct deps *d, const struct stamp *stamp)
{
	d->failed |= stamp->kind == STAMP_FAILED;
}

const struct stamp *
deps_look(struct deps *d, uint32_t number)
{
	struct deps_path *path = &d->paths[number];

	if (!path->seen && path->text[0] == DEPS_OWNER)
		stamp_look_owner(&path->stamp, path->text + 1);
	else if (!path->seen)
		stamp_look(&path->stamp, path->text);
	path->seen = true;
	deps_stamp_other(d, &path->stamp);
	return &path->stamp;
}

struct sortable {
	const char *text;
	uint32_t number;
};

static int
compare_paths(const void *a, const void *b)
{
	const struct sortable *x = a;
	const struct sortable *y = b;

	return strcmp(x->text, y->text);
}

/* Mostly they are sorted already: they come from the last run. */
static bool
are_sorted(const struct sortable *paths, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (strcmp(paths[i - 1].text, paths[i].text) > 0)
			return false;
	return true;
}

uint32_t *
deps_sorted(const struct deps *d, size_t *n)
{
	struct sortable *paths = calloc(d->n + 1, sizeof(*paths));
	uint32_t *numbers = calloc(d->n + 1, sizeof(*numbers));
	size_t i, used = 0;

	if (paths == NULL || numbers == NULL)
		log_fatal("memory");
	for (i = 0; i < d->n; i++) {
		if (d->paths[i].group == 0)
			continue;
		paths[used].text = d->paths[i].text;
		paths[used++].number = (uint32_t)i;
	}
	if (!are_sorted(paths, used))
		qsort(paths, used, sizeof(*paths), compare_paths);
	for (i = 0; i < used; i++)
		numbers[i] = paths[i].number;
	free(paths);
	*n = used;
	return numbers;
}

static int
print_paths(struct deps *d, int fd)
{
	struct outfile out;
	uint32_t *numbers;
	const char *text;
	size_t i, n;
	int rc;

	outfile_open(&out, fd);
	numbers = deps_sorted(d, &n);
	for (i = 0; i < n; i++) {
		text = d->paths[numbers[i]].text;
		if (text[0] == DEPS_OWNER || strlen(text) >= PATH_MAX)
			continue;
		outfile_put(&out, text, strlen(text));
		outfile_put(&out, "\n", 1);
	}
	free(numbers);
	rc = outfile_flush(&out);
	outfile_close(&out);
	return rc;
}

int
deps_write(struct deps *d, const char *file)
{
	struct tempfile temp;
	int rc = -1;

	if (tempfile_open(&temp, file, 0644) == -1)
		return -1;
	if (print_paths(d, temp.fd) == 0)
		rc = tempfile_commit_changed(&temp);
	tempfile_close(&temp);
	return rc;
}
