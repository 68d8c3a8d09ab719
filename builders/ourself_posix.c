/*
 * ourself where each system has another way to ask, or none.
 */

#include <stddef.h>

#include "builders/ourself.h"

const char *
ourself_path(void)
{
	return NULL;
}
