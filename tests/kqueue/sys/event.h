/*
 * event - what the manuals of the BSDs document of kqueue(2), as far as it is
 * used here, for a Linux that has none; see tests/kqueue/standin.c.
 */

#ifndef KQUEUE_EVENT_H
#define KQUEUE_EVENT_H

#include <stdint.h>
#include <time.h>

#define EVFILT_VNODE (-4)

#define EV_ADD 0x0001
#define EV_DELETE 0x0002
#define EV_CLEAR 0x0020
#define EV_ERROR 0x4000
#define EV_EOF 0x8000

#define NOTE_DELETE 0x0001
#define NOTE_WRITE 0x0002
#define NOTE_EXTEND 0x0004
#define NOTE_ATTRIB 0x0008
#define NOTE_LINK 0x0010
#define NOTE_RENAME 0x0020
#define NOTE_REVOKE 0x0040

struct kevent {
	uintptr_t ident;
	short filter;
	unsigned short flags;
	unsigned int fflags;
	intptr_t data;
	void *udata;
};

#define EV_SET(event, id, kind, what, notes, value, user)      \
	(*(event) = (struct kevent){ .ident = (uintptr_t)(id), \
	     .filter = (kind),                                 \
	     .flags = (what),                                  \
	     .fflags = (notes),                                \
	     .data = (value),                                  \
	     .udata = (user) })

int kqueue(void);

/* One change or one event at a time, and no waiting: all that is used. */
int kevent(int kq, const struct kevent *changes, int change_count,
    struct kevent *events, int event_count, const struct timespec *timeout);

#endif
