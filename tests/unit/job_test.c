#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/job.h"
#include "daemon/runlock.h"
#include "daemon/spawn.h"
#include "tests/unit/check.h"

#define LINES 40

struct seen {
	struct ev_loop *loop;
	char line[LINES][256];
	size_t lines, bytes;
	int ends, status;
	bool locked; /* when on_end was called */
	const char *lock_path;
	struct child_pool *pool;
	const struct job_spec *again; /* to be started from on_end */
};

static char *const env[] = { (char[]){ "PATH=/usr/bin:/bin" },
	(char[]){ "X=y" }, NULL };

static bool
is_locked(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

	rc = flock(fd, LOCK_EX | LOCK_NB);
	close(fd);
	return rc == -1;
}

static void
on_line(struct job *job, const char *line, void *arg)
{
	struct seen *s = arg;

	(void)job;
	if (s->lines < LINES)
		snprintf(s->line[s->lines], sizeof(s->line[0]), "%s", line);
	s->lines++;
	s->bytes += strlen(line);
}

static void
on_end(struct job *job, int status, void *arg)
{
	struct seen *s = arg;
	const struct job_spec *again = s->again;

	s->ends++;
	s->status = status;
	s->locked = is_locked(s->lock_path);
	s->again = NULL;
	if (again != NULL &&
	    job_start(job, s->loop, s->pool, again, on_line, on_end, s) == 0)
		return;
	ev_break(s->loop, EVBREAK_ALL);
}

static struct job_spec
shell(const struct seen *s, char **argv, const char *script)
{
	static char sh[] = "sh", dash_c[] = "-c";
	struct job_spec spec = { .name = "rule",
		.spawn = { .program = "/bin/sh",
		    .argv = argv,
		    .envp = env,
		    .dir = "/",
		    .uid = (uid_t)-1,
		    .gid = (gid_t)-1,
		    .umask = 027 },
		.lock_path = s->lock_path,
		.stop_timeout = 10 };

	argv[0] = sh;
	argv[1] = dash_c;
	argv[2] = strdup(script);
	argv[3] = NULL;
	return spec;
}

static void
forget(struct seen *s)
{
	s->lines = s->bytes = 0;
	s->ends = 0;
	s->status = -1;
}

/* Run a script to its end.  Returns its wait status, -1 if it did not start. */
static int
run(struct seen *s, struct job *job, const char *script, double timeout,
    double stop_timeout)
{
	char *argv[4];
	struct job_spec spec = shell(s, argv, script);
	int rc;

	spec.timeout = timeout;
	spec.stop_timeout = stop_timeout;
	forget(s);
	rc = job_start(job, s->loop, s->pool, &spec, on_line, on_end, s);
	free(argv[2]);
	if (rc == -1)
		return -1;
	ev_run(s->loop, 0);
	return s->status;
}

static int
test_output(struct seen *s, struct job *job)
{
	int status =
	    run(s, job, "echo one; echo two >&2; printf x; exit 3", 0, 1);

	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 3);
	CHECK(s->ends == 1 && s->lines == 3 && !job->timed_out);
	CHECK(strcmp(s->line[0], "one") == 0);
	CHECK(strcmp(s->line[1], "two") == 0);
	CHECK(strcmp(s->line[2], "x") == 0);
	CHECK(s->locked && is_locked(s->lock_path));
	job_release(job);
	CHECK(!is_locked(s->lock_path));
	job_release(job);
	return 0;
}

/* Nothing is inherited: not the blocked TERM, the ignored PIPE, the pipe. */
static int
test_inheritance(struct seen *s, struct job *job)
{
	const struct rlimit files = { 77, 78 };
	char *argv[4];
	struct job_spec spec = shell(s, argv, "ulimit -n");
	int status, fds[2];

	CHECK(pipe(fds) == 0 && fds[1] > 3);
	status = run(s, job,
	    "grep -E '^Sig(Blk|Ign|Cgt):' /proc/self/status | cut -f2;"
	    "readlink /proc/$$/fd/0; echo $$ $(cut -d' ' -f5 /proc/$$/stat);"
	    "umask; pwd; echo $X $HOME; ls /proc/$$/fd; exit 0",
	    0, 1);
	CHECK(status == 0 && s->lines == 12);
	CHECK(strcmp(s->line[0], "0000000000000000") == 0);
	/* But for two of glibc's own, which its posix_spawn(3) leaves ignored
	 * in make's children, and which nobody can set. */
	CHECK((strtoull(s->line[1], NULL, 16) & ~0x180000000ULL) == 0);
	CHECK(strcmp(s->line[3], "/dev/null") == 0);
	CHECK(atol(s->line[4]) == (long)job->pid);
	CHECK(atol(strchr(s->line[4], ' ')) == (long)job->pid);
	CHECK(strcmp(s->line[5], "0027") == 0);
	CHECK(strcmp(s->line[6], "/") == 0);
	CHECK(strcmp(s->line[7], "y") == 0);
	CHECK(strcmp(s->line[11], "3") == 0);
	spec.spawn.files = &files;
	forget(s);
	CHECK(job_start(job, s->loop, s->pool, &spec, on_line, on_end, s) == 0);
	free(argv[2]);
	ev_run(s->loop, 0);
	CHECK(s->status == 0 && strcmp(s->line[0], "77") == 0);
	close(fds[0]);
	close(fds[1]);
	return 0;
}

static int
test_user(struct seen *s, struct job *job)
{
	char *argv[4];
	struct job_spec spec = shell(s, argv, "id -u; id -G; echo >&3");
	gid_t other = 12345;

	if (geteuid() != 0) {
		free(argv[2]);
		return 0;
	}
	CHECK(setgroups(1, &other) == 0);
	spec.spawn.user = "nobody";
	spec.spawn.uid = spec.spawn.gid = 65534;
	spec.spawn.nice = 5;
	forget(s);
	CHECK(job_start(job, s->loop, s->pool, &spec, on_line, on_end, s) == 0);
	free(argv[2]);
	ev_run(s->loop, 0);
	CHECK(strcmp(s->line[0], "65534") == 0);
	CHECK(strcmp(s->line[1], "65534") == 0);
	CHECK(s->status != 0 && s->lines == 3); /* the lock is read-only */
	return 0;
}

static int
test_cannot_start(struct seen *s, struct job *job)
{
	char *argv[4];
	struct job_spec spec = shell(s, argv, "exit 0");

	forget(s);
	spec.spawn.program = "/nonexistent/program";
	CHECK(
	    job_start(job, s->loop, s->pool, &spec, on_line, on_end, s) == -1);
	CHECK(errno == ENOENT && !is_locked(s->lock_path));
	spec.spawn.program = "/bin/sh";
	spec.spawn.dir = "/dev/null";
	CHECK(
	    job_start(job, s->loop, s->pool, &spec, on_line, on_end, s) == -1);
	CHECK(errno == ENOTDIR && s->ends == 0);
	CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	free(argv[2]);
	return 0;
}

/* A lock that cannot be blanked would go on naming the run before. */
static int
test_cannot_blank(struct seen *s, struct job *job)
{
	char *argv[4];
	struct job_spec spec = shell(s, argv, "exit 0");
	int rc;

	forget(s);
	CHECK(job_lock(job, s->lock_path) == 0 && unlink(s->lock_path) == 0);
	rc = job_start(job, s->loop, s->pool, &spec, on_line, on_end, s);
	CHECK(rc == -1 && errno == ENOENT && s->ends == 0);
	free(argv[2]);
	job_release(job);
	return 0;
}

/* One run, with the lock still held at its end. */
static int
run_once(struct seen *s, struct job *job)
{
	char *argv[4];
	struct job_spec spec = shell(s, argv, "exit 0");
	bool over;

	forget(s);
	CHECK(job_start(job, s->loop, s->pool, &spec, on_line, on_end, s) == 0);
	ev_run(s->loop, 0);
	free(argv[2]);
	CHECK(s->status == 0 && s->ends == 1);
	CHECK(runlock_holder(s->lock_path, &over) == 0 && over);
	return 0;
}

/* A run that is over is named no more; if that could not be done, the next one
 * does it. */
static int
test_blank(struct seen *s, struct job *job)
{
	struct rlimit was, none;
	bool over;

	CHECK(run_once(s, job) == 0);
	job_release(job);
	CHECK(job->blank && job->sign_fd == -1 && !is_locked(s->lock_path));
	CHECK(runlock_holder(s->lock_path, &over) == 0 && !over);
	job_release(job);
	CHECK(job->blank && run_once(s, job) == 0);
	CHECK(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	CHECK(getrlimit(RLIMIT_FSIZE, &was) == 0);
	none = was;
	none.rlim_cur = 0;
	CHECK(setrlimit(RLIMIT_FSIZE, &none) == 0);
	job_release(job);
	CHECK(setrlimit(RLIMIT_FSIZE, &was) == 0);
	CHECK(signal(SIGXFSZ, SIG_DFL) != SIG_ERR);
	CHECK(!job->blank && job->sign_fd == -1);
	CHECK(runlock_holder(s->lock_path, &over) == 0 && over);
	CHECK(run_once(s, job) == 0);
	/* Another file is a new one, which names nobody either. */
	CHECK(unlink(s->lock_path) == 0);
	job_release(job);
	CHECK(job->blank && run_once(s, job) == 0);
	job_release(job);
	return 0;
}

static int
test_lock(struct seen *s, struct job *job)
{
	char *argv[4];
	struct job_spec spec = shell(s, argv, "read x < fifo; exit 0");
	struct job other;
	bool over;
	int fd;

	spec.spawn.dir = ".";
	CHECK(mkfifo("fifo", 0600) == 0);
	forget(s);
	CHECK(job_start(job, s->loop, s->pool, &spec, on_line, on_end, s) == 0);
	job_init(&other);
	CHECK(job_start(&other, s->loop, s->pool, &spec, on_line, on_end, s) ==
	      -1);
	CHECK(errno == EWOULDBLOCK);
	CHECK(runlock_holder(s->lock_path, &over) == job->pid && !over);
	fd = open("fifo", O_RDWR | O_CLOEXEC);
	CHECK(write(fd, "\n", 1) == 1);
	ev_run(s->loop, 0);
	close(fd);
	CHECK(s->status == 0 && s->ends == 1);
	CHECK(runlock_holder(s->lock_path, &over) == 0 && over);
	job_close(&other);
	free(argv[2]);
	return 0;
}

/* Run a script that waits for the end of its time, until that was long enough
 * for its traps: before them TERM ends it, as it may on a busy machine. */
static int
run_out_of_time(struct seen *s, struct job *job, const char *script,
    double timeout, double stop_timeout)
{
	int status;

	do {
		status = run(s, job, script, timeout, stop_timeout);
		timeout *= 2;
	} while (
	    WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM && timeout < 60);
	return status;
}

/* TERM is ignored, and so is it by the child: only KILL to the group helps. */
static int
test_timeout(struct seen *s, struct job *job)
{
	int status = run_out_of_time(
	    s, job, "trap '' TERM; sleep 1000; sleep 1000", .05, .05);

	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK(job->timed_out && s->ends == 1);
	/* The leader obeys; its child, which does not, must not stay. */
	CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	status = run_out_of_time(s, job,
	    "trap 'exit 7' TERM; (trap '' TERM; exec sleep 5) & echo $!;"
	    "wait; wait",
	    .2, 1000);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	CHECK(s->lines == 1 && job->timed_out);
	if (waitpid((pid_t)atol(s->line[0]), &status, 0) != -1)
		CHECK(WIFSIGNALED(status));
	CHECK(prctl(PR_SET_CHILD_SUBREAPER, 0) == 0);
	return 0;
}

static void
stop_soon(struct job *job, const char *line, void *arg)
{
	on_line(job, line, arg);
	job_stop(job);
	job_stop(job);
}

static int
test_stop(struct seen *s, struct job *job)
{
	char *argv[4];
	struct job_spec spec = shell(s, argv, "echo up; exec sleep 1000");

	forget(s);
	CHECK(
	    job_start(job, s->loop, s->pool, &spec, stop_soon, on_end, s) == 0);
	ev_run(s->loop, 0);
	CHECK(WIFSIGNALED(s->status) && WTERMSIG(s->status) == SIGTERM);
	CHECK(s->ends == 1);
	free(argv[2]);
	return 0;
}

/* What the command leaves behind lives on, and cannot keep the lock. */
static int
test_survivor(struct seen *s, struct job *job)
{
	int status = run(s, job, "sleep 1000 & echo $!", 0, 1);
	pid_t pid = (pid_t)atol(s->line[0]);

	CHECK(status == 0 && s->ends == 1 && s->lines == 1);
	CHECK(pid > 1 && kill(pid, 0) == 0);
	job_release(job);
	CHECK(!is_locked(s->lock_path));
	CHECK(kill(pid, SIGKILL) == 0);
	return 0;
}

static void
count_turn(struct ev_loop *loop, ev_prepare *w, int revents)
{
	(void)loop;
	(void)revents;
	++*(int *)w->data;
}

static int
test_flood(struct seen *s, struct job *job)
{
	int turns = 0;
	ev_prepare prepare;

	ev_prepare_init(&prepare, count_turn);
	prepare.data = &turns;
	ev_prepare_start(s->loop, &prepare);
	CHECK(run(s, job, "head -c 4000000 /dev/zero | tr '\\0' a", 0, 1) == 0);
	ev_prepare_stop(s->loop, &prepare);
	CHECK(s->bytes == 4000000 && turns >= 4000000 / 65536);
	return 0;
}

static int
test_again(struct seen *s, struct job *job)
{
	char *argv[4];
	struct job_spec spec = shell(s, argv, "echo again; exit 9");

	s->again = &spec;
	CHECK(WEXITSTATUS(run(s, job, "exit 1", 0, 1)) == 9);
	CHECK(s->ends == 2 && s->lines == 1);
	free(argv[2]);
	return 0;
}

static int
test_close(struct seen *s, struct job *job)
{
	char *argv[4];
	struct job_spec spec = shell(s, argv, "exec sleep 1000");
	pid_t pid;
	int status;

	forget(s);
	CHECK(job_start(job, s->loop, s->pool, &spec, on_line, on_end, s) == 0);
	pid = job->pid;
	job_close(job);
	job_close(job);
	CHECK(waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGKILL);
	CHECK(s->ends == 0 && !is_locked(s->lock_path));
	free(argv[2]);
	return 0;
}

int
main(void)
{
	char dir[] = "/tmp/job_test.XXXXXX";
	struct child_pool pool;
	struct seen s = { .lock_path = "rule.lock", .pool = &pool };
	struct job job;
	sigset_t term;
	int rc;

	spawn_clear_signals(); /* as the daemon does first of all */
	CHECK(mkdtemp(dir) != NULL && chdir(dir) == 0);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	CHECK(sigprocmask(SIG_BLOCK, &term, NULL) == 0);
	CHECK(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	s.loop = ev_loop_new(EVFLAG_AUTO);
	CHECK(s.loop != NULL);
	child_pool_start(&pool, s.loop);
	job_init(&job);

	rc = test_output(&s, &job) || test_inheritance(&s, &job) ||
	     test_user(&s, &job) || test_cannot_start(&s, &job) ||
	     test_cannot_blank(&s, &job) || test_blank(&s, &job) ||
	     test_lock(&s, &job) || test_timeout(&s, &job) ||
	     test_stop(&s, &job) || test_survivor(&s, &job) ||
	     test_flood(&s, &job) || test_again(&s, &job) ||
	     test_close(&s, &job);

	job_close(&job);
	child_pool_stop(&pool);
	child_pool_stop(&pool);
	ev_loop_destroy(s.loop);
	unlink("rule.lock");
	unlink("fifo");
	rmdir(dir);
	return rc;
}
