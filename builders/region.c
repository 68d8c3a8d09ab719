/*
 * region - the names of one place of delivery.
 */

#include <stdlib.h>
#include <string.h>

#include "builders/region.h"

#define DEFAULT "default"
#define DEFAULT_LEN (sizeof(DEFAULT) - 1)
#define ANY MAILSYSTEM_ANY

/* The extension of a name, "begin" and a rest, is "ext" and the same rest. */
struct region {
	struct namelist *domain;
	struct delivery_place place;
	struct dotqmail *files;
	struct dotqmail_asked asked; /* of the files, with this dash */
	const char *begin;
	char ext[NAMELIST_NAME_MAX];
	size_t ext_len;
	char safe_ext[NAMELIST_NAME_MAX]; /* as in the name of a file */
};

/* One of its files that is for many names: "begin" and a rest. */
struct served {
	struct dotqmail_file *file;
	char begin[NAMELIST_NAME_MAX];
	size_t file_len; /* bytes of extensions that the file's name has */
	bool certain;    /* nothing but the file of a name goes before it */
	bool alone;      /* nothing at all does */
};

static void
replace(char *text, char old, char new)
{
	for (; *text != '\0'; text++)
		if (*text == old)
			*text = new;
}

/* qmail-local looks for lower case and ':' for '.': no other file is found. */
static bool
is_safe(const char *ext)
{
	for (; *ext != '\0'; ext++)
		if (*ext == '.' || (*ext >= 'A' && *ext <= 'Z'))
			return false;
	return true;
}

/* Is it this region's place, and this one of its files, that gets the mail of
 * a name whose extension there is "ext"?  1 yes, 0 no, -1 trouble. */
static int
is_served(const struct region *r, const struct dotqmail_file *file,
    const char *name, const char *ext)
{
	struct mailsystem *m = r->domain->system;
	struct delivery_place place;
	char local[NAMELIST_NAME_MAX];
	bool trouble;

	if (r->domain->divided) {
		if (!namelist_join(local, r->domain->prefix, name, ""))
			return 0;
		if (delivery_find(&m->delivery, local, &place) == -1)
			return -1;
		if (!delivery_is_same(&place, &r->place))
			return 0;
	}
	if (dotqmail_search(&m->dotqmail, r->files, r->place.dash, ext, NULL,
		&trouble) == file)
		return 1;
	return trouble ? -1 : 0;
}

static int
try_box(const struct region *r, const struct served *s,
    const struct vpasswd_box *box)
{
	char joined[NAMELIST_NAME_MAX];
	const char *ext = box->name;
	const char *name;
	int served = 1;

	if (strncmp(ext, r->ext, r->ext_len) != 0 || ext[r->ext_len] == '\0')
		return 0;
	name = ext + r->ext_len;
	if (*r->begin != '\0') { /* mostly nothing is before it */
		if (!namelist_join(joined, r->begin, name, ""))
			return 0;
		name = joined;
	}
	if (!box->open)
		return box->legal && r->domain->system->options->negatives
			   ? namelist_try(r->domain, name)
			   : 0;
	if (namelist_hides(r->domain, name))
		return 0;
	if (!s->alone && (!s->certain || dotqmail_has(&r->asked, ext)))
		served = is_served(r, s->file, name, ext);
	if (served == 1)
		namelist_add(r->domain, name, 1);
	return served == -1 ? -1 : 0;
}

/* With QMAIL_EXT, all names that begin with the mailbox and a dash. */
static int
try_box_ext(const struct region *r, const struct served *s, const char *box)
{
	char begin[NAMELIST_NAME_MAX], name[NAMELIST_NAME_MAX];
	char ext[NAMELIST_NAME_MAX];
	int served;

	if (strchr(box, '-') != NULL || strncmp(box, r->ext, r->ext_len) != 0 ||
	    box[r->ext_len] == '\0' ||
	    !namelist_join(begin, r->begin, box + r->ext_len, "-") ||
	    !namelist_join(name, begin, ANY, "") ||
	    !namelist_join(ext, box, "-", ANY))
		return 0;
	served = is_served(r, s->file, name, ext);
	if (served == 1)
		namelist_add_all(r->domain, begin);
	return served == -1 ? -1 : 0;
}

/* The mailboxes whose mail this file gives to vdelivermail.  Where the first
 * dash is in what its names begin with, one mailbox may get everything. */
static int
add_mailboxes(const struct region *r, const struct served *s)
{
	struct mailsystem *m = r->domain->system;
	const struct vpasswd_box *box;
	char ext[NAMELIST_NAME_MAX];
	size_t i;

	if (mailsystem_open_mailboxes(m, r->domain->host) == -1)
		return -1;
	if (namelist_join(ext, r->ext, s->begin + strlen(r->begin), "") &&
	    mailsystem_find_ext(m, ext) != NULL)
		namelist_add_all(r->domain, s->begin);
	for (i = 0; i < m->mailboxes.n; i++) {
		box = &m->mailboxes.boxes[i];
		if (try_box(r, s, box) == -1)
			return -1;
		if (m->has_ext && box->open &&
		    try_box_ext(r, s, box->name) == -1)
			return -1;
	}
	return 0;
}

/* The name that fastforward looks "user" up for; NULL if none of ours. */
static const char *
name_of_user(const struct region *r, const struct served *s,
    const struct instruct_call *call, const char *user,
    char name[NAMELIST_NAME_MAX])
{
	const char *prefix = r->domain->prefix;
	const char *tail = "";
	size_t len;

	if (!call->by_extension) {
		len = strlen(prefix);
		return strncmp(user, prefix, len) == 0 ? user + len : NULL;
	}
	if (s->file_len < r->ext_len)
		tail = r->ext + s->file_len;
	len = strlen(tail);
	if (strncmp(user, tail, len) != 0 ||
	    !namelist_join(name, s->begin, user + len, ""))
		return NULL;
	return name;
}

/* The names in the cdb of one call of fastforward: each is then asked about. */
static int
add_aliases(const struct region *r, const struct served *s,
    const struct instruct_call *call)
{
	struct mailsystem *m = r->domain->system;
	const struct fastforward *f;
	char user[NAMELIST_NAME_MAX], space[NAMELIST_NAME_MAX];
	const char *name;
	char *at;
	size_t i;

	f = fastforward_open(&m->aliases, r->files->home, call->cdb);
	m->host_matters = true;
	if (f == NULL)
		return -1;
	for (i = 0; i < f->n; i++) {
		if (!namelist_join(user, f->keys[i], "", ""))
			continue;
		at = strrchr(user, '@');
		if (at == NULL ||
		    (at[1] != '\0' && strcmp(at + 1, r->domain->host) != 0))
			continue;
		*at = '\0';
		if (at == user)
			namelist_add_all(r->domain, s->begin);
		name = name_of_user(r, s, call, user, space);
		if (at > user && name != NULL &&
		    namelist_try(r->domain, name) == -1)
			return -1;
	}
	return 0;
}

/* What the file does with the names that it serves. */
static int
add_served(const struct region *r, const struct served *s)
{
	struct namelist *d = r->domain;
	enum instruct_kind kind = mailsystem_kind(d->system, r->files, s->file);
	const struct instruct_call *call;

	if (kind == INSTRUCT_DELIVERS) {
		namelist_add_all(d, s->begin);
		return 0;
	}
	for (call = s->file->does.calls; call != NULL; call = call->next)
		if (add_aliases(r, s, call) == -1)
			return -1;
	if (kind == INSTRUCT_CATCHES && vpasswd_is_host(d->host))
		namelist_add_all(d, s->begin);
	if (kind == INSTRUCT_MAILBOXES ||
	    (kind == INSTRUCT_CATCHES && d->system->options->negatives))
		return add_mailboxes(r, s);
	return 0;
}

/* A file for all names with "rest" behind the extension. */
static int
add_default(const struct region *r, struct served *s, const char *rest)
{
	struct namelist *d = r->domain;
	char name[NAMELIST_NAME_MAX], ext[NAMELIST_NAME_MAX];
	size_t i, defaults = 0;
	int served;

	if (!namelist_join(s->begin, r->begin, rest, "") ||
	    !namelist_join(ext, r->safe_ext, rest, ANY))
		return 0;
	replace(s->begin + strlen(r->begin), ':', '.');
	if (!namelist_join(name, s->begin, ANY, ""))
		return 0;
	served = is_served(r, s->file, name, ext);
	if (served == -1)
		return -1;
	for (i = 0; i < r->files->n && defaults < 2; i++)
		defaults += dotqmail_is_default(&r->files->files[i]);
	s->certain = !d->divided && defaults == 1 && *rest == '\0';
	s->alone = s->certain && r->files->n == 1;
	if (served == 1 && add_served(r, s) == -1)
		return -1;
	return namelist_try_none(d, s->begin);
}

/* "ext" is what the file's name says of extensions. */
static int
try_default(const struct region *r, struct dotqmail_file *file, const char *ext)
{
	struct served s = { .file = file };
	char begin[NAMELIST_NAME_MAX];
	size_t len = strlen(ext);

	if (len < DEFAULT_LEN || !namelist_join(begin, ext, "", ""))
		return 0;
	len -= DEFAULT_LEN;
	if (strcmp(ext + len, DEFAULT) != 0 || (len > 0 && ext[len - 1] != '-'))
		return 0;
	begin[len] = '\0';
	s.file_len = len;
	if (len <= r->ext_len && strncmp(begin, r->safe_ext, len) == 0)
		return add_default(r, &s, "");
	if (strncmp(begin, r->safe_ext, r->ext_len) == 0)
		return add_default(r, &s, begin + r->ext_len);
	return 0;
}

static int
try_file(const struct region *r, struct dotqmail_file *file, const char *ext)
{
	struct mailsystem *m = r->domain->system;
	char name[NAMELIST_NAME_MAX];

	switch (mailsystem_kind(m, r->files, file)) {
	case INSTRUCT_NOTHING:
		return 0;
	case INSTRUCT_BOUNCES:
		if (file->does.calls == NULL && !m->options->negatives)
			return 0;
		break;
	case INSTRUCT_DELIVERS:
	case INSTRUCT_MAILBOXES:
	case INSTRUCT_DELETES:
	case INSTRUCT_CATCHES:
		break;
	case INSTRUCT_UNREAD:
	case INSTRUCT_TROUBLE:
		return -1;
	}
	if (strncmp(ext, r->safe_ext, r->ext_len) == 0 &&
	    namelist_join(name, r->begin, ext + r->ext_len, "")) {
		replace(name + strlen(r->begin), ':', '.');
		if (namelist_try(r->domain, name) == -1)
			return -1;
	}
	return try_default(r, file, ext);
}

/* An empty dash makes every extension the user's own name. */
static int
try_no_dash(const struct region *r)
{
	char ext[NAMELIST_NAME_MAX];
	bool trouble;

	if (*r->place.dash != '\0' || !namelist_join(ext, r->safe_ext, ANY, ""))
		return 0;
	if (dotqmail_search(&r->domain->system->dotqmail, r->files, "", ext,
		NULL, &trouble) == NULL &&
	    !trouble)
		namelist_add_all(r->domain, r->begin);
	return trouble ? -1 : 0;
}

/* The extension as names of files have it (qmail-local.c: safeext). */
static void
make_safe(char *safe, const char *ext)
{
	for (; *ext != '\0'; ext++, safe++) {
		*safe = *ext;
		if (*ext >= 'A' && *ext <= 'Z')
			*safe = (char)(*ext - 'A' + 'a');
	}
	*safe = '\0';
}

int
region_list(struct namelist *d, const struct delivery_place *place,
    const char *begin, const char *tail)
{
	struct region r;
	struct dotqmail_file *file;
	size_t dash_len = strlen(place->dash);
	size_t i;

	r.domain = d;
	r.place = *place;
	r.begin = begin;
	if (!namelist_join(r.ext, place->ext, tail, ""))
		return 0;
	r.ext_len = strlen(r.ext);
	make_safe(r.safe_ext, r.ext);
	replace(r.safe_ext, '.', ':');
	r.files = dotqmail_open(&d->system->dotqmail, place->home);
	if (r.files == NULL)
		return -1;
	if (r.files->defers) {
		namelist_add_all(d, begin);
		return 0;
	}
	dotqmail_ask(&r.asked, r.files, r.place.dash);
	if (try_no_dash(&r) == -1)
		return -1;
	for (i = 0; i < r.files->n; i++) {
		file = &r.files->files[i];
		if (strncmp(file->name, place->dash, dash_len) == 0 &&
		    is_safe(file->name + dash_len) &&
		    try_file(&r, file, file->name + dash_len) == -1)
			return -1;
	}
	return namelist_try_none(d, begin);
}
