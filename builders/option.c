/*
 * option - the values of options, as the builders take them.
 */

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>

#include "builders/option.h"
#include "daemon/log.h"
#include "daemon/unasked.h"

int
option_wrong(const char *what, const char *value)
{
	log_warnx("%s: %s", value, what);
	return -1;
}

int
option_path(const char **path, const char *value)
{
	if (value[0] != '/' || strchr(value, '\n') != NULL)
		return option_wrong("not an absolute path", value);
	*path = value;
	return 0;
}

int
option_id(uint32_t *id, const char *value)
{
	unsigned long number;

	errno = 0;
	number = strtoul(value, NULL, 10);
	if (errno != 0 || *value == '\0' ||
	    value[strspn(value, "0123456789")] != '\0' ||
	    number > OPTION_ID_LAST)
		return -1;
	*id = (uint32_t)number;
	return 0;
}

int
option_uid(uint32_t *uid, const char *value)
{
	if (option_id(uid, value) == -1)
		return option_wrong("not a uid", value);
	return 0;
}

int
option_group(gid_t *group, const char *value)
{
	const struct group *found;
	uint32_t number;
	int error;

	errno = 0;
	found = getgrnam(value);
	error = errno;
	if (found != NULL) {
		*group = found->gr_gid;
		return 0;
	}
	if (option_id(&number, value) == 0) {
		*group = number;
		return 0;
	}
	if (!unasked_by(error))
		return option_wrong("no such group", value);
	errno = error;
	log_fatal("%s: group", value);
}

int
option_word(const char *const *words, size_t n, const char *value)
{
	size_t i;

	for (i = 0; i < n && words[i] != NULL; i++)
		if (strcmp(value, words[i]) == 0)
			return (int)i;
	return option_wrong("not one of the words for this option", value);
}
