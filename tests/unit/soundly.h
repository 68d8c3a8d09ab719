/*
 * soundly - a thing that is done again and again, and each time another of its
 * calls fails.
 */

#ifndef SOUNDLY_H
#define SOUNDLY_H

#include "tests/unit/refusing.h"

static const char *const calls[] = { "close", "fchmod", "fdopen", "fdopendir",
	"flock", "fstat", "fsync", "ftruncate", "getentropy", "mkdir",
	"mkostemp", "open", "openat", "pread", "pwrite", "read", "readlinkat",
	"rename", "renameat", "unlink", "unlinkat", "write" };

/* Does the thing, and tells whether all is sound then. */
typedef bool thing_fn(void);

static inline bool
is_sound(thing_fn *thing)
{
	size_t i;
	int skip, before = count_descriptors();

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		for (skip = 0;; skip++) {
			refuse(calls[i], skip, EIO);
			if (!thing() || count_descriptors() != before) {
				fprintf(stderr, "%s %d\n", calls[i], skip);
				return false;
			}
			if (!is_met())
				break;
		}
	trouble.name = NULL;
	return true;
}

/* What refuse() has said is for the thing alone. */
static inline const char *
hold(void)
{
	const char *call = trouble.name;

	trouble.name = NULL;
	return call;
}

#endif
