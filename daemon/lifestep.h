/*
 * lifestep - what leads from one state of a rule to the next.
 *
 * Owns: nothing.
 * Uses: life, lifecheck.
 */

#ifndef LIFESTEP_H
#define LIFESTEP_H

#include "daemon/life.h"

/* Take one step.  An event that a state does not expect changes nothing. */
void lifestep_take(struct life *life, const struct life_terms *terms,
    const struct life_input *in);

#endif
