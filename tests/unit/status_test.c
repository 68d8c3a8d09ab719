/*
 * Status: what is written is read, whatever its words are; what is damaged is
 * no status.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/status.h"
#include "tests/unit/check.h"

static char odd[] = "one\ntwo\\three\\n";
static char list[] = "list";

static int
test_read_back(void)
{
	struct status_rule rule = {
		.name = list, .state = "failed", .note = odd, .records = -1
	};
	struct status s = {
		.pid = 7, .config_error = odd, .rules = &rule, .count = 1
	};
	struct status back;

	CHECK(status_write("status", &s) == 0);
	CHECK(status_read("status", &back) == 0);
	CHECK(back.pid == 7 && back.count == 1);
	CHECK(strcmp(back.config_error, odd) == 0);
	CHECK(strcmp(back.rules[0].note, odd) == 0);
	CHECK(back.rules[0].reason == NULL && back.rules[0].records == -1);
	status_fini(&back);
	return 0;
}

static int
put(const char *text)
{
	FILE *f = fopen("status", "we");

	int rc;

	CHECK(f != NULL);
	rc = fputs(text, f);
	CHECK(fclose(f) == 0 && rc != EOF);
	return 0;
}

/* One that is newer than its reader may have further words. */
static int
test_others(const char *begin)
{
	char text[2048];
	struct status s;

	(void)snprintf(text, sizeof(text), "%s\nname a\nstate idle\nnew 1\n",
	    begin); /* fits */
	CHECK(put(text) == 0);
	CHECK(status_read("status", &s) == 0);
	CHECK(s.count == 1 && strcmp(s.rules[0].state, "idle") == 0);
	status_fini(&s);
	return 0;
}

static int
is_refused(const char *begin, const char *rest)
{
	char text[2048];
	struct status s;

	(void)snprintf(text, sizeof(text), "%s%s", begin, rest); /* fits */
	CHECK(put(text) == 0);
	errno = 0;
	CHECK(status_read("status", &s) == -1 && errno == EILSEQ);
	CHECK(s.text == NULL && s.rules == NULL);
	return 0;
}

/* The line of the format, and the daemon's. */
static int
read_begin(char *begin, size_t size)
{
	const char *end;
	FILE *f = fopen("status", "re");
	size_t n;

	CHECK(f != NULL);
	n = fread(begin, 1, size - 1, f);
	CHECK(fclose(f) == 0);
	begin[n] = '\0';
	end = strchr(begin, '\n');
	CHECK(end != NULL);
	begin[end + 1 - begin] = '\0';
	return 0;
}

int
main(void)
{
	char dir[] = "status_test.XXXXXX", begin[1024];
	const char *top = getenv("TMPDIR");
	int rc;

	CHECK(chdir(top != NULL ? top : "/tmp") == 0);
	CHECK(mkdtemp(dir) != NULL && chdir(dir) == 0);
	rc = test_read_back() != 0 || read_begin(begin, sizeof(begin)) != 0 ||
	     test_others(begin) != 0 || is_refused("", "") != 0 ||
	     is_refused("", "something else\n") != 0 ||
	     is_refused(begin, "\nname a\nstate\n") != 0 ||
	     is_refused(begin, "\nname a\n") != 0 ||
	     is_refused(begin, "hints many\n") != 0;
	(void)unlink("status");
	CHECK(chdir("..") == 0 && rmdir(dir) == 0);
	return rc;
}
