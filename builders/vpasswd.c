/*
 * vpasswd - the mailboxes of one vpopmail domain.
 */

#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "builders/cdbscan.h"
#include "builders/vpasswd.h"
#include "daemon/log.h"

#define BLANKS " \t\r"
#define CDB_DAMAGED (-1L)
#define NAME_LABEL "name:"
#define WRITE_NS 1000000000L /* what a write in place may take */
#define WRITE_PAUSES 20

void
vpasswd_init(struct vpasswd *v)
{
	memset(v, 0, sizeof(*v));
	source_init(&v->file);
}

void
vpasswd_fini(struct vpasswd *v)
{
	source_fini(&v->file);
	free(v->boxes);
	vpasswd_init(v);
}

/* The fields of a line that we use. */
struct fields {
	const char *hash;
	size_t hash_len;
	const char *gid;
};

static void
add_box(struct vpasswd *v, const char *name, const struct fields *f)
{
	struct vpasswd_box *box;

	v->boxes = arena_grow(v->boxes, v->n, &v->size, sizeof(*v->boxes));
	box = &v->boxes[v->n++];
	box->name = name;
	box->hash = f->hash;
	box->hash_len = f->hash_len;
	box->flags = *f->gid == '0' ? 0 : strtoul(f->gid, NULL, 10);
	box->legal = vpasswd_is_name(name);
	box->open = box->legal && (box->flags & VPASSWD_BOUNCE_MAIL) == 0;
}

/* Finds the fields of crypt:uid:gid:...  False if there are fewer than
 * "colons". */
static bool
find_fields(struct fields *f, const char *text, size_t len, int colons)
{
	const char *end = text + len;
	int n;

	f->hash = text;
	for (n = 1; n <= colons; n++) {
		text = memchr(text, ':', (size_t)(end - text));
		if (text == NULL)
			return false;
		if (n == 1)
			f->hash_len = (size_t)(text - f->hash);
		text++;
		if (n == 2)
			f->gid = text;
	}
	return true;
}

/* Equal names in the order of the file, which is that of their addresses. */
static int
compare_boxes(const void *a, const void *b)
{
	const struct vpasswd_box *x = a;
	const struct vpasswd_box *y = b;
	int by_name = strcmp(x->name, y->name);

	return by_name != 0 ? by_name
			    : (x->name > y->name) - (x->name < y->name);
}

/* vpopmail keeps the file sorted, so that there is mostly nothing to do. */
static void
sort_boxes(struct vpasswd *v)
{
	size_t i, n;

	for (i = 1; i < v->n; i++)
		if (strcmp(v->boxes[i - 1].name, v->boxes[i].name) >= 0)
			break;
	if (i >= v->n)
		return;
	qsort(v->boxes, v->n, sizeof(*v->boxes), compare_boxes);
	n = 1;
	for (i = 1; i < v->n; i++)
		if (strcmp(v->boxes[i].name, v->boxes[n - 1].name) != 0)
			v->boxes[n++] = v->boxes[i];
	v->n = n;
}

long
vpasswd_parse(struct vpasswd *v)
{
	char *line, *end, *colon;
	char *last = v->file.bytes + v->file.len;
	const char *nul = memchr(v->file.bytes, '\0', v->file.len);
	struct fields fields;
	long number = 1;

	v->n = 0;
	for (line = v->file.bytes; line < last; line = end + 1, number++) {
		end = memchr(line, '\n', (size_t)(last - line));
		if (end == NULL)
			end = last;
		if (end == line)
			continue;
		colon = memchr(line, ':', (size_t)(end - line));
		if (colon == NULL || (nul != NULL && nul < end))
			return number;
		if (!find_fields(&fields, colon + 1, (size_t)(end - colon - 1),
			VPASSWD_COLONS - 1))
			return number;
		*colon = '\0';
		add_box(v, line, &fields);
	}
	sort_boxes(v);
	return 0;
}

/* The value begins where the key ends: the key moves down by a byte, over the
 * length of the value, to make room for the NUL of the name. */
long
vpasswd_parse_cdb(struct vpasswd *v)
{
	struct cdbscan scan;
	struct cdbscan_record record;
	struct fields fields;
	char *name;
	long number = 1;

	v->n = 0;
	if (!cdbscan_start(&scan, v->file.bytes, v->file.len))
		return CDB_DAMAGED;
	for (; cdbscan_next(&scan, &record); number++) {
		if (!find_fields(&fields, record.value, record.value_len,
			VPASSWD_COLONS - 1) ||
		    memchr(record.key, '\0', record.key_len) != NULL)
			return number;
		name = memmove(record.key - 1, record.key, record.key_len);
		name[record.key_len] = '\0';
		add_box(v, name, &fields);
	}
	sort_boxes(v);
	return 0;
}

/* Cuts the name out of a line, which ends in a NUL.  False if there is more on
 * it than a name, as in what vuserinfo prints without -n.  A database finds
 * names in any case of letters. */
static bool
parse_name(struct vpasswd *v, char *line)
{
	static const struct fields none = { NULL, 0, "0" };
	char *name = line;
	size_t len, i;

	if (strncmp(name, NAME_LABEL, sizeof(NAME_LABEL) - 1) == 0)
		name += sizeof(NAME_LABEL) - 1;
	name += strspn(name, BLANKS);
	len = strcspn(name, "@" BLANKS);
	if (name[len] != '@' && name[len + strspn(name + len, BLANKS)] != '\0')
		return false;
	name[len] = '\0';
	if (strchr(name, ':') != NULL)
		return false;
	for (i = 0; i < len; i++)
		if (name[i] >= 'A' && name[i] <= 'Z')
			name[i] = (char)(name[i] - 'A' + 'a');
	if (len > 0)
		add_box(v, name, &none);
	return true;
}

long
vpasswd_parse_names(struct vpasswd *v)
{
	char *line, *end;
	char *last = v->file.bytes + v->file.len;
	long number = 1;

	v->n = 0;
	for (line = v->file.bytes; line < last; line = end + 1, number++) {
		end = memchr(line, '\n', (size_t)(last - line));
		if (end == NULL)
			end = last;
		if (memchr(line, '\0', (size_t)(end - line)) != NULL)
			return number;
		*end = '\0';
		if (!parse_name(v, line))
			return number;
	}
	sort_boxes(v);
	return 0;
}

static int
report(const char *path, long bad)
{
	if (bad == 0)
		return 0;
	if (bad == CDB_DAMAGED)
		log_warnx("%s: damaged: not a whole cdb", path);
	else
		log_warnx("%s:%ld: fewer than %d colons, or a NUL", path, bad,
		    VPASSWD_COLONS);
	return -1;
}

/* Is "file" what "name" tells of, and has no other name? */
static bool
is_same(const struct source *file, const struct stat *name)
{
	struct stamp stamp;

	if (!S_ISREG(name->st_mode) || name->st_nlink != 1)
		return false;
	/* Whose the directory is may have put another there since. */
	stamp_from(&stamp, name);
	return stamp_equal(&stamp, &file->stamp);
}

static void
report_failure(struct deps *deps, const char *path)
{
	struct stamp failure;

	stamp_from_error(&failure, errno);
	log_warn("%s", path);
	deps_stamp_other(deps, &failure);
}

/* Whose the directory is could have us, who may read all, take the hashes of
 * others for those of his mailboxes.  Refused, too, where it cannot be told. */
static bool
is_refused(const struct source *file, struct deps *deps, const char *directory,
    const char *path)
{
	struct stat dir, name;

	if (geteuid() != 0)
		return false;
	if (stat(directory, &dir) == -1) {
		report_failure(deps, directory);
		return true;
	}
	if (dir.st_uid == file->stamp.owner)
		return false;
	if (lstat(path, &name) == -1) {
		report_failure(deps, path);
		return true;
	}
	if (is_same(file, &name))
		return false;
	log_warnx("%s: a link to a file of another user's", path);
	/* Another owner of the directory mends it as well. */
	deps_add(deps, directory);
	return true;
}

/* Written in the second before "when"? */
static bool
is_young(const struct stamp *s, const struct timespec *when)
{
	int64_t age = (int64_t)when->tv_sec - s->mtime;

	if (age < -1 || age > 1)
		return false;
	return age * 1000000000L + when->tv_nsec - s->mtime_ns < WRITE_NS;
}

/*
 * Who writes in place may be held up between two pages of one write(2), while
 * neither the times nor the size change.  vpopmail ends each line: what has no
 * end is given the time to get it, and counts only when it was old before it
 * was read.  Where the page ends with a line, nothing tells.
 */
static enum source_answer
read_lines(struct source *s, const char *path)
{
	const struct timespec pause = { .tv_nsec = WRITE_NS / WRITE_PAUSES };
	struct timespec start;
	enum source_answer answer;
	int i;

	for (i = 0; i <= WRITE_PAUSES; i++) {
		(void)clock_gettime(CLOCK_REALTIME, &start); /* cannot fail */
		answer = source_read(s, path);
		if (answer != SOURCE_READ || s->len == 0 ||
		    s->bytes[s->len - 1] == '\n' ||
		    !is_young(&s->stamp, &start))
			return answer;
		(void)nanosleep(&pause, NULL); /* a shorter one will do */
	}
	log_warnx("%s: changes while it is being read", path);
	return SOURCE_TROUBLE;
}

/* Returns 1 if it is not there. */
static int
read_file(struct vpasswd *v, struct deps *deps, const char *directory,
    const char *path, enum source_answer answer)
{
	deps_stamp(deps, deps->last, &v->file.stamp);
	if (answer == SOURCE_ABSENT)
		return 1;
	if (answer != SOURCE_READ ||
	    is_refused(&v->file, deps, directory, path))
		return -1;
	return 0;
}

int
vpasswd_try(struct vpasswd *v, struct deps *deps, const char *directory)
{
	const char *path = deps_add_in(deps, directory, "vpasswd");
	int rc;

	v->n = 0;
	rc = read_file(v, deps, directory, path, read_lines(&v->file, path));
	if (rc == 0)
		return report(path, vpasswd_parse(v));
	if (rc == -1)
		return -1;
	path = deps_add_in(deps, directory, "vpasswd.cdb");
	rc = read_file(v, deps, directory, path, source_read(&v->file, path));
	return rc == 0 ? report(path, vpasswd_parse_cdb(v)) : rc;
}

int
vpasswd_read(struct vpasswd *v, struct deps *deps, const char *directory)
{
	int answer = vpasswd_try(v, deps, directory);

	if (answer == 1)
		log_warnx("%s: neither vpasswd nor vpasswd.cdb", directory);
	return answer == 0 ? 0 : -1;
}

static int
compare_name(const void *name, const void *box)
{
	const struct vpasswd_box *b = box;

	return strcmp(name, b->name);
}

const struct vpasswd_box *
vpasswd_find(const struct vpasswd *v, const char *name)
{
	if (v->n == 0)
		return NULL;
	return bsearch(name, v->boxes, v->n, sizeof(*v->boxes), compare_name);
}

/* Is it of lower-case letters, digits and "others"? */
static bool
consists_of(const char *text, const char *others)
{
	const char *c;

	for (c = text; *c != '\0'; c++)
		if (!(*c >= 'a' && *c <= 'z') && !(*c >= '0' && *c <= '9') &&
		    strchr(others, *c) == NULL)
			return false;
	return c > text;
}

/* Upper case is legal, but looked up in lower case and so never found. */
bool
vpasswd_is_name(const char *name)
{
	return consists_of(name, "!#$&'*+-./=?^_`{|}~");
}

bool
vpasswd_is_host(const char *host)
{
	return consists_of(host, "-.");
}
