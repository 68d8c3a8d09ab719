/*
 * The daemon's answer as the client reads it.
 */

#include <stdlib.h>
#include <string.h>

#include "client/talk.h"
#include "tests/fuzz/matter.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *bytes = matter_text(data, len < PIPE_BUF ? len : PIPE_BUF);
	struct talk_answer answer;

	if (talk_parse(bytes, &answer)) {
		matter_require(answer.status >= 0 && answer.status <= 255);
		matter_require(strlen(answer.text) < strlen(bytes));
	}
	free(bytes);
	return 0;
}
