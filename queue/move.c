#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "queue/disk.h"
#include "queue/gate.h"
#include "queue/move.h"
#include "queue/tree.h"

/* The gate is closed: nobody else is at work. */
static int
rename_new(const struct queue *q, const char *from, const char *to)
{
	int rc = disk_rename_new(q->fd, from, to);

	if (rc == -1)
		log_warn("%s/%s: rename to %s", q->path, from, to);
	return rc;
}

static bool
is_right(const struct queue *q, const struct message *m, const struct entry *e)
{
	return e->number == m->right &&
	       e->bucket == layout_bucket(&q->layout, e->part, m->right);
}

bool
move_is_needed(const struct queue *q, const struct messages *ms)
{
	const struct message *m;
	size_t i, k;

	for (i = 0; i < ms->count; i++) {
		m = &ms->list[i];
		for (k = 0; m->fate == MESSAGE_CLEAR && k < m->file_count; k++)
			if (!is_right(q, m, &m->files[k]))
				return true;
	}
	return false;
}

/* Does a file of it lie where a bucket should be? */
static bool
is_in_way(const struct queue *q, const struct message *m)
{
	const struct entry *e;
	size_t i;

	for (i = 0; i < m->file_count; i++) {
		e = &m->files[i];
		if (e->bucket == -1 && e->number < q->layout.split &&
		    layout_is_split(&q->layout, e->part))
			return true;
	}
	return false;
}

/* In the buckets where they belong or, if "aside", above them all. */
static int
hide(const struct queue *q, const struct message *m, bool aside)
{
	char name[LAYOUT_PATH_SIZE], from[LAYOUT_PATH_SIZE];
	char to[LAYOUT_PATH_SIZE];
	const struct entry *e;
	size_t i;
	long bucket;

	/* The files are in the order of the parts: the text first. */
	for (i = 0; i < m->file_count; i++) {
		e = &m->files[i];
		if (is_right(q, m, e))
			continue;
		listing_path(e, from);
		listing_hidden_name(m->right, m->number, name);
		bucket =
		    aside ? -1 : layout_bucket(&q->layout, e->part, m->right);
		layout_path(e->part, bucket, name, to);
		if (rename_new(q, from, to) == -1)
			return -1;
	}
	return 0;
}

/* The clear messages that are in the way of a bucket, or all others. */
static int
hide_all(const struct queue *q, const struct messages *ms, bool in_way)
{
	const struct message *m;
	size_t i;

	for (i = 0; i < ms->count; i++) {
		m = &ms->list[i];
		if (m->fate == MESSAGE_CLEAR && is_in_way(q, m) == in_way &&
		    hide(q, m, in_way) == -1)
			return -1;
	}
	return 0;
}

/* By message, the text last. */
static int
compare_last(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;

	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return (a->part < b->part) - (a->part > b->part);
}

/* Give every hidden file its right number, or back its old one. */
static int
unhide(const struct queue *q, bool reveal)
{
	char name[32], from[LAYOUT_PATH_SIZE], to[LAYOUT_PATH_SIZE];
	const struct entry *e;
	struct listing l;
	uint64_t number;
	size_t i;
	int rc;

	rc = listing_read(q, &l, NULL);
	if (rc == 0 && l.file_count > 0)
		qsort(l.files, l.file_count, sizeof(*l.files), compare_last);
	for (i = 0; rc == 0 && i < l.file_count; i++) {
		e = &l.files[i];
		if (!e->hidden)
			continue;
		number = reveal ? e->number : e->old;
		snprintf(name, sizeof(name), "%" PRIu64, number);
		layout_path(e->part, layout_bucket(&q->layout, e->part, number),
		    name, to);
		rc = rename_new(q, listing_path(e, from), to);
	}
	listing_free(&l);
	return rc;
}

static int
reveal_all(const struct queue *q)
{
	if (unhide(q, true) == -1)
		return -1;
	return gate_unmark(q);
}

int
move_all(const struct queue *q, const struct messages *ms)
{
	/* The others may belong into the very bucket that can be made only
	 * then. */
	if (hide_all(q, ms, true) == -1 || tree_mend(q) == -1 ||
	    hide_all(q, ms, false) == -1 || gate_mark(q) == -1)
		return -1;
	return reveal_all(q);
}

int
move_resume(const struct queue *q)
{
	switch (gate_is_marked(q)) {
	case 0:
		return unhide(q, false);
	case 1:
		return reveal_all(q);
	}
	/* To go the wrong way would part the files of a message. */
	return -1;
}
