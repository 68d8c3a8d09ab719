/*
 * The text of a setting to its value, strictly.
 */

#include <string.h>

#include "daemon/value.h"
#include "tests/unit/check.h"

static int
test_time(void)
{
	static const struct {
		const char *text;
		double seconds;
	} good[] = {
		{ "0", 0 },
		{ "0s", 0 },
		{ "200ms", 0.2 },
		{ "1s", 1 },
		{ "5min", 300 },
		{ "2h", 7200 },
		{ "7d", 604800 },
		{ "007s", 7 },
		{ "999999999999999ms", 999999999999.999 },
	};
	static const char *const bad[] = { "", "5", "5 parsecs", "5parsecs",
		"5 s", " 5s", "5s ", "-5s", "+5s", "5.5s", "5S", "5m", "s",
		"0x5s", "5sms", "1e3s", "9999999999999999s",
		"1000000000000000ms", "999999999999999s",
		"18446744073709551617s" };
	double seconds;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		seconds = -1;
		CHECK(value_time(good[i].text, &seconds) == NULL);
		CHECK(seconds == good[i].seconds);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		seconds = -1;
		CHECK(value_time(bad[i], &seconds) != NULL);
		CHECK(seconds == -1);
	}
	CHECK(
	    strcmp(value_time("5 parsecs", &seconds),
		"unknown unit: use ms, s, min, h or d, without a blank") == 0);
	CHECK(strcmp(value_time("9999999999999999s", &seconds),
		  "number too large") == 0);
	return 0;
}

static int
test_times(void)
{
	static const char *const bad[] = { "", "5s", "5s..", "..5s", "5s.6s",
		"5s...6s", "6s..5s", "5s..6", "5..6s", "5s .. 6s",
		"1s..2s..3s" };
	double a = -1, b = -1;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(value_times(bad[i], &a, &b) != NULL);
	CHECK(a == -1 && b == -1);
	CHECK(value_times("5s..15min", &a, &b) == NULL);
	CHECK(a == 5 && b == 900);
	CHECK(value_times("1s..1s", &a, &b) == NULL);
	return 0;
}

static int
test_numbers(void)
{
	static const char *const bad[] = { "", "-", "--1", "+1", "1 ", " 1",
		"1.0", "1k", "0x10", "1000000000000000", "-1000000000000000" };
	int64_t n = -7;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(value_count(bad[i], &n) != NULL);
		CHECK(value_number(bad[i], &n) != NULL);
	}
	CHECK(value_count("-1", &n) != NULL);
	CHECK(n == -7);
	CHECK(value_count("999999999999999", &n) == NULL);
	CHECK(n == INT64_C(999999999999999));
	CHECK(value_number("-20", &n) == NULL && n == -20);
	CHECK(value_number("19", &n) == NULL && n == 19);
	return 0;
}

static int
test_percent(void)
{
	static const char *const bad[] = { "", "%", "50", "50 %", "50%%",
		"101%", "-1%", "5.5%", "99999999999999999999%" };
	int64_t n = -7;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(value_percent(bad[i], &n) != NULL);
	CHECK(n == -7);
	CHECK(value_percent("0%", &n) == NULL && n == 0);
	CHECK(value_percent("100%", &n) == NULL && n == 100);
	return 0;
}

static int
test_mode(void)
{
	static const char *const bad[] = { "", "8", "0o644", "0x1ff", "-644",
		"644 ", "u+rw", "0000644" };
	int64_t n = -7;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(value_mode(bad[i], &n) != NULL);
	CHECK(n == -7);
	CHECK(value_mode("0644", &n) == NULL && n == 0644);
	CHECK(value_mode("644", &n) == NULL && n == 0644);
	CHECK(value_mode("0", &n) == NULL && n == 0);
	return 0;
}

static int
test_words(void)
{
	int64_t n = -7;

	CHECK(value_yesno("yes", &n) == NULL && n == 1);
	CHECK(value_yesno("no", &n) == NULL && n == 0);
	CHECK(value_yesno("", &n) != NULL);
	CHECK(value_yesno("Yes", &n) != NULL);
	CHECK(value_yesno("true", &n) != NULL);
	CHECK(value_yesno("no yes", &n) != NULL);
	CHECK(value_choice("none", "none cdb") == 0);
	CHECK(value_choice("cdb", "none cdb") == 1);
	CHECK(value_choice("cd", "none cdb") == -1);
	CHECK(value_choice("", "none cdb") == -1);
	CHECK(value_choice("none cdb", "none cdb") == -1);
	return 0;
}

static int
test_time_text(void)
{
	static const char *const texts[] = { "0", "1ms", "200ms", "1500ms",
		"90s", "5min", "2h", "7d" };
	char buf[VALUE_TIME_SIZE];
	double seconds;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		CHECK(value_time(texts[i], &seconds) == NULL);
		CHECK(strcmp(value_time_text(seconds, buf), texts[i]) == 0);
	}
	return 0;
}

int
main(void)
{
	return test_time() || test_times() || test_numbers() ||
	       test_percent() || test_mode() || test_words() ||
	       test_time_text();
}
