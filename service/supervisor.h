/*
 * supervisor - the seam between service-signal and whoever keeps a service
 * running: one struct supervisor for each kind, in a file of its own.
 *
 * A supervisor is only ever asked, and told, through its own tool.
 *
 * Owns: nothing.
 * Uses: order, tool.
 */

#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "service/order.h"
#include "service/tool.h"

struct service_state {
	pid_t pid;   /* of its process; 0: none runs */
	bool wanted; /* the supervisor starts it again when it ends */
	bool ready;  /* it says so, or has no way to say */
	bool failed; /* it ended, and the supervisor has given up */
	/* Another number after each start and end of a process. */
	uint64_t changes;
	/* In the supervisor's own words, one line; where it could not be
	 * asked, why. */
	char word[TOOL_TEXT_SIZE];
};

struct supervisor {
	const char *name;
	/* May it be this one that has the service?  Quick: looks at names. */
	bool (*claims)(const char *service);
	/* Both return ORDER_DONE, or with the reason in word ORDER_WRONG or
	 * ORDER_TROUBLE: it does not have the service, or cannot be asked. */
	enum order_end (*look)(struct service_state *s, const char *service);
	/* Send the signal of the verb to the one process; for ORDER_RESTART
	 * have it end and be started again, if it runs. */
	enum order_end (*act)(
	    struct service_state *s, const char *service, enum order_verb verb);
};

#endif
