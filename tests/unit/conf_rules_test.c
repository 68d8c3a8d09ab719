/*
 * Configuration files without errors: the rules that they become, and the text
 * that these become again.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/words.h"
#include "tests/unit/conffiles.h"

static const char everything[] =
    "== triggerd.ini\n[vars]\nq = /q\nodd = $${x} 'y\n"
    "[daemon]\nrules = @/c/rules.d\nrun = /r/\nstate = /s\n"
    "builders = @//bin\nscan = 90s\njobs = 64\nauto_reload = no\n"
    "control_group = 0\n[pipe p]\npath = ${q}/p\nowner = root\n"
    "group = 0\nmode = 0620\nrules = b 'x*'\n"
    "== rules.d/b.ini\n[rule]\ndescription = it's ${odd} caf\xc3\xa9\n"
    "sources = ${q}/a /\\\\*\n  '/x y/**/*.txt'\ntarget = @/out/b\n"
    "command = good -c ${new} --deps=\"${deps}\" '' ${cache}/x ${odd}\n"
    "    \"it's\" a' '\\; '$x' \"\\\\\"\ncheck = cdb\nmin_records = 3\n"
    "max_shrink = 50%\ncompare = content\ncreate = no\nalways = yes\n"
    "watch = no\nsettle = 0\nsettle_max = 1500ms\ntimeout = 0\n"
    "stop_timeout = 1h\nmin_interval = 1s\nrecheck = 7s\nscan = 0\n"
    "retry = 10ms..7d\nmode = 0600\nowner = 1\ngroup = root\n"
    "dir = ${q}\numask = 077\nnice = -5\nenv.Z = ${odd}\nenv.LANG = de\n"
    "== rules.d/e.ini\n[rule]\nforeach = '.x *'\ntarget = @/out/${instance}\n"
    "command = good ${instance} '${instance}' ${new}\n"
    "sources = /${instance}?\nenv.I = ${instance}\n"
    "== rules.d/b-plain.ini\n" RULE "== rules.d/a.ini\n" RULE
    "sources = @/out/b\n";

static int
check_daemon(const struct rule_set *set, const char *dir)
{
	char rules_dir[256];

	(void)snprintf(rules_dir, sizeof(rules_dir), "%s/c/rules.d", dir);
	CHECK(strcmp(set->rules_dir, rules_dir) == 0);
	CHECK(strcmp(set->run_dir, "/r") == 0);
	CHECK(strcmp(set->state_dir, "/s") == 0);
	CHECK(set->scan == 90 && set->jobs == 64 && !set->auto_reload);
	CHECK(set->control_group == 0);
	CHECK(strcmp(set->vars[0], "q") == 0);
	CHECK(strcmp(set->vars[3], "${x} 'y") == 0);
	CHECK(set->vars[4] == NULL);
	CHECK(set->pipe_count == 1);
	CHECK(strcmp(set->pipes[0].path, "/q/p") == 0);
	CHECK(set->pipes[0].owner == 0 && set->pipes[0].group == 0);
	CHECK(set->pipes[0].mode == 0620);
	CHECK(strcmp(set->pipes[0].rules[1], "x*") == 0);
	CHECK(set->rule_count == 4);
	return 0;
}

static int
check_defaults(const struct rule *r)
{
	CHECK(strcmp(r->name, "b-plain") == 0);
	CHECK(r->kind == RULE_PLAIN && r->sources[0] == NULL);
	CHECK(r->description == NULL && r->target == NULL);
	CHECK(!r->uses_new && !r->uses_deps);
	CHECK(r->check == RULE_CHECK_NONE && !r->content && r->create);
	CHECK(!r->always && r->watch);
	CHECK(r->min_records == 0 && r->max_shrink == -1);
	CHECK(r->settle == 0.2 && r->settle_max == 2 && r->timeout == 600);
	CHECK(r->stop_timeout == 10 && r->min_interval == 0);
	CHECK(r->recheck == 0 && r->scan == -1);
	CHECK(r->retry_first == 5 && r->retry_longest == 900);
	CHECK(r->mode == (mode_t)-1 && r->owner == (uid_t)-1);
	CHECK(r->group == (gid_t)-1 && r->run_uid == (uid_t)-1);
	CHECK(r->user == NULL && strcmp(r->dir, "/") == 0);
	CHECK(r->umask == 022 && r->nice == 0);
	CHECK(strncmp(r->env[0], "HOME=/", 6) == 0);
	CHECK(strcmp(r->env[1], "LANG=C") == 0);
	CHECK(strncmp(r->env[2], "PATH=/", 6) == 0);
	CHECK(r->env[3] == NULL);
	return 0;
}

static int
check_words(const struct rule *r)
{
	static const char *const words[] = { "good", "-c", "${new}",
		"--deps=${deps}", "", "${cache}/x", "${x} 'y", "it's", "a ;",
		"$x", "\\" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		CHECK(strcmp(r->command[i], words[i]) == 0);
	CHECK(r->command[i] == NULL);
	CHECK(r->uses_new && r->uses_deps);
	CHECK(strcmp(r->sources[0], "/q/a") == 0);
	CHECK(strcmp(r->sources[1], "/\\*") == 0);
	CHECK(strcmp(r->sources[2], "/x y/**/*.txt") == 0);
	CHECK(r->sources[3] == NULL);
	CHECK(strcmp(r->env[1], "LANG=de") == 0);
	CHECK(strcmp(r->env[3], "Z=${x} 'y") == 0);
	return 0;
}

/* The word of an instance is data everywhere: it is never cut or looked
 * through, and matches only itself. */
static int
check_instance(const struct rule *r)
{
	CHECK(strcmp(r->name, "e@%2Ex%20%2A") == 0);
	CHECK(strcmp(r->base, "e") == 0 && r->place == 0);
	CHECK(strcmp(r->instance, ".x *") == 0);
	CHECK(strcmp(r->command[1], ".x *") == 0);
	CHECK(strcmp(r->command[2], "${instance}") == 0);
	CHECK(strcmp(r->command[3], "${new}") == 0);
	CHECK(strcmp(r->sources[0], "/.x \\*?") == 0);
	CHECK(strcmp(r->env[1], "I=.x *") == 0);
	return 0;
}

static int
check_rules(const struct rule_set *set)
{
	const struct rule *r = rule_find(set, "b");

	CHECK(r != NULL && r->kind == RULE_BUILD);
	CHECK(strcmp(r->description, "it's ${x} 'y caf\xc3\xa9") == 0);
	CHECK(r->check == RULE_CHECK_CDB && r->content && !r->create);
	CHECK(r->always && !r->watch);
	CHECK(r->min_records == 3 && r->max_shrink == 50);
	CHECK(r->settle == 0 && r->settle_max == 1.5 && r->timeout == 0);
	CHECK(r->stop_timeout == 3600 && r->min_interval == 1);
	CHECK(r->recheck == 7 && r->scan == 0);
	CHECK(r->retry_first == 0.01 && r->retry_longest == 604800);
	CHECK(r->mode == 0600 && r->owner == 1 && r->group == 0);
	CHECK(strcmp(r->dir, "/q") == 0 && r->umask == 077 && r->nice == -5);
	CHECK(set->rules[0].kind == RULE_ACTION);
	CHECK(set->rules[0].upstream_count == 1);
	CHECK(set->rules[0].upstream[0] == r);
	return check_words(r) || check_defaults(&set->rules[2]) ||
	       check_instance(&set->rules[3]);
}

/* The new list of one rule, with the last good ones of others.  One that is
 * gone is not an empty one. */
static int
check_tried(const struct rule_set *set, char *command, char *const *words)
{
	struct conf_errors errors = { NULL, 0 };
	struct rule_set *tried = conf_read_kept(set, "a", &errors);

	CHECK(tried == NULL && errors.count == 1);
	CHECK(strcmp(errors.list[0].reason, strerror(ENOENT)) == 0);
	conf_errors_fini(&errors);
	put_list(".a", command, words);
	tried = conf_read_kept(set, "a", &errors);
	CHECK(tried != NULL && tried->rule_count == set->rule_count - 1);
	CHECK(rule_find(tried, "a@z") == NULL);
	CHECK(rule_find(tried, "a@%2Fx%20y") != NULL);
	rule_set_free(tried);
	put_list(".b", command, words);
	tried = conf_read_kept(set, "b", &errors);
	CHECK(tried != NULL && tried->rule_count == set->rule_count + 1);
	CHECK(rule_find(tried, "a@z") != NULL);
	rule_set_free(tried);
	conf_errors_fini(&errors);
	return 0;
}

/* Instances keep the order of their list, and rules that of their names. */
static int
test_lists(const char *dir)
{
	static const char *const names[] = { "a", "a@z", "a@%2Fx%20y", "a.b" };
	char good[] = "good", other[] = "other", z[] = "z", xy[] = "/x y";
	char *words[] = { z, xy, NULL };
	struct conf_errors errors = { NULL, 0 };
	struct rule_set *set;
	struct rule *rules;
	size_t i;

	unpack(dir,
	    MAIN "state = @/c\n[pipe p]\npath = /p\nrules = a\n"
		 "[pipe q]\npath = /q\nrules = *@@z\n"
		 "== rules.d/a.ini\n[rule]\ncommand = good ${instance}\n"
		 "foreach_command = good\numask = 077\n"
		 "dir = /${instance}\n"
		 "env.A = b\nenv.B = ${instance}\n"
		 "== rules.d/a.b.ini\n" RULE "== rules.d/a-.ini\n" RULE
		 "== rules.d/b.ini\n" RULE "foreach_command = good\n");
	put_list("a", good, words);
	put_list("b", other, words);
	CHECK(errs(dir, "lists", ""));
	set = conf_read("c", &errors);
	CHECK(set != NULL && set->rule_count == 4 && set->list_count == 2);
	rules = set->rules;
	CHECK(strcmp(rules[0].name, "a") != 0);
	for (i = 1; i < 4; i++)
		CHECK(rule_find(set, names[i]) != NULL);
	CHECK(rule_find(set, "a") == NULL && rule_find(set, "a@y") == NULL);
	CHECK(rule_find(set, "a@z") + 1 == rule_find(set, names[2]));
	CHECK(rule_set_knows(set, "a") && rule_set_knows(set, "a@new"));
	CHECK(rule_set_knows(set, "b") && rule_set_knows(set, "a.b"));
	CHECK(!rule_set_knows(set, "c") && !rule_set_knows(set, "a.b@x"));
	CHECK(!rule_set_knows(set, "") && !rule_set_knows(set, "@"));
	CHECK(rule_on_pipe(rule_find(set, "a@z"), &set->pipes[0]));
	CHECK(!rule_on_pipe(rule_find(set, "a.b"), &set->pipes[0]));
	CHECK(rule_on_pipe(rule_find(set, "a@z"), &set->pipes[1]));
	CHECK(!rule_on_pipe(rule_find(set, names[2]), &set->pipes[1]));
	CHECK(strcmp(set->lists[0].name, "a") == 0);
	CHECK(strcmp(set->lists[0].command[0], "good") == 0);
	CHECK(strcmp(set->lists[0].env[0], "A=b") == 0);
	CHECK(strncmp(set->lists[0].env[1], "HOME", 4) == 0);
	CHECK(set->lists[0].umask == 077);
	CHECK(strcmp(set->lists[0].dir, "/") == 0);
	CHECK(check_tried(set, good, words + 1) == 0);
	rule_set_free(set);
	return 0;
}

static char *
print(const struct rule_set *set)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		exit(111);
	conf_print(set, out);
	(void)fclose(out);
	return text;
}

/* Every key in the table must be in the text. */
static int
check_printed(const char *text)
{
	size_t i, count;
	const struct words_key_def *keys = words_keys(&count);
	char line[64];

	for (i = 0; i < count; i++) {
		(void)snprintf(line, sizeof(line), "\n%s = ",
		    keys[i].key == WORDS_RULE_ENV ? "env.Z" : keys[i].word);
		if (keys[i].key != WORDS_RULE_USER &&
		    keys[i].key != WORDS_RULE_FOREACH_COMMAND)
			CHECK(strstr(text, line) != NULL);
	}
	return 0;
}

/* What was printed, as files again. */
static void
unpack_printed(const char *dir, const char *text)
{
	const char *at = text, *end;
	char path[128];

	unpack(dir, "");
	(void)snprintf(path, sizeof(path), "c/triggerd.ini");
	while (at != NULL) {
		end = strstr(at, "\n; ");
		put_file(path, at,
		    end == NULL ? strlen(at) : (size_t)(end + 1 - at), 0644);
		at = end == NULL ? NULL : strchr(end + 1, '\n') + 1;
		if (end != NULL)
			(void)snprintf(path, sizeof(path), "c/rules.d/%.*s",
			    (int)(at - 1 - (end + 3)), end + 3);
	}
}

static int
test_everything(const char *dir)
{
	struct conf_errors errors = { NULL, 0 };
	struct rule_set *set, *again;
	char *text, *text_again;
	size_t i;

	unpack(dir, everything);
	CHECK(errs(dir, "everything", ""));
	set = conf_read("c", &errors);
	CHECK(set != NULL);
	CHECK(check_daemon(set, dir) == 0 && check_rules(set) == 0);
	text = print(set);
	CHECK(check_printed(text) == 0);
	unpack_printed(dir, text);
	CHECK(errs(dir, "printed", ""));
	again = conf_read("c", &errors);
	CHECK(again != NULL && again->rule_count == set->rule_count);
	text_again = print(again);
	CHECK(strcmp(text, text_again) == 0);
	for (i = 0; i < set->rule_count; i++)
		CHECK(digest_equal(
		    set->rules[i].identity, again->rules[i].identity));
	free(text);
	free(text_again);
	rule_set_free(set);
	rule_set_free(again);
	return 0;
}

int
main(void)
{
	char *here = enter();
	int rc;

	if (here == NULL)
		return 111;
	rc = test_lists(here) || test_everything(here);
	leave(here);
	return rc;
}
