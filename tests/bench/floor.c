/*
 * floor - the least that a pipe watcher can do: block on the pipe, start the
 * command, wait for it.
 *
 *	floor PIPE COMMAND
 */

#include <sys/wait.h>

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <unistd.h>

extern char **environ;

int
main(int argc, char **argv)
{
	char bytes[65536];
	char *command[2] = { NULL, NULL };
	pid_t pid;
	int fd;

	if (argc != 3)
		return 2;
	command[0] = argv[2];
	fd = open(argv[1], O_RDWR | O_CLOEXEC);
	if (fd == -1) {
		perror(argv[1]);
		return 1;
	}
	while (read(fd, bytes, sizeof(bytes)) > 0) {
		if (posix_spawn(
			&pid, command[0], NULL, NULL, command, environ) != 0)
			return 1;
		(void)waitpid(pid, NULL, 0); /* our only child */
	}
	return 1;
}
