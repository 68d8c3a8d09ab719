#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/longcheck.h"
#include "daemon/record.h"

static bool
put_stamps(const struct check_ask *ask, const struct check *c, int fd)
{
	struct stamp_past past;

	/* Borrowed from "c", so not freed here. */
	memset(&past, 0, sizeof(past));
	past.rule = ask->rule->effective;
	past.sources = c->now;
	past.target = c->target;
	past.records = c->past.records;
	past.unit = c->past.unit;
	past.mounts = c->mounts;
	return record_write_fd(fd, &past) == 0;
}

void
longcheck_run(const struct check_ask *ask, int fd, struct longcheck_answer *out)
{
	struct check c;

	mounts_detach(ask->mounts);
	if (check_disk(ask, &c) == -1) {
		out->error = errno;
		out->verdict = STAMP_BLOCKED;
	} else {
		check_describe(&c);
		out->verdict = c.verdict;
		out->reason = c.reason;
		out->stamped = put_stamps(ask, &c, fd);
		if (!out->stamped)
			out->error = errno;
	}
	out->same = c.same;
	out->vanished = c.vanished;
	out->exists = c.past.exists;
	out->damaged = c.past.damaged;
	out->records = c.past.records;
	out->unit = c.past.unit;
	out->target = c.target;
	out->tried = c.tried.tried;
	out->digest = c.digest;
	out->deps = c.deps;
	out->changed_at = c.changed_at;
	out->seconds = c.seconds;
	snprintf(out->how, sizeof(out->how), "%s", c.how);
	snprintf(out->path, sizeof(out->path), "%.2047s", c.path);
	if (out->error == 0 && c.verdict == STAMP_CURRENT && c.store) {
		out->stored = true;
		if (check_store(ask->rule, ask->state_dir, &c) == -1)
			out->store_error = errno;
	}
	check_fini(&c);
}

void
longcheck_take(const struct longcheck_answer *answer, int fd, struct check *c)
{
	memset(c, 0, sizeof(*c));
	c->fd = fd;
	c->away = answer->stamped;
	c->verdict = answer->error == 0 ? answer->verdict : STAMP_BLOCKED;
	c->reason = answer->reason;
	c->same = answer->same;
	c->vanished = answer->vanished;
	c->past.exists = answer->exists;
	c->past.damaged = answer->damaged;
	c->past.records = answer->records;
	c->past.unit = answer->unit;
	c->target = answer->target;
	c->tried.tried = answer->tried;
	c->digest = answer->digest;
	c->deps = answer->deps;
	c->changed_at = answer->changed_at;
	c->seconds = answer->seconds;
	snprintf(c->path, sizeof(c->path), "%s", answer->path);
	snprintf(c->how, sizeof(c->how), "%s",
	    answer->error == 0 ? answer->how : strerror(answer->error));
}
