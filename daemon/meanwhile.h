/*
 * meanwhile - what became of the sources while a command read them.
 *
 * The record has the sources as they were before the command, which tells what
 * came later; but not once it was taken back.  A name that came during the run
 * and is gone again, or content that is as before: the product may have it, and
 * nothing else would tell.  So what differs when the command has ended is
 * marked, and differs from all that may come.  What came and went all within
 * the run has left its trace in a directory only.
 *
 * Whose the sources are may have made more of them than anybody can look at.
 * Who looks here holds the rule's lock, so that must have an end: what is far
 * more than before the command is left to the look after the run.
 *
 * Owns: nothing.
 * Uses: rule, record, stampset, sources, judge, pattern, walk.
 */

#ifndef MEANWHILE_H
#define MEANWHILE_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/record.h"
#include "daemon/rule.h"
#include "daemon/stampset.h"

/* Look at the sources of the rule again, and mark each in "now" that differs as
 * STAMP_CHANGED; a new one is added.  "now" is sorted, and stays so.  Returns
 * 0, or -1 with errno and, if a pattern cannot be walked, that in "path", which
 * is "" otherwise.  Reads the disk: it may take as long as the look before.
 * Where there is no end of it, nothing is marked. */
int meanwhile_mark(
    const struct rule *rule, struct stamp_set *now, char *path, size_t size);

/* Put into "passed", an empty set, each directory of the rule's patterns in
 * which names have come or gone after "since" (of the files' clock, nanoseconds
 * since the epoch), or which was itself away, marked likewise: one may have
 * come and gone.  Within one tick of that clock it is not seen, nor where there
 * is no end of directories; but where times are whole seconds, what came or
 * went in the two before counts too.  Returns 0, or -1 with errno. */
int meanwhile_passed(
    const struct rule *rule, int64_t since, struct stamp_set *passed);

/* Add what passed to the sources of a record; a dependency in "passed", which
 * is sorted, is marked there and stays one.  Not if the one before, of that
 * kind, has such marks, too, and the one before that, and nothing else differs:
 * what comes and goes each time is mostly the command's own.  "sources" is
 * sorted then.  Returns 0, or -1 with errno. */
int meanwhile_add(const char *state_dir, enum record_kind kind,
    const struct rule *rule, const struct stamp_set *passed,
    struct stamp_set *sources);

#endif
