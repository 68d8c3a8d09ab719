/*
 * What the last run of mkvalidrcptto has left: as it is, and with the numbers
 * and the sums that a program would have written, so that what follows the sums
 * in the reader is reached too.  Those who can write the sums are the user
 * himself and root, so the reader believes what is below them: numbers that
 * point beyond the file are brought back into it here.
 */

#include <sys/mman.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builders/lastrun.h"
#include "tests/fuzz/input.h"

#define MANY 5 /* of each array, one less */

/* One after the other, as in the file, which has "len" bytes. */
static bool
lay_out(struct lastform_header *h, struct lastform_table *t, size_t len)
{
	struct lastform_sizes sizes;
	char magic[sizeof(h->magic)] = LASTFORM_MAGIC, *at = (char *)(h + 1);
	size_t used;

	memcpy(h->magic, magic, sizeof(magic));
	h->n_paths %= MANY;
	h->n_lists %= MANY;
	h->n_uses = h->n_paths == 0 ? 0 : h->n_uses % MANY;
	h->text_len = 0;
	sizes = lastform_sizes(h);
	used = sizeof(*h) + sizes.all;
	if (used >= len)
		return false;
	h->text_len =
	    1 + (unsigned char)at[len - sizeof(*h) - 1] % (len - used);
	h->keys_len = len - used - h->text_len;
	t->paths = (struct lastform_path *)(void *)at;
	t->lists = (struct lastform_list *)(void *)(at + sizes.paths);
	t->uses = (uint32_t *)(void *)(at + sizes.paths + sizes.lists);
	t->text = at + sizes.all;
	t->text[h->text_len - 1] = '\0';
	return true;
}

static void
aim(const struct lastform_header *h, struct lastform_table *t)
{
	struct lastform_list *list;
	size_t i;

	for (i = 0; i < h->n_paths; i++)
		t->paths[i].text %= h->text_len;
	for (i = 0; i < h->n_uses; i++)
		t->uses[i] %= (uint32_t)h->n_paths;
	for (i = 0; i < h->n_lists; i++) {
		list = &t->lists[i];
		list->host %= h->text_len;
		list->first_use %= h->n_uses + 1;
		list->n_uses %= h->n_uses - list->first_use + 1;
		list->keys %= h->keys_len + 1;
		list->keys_len %= h->keys_len - list->keys + 1;
	}
}

/* False if it is too short for that. */
static bool
mend(char *bytes, size_t len)
{
	struct lastform_header *h = (struct lastform_header *)(void *)bytes;
	struct lastform_table t;

	if (len < sizeof(*h) || !lay_out(h, &t, len))
		return false;
	aim(h, &t);
	h->keys_sum = digest_bytes(t.text + h->text_len, h->keys_len);
	h->table_sum = lastform_sum(h, &t);
	return true;
}

static void
ask(struct lastrun *r, struct deps *deps)
{
	const struct lists_item *item;
	struct keys_item key;
	size_t i, at;

	for (i = 0; i < r->lists.n; i++) {
		item = &r->lists.items[i];
		(void)lists_is_good(item, &item->question, r->stamps, deps);
		for (at = 0; lists_next(item, &at, &key);)
			input_touch(key.text, key.len);
	}
}

static void
feed(const void *bytes, size_t len, bool right)
{
	struct lastrun r;
	struct deps deps;
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	input_require(fd != -1 && write(fd, bytes, len) == (ssize_t)len);
	deps_init(&deps);
	lastrun_open_fd(&r, fd, &deps);
	(void)lastrun_is_current(&r, &deps);
	input_require(lastrun_take(&r) == 0 || !right);
	ask(&r, &deps);
	lastrun_close(&r);
	deps_fini(&deps);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *bytes = malloc(len + 1);

	input_require(bytes != NULL);
	memcpy(bytes, data, len);
	feed(bytes, len, false);
	if (mend(bytes, len))
		feed(bytes, len, true);
	free(bytes);
	return 0;
}
