/*
 * logins - names and the hashes of their passwords, each name once.
 */

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

/* Numbers in the order of the texts; a shorter one has NULs at its end. */
static uint64_t
make_head(const char *name, size_t len)
{
	uint64_t head = 0;
	size_t i;

	for (i = 0; i < sizeof(head); i++)
		head = head << 8 | (i < len ? (unsigned char)name[i] : 0);
	return head;
}

/* The user, an '@' and the host; or with a NUL and "" the user alone. */
static void
append(struct logins *l, const char *user, char at, const char *host,
    const char *hash, size_t hash_len)
{
	size_t user_len = strlen(user);
	size_t host_len = strlen(host);
	size_t len = user_len + (at != '\0') + host_len;
	char *name = arena_bytes(&l->text, len + 1 + hash_len + 1);
	struct login *login;

	memcpy(name, user, user_len);
	name[user_len] = at;
	memcpy(name + len - host_len, host, host_len + 1);
	memcpy(name + len + 1, hash, hash_len);
	name[len + 1 + hash_len] = '\0';
	l->items = arena_grow(l->items, l->n, &l->size, sizeof(*l->items));
	login = &l->items[l->n];
	login->name = name;
	login->head = make_head(name, len);
	login->name_len = (uint32_t)len;
	login->place = (uint32_t)l->n++;
}

void
logins_add(
    struct logins *l, const char *name, const char *hash, size_t hash_len)
{
	append(l, name, '\0', "", hash, hash_len);
}

void
logins_add_at(struct logins *l, const char *user, const char *host,
    const char *hash, size_t hash_len)
{
	append(l, user, '@', host, hash, hash_len);
}

const char *
login_hash(const struct login *login)
{
	return login->name + login->name_len + 1;
}

static int
compare_logins(const void *a, const void *b)
{
	const struct login *x = a;
	const struct login *y = b;
	int by_name;

	if (x->head != y->head)
		return x->head < y->head ? -1 : 1;
	by_name = strcmp(x->name, y->name);
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
		if (n == 0 || l->items[i].head != l->items[n - 1].head ||
		    strcmp(l->items[i].name, l->items[n - 1].name) != 0)
			l->items[n++] = l->items[i];
	l->n = n;
}
