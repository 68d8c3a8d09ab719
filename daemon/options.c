#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/options.h"

void
options_usage(FILE *out)
{
	fputs("usage: triggerd [-nsv] [-c DIR] [-r FD]\n"
	      "  -c DIR  configuration (" CONFDIR ")\n"
	      "  -n      check the configuration and exit\n"
	      "  -r FD   write a newline to this descriptor when ready\n"
	      "  -s      log to syslog, not to standard error\n"
	      "  -v      log more\n",
	    out);
}

int
options_read(struct options *o, int argc, char **argv)
{
	char *end;
	long fd;
	int c;

	*o = (struct options){ .conf_dir = CONFDIR, .ready_fd = -1 };
	while ((c = getopt(argc, argv, "c:hnr:sv")) != -1) {
		switch (c) {
		case 'c':
			o->conf_dir = optarg;
			break;
		case 'n':
			o->check_only = true;
			break;
		case 'r':
			errno = 0;
			fd = strtol(optarg, &end, 10);
			if (end == optarg || *end != '\0' || errno != 0 ||
			    fd < 0 || fd > INT_MAX)
				return -1;
			o->ready_fd = (int)fd;
			break;
		case 's':
			o->to_syslog = true;
			break;
		case 'v':
			o->verbose = true;
			break;
		case 'h':
			o->help = true; /* whatever else is there */
			return 0;
		default:
			return -1;
		}
	}
	return optind == argc ? 0 : -1;
}
