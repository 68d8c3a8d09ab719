/*
 * Values with quotes and variables.  Words that were printed read as the same
 * again.
 */

#include <stdlib.h>
#include <string.h>

#include "daemon/quote.h"
#include "tests/fuzz/matter.h"

static char *
print(const struct quote_words *words, const char *const *keep)
{
	char *text;
	size_t size, i;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		abort();
	for (i = 0; i < words->count; i++) {
		(void)fputc(' ', out);
		quote_print_word(words->list[i], keep, out);
	}
	(void)fclose(out); /* memory, and not that much */
	matter_require(strstr(text, " ;") == NULL);
	return text;
}

static void
split(const char *text, const struct quote_scope *scope)
{
	struct quote_words words = { NULL, 0 }, again = { NULL, 0 };
	const struct quote_scope plain = { NULL, scope->keep };
	char why[64] = "", *printed;
	size_t i;

	if (quote_split(text, scope, &words, why, sizeof(why)) == 0) {
		printed = print(&words, scope->keep);
		matter_require(quote_split(printed, &plain, &again, why,
				   sizeof(why)) == 0);
		matter_require(again.count == words.count);
		for (i = 0; i < words.count; i++)
			matter_require(
			    strcmp(words.list[i], again.list[i]) == 0);
		free(printed);
	} else
		matter_require(why[0] != '\0');
	quote_words_fini(&words);
	quote_words_fini(&again);
}

static void
fill(const char *text, const struct quote_scope *scope)
{
	char why[64] = "", *filled = quote_fill(text, scope, why, sizeof(why));
	char *printed, *again;
	size_t size;
	FILE *out;

	matter_require((filled == NULL) == (why[0] != '\0'));
	if (filled == NULL)
		return;
	out = open_memstream(&printed, &size);
	if (out == NULL)
		abort();
	quote_print_text(filled, out);
	(void)fclose(out); /* memory, and not that much */
	again = quote_fill(
	    printed, &(struct quote_scope){ NULL, NULL }, why, sizeof(why));
	/* What is as long as it may be is longer when it is printed. */
	matter_require(
	    again == NULL ? size >= QUOTE_MAX : strcmp(again, filled) == 0);
	free(again);
	free(printed);
	free(filled);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static char name[] = "a", value[] = "b ${a} '\"\\ ;", empty[] = "e",
		    nothing[] = "";
	char *const vars[] = { name, value, empty, nothing, NULL };
	const char *const keep[] = { "new", "deps", NULL };
	const struct quote_scope scope = { vars, keep };
	char *text = matter_text(data, len);

	split(text, &scope);
	fill(text, &scope);
	free(text);
	return 0;
}
