/*
 * mount - what the BSDs and macOS tell of file systems; NetBSD by statvfs.h.
 */

#ifndef SYSTEMS_MOUNT_H
#define SYSTEMS_MOUNT_H

#include <stdint.h>

#if !defined(__NetBSD__)
#define MNT_NOWAIT 2
#define MNT_LOCAL 0x1000

struct statfs {
	uint32_t f_flags;
	char f_fstypename[16];
	char f_mntonname[1024];
};

int getmntinfo(struct statfs **table, int how);
#endif

#endif
