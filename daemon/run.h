/*
 * run - one run of a rule: scratch, command, product, record.
 *
 * Stamps were taken before; the command runs in a job; what it built is
 * verified, installed and recorded in a helper; then the run is over and says
 * how it went, once.  The rule's lock is held from the start to the end.
 *
 * Owns: the check that led to the run, the scratch paths, job, helper, output.
 * Uses: log, clock, rule, check, begun, scratch, finish, job, helper, output,
 * libev.
 */

#ifndef RUN_H
#define RUN_H

#include <sys/resource.h>

#include <ev.h>

#include "daemon/check.h"
#include "daemon/finish.h"
#include "daemon/helper.h"
#include "daemon/job.h"
#include "daemon/mounts.h"
#include "daemon/output.h"
#include "daemon/scratch.h"

#define RUN_LOG_LINES 200 /* of a run's output that go to the log */

/* Exit status of a command that says: trying again will not help. */
#define RUN_EXIT_SOURCE 100

enum run_event {
	RUN_INSTALLING, /* the command ended well; more to come */
	RUN_DONE,
	RUN_RACED, /* somebody else changed the target meanwhile */
	RUN_FAILED,
	RUN_SOURCE, /* the command said that the source is wrong */
	RUN_REFUSED,
	RUN_DISCARDED, /* the rule was changed meanwhile */
};

/* Where things are, and what runs share; not owned. */
struct run_place {
	struct ev_loop *loop;
	struct child_pool *pool;
	const char *state_dir;
	const char *run_dir;
	/* Of open files, for commands, where ours is higher; NULL: as ours. */
	const struct rlimit *files;
};

struct run;

/* After every event but RUN_INSTALLING the run is over and may be started
 * again from here. */
typedef void run_fn(struct run *run, enum run_event event, void *arg);

struct run {
	const struct run_place *place;
	struct mounts *mounts;   /* as place: not owned */
	const struct rule *rule; /* not owned */
	struct check *check;     /* ours from run_start() on, or NULL */
	struct scratch scratch;
	struct job job;
	struct helper helper;
	struct output output;
	double started_at;       /* monotonic seconds */
	int64_t wall_started_at; /* nanoseconds since the epoch */
	bool guarded, discarded;
	bool held;            /* by an earlier daemon's run: see run_start() */
	enum run_event known; /* how it ends, whatever the helper says: FAILED
				 or SOURCE; INSTALLING: not known yet */
	run_fn *on_event;
	void *arg;

	/* How it went; valid in and after the last event. */
	char note[320];
	int64_t records; /* -1: not counted */
	double seconds;
	bool changed;     /* in vain, with sources that were others meanwhile */
	int record_error; /* errno: why it was not written, or 0 */
	int unmarked;     /* errno: why nothing on disk tells that it may have
			     written its target; or 0 */
	struct stamp_past unwritten; /* exists: it, for who wants to keep it */
};

void run_init(struct run *run, const struct run_place *place,
    struct mounts *mounts, run_fn *on_event, void *arg);

/* Start the rule's command; the check becomes ours and is freed with
 * check_fini() and free().  Returns 0, or -1 with errno and run->note saying
 * why, logged; then no event follows and the check stays the caller's.
 * If run->held, an earlier daemon's run holds the rule's lock (not logged):
 * errno alone does not tell, for fork(2) has the same one. */
int run_start(struct run *run, const struct rule *rule, struct check *check,
    bool guarded);

/* The rule lives elsewhere now.  If it "changed", what the command that runs
 * builds is not installed any more. */
void run_rebind(struct run *run, const struct rule *rule, bool changed);

/* End the command early: TERM, then KILL after the rule's stop_timeout. */
void run_stop(struct run *run);

bool run_is_active(const struct run *run);

/* Kill what is left and free everything, without an event. */
void run_close(struct run *run);

#endif
