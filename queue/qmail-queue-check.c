/*
 * qmail-queue-check - is this queue as qmail needs it, and make it so.
 *
 *	qmail-queue-check [options] [QUEUE]
 *
 * Exit status: 0 the queue is right, 1 it has faults, 2 usage, 111 the machine
 * is in trouble, or qmail-send is running and a repair was asked for.
 */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/standard.h"
#include "queue/gate.h"
#include "queue/inspect.h"
#include "queue/repair.h"
#include "queue/tell.h"

enum { EXIT_FAULTS = 1, EXIT_USAGE = 2, EXIT_TROUBLE = 111 };

struct options {
	const char *queue;
	const char *users;
	const char *group;
	unsigned split; /* 0: guess */
	bool repair;
	bool json;
};

static const struct option words[] = {
	{ "repair", no_argument, NULL, 'r' },
	{ "json", no_argument, NULL, 'j' },
	{ "split", required_argument, NULL, 's' },
	{ "users", required_argument, NULL, 'u' },
	{ "group", required_argument, NULL, 'g' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'v' },
	{ NULL, 0, NULL, 0 },
};

static void
usage(FILE *out)
{
	fprintf(out,
	    "usage: qmail-queue-check [options] [QUEUE]\n"
	    "  --repair         rename and re-mode; never deletes a message\n"
	    "  --json           report as JSON\n"
	    "  --split N        buckets (conf-split); default: as the files "
	    "lie\n"
	    "  --users Q:S:R    owners; default: " ROLES_USERS "\n"
	    "  --group NAME     group; default: " ROLES_GROUP "\n"
	    "  --help           print this text\n"
	    "  --version        print the version\n"
	    "QUEUE is /var/qmail/queue if not given.\n");
}

static int
set_split(struct options *o, const char *text)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || n < 1 ||
	    n > LAYOUT_SPLIT_MAX) {
		log_warnx(
		    "--split %s: must be 1 to %d", text, LAYOUT_SPLIT_MAX);
		return -1;
	}
	o->split = (unsigned)n;
	return 0;
}

/* Returns -1 to go on, else the exit status. */
static int
read_options(struct options *o, int argc, char **argv)
{
	int c;

	while ((c = getopt_long(argc, argv, "h", words, NULL)) != -1) {
		switch (c) {
		case 'r':
			o->repair = true;
			break;
		case 'j':
			o->json = true;
			break;
		case 's':
			if (set_split(o, optarg) == -1)
				return EXIT_USAGE;
			break;
		case 'u':
			o->users = optarg;
			break;
		case 'g':
			o->group = optarg;
			break;
		case 'h':
			usage(stdout);
			return 0;
		case 'v':
			puts("qmail-queue-check " VERSION);
			return 0;
		default:
			usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (argc - optind > 1) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (optind < argc)
		o->queue = argv[optind];
	return -1;
}

/* Returns 0, or -1 with a warning logged. */
static int
repair(const struct queue *q, struct faults *faults, struct summary *summary)
{
	struct faults after;
	int lock_fd, rc = -1;

	lock_fd = gate_lock(q);
	if (lock_fd == -1)
		return -1;
	/* What was seen before the lock was had may have been on its way. */
	fault_free(faults);
	if (inspect_queue(q, faults, summary) == -1 ||
	    (faults->count > 0 && repair_queue(q) == -1))
		goto done;
	rc = inspect_queue(q, &after, summary);
	fault_compare(faults, &after);
	fault_free(&after);

done:
	(void)close(lock_fd); /* nothing was written */
	return rc;
}

static int
work(struct queue *q, const struct options *o)
{
	struct faults faults;
	struct summary summary;
	int rc;

	rc = inspect_queue(q, &faults, &summary);
	if (rc == 0 && o->repair)
		rc = repair(q, &faults, &summary);
	if (rc == 0)
		rc = o->json ? tell_json(q, &faults, &summary)
			     : tell_lines(q, &faults, &summary);
	if (rc == 0 && fault_remaining(&faults) > 0)
		rc = EXIT_FAULTS;
	fault_free(&faults);
	return rc == -1 ? EXIT_TROUBLE : rc;
}

int
main(int argc, char **argv)
{
	struct options o = { .queue = "/var/qmail/queue",
		.users = ROLES_USERS,
		.group = ROLES_GROUP };
	enum roles_answer answer;
	struct queue q;
	char why[256];
	int status;

	if (standard_open() == -1)
		return EXIT_TROUBLE;
	log_open("qmail-queue-check", false, false);
	status = read_options(&o, argc, argv);
	if (status != -1)
		return status;
	answer = roles_find(&q.roles, o.users, o.group, why, sizeof(why));
	if (answer != ROLES_FOUND) {
		log_warnx("%s", why);
		return answer == ROLES_WRONG ? EXIT_USAGE : EXIT_TROUBLE;
	}
	q.path = o.queue;
	q.fd = open(o.queue, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (q.fd == -1) {
		log_warn("%s", o.queue);
		return EXIT_TROUBLE;
	}
	status =
	    inspect_layout(&q, o.split) == -1 ? EXIT_TROUBLE : work(&q, &o);
	(void)close(q.fd); /* nothing was written */
	return status;
}
