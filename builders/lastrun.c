/*
 * lastrun - what the last run has left.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builders/arena.h"
#include "builders/lastrun.h"
#include "daemon/log.h"

/* Do the numbers of the header add up to the size of the file? */
static bool
is_plausible(const struct lastform_header *h, uint64_t size)
{
	char magic[sizeof(h->magic)] = LASTFORM_MAGIC;

	return memcmp(h->magic, magic, sizeof(magic)) == 0 &&
	       h->n_paths < size && h->n_lists < size && h->n_uses < size &&
	       h->text_len < size && h->keys_len < size &&
	       sizeof(*h) + lastform_sizes(h).all + h->keys_len == size;
}

static bool
read_part(int fd, void *part, size_t len, size_t at)
{
	char *bytes = part;
	ssize_t n;

	for (; len > 0; len -= (size_t)n, at += (size_t)n, bytes += n) {
		n = pread(fd, bytes, len, (off_t)at);
		if (n <= 0)
			return false;
	}
	return true;
}

/* The arrays are in the order of their alignment. */
static void
divide_table(struct lastrun *r)
{
	struct lastform_sizes sizes = lastform_sizes(&r->header);
	char *at = r->bytes;

	r->table.paths = (struct lastform_path *)(void *)at;
	at += sizes.paths;
	r->table.lists = (struct lastform_list *)(void *)at;
	at += sizes.lists;
	r->table.uses = (uint32_t *)(void *)at;
	r->table.text = at + sizes.uses;
}

/* With the right digest, only a wrong program could lead us astray. */
static bool
read_table(struct lastrun *r)
{
	struct lastform_header *h = &r->header;
	size_t len;
	struct stat st;

	if (fstat(r->fd, &st) == -1 || !S_ISREG(st.st_mode) ||
	    (size_t)st.st_size < sizeof(*h) ||
	    !read_part(r->fd, h, sizeof(*h), 0) ||
	    !is_plausible(h, (uint64_t)st.st_size))
		return false;
	len = lastform_sizes(h).all;
	r->bytes = arena_array(len, 1);
	if (!read_part(r->fd, r->bytes, len, sizeof(*h)))
		return false;
	divide_table(r);
	return digest_equal(lastform_sum(h, &r->table), h->table_sum);
}

void
lastrun_close(struct lastrun *r)
{
	lists_fini(&r->lists);
	free(r->bytes);
	free(r->keys);
	free(r->stamps);
	free(r->paths);
	free(r->numbers);
	if (r->fd != -1)
		(void)close(r->fd); /* nothing was written */
	memset(r, 0, sizeof(*r));
	r->fd = -1;
}

static void
take_paths(struct lastrun *r, struct deps *deps)
{
	const struct lastform_path *paths = r->table.paths;
	size_t i, n = r->header.n_paths;

	r->paths = arena_array(n, sizeof(*r->paths));
	for (i = 0; i < n; i++)
		r->paths[i] = deps_number(deps, r->table.text + paths[i].text);
	r->stamps = arena_array(deps->n, sizeof(*r->stamps));
	for (i = 0; i < n; i++)
		r->stamps[r->paths[i]] = paths[i].stamp;
	r->numbers = arena_array(r->header.n_uses, sizeof(*r->numbers));
	for (i = 0; i < r->header.n_uses; i++)
		r->numbers[i] = r->paths[r->table.uses[i]];
}

static bool
take_table(struct lastrun *r, struct deps *deps)
{
	if (!read_table(r)) {
		lastrun_close(r);
		return false;
	}
	take_paths(r, deps);
	return true;
}

/* What another user can write may tell of addresses that nobody has. */
static bool
is_ours(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0 &&
	       (st.st_uid == geteuid() || st.st_uid == 0);
}

void
lastrun_open(struct lastrun *r, const char *directory, struct deps *deps)
{
	char *path = lastform_name(directory);

	memset(r, 0, sizeof(*r));
	r->fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (r->fd == -1 && errno != ENOENT)
		log_warn("%s", path);
	if (r->fd != -1 && !is_ours(r->fd)) {
		log_warnx("%s: another user can write it", path);
		lastrun_close(r);
	}
	if (r->fd != -1 && !take_table(r, deps))
		log_warnx("%s: damaged, or of another version", path);
	free(path);
}

void
lastrun_open_fd(struct lastrun *r, int fd, struct deps *deps)
{
	memset(r, 0, sizeof(*r));
	r->fd = fd;
	(void)take_table(r, deps); /* r->fd tells */
}

bool
lastrun_is_current(const struct lastrun *r, struct deps *deps)
{
	size_t i;

	if (r->fd == -1)
		return false;
	for (i = 0; i < r->header.n_paths; i++)
		if (!stamp_equal(
			&r->table.paths[i].stamp, deps_look(deps, r->paths[i])))
			return false;
	return true;
}

static bool
read_keys(struct lastrun *r)
{
	const struct lastform_header *h = &r->header;

	r->keys = arena_array(h->keys_len, 1);
	return read_part(r->fd, r->keys, h->keys_len,
		   sizeof(*h) + lastform_sizes(h).all) &&
	       digest_equal(digest_bytes(r->keys, h->keys_len), h->keys_sum);
}

int
lastrun_take(struct lastrun *r)
{
	const struct lastform_list *entry;
	struct lists_item item;
	size_t i;

	if (r->fd == -1 || !read_keys(r))
		return -1;
	for (i = 0; i < r->header.n_lists; i++) {
		entry = &r->table.lists[i];
		item.bytes = r->keys + entry->keys;
		item.len = entry->keys_len;
		item.uses = r->numbers + entry->first_use;
		item.n_uses = entry->n_uses;
		lists_add_same(&r->lists, r->table.text + entry->host,
		    &entry->question, &item, (unsigned)entry->flags);
	}
	return 0;
}
