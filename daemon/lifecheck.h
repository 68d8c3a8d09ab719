/*
 * lifecheck - what a check of a rule was asked, and what its end leads to.
 *
 * Owns: nothing.
 * Uses: backoff, life.
 */

#ifndef LIFECHECK_H
#define LIFECHECK_H

#include "daemon/life.h"

/* Check begins: forget the hints and return what was asked. */
unsigned lifecheck_begin(struct life *life);

/* It ends with one of the events LIFE_FOUND_...; others change nothing. */
void lifecheck_end(struct life *life, const struct life_terms *terms,
    const struct life_input *in);

/* Before LIFE_FOUND_BEHIND: a source has changed since the last run ended, so
 * it is not (only) the rule itself that makes it behind.  Its wait grows no
 * more, and half a second of it is enough. */
void lifecheck_calm(struct life *life, double now);

#endif
