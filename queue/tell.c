#include <errno.h>
#include <stdio.h>

#include <jansson.h>

#include "queue/tell.h"

static int
flush(void)
{
	if (fflush(stdout) == EOF || ferror(stdout)) {
		log_warn("standard output");
		return -1;
	}
	return 0;
}

int
tell_lines(const struct queue *q, const struct faults *faults,
    const struct summary *sum)
{
	const struct fault *f;
	size_t i, left = fault_remaining(faults);

	for (i = 0; i < faults->count; i++) {
		f = &faults->list[i];
		printf("%s: %s: %s%s\n", f->path, fault_word(f->kind), f->text,
		    f->mended ? " (mended)" : "");
	}
	printf("%zu messages, split %u%s, %zu faults", sum->messages,
	    q->layout.split, q->layout.big_todo ? " with big-todo" : "",
	    faults->count);
	if (left < faults->count)
		printf(", %zu of them mended", faults->count - left);
	printf("\n");
	return flush();
}

static json_t *
states(const struct summary *sum)
{
	char letters[LAYOUT_LETTERS];
	json_t *object = json_object();
	unsigned parts;

	for (parts = 0; parts < INSPECT_STATES; parts++)
		if (sum->states[parts] > 0)
			json_object_set_new(object,
			    layout_letters(parts, letters),
			    json_integer((json_int_t)sum->states[parts]));
	return object;
}

static json_t *
list(const struct faults *faults)
{
	json_t *array = json_array(), *object;
	const struct fault *f;
	size_t i;

	for (i = 0; i < faults->count; i++) {
		f = &faults->list[i];
		object = json_pack("{s:s, s:s, s:s, s:b}", "kind",
		    fault_word(f->kind), "path", f->path, "text", f->text,
		    "mended", (int)f->mended);
		if (f->message != 0)
			json_object_set_new(object, "message",
			    json_integer((json_int_t)f->message));
		json_array_append_new(array, object);
	}
	return array;
}

int
tell_json(const struct queue *q, const struct faults *faults,
    const struct summary *sum)
{
	json_t *all;
	int rc;

	all = json_pack("{s:i, s:b, s:I, s:o, s:I, s:o}", "split",
	    (int)q->layout.split, "big_todo", (int)q->layout.big_todo,
	    "messages", (json_int_t)sum->messages, "states", states(sum),
	    "remaining", (json_int_t)fault_remaining(faults), "faults",
	    list(faults));
	if (all == NULL) {
		errno = ENOMEM;
		log_warn("report");
		return -1;
	}
	rc = json_dumpf(all, stdout, JSON_INDENT(2));
	json_decref(all);
	if (rc == -1) {
		log_warn("standard output");
		return -1;
	}
	printf("\n");
	return flush();
}
