#include "base/clock.h"
#include "base/conf.h"
#include "base/str.h"

#include <stdlib.h>

#include "../support/arena.h"

#define AT(s) (INT64_C(s) * US_SECOND)

static const int64_t evening = INT64_C(1795170600) * US_SECOND; /* 2026-11-20 10:30 UTC, 19:30 in Seoul */

static int setup(void **state)
{
	clock_zone("Asia/Seoul");
	return arena_setup(state);
}

static int teardown(void **state)
{
	clock_set_for_test(0);
	return arena_teardown(state);
}

static int64_t parsed(const char *s)
{
	int64_t us = -1;

	if (!clock_parse_local(s, &us))
		fail_msg("%s does not parse", s);
	return us;
}

static void as_people_say_it(void **state)
{
	int64_t march = parsed("2026-03-05T09:05");

	(void)state;
	assert_string_equal(clock_long(a, "ko", evening), "2026년 11월 20일 (금) 19:30");
	assert_string_equal(clock_long(a, "en", evening), "Fri, 20 Nov 2026, 19:30");
	assert_string_equal(clock_short(a, "ko", evening), "11.20 (금) 19:30");
	assert_string_equal(clock_short(a, "en", evening), "20 Nov, 19:30");
	assert_string_equal(clock_date(a, "ko", evening), "2026.11.20 (금)");
	assert_string_equal(clock_date(a, "en", evening), "Fri, 20 Nov 2026");
	assert_string_equal(clock_long(a, "ko", march), "2026년 3월 5일 (목) 09:05");
	assert_string_equal(clock_date(a, "ko", march), "2026.03.05 (목)");
	assert_string_equal(clock_short(a, "en", march), "5 Mar, 09:05");
	assert_string_equal(clock_long(a, NULL, evening), "Fri, 20 Nov 2026, 19:30");
}

static void machine_forms(void **state)
{
	(void)state;
	assert_string_equal(clock_iso(a, evening), "2026-11-20T10:30:00Z");
	assert_string_equal(clock_iso(a, evening + 999999), "2026-11-20T10:30:00Z");
	assert_string_equal(clock_iso(a, 0), "1970-01-01T00:00:00Z");
	assert_string_equal(clock_iso(a, -1), "1969-12-31T23:59:59Z");
	assert_string_equal(clock_local_input(a, evening), "2026-11-20T19:30");
	assert_int_equal(parsed(clock_local_input(a, evening)), evening);
}

static void an_absent_time_is_no_text(void **state)
{
	(void)state;
	assert_string_equal(clock_long(a, "ko", 0), "");
	assert_string_equal(clock_short(a, "ko", 0), "");
	assert_string_equal(clock_date(a, "en", 0), "");
	assert_string_equal(clock_local_input(a, 0), "");
}

static void days_turn_at_midnight_in_seoul(void **state)
{
	int64_t midnight = AT(1795186800); /* 2026-11-20 15:00 UTC */
	struct day before = clock_day(midnight - 1), after = clock_day(midnight);

	(void)state;
	assert_true(before.year == 2026 && before.month == 11 && before.day == 20);
	assert_true(after.year == 2026 && after.month == 11 && after.day == 21);
	assert_int_equal(clock_day_start(after), midnight);
	assert_int_equal(clock_day_start(before), midnight - US_DAY);
	assert_int_equal(clock_days_between(midnight - 1, midnight), 1);
	assert_int_equal(clock_days_between(midnight, midnight - 1), -1);
	assert_int_equal(clock_days_between(midnight, midnight + US_DAY - 1), 0);
	assert_int_equal(clock_days_between(parsed("2024-02-28 23:59"), parsed("2024-03-01 00:00")), 2);
	assert_int_equal(clock_days_between(parsed("2026-12-31 23:59"), parsed("2027-01-01 00:00")), 1);
	assert_int_equal(clock_days_between(parsed("2000-01-01 00:00"), parsed("2400-01-01 00:00")), 146097);
	assert_int_equal(clock_days_between(parsed("1969-12-30 12:00"), parsed("1970-01-02 12:00")), 3);
	/* a day or month beyond its range runs over */
	assert_int_equal(clock_day_start((struct day){ 2026, 11, 31 }), parsed("2026-12-01 00:00"));
	assert_int_equal(clock_day_start((struct day){ 2026, 13, 1 }), parsed("2027-01-01 00:00"));
	assert_int_equal(clock_day_start((struct day){ 2026, 3, 0 }), parsed("2026-02-28 00:00"));
}

static void dates_that_exist(void **state)
{
	static const char *const bad[] = { "", "2026-11-2", "2026-11-200", "2026-13-01", "2026-00-10", "2026-02-29", "2026-04-31",
		"2026-01-00", "26-01-01", "2026/01/01", "2026-1-01", " 2026-01-01", "2026-01-01 ", "-026-01-01", "2026-01", "2026-" };
	struct day d = { 1, 2, 3 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(clock_parse_date(bad[i], &d));
	assert_false(clock_parse_date(NULL, &d));
	assert_true(d.year == 1 && d.month == 2 && d.day == 3);
	assert_true(clock_parse_date("2024-02-29", &d));
	assert_true(d.year == 2024 && d.month == 2 && d.day == 29);
	assert_true(clock_parse_date("9999-12-31", &d));
}

static void local_times_that_exist(void **state)
{
	static const char *const bad[] = { "", "2026-11-20", "2026-11-20T", "2026-11-20T19", "2026-11-20T19:3", "2026-11-20T24:00",
		"2026-11-20T19:60", "2026-11-20T19:30:60", "2026-11-20T19:30:", "2026-11-20T19:30Z", "2026-11-20x19:30",
		"2026-02-30T10:00", "2026-11-20T19:30:15.5", "2026-11-20T-1:30" };
	int64_t us = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(clock_parse_local(bad[i], &us));
	assert_false(clock_parse_local(NULL, &us));
	assert_int_equal(us, 7);
	assert_int_equal(parsed("2026-11-20T19:30"), evening);
	assert_int_equal(parsed("2026-11-20 19:30"), evening);
	assert_int_equal(parsed("2026-11-20 19:30:59"), evening + 59 * US_SECOND);
	assert_int_equal(parsed("1970-01-01 09:00"), 0);
}

static void summer_time(void **state)
{
	int64_t us;

	(void)state;
	clock_zone("Europe/Berlin");
	assert_false(clock_parse_local("2026-03-29T02:30", &us)); /* skipped */
	assert_int_equal(parsed("2026-03-29T03:00") - parsed("2026-03-29T01:59"), US_MINUTE);
	assert_true(clock_parse_local("2026-10-25T02:30", &us)); /* occurs twice: one of them */
	assert_int_equal(clock_days_between(parsed("2026-03-28T23:30"), parsed("2026-03-29T23:30")), 1);
	assert_int_equal(clock_day_start((struct day){ 2026, 3, 30 }) - clock_day_start((struct day){ 2026, 3, 29 }),
	    23 * US_HOUR);
	assert_int_equal(clock_day_start((struct day){ 2026, 10, 26 }) - clock_day_start((struct day){ 2026, 10, 25 }),
	    25 * US_HOUR);
	/* Midnight itself may be skipped: that day began at one o'clock. */
	clock_zone("America/Sao_Paulo");
	assert_string_equal(clock_local_input(a, clock_day_start((struct day){ 2018, 11, 4 })), "2018-11-04T01:00");
	assert_int_equal(clock_day_start((struct day){ 2018, 11, 5 }) - clock_day_start((struct day){ 2018, 11, 4 }),
	    23 * US_HOUR);
	/* It may also come twice: the first one counts. */
	clock_zone("America/Havana");
	assert_int_equal(clock_day_start((struct day){ 2026, 11, 2 }) - clock_day_start((struct day){ 2026, 11, 1 }),
	    25 * US_HOUR);
	clock_zone("Asia/Seoul");
}

static void the_clock_can_be_shifted(void **state)
{
	(void)state;
	clock_set_for_test(evening);
	int64_t now = clock_now();
	assert_true(now >= evening && now < evening + US_MINUTE);
	clock_set_for_test(0);
	assert_true(llabs(clock_now() - evening) > US_MINUTE || clock_now() != now);
	int64_t before = clock_monotonic();
	clock_set_for_test(evening + US_DAY);
	assert_true(clock_monotonic() - before < US_MINUTE); /* spans are not touched */
}

static void the_configured_zone_is_used(void **state)
{
	struct conf c = *conf();

	(void)state;
	c.timezone = "UTC";
	conf_set_for_test(&c);
	assert_string_equal(clock_local_input(a, evening), "2026-11-20T10:30");
	conf_set_for_test(NULL);
	assert_string_equal(clock_local_input(a, evening), "2026-11-20T19:30");
}

static void days_of_the_week(void **state)
{
	(void)state;
	assert_int_equal(clock_weekday((struct day){ 1970, 1, 1 }), 4);
	assert_int_equal(clock_weekday((struct day){ 2026, 11, 22 }), 0);
	assert_int_equal(clock_weekday((struct day){ 2028, 2, 29 }), 2);
	assert_int_equal(clock_weekday((struct day){ 1969, 12, 27 }), 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_of_the_week),
		cmocka_unit_test(as_people_say_it),
		cmocka_unit_test(machine_forms),
		cmocka_unit_test(an_absent_time_is_no_text),
		cmocka_unit_test(days_turn_at_midnight_in_seoul),
		cmocka_unit_test(dates_that_exist),
		cmocka_unit_test(local_times_that_exist),
		cmocka_unit_test(summer_time),
		cmocka_unit_test(the_clock_can_be_shifted),
		cmocka_unit_test(the_configured_zone_is_used),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
