#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/status.h"

#define FORMAT "triggerd-status 1"
#define STATUS_BYTES_MAX (64 * 1024 * 1024)

/* One table for writer and reader: which word, where, what kind. */
enum kind { TEXT, COUNT, NUMBER };

struct field {
	const char *word;
	size_t offset;
	enum kind kind;
};

#define RULE_FIELD(name, kind)                                  \
	{                                                       \
#name, offsetof(struct status_rule, name), kind \
	}

static const struct field rule_fields[] = {
	RULE_FIELD(name, TEXT),
	RULE_FIELD(state, TEXT),
	RULE_FIELD(reason, TEXT),
	RULE_FIELD(path, TEXT),
	RULE_FIELD(note, TEXT),
	RULE_FIELD(degraded, TEXT),
	RULE_FIELD(paused, COUNT),
	RULE_FIELD(checks, COUNT),
	RULE_FIELD(runs, COUNT),
	RULE_FIELD(failures, COUNT),
	RULE_FIELD(last_run_at, NUMBER),
	RULE_FIELD(last_ok_at, NUMBER),
	RULE_FIELD(next_at, NUMBER),
	RULE_FIELD(run_ms, NUMBER),
	RULE_FIELD(check_us, NUMBER),
	RULE_FIELD(records, NUMBER),
};

static const struct field daemon_fields[] = {
	{ "started_at", offsetof(struct status, started_at), NUMBER },
	{ "hints", offsetof(struct status, hints), COUNT },
	{ "config_dir", offsetof(struct status, config_dir), TEXT },
	{ "config_error", offsetof(struct status, config_error), TEXT },
	{ "config_degraded", offsetof(struct status, config_degraded), TEXT },
	{ "degraded", offsetof(struct status, degraded), TEXT },
};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void
write_text(FILE *f, const char *word, const char *text)
{
	fprintf(f, "%s ", word);
	for (; *text != '\0'; text++) {
		if (*text == '\\')
			fputs("\\\\", f);
		else if (*text == '\n')
			fputs("\\n", f);
		else
			putc(*text, f);
	}
	putc('\n', f);
}

static void
write_fields(
    FILE *f, const struct field *fields, size_t count, const void *object)
{
	const char *base = object;
	const char *text;
	uint64_t u;
	int64_t n;
	size_t i;

	for (i = 0; i < count; i++) {
		switch (fields[i].kind) {
		case TEXT:
			memcpy(&text, base + fields[i].offset, sizeof(text));
			if (text != NULL && text[0] != '\0')
				write_text(f, fields[i].word, text);
			break;
		case COUNT:
			memcpy(&u, base + fields[i].offset, sizeof(u));
			fprintf(f, "%s %" PRIu64 "\n", fields[i].word, u);
			break;
		case NUMBER:
			memcpy(&n, base + fields[i].offset, sizeof(n));
			fprintf(f, "%s %" PRId64 "\n", fields[i].word, n);
			break;
		}
	}
}

int
status_write(const char *path, const struct status *s)
{
	char temp[PATH_MAX];
	FILE *f;
	size_t i;
	int fd, saved_errno;

	/* A fixed name is safe here: only the daemon that holds the lock of
	 * this directory writes in it. */
	if (snprintf(temp, sizeof(temp), "%s.new", path) >= (int)sizeof(temp)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = open(
	    temp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd == -1)
		return -1;
	(void)fchmod(fd, 0644); /* against the umask; readable is a courtesy */
	f = fdopen(fd, "w");
	if (f == NULL) {
		close(fd);
		return -1;
	}
	fprintf(f, FORMAT "\npid %ld\n", (long)s->pid);
	write_fields(f, daemon_fields, LENGTH(daemon_fields), s);
	for (i = 0; i < s->count; i++) {
		putc('\n', f);
		write_fields(f, rule_fields, LENGTH(rule_fields), &s->rules[i]);
	}
	if (ferror(f) | fclose(f) || rename(temp, path) == -1) {
		saved_errno = errno;
		unlink(temp);
		errno = saved_errno;
		return -1;
	}
	return 0;
}

/* --- reading ----------------------------------------------------------- */

static char *
slurp(const char *path)
{
	struct stat st;
	char *text = NULL;
	size_t used = 0;
	ssize_t n = 0;
	int fd, saved_errno;

	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return NULL;
	if (fstat(fd, &st) == -1)
		goto fail;
	if (!S_ISREG(st.st_mode) || st.st_size > STATUS_BYTES_MAX) {
		errno = EILSEQ;
		goto fail;
	}
	text = malloc((size_t)st.st_size + 1);
	if (text == NULL)
		goto fail;
	while (used < (size_t)st.st_size) {
		n = read(fd, text + used, (size_t)st.st_size - used);
		if (n <= 0)
			break;
		used += (size_t)n;
	}
	if (n == -1)
		goto fail;
	/* Without the last newline it was cut, maybe inside a number. */
	if (used == 0 || text[used - 1] != '\n') {
		errno = EILSEQ;
		goto fail;
	}
	text[used] = '\0';
	close(fd);
	return text;

fail:
	saved_errno = errno;
	free(text);
	close(fd);
	errno = saved_errno;
	return NULL;
}

static void
unescape(char *text)
{
	char *to = text;

	for (; *text != '\0'; text++) {
		if (text[0] == '\\' && text[1] != '\0') {
			text++;
			*to++ = (char)(*text == 'n' ? '\n' : *text);
		} else
			*to++ = *text;
	}
	*to = '\0';
}

/* Words that we do not know are a newer daemon's, and no error. */
static bool
read_field(const struct field *fields, size_t count, void *object,
    const char *word, char *value)
{
	char *base = object, *end;
	const char *text;
	uint64_t u;
	int64_t n;
	size_t i;

	for (i = 0; i < count; i++)
		if (strcmp(fields[i].word, word) == 0)
			break;
	if (i == count)
		return true;
	errno = 0;
	switch (fields[i].kind) {
	case TEXT:
		unescape(value);
		text = value;
		memcpy(base + fields[i].offset, &text, sizeof(text));
		return true;
	case COUNT:
		u = strtoull(value, &end, 10);
		memcpy(base + fields[i].offset, &u, sizeof(u));
		return end != value && *end == '\0' && errno == 0;
	case NUMBER:
		n = strtoll(value, &end, 10);
		memcpy(base + fields[i].offset, &n, sizeof(n));
		return end != value && *end == '\0' && errno == 0;
	}
	return false;
}

static struct status_rule *
add_rule(struct status *s)
{
	struct status_rule *more;

	more = reallocarray(s->rules, s->count + 1, sizeof(*more));
	if (more == NULL)
		return NULL;
	s->rules = more;
	memset(&more[s->count], 0, sizeof(*more));
	return &more[s->count++];
}

static bool
read_line(struct status *s, struct status_rule **rule, char *line)
{
	char *value = strchr(line, ' ');

	if (value == NULL)
		return false;
	*value++ = '\0';
	if (strcmp(line, "name") == 0) {
		*rule = add_rule(s);
		if (*rule == NULL)
			return false;
	}
	if (*rule != NULL)
		return read_field(
		    rule_fields, LENGTH(rule_fields), *rule, line, value);
	if (strcmp(line, "pid") == 0) {
		s->pid = (pid_t)strtol(value, NULL, 10);
		return s->pid > 0;
	}
	return read_field(daemon_fields, LENGTH(daemon_fields), s, line, value);
}

int
status_read(const char *path, struct status *s)
{
	struct status_rule *rule = NULL;
	char *line, *next;
	size_t i;

	memset(s, 0, sizeof(*s));
	s->text = slurp(path);
	if (s->text == NULL)
		return -1;
	next = s->text;
	line = strsep(&next, "\n");
	if (strcmp(line, FORMAT) != 0 || next == NULL)
		goto bad;
	while ((line = strsep(&next, "\n")) != NULL)
		if (line[0] != '\0' && !read_line(s, &rule, line))
			goto bad;
	for (i = 0; i < s->count; i++)
		if (s->rules[i].state == NULL)
			goto bad;
	return 0;

bad:
	status_fini(s);
	errno = EILSEQ;
	return -1;
}

void
status_fini(struct status *s)
{
	free(s->rules);
	free(s->text);
	memset(s, 0, sizeof(*s));
}
