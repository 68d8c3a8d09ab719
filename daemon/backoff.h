/*
 * backoff - how long to wait before something is tried again.
 *
 * Pure.  All times are seconds.
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef BACKOFF_H
#define BACKOFF_H

/* "first", doubled that many times, at most "longest". */
double backoff_doubled(double first, double longest, unsigned times);

/* After so many failures in a row (from 1); up to a tenth shorter by "jitter",
 * 0 to 1, so that those who failed together do not march in step. */
double backoff_after(
    double first, double longest, unsigned failures, double jitter);

#endif
