/*
 * The lock of a rule's run, and whom it names: "@" is our own number, "%" one
 * that is ours if it is cut to 32 bits, "#" when we were started.  Nobody else
 * may ever be named by half a number or too much of one.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/process.h"
#include "daemon/runlock.h"
#include "tests/fuzz/matter.h"

#define SIZE 64 /* bytes of the file that are read */

static size_t
fill_in(char *text, size_t size, const uint8_t *data, size_t len)
{
	bool ended;
	unsigned long long since = process_start_time(getpid(), &ended);
	size_t i, n = 0;

	for (i = 0; i < len && n + 32 < size; i++)
		if (data[i] == '@')
			n += (size_t)sprintf(text + n, "%ld", (long)getpid());
		else if (data[i] == '%')
			n += (size_t)sprintf(
			    text + n, "%lld", (1LL << 32) + getpid());
		else if (data[i] == '#')
			n += (size_t)sprintf(text + n, "%llu", since);
		else
			text[n++] = (char)data[i];
	text[n] = '\0';
	return n;
}

/* The number, as it stands there, and nothing that goes on after it. */
static bool
is_written(const char *text, pid_t pid)
{
	char digits[32];
	size_t blank = strspn(text, " \t\n\v\f\r+0");
	int n = sprintf(digits, "%ld ", (long)pid);

	return strncmp(text + blank, digits, (size_t)n) == 0 &&
	       memchr(text + blank, '\n', SIZE) != NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char path[MATTER_PATH], text[4 * SIZE];
	bool over;
	pid_t pid;

	matter_path(path, "lock");
	matter_put("lock", text, fill_in(text, sizeof(text), data, len));
	pid = runlock_holder(path, &over);
	matter_require(pid == 0 || (pid > 1 && !over));
	matter_require(pid == 0 || is_written(text, pid));
	return 0;
}
