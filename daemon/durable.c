#include <errno.h>

#include "daemon/durable.h"
#include "daemon/paused.h"

static void on_end(struct helper *h, const void *answer, void *arg);

static void
sync_it(void *answer, void *arg)
{
	const struct durable *d = arg;
	int *error = answer;

	*error = paused_sync(d->place->state_dir) == -1 ? errno : 0;
}

static int
start(struct durable *d)
{
	d->started = d->asked;
	return helper_start(&d->helper, d->place->loop, d->place->pool, "pause",
	    sync_it, sizeof(int), HELPER_TIMEOUT, -1, on_end, d);
}

static void
on_end(struct helper *h, const void *answer, void *arg)
{
	struct durable *d = arg;
	const int *told = answer;
	int error = told == NULL ? EIO : *told;
	uint64_t served = d->started;

	(void)h;
	if (d->asked > served && start(d) == -1) {
		sync_it(&error, d);
		served = d->asked;
	}
	d->on_served(served, error, d->arg);
}

uint64_t
durable_ask(struct durable *d, int *error)
{
	d->asked++;
	if (d->helper.running || start(d) == 0)
		return d->asked;
	sync_it(error, d);
	return 0;
}

void
durable_init(struct durable *d, const struct run_place *place,
    durable_fn *on_served, void *arg)
{
	*d = (struct durable){
		.place = place, .on_served = on_served, .arg = arg
	};
	helper_init(&d->helper);
}

void
durable_close(struct durable *d)
{
	helper_close(&d->helper);
}
