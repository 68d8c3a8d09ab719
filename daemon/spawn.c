#include <sys/types.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/fdrange.h"
#include "daemon/log.h"
#include "daemon/spawn.h"

/* What the child needs, and what it has to say: vfork() lets it write here. */
struct plan {
	const struct spawn *s;
	bool switch_user;
	bool forks; /* else it is vfork() */
	gid_t *groups;
	int group_count;
	int null_fd;
	const char *volatile step; /* the one that failed */
	volatile int error;
};

/* dup2() to the same number would leave O_CLOEXEC set. */
static int
place(int fd, int as_fd)
{
	if (fd == as_fd)
		return fcntl(fd, F_SETFD, 0);
	return dup2(fd, as_fd) == -1 ? -1 : 0;
}

static int
place_all(const struct plan *p)
{
	int error_fd = p->s->error_fd != 0 ? p->s->error_fd : p->s->output_fd;

	if (place(p->null_fd, 0) == -1 || place(p->s->output_fd, 1) == -1 ||
	    place(error_fd, 2) == -1)
		return -1;
	return p->s->lock_fd == -1 ? 0 : place(p->s->lock_fd, 3);
}

void
spawn_clear_signals(void)
{
	struct sigaction sa = { .sa_handler = SIG_DFL };
	int sig;

	for (sig = 1; sig < NSIG; sig++)
		(void)sigaction(sig, &sa, NULL); /* KILL, STOP: refused */
}

/*
 * A handler left in place could run here, on the parent's memory, as soon as
 * the mask is emptied; an ignored signal would stay ignored after exec.
 */
void
spawn_reset_signals(void)
{
	static const int ours[] = { SPAWN_SIGNALS };
	struct sigaction sa = { .sa_handler = SIG_DFL };
	size_t i;

	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		(void)sigaction(ours[i], &sa, NULL); /* valid: cannot fail */
}

static void
close_others(const struct spawn *s)
{
	fdrange_close(s->lock_fd == -1 ? 3 : 4, FDRANGE_ALL);
}

/* This may take memory, files, and the answer of another machine.  What it
 * leaves open is not the command's. */
static int
find_groups(struct plan *p)
{
	int room = 32, count;
	gid_t *bigger;

	for (;;) {
		bigger = realloc(p->groups, (size_t)room * sizeof(*bigger));
		if (bigger == NULL)
			return -1;
		p->groups = bigger;
		count = room;
		if (getgrouplist(p->s->user, p->s->gid, bigger, &count) != -1)
			break;
		room = count > room ? count : room * 2;
	}
	p->group_count = count;
	close_others(p->s);
	return 0;
}

static const char *
become_user(struct plan *p)
{
	if (!p->switch_user)
		return NULL;
	if (find_groups(p) == -1)
		return "groups";
	if (setgroups((size_t)p->group_count, p->groups) == -1)
		return "setgroups";
	if (setgid(p->s->gid) == -1)
		return "setgid";
	if (setuid(p->s->uid) == -1)
		return "setuid";
	return NULL;
}

static int
accept_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Returns the name of the step that failed ("": it has told why itself), or not
 * at all. */
static const char *
run_child(struct plan *p)
{
	const struct spawn *s = p->s;
	const char *step;

	/* A group of its own, and no terminal: through ours, a command that
	 * runs as another user could type into the shell that started us. */
	if (setsid() == -1)
		return "setsid";
	spawn_reset_signals();
	if (place_all(p) == -1)
		return "dup2";
	close_others(s);
	if (p->forks && accept_signals() == -1) /* it may be ended early */
		return "sigprocmask";
	if (s->prepare != NULL && s->prepare(s->arg) == -1)
		return "";
	if (s->nice != 0 && setpriority(PRIO_PROCESS, 0, s->nice) == -1)
		return "nice";
	if (s->files != NULL && setrlimit(RLIMIT_NOFILE, s->files) == -1)
		return "setrlimit";
	step = become_user(p);
	if (step != NULL)
		return step;
	(void)umask(s->umask); /* cannot fail */
	if (s->dir != NULL && chdir(s->dir) == -1)
		return "chdir";
	if (accept_signals() == -1)
		return "sigprocmask";
	execve(s->program, s->argv, s->envp);
	return "exec";
}

/* The caller of vfork() must not return in the child, and keeps no variable
 * that the child could spoil. */
static pid_t
start(struct plan *p)
{
	pid_t pid = vfork();

	if (pid == 0) {
		p->step = run_child(p);
		p->error = errno;
		_exit(127);
	}
	return pid;
}

/* Nobody waits for this one, so it tells by itself what goes wrong. */
static pid_t
start_forked(struct plan *p)
{
	pid_t pid = fork();
	const char *step;

	if (pid != 0)
		return pid;
	step = run_child(p);
	if (*step != '\0')
		log_warn("start %s: %s", p->s->program, step);
	_exit(111);
}

static int
prepare(struct plan *p)
{
	const struct spawn *s = p->s;

	/* A daemon that is not root may name itself as the user. */
	p->switch_user =
	    s->user != NULL && (geteuid() == 0 || s->uid != geteuid());
	p->forks = p->switch_user || s->prepare != NULL;
	p->step = "/dev/null";
	p->null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return p->null_fd == -1 ? -1 : 0;
}

static pid_t
start_blocked(struct plan *p)
{
	sigset_t all, before;
	pid_t pid;

	sigfillset(&all);
	p->step = "sigprocmask";
	if (sigprocmask(SIG_SETMASK, &all, &before) == -1)
		return -1;
	p->step = "fork";
	p->error = 0;
	pid = p->forks ? start_forked(p) : start(p);
	if (pid == -1)
		p->error = errno;
	/* Valid arguments: cannot fail. */
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	errno = p->error;
	return pid;
}

pid_t
spawn_start(const struct spawn *s, const char **step)
{
	struct plan p = { .s = s, .null_fd = -1 };
	pid_t pid = -1;
	int saved_errno;

	if (prepare(&p) == 0)
		pid = start_blocked(&p);
	saved_errno = errno;
	if (pid != -1 && p.error != 0) {
		while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
			continue;
		pid = -1;
	}
	if (p.null_fd != -1)
		(void)close(p.null_fd); /* nothing was written */
	*step = pid == -1 ? p.step : NULL;
	errno = saved_errno;
	return pid;
}
