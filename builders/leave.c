/*
 * leave - what a run leaves for the next: lastrun reads it.
 */

#include <stdlib.h>
#include <string.h>

#include "builders/arena.h"
#include "builders/leave.h"
#include "builders/outfile.h"
#include "builders/tempfile.h"
#include "daemon/log.h"

/* The table as it is being made. */
struct making {
	struct lastform_header header;
	struct lastform_table table;
};

static uint64_t
add_text(struct making *m, const char *text)
{
	size_t len = strlen(text) + 1;
	uint64_t at = m->header.text_len;

	memcpy(m->table.text + at, text, len);
	m->header.text_len += len;
	return at;
}

static void
add_paths(struct making *m, const struct deps *deps, const uint32_t *sorted,
    const struct timespec *started)
{
	const struct deps_path *path;
	size_t i;

	for (i = 0; i < m->header.n_paths; i++) {
		path = &deps->paths[sorted[i]];
		if (path->seen && !stamp_is_fresh(&path->stamp, started))
			m->table.paths[i].stamp = path->stamp;
		m->table.paths[i].text = add_text(m, path->text);
	}
}

static void
add_lists(struct making *m, const struct deps *deps, const uint32_t *sorted,
    const struct lists *lists)
{
	uint32_t *places = arena_array(deps->n, sizeof(*places));
	const struct lists_item *item;
	size_t i, j;

	for (i = 0; i < m->header.n_paths; i++)
		places[sorted[i]] = (uint32_t)i;
	for (i = 0; i < lists->n; i++) {
		item = &lists->items[i];
		m->table.lists[i].question = item->question;
		m->table.lists[i].host = add_text(m, item->host);
		m->table.lists[i].first_use = m->header.n_uses;
		m->table.lists[i].n_uses = item->n_uses;
		m->table.lists[i].keys = m->header.keys_len;
		m->table.lists[i].keys_len = item->len;
		m->table.lists[i].flags = item->flags;
		for (j = 0; j < item->n_uses; j++)
			m->table.uses[m->header.n_uses++] =
			    places[item->uses[j]];
		m->header.keys_len += item->len;
	}
	free(places);
}

static void
make_table(struct making *m, const struct lists *lists, const struct deps *deps,
    const struct timespec *started)
{
	uint32_t *sorted;
	size_t i, n_paths, text_len = 0, n_uses = 0;

	sorted = deps_sorted(deps, &n_paths);
	m->header.n_paths = n_paths;
	for (i = 0; i < m->header.n_paths; i++)
		text_len += strlen(deps->paths[sorted[i]].text) + 1;
	for (i = 0; i < lists->n; i++) {
		text_len += strlen(lists->items[i].host) + 1;
		n_uses += lists->items[i].n_uses;
	}
	m->header.n_lists = lists->n;
	m->table.paths =
	    arena_array(m->header.n_paths, sizeof(*m->table.paths));
	m->table.lists = arena_array(lists->n, sizeof(*m->table.lists));
	m->table.uses = arena_array(n_uses, sizeof(*m->table.uses));
	m->table.text = arena_array(text_len, 1);
	add_paths(m, deps, sorted, started);
	add_lists(m, deps, sorted, lists);
	free(sorted);
}

/* The next run can tell a damaged file, so that nobody waits for the disk. */
static int
write_all(const struct making *m, const struct lists *lists, int fd)
{
	struct lastform_sizes sizes = lastform_sizes(&m->header);
	const struct lastform_table *t = &m->table;
	struct outfile out;
	size_t i;
	int rc;

	outfile_open(&out, fd);
	outfile_put(&out, &m->header, sizeof(m->header));
	outfile_put(&out, t->paths, sizes.paths);
	outfile_put(&out, t->lists, sizes.lists);
	outfile_put(&out, t->uses, sizes.uses);
	outfile_put(&out, t->text, sizes.text);
	for (i = 0; i < lists->n; i++)
		outfile_put(&out, lists->items[i].bytes, lists->items[i].len);
	rc = outfile_flush(&out);
	outfile_close(&out);
	return rc;
}

static struct digest
sum_keys(const struct lists *lists)
{
	struct digest_sum *sum = digest_new();
	size_t i;

	if (sum == NULL)
		log_fatal("memory");
	for (i = 0; i < lists->n; i++)
		digest_add(sum, lists->items[i].bytes, lists->items[i].len);
	return digest_end(sum);
}

int
leave_write(int fd, const struct lastform_about *about,
    const struct lists *lists, const struct deps *deps,
    const struct timespec *started)
{
	struct making m = { .header = { .magic = LASTFORM_MAGIC } };
	int rc;

	m.header.about = *about;
	make_table(&m, lists, deps, started);
	m.header.keys_sum = sum_keys(lists);
	m.header.table_sum = lastform_sum(&m.header, &m.table);
	rc = write_all(&m, lists, fd);
	free(m.table.paths);
	free(m.table.lists);
	free(m.table.uses);
	free(m.table.text);
	return rc;
}

int
leave_lists(const char *directory, const struct lastform_about *about,
    const struct lists *lists, const struct deps *deps,
    const struct timespec *started)
{
	struct tempfile temp;
	char *path = lastform_name(directory);
	int rc = -1;

	if (tempfile_open(&temp, path, 0600) == 0) {
		if (leave_write(temp.fd, about, lists, deps, started) == 0)
			rc = tempfile_commit_unsynced(&temp);
		tempfile_close(&temp);
	}
	free(path);
	return rc;
}
