/*
 * The lines of a vpasswd file.
 */

#include <stdlib.h>
#include <string.h>

#include "builders/vpasswd.h"
#include "tests/unit/check.h"

static long
parse(struct vpasswd *v, const char *text, size_t len)
{
	vpasswd_init(v);
	v->file.bytes = malloc(len + 1);
	if (v->file.bytes == NULL)
		abort();
	memcpy(v->file.bytes, text, len);
	v->file.bytes[len] = '\0';
	v->file.len = len;
	return vpasswd_parse(v);
}

#define PARSE(v, text) parse(v, text, sizeof(text) - 1)

static int
test_boxes(void)
{
	struct vpasswd v;

	CHECK(PARSE(&v, "b:c:1:16:g:d:q\n\na:c:1:0:g:d:q:clear\n"
			"b:c:1:0:g:d:q\nc:c:1:x:g:d:q") == 0);
	CHECK(v.n == 3);
	CHECK(strcmp(v.boxes[0].name, "a") == 0 && v.boxes[0].open);
	CHECK(strcmp(v.boxes[1].name, "b") == 0 && !v.boxes[1].open);
	CHECK(vpasswd_find(&v, "c") == &v.boxes[2] && v.boxes[2].open);
	CHECK(vpasswd_find(&v, "d") == NULL);
	CHECK(v.boxes[1].flags == VPASSWD_BOUNCE_MAIL);
	CHECK(v.boxes[1].hash_len == 1 && *v.boxes[1].hash == 'c');
	vpasswd_fini(&v);
	CHECK(PARSE(&v, "") == 0 && v.n == 0);
	vpasswd_fini(&v);
	return 0;
}

static int
test_trouble(void)
{
	struct vpasswd v;

	CHECK(PARSE(&v, "a:c:1:0:g:d:q\nb:c:1:0:g:d\n") == 2);
	vpasswd_fini(&v);
	CHECK(PARSE(&v, "a\n") == 1);
	vpasswd_fini(&v);
	CHECK(PARSE(&v, "a:c:1:0:g:d:\0\n") == 1);
	vpasswd_fini(&v);
	CHECK(PARSE(&v, "\0\0\0\0") == 1);
	vpasswd_fini(&v);
	return 0;
}

static int
test_names(void)
{
	CHECK(vpasswd_is_name("o'neil+{x}=~1_.-"));
	CHECK(!vpasswd_is_name(""));
	CHECK(!vpasswd_is_name("Joe"));
	CHECK(!vpasswd_is_name("a b"));
	CHECK(!vpasswd_is_name("a\xe9"));
	CHECK(!vpasswd_is_name("a@b"));
	CHECK(vpasswd_is_host("a-1.example"));
	CHECK(!vpasswd_is_host("a_b"));
	CHECK(!vpasswd_is_host(""));
	return 0;
}

static int
test_printed(void)
{
	struct vpasswd v;

	CHECK(PARSE(&v, "") == 0 && v.n == 0);
	vpasswd_fini(&v);
	CHECK(PARSE(&v, "x:c:1:0:g:d:q\n") == 0);
	vpasswd_fini(&v);
	CHECK(
	    PARSE(&v, "zoe\nname:   joe \n\nlist@x.example -> &a@b\nann") == 1);
	CHECK(vpasswd_parse_names(&v) == 0);
	CHECK(v.n == 4);
	CHECK(strcmp(v.boxes[0].name, "ann") == 0 && v.boxes[0].open);
	CHECK(v.boxes[0].hash == NULL && v.boxes[0].hash_len == 0);
	CHECK(vpasswd_find(&v, "joe") != NULL);
	CHECK(vpasswd_find(&v, "list") != NULL);
	vpasswd_fini(&v);
	CHECK(PARSE(&v, "joe\nall services\n") == 1);
	CHECK(vpasswd_parse_names(&v) == 2);
	vpasswd_fini(&v);
	CHECK(PARSE(&v, "uid: 1\n") == 1);
	CHECK(vpasswd_parse_names(&v) == 1);
	vpasswd_fini(&v);
	CHECK(PARSE(&v, "a\nb\0c\n") == 1);
	CHECK(vpasswd_parse_names(&v) == 2);
	vpasswd_fini(&v);
	return 0;
}

int
main(void)
{
	return test_boxes() || test_trouble() || test_names() || test_printed();
}
