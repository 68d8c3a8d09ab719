/*
 * logins - names and the hashes of their passwords, each name once.
 */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "builders/logins.h"

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
 * back for any password.  What crypt(5) says is in no hash locks an account. */
enum logins_hash
logins_judge(const char *hash, size_t len)
{
	enum logins_hash result = LOGINS_HASH;
	size_t i;

	if (len < LOGINS_HASH_MIN)
		return LOGINS_NO_PASSWORD;
	for (i = 0; i < len; i++) {
		if (hash[i] <= ' ' || hash[i] > '~')
			return LOGINS_NO_PASSWORD;
		switch (hash[i]) {
		case ':':
		case ';':
		case '*':
		case '!':
		case '\\':
			return LOGINS_NO_PASSWORD;
		case ',':
			result = LOGINS_COMMA;
			break;
		}
	}
	return result;
}

/* "name", which has its hash behind it, is in the arena. */
static void
append(struct logins *l, const char *name, size_t name_len, size_t host,
    size_t hash_len)
{
	struct login *login;

	l->items = arena_grow(l->items, l->n, &l->size, sizeof(*l->items));
	login = &l->items[l->n];
	login->name = name;
	login->name_len = (uint32_t)name_len;
	login->host = (uint32_t)host;
	login->hash_len = (uint32_t)hash_len;
	login->place = (uint32_t)l->n++;
}

void
logins_add(
    struct logins *l, const char *name, const char *hash, size_t hash_len)
{
	size_t len = strlen(name);
	char *text = arena_bytes(&l->text, len + 1 + hash_len + 1);
	const char *at;

	memcpy(text, name, len + 1);
	memcpy(text + len + 1, hash, hash_len);
	text[len + 1 + hash_len] = '\0';
	at = strrchr(text, '@');
	append(
	    l, text, len, at == NULL ? len : (size_t)(at + 1 - text), hash_len);
}

void
logins_add_at(struct logins *l, const char *user, const char *host,
    const char *hash, size_t hash_len)
{
	size_t user_len = strlen(user);
	size_t host_len = strlen(host);
	size_t len = user_len + 1 + host_len;
	char *text = arena_bytes(&l->text, len + 1 + hash_len + 1);

	memcpy(text, user, user_len);
	text[user_len] = '@';
	memcpy(text + user_len + 1, host, host_len + 1);
	memcpy(text + len + 1, hash, hash_len);
	text[len + 1 + hash_len] = '\0';
	append(l, text, len, user_len + 1, hash_len);
}

const char *
login_hash(const struct login *login)
{
	return login->name + login->name_len + 1;
}

/* The bytes before the '@'. */
static size_t
user_len(const struct login *login)
{
	return login->host > 0 && login->name[login->host - 1] == '@'
		   ? login->host - 1
		   : login->host;
}

/* "joe@" is not "joe", though neither has a host. */
static int
compare_names(const struct login *x, const struct login *y)
{
	size_t x_len = user_len(x);
	size_t y_len = user_len(y);
	int order = strcmp(x->name + x->host, y->name + y->host);

	if (order == 0)
		order = memcmp(x->name, y->name, x_len < y_len ? x_len : y_len);
	if (order == 0)
		order = (x_len > y_len) - (x_len < y_len);
	if (order == 0)
		order = (x->host > y->host) - (x->host < y->host);
	return order;
}

static int
compare_logins(const void *a, const void *b)
{
	const struct login *x = a;
	const struct login *y = b;
	int by_name = compare_names(x, y);

	return by_name != 0 ? by_name
			    : (x->place > y->place) - (x->place < y->place);
}

/* Then each name is there once, too. */
static bool
are_sorted(const struct logins *l)
{
	size_t i;

	for (i = 1; i < l->n; i++)
		if (compare_names(&l->items[i - 1], &l->items[i]) >= 0)
			return false;
	return true;
}

void
logins_sort(struct logins *l)
{
	size_t i, n = 0;

	if (l->n == 0 || are_sorted(l))
		return;
	qsort(l->items, l->n, sizeof(*l->items), compare_logins);
	for (i = 0; i < l->n; i++)
		if (n == 0 ||
		    compare_names(&l->items[i], &l->items[n - 1]) != 0)
			l->items[n++] = l->items[i];
	l->n = n;
}
