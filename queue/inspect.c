#include <inttypes.h>
#include <string.h>

#include "queue/access.h"
#include "queue/gate.h"
#include "queue/inspect.h"
#include "queue/messages.h"
#include "queue/split.h"
#include "queue/tree.h"

static void
check_file(const struct queue *q, const struct entry *e, struct faults *faults)
{
	const struct stat st = {
		.st_mode = e->mode, .st_uid = e->uid, .st_gid = e->gid
	};
	char path[LAYOUT_PATH_SIZE];
	long bucket = layout_bucket(&q->layout, e->part, e->number);

	listing_path(e, path);
	if (!S_ISREG(e->mode)) {
		fault_add(faults, FAULT_TYPE, e->number, path,
		    "is not a regular file");
		return;
	}
	access_check(q, faults, path, e->number, &st, access_of(e->part));
	if (e->bucket == bucket || e->hidden)
		return;
	if (bucket == -1)
		fault_add(faults, FAULT_BUCKET, e->number, path,
		    "should be in %s itself", layout_dir(e->part)->name);
	else
		fault_add(faults, FAULT_BUCKET, e->number, path,
		    "should be in bucket %ld", bucket);
}

static void
check_fate(const struct message *m, struct faults *faults)
{
	char path[LAYOUT_PATH_SIZE], letters[LAYOUT_LETTERS];

	listing_path(m->files, path);
	switch (m->fate) {
	case MESSAGE_DUPLICATE:
		fault_add(faults, FAULT_DUPLICATE, m->number, path,
		    "message %" PRIu64 " has a part twice: it stays as it is",
		    m->number);
		return;
	case MESSAGE_TWIN:
		fault_add(faults, FAULT_DUPLICATE, m->number, path,
		    "another message has inode number %ju too: it stays",
		    (uintmax_t)m->text->ino);
		return;
	case MESSAGE_TAKEN:
		fault_add(faults, FAULT_TAKEN, m->number, path,
		    "cannot become %" PRIu64 ": that is taken by parts that "
		    "cannot be moved",
		    m->right);
		break;
	case MESSAGE_CLEAR:
	case MESSAGE_ORPHAN:
	case MESSAGE_ODD:
		break;
	}
	if (!layout_is_legal(m->parts))
		fault_add(faults, FAULT_STATE, m->number, path,
		    "qmail has no message with just the parts %s",
		    layout_letters(m->parts, letters));
}

static void
check_message(const struct message *m, struct faults *faults)
{
	char path[LAYOUT_PATH_SIZE];

	check_fate(m, faults);
	if (m->text != NULL && m->text->ino != m->number)
		fault_add(faults, FAULT_NAME, m->number,
		    listing_path(m->text, path), "is inode number %ju",
		    (uintmax_t)m->text->ino);
}

static void
check_messages(struct listing *l, struct faults *faults, struct summary *sum)
{
	struct messages ms;
	size_t i;

	messages_group(&ms, l);
	for (i = 0; i < ms.count; i++) {
		check_message(&ms.list[i], faults);
		if (ms.list[i].text != NULL)
			sum->messages++;
		sum->states[ms.list[i].parts]++;
	}
	messages_free(&ms);
}

static int
inspect(const struct queue *q, struct faults *faults, struct summary *sum)
{
	int rc, closed, marked;
	struct listing l;
	size_t i;

	memset(faults, 0, sizeof(*faults));
	memset(sum, 0, sizeof(*sum));
	rc = listing_read(q, &l, faults);
	if (rc == 0)
		rc = tree_check(q, &l, faults);
	for (i = 0; rc == 0 && i < l.file_count; i++)
		check_file(q, &l.files[i], faults);
	closed = gate_is_closed(q);
	marked = gate_is_marked(q);
	if (closed == -1 || marked == -1)
		rc = -1;
	if (l.hidden_count > 0 || closed == 1 || marked == 1)
		fault_add(faults, FAULT_INTERRUPTED, 0, ".",
		    "a repair has not ended, and %zu files are hidden: "
		    "repair again",
		    l.hidden_count);
	/* Half-way numbers would tell nothing. */
	else if (rc == 0)
		check_messages(&l, faults, sum);
	listing_free(&l);
	fault_sort(faults);
	return rc;
}

int
inspect_queue(
    const struct queue *q, struct faults *faults, struct summary *summary)
{
	struct faults again;
	int rc;

	if (inspect(q, faults, summary) == -1)
		return -1;
	if (faults->count == 0)
		return 0;
	rc = inspect(q, &again, summary);
	fault_keep_common(faults, &again);
	fault_free(&again);
	return rc;
}

int
inspect_layout(struct queue *q, unsigned split)
{
	struct listing l;
	int rc = listing_read(q, &l, NULL);

	q->layout.split = split != 0 ? split : split_guess(&l);
	q->layout.big_todo = split_guess_big_todo(&l);
	listing_free(&l);
	return rc;
}
