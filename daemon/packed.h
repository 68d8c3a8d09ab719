/*
 * packed - numbers, digests and stamps as bytes in a file.
 *
 * Numbers are little-endian, and signed ones in two's complement.
 *
 * Owns: the layout of a stamp.
 * Uses: digest, stamp, stampset.
 */

#ifndef PACKED_H
#define PACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/digest.h"
#include "daemon/stamp.h"
#include "daemon/stampset.h"

#define PACKED_DIGEST 16 /* bytes */
#define PACKED_STAMP 40  /* without the digest, which follows if there is one */

/* "n" bytes, 8 at most. */
void packed_put(unsigned char *p, uint64_t value, size_t n);
uint64_t packed_get(const unsigned char *p, size_t n);

void packed_put_digest(unsigned char *p, struct digest d);
struct digest packed_get_digest(const unsigned char *p);

/* Needs room for both sizes above.  Returns how many bytes it took. */
size_t packed_put_stamp(
    unsigned char *p, const struct stamp *s, enum stamp_origin origin);

/* Returns false if the n bytes are no stamp.  More bytes than needed are left
 * to later versions. */
bool packed_get_stamp(const unsigned char *p, size_t n, struct stamp *s,
    enum stamp_origin *origin);

#endif
