#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/mounts.h"

static void
forget(struct mounts *m)
{
	free(m->list);
	free(m->text);
	m->list = NULL;
	m->text = NULL;
	m->count = 0;
}

int
mounts_add(struct mounts *m, size_t point, bool local, bool automatic)
{
	struct mount *more = reallocarray(m->list, m->count + 1, sizeof(*more));

	if (more == NULL)
		return -1;
	m->list = more;
	more[m->count++] = (struct mount){ .point = point,
		.length = strlen(m->text + point),
		.local = local,
		.automatic = automatic };
	m->all_local = m->all_local && local;
	return 0;
}

void
mounts_replace(struct mounts *m, const struct mounts *fresh)
{
	forget(m);
	*m = *fresh;
}

void
mounts_detach(struct mounts *m)
{
	m->fd = 0;
}

void
mounts_fini(struct mounts *m)
{
	forget(m);
	if (m->fd != 0)
		(void)close(m->fd); /* only read */
	m->fd = 0;
}

const char *
mounts_point(const struct mounts *m, const struct mount *mount)
{
	return m->text + mount->point;
}

static bool
is_below(const char *path, const char *dir, size_t n)
{
	if (strncmp(path, dir, n) != 0)
		return false;
	return path[n] == '\0' || path[n] == '/' ||
	       (n > 0 && dir[n - 1] == '/');
}

bool
mounts_is_below(const char *path, const char *dir)
{
	return is_below(path, dir, strlen(dir));
}

const struct mount *
mounts_of(const struct mounts *m, const char *path)
{
	const struct mount *best = NULL, *mount;
	size_t i, length = 0;

	/* Of those mounted on the same point, the last hides the others. */
	for (i = 0; i < m->count; i++) {
		mount = &m->list[i];
		if (mount->length < length ||
		    !is_below(path, mounts_point(m, mount), mount->length))
			continue;
		best = mount;
		length = mount->length;
	}
	return best;
}

bool
mounts_shows(const struct mounts *m, const char *point)
{
	size_t i, n = strlen(point);

	for (i = 0; i < m->count; i++)
		if (m->list[i].length == n && !m->list[i].automatic &&
		    strcmp(mounts_point(m, &m->list[i]), point) == 0)
			return true;
	return false;
}
