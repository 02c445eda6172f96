/* How many come in, and who is passed over. */
#include "../support/secret.h"
#include "base/clock.h"
#include "queue/queue.h"
#include "queue/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define T0 (INT64_C(1795174074) * US_SECOND)

static int64_t allowed(int64_t target, int64_t rate, int64_t inside, int64_t owed, int64_t last_minute, int64_t us)
{
	struct queue_flow f = { target, rate, inside, owed, last_minute, T0, T0 + us };
	return queue_allowance(&f);
}

static void the_house_is_never_overfilled(void **state)
{
	(void)state;
	assert_int_equal(allowed(100, 60000, 0, 0, 0, US_SECOND), 100);
	assert_int_equal(allowed(100, 60000, 60, 30, 0, US_SECOND), 10);
	assert_int_equal(allowed(100, 60000, 60, 40, 0, US_SECOND), 0);
	assert_int_equal(allowed(100, 60000, 150, 40, 0, US_SECOND), 0); /* the target was lowered */
	assert_int_equal(allowed(100000, 600000, 0, 0, 0, US_SECOND), QUEUE_STEP_MAX);
}

static void the_rate_is_kept(void **state)
{
	(void)state;
	assert_int_equal(allowed(1000, 600, 0, 0, 0, US_SECOND), 10);
	assert_int_equal(allowed(1000, 600, 0, 0, 595, US_SECOND), 5);
	assert_int_equal(allowed(1000, 600, 0, 0, 600, US_SECOND), 0);
	assert_int_equal(allowed(1000, 600, 0, 0, 0, 0), 0);
	assert_int_equal(allowed(1000, 600, 0, 0, 0, -US_SECOND), 0);        /* another host's clock */
	assert_int_equal(allowed(1000, 600, 0, 0, 0, 30 * US_SECOND), 50);   /* an hour of downtime is not made up for */
}

/* Seven a minute: the fractions of a minute of ticks add up to exactly that, however the ticks lie. */
static void fractions_are_carried(void **state)
{
	(void)state;
	for (int64_t rate = 1; rate < 200; rate += 7) {
		int64_t sum = 0;
		struct queue_flow f = { .target = 1000000, .rate = rate, .from = T0, .to = T0 };
		for (int64_t i = 0; f.to < T0 + US_MINUTE; i++) {
			f.from = f.to;
			f.to += US_SECOND + (i * 7919) % 300000 - 150000;
			if (f.to > T0 + US_MINUTE)
				f.to = T0 + US_MINUTE;
			sum += queue_allowance(&f);
		}
		assert_int_equal(sum, rate);
	}
}

static void late_ones_get_a_tenth_more(void **state)
{
	struct queue_flow f = { .target = 100, .inside = 95 };
	(void)state;
	assert_int_equal(queue_entry_room(&f), 15);
	f = (struct queue_flow){ .target = 1, .inside = 1 };
	assert_int_equal(queue_entry_room(&f), 1);
	f = (struct queue_flow){ .target = 10, .inside = 30 };
	assert_int_equal(queue_entry_room(&f), -19);
}

static void steps_are_found_by_time(void **state)
{
	const struct queue_step steps[] = { { T0 + 3, 30, 20 }, { T0 + 2, 20, 15 }, { T0 + 1, 10, 10 } };
	(void)state;
	assert_int_equal(queue_step_at(steps, 3, T0 + 9).head, 30);
	assert_int_equal(queue_step_at(steps, 3, T0 + 2).head, 20);
	assert_int_equal(queue_step_at(steps, 3, T0).head, 0);
	assert_int_equal(queue_step_at(steps, 0, T0).head, 0);
}

static void set(uint8_t *map, int64_t place)
{
	map[place / 8] |= (uint8_t)(128 >> place % 8);
}

static void absent_ones_are_skipped(void **state)
{
	uint8_t now_map[8] = { 0 }, last_map[8] = { 0 };
	(void)state;
	set(now_map, 3);
	set(last_map, 4);
	set(now_map, 20);
	set(last_map, 60);
	struct queue_walk w = { now_map, last_map, .n = 8, .issued = 60, .want = 3, .steps = 1000 };
	queue_walk(&w);
	assert_int_equal(w.head, 20);
	assert_int_equal(w.admitted, 3);
	assert_int_equal(w.skipped, 17);
	w.want = 2;
	queue_walk(&w);
	assert_int_equal(w.head, 60);
	assert_int_equal(w.admitted, 4);
	assert_int_equal(w.want, 1);
}

static void the_walk_ends_where_its_maps_end(void **state)
{
	uint8_t now_map[4] = { 0 }, last_map[4] = { 0 };
	(void)state;
	struct queue_walk w = { now_map, last_map, .first = 2, .n = 2, .issued = 1000, .want = 5, .steps = 1000, .head = 15 };
	now_map[1] = 1; /* place 31: the last bit */
	queue_walk(&w);
	assert_int_equal(w.head, 31);
	assert_int_equal(w.admitted, 1);
	assert_int_equal(w.skipped, 15);
	w = (struct queue_walk){ now_map, last_map, .n = 4, .issued = 20, .want = 100, .steps = 12 };
	queue_walk(&w);
	assert_int_equal(w.head, 12);
}

static void holes_are_nobody(void **state)
{
	uint8_t now_map[4] = { 0 }, last_map[4] = { 0 };
	struct queue_holes h;
	struct arena *a = arena_new(1 << 20);
	(void)state;
	queue_holes_parse("", &h);
	assert_int_equal(h.n, 0);
	queue_holes_add(&h, 5, 4);
	assert_string_equal(queue_holes_text(a, &h), "");
	queue_holes_add(&h, 5, 10);
	queue_holes_add(&h, 13, 19);
	assert_string_equal(queue_holes_text(a, &h), "5-10,13-19");
	queue_holes_parse("5-10,13-19", &h);
	assert_int_equal(h.n, 2);
	set(now_map, 15); /* somebody has it all the same */
	struct queue_walk w = { now_map, last_map, .n = 4, .all = true, .holes = &h, .issued = 20, .want = 100, .steps = 1000 };
	queue_walk(&w);
	assert_int_equal(w.head, 20);
	assert_int_equal(w.skipped, 6 + 7 - 1);
	/* The same holes lie somewhere else after a draw. */
	struct draw d;
	draw_init(&d, (const uint8_t *)"01234567890123456789012345678901", 20);
	memset(now_map, 0, sizeof now_map);
	w = (struct queue_walk){ now_map, last_map, .n = 4, .all = true, .holes = &h, .draw = &d, .issued = 20, .want = 100, .steps = 1000 };
	for (int64_t place = 1; place <= 20; place++) {
		int64_t number = draw_number(&d, place), before = w.admitted;
		bool hole = (number >= 5 && number <= 10) || (number >= 13 && number <= 19);
		w.issued = place;
		queue_walk(&w);
		assert_int_equal(w.admitted - before, hole ? 0 : 1);
	}
	for (int i = 0; i < 20; i++)
		queue_holes_add(&h, 100 + i * 10, 105 + i * 10);
	assert_int_equal(h.n, QUEUE_HOLES);
	assert_int_equal(h.range[QUEUE_HOLES - 1].to, 295);
	static const char *const bad[] = { "x", "5", "5-", "-5", "0-9", "9-5", "99999999999999999999-99999999999999999999", ",,,", "5-4,6-7" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		queue_holes_parse(bad[i], &h);
		assert_int_equal(h.n, 0);
	}
	arena_free(a);
}

static void numbers_that_may_be_given(void **state)
{
	(void)state;
	assert_int_equal(queue_licence(5, 5), 10005);
	assert_int_equal(queue_licence(100000, 9000), 127000);
}

static void sales_have_names(void **state)
{
	struct queue_sale s;
	static const char *const bad[] = { "", "p", "p0", "p-1", "x12", "p12x", "12", "p 1", "p99999999999999999999", "P1", "p01" };
	(void)state;
	assert_true(queue_sale_parse("p12", &s));
	assert_true(s.kind == 'p' && s.id == 12);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(queue_sale_parse(bad[i], &s));
	assert_false(queue_sale_parse(NULL, &s));
}

/* ---- the cookie ------------------------------------------------------------------------------------------------------- */
static void a_number_is_the_holders_own(void **state)
{
	struct arena *a = arena_new(1 << 20);
	int64_t n = -1;
	(void)state;
	const char *t = queue_ticket_make(a, 7, 42, "d0123456789abcdef");
	assert_true(queue_ticket_open(t, 7, "d0123456789abcdef", &n));
	assert_int_equal(n, 42);
	n = -1;
	assert_true(queue_ticket_ours(a, t));
	assert_false(queue_ticket_ours(a, NULL) || queue_ticket_ours(a, "") || queue_ticket_ours(a, "7.42") || queue_ticket_ours(a, "."));
	assert_false(queue_ticket_open(t, 8, "d0123456789abcdef", &n));
	assert_false(queue_ticket_open(t, 7, "d0123456789abcdee", &n));
	assert_false(queue_ticket_open(t, 7, "m12", &n));
	assert_false(queue_ticket_open(t, 7, "", &n));
	assert_false(queue_ticket_open(NULL, 7, "m12", &n));
	assert_int_equal(n, -1);
	arena_free(a);
}

/* No single character can be changed, none left out, none added. */
static void a_number_cannot_be_forged(void **state)
{
	struct arena *a = arena_new(1 << 22);
	int64_t n = -1;
	(void)state;
	const char *t = queue_ticket_make(a, 7, 42, "m12");
	size_t len = strlen(t);
	for (size_t i = 0; i < len; i++) {
		char *s = arena_strdup(a, t);
		for (const char *c = "0123456789.-_ +AZaz"; *c; c++) {
			s[i] = *c;
			if (*c != t[i])
				assert_false(queue_ticket_open(s, 7, "m12", &n) || queue_ticket_ours(a, s));
		}
		assert_false(queue_ticket_open(arena_printf(a, "%.*s%s", (int)i, t, t + i + 1), 7, "m12", &n));
		assert_false(queue_ticket_open(arena_printf(a, "%.*s0%s", (int)i, t, t + i), 7, "m12", &n));
	}
	static const char *const bad[] = { "", ".", "..", "7.42", "7.42.", "7.-42.x", "7.42.AAAAAAAAAAAAAAAAAAAAAA", " 7.42.x" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(queue_ticket_open(bad[i], 7, "m12", &n));
	assert_int_equal(n, -1);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_house_is_never_overfilled),
		cmocka_unit_test(the_rate_is_kept),
		cmocka_unit_test(fractions_are_carried),
		cmocka_unit_test(late_ones_get_a_tenth_more),
		cmocka_unit_test(steps_are_found_by_time),
		cmocka_unit_test(absent_ones_are_skipped),
		cmocka_unit_test(the_walk_ends_where_its_maps_end),
		cmocka_unit_test(holes_are_nobody),
		cmocka_unit_test(numbers_that_may_be_given),
		cmocka_unit_test(sales_have_names),
		cmocka_unit_test(a_number_is_the_holders_own),
		cmocka_unit_test(a_number_cannot_be_forged),
	};
	use_test_secret();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
