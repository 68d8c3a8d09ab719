#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "daemon/child.h"
#include "daemon/log.h"

static struct child *
find_child(struct child_pool *pool, pid_t pid)
{
	struct child *c;

	LIST_FOREACH(c, &pool->children, link)
	if (c->pid == pid)
		return c;
	return NULL;
}

/* What waitpid() would have said, in its own encoding. */
static int
wait_status(const siginfo_t *info)
{
	if (info->si_code == CLD_EXITED)
		return (info->si_status & 0xff) << 8;
	if (info->si_code == CLD_DUMPED)
		return info->si_status | 0x80;
	return info->si_status;
}

/*
 * The owner hears of the end while the dead leader still holds its process
 * group's number, so that a last signal to the group hits nobody else.  The
 * storage may be in use for the next child when the callback returns.
 */
static void
bury(struct child_pool *pool, const siginfo_t *info)
{
	struct child *c = find_child(pool, info->si_pid);

	if (c != NULL) {
		child_forget(c);
		c->on_end(c, wait_status(info), c->arg);
	}
	while (waitpid(info->si_pid, NULL, 0) == -1) {
		if (errno == EINTR)
			continue;
		log_warn("process %ld: wait", (long)info->si_pid);
		break;
	}
}

/* Any number of children may stand behind one SIGCHLD. */
static void
on_sigchld(struct ev_loop *loop, ev_signal *w, int revents)
{
	struct child_pool *pool = w->data;
	siginfo_t info;

	(void)loop;
	(void)revents;

	for (;;) {
		info.si_pid = 0; /* stays so if nobody has ended */
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) ==
		    -1) {
			if (errno == EINTR)
				continue;
			if (errno != ECHILD)
				log_warn("wait for children");
			return;
		}
		if (info.si_pid == 0)
			return;
		bury(pool, &info);
	}
}

void
child_pool_start(struct child_pool *pool, struct ev_loop *loop)
{
	memset(pool, 0, sizeof(*pool));
	pool->loop = loop;
	LIST_INIT(&pool->children);
	ev_signal_init(&pool->sigchld, on_sigchld, SIGCHLD);
	pool->sigchld.data = pool;
	ev_signal_start(loop, &pool->sigchld);
}

void
child_pool_stop(struct child_pool *pool)
{
	if (pool->loop == NULL)
		return;
	while (!LIST_EMPTY(&pool->children))
		child_forget(LIST_FIRST(&pool->children));
	ev_signal_stop(pool->loop, &pool->sigchld);
	pool->loop = NULL;
}

void
child_watch(struct child_pool *pool, struct child *c, pid_t pid,
    child_fn *on_end, void *arg)
{
	c->pid = pid;
	c->on_end = on_end;
	c->arg = arg;
	LIST_INSERT_HEAD(&pool->children, c, link);
}

void
child_forget(struct child *c)
{
	if (c->pid == 0)
		return;
	LIST_REMOVE(c, link);
	c->pid = 0;
}
