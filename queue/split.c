#include "queue/split.h"

/* The texts in buckets: one for each message. */
static size_t
count_texts(const struct listing *l)
{
	size_t i, n = 0;

	for (i = 0; i < l->file_count; i++)
		n +=
		    l->files[i].part == LAYOUT_MESS && l->files[i].bucket != -1;
	return n;
}

static size_t
fits(const struct listing *l, unsigned split)
{
	const struct entry *e;
	size_t i, n = 0;

	for (i = 0; i < l->file_count; i++) {
		e = &l->files[i];
		n += e->part == LAYOUT_MESS && e->bucket != -1 &&
		     e->number % split == (uint64_t)e->bucket;
	}
	return n;
}

/* By its directories; 0 if there are none. */
static unsigned
split_of_part(const struct listing *l, enum layout_part part)
{
	unsigned split = 0;
	size_t i;

	for (i = 0; i < l->bucket_count; i++)
		if (l->buckets[i].part == part &&
		    (unsigned)l->buckets[i].number >= split)
			split = (unsigned)l->buckets[i].number + 1;
	return split;
}

/* A directory of another split may have been left, or one be missing: of what
 * the parts say, that counts which more messages fit, then which more parts
 * say, then the larger. */
static unsigned
split_of_tree(const struct listing *l)
{
	static const enum layout_part parts[] = { LAYOUT_MESS, LAYOUT_INFO,
		LAYOUT_LOCAL, LAYOUT_REMOTE };
	const size_t n = sizeof(parts) / sizeof(parts[0]);
	unsigned split, best = 0;
	size_t i, j, agree, agree_best = 0, fit, fit_best = 0;

	for (i = 0; i < n; i++) {
		split = split_of_part(l, parts[i]);
		if (split == 0)
			continue;
		fit = fits(l, split);
		for (agree = 0, j = 0; j < n; j++)
			agree += split_of_part(l, parts[j]) == split;
		if (fit < fit_best || (fit == fit_best && agree < agree_best) ||
		    (fit == fit_best && agree == agree_best && split < best))
			continue;
		best = split;
		agree_best = agree;
		fit_best = fit;
	}
	return best;
}

unsigned
split_guess(const struct listing *l)
{
	size_t n, enough, all = count_texts(l);
	unsigned split, best = split_of_tree(l), most;

	if (best == 0)
		best = LAYOUT_SPLIT;
	/* Look a little further than the directories go. */
	most = best < LAYOUT_SPLIT_MAX / 2 ? best * 2 : LAYOUT_SPLIT_MAX;
	enough = fits(l, best) + SPLIT_SURE;
	for (split = 1; split <= most && enough <= all; split++) {
		n = fits(l, split);
		if (n >= enough) {
			best = split;
			enough = n + 1;
		}
	}
	return best;
}

bool
split_guess_big_todo(const struct listing *l)
{
	size_t i;

	for (i = 0; i < l->bucket_count; i++)
		if (l->buckets[i].part == LAYOUT_TODO ||
		    l->buckets[i].part == LAYOUT_INTD)
			return true;
	return false;
}
