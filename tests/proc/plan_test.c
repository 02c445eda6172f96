/* When to start again, when to try again. */
#include "proc/plan.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define NOW (INT64_C(1800000000) * US_SECOND)

static void pauses_between_forks_grow(void **state)
{
	(void)state;
	assert_int_equal(plan_respawn_pause_us(0), 0);
	assert_int_equal(plan_respawn_pause_us(1), 0);
	assert_int_equal(plan_respawn_pause_us(2), 100000);
	assert_int_equal(plan_respawn_pause_us(3), 200000);
	assert_int_equal(plan_respawn_pause_us(8), 6400000);
	assert_int_equal(plan_respawn_pause_us(9), 10000000);
	assert_int_equal(plan_respawn_pause_us(1000000), 10000000);
}

static void workers_do_not_leave_together(void **state)
{
	(void)state;
	assert_int_equal(plan_recycle_after(20000, 0), 20000);
	assert_int_equal(plan_recycle_after(20000, 5000), 15000);
	assert_int_equal(plan_recycle_after(1, 77), 1);
	for (uint32_t r = 0; r < 10000; r += 7) {
		int64_t n = plan_recycle_after(20000, r * 1000003U);
		assert_true(n >= 15000 && n <= 20000);
	}
	assert_true(plan_recycle_after(0, 5) == INT64_MAX);
}

static void failed_deliveries(void **state)
{
	(void)state;
	assert_int_equal(plan_outbox_fate(ERR_INTERNAL, 9, 0, false, 0), OUTBOX_AGAIN);
	assert_int_equal(plan_outbox_fate(ERR_INTERNAL, 10, 0, false, 0), OUTBOX_FAILED);
	assert_int_equal(plan_outbox_fate(ERR_INTERNAL, 2, 2, true, 0), OUTBOX_FAILED);
	/* Nobody knows whether it arrived: a second mail would be worse than a listed row. */
	assert_int_equal(plan_outbox_fate(ERR_INVALID, 1, 0, true, 0), OUTBOX_FAILED);
	assert_int_equal(plan_outbox_fate(ERR_TIMEOUT, 1, 0, true, 0), OUTBOX_UNSURE);
	assert_int_equal(plan_outbox_fate(ERR_TIMEOUT, 1, 0, false, 0), OUTBOX_AGAIN);
	/* A mail server that is away for an evening costs no mail. */
	assert_int_equal(plan_outbox_fate(ERR_UNAVAILABLE, 50, 0, true, 8 * US_HOUR), OUTBOX_AGAIN);
	assert_int_equal(plan_outbox_fate(ERR_UNAVAILABLE, 50, 0, false, 3 * US_DAY), OUTBOX_FAILED);
	/* Nor does a mailbox that is full for one. */
	assert_int_equal(plan_outbox_fate(ERR_LIMIT, 50, 0, true, 2 * US_DAY), OUTBOX_AGAIN);
	assert_int_equal(plan_outbox_fate(ERR_LIMIT, 50, 0, true, 3 * US_DAY), OUTBOX_FAILED);
	/* An old row that was listed and is given another ten tries has them. */
	assert_int_equal(plan_outbox_fate(ERR_UNAVAILABLE, 1, 0, true, 30 * US_DAY), OUTBOX_AGAIN);
}

static void pauses_between_deliveries_grow(void **state)
{
	(void)state;
	assert_int_equal(plan_outbox_pause_us(ERR_INTERNAL, 1, false), 2 * US_SECOND);
	assert_int_equal(plan_outbox_pause_us(ERR_INTERNAL, 5, false), 32 * US_SECOND);
	assert_int_equal(plan_outbox_pause_us(ERR_INTERNAL, 40, false), US_HOUR);
	assert_int_equal(plan_outbox_pause_us(ERR_UNAVAILABLE, 40, false), 10 * US_MINUTE);
	assert_int_equal(plan_outbox_pause_us(ERR_INTERNAL, 40, true), 10 * US_SECOND);
}

static void jobs_are_due(void **state)
{
	(void)state;
	struct job_state s = { 0 };
	assert_true(plan_job_due(&s, 86400, NOW));
	s.last_ok_at = NOW - US_HOUR;
	assert_false(plan_job_due(&s, 7200, NOW));
	assert_true(plan_job_due(&s, 3600, NOW));
	s.running = true;
	assert_false(plan_job_due(&s, 3600, NOW));
}

static void a_missed_job_runs_once(void **state)
{
	(void)state;
	struct job_state s = { .last_ok_at = NOW - 30 * US_DAY };
	assert_true(plan_job_due(&s, 60, NOW));
	s.last_ok_at = s.last_try_at = NOW;
	assert_false(plan_job_due(&s, 60, NOW + 59 * US_SECOND));
	assert_true(plan_job_due(&s, 60, NOW + 60 * US_SECOND));
}

static void failing_jobs_are_tried_again(void **state)
{
	(void)state;
	struct job_state s = { .last_try_at = NOW, .failures = 1 };
	assert_int_equal(plan_job_due_at(&s, 1, NOW), NOW + US_SECOND);
	assert_int_equal(plan_job_due_at(&s, 86400, NOW), NOW + US_MINUTE);
	s.failures = 3;
	assert_int_equal(plan_job_due_at(&s, 1, NOW), NOW + 4 * US_SECOND);
	assert_int_equal(plan_job_due_at(&s, 86400, NOW), NOW + 4 * US_MINUTE);
	s.failures = 100;
	assert_int_equal(plan_job_due_at(&s, 1, NOW), NOW + US_MINUTE);
	assert_int_equal(plan_job_due_at(&s, 300, NOW), NOW + 300 * US_SECOND);
	assert_int_equal(plan_job_due_at(&s, 86400, NOW), NOW + US_HOUR);
}

static void a_clock_set_back_stops_no_job(void **state)
{
	(void)state;
	struct job_state s = { .last_ok_at = NOW + US_DAY, .last_try_at = NOW + US_DAY };
	assert_true(plan_job_due(&s, 60, NOW));
	s.failures = 2;
	assert_true(plan_job_due(&s, 60, NOW));
}

static void runs_are_limited(void **state)
{
	(void)state;
	assert_int_equal(plan_job_limit_us(0), 300 * US_SECOND);
	assert_int_equal(plan_job_limit_us(7), 7 * US_SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pauses_between_forks_grow),
		cmocka_unit_test(workers_do_not_leave_together),
		cmocka_unit_test(failed_deliveries),
		cmocka_unit_test(pauses_between_deliveries_grow),
		cmocka_unit_test(jobs_are_due),
		cmocka_unit_test(a_missed_job_runs_once),
		cmocka_unit_test(failing_jobs_are_tried_again),
		cmocka_unit_test(a_clock_set_back_stops_no_job),
		cmocka_unit_test(runs_are_limited),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
