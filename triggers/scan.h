/*
 * scan - the clock as a source of hints: what everything else missed.
 *
 * Owns: one timer.
 * Uses: trigger, libev.
 */

#ifndef SCAN_H
#define SCAN_H

#include <ev.h>

#include "triggers/trigger.h"

struct scan {
	struct ev_loop *loop;
	ev_timer timer;
	unsigned topic;
	trigger_fn *fn;
	void *arg;
};

/* Call fn every "interval" seconds; 0: never. */
void scan_start(struct scan *s, struct ev_loop *loop, double interval,
    unsigned topic, trigger_fn *fn, void *arg);
void scan_stop(struct scan *s);

#endif
