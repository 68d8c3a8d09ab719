/*
 * compile - a program that makes a cdb of one text file of qmail's.
 */

#include <sys/stat.h>

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builders/compile.h"
#include "builders/deps.h"
#include "builders/option.h"
#include "daemon/log.h"
#include "daemon/standard.h"

#define QMAIL "/var/qmail"
#define MODE 0644
#define MASK 033 /* as qmail's own: whatever the caller's is */
#define EXIT_SOURCE 100
#define EXIT_TROUBLE 111

enum option_value { OPTION_DEPS = 256, OPTION_HELP, OPTION_QMAIL };

static const struct option long_options[] = {
	{ "deps", required_argument, NULL, OPTION_DEPS },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "qmail", required_argument, NULL, OPTION_QMAIL },
	{ NULL, 0, NULL, 0 },
};

struct settings {
	const char *qmail;
	const char *text; /* or NULL, as the next two */
	const char *cdb;
	const char *deps;
	bool help;
};

void
compile_lower(char *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (bytes[i] >= 'A' && bytes[i] <= 'Z')
			bytes[i] = (char)(bytes[i] - 'A' + 'a');
}

void
compile_add(struct compile *c, const char *key, size_t key_len,
    const char *value, size_t value_len)
{
	if (c->failed ||
	    cdbfile_add(&c->cdb, key, key_len, value, value_len) == 0)
		return;
	log_warn("%s", c->cdb_path);
	c->failed = true;
}

static void
print_usage(const char *program, FILE *out)
{
	(void)fprintf(out,
	    "usage: %s [-c file] [--deps file] [--qmail dir] [text]\n"
	    "       %s --help\n",
	    program, program); /* there is nobody else to tell */
}

static int
set_option(struct settings *s, int option)
{
	switch (option) {
	case 'c':
		s->cdb = optarg;
		return 0;
	case OPTION_DEPS:
		s->deps = optarg;
		return 0;
	case OPTION_HELP:
		s->help = true;
		return 0;
	case OPTION_QMAIL:
		return option_path(&s->qmail, optarg);
	default: /* getopt_long has said what is wrong */
		return -1;
	}
}

static int
read_options(struct settings *s, int argc, char **argv)
{
	int option;

	while (!s->help && (option = getopt_long(
				argc, argv, "c:", long_options, NULL)) != -1)
		if (set_option(s, option) == -1)
			return -1;
	if (s->help)
		return 0;
	s->text = argv[optind]; /* NULL behind the last */
	if (s->text != NULL && argv[optind + 1] != NULL)
		return option_wrong("one text is all", argv[optind + 1]);
	if (s->text != NULL && s->deps != NULL)
		return option_path(&s->text, s->text);
	return 0;
}

/* The path that was given, or the usual one. */
static char *
choose(const char *given, const char *directory, const char *name)
{
	char *path;
	int rc = given != NULL ? asprintf(&path, "%s", given)
			       : asprintf(&path, "%s/%s", directory, name);

	if (rc == -1)
		log_fatal("memory");
	return path;
}

/* That the text is not there is trouble for qmail's own programs too. */
static int
read_text(struct compile *c)
{
	enum source_answer answer = source_read(&c->text, c->text_path);

	if (answer == SOURCE_ABSENT) {
		errno = ENOENT;
		log_warn("%s", c->text_path);
	}
	return answer == SOURCE_READ ? 0 : -1;
}

static int
write_deps(const struct compile *c, const char *file)
{
	struct deps deps;
	int rc;

	deps_init(&deps);
	deps_add(&deps, c->text_path);
	rc = deps_write(&deps, file);
	if (rc == -1)
		log_warn("%s", file);
	deps_fini(&deps);
	return rc;
}

static int
write_cdb(struct compile *c, compile_fn *add_records)
{
	int rc = -1;

	if (cdbfile_open(&c->cdb, c->cdb_path, MODE) == -1) {
		log_warn("%s", c->cdb_path);
		return -1;
	}
	if (add_records(c) == 0 && !c->failed) {
		rc = cdbfile_commit_changed(&c->cdb);
		if (rc == -1)
			log_warn("%s", c->cdb_path);
	}
	cdbfile_close(&c->cdb);
	return rc;
}

static int
run(const struct compile_job *job, const struct settings *s)
{
	struct compile c = { .failed = false };
	int status = EXIT_TROUBLE;

	source_init(&c.text);
	c.text_path = choose(s->text, s->qmail, job->text);
	c.cdb_path = choose(s->cdb, s->qmail, job->cdb);
	/* The dependencies first: a cdb is never there without them. */
	if (read_text(&c) == 0 &&
	    (s->deps == NULL || write_deps(&c, s->deps) == 0) &&
	    write_cdb(&c, job->add_records) == 0)
		status = 0;
	source_fini(&c.text);
	free(c.text_path);
	free(c.cdb_path);
	return status;
}

int
compile_main(const struct compile_job *job, int argc, char **argv)
{
	struct settings settings = { .qmail = QMAIL };

	if (standard_open() == -1)
		return EXIT_TROUBLE; /* and perhaps nobody to tell */
	log_open(job->program, false, false);
	(void)umask(MASK); /* the old one is of no use */
	if (read_options(&settings, argc, argv) == -1) {
		print_usage(job->program, stderr);
		return EXIT_SOURCE;
	}
	if (settings.help) {
		print_usage(job->program, stdout);
		return 0;
	}
	return run(job, &settings);
}
