/*
 * darwin - what the other systems have, and macOS has not; included there
 * before everything else (see the Makefile).
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef DARWIN_H
#define DARWIN_H

#include <sys/random.h> /* getentropy() */
#include <sys/socket.h>
#include <sys/stat.h>

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

/* Its names for the times of a file. */
#define st_atim st_atimespec
#define st_mtim st_mtimespec
#define st_ctim st_ctimespec

/* The socket on which we say that we are ready is closed at once. */
#ifndef SOCK_CLOEXEC
#define SOCK_CLOEXEC 0
#endif
#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

/* As their manuals say elsewhere; flags: O_CLOEXEC, O_NONBLOCK.  Nobody forks
 * meanwhile: there are no threads. */
int pipe2(int fds[2], int flags);

/* Descriptors below FD_SETSIZE only, else EINVAL. */
int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
    const sigset_t *mask);

void *reallocarray(void *memory, size_t count, size_t size);

#endif
