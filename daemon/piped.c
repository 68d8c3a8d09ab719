#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include "daemon/piped.h"

extern char **environ;

pid_t
piped_start(char *const words[], int write_fd, bool errors)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int error;

	error = posix_spawn_file_actions_init(&actions);
	if (error != 0) {
		errno = error;
		return -1;
	}
	error = posix_spawn_file_actions_addopen(
	    &actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(
		    &actions, write_fd, STDOUT_FILENO);
	if (error == 0 && errors)
		error = posix_spawn_file_actions_adddup2(
		    &actions, write_fd, STDERR_FILENO);
	if (error == 0)
		error = posix_spawnp(
		    &pid, words[0], &actions, NULL, words, environ);
	(void)posix_spawn_file_actions_destroy(&actions); /* never fails */
	errno = error;
	return error == 0 ? pid : -1;
}
