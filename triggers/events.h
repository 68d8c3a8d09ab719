/*
 * events - what the kernel tells of files.
 *
 * The seam to the system: one of watch_inotify.c and watch_kqueue.c is
 * compiled.  Whatever is watched has a handle; the same for the same inode.
 * Nothing is read but by events_read(), which calls back for each event.
 *
 * Owns: its descriptors, the watches.
 * Uses: log, libev.
 */

#ifndef EVENTS_H
#define EVENTS_H

#include <stdbool.h>
#include <stddef.h>

#include <ev.h>

/* How to watch. */
#define EVENTS_DIR 1u     /* the names in a directory; nothing else will do */
#define EVENTS_CONTENT 2u /* and what the files of these names hold */
#define EVENTS_EXACT 4u   /* exactly so, else: in addition to what was */
#define EVENTS_NEW 8u     /* and names that come, or can be read now */
#define EVENTS_TOUCH 16u  /* of one file its times, mode and name only */

/* What happened to a name in a directory; 0 if only its content, owner or mode
 * changed. */
#define EVENTS_NAMES 1u /* it came, went, or stands for something else now */
#define EVENTS_ISDIR 2u /* it is or was a directory */

struct events_ears {
	/* There is something to be read. */
	void (*on_ready)(void *arg);
	void (*on_name)(int handle, const char *name, unsigned what, void *arg);
	/* What is watched changed itself; "moved": it may be elsewhere now, or
	 * gone. */
	void (*on_self)(int handle, bool moved, void *arg);
	/* The system has dropped the watch. */
	void (*on_lost)(int handle, void *arg);
	/* Events were lost. */
	void (*on_overflow)(void *arg);
};

struct events;

/* "who" is named in the log and is not copied.  Returns NULL with a warning
 * logged: without memory.  Where the system gives no more of what events come
 * through, events_watch() asks for it again. */
struct events *events_new(struct ev_loop *loop, const char *who,
    const struct events_ears *ears, void *arg);

/* Watch what is at a path, not following a link there.  Returns a handle, or
 * -1 with errno: ENOTDIR if EVENTS_DIR is asked of something else; ENOSPC if
 * there is a limit, which events_limit() names then. */
int events_watch(struct events *e, const char *path, unsigned how);
const char *events_limit(const struct events *e);

/* Does EVENTS_CONTENT tell of files that were not named by events_watch()? */
bool events_see_inside(void);

void events_unwatch(struct events *e, int handle);

/* Take what is there now, up to some amount, calling back for each event.
 * Returns how much that was, 0 if nothing was there; events_left() says how
 * much there is at most, in the same measure. */
size_t events_read(struct events *e);
size_t events_left(struct events *e);

/* Accepts NULL. */
void events_free(struct events *e);

#endif
