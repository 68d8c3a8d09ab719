/*
 * hints - which rules a pipe, a watch or the clock asks about.
 *
 * The triggers know topics, the scheduler knows rules; this is the table
 * between them.
 *
 * Owns: the pipes, the watches, the scan, a table of mounts.
 * Uses: log, pattern, rule, mounts, stamp, triggers, sched, depwatch.
 */

#ifndef HINTS_H
#define HINTS_H

#include <stdint.h>

#include <ev.h>

#include "daemon/depwatch.h"
#include "daemon/mounts.h"
#include "daemon/rule.h"
#include "daemon/sched.h"
#include "triggers/pipe.h"
#include "triggers/scan.h"
#include "triggers/watch.h"

struct hints {
	struct ev_loop *loop;
	struct sched *sched; /* not owned */
	const struct rule_set *set;
	struct pipe_set *pipes;
	unsigned *pipe_topics; /* of set->pipes, in that order */
	unsigned last_pipe_topic;
	struct watch *watch;
	struct depwatch deps; /* what is watched for dependencies */
	struct mounts mounts; /* what lies elsewhere is not watched */
	struct scan scan;
	struct scan retry;       /* of the watches, where nothing is scanned */
	uint64_t count;          /* of hints through pipes and watches */
	char conf_degraded[256]; /* why, or "" */
	void (*on_conf)(void *arg);
	void (*on_asked)(const struct rule_pipe *pipe, void *arg);
	void *arg;
};

/* Ready to take a set.  on_conf is called when a file of the configuration may
 * have changed; on_asked when a pipe, or the scan (NULL), asks about rules,
 * for those of which there are no instances yet.  Returns 0, or -1 with the
 * reason logged. */
int hints_open(struct hints *h, struct ev_loop *loop, const char *run_dir,
    void (*on_conf)(void *arg),
    void (*on_asked)(const struct rule_pipe *pipe, void *arg), void *arg);

/* Open the pipes of a set that differ from those that are open now; they hint
 * at nothing yet.  Returns their topics, for hints_load(), or NULL with the
 * reason in *why, until the next call; then everything is as before. */
unsigned *hints_prepare(
    struct hints *h, const struct rule_set *set, const char **why);

/* Go over to a set that sched has loaded: its pipes (prepared, ours from here
 * on), its watches, its scan.  Whoever calls this asks all rules afterwards,
 * for what happened in between. */
void hints_load(struct hints *h, struct sched *sched,
    const struct rule_set *set, unsigned *pipe_topics);

/* A rule is no more: watch nothing for it. */
void hints_forget(struct hints *h, unsigned topic);

/* Which pipes do not tell of a touch, and why: see pipe_degraded().  True once
 * after that has changed. */
const char *hints_degraded(struct hints *h);
bool hints_take_news(struct hints *h);

/* Why a change of the configuration can be missed, or NULL.  It lives until
 * something is watched, read or scanned. */
const char *hints_conf_degraded(const struct hints *h);

/* Are there rules not all of whose directories are watched yet? */
bool hints_is_arming(const struct hints *h);

/* Read every hint that is there now. */
void hints_drain(struct hints *h);

/* Are the pipes in their places, can be watched what could not?  At each scan,
 * and when everything is asked. */
void hints_verify(struct hints *h);

/* Watch what a rule's command reported (see sched_ears). */
void hints_watch_deps(
    struct hints *h, unsigned topic, const struct stamp_set *sources);

/* The pipes stay in the file system.  Accepts a zeroed struct. */
void hints_close(struct hints *h);

#endif
