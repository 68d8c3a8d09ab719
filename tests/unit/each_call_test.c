/*
 * Each call once: a product, a record, a refused product, a scratch directory
 * and a lock are sound whichever call of theirs fails.
 */

#include "daemon/product.h"
#include "daemon/record.h"
#include "daemon/refused.h"
#include "daemon/runlock.h"
#include "daemon/scratch.h"
#include "tests/unit/refusing.h"

static const char *const calls[] = { "close", "fchmod", "flock", "fstat",
	"fsync", "ftruncate", "getentropy", "mkdir", "mkostemp", "open",
	"openat", "pread", "read", "rename", "renameat", "write" };

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

static bool
install_soundly(void)
{
	const char *call = hold();
	struct rule rule = plain;
	struct stamp before;
	struct product out;
	enum product_outcome rc;
	bool sound;

	rule.max_shrink = 50;
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

int
main(void)
{
	int rc;

	CHECK(enter_directory() == 0);
	CHECK(mkdir("state/refused", 0700) == 0);
	rc = !is_sound(install_soundly) || !is_sound(record_soundly) ||
	     !is_sound(read_soundly) || !is_sound(refuse_soundly) ||
	     !is_sound(scratch_soundly) || !is_sound(lock_soundly);
	return leave_directory() != 0 || rc;
}
