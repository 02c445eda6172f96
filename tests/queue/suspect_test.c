#include "queue/suspect.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

static void names_lead_back(void **state)
{
	(void)state;
	for (int i = 0; i < QUEUE_REASONS; i++) {
		enum queue_reason r;
		assert_true(queue_reason_parse(queue_reason_name((enum queue_reason)i), &r));
		assert_int_equal(r, i);
		assert_true(strlen(queue_reason_text(r)) > 10);
	}
	enum queue_reason r;
	assert_false(queue_reason_parse("", &r));
	assert_false(queue_reason_parse(NULL, &r));
	assert_false(queue_reason_parse("Trap", &r));
}

static void weight_follows_reason_and_times(void **state)
{
	(void)state;
	for (int i = 0; i < QUEUE_REASONS; i++) {
		enum queue_reason r = (enum queue_reason)i;
		int64_t once = queue_reason_weight(r, 1);
		assert_true(once > 0);
		assert_true(queue_reason_weight(r, 2) > once);
		assert_int_equal(queue_reason_weight(r, 3), queue_reason_weight(r, 2));
		assert_int_equal(queue_reason_weight(r, INT64_MAX), 2 * once);
	}
	assert_true(queue_reason_weight(QUEUE_FORGED, 1) > queue_reason_weight(QUEUE_MANY_TRIES, 1000));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(names_lead_back), cmocka_unit_test(weight_follows_reason_and_times) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
