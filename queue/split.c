#include "queue/split.h"

static size_t
in_buckets(const struct listing *l)
{
	size_t i, n = 0;

	for (i = 0; i < l->file_count; i++)
		if (l->files[i].bucket != -1)
			n++;
	return n;
}

static size_t
fits(const struct listing *l, unsigned split)
{
	const struct entry *e;
	size_t i, n = 0;

	for (i = 0; i < l->file_count; i++) {
		e = &l->files[i];
		if (e->bucket != -1 && e->number % split == (uint64_t)e->bucket)
			n++;
	}
	return n;
}

unsigned
split_guess(const struct listing *l)
{
	size_t i, n, best_fits, all = in_buckets(l);
	unsigned split, best = 0, most;

	for (i = 0; i < l->bucket_count; i++)
		if (l->buckets[i].part == LAYOUT_MESS &&
		    (unsigned)l->buckets[i].number >= best)
			best = (unsigned)l->buckets[i].number + 1;
	if (best == 0)
		best = LAYOUT_SPLIT;
	/* A directory of another split may have been left, or one be missing:
	 * look a little further than the directories go. */
	most = best < LAYOUT_SPLIT_MAX / 2 ? best * 2 : LAYOUT_SPLIT_MAX;
	best_fits = fits(l, best);
	for (split = 1; split <= most && best_fits < all; split++) {
		n = fits(l, split);
		if (n > best_fits) {
			best = split;
			best_fits = n;
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
