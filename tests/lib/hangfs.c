/*
 * hangfs - mount a file system that never answers, like one of a dead server.
 *
 *	hangfs DIR
 *
 * Prints its process number when DIR is mounted and goes on in the
 * background; whoever looks below DIR from then on waits until it is killed,
 * and has an error afterwards.  Exit status 77: nothing can be mounted here.
 */

#include <sys/mount.h>

#include <linux/fuse.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define REQUEST_MAX (FUSE_MIN_READ_BUFFER + 4096)
#define UNAVAILABLE 77

static char request[REQUEST_MAX];

/* The kernel's first request; without an answer a look at DIR could still be
 * interrupted. */
static int
answer_init(int fd)
{
	struct fuse_in_header in;
	struct {
		struct fuse_out_header header;
		struct fuse_init_out init;
	} out;
	ssize_t n = read(fd, request, sizeof(request));

	if (n < (ssize_t)sizeof(in))
		return -1;
	memcpy(&in, request, sizeof(in));
	if (in.opcode != FUSE_INIT)
		return -1;
	memset(&out, 0, sizeof(out));
	out.header.len = sizeof(out);
	out.header.unique = in.unique;
	out.init.major = FUSE_KERNEL_VERSION;
	out.init.minor = FUSE_KERNEL_MINOR_VERSION;
	out.init.max_write = 4096;
	return write(fd, &out, sizeof(out)) == (ssize_t)sizeof(out) ? 0 : -1;
}

static int
fail(const char *what)
{
	perror(what);
	return UNAVAILABLE;
}

int
main(int argc, char **argv)
{
	char options[128];
	int fd;
	pid_t pid;

	if (argc != 2) {
		fprintf(stderr, "usage: hangfs DIR\n");
		return 2;
	}
	fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fd == -1)
		return fail("/dev/fuse");
	snprintf(options, sizeof(options),
	    "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", fd);
	if (mount("hangfs", argv[1], "fuse.hangfs", 0, options) == -1)
		return fail("mount");
	if (answer_init(fd) == -1) {
		(void)umount2(argv[1], MNT_DETACH);
		return fail("FUSE_INIT");
	}
	pid = fork();
	if (pid == -1)
		return fail("fork");
	if (pid > 0) {
		printf("%ld\n", (long)pid);
		return 0;
	}
	(void)close(STDOUT_FILENO);
	while (read(fd, request, sizeof(request)) > 0)
		;
	return 0;
}
