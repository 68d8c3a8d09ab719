#include <sys/resource.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/backoff.h"
#include "daemon/clock.h"
#include "daemon/forget.h"
#include "daemon/list.h"
#include "daemon/listing.h"
#include "daemon/log.h"

#define COMMAND "foreach_command"

/* --- when it went well, or not ------------------------------------------ */

/* As long as this lasts, a list that was refused is not tried again. */
static void
arm_retry(struct listing *l)
{
	struct ev_loop *loop = l->host->place->loop;
	double wait;

	if (l->list == NULL || ev_is_active(&l->retry))
		return;
	wait = backoff_after(l->list->retry_first, l->list->retry_longest,
	    ++l->tries, (double)rand() / RAND_MAX);
	l->next_at = clock_wall_ms() + (int64_t)(wait * 1000);
	ev_now_update(loop);
	ev_timer_set(&l->retry, wait, 0.);
	ev_timer_start(loop, &l->retry);
}

static void
stop_retry(struct listing *l)
{
	ev_timer_stop(l->host->place->loop, &l->retry);
	l->next_at = 0;
}

static void
on_retry(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct listing *l = w->data;

	(void)loop;
	(void)revents;
	l->next_at = 0;
	listing_ask(l);
}

/* The same trouble again is no news. */
static void
fail_so(struct listing *l, const char *what, const char *why, const char *now)
{
	char before[sizeof(l->fault)];

	l->failures++;
	memcpy(before, l->fault, sizeof(before));
	(void)snprintf(l->fault, sizeof(l->fault), "%s: %.320s", what, why);
	if (strcmp(before, l->fault) != 0)
		log_warnx("%s: %s; %s", l->name, l->fault, now);
	arm_retry(l);
}

static void
fail(struct listing *l, const char *what, const char *why)
{
	fail_so(l, what, why, "the list stays as it is");
}

static void
succeed(struct listing *l)
{
	if (l->fault[0] != '\0')
		log_info("%s: " COMMAND ": works again", l->name);
	l->fault[0] = l->refused[0] = '\0';
	l->last_ok_at = l->last_run_at;
	l->tries = 0;
	stop_retry(l);
}

/* --- a new list ---------------------------------------------------------- */

static int
tell(struct listing *l, bool again)
{
	struct listing_host *host = l->host;
	int rc;

	l->telling = host->telling = true;
	rc = host->on_change(l->name, again, host->arg);
	l->telling = host->telling = false;
	return rc;
}

/* See whether the configuration likes the new list, and let it be the list. */
static void
install(struct listing *l, const char *words)
{
	const char *state_dir = l->host->place->state_dir;
	char path[PATH_MAX], new[PATH_MAX];
	bool again = strcmp(l->refused, words) == 0;

	if (again && ev_is_active(&l->retry)) {
		fail(l, COMMAND, "its new list was refused");
		return;
	}
	if (!again)
		log_info("%s: another list of instances", l->name);
	if (tell(l, again) == -1) {
		(void)snprintf(l->refused, sizeof(l->refused), "%s", words);
		fail(l, COMMAND, "its new list was refused");
		return;
	}
	instance_list_path(path, state_dir, l->name);
	instance_new_path(new, state_dir, l->name);
	if (rename(new, path) == -1) {
		fail_so(l, path, strerror(errno),
		    "the new list will not outlive a restart");
		return;
	}
	succeed(l);
	l->sweeps = true;
}

/* --- what runs ----------------------------------------------------------- */

/* After each turn: nothing may follow the call, since it may be gone. */
static void
go_on(struct listing *l)
{
	struct listing_host *host = l->host;

	host->changed = true;
	if (l->again)
		listing_ask(l);
	host->on_end(host->arg);
}

struct forgetting {
	int error;
	bool left; /* some are at work */
};

static void
run_forget(void *answer, void *arg)
{
	const struct listing *l = arg;
	const struct run_place *place = l->host->place;
	struct forgetting *f = answer;

	switch (forget_instances(
	    l->host->set, l->name, place->state_dir, place->run_dir)) {
	case FORGET_DONE:
		break;
	case FORGET_LATER:
		f->left = true;
		break;
	case FORGET_FAILED:
		f->error = errno;
		break;
	}
}

static void
on_forgotten(struct helper *h, const void *answer, void *arg)
{
	const struct forgetting *f = answer;
	struct listing *l = arg;

	(void)h;
	l->work = LISTING_RESTS;
	l->sweeps = f == NULL || f->left || f->error != 0;
	if (f != NULL && f->error != 0)
		log_warnx("%s: what is kept of instances that went away: %s",
		    l->name, strerror(f->error));
	go_on(l);
}

static void
sweep(struct listing *l)
{
	const struct run_place *place = l->host->place;

	if (!l->sweeps || l->again || l->list == NULL || l->host->stopping ||
	    l->fault[0] != '\0')
		return;
	if (helper_start(&l->helper, place->loop, place->pool, l->name,
		run_forget, sizeof(struct forgetting), HELPER_TIMEOUT, -1,
		on_forgotten, l) == 0)
		l->work = LISTING_FORGETS;
}

static void
close_stop(struct listing *l)
{
	if (l->stop_fd != -1)
		(void)close(l->stop_fd); /* nothing is lost with it */
	l->stop_fd = -1;
}

static void
take(struct listing *l, const struct list_answer *result)
{
	if (l->stale || l->list == NULL || l->host->stopping)
		return;
	l->runs++;
	l->last_run_at = clock_wall_ms();
	if (result == NULL)
		fail(l, COMMAND,
		    l->helper.timed_out ? "its helper took too long"
					: "its helper did not answer");
	else if (result->outcome == LIST_FAILED)
		fail(l, COMMAND, result->why);
	else if (result->outcome == LIST_SAME)
		succeed(l);
	else
		install(l, result->words);
}

static void
on_listed(struct helper *h, const void *answer, void *arg)
{
	struct listing *l = arg;

	(void)h;
	close_stop(l);
	l->work = LISTING_RESTS;
	take(l, answer);
	if (!l->stale)
		l->served = l->serving;
	l->stale = false;
	sweep(l);
	go_on(l);
}

static void
run_list(void *answer, void *arg)
{
	const struct listing *l = arg;
	const struct run_place *place = l->host->place;

	if (place->files != NULL &&
	    setrlimit(RLIMIT_NOFILE, place->files) == -1)
		log_warn("%s: setrlimit", l->name);
	list_run(l->list, place->state_dir, l->helper.also_fd, answer);
}

static int
start(struct listing *l)
{
	const struct run_place *place = l->host->place;
	const struct rule *list = l->list;
	double limit = list->helper_timeout;
	int fds[2], rc, saved_errno;

	if (pipe2(fds, O_CLOEXEC) == -1)
		return -1;
	if (limit > 0) /* first it has to end the command, if that hangs */
		limit += list->timeout + list->stop_timeout;
	l->helper.also_fd = fds[0];
	l->helper.outlives = true; /* it has the command to end */
	rc = helper_start(&l->helper, place->loop, place->pool, l->name,
	    run_list, sizeof(struct list_answer), limit, -1, on_listed, l);
	saved_errno = errno;
	l->helper.also_fd = -1;
	l->helper.outlives = false;
	(void)close(fds[0]); /* the helper has its own */
	l->stop_fd = fds[1];
	if (rc == -1)
		close_stop(l);
	errno = saved_errno;
	return rc;
}

void
listing_ask(struct listing *l)
{
	if (l->list == NULL || l->host->stopping)
		return;
	l->again = l->helper.running || l->telling;
	if (l->again)
		return;
	l->host->changed = true;
	l->serving = l->want;
	if (start(l) == 0) {
		l->work = LISTING_LISTS;
		return;
	}
	fail(l, COMMAND, strerror(errno));
	l->served = l->serving;
}

void
listing_stop(struct listing *l)
{
	if (l->stop_fd != -1 && write(l->stop_fd, "", 1) == -1)
		log_warn("%s: end " COMMAND, l->name);
}

/* --- from its rule to its end -------------------------------------------- */

struct listing *
listing_new(struct listing_host *host, const char *name)
{
	struct listing *l = calloc(1, sizeof(*l));

	if (l == NULL || (l->name = strdup(name)) == NULL) {
		free(l);
		return NULL;
	}
	l->host = host;
	l->stop_fd = -1;
	l->sweeps = true; /* perhaps we were killed before */
	helper_init(&l->helper);
	ev_init(&l->retry, on_retry);
	l->retry.data = l;
	return l;
}

void
listing_bind(struct listing *l, const struct rule *list, bool anew)
{
	bool same =
	    l->list != NULL && digest_equal(l->identity, list->identity);

	l->list = list;
	l->identity = list->identity;
	if (!same && l->work == LISTING_LISTS) {
		l->stale = true;
		listing_stop(l);
	}
	if (same && !anew)
		return;
	l->refused[0] = '\0';
	l->tries = 0;
	stop_retry(l);
	listing_ask(l);
}

struct listing *
listing_leave(struct listing *l)
{
	l->list = NULL;
	stop_retry(l);
	listing_stop(l);
	if (!listing_is_over(l))
		return l;
	listing_free(l);
	return NULL;
}

bool
listing_is_over(const struct listing *l)
{
	return l->list == NULL && !l->helper.running && !l->telling;
}

bool
listing_was_tried(const struct listing *l)
{
	return l->runs > 0 || l->fault[0] != '\0';
}

void
listing_free(struct listing *l)
{
	if (l == NULL)
		return;
	stop_retry(l);
	close_stop(l);
	if (l->work == LISTING_LISTS)
		helper_leave(&l->helper); /* it has the command to end */
	helper_close(&l->helper);
	free(l->name);
	free(l);
}
