/*
 * linekeys - a file of keys, one a line, made a cdb as qmail-newmrh does.
 */

#include <errno.h>
#include <string.h>

#include "builders/cdbfile.h"
#include "builders/linekeys.h"
#include "builders/source.h"
#include "daemon/log.h"

static void
lower_bytes(char *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (bytes[i] >= 'A' && bytes[i] <= 'Z')
			bytes[i] = (char)(bytes[i] - 'A' + 'a');
}

bool
linekeys_next(char **at, char *end, char **key, size_t *len)
{
	char *line, *stop;

	while (*at < end) {
		line = *at;
		stop = memchr(line, '\n', (size_t)(end - line));
		*at = stop == NULL ? end : stop + 1;
		if (stop == NULL)
			stop = end;
		while (stop > line && (stop[-1] == ' ' || stop[-1] == '\t'))
			stop--;
		if (stop == line || *line == '#')
			continue;
		*key = line;
		*len = (size_t)(stop - line);
		lower_bytes(*key, *len);
		return true;
	}
	return false;
}

static int
add_keys(struct cdbfile *cdb, const struct source *file)
{
	char *at = file->bytes;
	char *end = at + file->len;
	char *key;
	size_t len;

	while (linekeys_next(&at, end, &key, &len))
		if (cdbfile_add(cdb, key, len, "", 0) == -1)
			return -1;
	return 0;
}

static int
write_cdb(const struct source *file, const char *target, mode_t mode)
{
	struct cdbfile cdb;
	int rc = -1;

	if (cdbfile_open(&cdb, target, mode) == -1) {
		log_warn("%s", target);
		return -1;
	}
	if (add_keys(&cdb, file) == 0)
		rc = cdbfile_commit_changed(&cdb);
	if (rc == -1)
		log_warn("%s", target);
	cdbfile_close(&cdb);
	return rc;
}

int
linekeys_compile(const char *source, const char *target, mode_t mode)
{
	struct source file;
	int rc = -1;

	source_init(&file);
	switch (source_read(&file, source)) {
	case SOURCE_READ:
		rc = write_cdb(&file, target, mode);
		break;
	case SOURCE_ABSENT:
		errno = ENOENT;
		log_warn("%s", source);
		break;
	case SOURCE_OTHER:
	case SOURCE_TROUBLE:
		break;
	}
	source_fini(&file);
	return rc;
}
