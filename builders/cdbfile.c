/*
 * cdbfile - write a cdb that its readers see whole or not at all.
 */

#include <errno.h>
#include <limits.h>

#include "builders/cdbfile.h"

#define SYNC_SIZE (4 * 1024 * 1024) /* bytes between two hints to the disk */

int
cdbfile_open(struct cdbfile *c, const char *path, mode_t mode)
{
	c->making = false;
	c->unsynced = 0;
	if (tempfile_open(&c->file, path, mode) == -1)
		return -1;
	if (cdb_make_start(&c->make, c->file.fd) == -1) {
		tempfile_close(&c->file);
		return -1;
	}
	c->making = true;
	return 0;
}

int
cdbfile_add(struct cdbfile *c, const char *key, size_t key_len,
    const char *value, size_t value_len)
{
	if (key_len > UINT_MAX || value_len > UINT_MAX) {
		errno = EFBIG;
		return -1;
	}
	c->unsynced += key_len + value_len;
	if (c->unsynced > SYNC_SIZE) {
		tempfile_begin_sync(&c->file);
		c->unsynced = 0;
	}
	return cdb_make_add(
	    &c->make, key, (unsigned)key_len, value, (unsigned)value_len);
}

int
cdbfile_commit(struct cdbfile *c)
{
	c->making = false; /* cdb_make_finish() frees, even when it fails */
	if (cdb_make_finish(&c->make) == -1)
		return -1;
	return tempfile_commit(&c->file);
}

int
cdbfile_commit_changed(struct cdbfile *c)
{
	c->making = false; /* see above */
	if (cdb_make_finish(&c->make) == -1)
		return -1;
	return tempfile_commit_changed(&c->file);
}

void
cdbfile_close(struct cdbfile *c)
{
	int saved_errno = errno;

	if (c->making)
		(void)cdb_make_finish(&c->make); /* the only way to free it */
	c->making = false;
	tempfile_close(&c->file);
	errno = saved_errno;
}
