/*
 * Commands that list instances: what they print, how they end, and what comes
 * of it.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/instance.h"
#include "daemon/list.h"
#include "daemon/lists.h"
#include "tests/unit/check.h"

static const struct {
	const char *script, *why; /* NULL: it is a list */
} cases[] = {
	{ "echo a b; printf '\\tc'", NULL },
	{ "echo a b c", NULL },
	{ ":", NULL },
	{ "exec >&-; echo oops >&2", NULL },
	{ "yes | head -c 1000000 >&2; seq 1000", NULL },
	{ "echo a; exit 3", "exit 3" },
	{ "echo one >&2; echo two >&2; exit 1", "exit 1: one" },
	{ "echo a; exec >&- 2>&-; exit 100", "exit 100" },
	{ "kill -9 $$", "killed by signal 9" },
	{ "printf 'a\\0b'", "printed a NUL byte" },
	{ "printf 'a\\0'", "printed a NUL byte" },
	{ "echo a b a", "a: given twice" },
	{ "seq 10001", "more than 10000 words" },
	{ "yes | head -c 1048577", "printed more than 1048576 bytes" },
	{ "trap '' TERM; echo a; while :; do sleep 1; done", "timed out" },
	{ "exec >&- 2>&-; exec sleep 1000", "timed out" },
};

static char sh[] = "sh", option[] = "-c", user_path[] = "PATH=/usr/bin:/bin";

/* A rule's list command. */
struct lister {
	struct rule rule;
	char *argv[4], *env[2];
};

static void
lister_init(struct lister *l, const char *name, const char *script)
{
	memset(l, 0, sizeof(*l));
	l->argv[0] = sh;
	l->argv[1] = option;
	l->argv[2] = strdup(script);
	l->env[0] = user_path;
	l->rule.name = strdup(name);
	l->rule.program = strdup("/bin/sh");
	l->rule.command = l->argv;
	l->rule.env = l->env;
	l->rule.umask = 022;
	l->rule.timeout = 10;
	l->rule.stop_timeout = 0.05;
	l->rule.retry_first = l->rule.retry_longest = 3600;
	if (rule_sum(&l->rule) == -1)
		exit(111);
}

static void
lister_fini(struct lister *l)
{
	free(l->argv[2]);
	free(l->rule.name);
	free(l->rule.program);
}

static int
test_run(const char *state)
{
	struct list_answer answer;
	struct lister l;
	size_t i;
	bool times_out;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		lister_init(&l, "r", cases[i].script);
		times_out = cases[i].why != NULL &&
			    strcmp(cases[i].why, "timed out") == 0;
		l.rule.timeout = times_out ? 0.2 : 10;
		memset(&answer, 0, sizeof(answer));
		list_run(&l.rule, state, -1, &answer);
		if (strcmp(answer.why,
			cases[i].why != NULL ? cases[i].why : "") != 0)
			fprintf(
			    stderr, "%s: %s\n", cases[i].script, answer.why);
		CHECK(
		    (answer.outcome == LIST_FAILED) == (cases[i].why != NULL));
		CHECK(strcmp(answer.why,
			  cases[i].why != NULL ? cases[i].why : "") == 0);
		lister_fini(&l);
	}
	lister_init(&l, "r", ":");
	l.rule.program[1] = 'x';
	list_run(&l.rule, state, -1, &answer);
	CHECK(answer.outcome == LIST_FAILED);
	CHECK(strcmp(answer.why,
		  "cannot start: exec: No such file or directory") == 0);
	lister_fini(&l);
	return 0;
}

/* A child that holds the pipe holds nobody up. */
static int
test_survivor(const char *state)
{
	char path[PATH_MAX], **words;
	struct list_answer answer = { .why = "" };
	struct lister l;
	FILE *in;

	lister_init(&l, "s", "sleep 1000 & echo $!");
	list_run(&l.rule, state, -1, &answer);
	CHECK(answer.outcome == LIST_NEW);
	instance_new_path(path, state, "s");
	in = fopen(path, "r");
	CHECK(in != NULL);
	words = instance_read(in, NULL);
	CHECK(words != NULL && words[0] != NULL && fclose(in) == 0);
	CHECK(kill((pid_t)atol(words[0]), SIGKILL) == 0);
	instance_free(words);
	lister_fini(&l);
	return 0;
}

/* --- with a loop ------------------------------------------------------- */

struct world {
	struct ev_loop *loop;
	struct child_pool pool;
	struct run_place place;
	struct lists *lists;
	struct rule_set set, next;
	int changes, ends;
	bool refuse, load, again;
};

static int
on_change(const char *rule, bool again, void *arg)
{
	struct world *w = arg;

	if (strcmp(rule, "a") != 0)
		exit(1);
	w->changes++;
	w->again = again;
	if (w->load)
		lists_load(w->lists, &w->next);
	return w->refuse ? -1 : 0;
}

static void
on_end(void *arg)
{
	struct world *w = arg;

	w->ends++;
}

static void
settle(struct world *w)
{
	while (lists_are_busy(w->lists))
		ev_run(w->loop, EVRUN_ONCE);
}

/* The words of the list, parted by blanks; "" also without a file. */
static const char *
list_of(const struct world *w)
{
	static char text[256];
	char path[PATH_MAX], **words;
	FILE *in;
	size_t i, length = 0;

	text[0] = '\0';
	instance_list_path(path, w->place.state_dir, "a");
	in = fopen(path, "r");
	if (in == NULL)
		return text;
	words = instance_read(in, NULL);
	(void)fclose(in); /* only read */
	for (i = 0; words[i] != NULL; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length,
		    "%s%s", i > 0 ? " " : "", words[i]);
	instance_free(words);
	return text;
}

static const char *
state_of(struct world *w, const char **note)
{
	static char word[32];
	static char why[512];
	struct status s = { 0 };

	if (lists_report(w->lists, &s) == -1 || s.count != 1)
		exit(111);
	snprintf(word, sizeof(word), "%s", s.rules[0].state);
	snprintf(why, sizeof(why), "%s", s.rules[0].note);
	if (note != NULL)
		*note = why;
	free(s.rules);
	return word;
}

static void
put(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	if (out == NULL || fputs(text, out) == EOF || fclose(out) == EOF)
		exit(111);
}

static int
test_lists(const char *state)
{
	struct world w = { .place = { .state_dir = state, .run_dir = state } };
	struct lister l;
	char named[] = "a@q", other[] = "ab", *names[] = { named };
	const char *note;
	uint64_t asked, again;
	int ends;

	w.loop = w.place.loop = ev_loop_new(EVFLAG_AUTO);
	w.place.pool = &w.pool;
	child_pool_start(&w.pool, w.loop);
	lister_init(&l, "a",
	    "echo run >>runs; cat words; ! grep -q no "
	    "words");
	w.set.lists = w.next.lists = &l.rule;
	w.set.list_count = 1;
	w.lists = lists_new(&w.place, 3600, on_change, on_end, &w);
	CHECK(w.lists != NULL && lists_take_changed(w.lists) == false);

	put("words", "x y\n");
	lists_load(w.lists, &w.set);
	CHECK(lists_take_changed(w.lists));
	CHECK(strcmp(state_of(&w, NULL), "running") == 0);
	settle(&w);
	CHECK(w.changes == 1 && strcmp(list_of(&w), "x y") == 0);
	CHECK(strcmp(state_of(&w, NULL), "current") == 0);
	lists_ask(w.lists, NULL); /* the same again */
	settle(&w);
	CHECK(w.changes == 1);

	/* Asked while it runs, it runs once more, not twice. */
	put("runs", "");
	lists_ask(w.lists, NULL);
	lists_ask(w.lists, NULL);
	lists_ask(w.lists, NULL);
	settle(&w);
	CHECK(system("test $(wc -l <runs) -eq 2") == 0);

	put("words", "x no\n"); /* fails */
	lists_ask(w.lists, NULL);
	settle(&w);
	CHECK(w.changes == 1 && strcmp(list_of(&w), "x y") == 0);
	CHECK(strcmp(state_of(&w, &note), "failed") == 0);
	CHECK(strcmp(note, "foreach_command: exit 1") == 0);

	put("words", "y z\n"); /* refused: the old one comes back */
	w.refuse = true;
	lists_ask(w.lists, NULL);
	settle(&w);
	CHECK(w.changes == 2 && strcmp(list_of(&w), "x y") == 0);
	CHECK(strcmp(state_of(&w, &note), "failed") == 0);
	CHECK(strcmp(note, "foreach_command: its new list was refused") == 0);

	lists_ask(w.lists, NULL); /* as it is, it is not tried again */
	settle(&w);
	CHECK(w.changes == 2 && !w.again);
	put("words", "y z w\n"); /* another is, and when its time has come */
	l.rule.retry_first = l.rule.retry_longest = 0.02;
	lists_load(w.lists, &w.set);
	settle(&w);
	CHECK(w.changes == 3 && !w.again);
	while (w.changes < 4)
		ev_run(w.loop, EVRUN_ONCE);
	CHECK(w.again);
	settle(&w);
	l.rule.retry_first = l.rule.retry_longest = 3600;

	put("words", "y z\n");
	w.refuse = false; /* accepted; what is gone is forgotten */
	CHECK(mkdir("record", 0700) == 0);
	put("record/a@x", "x");
	put("record/b@x", "x");
	w.changes = 2;
	lists_load(w.lists, &w.set);
	settle(&w);
	CHECK(w.changes == 3 && strcmp(list_of(&w), "y z") == 0);
	CHECK(access("record/a@x", F_OK) == -1 && errno == ENOENT);
	CHECK(access("record/b@x", F_OK) == 0);
	CHECK(access("list/.a", F_OK) == -1 && access("list/.a~", F_OK) == -1);

	put("words", ""); /* an empty list is one */
	lists_ask(w.lists, NULL);
	settle(&w);
	CHECK(w.changes == 4 && strcmp(list_of(&w), "") == 0);

	/* Who has asked is served by a run that began since. */
	asked = lists_ask_names(w.lists, names, 1);
	CHECK(!lists_are_served(w.lists, asked));
	again = lists_ask_names(w.lists, NULL, 0);
	ends = w.ends;
	while (w.ends == ends)
		ev_run(w.loop, EVRUN_ONCE);
	CHECK(lists_are_served(w.lists, asked));
	CHECK(!lists_are_served(w.lists, again));
	settle(&w);
	CHECK(lists_are_served(w.lists, again));
	names[0] = other;
	asked = lists_ask_names(w.lists, names, 1);
	CHECK(lists_are_served(w.lists, asked));

	/* A new set, taken in the call: known ones do not run for it, and one
	 * that is not in it goes. */
	w.load = true;
	w.next.list_count = 1;
	put("words", "x\n");
	put("runs", "");
	lists_ask(w.lists, NULL);
	settle(&w);
	CHECK(w.changes == 5 && system("test $(wc -l <runs) -eq 1") == 0);
	w.next.list_count = 0;
	put("words", "y\n");
	lists_ask(w.lists, NULL);
	settle(&w);
	CHECK(w.changes == 6 && !lists_are_busy(w.lists));

	lists_load(w.lists, &w.set); /* ended in the middle of a run */
	lists_free(w.lists);
	child_pool_stop(&w.pool);
	ev_loop_destroy(w.loop);
	lister_fini(&l);
	return 0;
}

/* A start waits for each list, but not for one that never ends. */
static int
test_ready(const char *state)
{
	struct world w = { .place = { .state_dir = state, .run_dir = state } };
	struct lister quick, slow;
	double patience;
	int i;

	w.loop = w.place.loop = ev_loop_new(EVFLAG_AUTO);
	w.place.pool = &w.pool;
	child_pool_start(&w.pool, w.loop);
	lister_init(&quick, "a", "echo x");
	lister_init(&slow, "a", "exec sleep 1000");
	slow.rule.timeout = 1000;
	w.set.list_count = 1;
	for (i = 0; i < 2; i++) {
		w.set.lists = i == 0 ? &quick.rule : &slow.rule;
		patience = i == 0 ? 3600 : 0.2;
		w.lists = lists_new(&w.place, patience, on_change, on_end, &w);
		CHECK(w.lists != NULL && lists_are_ready(w.lists));
		lists_load(w.lists, &w.set);
		CHECK(!lists_are_ready(w.lists));
		while (!lists_are_ready(w.lists))
			ev_run(w.loop, EVRUN_ONCE);
		CHECK(strcmp(state_of(&w, NULL),
			  i == 0 ? "current" : "running") == 0);
		lists_free(w.lists);
	}
	child_pool_stop(&w.pool);
	ev_loop_destroy(w.loop);
	lister_fini(&quick);
	lister_fini(&slow);
	return 0;
}

int
main(void)
{
	const char *tmp = getenv("TMPDIR");
	char dir[256], remove[300];
	int rc;

	(void)snprintf(dir, sizeof(dir), "%s/lists_test.XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	if (mkdtemp(dir) == NULL || chdir(dir) == -1 ||
	    mkdir("list", 0700) == -1) {
		perror(dir);
		return 111;
	}
	/* The loop first: list_run() takes SIGCHLD for itself. */
	rc = test_lists(dir) || test_ready(dir) || test_run(dir) ||
	     test_survivor(dir);
	(void)snprintf(remove, sizeof(remove), "rm -r '%s'", dir);
	if (chdir("/") == -1 || system(remove) != 0)
		return 111;
	return rc;
}
