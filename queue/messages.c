#include <stdlib.h>
#include <string.h>

#include "daemon/memory.h"
#include "queue/messages.h"

static int
compare_files(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;

	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	if (a->part != b->part)
		return a->part < b->part ? -1 : 1;
	return (a->bucket > b->bucket) - (a->bucket < b->bucket);
}

static void
judge(struct message *m)
{
	const struct entry *e;
	size_t i, texts = 0;

	m->right = m->number;
	for (i = 0; i < m->file_count; i++) {
		e = &m->files[i];
		if ((m->parts & 1U << e->part) != 0)
			m->fate = MESSAGE_DUPLICATE;
		m->parts |= 1U << e->part;
		if (!S_ISREG(e->mode) && m->fate == MESSAGE_CLEAR)
			m->fate = MESSAGE_ODD;
		if (e->part == LAYOUT_MESS && texts++ == 0)
			m->text = e;
	}
	if (texts > 1)
		m->text = NULL;
	else if (texts == 0)
		m->fate = MESSAGE_ORPHAN;
	if (m->fate == MESSAGE_CLEAR && m->text != NULL)
		m->right = m->text->ino;
}

static int
compare_right(const void *left, const void *right)
{
	const struct message *const *a = left, *const *b = right;

	return ((*a)->right > (*b)->right) - ((*a)->right < (*b)->right);
}

static int
compare_wanted(const void *key, const void *element)
{
	const uint64_t *number = key;
	const struct message *const *m = element;

	return (*number > (*m)->right) - (*number < (*m)->right);
}

/* The clear messages by their right number, where no two may be equal. */
static size_t
sort_clear(struct messages *ms, struct message **by_right)
{
	size_t i, n = 0, kept = 0;

	for (i = 0; i < ms->count; i++)
		if (ms->list[i].fate == MESSAGE_CLEAR)
			by_right[n++] = &ms->list[i];
	qsort(by_right, n, sizeof(struct message *), compare_right);
	for (i = 0; i + 1 < n; i++)
		if (by_right[i]->right == by_right[i + 1]->right) {
			by_right[i]->fate = MESSAGE_TWIN;
			by_right[i + 1]->fate = MESSAGE_TWIN;
		}
	for (i = 0; i < n; i++)
		if (by_right[i]->fate == MESSAGE_CLEAR)
			by_right[kept++] = by_right[i];
	return kept;
}

/*
 * Who stays keeps its number, so the one that has this inode number stays too,
 * and so does the next in turn.
 */
static void
stay(struct message **by_right, size_t n, const struct message *m)
{
	struct message **found;

	for (;;) {
		found = bsearch(&m->number, by_right, n,
		    sizeof(struct message *), compare_wanted);
		if (found == NULL || (*found)->fate != MESSAGE_CLEAR)
			return;
		(*found)->fate = MESSAGE_TAKEN;
		m = *found;
	}
}

static void
find_taken(struct messages *ms)
{
	struct message **by_right;
	size_t i, n;

	by_right = calloc(ms->count + 1, sizeof(struct message *));
	if (by_right == NULL)
		log_fatal("messages");
	n = sort_clear(ms, by_right);
	for (i = 0; n > 0 && i < ms->count; i++)
		if (ms->list[i].fate != MESSAGE_CLEAR &&
		    ms->list[i].fate != MESSAGE_TAKEN)
			stay(by_right, n, &ms->list[i]);
	free(by_right);
}

void
messages_group(struct messages *ms, struct listing *l)
{
	struct message *m = NULL;
	size_t i;

	memset(ms, 0, sizeof(*ms));
	if (l->file_count == 0)
		return;
	qsort(l->files, l->file_count, sizeof(*l->files), compare_files);
	for (i = 0; i < l->file_count; i++) {
		if (m == NULL || m->number != l->files[i].number) {
			ms->list =
			    memory_grow(ms->list, ms->count, sizeof(*ms->list));
			m = &ms->list[ms->count++];
			m->number = l->files[i].number;
			m->files = &l->files[i];
		}
		m->file_count++;
	}
	for (i = 0; i < ms->count; i++)
		judge(&ms->list[i]);
	find_taken(ms);
}

void
messages_free(struct messages *ms)
{
	free(ms->list);
	memset(ms, 0, sizeof(*ms));
}
