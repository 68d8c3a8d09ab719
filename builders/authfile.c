/*
 * authfile - auth.cdb, written: who logs in, the hash, the variables.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builders/again.h"
#include "builders/authfile.h"
#include "builders/cdbfile.h"
#include "daemon/log.h"

/* One value, which grows as needed. */
struct value {
	char *bytes;
	size_t len;
	size_t size;
};

static void
append_bytes(struct value *v, const char *text, size_t len)
{
	if (v->bytes == NULL || v->size - v->len < len) {
		v->size = (v->len + len + 1) * 2;
		v->bytes = realloc(v->bytes, v->size);
		if (v->bytes == NULL)
			log_fatal("memory");
	}
	memcpy(v->bytes + v->len, text, len);
	v->len += len;
}

static void
append(struct value *v, const char *text)
{
	append_bytes(v, text, strlen(text));
}

/* hash,NAME="value",NAME="value" */
static void
make_value(struct value *v, struct authvars *vars, const struct login *login)
{
	const struct authvars_line *const *lines;
	size_t i, n;

	v->len = 0;
	append_bytes(v, login_hash(login), login->hash_len);
	lines = authvars_find(vars, login->name, &n);
	for (i = 0; i < n; i++) {
		append(v, ",");
		append(v, lines[i]->name);
		append(v, "=\"");
		append(v, lines[i]->value);
		append(v, "\"");
	}
}

/* The end of the cdbmake form is an empty line. */
static int
print_text(struct auth *a)
{
	const struct login *login = a->logins.items;
	const struct login *end = login + a->logins.n;
	struct value v = { NULL, 0, 0 };

	for (; login < end; login++) { /* ferror tells, here and below */
		make_value(&v, &a->vars, login);
		(void)printf("+%" PRIu32 ",%zu:%s->", login->name_len, v.len,
		    login->name);
		(void)fwrite(v.bytes, 1, v.len, stdout);
		(void)putchar('\n');
	}
	free(v.bytes);
	(void)putchar('\n');
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	log_warn("standard output");
	return -1;
}

/* Returns how much of the name is before the tail: they are sorted by hosts. */
static size_t
end_in_host(struct cdbfile *cdb, const struct login *login)
{
	size_t len = login->name_len - login->host;

	if (len > CDBFILE_TAIL_MAX)
		len = 0;
	cdbfile_tail(cdb, login->name + login->name_len - len, len);
	return login->name_len - len;
}

static int
add_records(struct cdbfile *cdb, struct auth *a)
{
	const struct login *login = a->logins.items;
	const struct login *end = login + a->logins.n;
	struct value v = { NULL, 0, 0 };
	int rc = 0;

	for (; login < end && rc == 0; login++) {
		make_value(&v, &a->vars, login);
		rc = cdbfile_add(
		    cdb, login->name, end_in_host(cdb, login), v.bytes, v.len);
	}
	free(v.bytes);
	return rc;
}

static int
write_cdb(struct auth *a)
{
	const struct auth_options *o = a->options;
	struct cdbfile cdb;
	int rc;

	if (cdbfile_open(&cdb, o->product, 0600) == -1) {
		log_warn("%s", o->product);
		return -1;
	}
	rc = add_records(&cdb, a);
	if (rc == 0)
		rc = tempfile_restrict(&cdb.file, AUTHFILE_MODE,
		    o->group_chosen ? o->group : (gid_t)-1);
	if (rc == 0)
		rc = cdbfile_commit_changed(&cdb);
	if (rc == -1)
		log_warn("%s", o->product);
	cdbfile_close(&cdb);
	return rc;
}

/* The dependencies first: a product is never there without them. */
int
authfile_write(struct auth *a)
{
	const struct auth_options *o = a->options;
	int rc;

	if (again_settle(&a->deps, o->cache_dir, o->deps_path) == -1)
		return -1;
	if (o->deps_path != NULL && deps_write(&a->deps, o->deps_path) == -1) {
		log_warn("%s", o->deps_path);
		return -1;
	}
	rc = o->product == NULL ? print_text(a) : write_cdb(a);
	if (rc == 0 && o->config != NULL)
		authvars_complain(&a->vars, o->config);
	return rc;
}
