/*
 * process - is a process of somebody else's still there?
 */

#include <stdio.h>
#include <string.h>

#include "service/process.h"

/* The state is the letter after the name, which stands in parentheses and may
 * hold any byte.  Other systems have no such file, or another one. */
bool
process_has_ended(pid_t pid)
{
	char path[64], text[512];
	const char *at;
	size_t n;
	FILE *f;

	(void)snprintf(
	    path, sizeof(path), "/proc/%ld/stat", (long)pid); /* fits */
	f = fopen(path, "re");
	if (f == NULL)
		return false;
	n = fread(text, 1, sizeof(text) - 1, f);
	(void)fclose(f); /* nothing was written */
	text[n] = '\0';
	at = strrchr(text, ')');
	return at != NULL && at[1] == ' ' && (at[2] == 'Z' || at[2] == 'X');
}
