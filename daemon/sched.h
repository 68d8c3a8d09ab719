/*
 * sched - decides: which rule is asked, which runs, and when.
 *
 * Releases and starts the tasks of all rules, each of which lives its own life
 * (see life.h for the states and the timing contract).  Rules are known by
 * topics, numbers that stay with a rule over a reload.
 *
 * Everything that has to be done at once is put on the agenda, and worked off
 * at the end of each entry, as far as the turn of the loop has room for it;
 * nothing here calls itself through a callback.
 *
 * Owns: the tasks, the agenda.
 * Uses: log, instance, rule, mounts, status, life, request, run, task,
 * taskrun, tasks, order, agenda, taskstatus.
 */

#ifndef SCHED_H
#define SCHED_H

#include "daemon/request.h"
#include "daemon/rule.h"
#include "daemon/run.h"
#include "daemon/status.h"

#define SCHED_SCAN_UNWATCHED 300.0 /* seconds, where the scan is off */

struct sched;

/* What sched has to tell, valid during the call, which must not call back into
 * sched, but for sched_degrade(). */
struct sched_ears {
	/* At every change of a rule's state, and when the run of a removed one
	 * is over. */
	void (*on_news)(const struct request_news *news, void *arg);
	/* The dependencies that a rule's command reported are others than
	 * before: the entries of "sources" whose origin is STAMP_DEP. */
	void (*on_deps)(
	    unsigned topic, const struct stamp_set *sources, void *arg);
	/* A rule is no more; its topic will be another's, as soon as its run is
	 * over. */
	void (*on_gone)(const struct request_news *news, void *arg);
	void *arg;
};

/* place is not copied.  NULL with errno. */
struct sched *sched_new(
    const struct run_place *place, const struct sched_ears *ears);

/* Kill what still runs and free everything.  Accepts NULL. */
void sched_free(struct sched *s);

/* Take over a set of rules, which is ours to free from then on.  Rules that
 * are in the old set too keep their state; a changed one is asked anew, and
 * what its command is building now is discarded; a removed one may finish its
 * run.  Nothing else is asked yet.  Returns 0, or -1 with errno (then nothing
 * has changed). */
int sched_load(struct sched *s, struct rule_set *set);

/* Free what removed rules have left.  Not from a callback of ours: call it
 * once per turn of the loop. */
void sched_tidy(struct sched *s);

/* The topic of a rule of the set, by its index there. */
unsigned sched_topic(const struct sched *s, size_t index);
size_t sched_count(const struct sched *s);

/* As many topics as there can be, those of removed rules among them. */
size_t sched_room(const struct sched *s);

/* Is the rule with that index called so, or an instance of a rule that is?
 * Is there such a rule, though perhaps without instances? */
bool sched_is_called(const struct sched *s, size_t index, const char *name);
bool sched_knows(const struct sched *s, const char *name);

/* Something may have changed: look when it is quiet.  "asked" is bits of
 * check.h and life.h. */
void sched_hint(struct sched *s, unsigned topic, unsigned asked);

/* Look now (at the latest when it has settled), in the order in which rules
 * depend on each other.  Several topics are asked as one question. */
void sched_ask(
    struct sched *s, const unsigned *topics, size_t count, unsigned asked);
void sched_ask_all(struct sched *s, unsigned asked);

/* The scan: all rules but those with an interval of their own. */
void sched_scan(struct sched *s);

/* Changes of this rule can be missed: "why" (copied; NULL: no longer). */
void sched_degrade(struct sched *s, unsigned topic, const char *why);

/* While a client waits for a rule, later hints do not prolong its settling. */
void sched_wait_for(struct sched *s, unsigned topic, bool waited_for);

/* Before a pause: does a run of an earlier daemon go on, though the rule had no
 * reason to start since?  Then sched_is_running() knows.  Returns 0, or -1 with
 * a warning logged: that cannot be told, or it cannot be waited for. */
int sched_seek(struct sched *s, unsigned topic);

/* A paused rule is not asked; what runs goes on.  The pause outlives the
 * daemon.  Returns 0, or -1 with errno when that could not be written (the
 * pause holds all the same).  Who waited for one that is paused now goes on
 * with sched_go_on(), once all that are to be paused are. */
int sched_pause(struct sched *s, unsigned topic, bool paused);
void sched_go_on(struct sched *s);
bool sched_is_paused(const struct sched *s, unsigned topic);

/* Does a run of this rule go on, be it that of an earlier daemon, or removed
 * meanwhile? */
bool sched_is_running(const struct sched *s, unsigned topic);

/* Add to the "count" topics there those rules whose run goes on and which were
 * removed, if they have one of these names (name_count 0: all), or in whose
 * place one of these topics came: they were removed, or have another target
 * now.  There must be sched_room().  Returns how many there are. */
size_t sched_add_before(const struct sched *s, char *const *names,
    size_t name_count, unsigned *topics, size_t count);

/* The next run of this rule installs its product without min_records and
 * max_shrink. */
void sched_accept(struct sched *s, unsigned topic);

/* The rule's name, or NULL. */
const char *sched_name(const struct sched *s, unsigned topic);

/* Add this rule and every rule downstream of it to the "count" topics that are
 * there, each once; there must be room for as many as there are rules.
 * Returns how many there are then. */
size_t sched_downstream(
    const struct sched *s, unsigned topic, unsigned *topics, size_t count);

/* Has every rule had its first check, or waits for one upstream, or looks at a
 * file system that may never answer? */
bool sched_is_ready(const struct sched *s);

/* Start nothing any more; let what runs go on for its stop_timeout, then end
 * it ("now": at once).  sched_active() says how many still run. */
void sched_stop(struct sched *s, bool now);
size_t sched_active(struct sched *s);

/* True once after each change that the status file should show. */
bool sched_take_changed(struct sched *s);

/* Fill the rules' part of a status; the strings are not copied: they are valid
 * until the next call into sched.  The caller frees only out->rules. */
int sched_report(const struct sched *s, struct status *out);

#endif
