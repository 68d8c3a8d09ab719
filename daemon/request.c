#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/request.h"

struct request *
request_new(enum verbs_verb command, const char *reply, size_t rules)
{
	struct request *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->parts = calloc(rules > 0 ? rules : 1, sizeof(*r->parts));
	if (r->parts == NULL) {
		free(r);
		return NULL;
	}
	r->command = command;
	snprintf(r->reply, sizeof(r->reply), "%s", reply);
	return r;
}

void
request_free(struct request *r)
{
	if (r == NULL)
		return;
	free(r->parts);
	free(r);
}

void
request_add(struct request *r, unsigned topic)
{
	r->parts[r->count++] = (struct request_part){ .topic = topic,
		.phase = REQUEST_WANT_CHECK };
	r->open++;
}

static void
say(struct request *r, const char *fmt, va_list ap)
{
	static const char more[] = "...\n";
	size_t room = sizeof(r->text) - r->used - sizeof(more);
	int n;

	if (r->full)
		return;
	n = vsnprintf(r->text + r->used, room, fmt, ap);
	if (n < 0)
		return;
	if ((size_t)n < room) {
		r->used += (size_t)n;
		return;
	}
	memcpy(r->text + r->used, more, sizeof(more) - 1);
	r->used += sizeof(more) - 1;
	r->full = true;
}

void
request_say(struct request *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(r, fmt, ap);
	va_end(ap);
}

void
request_complain(struct request *r, const char *fmt, ...)
{
	va_list ap;

	r->unhappy = true;
	va_start(ap, fmt);
	say(r, fmt, ap);
	va_end(ap);
}

/* Rests that a client must hear of. */
static bool
is_trouble(enum life_state state)
{
	switch (state) {
	case LIFE_FAILED:
	case LIFE_WAITING:
	case LIFE_REFUSED:
	case LIFE_BLOCKED:
	case LIFE_RESTLESS:
	case LIFE_SPACED:
		return true;
	case LIFE_NEW:
	case LIFE_CURRENT:
	case LIFE_IDLE:
	case LIFE_SETTLING:
	case LIFE_HELD:
	case LIFE_CHECKING:
	case LIFE_QUEUED:
	case LIFE_RUNNING:
	case LIFE_RUNNING_AGAIN:
	case LIFE_INSTALLING:
		return false;
	}
	return false;
}

/* Each part once, with the first that is wrong. */
static void
name_rule(struct request *r, struct request_part *part,
    const struct request_news *news, const char *what)
{
	if (part->named)
		return;
	part->named = true;
	r->unhappy = true;
	if (news->note != NULL && news->note[0] != '\0')
		request_say(r, "%s: %s: %s\n", news->name, what, news->note);
	else
		request_say(r, "%s: %s\n", news->name, what);
}

static void
end_part(struct request *r, struct request_part *part)
{
	part->phase = REQUEST_DONE;
	r->open--;
}

static bool
wants_run(const struct request *r)
{
	return r->command == VERBS_RUN || r->command == VERBS_ACCEPT;
}

static void
end_at_rest(struct request *r, struct request_part *part,
    const struct request_news *news)
{
	if (wants_run(r))
		name_rule(r, part, news, "did not run");
	else if (is_trouble(news->state))
		name_rule(r, part, news, life_word(news->state));
	end_part(r, part);
}

/* A run that began after the command has ended. */
static void
end_of_run(struct request *r, struct request_part *part,
    const struct request_news *news)
{
	if (r->command == VERBS_SYNC && news->in_vain) {
		part->phase = REQUEST_WANT_CHECK;
		return;
	}
	if (!news->ran_well)
		name_rule(r, part, news, "failed");
	if (r->command == VERBS_SYNC &&
	    (news->state == LIFE_HELD || news->state == LIFE_CHECKING ||
		news->state == LIFE_SETTLING))
		part->phase = REQUEST_AFTER_RUN; /* is it restless? */
	else
		end_part(r, part);
}

static bool
is_run(enum life_state state)
{
	return state == LIFE_RUNNING || state == LIFE_RUNNING_AGAIN ||
	       state == LIFE_INSTALLING;
}

/* Where a paused rule stays until it is resumed. */
static bool
is_stuck(const struct request_news *news)
{
	return news->state == LIFE_HELD || news->state == LIFE_QUEUED;
}

static void
tell_part(struct request *r, struct request_part *part,
    const struct request_news *news)
{
	bool resting = !life_is_busy(news->state);

	if (r->command == VERBS_PAUSE) {
		if (!news->running && part->phase != REQUEST_DONE)
			end_part(r, part);
		return;
	}
	/* The pause came during the run that was asked for: it ended. */
	if (part->phase == REQUEST_IN_RUN && wants_run(r) &&
	    !is_run(news->state)) {
		end_of_run(r, part, news);
		return;
	}
	if (part->phase != REQUEST_DONE && news->paused && is_stuck(news)) {
		name_rule(r, part, news, "paused");
		end_part(r, part);
		return;
	}
	switch (part->phase) {
	case REQUEST_WANT_CHECK:
		if (news->state == LIFE_CHECKING)
			part->phase = REQUEST_CHECKED;
		else if (news->state == LIFE_RUNNING && wants_run(r))
			part->phase = REQUEST_IN_RUN; /* it was queued */
		break;
	case REQUEST_CHECKED:
		if (news->state == LIFE_RUNNING)
			part->phase = REQUEST_IN_RUN;
		else if (news->state == LIFE_HELD) /* to be asked anew */
			part->phase = REQUEST_WANT_CHECK;
		else if (resting)
			end_at_rest(r, part, news);
		else if (r->command == VERBS_CHECK)
			end_part(r, part);
		break;
	case REQUEST_IN_RUN:
		if (!is_run(news->state))
			end_of_run(r, part, news);
		break;
	case REQUEST_AFTER_RUN:
		if (resting)
			end_at_rest(r, part, news);
		else if (news->state == LIFE_QUEUED)
			end_part(r, part); /* a later change: not ours */
		break;
	case REQUEST_DONE:
		break;
	}
}

bool
request_tell(struct request *r, const struct request_news *news)
{
	size_t i;

	for (i = 0; i < r->count; i++)
		if (r->parts[i].topic == news->topic)
			tell_part(r, &r->parts[i], news);
	return r->open == 0;
}

bool
request_waits_for(const struct request *r, unsigned topic)
{
	size_t i;

	for (i = 0; i < r->count; i++)
		if (r->parts[i].topic == topic &&
		    r->parts[i].phase != REQUEST_DONE)
			return true;
	return false;
}

bool
request_give_up(struct request *r, const struct request_news *news)
{
	size_t i;

	if (r->command == VERBS_PAUSE && news->running)
		return false; /* more news follows when it has ended */
	for (i = 0; i < r->count; i++) {
		if (r->parts[i].topic != news->topic ||
		    r->parts[i].phase == REQUEST_DONE)
			continue;
		name_rule(
		    r, &r->parts[i], news, news->paused ? "paused" : "gone");
		end_part(r, &r->parts[i]);
	}
	return r->open == 0;
}

int
request_status(const struct request *r)
{
	return r->unhappy ? 1 : 0;
}
