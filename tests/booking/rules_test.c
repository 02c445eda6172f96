/* The pure rules of booking. */
#include "booking/rules.h"

#include "base/clock.h"
#include "base/str.h"
#include "venue/venue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void standing_numbers_hold_their_parts(void **state)
{
	(void)state;
	for (int64_t ord = 0; ord < 40; ord += 13) {
		for (int64_t stripe = 0; stripe < BOOKING_STRIPES; stripe++) {
			int64_t got_ord, got_stripe, idx = booking_standing_idx(ord, stripe, (1 << 24) - 1);
			assert_true(booking_standing_parts(idx, &got_ord, &got_stripe));
			assert_int_equal(got_ord, ord);
			assert_int_equal(got_stripe, stripe);
		}
	}
	int64_t a, b;
	assert_false(booking_standing_parts(49999, &a, &b));
	assert_false(booking_standing_parts(SEAT_STANDING_BASE - 1, &a, &b));
}

static void slots_fill_the_gaps(void **state)
{
	(void)state;
	int64_t got[4], used[] = { 2, 4 };
	assert_true(booking_slots_pick(used, 2, 4, 2, got));
	assert_int_equal(got[0], 1);
	assert_int_equal(got[1], 3);
	assert_false(booking_slots_pick(used, 2, 4, 3, got));
	assert_true(booking_slots_pick(NULL, 0, 4, 4, got));
	assert_false(booking_slots_pick(NULL, 0, 4, 5, got));
}

static int64_t sum(const struct stripe_take *t, size_t n)
{
	int64_t all = 0;
	for (size_t i = 0; i < n; i++)
		all += t[i].n;
	return all;
}

static void stripes_are_found_to_the_last_place(void **state)
{
	(void)state;
	struct stripe_take t[BOOKING_MAX_TICKETS];
	const struct stripe_left roomy[] = { { 0, 5 }, { 1, 5 }, { 2, 5 } };
	for (uint32_t random = 0; random < 3; random++) {
		assert_int_equal(booking_stripes_pick(roomy, 3, random, 4, t), 1);
		assert_int_equal(t[0].stripe, random); /* begins where chance says */
	}
	const struct stripe_left scraps[] = { { 0, 1 }, { 1, 0 }, { 2, 2 }, { 3, 1 } };
	for (uint32_t random = 0; random < 4; random++)
		assert_int_equal(sum(t, booking_stripes_pick(scraps, 4, random, 4, t)), 4);
	assert_int_equal(booking_stripes_pick(scraps, 4, 0, 5, t), 0);
}

static void best_seats_are_neighbours_in_the_front_middle(void **state)
{
	(void)state;
	struct seat_spot s[30];
	for (int i = 0; i < 30; i++) /* three rows of ten */
		s[i] = (struct seat_spot){ i, 0, i / 10, i % 10 * 20, 100 + i / 10 * 20, true };
	size_t first;
	assert_true(booking_best_run(s, 30, 90, 2, &first));
	assert_int_equal(first, 4);
	s[4].free = s[5].free = false;
	assert_true(booking_best_run(s, 30, 90, 4, &first));
	assert_int_equal(first, 13); /* the second row's middle is nearer than the first row's end */
	assert_false(booking_best_run(s, 30, 90, 11, &first));
	/* Taken seats left out: what follows in the list but not in the row is no neighbour. */
	const struct seat_spot gaps[] = { { 0, 0, 0, 0, 0, true }, { 2, 0, 0, 40, 0, true }, { 3, 0, 0, 60, 0, true } };
	assert_true(booking_best_run(gaps, 3, 0, 2, &first));
	assert_int_equal(first, 1);
}

static void a_hold_is_extended_once(void **state)
{
	(void)state;
	assert_int_equal(booking_extended(1000, false, 900, 240), 1240);
	assert_int_equal(booking_extended(1000, true, 900, 240), 0);
	assert_int_equal(booking_extended(1000, false, 1000, 240), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(standing_numbers_hold_their_parts),
		cmocka_unit_test(slots_fill_the_gaps),
		cmocka_unit_test(stripes_are_found_to_the_last_place),
		cmocka_unit_test(best_seats_are_neighbours_in_the_front_middle),
		cmocka_unit_test(a_hold_is_extended_once),
	};
	return cmocka_run_group_tests_name("booking/rules", tests, NULL, NULL);
}
