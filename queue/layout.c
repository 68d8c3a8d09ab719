#include <stdio.h>

#include "queue/layout.h"

static const struct layout_dir dirs[LAYOUT_PARTS] = {
	[LAYOUT_MESS] = { "mess", 'M', LAYOUT_QUEUER, 0750, 0644 },
	[LAYOUT_INTD] = { "intd", 'D', LAYOUT_QUEUER, 0700, 0644 },
	[LAYOUT_TODO] = { "todo", 'T', LAYOUT_QUEUER, 0750, 0644 },
	[LAYOUT_INFO] = { "info", 'F', LAYOUT_SENDER, 0700, 0600 },
	[LAYOUT_LOCAL] = { "local", 'L', LAYOUT_SENDER, 0700, 0600 },
	[LAYOUT_REMOTE] = { "remote", 'R', LAYOUT_SENDER, 0700, 0600 },
	[LAYOUT_BOUNCE] = { "bounce", 'B', LAYOUT_SENDER, 0700, 0600 },
};

const struct layout_dir *
layout_dir(enum layout_part part)
{
	return &dirs[part];
}

bool
layout_is_split(const struct layout *layout, enum layout_part part)
{
	switch (part) {
	case LAYOUT_MESS:
	case LAYOUT_INFO:
	case LAYOUT_LOCAL:
	case LAYOUT_REMOTE:
		return true;
	case LAYOUT_INTD:
	case LAYOUT_TODO:
		return layout->big_todo;
	case LAYOUT_BOUNCE:
	case LAYOUT_PARTS:
		break;
	}
	return false;
}

long
layout_bucket(
    const struct layout *layout, enum layout_part part, uint64_t number)
{
	if (!layout_is_split(layout, part))
		return -1;
	return (long)(number % layout->split);
}

const char *
layout_path(enum layout_part part, long bucket, const char *name, char *buf)
{
	if (bucket == -1)
		snprintf(buf, LAYOUT_PATH_SIZE, "%s/%s", dirs[part].name, name);
	else
		snprintf(buf, LAYOUT_PATH_SIZE, "%s/%ld/%s", dirs[part].name,
		    bucket, name);
	return buf;
}

/*
 * The states of INTERNALS: S2 has mess alone, S3 intd too; S4 has todo, and
 * may have all but a bounce; S5 has info, and may have local, remote, bounce.
 */
bool
layout_is_legal(unsigned parts)
{
	const unsigned mess = 1U << LAYOUT_MESS, intd = 1U << LAYOUT_INTD;
	const unsigned todo = 1U << LAYOUT_TODO, info = 1U << LAYOUT_INFO;
	const unsigned bounce = 1U << LAYOUT_BOUNCE;

	if ((parts & mess) == 0)
		return false;
	if ((parts & todo) != 0)
		return (parts & bounce) == 0;
	if ((parts & info) != 0)
		return (parts & intd) == 0;
	return (parts & ~(mess | intd)) == 0;
}

const char *
layout_letters(unsigned parts, char buf[LAYOUT_LETTERS])
{
	static const enum layout_part order[] = { LAYOUT_BOUNCE, LAYOUT_INTD,
		LAYOUT_INFO, LAYOUT_LOCAL, LAYOUT_MESS, LAYOUT_REMOTE,
		LAYOUT_TODO };
	size_t i, n = 0;

	for (i = 0; i < sizeof(order) / sizeof(*order); i++)
		if ((parts & (1U << order[i])) != 0)
			buf[n++] = dirs[order[i]].letter;
	buf[n] = '\0';
	return buf;
}
