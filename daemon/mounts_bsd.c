/*
 * mounts on the BSDs and macOS: getmntinfo(3), which does not ask the file
 * systems themselves.
 */

#include <sys/types.h>
#include <sys/mount.h>
#ifdef __NetBSD__
#include <sys/statvfs.h>
#endif

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/mounts.h"

#ifdef __NetBSD__
#define TABLE struct statvfs
#define ITS_FLAGS f_flag
#define ITS_LOCAL ST_LOCAL
#define AT_ONCE ST_NOWAIT
#else
#define TABLE struct statfs
#define ITS_FLAGS f_flags
#define ITS_LOCAL MNT_LOCAL
#define AT_ONCE MNT_NOWAIT
#endif

/* The system's own storage, or NULL with errno. */
static const TABLE *
ask(size_t *count)
{
	TABLE *table = NULL;
	int n = getmntinfo(&table, AT_ONCE);

	*count = n > 0 ? (size_t)n : 0;
	if (n <= 0 && errno == 0)
		errno = EIO; /* there is a root at least */
	return n <= 0 ? NULL : table;
}

static int
add_all(struct mounts *m, const TABLE *table, size_t count)
{
	size_t i, size = 0, used = 0, n;

	for (i = 0; i < count; i++)
		size += strlen(table[i].f_mntonname) + 1;
	m->text = malloc(size);
	if (m->text == NULL)
		return -1;
	for (i = 0; i < count; i++) {
		n = strlen(table[i].f_mntonname) + 1;
		memcpy(m->text + used, table[i].f_mntonname, n);
		if (mounts_add(m, used, (table[i].ITS_FLAGS & ITS_LOCAL) != 0,
			strcmp(table[i].f_fstypename, "autofs") == 0) == -1)
			return -1;
		used += n;
	}
	return 0;
}

/* Nothing tells whether the table has changed; it costs one system call. */
int
mounts_refresh(struct mounts *m)
{
	struct mounts fresh = { .all_local = true };
	const TABLE *table;
	size_t count;

	errno = 0;
	table = ask(&count);
	if (table == NULL)
		return -1;
	if (add_all(&fresh, table, count) == 0) {
		mounts_replace(m, &fresh);
		return 0;
	}
	mounts_fini(&fresh);
	return -1;
}

const struct mount *
mounts_holding(const struct mounts *m, const char *path)
{
	(void)m;
	(void)path;
	return NULL;
}
