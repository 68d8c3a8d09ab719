#include <stdlib.h>
#include <string.h>

#include "daemon/ground.h"
#include "daemon/memo.h"

static void
forget_done(struct memo *m)
{
	if (!m->filled)
		return;
	stamp_past_fini(&m->past);
	m->filled = false;
}

void
memo_forget(struct memo *m)
{
	forget_done(m);
	m->untried = false;
}

/* Returns 0, or -1 with errno and nothing but zeros. */
static int
copy(struct stamp_past *to, const struct stamp_past *from)
{
	size_t size = ground_size(from->mounts);

	*to = *from;
	memset(&to->sources, 0, sizeof(to->sources));
	to->mounts = NULL;
	if (size > 0 && (to->mounts = malloc(size)) != NULL)
		memcpy(to->mounts, from->mounts, size);
	if ((size == 0 || to->mounts != NULL) &&
	    stamp_set_copy(&to->sources, &from->sources) == 0)
		return 0;
	stamp_past_fini(to);
	return -1;
}

static void
keep(struct memo *m, const struct stamp *file, const struct stamp_past *past)
{
	m->filled =
	    past->sources.count <= MEMO_SOURCES && copy(&m->past, past) == 0;
	m->file = *file;
}

/* Without memory it is read once more, which will fail by itself. */
static bool
recall(
    const struct memo *m, struct recordform_head *head, struct stamp_past *past)
{
	if (copy(past, &m->past) == -1) {
		past->records = -1;
		return false;
	}
	head->count = past->sources.count;
	head->bytes = stamp_set_bytes(&past->sources);
	head->whole = true;
	return true;
}

int
memo_read(struct memo *m, const char *state_dir, const char *name,
    struct recordform_head *head, struct stamp_past *past)
{
	struct stamp file;

	memset(past, 0, sizeof(*past));
	past->records = -1;
	if (record_stamp(state_dir, RECORD_DONE, name, &file) == -1)
		return -1;
	if (m->filled && file.state == STAMP_PRESENT &&
	    stamp_equal(&file, &m->file, false) && recall(m, head, past))
		return 0;
	forget_done(m);
	if (record_read_brief(state_dir, name, head, past) == -1)
		return -1;
	/* A file that was exchanged since it was stamped will differ. */
	if (head->whole && past->exists && file.state == STAMP_PRESENT)
		keep(m, &file, past);
	return 0;
}

int
memo_read_tried(struct memo *m, const char *state_dir, const char *name,
    struct stamp_past *past)
{
	int rc;

	if (m->untried) {
		memset(past, 0, sizeof(*past));
		past->records = -1;
		return 0;
	}
	rc = record_read(state_dir, RECORD_TRIED, name, past);
	m->untried = rc == 0 && !past->exists;
	return rc;
}
