#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/clock.h"
#include "daemon/job.h"
#include "daemon/log.h"
#include "daemon/runlock.h"

#define READ_SIZE 65536 /* bytes of output for each turn of the loop */

/* Everybody who was in the group when its leader was started by us. */
static void
signal_group(const struct job *job, int sig)
{
	int rc = kill(-job->pid, sig);

	if (rc == -1 && errno == ESRCH) /* it has not even made its group */
		rc = kill(job->pid, sig);
	if (rc == -1 && errno != ESRCH)
		log_warn("%s: signal %d to process group %ld", job->name, sig,
		    (long)job->pid);
}

static void
start_timer(struct job *job, ev_timer *timer, double seconds)
{
	/* The loop's idea of now is as old as this turn of it. */
	ev_now_update(job->loop);
	ev_timer_set(timer, seconds, 0.);
	ev_timer_start(job->loop, timer);
}

/* ---- the lock ---- */

int
job_lock(struct job *job, const char *path)
{
	job_release(job); /* of a run that is over */
	job->lock_fd = runlock_take(path);
	return job->lock_fd == -1 ? -1 : 0;
}

void
job_release(struct job *job)
{
	int saved_errno = errno;

	runlock_release(job->lock_fd, job->name);
	job->lock_fd = -1;
	if (job->sign_fd == -1)
		return;
	/* Now, and not before the next command, which somebody waits for.  Who
	 * dies before it leaves what has always been left. */
	job->blank = runlock_clear(job->sign_fd) == 0;
	(void)close(job->sign_fd); /* a hint for a later daemon, no more */
	job->sign_fd = -1;
	errno = saved_errno;
}

/* ---- the end ---- */

static void
close_output(struct job *job)
{
	if (job->output_fd == -1)
		return;
	ev_io_stop(job->loop, &job->readable);
	(void)close(job->output_fd); /* nothing was written */
	job->output_fd = -1;
}

static void
on_text(const char *line, void *arg)
{
	struct job *job = arg;

	job->on_line(job, line, job->arg);
}

/* Over when the command has ended and its output too, whichever is last. */
static void
finish_if_over(struct job *job)
{
	if (job->alive || job->output_fd != -1)
		return;
	ev_timer_stop(job->loop, &job->timeout);
	ev_timer_stop(job->loop, &job->linger);
	line_flush(job->partial, on_text, job);
	free(job->partial);
	job->partial = NULL;
	job->on_end(job, job->wait_status, job->arg);
}

/*
 * One read for each turn: libev tells us again of what is left, and a command
 * that never stops talking cannot keep the rest of the daemon from its work.
 */
static void
on_readable(struct ev_loop *loop, ev_io *w, int revents)
{
	struct job *job = w->data;
	char bytes[READ_SIZE];
	ssize_t n;

	(void)loop;
	(void)revents;

	n = read(job->output_fd, bytes, sizeof(bytes));
	if (n > 0) {
		(void)line_feed(job->partial, bytes, (size_t)n, on_text, job);
		return;
	}
	if (n == -1) {
		if (errno == EAGAIN || errno == EINTR)
			return;
		log_warn("%s: read output", job->name);
	}
	close_output(job);
	finish_if_over(job);
}

static void
on_linger(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct job *job = w->data;

	(void)loop;
	(void)revents;

	log_warnx("%s: left behind processes that hold its output", job->name);
	close_output(job);
	finish_if_over(job);
}

static void
end_group(struct job *job)
{
	job->timed_out = true;
	signal_group(job, SIGTERM);
	signal_group(job, SIGCONT); /* who is stopped cannot obey */
	ev_timer_stop(job->loop, &job->timeout);
	start_timer(job, &job->timeout, job->stop_timeout);
}

static void
on_timeout(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct job *job = w->data;

	(void)loop;
	(void)revents;

	if (job->timed_out) {
		log_warnx("%s: killed, it did not obey TERM", job->name);
		signal_group(job, SIGKILL);
		return;
	}
	log_warnx("%s: timed out, ending it", job->name);
	end_group(job);
}

/* The leader has ended and is not reaped yet: its group is still ours. */
static void
on_child_end(struct child *c, int status, void *arg)
{
	struct job *job = arg;

	(void)c;

	ev_timer_stop(job->loop, &job->timeout);
	if (job->timed_out)
		signal_group(job, SIGKILL);
	job->alive = false;
	job->wait_status = status;
	if (job->output_fd != -1)
		start_timer(job, &job->linger, JOB_LINGER);
	finish_if_over(job);
}

/* ---- the start ---- */

void
job_init(struct job *job)
{
	memset(job, 0, sizeof(*job));
	job->output_fd = -1;
	job->lock_fd = -1;
	job->sign_fd = -1;
	ev_init(&job->readable, on_readable);
	ev_init(&job->timeout, on_timeout);
	ev_init(&job->linger, on_linger);
	job->readable.data = job;
	job->timeout.data = job;
	job->linger.data = job;
}

/* Only our end is non-blocking: a command may expect its own to wait. */
static int
open_output(struct job *job, int *write_fd)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) == -1)
		return -1;
	job->output_fd = fds[0];
	*write_fd = fds[1];
	return fcntl(fds[0], F_SETFL, O_NONBLOCK);
}

/* What a step was about, where its error alone does not tell. */
static const char *
object_of(const struct spawn *s, const char *step)
{
	if (strcmp(step, "exec") == 0)
		return s->program;
	return strcmp(step, "chdir") == 0 ? s->dir : NULL;
}

static int
start_command(struct job *job, const struct job_spec *spec)
{
	struct spawn s = spec->spawn;
	const char *step = "pipe";
	int saved_errno;

	s.output_fd = -1;
	s.lock_fd = job->lock_fd;
	job->started_at = clock_monotonic();
	job->pid = -1;
	if (open_output(job, &s.output_fd) == 0)
		job->pid = spawn_start(&s, &step);
	saved_errno = errno;
	if (s.output_fd != -1)
		(void)close(s.output_fd); /* the command has its own */
	errno = saved_errno;
	if (job->pid == -1) {
		log_warn("%s: start %s: %s", job->name, s.program, step);
		job->object = object_of(&s, step);
		return -1;
	}
	job->alive = true;
	return 0;
}

int
job_start(struct job *job, struct ev_loop *loop, struct child_pool *pool,
    const struct job_spec *spec, job_line_fn *on_line, job_end_fn *on_end,
    void *arg)
{
	job->name = spec->name;
	job->loop = loop;
	job->timed_out = false;
	job->object = NULL;
	job->stop_timeout = spec->stop_timeout;
	job->on_line = on_line;
	job->on_end = on_end;
	job->arg = arg;
	if (job->lock_fd == -1 && job_lock(job, spec->lock_path) == -1)
		goto fail;
	job->partial = malloc(sizeof(*job->partial));
	if (job->partial == NULL) {
		log_warn("%s: start", job->name);
		goto fail;
	}
	line_init(job->partial, LINE_SPLIT);
	job->sign_fd = job->blank ? runlock_reopen(spec->lock_path)
				  : runlock_blank(spec->lock_path);
	if (job->sign_fd == -1)
		goto fail; /* it would name the run before, which is over */
	job->blank = false;
	if (start_command(job, spec) == -1)
		goto fail;
	runlock_sign(job->sign_fd, spec->lock_path, job->pid);
	child_watch(pool, &job->child, job->pid, on_child_end, job);
	ev_io_set(&job->readable, job->output_fd, EV_READ);
	ev_io_start(loop, &job->readable);
	if (spec->timeout > 0)
		start_timer(job, &job->timeout, spec->timeout);
	return 0;

fail:
	job_close(job);
	return -1;
}

void
job_stop(struct job *job)
{
	if (job->alive && !job->timed_out)
		end_group(job);
}

void
job_close(struct job *job)
{
	int saved_errno = errno;

	if (job->alive)
		signal_group(job, SIGKILL);
	job->alive = false;
	child_forget(&job->child);
	if (job->loop != NULL) {
		ev_timer_stop(job->loop, &job->timeout);
		ev_timer_stop(job->loop, &job->linger);
	}
	close_output(job);
	job_release(job);
	free(job->partial);
	job->partial = NULL;
	errno = saved_errno;
}
