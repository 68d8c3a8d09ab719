/*
 * job - one run of a command, from its start to the last byte of its output.
 *
 * The command leads a process group of its own.  Its output is cut into lines,
 * each handed to on_line.  After "timeout" the group gets TERM, after
 * "stop_timeout" more KILL.  When the command has ended, its output may go on
 * for JOB_LINGER seconds; then survivors are left alone and the job is over.
 * The group's last signal is sent before its leader is reaped.
 *
 * Owns: the process, the pipe of its output, the rule's lock, two timers.
 * Uses: log, clock, line, child, spawn, runlock, libev.
 */

#ifndef JOB_H
#define JOB_H

#include <sys/types.h>

#include <stdbool.h>

#include <ev.h>

#include "daemon/child.h"
#include "daemon/line.h"
#include "daemon/spawn.h"

#define JOB_LINGER 1 /* seconds from the end of the command */

struct job;

typedef void job_line_fn(struct job *job, const char *line, void *arg);
/* "status" is a wait status.  The job may be started again from here. */
typedef void job_end_fn(struct job *job, int status, void *arg);

struct job {
	const char *name; /* the rule's, for the log; not owned */
	struct ev_loop *loop;
	bool alive;     /* the command's process has not been reaped */
	bool timed_out; /* it did not end by itself: too late, or job_stop() */
	pid_t pid;
	double started_at; /* monotonic seconds */
	int output_fd;
	int lock_fd;
	int sign_fd; /* the lock's file, for us alone, while we hold it */
	bool blank;  /* that file names nobody: so we left it */
	ev_io readable;
	ev_timer timeout; /* then, once TERM was sent, stop_timeout */
	ev_timer linger;
	double stop_timeout;
	int wait_status;
	const char *object; /* the program or directory that kept it from
			       being started, of its job_spec; or NULL */
	struct child child;
	struct line_buf *partial; /* allocated while it runs */
	job_line_fn *on_line;
	job_end_fn *on_end;
	void *arg;
};

struct job_spec {
	const char *name;
	struct spawn spawn; /* output_fd and lock_fd are filled in by the job */
	const char *lock_path; /* STATE/RULE.lock */
	double timeout;        /* seconds; 0: none */
	double stop_timeout;
};

void job_init(struct job *job);

/* Take the rule's lock, so that what follows is done by one run alone.  Returns
 * 0, or -1 with errno and a warning logged, but for EWOULDBLOCK: an earlier run
 * still holds the lock. */
int job_lock(struct job *job, const char *lock_path);

/* Take the lock, if job_lock() has not, and start.  Returns and logs as
 * that. */
int job_start(struct job *job, struct ev_loop *loop, struct child_pool *pool,
    const struct job_spec *spec, job_line_fn *on_line, job_end_fn *on_end,
    void *arg);

/* Ask the group to end: TERM now, KILL after stop_timeout.  on_end follows. */
void job_stop(struct job *job);

/* Give the rule's lock back.  The job keeps it after on_end, so that verifying
 * and installing are still part of the run; survivors of the command cannot
 * keep it.  May be called twice. */
void job_release(struct job *job);

/* Kill what is left, release the lock and free everything, without on_end. */
void job_close(struct job *job);

#endif
