#include "../support/secret.h"
#include "base/clock.h"
#include "live/token.h"

#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define NOW (INT64_C(1795166240) * US_SECOND)

static int setup(void **state)
{
	(void)state;
	use_test_secret();
	return 0;
}

static bool parses(const char *s)
{
	struct live_channels c;
	return live_channels_parse(s, strlen(s), &c);
}

static void lists_of_channels(void **state)
{
	(void)state;
	struct live_channels c;
	assert_true(live_channels_parse("perf:12,queue:3", 15, &c));
	assert_int_equal(c.n, 2);
	assert_string_equal(c.name[1], "queue:3");
	const char *bad[] = { "", ",", "a,", ",a", "a,,b", "a b", "A", "a~b", "a,a", "a/b", "가", "1,2,3,4,5,6,7,8,9",
		"0123456789012345678901234567890123456789012345678901234567890123" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(parses(bad[i]));
	assert_false(live_channels_parse("a\0b", 3, &c));
	assert_true(parses("1,2,3,4,5,6,7,8"));
}

static void tokens(void **state)
{
	(void)state;
	struct arena *a = arena_new(1 << 20);
	struct live_channels c, got;
	assert_true(live_channels_parse("perf:12,queue:3", 15, &c));
	char *t = live_token_make(a, &c, NOW);
	size_t n = strlen(t);
	assert_true(live_token_open(t, n, NOW, &got));
	assert_int_equal(got.n, 2);
	assert_string_equal(got.name[0], "perf:12");
	assert_true(live_token_open(t, n, NOW + LIVE_TOKEN_SECONDS * US_SECOND, &got));
	assert_false(live_token_open(t, n, NOW + (LIVE_TOKEN_SECONDS + 1) * US_SECOND, &got));
	for (size_t i = 0; i < n; i++) { /* every single byte counts */
		char was = t[i];
		t[i] = (char)(was ^ 1);
		assert_false(live_token_open(t, n, NOW, &got));
		t[i] = was;
		assert_false(live_token_open(t, i, NOW, &got));
	}
	assert_false(live_token_open("", 0, NOW, &got));
	arena_free(a);
}

static int64_t position(const char *s, const char *channel)
{
	return live_position(s, strlen(s), channel);
}

static void positions(void **state)
{
	(void)state;
	assert_int_equal(position("perf:12=45,queue:3=9", "perf:12"), 45);
	assert_int_equal(position("perf:12=45,queue:3=9", "queue:3"), 9);
	assert_int_equal(position("perf:12=0", "perf:12"), 0);
	const char *none[] = { "", "perf:1=45", "perf:123=45", "perf:12", "perf:12=", "perf:12=x", "perf:12=-1",
		"perf:12=99999999999999999999", "perf:12=4 5", "perf:12=1\nperf:12=2" };
	for (size_t i = 0; i < ARRAY_LEN(none); i++)
		assert_int_equal(position(none[i], "perf:12"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(lists_of_channels), cmocka_unit_test(tokens),
		cmocka_unit_test(positions) };
	return cmocka_run_group_tests(tests, setup, NULL);
}
