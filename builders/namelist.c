/*
 * namelist - the names of one domain, as they are found.
 */

#include <stdlib.h>
#include <string.h>

#include "builders/namelist.h"

#define DEFAULT "default"
#define DEFAULT_LEN (sizeof(DEFAULT) - 1)

bool
namelist_join(
    char out[NAMELIST_NAME_MAX], const char *a, const char *b, const char *c)
{
	size_t a_len = strlen(a);
	size_t b_len = strlen(b);
	size_t c_len = strlen(c);

	if (a_len + b_len + c_len >= NAMELIST_NAME_MAX)
		return false;
	memcpy(out, a, a_len);
	memcpy(out + a_len, b, b_len);
	memcpy(out + a_len + b_len, c, c_len + 1);
	return true;
}

static int
compare_user(const void *name, const void *user)
{
	const struct hosts_user *u = user;

	return strcmp(name, u->user);
}

bool
namelist_hides(const struct namelist *d, const char *name)
{
	if (d->percent && strchr(name, '%') != NULL)
		return true;
	return d->n_hidden > 0 && bsearch(name, d->hidden, d->n_hidden,
				      sizeof(*d->hidden), compare_user) != NULL;
}

void
namelist_add(struct namelist *d, const char *name, int delivers)
{
	if (delivers == 1)
		keys_add(d->keys, name, strlen(name), KEYS_NAME);
	else if (d->system->options->negatives)
		keys_add(d->keys, name, strlen(name), KEYS_NAME | KEYS_REFUSE);
}

void
namelist_add_all(struct namelist *d, const char *begin)
{
	char name[NAMELIST_NAME_MAX + DEFAULT_LEN];
	size_t len = strlen(begin);

	while (len > 0 && begin[len - 1] != d->system->options->break_char)
		len--;
	if (len == 0) {
		d->all = true;
		return;
	}
	memcpy(name, begin, len);
	memcpy(name + len, DEFAULT, DEFAULT_LEN);
	keys_add(d->keys, name, len + DEFAULT_LEN, KEYS_PREFIX);
}

int
namelist_try(struct namelist *d, const char *name)
{
	char local[NAMELIST_NAME_MAX];
	int delivers;

	if (*name == '\0' || namelist_hides(d, name) ||
	    !namelist_join(local, d->prefix, name, ""))
		return 0;
	delivers = mailsystem_delivers(d->system, d->host, local, NULL);
	if (delivers == -1)
		return -1;
	namelist_add(d, name, delivers);
	return 0;
}

int
namelist_try_none(struct namelist *d, const char *begin)
{
	char local[NAMELIST_NAME_MAX];
	char name[NAMELIST_NAME_MAX];
	size_t len = strlen(begin);
	int delivers;

	if (!d->system->options->negatives || len == 0 ||
	    begin[len - 1] != d->system->options->break_char ||
	    !namelist_join(local, d->prefix, begin, MAILSYSTEM_ANY) ||
	    !namelist_join(name, begin, DEFAULT, ""))
		return 0;
	delivers = mailsystem_delivers(d->system, d->host, local, NULL);
	if (delivers == 0)
		keys_add(d->keys, name, len + DEFAULT_LEN,
		    KEYS_PREFIX | KEYS_REFUSE);
	return delivers == -1 ? -1 : 0;
}
