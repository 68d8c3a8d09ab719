/*
 * spawn - start one command as somebody, somewhere, with nothing inherited.
 *
 * Everything is prepared before the process exists; between vfork and exec the
 * child makes only system calls, and the caller waits for its exec.  What might
 * take long (looking up another user's groups; what the caller wants prepared)
 * is done by a forked child, for which nobody waits: what goes wrong there it
 * tells as the command's output, and ends with 111.  Own process group, default
 * signals, empty mask, standard input from /dev/null, the descriptors given and
 * no others.
 *
 * Owns: nothing.
 * Uses: log, fdrange.
 */

#ifndef SPAWN_H
#define SPAWN_H

#include <sys/resource.h>
#include <sys/types.h>

struct spawn {
	const char *program; /* absolute */
	char *const *argv;
	char *const *envp;
	const char *dir;
	const char *user; /* for supplementary groups; NULL: stay who we are */
	uid_t uid;
	gid_t gid;
	mode_t umask;
	int nice;      /* 0: as we are */
	int output_fd; /* becomes 1; above 2 */
	int error_fd;  /* becomes 2; above 2; 0: output_fd does */
	int lock_fd;   /* becomes 3; above 2; -1: none */
	/* Of open files; NULL: as we have. */
	const struct rlimit *files;
	/* In the child, still as who we are, with the daemon's memory as it was
	 * and none of its descriptors: 0, or -1 with the reason logged.  NULL:
	 * nothing. */
	int (*prepare)(const void *arg);
	const void *arg;
};

/* Returns the pid, which is also the process group, or -1 with errno; errno of
 * a step in the child (chdir, setuid, exec) comes back too, with that step's
 * name, a static string, in *step. */
pid_t spawn_start(const struct spawn *s, const char **step);

/* All signals that the daemon and its helpers handle or ignore. */
#define SPAWN_SIGNALS SIGHUP, SIGINT, SIGPIPE, SIGALRM, SIGTERM, SIGCHLD, SIGIO

/* First of all in main(): every signal gets its default action, also those
 * that whoever started us ignores. */
void spawn_clear_signals(void);

/* For a forked process that does not exec: SPAWN_SIGNALS get their default
 * action.  Makes system calls only. */
void spawn_reset_signals(void);

#endif
