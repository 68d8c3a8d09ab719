/*
 * unasked - getpwnam(3), getgrnam(3) or one like them has found nothing: is
 * there nobody of that name, or could nobody be asked?
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef UNASKED_H
#define UNASKED_H

#include <stdbool.h>

/* "error" is errno, which was 0 before the call. */
bool unasked_by(int error);

#endif
