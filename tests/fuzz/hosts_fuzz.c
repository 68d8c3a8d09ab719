/*
 * The hosts of a mail system, whose morercpthosts.cdb this is.
 */

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builders/hosts.h"
#include "tests/fuzz/input.h"

static void
put(const char *dir, const char *name, const void *bytes, size_t len)
{
	char path[512];
	FILE *out;

	(void)snprintf(path, sizeof(path), "%s/control/%s", dir, name);
	/* Not cut to nothing, which some file systems write to the disk. */
	(void)unlink(path); /* it may not be there */
	out = fopen(path, "we");
	input_require(out != NULL && fwrite(bytes, 1, len, out) == len);
	input_require(fclose(out) == 0);
}

static void
make_directory(const char *path)
{
	input_require(mkdir(path, 0755) == 0 || errno == EEXIST);
}

/* A directory of this process, which the next input finds as it was left. */
static void
lay_out(char *dir, size_t size, const uint8_t *data, size_t len)
{
	static const char rcpthosts[] = "example.com\n.example.org\n",
			  domains[] = "example.net:net\njoe@example.net:joe\n";
	const char *tmp = getenv("TMPDIR");
	char control[512];

	(void)snprintf(dir, size, "%.200s/fuzz.%ld", tmp == NULL ? "/tmp" : tmp,
	    (long)getpid());
	(void)snprintf(control, sizeof(control), "%.300s/control", dir);
	make_directory(dir);
	make_directory(control);
	put(dir, "rcpthosts", rcpthosts, strlen(rcpthosts));
	put(dir, "virtualdomains", domains, strlen(domains));
	put(dir, "locals", "localhost\n", 10);
	put(dir, "morercpthosts.cdb", data, len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char dir[512];
	const struct hosts_user *first;
	struct hosts hosts;
	struct deps deps;
	size_t i;

	lay_out(dir, sizeof(dir), data, len);
	hosts_init(&hosts);
	deps_init(&deps);
	if (hosts_read(&hosts, &deps, dir) == 0)
		for (i = 0; i < hosts.n; i++) {
			input_require(hosts_accept(&hosts, hosts.names[i]));
			input_require(hosts_is_named(&hosts, hosts.names[i]));
			(void)hosts_find(&hosts, hosts.names[i]);
			(void)hosts_users(&hosts, hosts.names[i], &first);
		}
	deps_fini(&deps);
	hosts_fini(&hosts);
	return 0;
}
