/*
 * task - one rule at work: its life, and what belongs to it.
 *
 * Steps the life, arms its timer and tells of each new state; what the state
 * asks for is done by taskcheck and taskrun, when sched says so.  Nothing here
 * knows of other rules: what concerns them goes up through the host.
 *
 * Owns: the task and its timers.
 * Uses: log, clock, rule, check, mounts, life, lifestep, run, leftover,
 * paused, kept, look, libev.
 */

#ifndef TASK_H
#define TASK_H

#include <sys/queue.h>

#include <ev.h>

#include "daemon/kept.h"
#include "daemon/leftover.h"
#include "daemon/life.h"
#include "daemon/look.h"
#include "daemon/mounts.h"
#include "daemon/rule.h"
#include "daemon/run.h"

struct task;

/* What all tasks share, and whom they tell.  No callback may free a task. */
struct task_host {
	const struct run_place *place;
	struct mounts mounts;  /* at which the checks look */
	double scan_unwatched; /* seconds, where the scan is off */
	/* It has another state; "was" is the one before. */
	void (*on_state)(struct task *t, enum life_state was, void *arg);
	/* The dependencies that its command reported are others. */
	void (*on_deps)(
	    struct task *t, const struct stamp_set *sources, void *arg);
	/* A run that had started is over; "done": with a new product. */
	void (*on_over)(struct task *t, bool done, void *arg);
	/* The status has changed, though no state has. */
	void (*on_fact)(void *arg);
	/* After the callbacks above, unless a caller waits: do what there is
	 * to do now. */
	void (*on_turn)(void *arg);
	/* A reload has removed its rule: it is not to be asked any more. */
	void (*on_gone)(struct task *t, void *arg);
	void *arg;
};

/* Everybody may read.  Who may write, beside task itself: */
struct task {
	struct task_host *host;
	unsigned topic;          /* tasks */
	const struct rule *rule; /* tasks; not owned */
	struct life life;        /* by task_step(), but for what
				  * taskcheck (asked, trouble, retry_at,
				  * check_not_before) and sched
				  * (waited_for) set */
	struct life_terms terms;
	ev_timer timer;
	bool paused;
	bool removed; /* tasks: no step any more, but may finish its run */
	bool counted; /* agenda: its run is one of the builds that run now */
	const struct rule *begun; /* tasks: what its run was begun for, be it an
				   * earlier daemon's, if that is another
				   * rule now; NULL: it is not */
	struct task_list *on;     /* agenda: the list it is on, or NULL */
	TAILQ_ENTRY(task) link;   /* agenda; once removed, tasks */
	char *degraded;           /* why changes can be missed, or NULL */

	/* taskcheck */
	struct look look;   /* its check waits with us for a run */
	struct kept kept;   /* a record that could not be written */
	struct digest deps; /* the dependencies that are watched */
	uint64_t checks;
	int64_t check_us;
	size_t looked; /* sources of the last check, if we did it ourselves */
	enum stamp_reason reason;
	bool vanished; /* said so of the target */
	char *path;

	/* taskrun */
	struct run run;
	struct leftover leftover; /* of a daemon before us */
	ev_timer grace;
	struct digest failed; /* the check before the last run that failed */
	bool accepted;        /* sched: the next run goes without the guards */
	unsigned races;
	uint64_t runs, failures;
	int64_t last_run_at, last_ok_at, run_ms, records;
	int64_t over_at; /* of the last run, as files are stamped: in ns */

	bool ran_well;    /* taskrun, taskcheck */
	bool in_vain;     /* taskrun: the last run is asked for again */
	char note[320];   /* taskrun, taskcheck: see taskcheck_note() */
	bool undescribed; /* likewise: it is still in the look's check */
	int64_t next_at;  /* when the timer is due, as clock_wall_ms(); or 0 */
};

TAILQ_HEAD(task_list, task);

/* Fill a zeroed task; its life begins with task_begin(), as paused as it was
 * left. */
void task_init(struct task *t, struct task_host *host, const struct rule *rule);

void task_begin(struct task *t, double set_scan);

/* Take the times from the rule; "set_scan" is that of the rule set. */
void task_set_terms(struct task *t, double set_scan);

/* One step of the life; nothing if the task was removed. */
void task_step(struct task *t, enum life_event event, unsigned asked);

/* Changes can be missed: "why" (copied; NULL: no longer). */
void task_degrade(struct task *t, const char *why, double set_scan);

/* What runs goes on.  The pause is written down.  Returns 0, or -1 with errno
 * when it could not be (it holds all the same). */
int task_pause(struct task *t, bool paused);

/* No more steps by time. */
void task_stop(struct task *t);

/* Free what task_degrade() made, but not the task. */
void task_fini(struct task *t);

#endif
