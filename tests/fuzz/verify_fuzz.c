/*
 * What a command has built, as "check = cdb" and as lines.
 */

#include <unistd.h>

#include "daemon/verify.h"
#include "tests/fuzz/matter.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char why[128] = "";
	int fd = matter_file(data, len);

	matter_require(
	    verify_count(fd, RULE_CHECK_CDB, why, sizeof(why)) >= 0 ||
	    why[0] != '\0');
	matter_require(
	    verify_count(fd, RULE_CHECK_NONE, why, sizeof(why)) >= 0);
	(void)close(fd); /* nobody wants it */
	return 0;
}
