/*
 * disk - what the file systems of a queue can do more than others.
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef DISK_H
#define DISK_H

/* Rename within dir_fd, and never replace.  Nobody else may be at work there:
 * not every file system can do it at once.  Returns 0, or -1 with errno. */
int disk_rename_new(int dir_fd, const char *from, const char *to);

/* All that was written and renamed below dir_fd is on disk when it returns 0;
 * or -1 with errno. */
int disk_settle(int dir_fd);

#endif
