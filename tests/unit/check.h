/*
 * check - the whole of the unit test framework: say where, and fail.
 */

#ifndef CHECK_UNIT_H
#define CHECK_UNIT_H

#include <stdio.h>

#define CHECK(cond)                                                            \
	do {                                                                   \
		if (!(cond)) {                                                 \
			fprintf(                                               \
			    stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			return 1;                                              \
		}                                                              \
	} while (0)

#endif
