/* The pure rules of the platform's desk. */
#include "admin/admin_rules.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void grids(void **state)
{
	(void)state;
	const struct admin_step usual[] = { { 10, 0 }, { 7, 10 }, { 3, 20 }, { 1, 30 }, { 0, 90 }, { -1, -1 } };
	assert_null(admin_grid_fault(usual, ARRAY_LEN(usual)));
	const struct admin_step no_day_0[] = { { 10, 0 }, { 1, 30 } };
	assert_non_null(admin_grid_fault(no_day_0, ARRAY_LEN(no_day_0)));
	const struct admin_step half[] = { { 10, -1 }, { 0, 90 } };
	assert_non_null(admin_grid_fault(half, ARRAY_LEN(half)));
	const struct admin_step twice[] = { { 3, 10 }, { 3, 20 }, { 0, 90 } };
	assert_non_null(admin_grid_fault(twice, ARRAY_LEN(twice)));
	const struct admin_step falling[] = { { 10, 50 }, { 3, 20 }, { 0, 90 } };
	assert_non_null(admin_grid_fault(falling, ARRAY_LEN(falling)));
	const struct admin_step level[] = { { 5, 90 }, { 0, 90 } };
	assert_null(admin_grid_fault(level, ARRAY_LEN(level)));
	const struct admin_step too_much[] = { { 0, 101 } };
	assert_non_null(admin_grid_fault(too_much, ARRAY_LEN(too_much)));
}

static void states(void **state)
{
	(void)state;
	assert_string_equal(admin_state_badge("paid"), "ok");
	assert_string_equal(admin_state_badge("expired"), "neutral");
	assert_string_equal(admin_state_word("no such state"), "no such state");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(grids), cmocka_unit_test(states) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
