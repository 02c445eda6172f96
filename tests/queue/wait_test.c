/* The estimate told to those who wait: a range that is never narrower than what is known. */
#include "queue/queue_view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void is(int64_t ahead, int64_t rate, int unit, int64_t from, int64_t to)
{
	struct queue_wait w = queue_wait_of(ahead, rate);
	assert_int_equal(w.unit, unit);
	assert_int_equal(w.from, from);
	assert_int_equal(w.to, to);
}

static void nothing_is_told_without_a_rate(void **state)
{
	(void)state;
	is(5, 0, WAIT_UNKNOWN, 0, 0);
	is(0, 0, WAIT_UNKNOWN, 0, 0);
}

static void minutes_and_hours_are_ranges(void **state)
{
	(void)state;
	is(1, 480, WAIT_SOON, 0, 0);
	is(480, 480, WAIT_MINUTES, 1, 2);
	is(60, 10, WAIT_MINUTES, 4, 8);
	is(900, 10, WAIT_MINUTES, 72, 117);
	is(1000, 10, WAIT_HOURS, 1, 3);
	is(1000000, 500, WAIT_HOURS, 26, 44);
}

static void a_range_contains_the_even_pace(void **state)
{
	(void)state;
	for (int64_t ahead = 1; ahead < 100000; ahead += 37) {
		struct queue_wait w = queue_wait_of(ahead, 60);
		int64_t minutes = ahead / 60, unit = w.unit == WAIT_HOURS ? 60 : 1;
		if (w.unit == WAIT_SOON)
			continue;
		assert_true(w.from < w.to);
		assert_true((minutes == 0 && w.from == 1) || w.from * unit <= minutes + unit);
		assert_true(w.to * unit >= minutes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_told_without_a_rate),
		cmocka_unit_test(minutes_and_hours_are_ranges),
		cmocka_unit_test(a_range_contains_the_even_pace),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
