/*
 * command - what a program prints, as a file would be read.
 */

#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builders/command.h"
#include "daemon/log.h"
#include "daemon/piped.h"

#define READ_SIZE 65536 /* bytes asked for at a time */
#define DOMAIN_LEN (sizeof(COMMAND_DOMAIN) - 1)

static char *
put_domain(const char *word, const char *domain)
{
	const char *at;
	char *out = NULL;
	size_t size;
	FILE *text = open_memstream(&out, &size);

	if (text == NULL)
		log_fatal("memory");
	while ((at = strstr(word, COMMAND_DOMAIN)) != NULL) {
		(void)fwrite(word, 1, (size_t)(at - word), text); /* memory */
		(void)fputs(domain, text);
		word = at + DOMAIN_LEN;
	}
	(void)fputs(word, text);
	if (fclose(text) != 0)
		log_fatal("memory");
	return out;
}

static char **
put_words(char *const argv[], const char *domain)
{
	char **words;
	size_t n = 1, i; /* there is a program, always */

	while (argv[n] != NULL)
		n++;
	words = calloc(n + 1, sizeof(*words));
	if (words == NULL)
		log_fatal("memory");
	for (i = 0; i < n; i++)
		words[i] = put_domain(argv[i], i == 0 ? "" : domain);
	return words;
}

static void
free_words(char **words)
{
	size_t i;

	for (i = 0; words[i] != NULL; i++)
		free(words[i]);
	free(words);
}

static void
reserve(struct source *s, size_t size)
{
	char *bytes;

	if (size <= s->size)
		return;
	bytes = realloc(s->bytes, size * 2);
	if (bytes == NULL)
		log_fatal("memory");
	s->bytes = bytes;
	s->size = size * 2;
}

/* Returns 0, or -1 with errno. */
static int
read_all(struct source *s, int fd)
{
	ssize_t n;

	for (s->len = 0; s->len <= SOURCE_SIZE_MAX;) {
		reserve(s, s->len + READ_SIZE + 1);
		n = read(fd, s->bytes + s->len, READ_SIZE);
		if (n == 0) {
			s->bytes[s->len] = '\0';
			return 0;
		}
		if (n == -1 && errno != EINTR)
			return -1;
		if (n > 0)
			s->len += (size_t)n;
	}
	errno = EFBIG;
	return -1;
}

/* The program that prints too much gets SIGPIPE when we have closed. */
static int
finish(const char *name, const char *domain, pid_t pid, int read_error)
{
	int status;

	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR) {
			log_warn("%s: %s: wait", domain, name);
			return -1;
		}
	if (read_error != 0) {
		errno = read_error;
		log_warn("%s: %s: read", domain, name);
		return -1;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status))
		log_warnx("%s: %s: exit %d", domain, name, WEXITSTATUS(status));
	else
		log_warnx("%s: %s: signal %d", domain, name, WTERMSIG(status));
	return -1;
}

int
command_read(struct source *out, char *const argv[], const char *domain)
{
	char **words;
	int fds[2];
	int read_error = 0;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) == -1) {
		stamp_from_failure(&out->stamp, errno);
		log_warn("%s: pipe", argv[0]);
		return -1;
	}
	words = put_words(argv, domain);
	pid = piped_start(words, fds[1], false);
	free_words(words);
	(void)close(fds[1]); /* nothing was written */
	if (pid == -1) {
		stamp_from_failure(&out->stamp, errno);
		log_warn("%s: %s", domain, argv[0]);
		(void)close(fds[0]); /* nothing was written */
		return -1;
	}
	if (read_all(out, fds[0]) == -1)
		read_error = errno;
	(void)close(fds[0]); /* nothing was written */
	out->stamp.kind = STAMP_UNKNOWN;
	if (finish(argv[0], domain, pid, read_error) == 0)
		return 0;
	out->stamp.kind = STAMP_FAILED; /* what it asks may be down */
	return -1;
}
