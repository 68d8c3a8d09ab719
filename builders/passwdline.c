/*
 * passwdline - one line of a file in the form of passwd(5).
 */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "builders/passwdline.h"

/* In the order of the fields. */
enum { NAME, PASSWORD, UID, GID, GECOS, HOME, FIELDS };

/* Blanks before it, and a sign, are what getpwent(3) of the GNU libc takes,
 * too: it leaves them to strtoul(3). */
static bool
is_number(const char *text, uid_t *number)
{
	unsigned long long value;
	char *end;

	if (text == NULL)
		return false;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || value > UINT32_MAX)
		return false;
	*number = (uid_t)value;
	return true;
}

bool
passwdline_cut(struct passwdline *p, char *line)
{
	char *fields[FIELDS];
	uid_t gid;
	int i;

	line += strspn(line, PASSWDLINE_BLANKS);
	if (strchr("#+-", *line) != NULL) /* or the end */
		return false;
	for (i = 0; i < FIELDS; i++)
		fields[i] = strsep(&line, ":"); /* NULL after the last */
	if (!is_number(fields[UID], &p->uid) || !is_number(fields[GID], &gid))
		return false;
	p->name = fields[NAME];
	p->home = fields[HOME] == NULL ? "" : fields[HOME];
	return true;
}
