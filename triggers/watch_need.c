#include "triggers/watch_need.h"

static bool
ends_at(const struct watch_tree *t, const struct ref *ref)
{
	return want_part(t->wants.slots[ref->want], ref->off).kind == PART_END;
}

bool
watch_need_dir(const struct watch_tree *t, struct place *p)
{
	size_t i;

	if (p->child != NULL)
		return true;
	for (i = 0; i < p->ref_count; i++)
		if (!ends_at(t, &place_refs(p)[i]))
			return true;
	return false;
}

bool
watch_need_inode(const struct watch_tree *t, struct place *p)
{
	size_t i;

	for (i = 0; i < p->ref_count; i++)
		if (ends_at(t, &place_refs(p)[i]) &&
		    !t->wants.slots[place_refs(p)[i].want]->wild)
			return true;
	return false;
}

bool
watch_need_new(const struct place *p)
{
	const struct place *q;

	if (p->ref_count > 0 || (p->flags & PLACE_CONTENT) != 0)
		return true;
	for (q = p->child; q != NULL; q = q->next)
		if (!place_is_there(q) && (q->flags & PLACE_QUEUED) == 0)
			return true;
	return false;
}

bool
watch_need_content(const struct watch_tree *t, struct place *p)
{
	struct place *q;
	size_t i;

	for (i = 0; i < p->ref_count; i++)
		if (watch_hook_content(t, &place_refs(p)[i]))
			return true;
	for (q = p->child; q != NULL; q = q->next)
		for (i = 0; i < q->ref_count; i++)
			if (ends_at(t, &place_refs(q)[i]))
				return true;
	return false;
}

unsigned
watch_need_how(const struct place *p)
{
	unsigned how = EVENTS_DIR;

	if ((p->flags & PLACE_CONTENT) != 0)
		how |= EVENTS_CONTENT;
	if ((p->flags & PLACE_WIDE) != 0)
		how |= EVENTS_NEW;
	return how;
}
