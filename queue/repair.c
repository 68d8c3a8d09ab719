#include "queue/access.h"
#include "queue/gate.h"
#include "queue/messages.h"
#include "queue/move.h"
#include "queue/repair.h"
#include "queue/tree.h"

static int
move_messages(const struct queue *q)
{
	struct messages ms = { NULL, 0 };
	struct listing l;
	int rc;

	rc = listing_read(q, &l, NULL);
	if (rc == 0) {
		messages_group(&ms, &l);
		if (move_is_needed(q, &ms))
			rc = move_all(q, &ms);
	}
	messages_free(&ms);
	listing_free(&l);
	return rc;
}

static int
mend_file(const struct queue *q, const struct entry *e)
{
	const struct stat st = { .st_ino = e->ino,
		.st_mode = e->mode,
		.st_uid = e->uid,
		.st_gid = e->gid };
	char path[LAYOUT_PATH_SIZE];

	if (!S_ISREG(e->mode))
		return 0;
	return access_mend(q, listing_path(e, path), &st, access_of(e->part));
}

static int
mend_files(const struct queue *q)
{
	struct listing l;
	size_t i;
	int rc;

	rc = listing_read(q, &l, NULL);
	if (rc == 0)
		rc = tree_prune(q, &l);
	for (i = 0; rc == 0 && i < l.file_count; i++)
		rc = mend_file(q, &l.files[i]);
	listing_free(&l);
	return rc;
}

int
repair_queue(const struct queue *q)
{
	if (gate_close(q) == 0 && tree_mend(q) == 0 && move_resume(q) == 0 &&
	    move_messages(q) == 0 && mend_files(q) == 0 && gate_open(q) == 0)
		return 0;
	if (gate_is_closed(q) == 1)
		log_warnx("%s: stays closed to qmail (mode 0000) until a repair"
			  " has ended well",
		    q->path);
	return -1;
}
