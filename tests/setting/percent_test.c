/* Rates as people write them. */
#include "setting/setting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void told(void **state)
{
	(void)state;
	struct arena *a = arena_new(1 << 16);
	assert_string_equal(setting_percent(a, 0), "0");
	assert_string_equal(setting_percent(a, 50), "5");
	assert_string_equal(setting_percent(a, 55), "5.5");
	assert_string_equal(setting_percent(a, 1000), "100");
	arena_free(a);
}

static void read_back(void **state)
{
	(void)state;
	int64_t n = -1;
	assert_true(setting_percent_parse("5", &n) && n == 50);
	assert_true(setting_percent_parse("5.5", &n) && n == 55);
	assert_true(setting_percent_parse("0.0", &n) && n == 0);
	assert_true(setting_percent_parse("100", &n) && n == 1000);
	static const char *const wrong[] = { "", ".5", "5.", "5.55", "-5", "5 ", "5,5", "5%", "1000", "1e2" };
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_false(setting_percent_parse(wrong[i], &n));
	assert_int_equal(n, 1000); /* untouched by what was refused */
}

static void bounds(void **state)
{
	(void)state;
	for (size_t i = 0; i < SETTING_N; i++)
		assert_in_range(setting_table[i].def, setting_table[i].least, setting_table[i].most);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(told), cmocka_unit_test(read_back), cmocka_unit_test(bounds) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
