/*
 * writer - keys written as the reader wants them, into a cdb or as text.
 */

#include <stdio.h>
#include <string.h>

#include "builders/writer.h"
#include "daemon/log.h"

#define DEFAULT_LEN (sizeof("default") - 1)
#define LOCALHOST "localhost" /* where recipients looks for bare names */

int
writer_open(struct writer *w, enum writer_form form,
    enum writer_dialect dialect, const char *path)
{
	memset(w, 0, sizeof(*w));
	w->form = form;
	w->dialect = dialect;
	w->path = path;
	if (form == WRITER_CDB && cdbfile_open(&w->cdb, path, 0644) == -1) {
		log_warn("%s", path);
		return -1;
	}
	return 0;
}

/* The end of all its keys: an '@' and the host, if there is one.  Where that is
 * too long, there is no key. */
static void
set_host(struct writer *w, const char *host)
{
	size_t len = strlen(host);

	w->host = host;
	w->tail_len = len == 0 ? 0 : len + 1;
	if (w->tail_len > KEYS_LEN_MAX)
		return;
	w->tail[0] = '@';
	memcpy(w->tail + 1, host, len);
	if (w->form == WRITER_CDB)
		cdbfile_tail(&w->cdb, w->tail, w->tail_len);
}

void
writer_host(struct writer *w, const char *host)
{
	set_host(w, host);
	w->open_ended = false;
	w->last_len = 0;
}

/* A key up to its '@', and then the tail. */
static void
put(struct writer *w, const char *key, size_t len, bool refuse)
{
	switch (w->form) {
	case WRITER_CDB:
		if (!w->failed &&
		    cdbfile_add(&w->cdb, key, len, "-", refuse) == -1) {
			log_warn("%s", w->path);
			w->failed = true;
		}
		break;
	case WRITER_CDBMAKE: /* ferror tells, here and below */
		(void)printf("+%zu,%d:%.*s%.*s->%s\n", len + w->tail_len,
		    refuse, (int)len, key, (int)w->tail_len, w->tail,
		    refuse ? "-" : "");
		break;
	case WRITER_LINES:
		(void)fwrite(key, 1, len, stdout);
		(void)fwrite(w->tail, 1, w->tail_len, stdout);
		(void)fputs(refuse ? " -\n" : "\n", stdout);
		break;
	}
}

/* Sign, name, '@' and host.  The sign is no part of the address, whose length
 * is limited. */
static void
put_address(struct writer *w, const char *sign, const char *name, size_t len,
    bool refuse)
{
	char key[WRITER_KEY_MAX];
	size_t sign_len = strlen(sign);

	if (len + (w->tail_len == 0 ? 1 : w->tail_len) > KEYS_LEN_MAX)
		return;
	if (sign_len == 0) {
		put(w, name, len, refuse);
		return;
	}
	memcpy(key, sign, sign_len);
	memcpy(key + sign_len, name, len);
	put(w, key, sign_len + len, refuse);
}

/* There is no search for "-default": what would need it is left open.  So is a
 * name that begins with a '-': its key would refuse the name without. */
static void
put_sagredo(struct writer *w, const struct keys_item *key)
{
	bool refuse = (key->use & KEYS_REFUSE) != 0;

	if (key->len > 0 && key->text[0] == '-' && !refuse) {
		w->open_ended = true;
		return;
	}
	if ((key->use & (KEYS_PREFIX | KEYS_ALL)) != 0 && !refuse)
		w->open_ended = true;
	if ((key->use & (KEYS_NAME | KEYS_ALL)) != 0)
		put_address(w, refuse ? "-" : "", key->text, key->len, false);
	if (refuse && key->use == (KEYS_ALL | KEYS_REFUSE))
		w->open_ended = true; /* it is there already */
}

/* A name up to its first '-', '=' or '+' stands for all that begin so. */
static void
put_recipients_prefix(struct writer *w, const struct keys_item *key)
{
	size_t len;

	for (len = 0; len < key->len - DEFAULT_LEN; len++)
		if (strchr("-=+", key->text[len]) != NULL)
			break;
	if (len == key->len - DEFAULT_LEN || ++len > sizeof(w->last))
		return;
	if (len == w->last_len && memcmp(w->last, key->text, len) == 0)
		return;
	memcpy(w->last, key->text, len);
	w->last_len = len;
	put_address(w, ":", key->text, len, false);
}

static void
put_recipients(struct writer *w, const struct keys_item *key)
{
	if ((key->use & KEYS_REFUSE) != 0)
		return;
	if (*w->host == '\0')
		set_host(w, LOCALHOST);
	if ((key->use & KEYS_ALL) != 0)
		log_warnx("%s: every address is accepted, which only !%s in "
			  "control/recipients can say",
		    w->host, w->host);
	if ((key->use & KEYS_NAME) != 0)
		put_address(w, ":", key->text, key->len, false);
	if ((key->use & KEYS_PREFIX) != 0)
		put_recipients_prefix(w, key);
}

void
writer_key(struct writer *w, const struct keys_item *key)
{
	switch (w->dialect) {
	case WRITER_JMS1:
		put_address(
		    w, "", key->text, key->len, (key->use & KEYS_REFUSE) != 0);
		break;
	case WRITER_SAGREDO:
		put_sagredo(w, key);
		break;
	case WRITER_RECIPIENTS:
		put_recipients(w, key);
		break;
	}
}

/* For sagredo an unknown name is undecided, not refused. */
void
writer_end(struct writer *w)
{
	if (w->dialect == WRITER_SAGREDO && *w->host != '\0' && !w->open_ended)
		put_address(w, "-", "", 0, false);
}

/* The end of the cdbmake form is an empty line. */
int
writer_commit(struct writer *w)
{
	if (w->form == WRITER_CDB) {
		if (w->failed)
			return -1;
		if (cdbfile_commit_changed(&w->cdb) == 0)
			return 0;
		log_warn("%s", w->path);
		return -1;
	}
	if (w->form == WRITER_CDBMAKE)
		(void)putchar('\n'); /* ferror tells */
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	log_warn("standard output");
	return -1;
}

void
writer_close(struct writer *w)
{
	if (w->form == WRITER_CDB)
		cdbfile_close(&w->cdb);
}
