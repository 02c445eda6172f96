/* What a cancellation costs, by the days that are left. */
#include "base/clock.h"
#include "show/show.h"
#include "tmplc/out.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct refund_rule_at shows[] = { { 10, 0 }, { 7, 100 }, { 3, 200 }, { 1, 300 }, { 0, 900 } };
static const struct refund_grid show_grid = { .free_hours = 24, .rules = shows, .n = 5 };
static const struct refund_rule_at expos[] = { { 20, 100 }, { 15, 400 }, { 7, 700 } };
static const struct refund_grid expo_grid = { .free_hours = 0, .rules = expos, .n = 3 };

static int64_t at(const char *local)
{
	int64_t us;
	assert_true(clock_parse_local(local, &us));
	return us;
}

static int fee(const char *now, const char *starts)
{
	return show_refund_permille(&show_grid, at("2026-01-01T00:00"), at(starts), at(now));
}

static void grid_counts_calendar_days(void **state)
{
	(void)state;
	static const struct { const char *now; int permille; } cases[] = {
		{ "2026-11-10T23:59", 0 }, { "2026-11-11T00:00", 100 }, { "2026-11-13T23:59", 100 }, { "2026-11-14T00:00", 200 },
		{ "2026-11-17T23:59", 200 }, { "2026-11-18T00:00", 300 }, { "2026-11-19T23:59", 300 }, { "2026-11-20T00:00", 900 },
		{ "2026-11-20T19:29", 900 }, { "2026-11-20T19:30", -1 }, { "2026-11-21T00:00", -1 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(fee(cases[i].now, "2026-11-20T19:30"), cases[i].permille);
	/* an early morning show: the day before ends at midnight of the house's zone, not of UTC */
	assert_int_equal(fee("2026-11-19T23:59", "2026-11-20T00:30"), 300);
	assert_int_equal(fee("2026-11-20T00:01", "2026-11-20T00:30"), 900);
}

static void free_after_booking_while_more_than_a_day_is_left(void **state)
{
	(void)state;
	int64_t starts = at("2026-11-20T19:30"), booked = at("2026-11-17T12:00");
	assert_int_equal(show_refund_permille(&show_grid, booked, starts, at("2026-11-18T11:59")), 0);
	assert_int_equal(show_refund_permille(&show_grid, booked, starts, at("2026-11-18T12:00")), 300);
	booked = at("2026-11-19T10:00");
	assert_int_equal(show_refund_permille(&show_grid, booked, starts, at("2026-11-19T11:00")), 300);
}

static void grid_without_last_days_keeps_all(void **state)
{
	(void)state;
	int64_t starts = at("2026-11-30T10:00");
	assert_int_equal(show_refund_permille(&expo_grid, 1, starts, at("2026-11-10T10:00")), 100);
	assert_int_equal(show_refund_permille(&expo_grid, 1, starts, at("2026-11-15T10:00")), 400);
	assert_int_equal(show_refund_permille(&expo_grid, 1, starts, at("2026-11-23T10:00")), 700);
	assert_int_equal(show_refund_permille(&expo_grid, 1, starts, at("2026-11-24T10:00")), 1000);
}

static void told(const struct refund_grid *g, const char *const *lines, size_t n, bool free)
{
	struct arena *a = arena_new(1 << 16);
	struct out o;
	out_init(&o, a, "en", NULL);
	struct refund_words w = show_refund_words(&o, g);
	assert_int_equal(w.n, n);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(w.lines[i], lines[i]);
	assert_true((w.free != NULL) == free);
	arena_free(a);
}

/* Every day has its line, whatever order the rules are in, and says what is kept that day. */
static void words_say_the_same(void **state)
{
	(void)state;
	static const char *const standard[] = { "10 days before or earlier: no fee", "7–9 days before: fee 10%", "3–6 days before: fee 20%",
		"1–2 days before: fee 30%", "On the day, until the start: fee 90%", "After the start: no refund" };
	told(&show_grid, standard, ARRAY_LEN(standard), true);
	static const char *const expo[] = { "20 days before or earlier: fee 10%", "15–19 days before: fee 40%", "7–14 days before: fee 70%",
		"0–6 days before: no refund", "After the start: no refund" };
	told(&expo_grid, expo, ARRAY_LEN(expo), false);
	static const struct refund_rule_at one[] = { { 0, 155 } };
	static const char *const always[] = { "Until the start: fee 15.5%", "After the start: no refund" };
	told(&(struct refund_grid){ .rules = one, .n = 1 }, always, ARRAY_LEN(always), false);
	static const struct refund_rule_at mixed[] = { { 1, 1000 }, { 0, 1000 }, { 2, 0 } };
	static const char *const strict[] = { "2 days before or earlier: no fee", "1 day before: no refund", "On the day, until the start: no refund",
		"After the start: no refund" };
	told(&(struct refund_grid){ .rules = mixed, .n = 3 }, strict, ARRAY_LEN(strict), false);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(grid_counts_calendar_days),
		cmocka_unit_test(free_after_booking_while_more_than_a_day_is_left), cmocka_unit_test(grid_without_last_days_keeps_all),
		cmocka_unit_test(words_say_the_same) };
	clock_zone("Asia/Seoul");
	return cmocka_run_group_tests_name("terms", tests, NULL, NULL);
}
