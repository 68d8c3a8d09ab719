#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/longcheck.h"
#include "daemon/look.h"
#include "daemon/record.h"

#define NO_HELPER "no helper could be started"
#define STUCK "cannot be ended: what it waits for does not answer"

void
look_init(struct look *l)
{
	l->check = NULL;
	l->memo.filled = l->memo.untried = false;
	l->wide = false;
	helper_init(&l->helper);
	l->helper.disposable = true; /* a look leaves nothing half done */
}

void
look_drop(struct look *l)
{
	if (l->check != NULL)
		check_fini(l->check);
	free(l->check);
	l->check = NULL;
}

static void
store(void *answer, void *arg)
{
	struct look *l = arg;
	int *error = answer;

	if (check_store(l->rule, l->place->state_dir, l->check) == -1)
		*error = errno;
}

/* The record of a rule that is current could not be written. */
static void
keep_found(struct look *l, int error)
{
	struct check *c = l->check;
	struct stamp_past past;

	memset(&past, 0, sizeof(past));
	past.rule = l->rule->effective;
	past.target = c->target;
	past.records = c->past.records;
	past.unit = c->past.unit;
	if (check_fetch(c) == -1 ||
	    stamp_set_copy(&past.sources, &c->now) == -1) {
		log_warn("%s: keep record", l->rule->name);
		return;
	}
	past.mounts = c->mounts;
	c->mounts = NULL;
	kept_take(l->kept, &past, error);
}

static void
on_stored(struct helper *h, const void *answer, void *arg)
{
	struct look *l = arg;
	const int *error = answer;

	(void)h;
	if (error != NULL && *error == 0)
		kept_drop(l->kept);
	else
		keep_found(l, error != NULL ? *error : EIO);
	l->on_answer(l->arg);
}

static struct check_ask
question(struct look *l)
{
	return (struct check_ask){ .rule = l->rule,
		.state_dir = l->place->state_dir,
		.asked = l->asked,
		.mounts = l->mounts,
		.memo = &l->memo,
		.kept = kept_past(l->kept) };
}

static void
look_long(void *answer, void *arg)
{
	struct look *l = arg;
	struct check_ask ask = question(l);

	longcheck_run(&ask, l->check->fd, answer);
}

static void
on_looked(struct helper *h, const void *answer, void *arg)
{
	struct look *l = arg;
	const struct longcheck_answer *a = answer;

	if (a == NULL) {
		l->check->verdict = STAMP_BLOCKED;
		snprintf(l->check->how, sizeof(l->check->how),
		    "the helper that looks at the sources %s",
		    h->stuck       ? STUCK
		    : h->timed_out ? "took too long"
				   : "did not answer");
	} else {
		longcheck_take(a, l->check->fd, l->check);
		if (a->stored && a->store_error == 0)
			kept_drop(l->kept);
		else if (a->stored)
			keep_found(l, a->store_error);
	}
	l->on_answer(l->arg);
}

static bool
start_long(struct look *l)
{
	const struct run_place *place = l->place;
	int fd = record_spare(place->state_dir);

	if (fd == -1)
		return false;
	l->check->fd = fd;
	l->helper.also_fd = fd;
	memo_forget(&l->memo); /* it may write the record */
	return helper_start(&l->helper, place->loop, place->pool, l->rule->name,
		   look_long, sizeof(struct longcheck_answer),
		   l->rule->helper_timeout, -1, on_looked, l) == 0;
}

/* Who looked here himself might wait for ever. */
static bool
block(struct look *l, const char *why)
{
	struct check *c = l->check;

	if (c->fd != 0)
		(void)close(c->fd); /* of a helper that did not start */
	c->fd = 0;
	c->verdict = STAMP_BLOCKED;
	snprintf(c->how, sizeof(c->how), "%s", why);
	return true;
}

/* It has turned out to be more than there is time for.  A helper begins anew,
 * and from now on each time. */
static bool
give_away(struct look *l)
{
	check_fini(l->check);
	memset(l->check, 0, sizeof(*l->check));
	l->wide = true;
	return start_long(l) ? false : block(l, NO_HELPER);
}

/* True: the answer is there. */
static bool
look_here(struct look *l, const struct check_ask *ask)
{
	const struct run_place *place = l->place;
	struct check *c = l->check;
	int rc;

	if (c->fd != 0)
		(void)close(c->fd); /* of a helper that did not start */
	rc = check_disk(ask, c);
	if (rc == -1 && errno == EFBIG)
		return give_away(l);
	if (rc == -1) {
		snprintf(c->how, sizeof(c->how), "%s", strerror(errno));
		c->then = c->found = NULL; /* that is all there is to say */
		c->verdict = STAMP_BLOCKED;
	}
	l->helper.also_fd = -1;
	if (c->verdict != STAMP_CURRENT || !c->store)
		return true;
	memo_forget(&l->memo);
	/* The record is fsynced: that may take long, so a helper writes it. */
	return helper_start(&l->helper, place->loop, place->pool, l->rule->name,
		   store, sizeof(int), l->rule->helper_timeout, -1, on_stored,
		   l) == -1;
}

bool
look_start(struct look *l, unsigned asked)
{
	struct stamp_past past;
	struct check_ask ask;
	bool far, is_long;

	look_drop(l);
	l->asked = asked;
	l->check = calloc(1, sizeof(*l->check));
	if (l->check == NULL)
		log_fatal("%s: check", l->rule->name);
	kept_hold(l->kept);
	ask = question(l);
	if (l->helper.stuck)
		return block(l, "the helper that looks at the sources " STUCK);
	is_long = check_is_long(&ask, &past, &far);
	if (l->wide && !is_long) {
		stamp_past_fini(&past);
		ask.past = NULL;
	}
	if ((is_long || l->wide) && start_long(l))
		return false;
	if (far || l->wide)
		return block(l, NO_HELPER);
	ask.briefly = !is_long;
	return look_here(l, &ask);
}

bool
look_is_active(const struct look *l)
{
	return l->helper.running;
}

void
look_rebind(struct look *l, const struct rule *rule)
{
	l->rule = rule;
	l->helper.name = rule->name;
}

void
look_stop(struct look *l)
{
	helper_close(&l->helper);
}

struct check *
look_take(struct look *l)
{
	struct check *check = l->check;

	l->check = NULL;
	memo_forget(&l->memo);
	return check;
}

void
look_close(struct look *l)
{
	helper_close(&l->helper);
	memo_forget(&l->memo);
	look_drop(l);
}
