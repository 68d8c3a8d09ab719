/*
 * ground - the mounted file systems that a rule stands on.
 *
 * A list of mount points is one text: each ends with a NUL, the list with an
 * empty one; NULL is an empty list.
 *
 * Owns: nothing; the caller frees what comes back.
 * Uses: wildcard, stampset, rule, mounts.
 */

#ifndef GROUND_H
#define GROUND_H

#include "daemon/mounts.h"
#include "daemon/rule.h"
#include "daemon/stampset.h"

/* Add to the list the mount points (but "/") below which the sources, the
 * target and the beginnings of the patterns lie.  Returns 0, or -1 with
 * errno. */
int ground_find(const struct mounts *m, const struct rule *rule,
    const struct stamp_set *sources, char **list);

/* The first of the list that is not mounted now, or NULL.  "looked": the rule's
 * paths have been looked at since, which mounts what is automatic. */
const char *ground_missing(
    const struct mounts *m, const char *list, bool looked);

/* Is all of it, with the mount points of the list, on file systems that cannot
 * keep us waiting?  Touches nothing that lies on another. */
bool ground_is_local(
    const struct mounts *m, const struct rule *rule, const char *list);

/* May this absolute path be looked at without waiting for another machine?
 * Where the root itself lies on one nothing goes without it, and all may. */
bool ground_is_near(const struct mounts *m, const char *path);

size_t ground_size(
    const char *list); /* bytes, with the empty text at its end */

#endif
