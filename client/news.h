/*
 * news - what the daemon says of itself, if there is one.
 *
 * Owns: nothing.
 * Uses: status, presence.
 */

#ifndef NEWS_H
#define NEWS_H

#include "daemon/status.h"

enum news_outcome {
	NEWS_READ,
	NEWS_NO_DAEMON, /* none, or one that has not come so far */
	NEWS_TROUBLE,   /* the file cannot be read, or is not one of ours */
};

/* Read RUN/status, which a daemon that is gone may have left: then it counts
 * for nothing.  Only NEWS_READ fills "s", which the caller frees with
 * status_fini(); all others fill "why". */
enum news_outcome news_read(
    const char *run_dir, struct status *s, char *why, size_t size);

#endif
