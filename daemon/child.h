/*
 * child - notice that a process of ours has ended.
 *
 * One SIGCHLD watcher for the whole daemon.  A child that ended is reported
 * *before* it is reaped (waitid with WNOWAIT), so that its process group can
 * still be signalled without hitting a stranger; it is reaped right after the
 * callback.
 *
 * Owns: the SIGCHLD watcher and the list of children.
 * Uses: log, libev.
 */

#ifndef CHILD_H
#define CHILD_H

#include <sys/queue.h>
#include <sys/types.h>

#include <ev.h>

struct child;

/* "status" is a wait status: WIFEXITED() and its kin apply. */
typedef void child_fn(struct child *c, int status, void *arg);

struct child {
	pid_t pid;
	child_fn *on_end;
	void *arg;
	LIST_ENTRY(child) link;
};

struct child_pool {
	struct ev_loop *loop;
	ev_signal sigchld;
	LIST_HEAD(child_list, child) children;
};

void child_pool_start(struct child_pool *pool, struct ev_loop *loop);
void child_pool_stop(struct child_pool *pool);

/* Watch over a child; storage is the caller's until on_end was called or
 * child_forget().  A forgotten child is still reaped. */
void child_watch(struct child_pool *pool, struct child *c, pid_t pid,
    child_fn *on_end, void *arg);
void child_forget(struct child *c);

#endif
