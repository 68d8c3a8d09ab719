/*
 * lastform - the form of the file that a run leaves for the next.
 */

#include <stdio.h>

#include "builders/lastform.h"
#include "builders/ourself.h"
#include "daemon/log.h"

#define NAME "lists" /* of the file */

struct lastform_sizes
lastform_sizes(const struct lastform_header *h)
{
	struct lastform_sizes sizes;

	sizes.paths = h->n_paths * sizeof(struct lastform_path);
	sizes.lists = h->n_lists * sizeof(struct lastform_list);
	sizes.uses = h->n_uses * sizeof(uint32_t);
	sizes.text = h->text_len;
	sizes.all = sizes.paths + sizes.lists + sizes.uses + sizes.text;
	return sizes;
}

struct digest
lastform_sum(const struct lastform_header *h, const struct lastform_table *t)
{
	struct lastform_sizes sizes = lastform_sizes(h);
	struct digest_sum *sum = digest_new();
	const char *bytes = (const char *)h;
	size_t skipped = offsetof(struct lastform_header, keys_sum);

	if (sum == NULL)
		log_fatal("memory");
	digest_add(sum, bytes + skipped, sizeof(*h) - skipped);
	digest_add(sum, t->paths, sizes.paths);
	digest_add(sum, t->lists, sizes.lists);
	digest_add(sum, t->uses, sizes.uses);
	digest_add(sum, t->text, sizes.text);
	return digest_end(sum);
}

void
lastform_sum_program(struct digest_sum *sum)
{
	const char *path = ourself_path();
	struct stamp self;

	digest_add(sum, VERSION, sizeof(VERSION));
	if (path == NULL)
		return;
	stamp_look(&self, path);
	digest_add(sum, &self, sizeof(self));
}

char *
lastform_name(const char *directory)
{
	char *path;

	if (asprintf(&path, "%s/" NAME, directory) == -1)
		log_fatal("memory");
	return path;
}
