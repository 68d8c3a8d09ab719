/*
 * ready - tell a supervisor how far we are.
 *
 * Two ways, both optional: a newline on a descriptor (s6's notification-fd),
 * and a datagram to the socket named by NOTIFY_SOCKET (sd_notify(3); the
 * protocol is a line of text, not worth a library that most sites lack).
 *
 * Owns: the descriptor until it has been used.
 * Uses: log.
 */

#ifndef READY_H
#define READY_H

/* Write a newline to "fd" and close it; -1: none.  Logs what went wrong. */
void ready_descriptor(int fd);

/* Send "READY=1", "STOPPING=1" or the like to NOTIFY_SOCKET, if there is one.
 * Logs what went wrong. */
void ready_notify(const char *state);

/* The same for the start of a reload, which READY=1 ends. */
void ready_notify_reloading(void);

#endif
