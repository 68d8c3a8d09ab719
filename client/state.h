/*
 * state - what a rule's state means, for people.
 *
 * Knows the words that stand in the status file.
 *
 * Owns: nothing.
 * Uses: stamp, status.
 */

#ifndef STATE_H
#define STATE_H

#include <stdbool.h>

#include "daemon/stamp.h"
#include "daemon/status.h"

/* Is there nothing that somebody should look at?  A state that this version
 * does not know is well: a newer daemon's. */
bool state_is_well(const struct status_rule *rule);

/* Is it on its way from one rest to the next? */
bool state_is_busy(const struct status_rule *rule);

/* One or two sentences: what it is, and what ends it; "" for an unknown word.
 * A static string. */
const char *state_meaning(const char *word);

/* "current", "behind" ...; a static string. */
const char *state_verdict_word(enum stamp_verdict verdict);

#endif
