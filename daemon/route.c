#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/route.h"

#define LINKS_MAX 40

void
route_begin(struct route *r, int64_t since)
{
	r->since = since;
	r->dir[0] = '\0';
}

static bool
is_later(const struct route *r, const char *path)
{
	struct stamp s;

	stamp_take_plain(path, &s);
	return s.state == STAMP_PRESENT && stamp_is_later(&s, r->since);
}

/* To a directory that is above one that we were in, or the root. */
static void
go_up(struct route *r, size_t length)
{
	r->done[length] = '\0';
	r->later = is_later(r, length == 0 ? "/" : r->done);
}

/* What the link says comes before what is left. */
static enum route_end
follow(struct route *r, size_t used, char *text, size_t length)
{
	char rest[sizeof(r->rest)];
	struct stamp link;

	stamp_take_link(r->done, &link);
	if (link.state == STAMP_PRESENT && stamp_is_later(&link, r->since))
		return ROUTE_CHANGED;
	text[length] = '\0';
	if (++r->links > LINKS_MAX ||
	    (size_t)snprintf(rest, sizeof(rest), "%s/%s", text, r->rest) >=
		sizeof(rest))
		return ROUTE_OVER;
	memcpy(r->rest, rest, sizeof(rest));
	r->done[used] = '\0';
	if (text[0] == '/')
		go_up(r, 0);
	return ROUTE_ON;
}

/* "done" has a name more than the directory, where it had this length. */
static enum route_end
take_name(struct route *r, size_t used)
{
	char text[PATH_MAX];
	ssize_t n = readlink(r->done, text, sizeof(text) - 1);
	bool later;

	if (n != -1)
		return follow(r, used, text, (size_t)n);
	if (errno == ENOENT || errno == ENOTDIR)
		return r->later ? ROUTE_CHANGED : ROUTE_OVER;
	if (errno != EINVAL)
		return ROUTE_OVER;
	if (r->rest[strspn(r->rest, "/")] == '\0' && r->dir[0] != '\0')
		return ROUTE_ON; /* the path's own end: its stamp tells */
	later = is_later(r, r->done);
	if (later && r->later)
		return ROUTE_CHANGED;
	r->later = later;
	return ROUTE_ON;
}

/* One component. */
static enum route_end
step(struct route *r)
{
	char *name = r->rest + strspn(r->rest, "/"), *end;
	size_t n = strcspn(name, "/"), used = strlen(r->done);
	bool named = n > 2 || strncmp(name, "..", n) != 0;

	end = name + n;
	if (named && used + 1 + n >= sizeof(r->done))
		return ROUTE_OVER;
	if (named) {
		r->done[used] = '/';
		memcpy(r->done + used + 1, name, n);
		r->done[used + 1 + n] = '\0';
	}
	memmove(r->rest, end, strlen(end) + 1);
	if (named)
		return take_name(r, used);
	if (n == 2) {
		while (used > 0 && r->done[--used] != '/')
			continue;
		go_up(r, used);
	}
	return ROUTE_ON;
}

static enum route_end
go(struct route *r)
{
	enum route_end end = ROUTE_ON;

	while (end == ROUTE_ON && r->rest[strspn(r->rest, "/")] != '\0')
		end = step(r);
	return end;
}

/* To the first "n" bytes of the path. */
static void
enter(struct route *r, const char *path, size_t n)
{
	if (r->dir[0] != '\0' && strncmp(r->dir, path, n) == 0 &&
	    r->dir[n] == '\0')
		return;
	r->dir[0] = '\0';
	r->links = 0;
	memcpy(r->rest, path, n);
	r->rest[n] = '\0';
	go_up(r, 0);
	r->end = go(r);
	memcpy(r->dir, path, n);
	r->dir[n] = '\0';
}

bool
route_is_new(struct route *r, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t n = (size_t)(slash - path) + 1, used;
	enum route_end end;
	bool later;
	int links;

	if (n >= sizeof(r->dir))
		return false;
	enter(r, path, n);
	if (r->end != ROUTE_ON)
		return r->end == ROUTE_CHANGED;
	used = strlen(r->done);
	later = r->later;
	links = r->links;
	snprintf(r->rest, sizeof(r->rest), "%s", path + n);
	end = go(r);
	if (r->links == links && strlen(r->done) >= used) {
		r->done[used] = '\0';
		r->later = later;
	} else {
		r->dir[0] = '\0'; /* a link, or "..", has led away from it */
	}
	return end == ROUTE_CHANGED;
}
