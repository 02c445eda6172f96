/* The rules of payment: what comes back, what the sweeper does. */
#include "base/clock.h"
#include "pay/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int64_t at(const char *local)
{
	int64_t us;
	assert_true(clock_parse_local(local, &us));
	return us;
}

static void split(void **state)
{
	(void)state;
	struct refund_split s = pay_refund_split(33333, 1000, 100, false);
	assert_int_equal(s.kept, 3333);
	assert_int_equal(s.amount, 30000);
	s = pay_refund_split(33333, 1000, 0, true);
	assert_int_equal(s.amount, 34333);
	assert_int_equal(s.kept, 0);
	s = pay_refund_split(50000, 1000, 1000, false);
	assert_int_equal(s.amount, 0);
	assert_int_equal(s.kept, 50000);
}

static void asked_ever_more_rarely(void **state)
{
	(void)state;
	assert_int_equal(pay_next_check(0, 0), 5 * US_SECOND);
	assert_int_equal(pay_next_check(0, 3), 40 * US_SECOND);
	assert_int_equal(pay_next_check(0, 9), 2560 * US_SECOND);
	assert_int_equal(pay_next_check(0, 10), US_HOUR);
	assert_int_equal(pay_next_check(0, 100000), US_HOUR);
}

static void sweep_table(void **state)
{
	(void)state;
	enum { WINDOW = 1, OVER = 2 }; /* minutes since the attempt was made: 10, 40 */
	static const struct { const char *at; enum pay_outcome said; bool alive; int age; enum sweep want; } cases[] = {
		{ "created", PAY_DONE, false, WINDOW, SWEEP_SETTLE }, { "failed", PAY_DONE, false, OVER, SWEEP_SETTLE },
		{ "unknown", PAY_FAILED, true, WINDOW, SWEEP_SETTLE }, { "confirming", PAY_CANCELLED, true, OVER, SWEEP_SETTLE },
		{ "created", PAY_PENDING, true, WINDOW, SWEEP_LATER }, { "created", PAY_PENDING, true, OVER, SWEEP_GIVE_UP },
		{ "failed", PAY_PENDING, true, WINDOW, SWEEP_LATER }, { "failed", PAY_PENDING, false, OVER, SWEEP_GIVE_UP },
		{ "confirming", PAY_PENDING, true, WINDOW, SWEEP_CONFIRM }, { "unknown", PAY_PENDING, true, OVER, SWEEP_CONFIRM },
		{ "unknown", PAY_PENDING, false, WINDOW, SWEEP_GIVE_UP }, { "created", PAY_WAITING_DEPOSIT, true, WINDOW, SWEEP_SETTLE },
		{ "waiting_deposit", PAY_WAITING_DEPOSIT, true, WINDOW, SWEEP_LATER },
		{ "waiting_deposit", PAY_WAITING_DEPOSIT, false, WINDOW, SWEEP_CANCEL_ACCOUNT },
		{ "waiting_deposit", PAY_WAITING_DEPOSIT, true, OVER, SWEEP_CANCEL_ACCOUNT },
		{ "unknown", PAY_UNKNOWN, true, WINDOW, SWEEP_LATER }, { "waiting_deposit", PAY_UNKNOWN, true, OVER, SWEEP_LATER },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t now = cases[i].age == WINDOW ? 10 * US_MINUTE : 40 * US_MINUTE;
		struct pay_attempt a = { .state = cases[i].at, .account_due_at = 30 * US_MINUTE };
		struct pay_result r = { .outcome = cases[i].said };
		assert_int_equal(pay_sweep(&a, &r, cases[i].alive, now), cases[i].want);
	}
	struct pay_attempt silent = { .state = "unknown", .checks = 110 };
	assert_int_equal(pay_sweep(&silent, &(struct pay_result){ .outcome = PAY_UNKNOWN }, false, 0), SWEEP_GIVE_UP);
}

static void looked_at_again(void **state)
{
	(void)state;
	struct pay_attempt account = { .state = "waiting_deposit", .account_due_at = 10 * US_HOUR };
	struct pay_result waits = { .outcome = PAY_WAITING_DEPOSIT }, pending = { .outcome = PAY_PENDING };
	assert_int_equal(pay_look_again(&account, &waits, 2 * US_HOUR), 3 * US_HOUR);
	assert_int_equal(pay_look_again(&account, &waits, 9 * US_HOUR + US_MINUTE), 10 * US_HOUR);
	assert_int_equal(pay_look_again(&account, &waits, 10 * US_HOUR), 10 * US_HOUR + 5 * US_SECOND);
	struct pay_attempt fresh = { .state = "created", .created_at = US_HOUR };
	assert_int_equal(pay_look_again(&fresh, &pending, US_HOUR + US_MINUTE), US_HOUR + 36 * US_MINUTE);
}

static void deposit_is_due_at_the_end_of_the_next_day(void **state)
{
	(void)state;
	assert_int_equal(pay_deposit_due(at("2026-11-20T00:00")), at("2026-11-21T23:59") + 59 * US_SECOND);
	assert_int_equal(pay_deposit_due(at("2026-12-31T23:59")), at("2027-01-01T23:59") + 59 * US_SECOND);
}

static void hold_is_kept_within_bounds(void **state)
{
	(void)state;
	assert_int_equal(pay_hold_until(0, US_MINUTE, 5 * US_MINUTE), 6 * US_MINUTE);
	assert_int_equal(pay_hold_until(0, 24 * US_MINUTE, 5 * US_MINUTE), PAY_HOLD_MOST_US);
}

static void fits(void **state)
{
	(void)state;
	struct pay_attempt a = { .provider_order = "A-1", .amount = 100 };
	struct pay_result r = { .order_ref = "A-1", .amount = 100, .currency = "KRW" };
	assert_true(pay_result_fits(&a, &r));
	r.amount = 99;
	assert_false(pay_result_fits(&a, &r));
	r.amount = 100;
	r.currency = "USD";
	assert_false(pay_result_fits(&a, &r));
	r.currency = NULL;
	assert_false(pay_result_fits(&a, &r));
	r.currency = "KRW";
	r.order_ref = "A-2";
	assert_false(pay_result_ours(&a, &r));
	r.order_ref = NULL;
	assert_false(pay_result_ours(&a, &r));
}

static void answered_or_not(void **state)
{
	(void)state;
	static const char *const silent[] = { NULL, "", "TIMEOUT", "UNREACHABLE", "IDEMPOTENT_REQUEST_PROCESSING" };
	for (size_t i = 0; i < ARRAY_LEN(silent); i++)
		assert_false(pay_answered(silent[i]));
	assert_true(pay_answered("PROVIDER_ERROR"));
	assert_true(pay_answered("HTTP_502"));
}

static void clip_keeps_characters_whole(void **state)
{
	(void)state;
	struct arena *a = arena_new(1 << 16);
	assert_string_equal(pay_clip(a, "가나다", 2), "가나");
	assert_string_equal(pay_clip(a, "가나다", 3), "가나다");
	assert_string_equal(pay_clip(a, "abc", 0), "");
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(split),
		cmocka_unit_test(asked_ever_more_rarely),
		cmocka_unit_test(sweep_table),
		cmocka_unit_test(looked_at_again),
		cmocka_unit_test(deposit_is_due_at_the_end_of_the_next_day),
		cmocka_unit_test(hold_is_kept_within_bounds),
		cmocka_unit_test(fits),
		cmocka_unit_test(answered_or_not),
		cmocka_unit_test(clip_keeps_characters_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
