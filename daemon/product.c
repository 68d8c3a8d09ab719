#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/copy.h"
#include "daemon/dest.h"
#include "daemon/log.h"
#include "daemon/product.h"
#include "daemon/refused.h"
#include "daemon/scratch.h"
#include "daemon/temporary.h"
#include "daemon/verify.h"

/* One installation.  Descriptors are -1 and "temp" is empty until they are
 * there; "live" is the target's file, st_nlink 0 without one. */
struct install {
	const struct rule *rule;
	const char *state_dir;
	struct dest dest;
	int new_fd, live_fd, copy_fd;
	struct stat live;
	char temp[NAME_MAX + 1];
	struct product *out;
};

/* ---- what to say ---- */

/* Say it once, in the log and to the caller; keeps errno, which "because"
 * adds to the reason. */
static void LOG_FORMAT(3, 4)
    explain(struct install *in, bool because, const char *fmt, ...)
{
	char *why = in->out->why;
	size_t size = sizeof(in->out->why), used;
	int saved_errno = errno;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, size, fmt, ap);
	va_end(ap);
	used = strlen(why);
	if (because)
		snprintf(
		    why + used, size - used, ": %s", strerror(saved_errno));
	log_warnx("%s: %s", in->rule->name, why);
	errno = saved_errno;
}

static enum product_outcome
failed(struct install *in, const char *what)
{
	explain(in, true, "%s: %s",
	    in->dest.path != NULL ? in->dest.path : in->rule->target, what);
	return PRODUCT_FAILED;
}

static void
install_close(struct install *in)
{
	int saved_errno = errno;

	if (in->temp[0] != '\0' && unlinkat(in->dest.dir_fd, in->temp, 0) == -1)
		log_warn("%s: remove %s", in->dest.path, in->temp);
	if (in->new_fd != -1)
		(void)close(in->new_fd); /* nothing was written */
	if (in->live_fd != -1)
		(void)close(in->live_fd); /* nothing was written */
	if (in->copy_fd != -1)
		(void)close(in->copy_fd); /* it is not used */
	dest_close(&in->dest);
	errno = saved_errno;
}

/* ---- owner and mode ---- */

/* What the target shall be: as configured, else as it was, else the copy's. */
static void
choose_attributes(const struct install *in, struct stat *want)
{
	const struct rule *rule = in->rule;
	bool was = in->live.st_nlink > 0;

	want->st_uid = was ? in->live.st_uid : (uid_t)-1;
	want->st_gid = was ? in->live.st_gid : (gid_t)-1;
	want->st_mode = was ? in->live.st_mode & 0777 : 0644;
	if (rule->owner != (uid_t)-1)
		want->st_uid = rule->owner;
	if (rule->group != (gid_t)-1)
		want->st_gid = rule->group;
	if (rule->mode != (mode_t)-1)
		want->st_mode = rule->mode;
}

static bool
owner_differs(const struct stat *have, const struct stat *want)
{
	return (want->st_uid != (uid_t)-1 && want->st_uid != have->st_uid) ||
	       (want->st_gid != (gid_t)-1 && want->st_gid != have->st_gid);
}

/*
 * By descriptor, and as ourselves also where the names are the user's: this
 * file has one name, and the user could not have brought another's here.
 */
static int
set_attributes(struct install *in, int fd)
{
	const struct rule *rule = in->rule;
	struct stat have, want;
	int rc = 0;

	choose_attributes(in, &want);
	if (fstat(fd, &have) == -1)
		return -1;
	dest_leave(&in->dest);
	if (owner_differs(&have, &want)) {
		rc = fchown(fd, want.st_uid, want.st_gid);
		/* Who is not root keeps what the old file had if allowed. */
		if (rc == -1 && errno == EPERM && rule->owner == (uid_t)-1 &&
		    rule->group == (gid_t)-1)
			rc = 0;
	}
	/* After chown(2), which may clear some bits. */
	if (rc == 0 && (have.st_mode & 07777) != want.st_mode)
		rc = fchmod(fd, want.st_mode);
	dest_enter(&in->dest);
	return rc;
}

/* ---- is it good? ---- */

static bool
is_counted(const struct rule *rule)
{
	return rule->check != RULE_CHECK_NONE || rule->min_records > 0 ||
	       rule->max_shrink >= 0;
}

/* The base of max_shrink where no record knows it: a live file that is no cdb
 * protects nothing. */
static int64_t
live_count(const struct install *in)
{
	char why[256];

	if (in->live_fd == -1 || in->rule->max_shrink < 0)
		return -1;
	return verify_count(in->live_fd, in->rule->check, why, sizeof(why));
}

static enum product_outcome
refused(struct install *in, int fd)
{
	char path[PATH_MAX];

	dest_leave(&in->dest);
	if (refused_keep(
		in->state_dir, in->rule->name, fd, path, sizeof(path)) == -1)
		log_warn("%s: keep refused product", path);
	dest_enter(&in->dest);
	log_warnx("%s: refused: %s (%s stays, see %s)", in->rule->name,
	    in->out->why, in->dest.path, path);
	return PRODUCT_REFUSED;
}

/* Count and check.  PRODUCT_INSTALLED: it may be. */
static enum product_outcome
check(struct install *in, int fd)
{
	struct product *out = in->out;

	if (!is_counted(in->rule))
		return PRODUCT_INSTALLED;
	out->records =
	    verify_count(fd, in->rule->check, out->why, sizeof(out->why));
	if (out->records != -1)
		return PRODUCT_INSTALLED;
	return errno == EILSEQ ? refused(in, fd) : failed(in, "check");
}

/* ---- install ---- */

static int
open_live(struct install *in)
{
	const struct dest *d = &in->dest;

	if (fstatat(d->dir_fd, d->name, &in->live, AT_SYMLINK_NOFOLLOW) == -1) {
		memset(&in->live, 0, sizeof(in->live));
		return errno == ENOENT ? 0 : -1;
	}
	if (!S_ISREG(in->live.st_mode)) {
		errno = S_ISDIR(in->live.st_mode) ? EISDIR : EINVAL;
		return -1;
	}
	in->live_fd = openat(
	    d->dir_fd, d->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	/* What the user may not read is replaced without being compared. */
	if (in->live_fd == -1)
		return errno == EACCES ? 0 : -1;
	if (fstat(in->live_fd, &in->live) == -1)
		return -1;
	if (S_ISREG(in->live.st_mode))
		return 0;
	errno = EINVAL; /* swapped between the two looks */
	return -1;
}

/* May the live file stay?  Not one that needs another owner or mode and has
 * another name, which may be anybody's. */
static bool
is_equal(const struct install *in)
{
	struct stat want;

	choose_attributes(in, &want);
	if (in->live_fd == -1 || copy_equal(in->new_fd, in->live_fd) != 1)
		return false;
	return in->live.st_nlink == 1 ||
	       (!owner_differs(&in->live, &want) &&
		   (in->live.st_mode & 07777) == want.st_mode);
}

/* Nothing is replaced, so the guards have nothing to protect; the check has:
 * a broken product must not pass for a good one because it is not new. */
static enum product_outcome
stay(struct install *in)
{
	enum product_outcome rc = check(in, in->live_fd);

	if (rc != PRODUCT_INSTALLED)
		return rc;
	if (set_attributes(in, in->live_fd) == -1)
		return failed(in, "set owner and mode");
	stamp_take_fd(in->live_fd, &in->out->target);
	return PRODUCT_EQUAL;
}

/* The last moment: between here and rename(2) nothing takes time. */
static enum product_outcome
replace(struct install *in, const struct stamp *before)
{
	const struct dest *d = &in->dest;
	struct stamp now;
	int rc;

	stamp_take_plain(in->rule->target, &now);
	if (!stamp_equal(&now, before, false)) {
		snprintf(in->out->why, sizeof(in->out->why),
		    "%s was changed by somebody else meanwhile", d->path);
		log_info("%s: %s", in->rule->name, in->out->why);
		return PRODUCT_RACED;
	}
	if (renameat(d->dir_fd, in->temp, d->dir_fd, d->name) == -1)
		return failed(in, "rename");
	in->temp[0] = '\0';
	stamp_take_fd(in->copy_fd, &in->out->target);
	/* Some file systems cannot do it to a directory, and need not. */
	if (fsync(d->dir_fd) == -1 && errno != EINVAL)
		return failed(in, "fsync of the directory");
	rc = close(in->copy_fd);
	in->copy_fd = -1;
	return rc == -1 ? failed(in, "close") : PRODUCT_INSTALLED;
}

static enum product_outcome
install(
    struct install *in, const struct stamp *before, int64_t base, bool guarded)
{
	struct product *out = in->out;
	enum product_outcome rc;

	temporary_sweep_dir(
	    in->rule, &in->dest); /* a helper that was killed left it */
	if (is_equal(in))
		return stay(in);
	in->copy_fd =
	    temporary_make(in->rule, &in->dest, in->temp, sizeof(in->temp));
	if (in->copy_fd == -1)
		return failed(in, "make a temporary file beside it");
	if (copy_bytes(in->new_fd, in->copy_fd) == -1)
		return failed(in, errno == EBUSY
				      ? "copy: ${new} is still being written"
				      : "copy");
	rc = check(in, in->copy_fd);
	if (rc != PRODUCT_INSTALLED)
		return rc;
	if (guarded && is_counted(in->rule) &&
	    verify_guards(in->rule, out->records,
		base == -1 ? live_count(in) : base, out->why,
		sizeof(out->why)) == -1)
		return refused(in, in->copy_fd);
	if (set_attributes(in, in->copy_fd) == -1)
		return failed(in, "set owner and mode");
	if (fsync(in->copy_fd) == -1)
		return failed(in, "fsync");
	return replace(in, before);
}

enum product_outcome
product_install(const struct rule *rule, const char *state_dir,
    const char *new_path, const struct stamp *before, int64_t base,
    bool guarded, struct product *out)
{
	struct install in = { .rule = rule,
		.state_dir = state_dir,
		.new_fd = -1,
		.live_fd = -1,
		.copy_fd = -1,
		.dest = { .dir_fd = -1 },
		.out = out };
	enum product_outcome rc = PRODUCT_FAILED;

	memset(out, 0, sizeof(*out));
	out->records = -1;
	in.new_fd = scratch_read(rule, new_path, out->why, sizeof(out->why));
	if (in.new_fd == -1) {
		log_warnx("%s: %s", rule->name, out->why);
		return PRODUCT_FAILED;
	}
	if (dest_open(&in.dest, rule) == -1)
		(void)failed(&in, "open its directory");
	else if (open_live(&in) == -1)
		(void)failed(&in, "open what is there");
	else
		rc = install(&in, before, base, guarded);
	install_close(&in);
	return rc;
}
