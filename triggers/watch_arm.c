#include <sys/stat.h>

#include <errno.h>
#include <limits.h>

#include "triggers/watch_arm.h"
#include "triggers/watch_link.h"
#include "triggers/watch_need.h"

/* Can there be something at p: is it in a directory? */
static bool
is_reachable(const struct place *p)
{
	return p->parent == NULL || p->parent->kind == PLACE_DIR ||
	       p->parent->kind == PLACE_FAILED;
}

static enum place_kind
failed(struct watch_tree *t, int error)
{
	if (error == ENOENT || error == ENOTDIR)
		return PLACE_ABSENT;
	t->error = error;
	return PLACE_FAILED;
}

/* Watch what is at p now, and say what it is. */
static enum place_kind
probe(struct watch_tree *t, struct place *p, int *handle)
{
	char path[PATH_MAX];
	struct stat st;
	bool dir;

	*handle = -1;
	if (!is_reachable(p))
		return PLACE_ABSENT;
	if (place_path(p, path, sizeof(path)) == -1)
		return failed(t, errno);
	if (t->ops->avoids(path, t->arg))
		return failed(t, EREMOTE);
	if (watch_need_dir(t, p)) {
		*handle = t->ops->watch(path, watch_need_how(p), t->arg);
		if (*handle != -1)
			return PLACE_DIR;
		if (errno != ENOTDIR && errno != ELOOP)
			return failed(t, errno);
	}
	if (lstat(path, &st) == -1)
		return failed(t, errno);
	if (S_ISLNK(st.st_mode))
		return PLACE_LINK;
	dir = S_ISDIR(st.st_mode);
	if (!watch_need_inode(t, p) || !(dir || S_ISREG(st.st_mode)))
		return PLACE_FILE;
	*handle = t->ops->watch(path, dir ? watch_need_how(p) : 0, t->arg);
	if (*handle == -1)
		return failed(t, errno);
	return dir ? PLACE_DIR : PLACE_FILE;
}

static void
unwatch(struct watch_tree *t, struct place *p)
{
	int handle = p->handle;

	if (handle != -1 && place_unbind(&t->places, p))
		t->ops->unwatch(handle, t->arg);
}

static void
rebind(struct watch_tree *t, struct place *p, int handle)
{
	unwatch(t, p);
	if (handle != -1 && place_bind(&t->places, p, handle) == -1)
		t->starved = true;
}

/* Say for whom changes can be missed now; once, until they are healthy. */
static void
blame(struct watch_tree *t, struct place *p)
{
	char path[PATH_MAX];
	struct place *q;
	struct topic *topic;
	size_t i;
	int error = t->error;
	bool news = false;

	for (q = p; q != NULL; q = place_after(q, p))
		for (i = 0; i < q->ref_count; i++) {
			topic = watch_hook_want(t, &place_refs(q)[i])->topic;
			topic->error = topic->blamed = error;
			if (topic->reported)
				continue;
			topic->reported = t->news = news = true;
			watch_hook_note(
			    t, watch_hook_want(t, &place_refs(q)[i]), NULL);
		}
	t->blamed = true;
	if (news && place_path(p, path, sizeof(path)) != -1)
		t->ops->failed(path, error, t->arg);
}

/*
 * Nothing leads on from p: remove the refs that wildcards brought here.  Those
 * that came by literal components stay, for when the place appears; but if a
 * wildcard matched p, or a directory above it that is gone too, the next match
 * will bring them anew.
 */
static void
shed(struct place *p)
{
	const struct place *top = p;
	unsigned depth;
	size_t i = 0;

	while (top->parent != NULL && !is_reachable(top) &&
	       top->parent->kind != PLACE_LINK)
		top = top->parent;
	depth = place_depth(top);
	while (i < p->ref_count) {
		if (depth > 0 && place_refs(p)[i].grown >= depth)
			place_cut_ref(p, i);
		else
			i++;
	}
}

static void
queue_children(struct watch_tree *t, struct place *p)
{
	struct place *q;

	for (q = p->child; q != NULL; q = q->next)
		place_push(&t->places, q);
}

/* Remove a place that nothing needs, and those above that only led to it. */
static void
reap(struct watch_tree *t, struct place *p)
{
	struct place *up;

	while (p->parent != NULL && p->child == NULL && p->ref_count == 0 &&
	       (p->flags & (PLACE_QUEUED | PLACE_BUSY)) == 0) {
		up = p->parent;
		unwatch(t, p);
		place_remove(&t->places, p);
		p = up;
	}
}

static void
fail_to_look(struct watch_tree *t, struct place *p)
{
	t->error = errno;
	unwatch(t, p);
	place_set_kind(&t->places, p, PLACE_FAILED);
}

/* A place was looked at; "on": what leads on from it is due. */
static void
conclude(struct watch_tree *t, struct place *p, bool on)
{
	if (on && (p->kind == PLACE_DIR || p->kind == PLACE_LINK) &&
	    watch_link_follow(t, p) == -1)
		fail_to_look(t, p);
	if (p->kind == PLACE_FAILED)
		blame(t, p);
	if (p->kind == PLACE_ABSENT || p->kind == PLACE_FILE)
		shed(p);
	reap(t, p);
}

/* Read on in the directory that is looked through. */
static void
look_on(struct watch_tree *t)
{
	struct place *p = t->looking;
	int rc = watch_hook_read(t);

	if (rc == 1)
		return;
	t->looking = NULL;
	p->flags &= (uint8_t)~PLACE_BUSY;
	if (rc == -1)
		fail_to_look(t, p);
	conclude(t, p, true);
}

/* Watch a directory for less, but for all that the others need for which the
 * same watch stands. */
static void
narrow(struct watch_tree *t, struct place *p)
{
	char path[PATH_MAX];
	const struct place *q;
	unsigned how = EVENTS_EXACT;
	size_t at = 0;

	if (p->kind != PLACE_DIR || place_path(p, path, sizeof(path)) == -1 ||
	    t->ops->avoids(path, t->arg))
		return;
	while ((q = place_holder(&t->places, p->handle, &at)) != NULL)
		how |= watch_need_how(q);
	/* Another handle: another directory is there now, and an event under
	 * way that tells; but it must not be watched for too little. */
	if (t->ops->watch(path, how, t->arg) != p->handle)
		(void)t->ops->watch(
		    path, EVENTS_DIR | EVENTS_CONTENT | EVENTS_NEW, t->arg);
}

/* A place has come or gone: see to it that the directory that it is in is
 * watched for that, before the place is looked at for the last time. */
static void
tend_parent(struct watch_tree *t, struct place *p)
{
	struct place *up = p->parent;

	if (up == NULL || up->kind != PLACE_DIR)
		return;
	if (!place_is_there(p) && (up->flags & PLACE_WIDE) == 0) {
		up->flags |= PLACE_WIDE;
		place_push(&t->places, up);
		place_push(&t->places, p);
	} else if (place_is_there(p) && (up->flags & PLACE_WIDE) != 0 &&
		   !watch_need_new(up)) {
		up->flags &= (uint8_t)~PLACE_WIDE;
		narrow(t, up);
	}
}

static void
settle(struct watch_tree *t, struct place *p)
{
	enum place_kind kind, old = p->kind;
	bool look = (p->flags & PLACE_LOOK) != 0, changed, derived;
	int handle;

	p->flags &= (uint8_t)~PLACE_LOOK;
	derived = old != PLACE_ABSENT && watch_link_derives(t, p);
	if (watch_need_new(p))
		p->flags |= PLACE_WIDE;
	kind = probe(t, p, &handle);
	changed = kind != old || handle != p->handle;
	if (handle != p->handle)
		rebind(t, p, handle);
	place_set_kind(&t->places, p, kind);
	tend_parent(t, p);
	if (changed) {
		watch_hook_note_refs(t, p, false);
		/* Where it leads may be known already, and no news there. */
		if (kind == PLACE_LINK || old == PLACE_LINK)
			watch_hook_note_below(t, p);
		queue_children(t, p);
		if (derived)
			watch_link_relink(t, p);
	}
	look = look || changed;
	if (look && p->kind == PLACE_DIR && watch_hook_look(t, p) == -1)
		fail_to_look(t, p);
	if (t->dir == NULL) {
		conclude(t, p, look);
		return;
	}
	t->looking = p;
	p->flags |= PLACE_BUSY;
}

void
watch_arm_run(struct watch_tree *t)
{
	struct place *p;

	t->arming = true;
	while (t->budget > 0) {
		if (t->looking != NULL) {
			look_on(t);
			continue;
		}
		p = place_pop(&t->places);
		if (p == NULL)
			break;
		t->budget -= WATCH_COST_LOOK;
		settle(t, p);
	}
	t->arming = false;
}

bool
watch_arm_is_done(const struct watch_tree *t)
{
	return t->looking == NULL && t->places.first == NULL;
}

static void
sweep_one(struct watch_tree *t, struct place *p)
{
	bool held = (p->flags & (PLACE_QUEUED | PLACE_BUSY)) != 0;
	uint8_t flags = p->flags;

	if (p->child == NULL && p->ref_count == 0 && !held) {
		unwatch(t, p);
		place_set_kind(&t->places, p, PLACE_ABSENT);
		if (p->parent != NULL)
			place_remove(&t->places, p);
		return;
	}
	if ((flags & PLACE_CONTENT) != 0 && !watch_need_content(t, p))
		p->flags &= (uint8_t)~PLACE_CONTENT;
	if ((flags & PLACE_WIDE) != 0 && !watch_need_new(p))
		p->flags &= (uint8_t)~PLACE_WIDE;
	if (p->flags != flags)
		narrow(t, p);
}

void
watch_arm_sweep(struct watch_tree *t)
{
	struct place *p;

	while (t->budget > 0 && t->places.cursor != NULL) {
		p = t->places.cursor;
		t->places.cursor = place_up(p);
		t->budget -= WATCH_COST_SWEEP;
		sweep_one(t, p);
	}
}
