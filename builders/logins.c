/*
 * logins - names and the hashes of their passwords, each name once.
 */

#include <stdlib.h>
#include <string.h>

#include "builders/logins.h"

/* What crypt(5) says is in no hash, and locks an account. */
#define NOT_IN_HASH ":;*!\\"

void
logins_init(struct logins *l)
{
	memset(l, 0, sizeof(*l));
	arena_init(&l->text);
}

void
logins_fini(struct logins *l)
{
	arena_fini(&l->text);
	free(l->items);
	logins_init(l);
}

/* An empty hash must not get through: some implementations of crypt give it
 * back for any password. */
enum logins_hash
logins_judge(const char *hash, size_t len)
{
	enum logins_hash result = LOGINS_HASH;
	size_t i;

	if (len < LOGINS_HASH_MIN)
		return LOGINS_NO_PASSWORD;
	for (i = 0; i < len; i++) {
		if (hash[i] <= ' ' || hash[i] > '~' ||
		    strchr(NOT_IN_HASH, hash[i]) != NULL)
			return LOGINS_NO_PASSWORD;
		if (hash[i] == ',')
			result = LOGINS_COMMA;
	}
	return result;
}

static void
append(struct logins *l, const char *name, const char *hash, size_t hash_len)
{
	l->items = arena_grow(l->items, l->n, &l->size, sizeof(*l->items));
	l->items[l->n].name = name;
	l->items[l->n].hash = arena_copy(&l->text, hash, hash_len);
	l->items[l->n].place = l->n;
	l->n++;
}

void
logins_add(
    struct logins *l, const char *name, const char *hash, size_t hash_len)
{
	append(l, arena_copy(&l->text, name, strlen(name)), hash, hash_len);
}

void
logins_add_at(struct logins *l, const char *user, const char *host,
    const char *hash, size_t hash_len)
{
	size_t user_len = strlen(user);
	size_t host_len = strlen(host);
	char *name = arena_bytes(&l->text, user_len + 1 + host_len + 1);

	memcpy(name, user, user_len);
	name[user_len] = '@';
	memcpy(name + user_len + 1, host, host_len + 1);
	append(l, name, hash, hash_len);
}

static int
compare_logins(const void *a, const void *b)
{
	const struct login *x = a;
	const struct login *y = b;
	int by_name = strcmp(x->name, y->name);

	return by_name != 0 ? by_name
			    : (x->place > y->place) - (x->place < y->place);
}

void
logins_sort(struct logins *l)
{
	size_t i, n = 0;

	if (l->n == 0)
		return;
	qsort(l->items, l->n, sizeof(*l->items), compare_logins);
	for (i = 0; i < l->n; i++)
		if (n == 0 ||
		    strcmp(l->items[i].name, l->items[n - 1].name) != 0)
			l->items[n++] = l->items[i];
	l->n = n;
}
