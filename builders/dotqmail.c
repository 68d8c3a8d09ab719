/*
 * dotqmail - the .qmail files of a directory, and what they do with mail.
 */

#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builders/dotqmail.h"
#include "daemon/log.h"

#define DEFAULT "default"
#define NAME_SPACE 512 /* bytes on the stack for most names */
#define PREFIX ".qmail"
#define PREFIX_LEN (sizeof(PREFIX) - 1)

void
dotqmail_set_init(struct dotqmail_set *set, struct deps *deps)
{
	memset(set, 0, sizeof(*set));
	arena_init(&set->memory);
	source_init(&set->file);
	set->deps = deps;
}

/* The directories are in the arena. */
static void
keep(void *directory)
{
	(void)directory;
}

void
dotqmail_set_fini(struct dotqmail_set *set)
{
	tdestroy(set->tree, keep);
	arena_fini(&set->memory);
	source_fini(&set->file);
	dotqmail_set_init(set, set->deps);
}

static int
compare_homes(const void *a, const void *b)
{
	const struct dotqmail *x = a;
	const struct dotqmail *y = b;

	return strcmp(x->home, y->home);
}

/* A name with a newline never gets mail by SMTP, and could not be listed. */
static void
take_names(struct dotqmail_set *set, struct dotqmail *d,
    const struct source_names *names)
{
	size_t i;

	d->files = arena_object(&set->memory, names->n * sizeof(*d->files));
	for (i = 0; i < names->n; i++)
		if (strchr(names->names[i], '\n') == NULL)
			d->files[d->n++].name = names->names[i] + PREFIX_LEN;
}

static void
read_directory(struct dotqmail_set *set, struct dotqmail *d)
{
	struct source_names names;

	d->trouble = true;
	if (d->home[0] != '/' || strchr(d->home, '\n') != NULL) {
		log_warnx("%s: a home that is not an absolute path", d->home);
		return;
	}
	deps_add(set->deps, d->home);
	switch (source_list(&names, &set->memory, d->home, PREFIX)) {
	case SOURCE_READ:
		take_names(set, d, &names);
		d->trouble = false;
		break;
	case SOURCE_ABSENT: /* for qmail a reason to try again later */
		errno = ENOENT;
		log_warn("%s", d->home);
		break;
	case SOURCE_OTHER:
	case SOURCE_TROUBLE:
		break;
	}
}

struct dotqmail *
dotqmail_open(struct dotqmail_set *set, const char *home)
{
	struct dotqmail wanted = { .home = home };
	struct dotqmail **found;
	struct dotqmail *d;

	found = tfind(&wanted, &set->tree, compare_homes);
	if (found == NULL) {
		d = arena_object(&set->memory, sizeof(*d));
		d->home = arena_copy(&set->memory, home, strlen(home));
		found = tsearch(d, &set->tree, compare_homes);
		if (found == NULL)
			log_fatal("memory");
		read_directory(set, d);
	}
	return (*found)->trouble ? NULL : *found;
}

/* The words of a shell command, without their quotes. */
struct words {
	const char *at;
	const char *end;
	bool compound; /* it is more than one command */
	char word[DOTQMAIL_WORD_MAX];
};

static bool
next_word(struct words *w)
{
	char quote = '\0';
	size_t used = 0;

	while (w->at < w->end && (*w->at == ' ' || *w->at == '\t'))
		w->at++;
	if (w->at == w->end)
		return false;
	for (; w->at < w->end; w->at++) {
		if (quote == '\0' && (*w->at == ' ' || *w->at == '\t'))
			break;
		if (quote == '\0' && strchr(";&|", *w->at) != NULL)
			w->compound = true;
		if (*w->at == quote)
			quote = '\0';
		else if (quote == '\0' && (*w->at == '\'' || *w->at == '"'))
			quote = *w->at;
		else if (used < sizeof(w->word) - 1)
			w->word[used++] = *w->at;
	}
	w->word[used] = '\0';
	return true;
}

static bool
is_program(const char *word, const char *name)
{
	const char *slash = strrchr(word, '/');

	return strcmp(slash == NULL ? word : slash + 1, name) == 0;
}

/* Behind "vdelivermail": an argument that is not used, and what to do with
 * mail for unknown users. */
static enum dotqmail_kind
judge_vdelivermail(struct words *w)
{
	if (!next_word(w) || !next_word(w))
		return DOTQMAIL_DELIVERS;
	if (strcmp(w->word, "bounce-no-mailbox") == 0)
		return DOTQMAIL_MAILBOXES;
	if (strcmp(w->word, "delete") == 0)
		return DOTQMAIL_DELETES;
	return DOTQMAIL_DELIVERS;
}

/* bouncesaying with a message alone, and "exit 100", always bounce; with a
 * program behind the message it depends on that. */
static enum dotqmail_kind
judge_command(const char *line, const char *end)
{
	struct words w = { .at = line, .end = end };
	bool bouncesaying, exits;
	int n;

	if (!next_word(&w))
		return DOTQMAIL_DELIVERS;
	bouncesaying = is_program(w.word, "bouncesaying");
	exits = strcmp(w.word, "exit") == 0;
	for (n = 1;; n++) {
		if (is_program(w.word, "vdelivermail"))
			return judge_vdelivermail(&w);
		if (!next_word(&w))
			break;
	}
	if (n != 2 || w.compound)
		return DOTQMAIL_DELIVERS;
	if (bouncesaying || (exits && strcmp(w.word, "100") == 0))
		return DOTQMAIL_BOUNCES;
	return DOTQMAIL_DELIVERS;
}

/* What the lines so far come to. */
struct tally {
	bool delivered; /* to a file, or to a program */
	bool forwarded;
	bool deleted;
};

/* Files and programs are served in the order of the lines, and the first
 * bounce ends it; forwarding comes last, so that a bounce on any line prevents
 * it.  Returns UNREAD to go on with the next line. */
static enum dotqmail_kind
judge_line(struct tally *t, const char *line, const char *end)
{
	if (line == end || *line == '#')
		return DOTQMAIL_UNREAD;
	if (*line != '|') {
		if (*line == '.' || *line == '/')
			t->delivered = true;
		else
			t->forwarded = true;
		return DOTQMAIL_UNREAD;
	}
	switch (judge_command(line + 1, end)) {
	case DOTQMAIL_MAILBOXES:
		return DOTQMAIL_MAILBOXES;
	case DOTQMAIL_BOUNCES:
		return t->delivered ? DOTQMAIL_DELIVERS : DOTQMAIL_BOUNCES;
	case DOTQMAIL_DELETES:
		t->deleted = true;
		break;
	case DOTQMAIL_DELIVERS:
	case DOTQMAIL_UNREAD:
	case DOTQMAIL_NOTHING:
	case DOTQMAIL_TROUBLE:
		t->delivered = true;
		break;
	}
	return DOTQMAIL_UNREAD;
}

/* An empty file is the default delivery, one of comments throws mail away,
 * and a blank first line makes qmail-local try again later. */
enum dotqmail_kind
dotqmail_judge(const char *bytes, size_t len)
{
	struct tally tally = { false, false, false };
	const char *line, *end, *stop = bytes + len;
	const char *trimmed;
	enum dotqmail_kind kind;

	for (line = bytes; line < stop; line = end + 1) {
		end = memchr(line, '\n', (size_t)(stop - line));
		if (end == NULL)
			end = stop;
		trimmed = end;
		while (trimmed > line &&
		       (trimmed[-1] == ' ' || trimmed[-1] == '\t'))
			trimmed--;
		if (line == bytes && trimmed == line)
			return DOTQMAIL_DELIVERS;
		kind = judge_line(&tally, line, trimmed);
		if (kind != DOTQMAIL_UNREAD)
			return kind;
	}
	if (tally.deleted && !tally.delivered && !tally.forwarded)
		return DOTQMAIL_DELETES;
	return DOTQMAIL_DELIVERS;
}

/* A name that has gone since the directory was read is no name. */
static enum dotqmail_kind
read_kind(struct dotqmail_set *set, const char *path)
{
	switch (source_try(&set->file, path)) {
	case SOURCE_READ:
		return dotqmail_judge(set->file.bytes, set->file.len);
	case SOURCE_ABSENT:
	case SOURCE_OTHER:
		return DOTQMAIL_NOTHING;
	case SOURCE_TROUBLE:
		break;
	}
	return DOTQMAIL_TROUBLE;
}

enum dotqmail_kind
dotqmail_kind(
    struct dotqmail_set *set, struct dotqmail *d, struct dotqmail_file *file)
{
	/* The name in memory has its ".qmail" before it. */
	if (file->kind == DOTQMAIL_UNREAD)
		file->kind = read_kind(set,
		    deps_add_in(set->deps, d->home, file->name - PREFIX_LEN));
	return file->kind;
}

static int
compare_name(const void *name, const void *file)
{
	const struct dotqmail_file *f = file;

	return strcmp(name, f->name);
}

static struct dotqmail_file *
find_visible(struct dotqmail_set *set, struct dotqmail *d, const char *name,
    bool *trouble)
{
	struct dotqmail_file *file;
	enum dotqmail_kind kind;

	file = bsearch(name, d->files, d->n, sizeof(*d->files), compare_name);
	if (file == NULL)
		return NULL;
	kind = dotqmail_kind(set, d, file);
	if (kind == DOTQMAIL_TROUBLE)
		*trouble = true;
	return kind == DOTQMAIL_NOTHING ? NULL : file;
}

/* The dash as it is; the extension in lower case, with ':' for '.'.  Returns
 * the end. */
static char *
make_name(char *name, const char *dash, const char *ext)
{
	char *c = stpcpy(name, dash);

	for (; *ext != '\0'; ext++, c++) {
		*c = *ext;
		if (*c == '.')
			*c = ':';
		else if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	}
	*c = '\0';
	return c;
}

/* A name longer than that of any file may still begin like a "-default". */
static char *
name_space(char own[NAME_SPACE], size_t size)
{
	char *name = size <= NAME_SPACE ? own : malloc(size);

	if (name == NULL)
		log_fatal("memory");
	return name;
}

struct dotqmail_file *
dotqmail_search(struct dotqmail_set *set, struct dotqmail *d, const char *dash,
    const char *ext, bool *trouble)
{
	struct dotqmail_file *file;
	char own[NAME_SPACE];
	char *name, *end, *first;

	*trouble = false;
	if (d->n == 0)
		return NULL;
	name = name_space(own, strlen(dash) + strlen(ext) + sizeof(DEFAULT));
	first = name + strlen(dash);
	end = make_name(name, dash, ext);
	file = find_visible(set, d, name, trouble);
	for (; file == NULL && end >= first; end--) {
		if (end > first && end[-1] != '-')
			continue;
		memcpy(end, DEFAULT, sizeof(DEFAULT));
		file = find_visible(set, d, name, trouble);
	}
	if (name != own)
		free(name);
	return *trouble ? NULL : file;
}
