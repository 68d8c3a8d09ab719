/*
 * clone where they must be read and written.
 */

#include "daemon/clone.h"

off_t
clone_bytes(int from, int to, off_t left)
{
	(void)from;
	(void)to;
	(void)left;
	return 0;
}
