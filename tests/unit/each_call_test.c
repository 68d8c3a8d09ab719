/*
 * Each call once: a product, a record, a refused product, a scratch directory
 * and a lock are sound whichever call of theirs fails.
 */

#include "daemon/check.h"
#include "daemon/copy.h"
#include "daemon/finish.h"
#include "daemon/product.h"
#include "daemon/record.h"
#include "daemon/refused.h"
#include "daemon/runlock.h"
#include "daemon/scratch.h"
#include "tests/unit/refusing.h"

#define NOBODY 65534

static const char *const calls[] = { "close", "fchmod", "fdopendir", "flock",
	"fstat", "fsync", "ftruncate", "getentropy", "mkdir", "mkostemp",
	"open", "openat", "pread", "pwrite", "read", "readlinkat", "rename",
	"renameat", "write" };

/* Does the thing, and tells whether all is sound then. */
typedef bool thing_fn(void);

static bool
is_sound(thing_fn *thing)
{
	size_t i;
	int skip, before = count_descriptors();

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		for (skip = 0;; skip++) {
			refuse(calls[i], skip, EIO);
			if (!thing() || count_descriptors() != before) {
				fprintf(stderr, "%s %d\n", calls[i], skip);
				return false;
			}
			if (!is_met())
				break;
		}
	trouble.name = NULL;
	return true;
}

/* What refuse() has said is for the thing alone. */
static const char *
hold(void)
{
	const char *call = trouble.name;

	trouble.name = NULL;
	return call;
}

static struct rule install_rule;

static bool
install_soundly(void)
{
	const char *call = hold();
	struct rule rule = install_rule;
	struct stamp before;
	struct product out;
	enum product_outcome rc;
	bool sound;

	if (put("new", "1\n2\n3\n") == -1 || put(target, "1\n2\n") == -1 ||
	    chmod(target, 0640) == -1)
		return false;
	stamp_take_plain(target, &before);
	trouble.name = call;
	rc = product_install(&rule, "state", "new", &before, -1, true, &out);
	call = hold();
	sound = count_names("live") == 1 && mode_of(target) == 0640 &&
		(holds(target, "1\n2\n3\n") ||
		    (rc == PRODUCT_FAILED && holds(target, "1\n2\n"))) &&
		(rc == PRODUCT_INSTALLED || out.why[0] != '\0');
	trouble.name = call;
	return sound;
}

/* The same through a link, in a directory of the rule's user. */
static int
install_as_user(void)
{
	static char link[96], user[] = "nobody";

	install_rule = plain;
	install_rule.max_shrink = 50;
	CHECK(is_sound(install_soundly));
	if (geteuid() != 0)
		return 0;
	snprintf(link, sizeof(link), "%s/own/link", dir);
	CHECK(mkdir("own", 0755) == 0 && symlink(target, link) == 0);
	CHECK(chown("own", NOBODY, NOBODY) == 0);
	CHECK(chown("live", NOBODY, NOBODY) == 0 && chmod(dir, 0755) == 0);
	install_rule.target = link;
	install_rule.user = user;
	install_rule.run_uid = install_rule.run_gid = NOBODY;
	CHECK(chown("new", NOBODY, NOBODY) == 0);
	CHECK(is_sound(install_soundly));
	CHECK(geteuid() == 0 && getegid() == 0);
	CHECK(unlink(target) == 0 && chown("live", 0, 0) == 0);
	return chown("new", 0, 0);
}

/* Not by the kernel, which does not add to a file at its end. */
static bool
copy_soundly(void)
{
	const char *call = hold();
	int from = open("new", O_RDONLY | O_CLOEXEC), to, rc, same;
	bool sound;

	to = open(
	    "copy", O_RDWR | O_APPEND | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (from == -1 || to == -1)
		return false;
	trouble.name = call;
	rc = copy_bytes(from, to);
	same = rc == 0 ? copy_equal(from, to) : 1;
	call = hold();
	sound = rc == -1 || holds("copy", "1\n2\n3\n");
	sound = sound && (rc == -1 || same == 1 || is_met());
	close(from);
	close(to);
	trouble.name = call;
	return sound;
}

static int64_t
recorded(void)
{
	struct stamp_past past;
	int64_t records = -2;

	if (record_read("state", RECORD_DONE, name, &past) == 0 &&
	    past.exists && !past.damaged)
		records = past.records;
	stamp_past_fini(&past);
	return records;
}

static bool
record_soundly(void)
{
	const char *call = hold();
	struct stamp_past past = { .exists = true, .records = 1 };
	int64_t found;
	bool sound;
	int rc;

	if (record_write("state", RECORD_DONE, name, &past) == -1)
		return false;
	past.records = 2;
	trouble.name = call;
	rc = record_write("state", RECORD_DONE, name, &past);
	call = hold();
	found = recorded();
	sound = count_names("state/record") == 1 &&
		(found == 2 || (rc == -1 && found == 1));
	trouble.name = call;
	return sound;
}

static bool
read_soundly(void)
{
	struct stamp_past past;
	bool sound;

	/* No error is an absence, or damage. */
	sound = record_read("state", RECORD_DONE, name, &past) == -1 ||
		(past.exists && !past.damaged && past.records == 2);
	stamp_past_fini(&past);
	return sound;
}

static bool
refuse_soundly(void)
{
	const char *call = hold();
	int fd = open("new", O_RDONLY | O_CLOEXEC), rc;
	char path[128];
	bool sound;

	if (fd == -1 || put("state/refused/rule", "first") == -1)
		return false;
	trouble.name = call;
	rc = refused_keep("state", name, fd, path, sizeof(path));
	call = hold();
	sound = count_names("state/refused") == 1 &&
		(holds("state/refused/rule", "1\n2\n3\n") ||
		    (rc == -1 && holds("state/refused/rule", "first")));
	(void)close(fd); /* only read */
	trouble.name = call;
	return sound;
}

static bool
scratch_soundly(void)
{
	const char *call = hold();
	struct scratch s = { .build_dir = NULL };
	struct rule rule = plain;
	bool sound;
	int rc;

	rule.uses_new = true;
	rule.uses_cache = true;
	if (scratch_open(&s, "state", &rule, true) != 0 ||
	    put(s.new_path, "old") == -1)
		return false;
	trouble.name = call;
	rc = scratch_open(&s, "state", &rule, true);
	call = hold();
	sound = rc == -1 ? s.build_dir == NULL
			 : count_names("state/build/rule") == 0;
	scratch_close(&s);
	trouble.name = call;
	return sound;
}

static bool
lock_soundly(void)
{
	int fd = runlock_take("state/rule.lock");

	runlock_release(fd, name);
	return true;
}

/* ---- the end of a run ---- */

static char source[96], dep[96], state[64], deps_path[96], new_path[96];
static char *sources[] = { source, NULL };
static const struct scratch scratch = {
	.new_path = new_path, .deps_path = deps_path, .cache_dir = source
};
static struct rule copy_rule;

static enum stamp_verdict
judge(void)
{
	enum stamp_verdict verdict = STAMP_BLOCKED;
	struct check c;

	if (check_rule(&copy_rule, state, CHECK_OTHER, &c) == 0)
		verdict = c.verdict;
	check_fini(&c);
	return verdict;
}

/* Its command copies the source, and tells of a file beside it. */
static void
end_run(const char *call)
{
	struct finish_result result;
	struct check c;
	struct finish_run run = { .rule = &copy_rule,
		.state_dir = state,
		.check = &c,
		.scratch = &scratch,
		.started_at = INT64_MAX / 2, /* nothing is younger */
		.began = 1e12,
		.guarded = true };

	if (check_rule(&copy_rule, state, CHECK_OTHER, &c) == -1 ||
	    c.verdict != STAMP_BEHIND)
		abort();
	trouble.name = call;
	finish_run(&run, &result);
	check_fini(&c);
}

static bool
edit(bool first)
{
	static int round;
	char text[32];

	if (first) { /* or they are not there */
		(void)unlink("state/record/rule");
		(void)unlink(target);
	}
	snprintf(text, sizeof(text), "%d\n", ++round);
	return put(source, text) == 0 && put(dep, "") == 0 &&
	       put(deps_path, dep) == 0 && put(new_path, text) == 0;
}

static bool
is_equal_to_source(void)
{
	int a = open(source, O_RDONLY | O_CLOEXEC);
	int b = open(target, O_RDONLY | O_CLOEXEC);
	bool equal = a != -1 && b != -1 && copy_equal(a, b) == 1;

	close(a);
	if (b != -1)
		close(b);
	return equal;
}

/* Whatever fails: what passes for current is, and knows what it depends on;
 * what does not is made so by the next run. */
static bool
finish(bool first)
{
	const char *call = hold();
	bool sound;

	if (!edit(first))
		return false;
	end_run(call);
	call = hold();
	if (judge() == STAMP_BEHIND)
		end_run(NULL);
	sound = judge() == STAMP_CURRENT && is_equal_to_source() &&
		put(dep, "changed") == 0 && judge() == STAMP_BEHIND;
	trouble.name = call;
	return sound;
}

static bool
finish_first_soundly(void)
{
	return finish(true);
}

static bool
finish_next_soundly(void)
{
	return finish(false);
}

static int
test_finish(void)
{
	copy_rule = plain;
	copy_rule.kind = RULE_BUILD;
	copy_rule.sources = sources;
	copy_rule.uses_new = copy_rule.uses_deps = copy_rule.create = true;
	copy_rule.effective.low = 1;
	snprintf(source, sizeof(source), "%s/source", dir);
	snprintf(dep, sizeof(dep), "%s/dep", dir);
	snprintf(state, sizeof(state), "%s/state", dir);
	snprintf(new_path, sizeof(new_path), "%s/new", dir);
	snprintf(deps_path, sizeof(deps_path), "%s/deps", dir);
	CHECK(put(target, "") == 0);
	CHECK(is_sound(finish_first_soundly));
	CHECK(is_sound(finish_next_soundly));
	return 0;
}

int
main(void)
{
	int rc;

	CHECK(enter_directory() == 0);
	CHECK(mkdir("state/refused", 0700) == 0);
	rc = install_as_user() || !is_sound(copy_soundly) ||
	     !is_sound(record_soundly) || !is_sound(read_soundly) ||
	     !is_sound(refuse_soundly) || !is_sound(scratch_soundly) ||
	     !is_sound(lock_soundly) || test_finish();
	return leave_directory() != 0 || rc;
}
