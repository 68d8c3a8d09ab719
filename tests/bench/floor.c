/*
 * floor - the least that a watcher can do: block, start the command with the
 * duties that ours has, wait for it.
 *
 *	floor pipe|touch|file PATH LOCK COMMAND
 *
 * "pipe" reads a FIFO, "touch" waits for IN_ATTRIB on one, "file" for
 * IN_CLOSE_WRITE.  The duties: a session and group of its own, default
 * signals, standard input from /dev/null, output into a pipe, no other
 * descriptors but the rule's lock, which is taken first.
 */

#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static void
prepare(posix_spawnattr_t *attr)
{
	sigset_t all, none;

	sigfillset(&all);
	sigemptyset(&none);
	if (posix_spawnattr_init(attr) != 0 ||
	    posix_spawnattr_setsigdefault(attr, &all) != 0 ||
	    posix_spawnattr_setsigmask(attr, &none) != 0 ||
	    posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSID |
					       POSIX_SPAWN_SETSIGDEF |
					       POSIX_SPAWN_SETSIGMASK) != 0)
		errx(1, "attributes");
}

/* Start it and wait for it, with the lock held. */
static void
run(const posix_spawnattr_t *attr, const char *lock, char *command)
{
	posix_spawn_file_actions_t actions;
	char *argv[2] = { command, NULL }, byte;
	int lock_fd, out[2];
	pid_t pid;

	lock_fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (lock_fd == -1 || flock(lock_fd, LOCK_EX | LOCK_NB) == -1 ||
	    pipe2(out, O_CLOEXEC) == -1)
		err(1, "%s", lock);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out[1], 1);
	posix_spawn_file_actions_adddup2(&actions, out[1], 2);
	posix_spawn_file_actions_adddup2(&actions, lock_fd, 3);
	if (posix_spawn(&pid, command, &actions, attr, argv, environ) != 0)
		errx(1, "%s", command);
	posix_spawn_file_actions_destroy(&actions);
	(void)close(out[1]);                 /* the command has its own */
	(void)(read(out[0], &byte, 1) == 0); /* the end of its output */
	(void)waitpid(pid, NULL, 0);         /* our only child */
	(void)close(out[0]);                 /* nothing was written */
	(void)close(lock_fd);                /* nor here */
}

int
main(int argc, char **argv)
{
	char bytes[65536];
	posix_spawnattr_t attr;
	int fd;

	if (argc != 5)
		errx(2, "usage: floor pipe|touch|file PATH LOCK COMMAND");
	if (strcmp(argv[1], "pipe") == 0)
		fd = open(argv[2], O_RDWR | O_CLOEXEC);
	else {
		fd = inotify_init1(IN_CLOEXEC);
		if (inotify_add_watch(fd, argv[2],
			strcmp(argv[1], "file") == 0 ? IN_CLOSE_WRITE
						     : IN_ATTRIB) == -1)
			err(1, "%s", argv[2]);
	}
	prepare(&attr);
	while (read(fd, bytes, sizeof(bytes)) > 0)
		run(&attr, argv[3], argv[4]);
	err(1, "%s", argv[2]);
}
