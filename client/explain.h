/*
 * explain - one rule, for people: "trigger-ctl explain".
 *
 * Owns: nothing.
 * Uses: quote, rule, state, text, facts.
 */

#ifndef EXPLAIN_H
#define EXPLAIN_H

#include <stdio.h>

#include "client/facts.h"

void explain_print(FILE *out, const struct facts *facts);

#endif
