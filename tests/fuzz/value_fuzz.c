/*
 * The text of a setting.  A time that was printed reads as the same again.
 */

#include <stdlib.h>
#include <string.h>

#include "daemon/value.h"
#include "tests/fuzz/matter.h"

static void
read_time(const char *text)
{
	char printed[VALUE_TIME_SIZE];
	double seconds, again, first, longest;

	if (value_time(text, &seconds) == NULL) {
		matter_require(seconds >= 0);
		matter_require(value_time(value_time_text(seconds, printed),
				   &again) == NULL);
		matter_require(again == seconds);
	}
	if (value_times(text, &first, &longest) == NULL)
		matter_require(first >= 0 && first <= longest);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = matter_text(data, len);
	int64_t number;

	read_time(text);
	if (value_count(text, &number) == NULL)
		matter_require(number >= 0);
	if (value_percent(text, &number) == NULL)
		matter_require(number >= 0 && number <= 100);
	if (value_mode(text, &number) == NULL)
		matter_require(number >= 0 && number <= 0777777);
	if (value_yesno(text, &number) == NULL)
		matter_require(number == 0 || number == 1);
	(void)value_number(text, &number);
	matter_require(value_choice(text, "none cdb") < 2);
	free(text);
	return 0;
}
