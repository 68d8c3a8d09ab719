/*
 * mount - what the BSDs and macOS tell of file systems; NetBSD by statvfs.h.
 */

#ifndef SYSTEMS_MOUNT_H
#define SYSTEMS_MOUNT_H

#include <stdint.h>

#if !defined(__NetBSD__)
#define MNT_NOWAIT 2
#define MNT_LOCAL 0x1000

/* OpenBSD and DragonFly cut longer names. */
#if defined(__OpenBSD__)
#define MNAMELEN 90
#elif defined(__DragonFly__)
#define MNAMELEN 80
#else
#define MNAMELEN 1024
#endif

struct statfs {
#if defined(__FreeBSD__)
	uint64_t f_flags;
#elif defined(__DragonFly__)
	int f_flags;
#else
	uint32_t f_flags;
#endif
	char f_fstypename[16];
	char f_mntonname[MNAMELEN];
};

int getmntinfo(struct statfs **table, int how);
#endif

#endif
