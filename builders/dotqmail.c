/*
 * dotqmail - the .qmail files of a directory, and what they do with mail.
 */

#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "builders/dotqmail.h"
#include "daemon/log.h"

#define DEFAULT "default"
#define DEFAULT_LEN (sizeof(DEFAULT) - 1)
#define NAME_SPACE 512 /* bytes on the stack for most names */
#define PREFIX ".qmail"
#define PREFIX_LEN (sizeof(PREFIX) - 1)

/* What qmail-local does not put up with (checkhome(), qmeexists() and main() in
 * qmail-local.c of notqmail; S_IWOTH is what conf-patrn has): it tries again
 * later, until somebody changes the mode.  Forwarding is all that a file with
 * an x may say. */
#define UNSAFE_HOME (S_IWOTH | S_ISVTX)
#define UNSAFE_FILE S_IWOTH
#define FORWARD_ONLY S_IXUSR

void
dotqmail_set_init(struct dotqmail_set *set, struct deps *deps)
{
	memset(set, 0, sizeof(*set));
	arena_init(&set->memory);
	source_init(&set->file);
	set->deps = deps;
}

void
dotqmail_set_fini(struct dotqmail_set *set)
{
	free(set->by_dep);
	arena_fini(&set->memory);
	source_fini(&set->file);
	dotqmail_set_init(set, set->deps);
}

/* A name with a newline never gets mail by SMTP, and could not be listed. */
static void
take_names(struct dotqmail_set *set, struct dotqmail *d,
    const struct source_names *names)
{
	size_t i;

	d->files = arena_object(&set->memory, names->n * sizeof(*d->files));
	for (i = 0; i < names->n; i++) {
		if (strchr(names->names[i].text, '\n') != NULL)
			continue;
		d->files[d->n].name = names->names[i].text + PREFIX_LEN;
		d->files[d->n].dep = DOTQMAIL_NO_DEP;
		d->files[d->n++].file = names->names[i].file;
	}
}

static void
read_directory(struct dotqmail_set *set, struct dotqmail *d)
{
	struct source_names names;
	enum source_answer answer;

	d->trouble = true;
	answer = source_list(&names, &set->memory, d->home, PREFIX);
	deps_stamp(set->deps, d->dep, &names.stamp);
	switch (answer) {
	case SOURCE_READ:
		take_names(set, d, &names);
		d->trouble = false;
		d->defers = (names.mode & UNSAFE_HOME) != 0;
		if (d->defers)
			log_warnx("%s: writable by others, or sticky: its mail "
				  "is tried again later",
			    d->home);
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

/* Where the directory of this number is, or will be. */
static struct dotqmail **
find_place(struct dotqmail_set *set, uint32_t dep)
{
	while (set->n_by_dep <= dep) {
		set->by_dep = arena_grow(set->by_dep, set->n_by_dep,
		    &set->by_dep_size, sizeof(*set->by_dep));
		set->by_dep[set->n_by_dep++] = NULL;
	}
	return &set->by_dep[dep];
}

struct dotqmail *
dotqmail_open(struct dotqmail_set *set, const char *home)
{
	struct dotqmail **place;
	struct dotqmail *d;

	if (home[0] != '/' || strchr(home, '\n') != NULL) {
		log_warnx("%s: a home that is not an absolute path", home);
		return NULL;
	}
	deps_add(set->deps, home);
	place = find_place(set, set->deps->last);
	if (*place == NULL) {
		d = arena_object(&set->memory, sizeof(*d));
		d->dep = set->deps->last;
		d->home = set->deps->paths[d->dep].text;
		*place = d;
		read_directory(set, d);
	}
	return (*place)->trouble ? NULL : *place;
}

/* What it says does not count then: all mail for it is forwarded, or tried
 * again later. */
static bool
is_deferred(const struct source *file, const char *path)
{
	if ((file->mode & UNSAFE_FILE) == 0)
		return (file->mode & FORWARD_ONLY) != 0;
	log_warnx(
	    "%s: writable by others: its mail is tried again later", path);
	return true;
}

/* A name that has gone since the directory was read is no name. */
static struct instruct
read_file(struct dotqmail_set *set, const struct dotqmail_file *file)
{
	struct instruct does = { INSTRUCT_TROUBLE, NULL };
	const char *path = set->deps->paths[file->dep].text;
	enum source_answer answer;

	answer = file->file ? source_try_file(&set->file, path)
			    : source_try(&set->file, path);
	deps_stamp(set->deps, file->dep, &set->file.stamp);
	switch (answer) {
	case SOURCE_READ:
		if (!is_deferred(&set->file, path))
			return instruct_judge(
			    &set->memory, set->file.bytes, set->file.len);
		does.kind = INSTRUCT_DELIVERS;
		break;
	case SOURCE_ABSENT:
	case SOURCE_OTHER:
		does.kind = INSTRUCT_NOTHING;
		break;
	case SOURCE_TROUBLE:
		break;
	}
	return does;
}

enum instruct_kind
dotqmail_kind(
    struct dotqmail_set *set, struct dotqmail *d, struct dotqmail_file *file)
{
	if (file->dep != DOTQMAIL_NO_DEP) {
		deps_use(set->deps, file->dep);
		return file->does.kind;
	}
	/* The name in memory has its ".qmail" before it. */
	(void)deps_add_in(set->deps, d->home, file->name - PREFIX_LEN);
	file->dep = set->deps->last;
	file->does = read_file(set, file);
	return file->does.kind;
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
	enum instruct_kind kind;

	file = bsearch(name, d->files, d->n, sizeof(*d->files), compare_name);
	if (file == NULL)
		return NULL;
	kind = dotqmail_kind(set, d, file);
	if (kind == INSTRUCT_TROUBLE)
		*trouble = true;
	return kind == INSTRUCT_NOTHING ? NULL : file;
}

/* In lower case, with ':' for '.'. */
static char
safe_byte(char c)
{
	if (c == '.')
		return ':';
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c;
}

/* The dash as it is; the extension as names have it.  Returns the end. */
static char *
make_name(char *name, const char *dash, const char *ext)
{
	char *c = stpcpy(name, dash);

	for (; *ext != '\0'; ext++)
		*c++ = safe_byte(*ext);
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

/* What make_name() would make, compared while it is being made: every mailbox
 * is asked about, and most differ in their first bytes. */
struct wanted {
	const char *dash;
	const char *ext;
};

static int
compare_wanted(const void *wanted, const void *file)
{
	const struct wanted *w = wanted;
	const struct dotqmail_file *f = file;
	const char *name = f->name, *c;
	int order = 0;

	for (c = w->dash; *c != '\0' && order == 0; c++)
		order = (unsigned char)*c - (unsigned char)*name++;
	for (c = w->ext; *c != '\0' && order == 0; c++)
		order = (unsigned char)safe_byte(*c) - (unsigned char)*name++;
	return order != 0 ? order : -(*name != '\0');
}

void
dotqmail_ask(
    struct dotqmail_asked *asked, const struct dotqmail *d, const char *dash)
{
	size_t i, len = strlen(dash);
	const char *name;

	memset(asked, 0, sizeof(*asked));
	asked->directory = d;
	asked->dash = dash;
	for (i = 0; i < d->n; i++) {
		name = d->files[i].name;
		if (strncmp(name, dash, len) == 0)
			asked->begins[(unsigned char)name[len]] = true;
	}
}

bool
dotqmail_has(const struct dotqmail_asked *asked, const char *ext)
{
	const struct dotqmail *d = asked->directory;
	struct wanted wanted = { asked->dash, ext };

	return asked->begins[(unsigned char)safe_byte(*ext)] &&
	       bsearch(&wanted, d->files, d->n, sizeof(*d->files),
		   compare_wanted) != NULL;
}

bool
dotqmail_is_default(const struct dotqmail_file *file)
{
	size_t len = strlen(file->name);

	return len >= DEFAULT_LEN &&
	       strcmp(file->name + len - DEFAULT_LEN, DEFAULT) == 0;
}

struct dotqmail_file *
dotqmail_search(struct dotqmail_set *set, struct dotqmail *d, const char *dash,
    const char *ext, size_t *rest, bool *trouble)
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
	if (rest != NULL)
		*rest = 0;
	file = find_visible(set, d, name, trouble);
	for (; file == NULL && end >= first; end--) {
		if (end > first && end[-1] != '-')
			continue;
		memcpy(end, DEFAULT, sizeof(DEFAULT));
		file = find_visible(set, d, name, trouble);
		if (rest != NULL)
			*rest = (size_t)(end - first);
	}
	if (name != own)
		free(name);
	return *trouble ? NULL : file;
}
