/*
 * event - what the manuals of the BSDs document of kqueue(2), as far as it is
 * used here, for a Linux that has none; see tests/kqueue/standin.c.
 */

#ifndef KQUEUE_EVENT_H
#define KQUEUE_EVENT_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#if defined(__NetBSD__)
#define EVFILT_VNODE 3U
#else
#define EVFILT_VNODE (-4)
#endif

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
#if defined(__NetBSD__)
	uint32_t filter, flags;
#else
	short filter;
	unsigned short flags;
#endif
	unsigned int fflags;
#if defined(__APPLE__) || defined(__DragonFly__)
	intptr_t data;
#else
	int64_t data;
#endif
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
#if defined(__NetBSD__)
int kevent(int kq, const struct kevent *changes, size_t change_count,
    struct kevent *events, size_t event_count, const struct timespec *timeout);
#else
int kevent(int kq, const struct kevent *changes, int change_count,
    struct kevent *events, int event_count, const struct timespec *timeout);
#endif

#endif
