#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/memory.h"
#include "queue/fault.h"

static const char *const words[FAULT_KINDS] = {
	[FAULT_NAME] = "name",
	[FAULT_BUCKET] = "bucket",
	[FAULT_STATE] = "state",
	[FAULT_DUPLICATE] = "duplicate",
	[FAULT_TAKEN] = "taken",
	[FAULT_OWNER] = "owner",
	[FAULT_MODE] = "mode",
	[FAULT_MISSING] = "missing",
	[FAULT_EXTRA] = "extra",
	[FAULT_STRAY] = "stray",
	[FAULT_TYPE] = "type",
	[FAULT_SIZE] = "size",
	[FAULT_INTERRUPTED] = "interrupted",
};

const char *
fault_word(enum fault_kind kind)
{
	return words[kind];
}

static char *
printable(const char *path)
{
	char *copy = malloc(strlen(path) * 4 + 1), *to = copy;
	unsigned char c;

	if (copy == NULL)
		log_fatal("%s", path);
	for (; *path != '\0'; path++) {
		c = (unsigned char)*path;
		if (c > ' ' && c < 0x7f && c != '\\')
			*to++ = *path;
		else
			to += sprintf(to, "\\x%02x", c);
	}
	*to = '\0';
	return copy;
}

static struct fault *
grow(struct faults *faults)
{
	faults->list =
	    memory_grow(faults->list, faults->count, sizeof(*faults->list));
	return &faults->list[faults->count++];
}

void
fault_add(struct faults *faults, enum fault_kind kind, uint64_t message,
    const char *path, const char *fmt, ...)
{
	struct fault *f = grow(faults);
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	f->kind = kind;
	f->message = message;
	f->path = printable(path);
	f->text = memory_text(text);
}

static int
compare(const void *left, const void *right)
{
	const struct fault *a = left, *b = right;
	int order = strcmp(a->path, b->path);

	if (order != 0)
		return order;
	return (a->kind > b->kind) - (a->kind < b->kind);
}

void
fault_sort(struct faults *faults)
{
	if (faults->count > 0)
		qsort(faults->list, faults->count, sizeof(*faults->list),
		    compare);
}

static bool
has(const struct faults *faults, size_t count, const struct fault *f)
{
	return count > 0 &&
	       bsearch(f, faults->list, count, sizeof(*f), compare) != NULL;
}

static void
free_one(struct fault *f)
{
	free(f->path);
	free(f->text);
}

static void
copy_one(struct faults *faults, const struct fault *from)
{
	struct fault *f = grow(faults);

	*f = *from;
	f->path = memory_text(from->path);
	f->text = memory_text(from->text);
}

void
fault_keep_common(struct faults *faults, const struct faults *again)
{
	size_t i, kept = 0;

	for (i = 0; i < faults->count; i++) {
		if (has(again, again->count, &faults->list[i]))
			faults->list[kept++] = faults->list[i];
		else
			free_one(&faults->list[i]);
	}
	faults->count = kept;
}

void
fault_compare(struct faults *faults, const struct faults *after)
{
	const struct fault *f;
	size_t i, before = faults->count;

	for (i = 0; i < before; i++)
		faults->list[i].mended =
		    !has(after, after->count, &faults->list[i]);
	for (i = 0; i < after->count; i++) {
		f = &after->list[i];
		if (!has(faults, before, f))
			copy_one(faults, f);
	}
	fault_sort(faults);
}

size_t
fault_remaining(const struct faults *faults)
{
	size_t i, n = 0;

	for (i = 0; i < faults->count; i++)
		if (!faults->list[i].mended)
			n++;
	return n;
}

void
fault_free(struct faults *faults)
{
	size_t i;

	for (i = 0; i < faults->count; i++)
		free_one(&faults->list[i]);
	free(faults->list);
	memset(faults, 0, sizeof(*faults));
}
