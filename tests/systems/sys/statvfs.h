/*
 * statvfs - what NetBSD tells of file systems.
 */

#ifndef SYSTEMS_STATVFS_H
#define SYSTEMS_STATVFS_H

#define ST_NOWAIT 2
#define ST_LOCAL 0x1000

struct statvfs {
	unsigned long f_flag;
	char f_fstypename[32];
	char f_mntonname[1024];
};

int getmntinfo(struct statvfs **table, int how);

#endif
