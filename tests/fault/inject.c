/*
 * inject - let one system call of a program fail, or kill the program there.
 *
 *	inject LOG count PROGRAM ARG...
 *	inject LOG WHO CALL N ERROR PROGRAM ARG...
 *
 * "count" writes a line to LOG for each call that could fail: WHO CALL N WHAT.
 * WHO is "main", or "child" for processes that it forked and that are still
 * the same program; WHAT is the path or the file, where there is one; a "+"
 * behind CALL tells that it makes a file or a descriptor, or sets a limit.  The
 * second form lets the Nth such call return ERROR, a name as in errno(3),
 * without being made; KILL kills the process before it.  To die after a call
 * is to die before the next.  Calls of the dynamic loader, of sanitizers, about
 * counters of coverage, and of other programs that are started pass.
 *
 * LOG begins with "pid N" and ends with "ended STATUS", or with "left PROCESS"
 * when a process goes on for long without the program.  Exit status: the
 * program's, or 128 and its signal; 77 if the kernel does not let us.
 *
 * Not by ptrace, which is often refused: by a filter of seccomp(2) that asks us
 * about each such call.
 */

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SKIP 77
#define LEFT_AFTER 20 /* seconds */

struct call {
	const char *name;
	int number;
	int argument; /* which is a path, or one of these */
};

enum { ON_NOTHING = -1, ON_FD = -2 };

/* clang-format off */
static const struct call calls[] = {
#define PATH(name, argument) { #name, SYS_##name, argument }
#define FD(name) { #name, SYS_##name, ON_FD }
#define CALL(name) { #name, SYS_##name, ON_NOTHING }
	PATH(openat, 1), PATH(renameat, 1), PATH(renameat2, 1),
	PATH(unlinkat, 1), PATH(linkat, 1), PATH(symlinkat, 2),
	PATH(mkdirat, 1), PATH(mknodat, 1), PATH(fchmodat, 1),
	PATH(fchownat, 1), PATH(newfstatat, 1), PATH(statx, 1),
	PATH(statfs, 0), PATH(readlinkat, 1), PATH(faccessat, 1),
	PATH(inotify_add_watch, 1), PATH(truncate, 0), PATH(utimensat, 1),
	PATH(chdir, 0), PATH(execve, 0), FD(read), FD(pread64), FD(write),
	FD(pwrite64), FD(writev), FD(lseek), FD(close), FD(fsync),
	FD(fdatasync), FD(syncfs), FD(fchmod), FD(fchown), FD(fstat),
	FD(fstatfs), FD(getdents64), FD(fcntl), FD(flock), FD(fallocate),
	FD(ftruncate), FD(copy_file_range), FD(sendfile), FD(ioctl),
	FD(epoll_ctl), FD(epoll_pwait), FD(splice), FD(inotify_rm_watch),
	FD(fgetxattr), FD(sync_file_range), FD(connect), FD(sendto),
	CALL(clone), CALL(clone3), CALL(mmap), CALL(memfd_create),
	CALL(setsid), CALL(close_range), CALL(prctl), CALL(setitimer),
	CALL(brk), CALL(mremap), CALL(pipe2), CALL(dup), CALL(dup3),
	CALL(inotify_init1), CALL(epoll_create1), CALL(timerfd_create),
	CALL(eventfd2), CALL(signalfd4), CALL(waitid), CALL(wait4), CALL(kill),
	CALL(ppoll), CALL(nanosleep), CALL(clock_nanosleep), CALL(setgroups),
	CALL(setgid), CALL(setuid), CALL(setresgid), CALL(setresuid),
	CALL(setpgid), CALL(setpriority), CALL(fchdir), CALL(socket),
	CALL(getcwd), CALL(prlimit64), CALL(pselect6), CALL(madvise),
#ifdef SYS_open
	PATH(open, 0), PATH(stat, 0), PATH(lstat, 0), PATH(rename, 0),
	PATH(unlink, 0), PATH(rmdir, 0), PATH(mkdir, 0), PATH(mknod, 0),
	PATH(link, 0), PATH(symlink, 1), PATH(readlink, 0), PATH(chmod, 0),
	PATH(chown, 0), PATH(access, 0), CALL(pipe), CALL(dup2), CALL(fork),
	CALL(vfork), CALL(epoll_wait), CALL(poll), CALL(epoll_create),
	CALL(getdents),
#endif
};

static const struct {
	const char *name;
	int number;
} errors[] = {
#define ERROR(name) { #name, name }
	ERROR(EACCES), ERROR(EAGAIN), ERROR(EBUSY), ERROR(ECONNREFUSED),
	ERROR(EDQUOT), ERROR(EEXIST), ERROR(EINTR), ERROR(EINVAL), ERROR(EIO),
	ERROR(ELOOP), ERROR(EMFILE), ERROR(EMLINK), ERROR(ENFILE),
	ERROR(ENOBUFS), ERROR(ENOENT), ERROR(ENOLCK), ERROR(ENOMEM),
	ERROR(ENOSPC), ERROR(ENOSYS), ERROR(ENOTDIR), ERROR(EOPNOTSUPP),
	ERROR(EPERM), ERROR(EPIPE), ERROR(EROFS), ERROR(ESRCH), ERROR(ESTALE),
	ERROR(ETXTBSY), ERROR(EXDEV),
};
/* clang-format on */

enum { MAIN, CHILD, WHO };
static const char *const who_name[WHO] = { "main", "child" };

#define NCALLS (sizeof(calls) / sizeof(calls[0]))

struct injector {
	FILE *log;
	const char *program; /* as /proc/PID/exe tells it */
	pid_t pid;
	int listener;
	size_t call; /* NCALLS: only count */
	int who;
	long at;
	int error; /* 0: kill */
	bool done;
	long counts[WHO][NCALLS];
};

static void
die(const char *what)
{
	perror(what);
	exit(SKIP);
}

static void
tell(struct injector *in, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (vfprintf(in->log, fmt, ap) < 0 || fflush(in->log) != 0)
		die("log");
	va_end(ap);
}

/* --- the filter -------------------------------------------------------- */

/* Ask about one call, or about all of the table. */
static int
install_filter(size_t only)
{
	struct sock_filter code[2 * NCALLS + 2];
	struct sock_fprog program = { .filter = code };
	unsigned n = 0;
	long fd;
	size_t i;

	code[n++] = (struct sock_filter)BPF_STMT(
	    BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (i = 0; i < NCALLS; i++) {
		if (only != NCALLS && only != i)
			continue;
		code[n++] = (struct sock_filter)BPF_JUMP(
		    BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i].number, 0, 1);
		code[n++] = (struct sock_filter)BPF_STMT(
		    BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	}
	code[n++] =
	    (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	program.len = (unsigned short)n;
	/* For who is not root; refused to nobody. */
	if (geteuid() != 0)
		(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	    SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	return (int)fd;
}

/* The listener goes to the parent as a message: sendmsg is not asked about. */
static void
send_listener(int to, int fd)
{
	char room[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec byte = { .iov_base = (char[]){ 'x' }, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &byte,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof(room) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	if (sendmsg(to, &message, 0) == -1)
		_exit(SKIP);
}

static int
receive_listener(int from)
{
	char room[CMSG_SPACE(sizeof(int))], c;
	struct iovec byte = { .iov_base = &c, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &byte,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof(room) };
	struct cmsghdr *head;
	int fd;

	if (recvmsg(from, &message, MSG_CMSG_CLOEXEC) != 1)
		return -1;
	head = CMSG_FIRSTHDR(&message);
	if (head == NULL || head->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(head), sizeof(fd));
	return fd;
}

static void
start(struct injector *in, char **argv)
{
	int pair[2], fd;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		die("socketpair");
	in->pid = fork();
	if (in->pid == -1)
		die("fork");
	if (in->pid == 0) {
		fd = install_filter(in->call);
		if (fd == -1)
			die("seccomp");
		send_listener(pair[0], fd);
		execv(argv[0], argv);
		die(argv[0]);
	}
	(void)close(pair[0]); /* so that the read ends if the child does */
	in->listener = receive_listener(pair[1]);
	(void)close(pair[1]); /* has served */
	if (in->listener == -1) {
		fprintf(stderr, "inject: no filter\n");
		exit(SKIP);
	}
}

/* --- who asks ----------------------------------------------------------- */

static bool
is_program(const struct injector *in, pid_t pid)
{
	char link[64], exe[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%ld/exe", (long)pid);
	n = readlink(link, exe, sizeof(exe) - 1);
	if (n == -1)
		return false;
	exe[n] = '\0';
	return strcmp(exe, in->program) == 0;
}

/* Does the call come from the loader, or from a sanitizer's own code? */
static bool
is_foreign(pid_t pid, unsigned long long at)
{
	unsigned long long from, to;
	char path[64], line[PATH_MAX + 128];
	bool foreign = false;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%ld/maps", (long)pid);
	maps = fopen(path, "re");
	if (maps == NULL)
		return true; /* it is gone */
	while (fgets(line, sizeof(line), maps) != NULL)
		if (sscanf(line, "%llx-%llx", &from, &to) == 2 && at >= from &&
		    at < to) {
			foreign = strstr(line, "/ld-") != NULL ||
				  strstr(line, "/libasan") != NULL ||
				  strstr(line, "/libubsan") != NULL;
			break;
		}
	(void)fclose(maps); /* only read */
	return foreign;
}

/* What the call is about: a path, or what a descriptor is. */
static void
get_object(const struct seccomp_notif *ask, const struct call *call, char *path,
    size_t size)
{
	struct iovec here = { .iov_base = path, .iov_len = size - 1 }, there;
	char link[64];
	ssize_t n;
	char *p;

	path[0] = '\0';
	if (call->argument == ON_NOTHING)
		return;
	if (call->argument == ON_FD) {
		snprintf(link, sizeof(link), "/proc/%ld/fd/%d", (long)ask->pid,
		    (int)ask->data.args[0]);
		n = readlink(link, path, size - 1);
		path[n == -1 ? 0 : n] = '\0';
		return;
	}
	/* A page at most, so that the end of the memory is no matter. */
	there.iov_base =
	    (void *)(uintptr_t)ask->data.args[call->argument]; /* not ours */
	there.iov_len = 4096 - (ask->data.args[call->argument] & 4095);
	if (there.iov_len > size - 1)
		there.iov_len = size - 1;
	n = process_vm_readv((pid_t)ask->pid, &here, 1, &there, 1, 0);
	path[n == -1 ? 0 : n] = '\0';
	for (p = path; *p != '\0'; p++)
		if (*p == '\n')
			*p = '?';
}

/* Does it make a file or a descriptor, or set what others only ask for? */
static bool
is_more(const struct seccomp_notif *ask)
{
	switch (ask->data.nr) {
	case SYS_openat:
		return (ask->data.args[2] & O_CREAT) != 0;
	case SYS_fcntl:
		return ask->data.args[1] == F_DUPFD ||
		       ask->data.args[1] == F_DUPFD_CLOEXEC;
	case SYS_prlimit64:
		return ask->data.args[2] != 0;
	}
	return false;
}

/* --- answering ---------------------------------------------------------- */

/* Returns false if the call is to be made. */
static bool
judge(struct injector *in, const struct seccomp_notif *ask,
    struct seccomp_notif_resp *answer)
{
	pid_t pid = (pid_t)ask->pid;
	int who = pid == in->pid ? MAIN : CHILD;
	char path[PATH_MAX];
	size_t i;

	for (i = 0; calls[i].number != ask->data.nr; i++)
		;
	if (in->done || !is_program(in, pid) ||
	    is_foreign(pid, ask->data.instruction_pointer))
		return false;
	get_object(ask, &calls[i], path, sizeof(path));
	if (strstr(path, ".gcda") != NULL)
		return false;
	in->counts[who][i]++;
	if (in->call != NCALLS &&
	    (who != in->who || in->counts[who][i] != in->at))
		return false;
	tell(in, "%s %s%s %ld %s\n", who_name[who], calls[i].name,
	    is_more(ask) ? "+" : "", in->counts[who][i], path);
	if (in->call == NCALLS)
		return false;
	in->done = true;
	if (in->error == 0)
		(void)kill(pid, SIGKILL); /* it waits for our answer */
	/* brk(2) itself tells no error: the break is not where it should be. */
	if (ask->data.nr != SYS_brk)
		answer->error = in->error == 0 ? -EIO : -in->error;
	return true;
}

static void
serve(struct injector *in)
{
	struct seccomp_notif ask;
	struct seccomp_notif_resp answer;

	memset(&ask, 0, sizeof(ask));
	memset(&answer, 0, sizeof(answer));
	/* Whoever asked may be gone: ENOENT. */
	if (ioctl(in->listener, SECCOMP_IOCTL_NOTIF_RECV, &ask) == -1)
		return;
	answer.id = ask.id;
	if (!judge(in, &ask, &answer))
		answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	(void)ioctl(in->listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

/* Until the program and all that it started have ended. */
static int
serve_all(struct injector *in)
{
	struct pollfd poll_set = { .fd = in->listener, .events = POLLIN };
	int status = -1, seconds = 0;

	while (poll(&poll_set, 1, 1000) >= 0 || errno == EINTR) {
		if ((poll_set.revents & POLLIN) != 0)
			serve(in);
		else if ((poll_set.revents & POLLHUP) != 0)
			break;
		else if (status != -1 && ++seconds > LEFT_AFTER) {
			tell(in, "left a process\n");
			break;
		}
		if (status == -1)
			(void)waitpid(in->pid, &status, WNOHANG);
	}
	if (status == -1 && waitpid(in->pid, &status, 0) == -1)
		die("wait");
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}

static void
parse(struct injector *in, char **argv)
{
	size_t i;

	for (i = 0; i < WHO && strcmp(who_name[i], argv[0]) != 0; i++)
		;
	in->who = (int)i;
	for (in->call = 0;
	     in->call < NCALLS && strcmp(calls[in->call].name, argv[1]) != 0;
	     in->call++)
		;
	in->at = atol(argv[2]);
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (strcmp(errors[i].name, argv[3]) == 0)
			in->error = errors[i].number;
	if (in->who == WHO || in->call == NCALLS || in->at <= 0 ||
	    (in->error == 0 && strcmp(argv[3], "KILL") != 0)) {
		fprintf(stderr, "inject: no such who, call, number or error\n");
		exit(2);
	}
}

int
main(int argc, char **argv)
{
	struct injector in = { .call = NCALLS };
	char exe[PATH_MAX];
	char **program = argv + 3;
	int status;

	if (argc >= 7 && strcmp(argv[2], "count") != 0) {
		parse(&in, argv + 2);
		program = argv + 6;
	} else if (argc < 4)
		return 2;
	in.log = fopen(argv[1], "we");
	if (in.log == NULL || realpath(program[0], exe) == NULL)
		die(program[0]);
	in.program = exe;
	(void)signal(SIGPIPE, SIG_IGN); /* a write says so */
	start(&in, program);
	tell(&in, "pid %ld\n", (long)in.pid);
	status = serve_all(&in);
	tell(&in, "ended %d\n", status);
	return status;
}
