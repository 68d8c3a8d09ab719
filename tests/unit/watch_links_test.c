/*
 * watch_links_test - a source is watched where its links lead, and what they
 * led to before is no more.
 */

#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/unit/watching.h"

static int
test_links(void)
{
	struct watch *w;

	make("one");
	make("two");
	make("deep/er");
	put("one/f", "1");
	put("two/f", "2");
	put("deep/er/g", "3");
	point("way", "via");
	point("via", "one");
	w = begin("way/f");
	put("one/f", "11");
	CHECK(hints(w) == 2 && heard.path[0] == '\0');
	put("two/f", "22");
	CHECK(hints(w) == 0);
	/* The link in the middle of the chain changes. */
	point("new", "two");
	move("new", "via");
	CHECK(hints(w) == 2);
	put("two/f", "222");
	CHECK(hints(w) == 2);
	put("one/f", "111");
	CHECK(hints(w) == 0);
	/* The last component is a link, with ".." in it. */
	CHECK(unlink(at("two/f")) == 0);
	point("two/f", "../deep/er/../er/g");
	CHECK(hints(w) == 2);
	put("deep/er/g", "33");
	CHECK(hints(w) == 2);
	move("deep/er", "deep/est");
	CHECK(hints(w) == 2);
	make("deep/er");
	put("deep/er/g", "333");
	CHECK(hints(w) == 2);
	/* A link that leads nowhere, then somewhere. */
	CHECK(unlink(at("way")) == 0);
	point("way", at("later"));
	CHECK(hints(w) == 2);
	make("later");
	put("later/f", "4");
	CHECK(hints(w) == 2);
	/* The link becomes a directory. */
	CHECK(unlink(at("way")) == 0);
	make("way");
	put("way/f", "5");
	CHECK(hints(w) == 2);
	put("later/f", "44");
	CHECK(hints(w) == 0);
	put("way/f", "55");
	CHECK(hints(w) == 2);
	return end(w);
}

/* A file in a directory. */
static const char *
at_in(const char *name)
{
	static char path[64];

	(void)snprintf(path, sizeof(path), "%s/f1", name);
	return path;
}

/* What a link names is a name, not a pattern. */
static int
test_link_signs(void)
{
	static const char *const names[] = { "a*b", "a?b", "a[x]b", "a\\b" };
	struct watch *w;
	size_t i;

	make("axb");
	make("ab");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		make(names[i]);
		point("new", names[i]);
		move("new", "l");
		w = begin("l/f*");
		put(at_in(names[i]), "new");
		CHECK(hints(w) == 2);
		put("axb/f1", "not this one");
		put("ab/f1", "nor this one");
		CHECK(hints(w) == 0);
		CHECK(unlink(at(at_in(names[i]))) == 0);
		CHECK(hints(w) == 2);
		CHECK(unlink(at("axb/f1")) == 0 && unlink(at("ab/f1")) == 0);
		CHECK(end(w) == 0);
	}
	return 0;
}

/* A link that comes, to what is watched already for somebody else. */
static int
test_link_to_known(void)
{
	struct watch *w;

	make("b");
	put("b/f", "1");
	w = begin("b/f");
	CHECK(watch_add(w, 2, at("l/b/f")) == 0);
	CHECK(hints(w) == 0);
	point("l", ".");
	CHECK(hints(w) == 4);
	put("b/f", "2");
	CHECK(hints(w) == 6);
	CHECK(unlink(at("l")) == 0);
	CHECK(hints(w) == 4);
	put("b/f", "3");
	CHECK(hints(w) == 2);
	return end(w);
}

static int
test_link_loop(void)
{
	struct watch *w;

	make("d");
	point("d/a", "b");
	point("d/b", "a/x");
	point("d/me", "me/me");
	point("d/up", "../d");
	w = begin("d/a/f");
	CHECK(watch_add(w, 1, at("d/me/f")) == 0);
	CHECK(watch_add(w, 1, at("d/*/*/*/f")) == 0);
	wait_armed(w);
	CHECK(hints(w) == 0);
	CHECK(unlink(at("d/a")) == 0);
	put("d/a", "1");
	CHECK(hints(w) == 2);
	return end(w);
}

/* A chain of links that led somewhere and leads nowhere now, for it has become
 * a circle or too long; and the way back. */
static int
test_links_end(void)
{
	char from[16], to[16];
	struct watch *w;
	int i;

	make("d");
	put("d/f", "1");
	for (i = 0; i < 5; i++) {
		(void)snprintf(from, sizeof(from), "d/%d", i);
		(void)snprintf(to, sizeof(to), "%d", i + 1);
		point(from, i == 4 ? "f" : to);
	}
	w = begin("d/0");
	put("d/f", "2");
	CHECK(hints(w) == 2);
	point("d/new", "0");
	move("d/new", "d/4"); /* a circle */
	CHECK(hints(w) == 2);
	point("d/new", "f");
	move("d/new", "d/4");
	CHECK(hints(w) == 2);
	put("d/f", "3");
	CHECK(hints(w) == 2);
	point("d/new", "0");
	move("d/new", "d/f"); /* what was a file is a link back */
	CHECK(hints(w) == 2);
	put("d/new", "4");
	move("d/new", "d/f");
	CHECK(hints(w) == 2);
	for (i = 5; i < 60; i++) {
		(void)snprintf(from, sizeof(from), "d/%d", i);
		(void)snprintf(to, sizeof(to), "%d", i + 1);
		point(from, i == 59 ? "f" : to);
	}
	(void)hints(w);
	point("d/new", "5");
	move("d/new", "d/4"); /* 60 links: too many */
	CHECK(hints(w) == 2);
	point("d/new", "f");
	move("d/new", "d/4");
	CHECK(hints(w) == 2);
	return end(w);
}

int
main(void)
{
	int (*const tests[])(void) = {
		test_links,
		test_link_signs,
		test_link_to_known,
		test_link_loop,
		test_links_end,
		NULL,
	};
	int failed;

	enter();
	failed = run_all(tests);
	leave();
	return failed;
}
