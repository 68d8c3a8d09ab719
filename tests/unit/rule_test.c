/*
 * Rule sets: finding, linking, summing up, and the words of a command.
 */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/rule.h"
#include "daemon/rulelink.h"
#include "tests/unit/check.h"

/* The words of a text, parted by blanks. */
static char **
list(const char *text)
{
	char **words = calloc(strlen(text) + 1, sizeof(*words));
	size_t n, count = 0;

	if (words == NULL)
		exit(111);
	for (; *text != '\0'; text += n + strspn(text + n, " ")) {
		n = strcspn(text, " ");
		words[count++] = strndup(text, n);
	}
	return words;
}

static void
add(struct rule_set *set, const char *name, const char *target,
    const char *sources)
{
	struct rule *rule;

	set->rules =
	    realloc(set->rules, (set->rule_count + 1) * sizeof(*set->rules));
	if (set->rules == NULL)
		exit(111);
	rule = &set->rules[set->rule_count++];
	memset(rule, 0, sizeof(*rule));
	rule->name = strdup(name);
	rule->target = target == NULL ? NULL : strdup(target);
	rule->sources = list(sources);
	rule->command = list("cp ${new}");
	rule->env = list("A=b");
}

static int
test_find(void)
{
	struct rule_set *set = rule_set_new();

	CHECK(set != NULL);
	CHECK(rule_find(set, "a") == NULL);
	add(set, "a", NULL, "");
	add(set, "b", NULL, "");
	add(set, "c", NULL, "");
	CHECK(rule_find(set, "a") == &set->rules[0]);
	CHECK(rule_find(set, "c") == &set->rules[2]);
	CHECK(rule_find(set, "bb") == NULL);
	rule_set_free(set);
	rule_set_free(NULL);
	return 0;
}

static bool
has(struct rule *const *list_of, size_t count, const struct rule *rule)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (list_of[i] == rule)
			return true;
	return false;
}

static int
test_link(void)
{
	struct rule_set *set = rule_set_new();
	struct rule *r;
	char cycle[64];
	int i;

	CHECK(set != NULL);
	CHECK(rule_set_link(set, cycle, sizeof(cycle)) == 0);
	add(set, "a", "/d/a", "/s /d/*");
	add(set, "b", "/d/b", "/d/b.txt /d/.a");
	add(set, "c", "/d/x*y", "/d/b /d/b /d/[b]");
	add(set, "d", NULL, "/d/? /d/a /d/x\\*y /**/zz /e/*");
	r = set->rules;
	for (i = 0; i < 2; i++) { /* linking again changes nothing */
		CHECK(rule_set_link(set, cycle, sizeof(cycle)) == 0);
		CHECK(r[0].upstream_count == 2);
		CHECK(has(r[0].upstream, 2, &r[1]));
		CHECK(has(r[0].upstream, 2, &r[2]));
		CHECK(r[0].downstream_count == 1);
		CHECK(r[1].upstream_count == 0);
		CHECK(r[1].downstream_count == 3);
		CHECK(r[2].upstream_count == 1);
		CHECK(r[2].upstream[0] == &r[1]);
		CHECK(r[3].upstream_count == 3);
		CHECK(r[3].downstream_count == 0);
	}
	rule_set_free(set);
	return 0;
}

static int
test_cycles(void)
{
	struct rule_set *set = rule_set_new();
	char cycle[64];
	size_t place;

	CHECK(set != NULL);
	add(set, "a", "/a", "/s /e");
	add(set, "b", "/b", "/d /a");
	add(set, "c", "/c", "/b");
	add(set, "d", "/d", "/c");
	add(set, "e", "/e", "/e/x");
	add(set, "f", "/f", "/d");
	CHECK(rule_set_link(set, cycle, sizeof(cycle)) == -1);
	CHECK(errno == ELOOP);
	CHECK(strcmp(cycle, "b -> c -> d -> b") == 0);
	/* A text that is too short is cut. */
	CHECK(rule_set_link(set, cycle, 8) == -1);
	CHECK(strcmp(cycle, "b -> c ") == 0);
	rule_set_free(set);

	set = rule_set_new();
	CHECK(set != NULL);
	add(set, "x", "/x", "/y");
	add(set, "y", "/y", "/[x]");
	CHECK(rule_set_link(set, cycle, sizeof(cycle)) == -1);
	CHECK(strcmp(cycle, "x -> y -> x") == 0);
	rule_set_free(set);

	/* An instance waits for those before it. */
	set = rule_set_new();
	CHECK(set != NULL);
	add(set, "i@1", "/1", "/s");
	add(set, "i@2", "/2", "/1");
	add(set, "i@3", "/3", "/s /1");
	for (place = 0; place < 3; place++) {
		set->rules[place].base = strdup("i");
		set->rules[place].place = place;
	}
	add(set, "j", "/j", "/3");
	CHECK(rule_set_link(set, cycle, sizeof(cycle)) == 0);
	CHECK(rule_next_instance(set, &set->rules[0]) == &set->rules[1]);
	CHECK(rule_next_instance(set, &set->rules[2]) == NULL);
	CHECK(rule_previous_instance(&set->rules[2]) == &set->rules[1]);
	CHECK(rule_previous_instance(&set->rules[3]) == NULL);
	free(set->rules[1].sources[0]);
	set->rules[1].sources[0] = strdup("/j");
	CHECK(rule_set_link(set, cycle, sizeof(cycle)) == -1);
	CHECK(strcmp(cycle, "i@3 -> j -> i@2 -> i@3") == 0);
	rule_set_free(set);
	return 0;
}

/* The digest with one member changed and changed back. */
struct change {
	struct digest effective, identity;
};

static int
sum(struct rule *rule, struct change *out)
{
	if (rule_sum(rule) == -1)
		return -1;
	out->effective = rule->effective;
	out->identity = rule->identity;
	return 0;
}

/* Change one of a rule's texts, sum up, and change it back. */
static int
sum_text(struct rule *rule, char **member, struct change *out)
{
	static char other[] = "other";
	char *kept = *member;
	int rc;

	*member = other;
	rc = sum(rule, out);
	*member = kept;
	return rc;
}

#define CHANGED(a, b, part) (!digest_equal((a).part, (b).part))

static int
test_sum(void)
{
	struct rule_set *set = rule_set_new();
	struct change was, now;
	struct rule *r;
	char **texts[6];
	size_t i;

	CHECK(set != NULL);
	add(set, "a", "/a", "/s /t");
	r = set->rules;
	CHECK(sum(r, &was) == 0 && sum(r, &now) == 0);
	CHECK(!CHANGED(was, now, effective));
	CHECK(!CHANGED(was, now, identity));

	texts[0] = &r->command[1];
	texts[1] = &r->program;
	texts[2] = &r->env[0];
	texts[3] = &r->user;
	texts[4] = &r->target;
	texts[5] = &r->sources[1];
	for (i = 0; i < 6; i++) {
		CHECK(sum_text(r, texts[i], &now) == 0);
		CHECK(CHANGED(was, now, effective));
		CHECK(CHANGED(was, now, identity));
	}
	texts[0] = &r->name;
	texts[1] = &r->description;
	texts[2] = &r->dir;
	for (i = 0; i < 3; i++) {
		CHECK(sum_text(r, texts[i], &now) == 0);
		CHECK(!CHANGED(was, now, effective));
		CHECK(CHANGED(was, now, identity));
	}
	rule_set_free(set);
	return 0;
}

static int
test_sum_numbers(void)
{
	struct rule_set *set = rule_set_new();
	struct change was, now;
	struct rule *r;

	CHECK(set != NULL);
	add(set, "a", "/a", "/s /t");
	r = set->rules;
	CHECK(sum(r, &was) == 0);
	r->mode = 0600;
	CHECK(sum(r, &now) == 0 && CHANGED(was, now, effective));
	r->mode = 0;
	r->owner = 5;
	CHECK(sum(r, &now) == 0 && CHANGED(was, now, effective));
	r->owner = 0;
	r->group = 5;
	CHECK(sum(r, &now) == 0 && CHANGED(was, now, effective));
	r->group = 0;
	r->settle = 0.1;
	CHECK(sum(r, &now) == 0 && !CHANGED(was, now, effective));
	CHECK(CHANGED(was, now, identity));
	r->settle = 0;
	r->max_shrink = 10;
	CHECK(sum(r, &now) == 0 && !CHANGED(was, now, effective));
	CHECK(CHANGED(was, now, identity));
	r->max_shrink = 0;
	CHECK(sum(r, &now) == 0 && !CHANGED(was, now, identity));
	rule_set_free(set);
	return 0;
}

static int
test_pipe(void)
{
	char name[] = "auth-imap", *words[] = { NULL, NULL, NULL };
	char other[] = "sender", star[] = "auth*", exact[] = "auth-imap";
	struct rule rule = { .name = name };
	struct rule_pipe pipe = { .rules = words };

	CHECK(!rule_on_pipe(&rule, &pipe));
	words[0] = other;
	CHECK(!rule_on_pipe(&rule, &pipe));
	words[1] = star;
	CHECK(rule_on_pipe(&rule, &pipe));
	words[1] = exact;
	CHECK(rule_on_pipe(&rule, &pipe));
	exact[4] = '\0';
	CHECK(!rule_on_pipe(&rule, &pipe));
	return 0;
}

static int
test_argv(void)
{
	char w0[] = "cp", w1[] = "${new}${new}", w2[] = "-c=${cache}/x",
	     w3[] = "", w4[] = "${deps", w5[] = "$${deps}$";
	char *command[] = { w0, w1, w2, w3, w4, w5, NULL };
	struct rule rule = { .command = command };
	char **argv = rule_argv(&rule, "/n${deps}", "/d e", "");

	CHECK(argv != NULL);
	CHECK(strcmp(argv[0], "cp") == 0);
	/* What was filled in is not looked through again. */
	CHECK(strcmp(argv[1], "/n${deps}/n${deps}") == 0);
	CHECK(strcmp(argv[2], "-c=/x") == 0);
	CHECK(strcmp(argv[3], "") == 0);
	CHECK(strcmp(argv[4], "${deps") == 0);
	CHECK(strcmp(argv[5], "$/d e$") == 0);
	CHECK(argv[6] == NULL);
	rule_argv_free(argv);
	rule_argv_free(NULL);
	return 0;
}

int
main(void)
{
	return test_find() || test_link() || test_cycles() || test_sum() ||
	       test_sum_numbers() || test_pipe() || test_argv();
}
