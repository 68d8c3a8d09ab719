/*
 * ourself on Linux; see proc(5).
 */

#include "builders/ourself.h"

const char *
ourself_path(void)
{
	return "/proc/self/exe";
}
