/* The pure rules of the organizer's pages: times, series, addresses. */
#include "base/clock.h"
#include "base/str.h"
#include "show/desk.h"

#include <string.h>

#include "../support/arena.h"

static int setup(void **state)
{
		clock_zone("Asia/Seoul");
	arena_setup(state);
	return 0;
}

static int64_t at(const char *s)
{
	int64_t us = 0;
	assert_true(clock_parse_local(s, &us));
	return us;
}

static int64_t day(const char *s)
{
	struct day d;
	assert_true(clock_parse_date(s, &d));
	return clock_day_start(d);
}

static void times_in_order(void **state)
{
	const char *msgid = NULL;
	(void)state;
	assert_null(show_desk_times_fault(10, 10, 0, &msgid));
	assert_null(show_desk_times_fault(10, 20, 30, &msgid));
	assert_string_equal(show_desk_times_fault(20, 10, 30, &msgid), "booking_open_at");
	assert_non_null(strstr(msgid, "visible"));
	assert_string_equal(show_desk_times_fault(10, 30, 30, &msgid), "booking_open_at");
	assert_non_null(strstr(msgid, "closed"));
}

static void a_series(void **state)
{
	int64_t t[8];
	(void)state;
	/* 20 November 2026 is a Friday. */
	assert_int_equal(show_desk_series(a, day("2026-11-20"), day("2026-11-20"), 0, "19:30", t, 8), 1);
	assert_int_equal(t[0], at("2026-11-20 19:30"));
	assert_int_equal(show_desk_series(a, day("2026-11-20"), day("2026-11-22"), 0, "19:30, 14:00", t, 8), 6);
	assert_int_equal(t[0], at("2026-11-20 14:00"));
	assert_int_equal(t[5], at("2026-11-22 19:30"));
	assert_int_equal(show_desk_series(a, day("2026-11-20"), day("2026-12-03"), 1 << 6 | 1, "9:00", t, 8), 4);
	assert_int_equal(t[0], at("2026-11-21 09:00"));
	assert_int_equal(t[1], at("2026-11-22 09:00"));
	assert_int_equal(t[3], at("2026-11-29 09:00"));
	assert_int_equal(show_desk_series(a, day("2026-11-20"), day("2026-11-20"), 1, "9:00", t, 8), 0);
}

static void a_series_told_wrong(void **state)
{
	static const char *const wrong[] = { "", "19", "19:5", "24:00", "12:60", "half past", "19:30;20:30", "1 9:30", "::", "119:30",
		"1:00 2:00 3:00 4:00 5:00 6:00 7:00 8:00 9:00 10:00 11:00 12:00 13:00" };
	int64_t t[8];
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_int_equal(show_desk_series(a, day("2026-11-20"), day("2026-11-20"), 0, wrong[i], t, 8), -1);
	/* The same time twice is one; more than there is room for is told, not written. */
	assert_int_equal(show_desk_series(a, day("2026-11-20"), day("2026-11-20"), 0, "19:30 19:30", t, 8), 1);
	assert_true(show_desk_series(a, day("2026-11-01"), day("2026-11-30"), 0, "19:30", t, 8) > 8);
}

static void addresses(void **state)
{
	char longest[400];
	(void)state;
	assert_string_equal(show_desk_slug(a, "새 공연", "A New Show!", "x1"), "a-new-show-x1");
	assert_string_equal(show_desk_slug(a, "새 공연", "", "x1"), "새-공연-x1");
	assert_string_equal(show_desk_slug(a, "!!!", "", "x1"), "x1");
	for (size_t i = 0; i < 120; i++)
		memcpy(longest + i * 3, "가", 3);
	longest[360] = '\0';
	const char *slug = show_desk_slug(a, longest, "", "x1");
	assert_true(strlen(slug) <= 120 && str_utf8_valid(slug, strlen(slug)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_in_order),
		cmocka_unit_test(a_series),
		cmocka_unit_test(a_series_told_wrong),
		cmocka_unit_test(addresses),
	};
	return cmocka_run_group_tests(tests, setup, arena_teardown);
}
