/*
 * inlet - one hint pipe of the daemon: held, listened to, made anew.
 *
 * It notes that it has a hint, and nobody is called back about it until
 * on_hints() of all of them: its owner delivers then what is noted.
 *
 * Owns: the inlet, its descriptors, its watch.
 * Uses: log, discard, events, fifo, touch, libev.
 */

#ifndef INLET_H
#define INLET_H

#include <stdbool.h>
#include <stddef.h>

#include <ev.h>

#include "triggers/discard.h"
#include "triggers/events.h"
#include "triggers/fifo.h"
#include "triggers/touch.h"

/* What all of them share; it is their owner's. */
struct inlets {
	struct ev_loop *loop;
	struct events *events;
	struct inlet *first;
	struct discard discard;
	bool news; /* of one it changed whether touches, or hints, are told */
	void (*on_hints)(void *arg); /* bytes were read: some may be hinted */
	void *arg;
};

struct inlet {
	struct inlets *all;
	struct inlet *next;
	char *name, *path;
	unsigned topic;
	struct fifo fifo;
	struct touch touch;
	ev_io readable;
	ev_timer pause; /* while it runs, "readable" does not */
	bool wide;      /* it has been flooded, and holds more */
	bool hinted;    /* to be called back */
	bool broken;    /* not open, which is known: fifo.why */
};

/* One that is not open yet; of "as" owner, group, mode and inside count, and
 * the path, which is copied as the name is.  It is not in the list.  Returns
 * NULL with errno. */
struct inlet *inlet_new(struct inlets *all, const char *name, unsigned topic,
    const struct fifo *as);

/* Close and free it; it must not be in the list any more.  Accepts NULL. */
void inlet_free(struct inlet *p);

/* Keep other daemons from it.  On reload the lock may be ours already.  Returns
 * 0, or -1 with fifo.why. */
int inlet_lock(struct inlet *p);

/* Make the pipe if need be, open it, and listen.  Returns 0, or -1 with
 * fifo.why, and with a warning if it was open before. */
int inlet_open(struct inlet *p);

/* Read what is there, up to one buffer, and forget it.  Returns how many bytes
 * that was. */
size_t inlet_empty(struct inlet *p);

/* If touches are not told: look for one. */
void inlet_look(struct inlet *p);

/* Is it in its place still?  If so, inlet_look(); else make it anew. */
void inlet_verify(struct inlet *p);

#endif
