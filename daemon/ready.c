#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/ready.h"

void
ready_descriptor(int fd)
{
	ssize_t n;

	if (fd == -1)
		return;
	do
		n = write(fd, "\n", 1);
	while (n == -1 && errno == EINTR);
	if (n != 1)
		log_warn("readiness descriptor %d: write", fd);
	close(fd);
}

void
ready_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t n;
	int fd;

	if (path == NULL || path[0] == '\0')
		return;
	n = strlen(path);
	if ((path[0] != '/' && path[0] != '@') || n >= sizeof(to.sun_path)) {
		log_warnx("NOTIFY_SOCKET: not a socket's name");
		return;
	}
	memcpy(to.sun_path, path, n);
	if (path[0] == '@') /* Linux's abstract names begin with a NUL */
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1 ||
	    sendto(fd, state, strlen(state), MSG_NOSIGNAL,
		(struct sockaddr *)&to,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) == -1)
		log_warn("%s: notify", path);
	if (fd != -1)
		close(fd);
}

void
ready_notify_reloading(void)
{
	char text[96];
	struct timespec now = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail */
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	ready_notify(text);
}
