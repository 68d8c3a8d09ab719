/*
 * Values with quotes and variables to words, and back.
 */

#include <stdlib.h>
#include <string.h>

#include "daemon/quote.h"
#include "tests/unit/check.h"

static char name_a[] = "a", value_a[] = "one two";
static char name_q[] = "q.1", value_q[] = "'\\${a}";
static char *const vars[] = { name_a, value_a, name_q, value_q, NULL };
static const char *const keep[] = { "new", NULL };
static const struct quote_scope scope = { vars, keep };

/* The words, each in <>, or the reason after a "!". */
static const char *
cut(const char *text, char *out, size_t size)
{
	struct quote_words words = { NULL, 0 };
	char why[128] = "";
	size_t i, used = 0;

	out[0] = '\0';
	if (quote_split(text, &scope, &words, why, sizeof(why)) == -1) {
		(void)snprintf(out, size, "!%s", why);
	} else {
		for (i = 0; i < words.count; i++) {
			(void)snprintf(
			    out + used, size - used, "<%s>", words.list[i]);
			used = strlen(out);
		}
		if (words.count > 0 && words.list[words.count] != NULL)
			(void)snprintf(out, size, "no end");
	}
	quote_words_fini(&words);
	return out;
}

static int
test_split(void)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{ "", "" },
		{ " \t ", "" },
		{ "a", "<a>" },
		{ " a\tb  c ", "<a><b><c>" },
		{ "'a b' \"c d\"", "<a b><c d>" },
		{ "a'b 'c\" d\"", "<ab c d>" },
		{ "''", "<>" },
		{ "\"\" ''", "<><>" },
		{ "a\\ b", "<a b>" },
		{ "\\'", "<'>" },
		{ "\\\\ \\$", "<\\><$>" },
		{ "'a\\'", "<a\\>" },
		{ "\"a\\\"b\\\\c\\$d\\e\"", "<a\"b\\c$d\\e>" },
		{ "'\"' \"'\"", "<\"><'>" },
		{ "${a}", "<one two>" },
		{ "x${a}y", "<xone twoy>" },
		{ "\"${a} z\"", "<one two z>" },
		{ "'${a}'", "<${a}>" },
		{ "\\${a}", "<${a}>" },
		{ "\"\\${a}\"", "<${a}>" },
		{ "$${a}", "<${a}>" },
		{ "$$${a}", "<$${a}>" },
		{ "${q.1}", "<'\\${a}>" },
		{ "$a $ a$ $$", "<$a><$><a$><$$>" },
		{ "${new} x${new}.tmp \"${new}\"",
		    "<${new}><x${new}.tmp><${new}>" },
		{ "a;b #c", "<a;b><#c>" },
		{ "'a", "!unclosed '" },
		{ "a \"b", "!unclosed \"" },
		{ "\"a\\\"", "!unclosed \"" },
		{ "a\\", "!backslash at the end" },
		{ "${a", "!'${' without '}'" },
		{ "${b}", "!unknown variable ${b}" },
		{ "${}", "!unknown variable ${}" },
		{ "${deps}", "!unknown variable ${deps}" },
		{ "\"${b}\"", "!unknown variable ${b}" },
		{ "${a ${b}}", "!unknown variable ${a ${b}" },
	};
	char out[256];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (strcmp(cut(cases[i].text, out, sizeof(out)),
			cases[i].words) != 0) {
			fprintf(stderr, "%s: %s, not %s\n", cases[i].text, out,
			    cases[i].words);
			return 1;
		}
	}
	return 0;
}

static int
test_fill(void)
{
	char why[64], *text;

	text = quote_fill(
	    "it's \"${a}\" \\ $${a} ${q.1}", &scope, why, sizeof(why));
	CHECK(text != NULL);
	CHECK(strcmp(text, "it's \"one two\" \\ ${a} '\\${a}") == 0);
	free(text);
	CHECK(quote_fill("${b}", &scope, why, sizeof(why)) == NULL);
	CHECK(strcmp(why, "unknown variable ${b}") == 0);
	CHECK(quote_fill("x${", &scope, why, sizeof(why)) == NULL);
	return 0;
}

/* At the limit and one over it; by the text and by a variable. */
static int
test_limit(void)
{
	char text[QUOTE_MAX + 8], why[64], *filled;
	char name[] = "v", *const long_vars[] = { name, text, NULL };
	const struct quote_scope long_scope = { long_vars, NULL };

	memset(text, 'x', sizeof(text));
	text[QUOTE_MAX] = '\0';
	filled = quote_fill(text, &scope, why, sizeof(why));
	CHECK(filled != NULL && strcmp(filled, text) == 0);
	free(filled);
	filled = quote_fill("${v}", &long_scope, why, sizeof(why));
	CHECK(filled != NULL);
	free(filled);
	CHECK(quote_fill("${v}y", &long_scope, why, sizeof(why)) == NULL);
	CHECK(quote_fill("y${v}", &long_scope, why, sizeof(why)) == NULL);
	CHECK(strcmp(why, "longer than 4000 bytes") == 0);
	text[QUOTE_MAX] = 'x';
	text[QUOTE_MAX + 1] = '\0';
	CHECK(quote_fill(text, &scope, why, sizeof(why)) == NULL);
	return 0;
}

static int
test_names(void)
{
	CHECK(quote_is_name("a", 1));
	CHECK(quote_is_name("_a9.-", 5));
	CHECK(quote_is_name("ab}", 2));
	CHECK(!quote_is_name("", 0));
	CHECK(!quote_is_name("9a", 2));
	CHECK(!quote_is_name("-a", 2));
	CHECK(!quote_is_name("a b", 3));
	CHECK(!quote_is_name("a\0b", 3));
	return 0;
}

/* Every word of one, two and three of these bytes is read as it was printed. */
static int
test_print(void)
{
	static const char bytes[] = "a '\"\\$;#{\t\xc3=*";
	const size_t n = sizeof(bytes); /* its NUL makes the shorter words */
	char word[4] = "", *text, why[64];
	struct quote_words words = { NULL, 0 };
	size_t i, size;
	FILE *out;

	for (i = 0; i < n * n * n; i++) {
		word[0] = bytes[i % n];
		word[1] = bytes[i / n % n];
		word[2] = bytes[i / n / n];
		out = open_memstream(&text, &size);
		CHECK(out != NULL);
		quote_print_word(word, NULL, out);
		CHECK(fclose(out) == 0);
		CHECK(strstr(text, " ;") == NULL);
		CHECK(strstr(text, "\t;") == NULL);
		CHECK(text[0] != ';' && text[0] != '#');
		CHECK(quote_split(text, &scope, &words, why, sizeof(why)) == 0);
		CHECK(words.count == 1);
		CHECK(strcmp(words.list[0], word) == 0);
		quote_words_fini(&words);
		free(text);
	}
	return 0;
}

static int
test_print_variables(void)
{
	static const char *const word = "${new}.x", *const texts[] = { "${a}",
		"$${a}", "$", "$$$${", "a$b", "{}" };
	char *text, why[64], *again;
	size_t i, size;
	FILE *out;

	out = open_memstream(&text, &size);
	CHECK(out != NULL);
	quote_print_word(word, keep, out);
	CHECK(fclose(out) == 0);
	CHECK(strcmp(text, word) == 0);
	free(text);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		out = open_memstream(&text, &size);
		CHECK(out != NULL);
		quote_print_text(texts[i], out);
		CHECK(fclose(out) == 0);
		again = quote_fill(text, &scope, why, sizeof(why));
		CHECK(again != NULL && strcmp(again, texts[i]) == 0);
		free(again);
		free(text);
	}
	return 0;
}

int
main(void)
{
	return test_split() || test_fill() || test_limit() || test_names() ||
	       test_print() || test_print_variables();
}
