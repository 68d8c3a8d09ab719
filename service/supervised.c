/*
 * supervised - finds the supervisor that has a service.
 */

#include <stddef.h>

#include "service/daemontools.h"
#include "service/runit.h"
#include "service/s6.h"
#include "service/servicedir.h"
#include "service/supervised.h"
#include "service/systemd.h"

/* A directory may show the files of two, after a move from one to the other:
 * then the first that answers has it.  runit comes before daemontools, since
 * svstat can read what runsv has written. */
static const struct supervisor *(*const supervisors[])(void) = {
	s6_supervisor,
	runit_supervisor,
	daemontools_supervisor,
	systemd_supervisor,
};

#define N_SUPERVISORS (sizeof(supervisors) / sizeof(supervisors[0]))

const struct supervisor *
supervised_find(
    struct service_state *s, const char *service, enum order_end *end)
{
	const struct supervisor *it;
	bool claimed = false;
	size_t i;

	for (i = 0; i < N_SUPERVISORS; i++) {
		it = supervisors[i]();
		if (!it->claims(service))
			continue;
		claimed = true;
		*end = it->look(s, service);
		if (*end == ORDER_DONE)
			return it;
	}
	if (!claimed)
		*end = servicedir_blame(s, service);
	return NULL;
}
