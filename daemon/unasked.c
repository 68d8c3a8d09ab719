/*
 * unasked - what errno tells of a user or group that was not found.
 */

#include <errno.h>

#include "daemon/unasked.h"

/* Others, and none, are what some systems have for "not found". */
bool
unasked_by(int error)
{
	switch (error) {
	case EINTR:
	case EIO:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ERANGE:
		return true;
	}
	return false;
}
