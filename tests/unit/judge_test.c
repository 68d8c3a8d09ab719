/* What the judge makes of a record and of what is there now. */

#include <errno.h>
#include <string.h>

#include "daemon/judge.h"
#include "daemon/stamp.h"
#include "daemon/stampset.h"
#include "tests/unit/check.h"

static struct stamp
make_stamp(uint64_t inode, int64_t mtime)
{
	struct stamp s;

	memset(&s, 0, sizeof(s));
	s.state = STAMP_PRESENT;
	s.inode = inode;
	s.size = 10;
	s.mtime = s.ctime = mtime;
	return s;
}

/* One rule's world for the judge: two sources and a target, all current. */
struct world {
	struct judge_terms terms;
	struct stamp_past past;
	struct stamp_set now;
	struct stamp target;
	struct judge_answer answer;
};

static int
world_init(struct world *w)
{
	struct stamp a = make_stamp(1, 100), b = make_stamp(2, 200);

	memset(w, 0, sizeof(*w));
	w->terms.build = w->terms.named = w->terms.create = true;
	w->terms.rule.low = 42;
	w->target = make_stamp(3, 300);
	w->past.exists = true;
	w->past.rule = w->terms.rule;
	w->past.target = w->target;
	w->past.records = -1;
	CHECK(stamp_set_add(&w->past.sources, "/a", STAMP_LITERAL, &a) == 0);
	CHECK(stamp_set_add(&w->past.sources, "/b", STAMP_MATCH, &b) == 0);
	CHECK(stamp_set_add(&w->now, "/a", STAMP_LITERAL, &a) == 0);
	CHECK(stamp_set_add(&w->now, "/b", STAMP_MATCH, &b) == 0);
	return 0;
}

static void
world_fini(struct world *w)
{
	stamp_past_fini(&w->past);
	stamp_set_fini(&w->now);
}

static bool
judged(struct world *w, enum stamp_verdict verdict, enum stamp_reason reason,
    const char *path)
{
	judge_rule(&w->terms, &w->past, &w->now, &w->target, &w->answer);
	if (w->answer.verdict != verdict || w->answer.reason != reason)
		return false;
	if (path == NULL || w->answer.path == NULL)
		return path == w->answer.path;
	return strcmp(path, w->answer.path) == 0;
}

#define BEHIND(reason, path) judged(&w, STAMP_BEHIND, STAMP_##reason, path)
#define CURRENT() judged(&w, STAMP_CURRENT, STAMP_NONE, NULL)
#define STORED() (CURRENT() && w.answer.store)

static int
test_sources(void)
{
	struct world w;
	struct stamp *a, *b, kept, absent;

	memset(&absent, 0, sizeof(absent));
	CHECK(world_init(&w) == 0);
	a = &w.now.entries[0].stamp;
	b = &w.now.entries[1].stamp;
	kept = *a;
	CHECK(CURRENT() && !w.answer.store);
	a->mtime--; /* a backup restored */
	CHECK(BEHIND(SOURCE_CHANGED, "/a"));
	CHECK(w.answer.then->mtime == 100 && w.answer.now->mtime == 99);
	*a = absent;
	CHECK(BEHIND(SOURCE_GONE, "/a"));
	w.past.sources.entries[0].stamp = absent;
	CHECK(CURRENT() && !w.answer.store);
	*a = kept;
	CHECK(BEHIND(SOURCE_NEW, "/a"));
	w.past.sources.entries[0].stamp = kept;
	w.past.sources.entries[0].stamp.state = STAMP_CHANGED;
	CHECK(BEHIND(SOURCE_CHANGED, "/a"));
	w.past.sources.entries[0].stamp = kept;
	w.now.count = 1;
	CHECK(BEHIND(SOURCE_GONE, "/b"));
	w.now.count = 2;
	w.past.sources.count = 1;
	CHECK(BEHIND(SOURCE_NEW, "/b"));
	*b = absent; /* in neither: the same, but better written down */
	CHECK(STORED());
	b->state = STAMP_UNKNOWN;
	b->error = EIO;
	CHECK(judged(&w, STAMP_BLOCKED, STAMP_NONE, "/b"));
	CHECK(w.answer.now->error == EIO);
	w.past.damaged = true;
	CHECK(judged(&w, STAMP_BLOCKED, STAMP_NONE, "/b"));
	world_fini(&w);
	return 0;
}

static int
test_target(void)
{
	struct world w;
	struct stamp kept;

	CHECK(world_init(&w) == 0);
	kept = w.target;
	w.target.inode++;
	CHECK(BEHIND(TARGET_REPLACED, NULL));
	CHECK(w.answer.then == &w.past.target && w.answer.now == &w.target);
	w.target.state = STAMP_ABSENT;
	CHECK(BEHIND(TARGET_MISSING, NULL));
	w.terms.create = false;
	CHECK(judged(&w, STAMP_IDLE, STAMP_NONE, NULL));
	w.now.entries[0].stamp.state = STAMP_UNKNOWN;
	CHECK(judged(&w, STAMP_IDLE, STAMP_NONE, NULL));
	w.terms.create = true;
	CHECK(judged(&w, STAMP_BLOCKED, STAMP_NONE, "/a"));
	w.now.entries[0].stamp.state = STAMP_ABSENT;
	CHECK(BEHIND(TARGET_MISSING, NULL));
	w.now.entries[1].stamp.state = STAMP_ABSENT;
	CHECK(judged(&w, STAMP_IDLE, STAMP_NONE, NULL));
	w.now.entries[1].stamp.state = STAMP_PRESENT;
	w.now.entries[1].origin = STAMP_DEP; /* that is nothing to build from */
	CHECK(judged(&w, STAMP_IDLE, STAMP_NONE, NULL));
	w.terms.named = false;
	w.past.sources.count = w.now.count = 0;
	CHECK(BEHIND(TARGET_MISSING, NULL));
	w.target = kept;
	CHECK(CURRENT());
	w.target.state = STAMP_UNKNOWN;
	w.target.error = EACCES;
	CHECK(judged(&w, STAMP_BLOCKED, STAMP_NONE, NULL));
	CHECK(w.answer.now->error == EACCES);
	world_fini(&w);
	return 0;
}

static int
test_rule(void)
{
	struct world w;

	CHECK(world_init(&w) == 0);
	w.terms.always = true;
	CHECK(BEHIND(ALWAYS, NULL) && !w.answer.store);
	w.terms.rule.low++;
	CHECK(BEHIND(RULE_CHANGED, NULL));
	/* What stands there before the first product; whatever else it has. */
	w.past.rule = (struct digest){ 0, 0 };
	CHECK(BEHIND(FIRST_RUN, NULL) && !w.answer.store);
	w.target.state = STAMP_ABSENT;
	CHECK(BEHIND(TARGET_MISSING, NULL) && w.answer.then == NULL);
	w.past.damaged = true;
	CHECK(BEHIND(RECORD_DAMAGED, NULL));
	world_fini(&w);
	return 0;
}

static int
test_no_record(void)
{
	struct world w;

	CHECK(world_init(&w) == 0);
	stamp_past_fini(&w.past);
	CHECK(STORED());
	w.target.mtime = 201;
	CHECK(STORED());
	w.target.mtime = 200;
	CHECK(BEHIND(SOURCE_NEWER, "/b") && !w.answer.store);
	CHECK(w.answer.then == &w.target);
	w.now.entries[1].stamp.state = STAMP_ABSENT;
	CHECK(STORED());
	w.target.state = STAMP_ABSENT;
	CHECK(BEHIND(TARGET_MISSING, NULL));
	w.terms.build = false;
	CHECK(BEHIND(FIRST_RUN, NULL));
	world_fini(&w);
	return 0;
}

static int
test_racy(void)
{
	struct world w;
	struct stamp *then, *now;

	CHECK(world_init(&w) == 0);
	then = &w.past.sources.entries[0].stamp;
	now = &w.now.entries[0].stamp;
	then->racy = true;
	CHECK(BEHIND(SOURCE_CHANGED, "/a"));
	then->hashed = true;
	CHECK(BEHIND(SOURCE_CHANGED, "/a"));
	now->hashed = true;
	CHECK(STORED());
	now->racy = true;
	CHECK(CURRENT() && !w.answer.store);
	now->digest.low = 1;
	CHECK(BEHIND(SOURCE_CHANGED, "/a"));

	w.terms.content = true;
	CHECK(BEHIND(SOURCE_CHANGED, "/a"));
	now->digest.low = 0;
	CHECK(CURRENT() && !w.answer.store);
	now->inode++;
	CHECK(STORED());
	now->racy = then->racy = false;
	CHECK(STORED());
	w.terms.content = false;
	CHECK(BEHIND(SOURCE_CHANGED, "/a"));
	world_fini(&w);
	return 0;
}

int
main(void)
{
	return test_sources() || test_target() || test_rule() ||
	       test_no_record() || test_racy();
}
