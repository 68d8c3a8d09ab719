/*
 * Each call once: a product, a record, a refused product, a scratch directory
 * and a lock are sound whichever call of theirs fails.
 */

#include "daemon/copy.h"
#include "daemon/product.h"
#include "daemon/record.h"
#include "daemon/refused.h"
#include "daemon/runlock.h"
#include "daemon/scratch.h"
#include "daemon/verify.h"
#include "tests/unit/soundly.h"

#define NOBODY 65534

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

/* A signal is no trouble. */
static int
test_interrupted(void)
{
	static const char *const interrupted[] = { "pread", "read", "write" };
	char why[64];
	size_t i;
	int fd;
	bool sound;

	for (i = 0; i < sizeof(interrupted) / sizeof(interrupted[0]); i++) {
		refuse(interrupted[i], 0, EINTR);
		sound = copy_soundly();
		CHECK(is_met() && sound && holds("copy", "1\n2\n3\n"));
	}
	fd = open("copy", O_RDONLY | O_CLOEXEC);
	refuse("pread", 0, EINTR);
	CHECK(verify_count(fd, RULE_CHECK_NONE, why, sizeof(why)) == 3);
	CHECK(is_met());
	return close(fd);
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
	const struct stamp none = { .state = STAMP_ABSENT };
	char path[32];
	int64_t found;
	bool sound;
	int rc, i;

	for (i = 100; i < 400; i++) { /* more than is written at once */
		snprintf(path, sizeof(path), "/a/source/%d", i);
		if (stamp_set_add(&past.sources, path, STAMP_MATCH, &none) ==
		    -1)
			return false;
	}
	if (record_write("state", RECORD_DONE, name, &past) == -1)
		return false;
	past.records = 2;
	trouble.name = call;
	rc = record_write("state", RECORD_DONE, name, &past);
	call = hold();
	found = recorded();
	sound = count_names("state/record") == 1 &&
		(found == 2 || (rc == -1 && found == 1));
	stamp_past_fini(&past);
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

int
main(void)
{
	int rc;

	CHECK(enter_directory() == 0);
	CHECK(mkdir("state/refused", 0700) == 0);
	rc = install_as_user() || !is_sound(copy_soundly) ||
	     test_interrupted() || !is_sound(record_soundly) ||
	     !is_sound(read_soundly) || !is_sound(refuse_soundly) ||
	     !is_sound(scratch_soundly) || !is_sound(lock_soundly);
	return leave_directory() != 0 || rc;
}
