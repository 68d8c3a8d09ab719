/*
 * Sums of bytes, of pieces and of files.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/digest.h"
#include "tests/unit/check.h"

static struct digest
sum_texts(const char *a, const char *b)
{
	struct digest none = { 0, 0 };
	struct digest_sum *sum;

	sum = digest_new();
	if (sum == NULL)
		return none;
	digest_add_text(sum, a);
	digest_add_text(sum, b);
	return digest_end(sum);
}

static int
test_pieces(void)
{
	struct digest_sum *sum;
	char bytes[1000];
	size_t i;

	memset(bytes, 'a', sizeof(bytes));
	sum = digest_new();
	CHECK(sum != NULL);
	for (i = 0; i < sizeof(bytes); i += 100)
		digest_add(sum, bytes + i, 100);
	digest_add(sum, NULL, 0);
	CHECK(
	    digest_equal(digest_end(sum), digest_bytes(bytes, sizeof(bytes))));
	CHECK(!digest_equal(digest_bytes(bytes, sizeof(bytes)),
	    digest_bytes(bytes, sizeof(bytes) - 1)));
	return 0;
}

static int
test_texts(void)
{
	CHECK(digest_equal(sum_texts("ab", "c"), sum_texts("ab", "c")));
	CHECK(!digest_equal(sum_texts("ab", "c"), sum_texts("a", "bc")));
	CHECK(!digest_equal(sum_texts("", "a"), sum_texts(NULL, "a")));
	CHECK(!digest_equal(sum_texts(NULL, "a"), sum_texts("a", NULL)));
	return 0;
}

/* At the edges of what is read at once. */
static int
test_sizes(void)
{
	static const size_t sizes[] = { 0, 1, 65535, 65536, 65537, 131072,
		200000 };
	char path[] = "/tmp/digest_test.XXXXXX";
	static char bytes[200000];
	struct digest d;
	size_t i;
	int fd = mkstemp(path);

	CHECK(fd != -1 && unlink(path) == 0);
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7 + i / 251);
	CHECK(write(fd, bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes));
	for (i = sizeof(sizes) / sizeof(sizes[0]); i-- > 0;) {
		CHECK(ftruncate(fd, (off_t)sizes[i]) == 0);
		CHECK(lseek(fd, 0, SEEK_SET) == 0);
		CHECK(digest_fd(fd, &d) == 0);
		CHECK(digest_equal(d, digest_bytes(bytes, sizes[i])));
	}
	CHECK(close(fd) == 0);
	return 0;
}

static int
test_file(void)
{
	char path[] = "/tmp/digest_test.XXXXXX";
	struct digest d, whole;
	static char bytes[200000];
	int fd;

	memset(bytes, 'x', sizeof(bytes));
	bytes[150000] = 'y';
	fd = mkstemp(path);
	CHECK(fd != -1);
	CHECK(unlink(path) == 0);
	CHECK(write(fd, bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes));
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	CHECK(digest_fd(fd, &d) == 0);
	whole = digest_bytes(bytes, sizeof(bytes));
	CHECK(digest_equal(d, whole));
	CHECK(digest_fd(fd, &d) == 0);
	CHECK(digest_equal(d, digest_bytes("", 0)));
	CHECK(close(fd) == 0);
	CHECK(digest_fd(fd, &d) == -1);
	return 0;
}

/* As many bytes as there is room for, and one more than that. */
static int
test_room(void)
{
	static const size_t sizes[] = { 0, 1, 65535, 65536, 65537, 131072 };
	char path[] = "/tmp/digest_test.XXXXXX";
	struct digest d;
	int64_t room;
	size_t i;
	int fd = mkstemp(path);

	CHECK(fd != -1 && unlink(path) == 0);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		CHECK(ftruncate(fd, (off_t)sizes[i]) == 0);
		CHECK(lseek(fd, 0, SEEK_SET) == 0);
		room = (int64_t)sizes[i];
		CHECK(digest_fd_within(fd, &room, &d) == 0 && room == 0);
		CHECK(ftruncate(fd, (off_t)sizes[i] + 1) == 0);
		CHECK(lseek(fd, 0, SEEK_SET) == 0);
		room = (int64_t)sizes[i];
		CHECK(digest_fd_within(fd, &room, &d) == -1);
		CHECK(errno == EFBIG && room < 0);
	}
	CHECK(close(fd) == 0);
	return 0;
}

int
main(void)
{
	return test_pieces() || test_texts() || test_sizes() || test_file() ||
	       test_room();
}
