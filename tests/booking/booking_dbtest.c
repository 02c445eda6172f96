/* Holds and orders against a database: who is first, what a repeated form does, what happens at the deadline. */
#include "house.h"

#include "base/conf.h"
#include "base/str.h"
#include "booking/seats.h"
#include "../support/arena.h"

static int teardown(void **state)
{
	(void)state;
	house_check(testdb(), a);
	arena_free(a);
	return 0;
}

static struct booking_order *order_of(struct order_id id)
{
	struct booking_order *o;
	OK(booking_order_by_id(testdb(), a, id, &o));
	assert_non_null(o);
	return o;
}

#define EXPECT(code, expr)                                                                                             \
	do {                                                                                                           \
		struct err *expect_ = (expr);                                                                          \
		assert_true(err_is(expect_, code));                                                                    \
		err_free(expect_);                                                                                     \
	} while (0)

static void all_or_nothing(void **state)
{
	(void)state;
	struct db *db = testdb();
	house_open(a, 20, 0);
	struct booking_hold h, other;
	int64_t mine[] = { 3, 4 }, theirs[] = { 4, 5 };
	OK(house_hold(db, a, house_person(1), mine, 2, 0, "A1", house_now, &h));
	struct booking_order *o = order_of(h.order);
	assert_int_equal(o->subtotal, 100000);
	assert_int_equal(o->fee, 2000);
	assert_int_equal(o->total, 102000);
	assert_int_equal(o->expires_at, house_now + conf()->hold_seconds * US_SECOND);
	EXPECT(ERR_CONFLICT, house_hold(db, a, house_person(2), theirs, 2, 0, "A2", house_now, &other));
	assert_true(other.taken);
	OK(house_hold(db, a, house_person(2), theirs + 1, 1, 0, "A3", house_now, &other)); /* 5 stayed free */
}

static void other_room(struct show_performance *p) { p->room_id++; }
static void other_fee(struct show_performance *p) { p->fee_per_ticket++; }
static void other_limit(struct show_performance *p) { p->ticket_limit++; }
static void other_start(struct show_performance *p) { p->starts_at += US_MINUTE; }
static void other_terms(struct show_performance *p) { p->refund_grid_id++; }
static void other_hall(struct show_performance *p) { p->hall_id.v++; }

/* Facts of the sale that were read a moment ago are worth a hold only as long as they are true. */
static void a_sale_that_changed_meanwhile(void **state)
{
	(void)state;
	struct db *db = testdb();
	house_open(a, 20, 0);
	struct booking_hold h;
	int64_t seat[] = { 3 };
	struct show_performance known;
	struct booking_want want = { seat, 1, { 0 }, 0, 0 };
	void (*const changes[])(struct show_performance *) = { other_room, other_fee, other_limit, other_start, other_hall, other_terms };
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		known = *house_show;
		changes[i](&known);
		EXPECT(ERR_RETRY, booking_hold(db, a, &known, house_person(1), false, &want, "SC1", "ko", house_now, &h));
	}
	OK(booking_hold(db, a, house_show, house_person(1), false, &want, "SC1", "ko", house_now, &h));
}

static void nothing_that_is_not_offered(void **state)
{
	(void)state;
	struct db *db = testdb();
	house_open(a, 20, 0);
	struct booking_hold h;
	int64_t beyond[] = { 20 }, many[] = { 1, 2, 3, 4, 5 };
	EXPECT(ERR_INVALID, house_hold(db, a, house_person(1), beyond, 1, 0, "N1", house_now, &h));
	EXPECT(ERR_INVALID, house_hold(db, a, house_person(1), NULL, 0, 0, "N2", house_now, &h));
	EXPECT(ERR_LIMIT, house_hold(db, a, house_person(1), many, 5, 0, "N3", house_now, &h));
	EXPECT(ERR_GONE, house_hold(db, a, house_person(1), many, 1, 0, "N4", house_now + 30 * US_DAY, &h));
	struct booking_want two = { many, 2, { 0 }, 0 };
	EXPECT(ERR_LIMIT, booking_hold(db, a, house_show, house_person(1), true, &two, "N5", "ko", house_now, &h));
}

static void limit_counts_all_orders_of_a_person(void **state)
{
	(void)state;
	struct db *db = testdb();
	house_open(a, 20, 40);
	struct booking_hold h;
	int64_t seats[] = { 0, 1, 2 }, more[] = { 10, 11 };
	OK(house_hold(db, a, house_person(1), seats, 3, 0, "L1", house_now, &h));
	EXPECT(ERR_LIMIT, house_hold(db, a, house_person(1), more, 2, 0, "L2", house_now, &h));
	EXPECT(ERR_LIMIT, house_hold(db, a, house_person(1), NULL, 0, 2, "L3", house_now, &h));
	OK(house_hold(db, a, house_person(1), more, 1, 0, "L4", house_now, &h));
	OK(booking_release(db, h.order, house_person(1), "released", house_now));
	OK(house_hold(db, a, house_person(1), NULL, 0, 1, "L5", house_now, &h));
}

static void a_form_sent_twice_is_one_order(void **state)
{
	(void)state;
	struct db *db = testdb();
	house_open(a, 20, 40);
	struct booking_hold first, second;
	int64_t seats[] = { 0, 1, 2, 3 };
	OK(house_hold(db, a, house_person(1), seats, 4, 0, "TWICE", house_now, &first));
	OK(house_hold(db, a, house_person(1), seats, 4, 0, "TWICE", house_now, &second));
	assert_int_equal(first.order.v, second.order.v);
	assert_string_equal(first.code, second.code);
	OK(house_hold(db, a, house_person(2), NULL, 0, 1, "TWICE", house_now, &second)); /* a key is a person's own */
	assert_int_not_equal(first.order.v, second.order.v);
	struct booking_hold third;
	OK(house_hold(db, a, house_person(2), NULL, 0, 1, "TWICE", house_now, &third));
	assert_int_equal(second.order.v, third.order.v);
}

static void an_expired_hold_is_taken_over(void **state)
{
	(void)state;
	struct db *db = testdb();
	house_open(a, 20, 0);
	struct booking_hold h, other;
	int64_t seats[] = { 7, 8 };
	OK(house_hold(db, a, house_person(1), seats, 2, 0, "E1", house_now, &h));
	int64_t end = order_of(h.order)->expires_at;
	EXPECT(ERR_CONFLICT, house_hold(db, a, house_person(2), seats, 1, 0, "E2", end + US_SECOND, &other)); /* the grace */
	OK(house_hold(db, a, house_person(2), seats, 1, 0, "E3", end + 3 * US_SECOND, &other));
	assert_string_equal(order_of(h.order)->state, "expired");
	OK(house_hold(db, a, house_person(3), seats + 1, 1, 0, "E4", end + 3 * US_SECOND, &other)); /* its other seat is free too */
}

static void the_sweep_expires_what_is_due_and_nothing_else(void **state)
{
	(void)state;
	struct db *db = testdb();
	house_open(a, 20, 40);
	struct booking_hold early, late, floor;
	int64_t seats[] = { 0, 1 };
	int n;
	OK(house_hold(db, a, house_person(1), seats, 1, 0, "S1", house_now, &early));
	OK(house_hold(db, a, house_person(1), NULL, 0, 2, "S2", house_now, &floor));
	OK(house_hold(db, a, house_person(2), seats + 1, 1, 0, "S3", house_now + US_MINUTE, &late));
	int64_t end = order_of(early.order)->expires_at;
	OK(booking_expire_due(db, end + US_SECOND, 100, &n));
	assert_string_equal(order_of(early.order)->state, "pending");
	OK(booking_expire_due(db, end + 3 * US_SECOND, 100, &n));
	assert_string_equal(order_of(early.order)->state, "expired");
	assert_string_equal(order_of(floor.order)->state, "expired");
	assert_string_equal(order_of(late.order)->state, "pending");
	struct booking_order *o = order_of(early.order);
	assert_int_equal(o->closed_at, end + 3 * US_SECOND);
	EXPECT(ERR_GONE, booking_release(db, early.order, house_person(1), "released", end));
}

static void an_order_that_cannot_be_closed_keeps_no_other_open(void **state)
{
	(void)state;
	struct db *db = testdb();
	house_open(a, 20, 40);
	struct booking_hold broken, other;
	int64_t seat = 1;
	int n;
	OK(house_hold(db, a, house_person(1), NULL, 0, 1, "K1", house_now, &broken));
	OK(house_hold(db, a, house_person(2), &seat, 1, 0, "K2", house_now + US_SECOND, &other));
	HOUSE_SQL("UPDATE stock_stripe SET taken = taken - 1 WHERE performance_id = %" PRId64 " AND taken > 0", house_show->id.v);
	int64_t late = house_now + US_HOUR;
	EXPECT(ERR_CONSTRAINT, booking_expire_due(db, late, 100, &n)); /* there would be less than nothing taken */
	assert_string_equal(order_of(broken.order)->state, "pending");
	assert_string_equal(order_of(other.order)->state, "expired");
	HOUSE_SQL("UPDATE stock_stripe t JOIN claim c ON c.performance_id = t.performance_id AND t.stripe = (c.seat_idx & 0xffffffffff) >> 24"
	    " SET t.taken = 1 WHERE c.order_id = %" PRId64, broken.order.v);
	OK(booking_expire_due(db, late, 100, &n));
	assert_string_equal(order_of(broken.order)->state, "expired");
}

static void a_hold_is_extended_once_and_only_by_its_buyer(void **state)
{
	(void)state;
	struct db *db = testdb();
	house_open(a, 20, 0);
	struct booking_hold h;
	int64_t seat = 2;
	OK(house_hold(db, a, house_person(1), &seat, 1, 0, "X1", house_now, &h));
	int64_t end = order_of(h.order)->expires_at, more = conf()->hold_extend_seconds * US_SECOND;
	EXPECT(ERR_GONE, booking_extend(db, h.order, house_person(2), house_now));
	OK(booking_extend(db, h.order, house_person(1), house_now + US_MINUTE));
	assert_int_equal(order_of(h.order)->expires_at, end + more);
	EXPECT(ERR_CONFLICT, booking_extend(db, h.order, house_person(1), house_now + US_MINUTE));
	EXPECT(ERR_GONE, booking_extend(db, h.order, house_person(1), end + more + US_SECOND));
	struct booking_hold other; /* the claim follows the order's deadline */
	EXPECT(ERR_CONFLICT, house_hold(db, a, house_person(2), &seat, 1, 0, "X2", end + 5 * US_SECOND, &other));
}

struct complete_ctx { struct order_id id; int64_t now; enum booking_outcome outcome; };

static struct err *complete_tx(struct db *db, void *ctx)
{
	struct complete_ctx *c = ctx;
	return booking_complete(db, c->id, c->now, &c->outcome);
}

static enum booking_outcome complete(struct order_id id, int64_t now)
{
	struct complete_ctx c = { id, now, BOOKING_LOST };
	OK(db_tx(testdb(), complete_tx, &c));
	return c.outcome;
}

static void paid_once_and_told_again(void **state)
{
	(void)state;
	struct db *db = testdb();
	house_open(a, 20, 40);
	struct booking_hold h;
	int64_t seats[] = { 5, 6 };
	OK(house_hold(db, a, house_person(1), seats, 2, 1, "P1", house_now, &h));
	assert_int_equal(complete(h.order, house_now), BOOKING_PAID);
	assert_int_equal(complete(h.order, house_now), BOOKING_WAS_PAID);
	struct booking_order *o = order_of(h.order);
	assert_string_equal(o->state, "paid");
	assert_int_equal(o->expires_at, 0);
	EXPECT(ERR_GONE, booking_release(db, h.order, house_person(1), "released", house_now));
	int n;
	OK(booking_expire_due(db, house_now + US_DAY, 100, &n));
	assert_string_equal(order_of(h.order)->state, "paid");
}

static void a_late_payment_gets_the_same_seats_or_nothing(void **state)
{
	(void)state;
	struct db *db = testdb();
	house_open(a, 20, 40);
	struct booking_hold free_again, lost, other;
	int64_t seats[] = { 5, 6 };
	int n;
	OK(house_hold(db, a, house_person(1), seats, 1, 2, "T1", house_now, &free_again));
	OK(house_hold(db, a, house_person(2), seats + 1, 1, 0, "T2", house_now, &lost));
	int64_t late = house_now + US_HOUR;
	OK(booking_expire_due(db, late, 100, &n));
	OK(house_hold(db, a, house_person(3), seats + 1, 1, 0, "T3", late, &other));
	assert_int_equal(complete(free_again.order, late), BOOKING_PAID);
	assert_string_equal(order_of(free_again.order)->state, "paid");
	assert_int_equal(complete(lost.order, late), BOOKING_LOST);
	assert_string_equal(order_of(lost.order)->state, "expired");
	assert_int_equal(complete(lost.order, late), BOOKING_LOST);
	assert_int_equal(complete(other.order, late), BOOKING_PAID);
}

static void a_released_hold_that_was_paid_all_the_same(void **state)
{
	(void)state;
	struct db *db = testdb();
	house_open(a, 20, 0);
	struct booking_hold h;
	int64_t seat = 1;
	OK(house_hold(db, a, house_person(1), &seat, 1, 0, "R1", house_now, &h));
	OK(booking_release(db, h.order, house_person(1), "released", house_now));
	assert_string_equal(order_of(h.order)->state, "cancelled");
	assert_int_equal(complete(h.order, house_now), BOOKING_PAID); /* nobody had taken it */
}

/* Neither holding again after paying nor paying late for what had expired leads beyond the limit of four. */
static void the_limit_counts_what_is_paid(void **state)
{
	(void)state;
	struct db *db = testdb();
	house_open(a, 20, 40);
	struct booking_hold first, second, late, h;
	struct person_id buyer = house_person(1);
	int64_t seats[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	int n;
	OK(house_hold(db, a, buyer, seats, 3, 0, "Q1", house_now, &first));
	assert_int_equal(complete(first.order, house_now), BOOKING_PAID);
	EXPECT(ERR_LIMIT, house_hold(db, a, buyer, seats + 3, 2, 0, "Q2", house_now, &h));
	OK(house_hold(db, a, buyer, seats + 3, 1, 0, "Q3", house_now, &late));
	int64_t later = house_now + US_HOUR;
	OK(booking_expire_due(db, later, 100, &n));
	OK(house_hold(db, a, buyer, seats + 4, 1, 0, "Q4", later, &second)); /* the fourth, while the payment for Q3 is under way */
	assert_int_equal(complete(second.order, later), BOOKING_PAID);
	assert_int_equal(complete(late.order, later), BOOKING_LOST);
	EXPECT(ERR_LIMIT, house_hold(db, a, buyer, NULL, 0, 1, "Q5", later, &h));
	/* A limit that is lowered later counts what was bought before. */
	struct person_id other = house_person(2);
	OK(house_hold(db, a, other, seats + 5, 2, 0, "Q6", later, &h));
	assert_int_equal(complete(h.order, later), BOOKING_PAID);
	HOUSE_SQL("UPDATE claim SET slot = slot + 2 WHERE order_id = %" PRId64 " ORDER BY slot DESC", h.order.v);
	HOUSE_SQL("UPDATE shows SET ticket_limit = 2 WHERE id = %" PRId64, house_show->show_id.v);
	struct show_performance *lowered;
	OK(show_performance_load(db, a, house_show->id, true, &lowered));
	house_show = lowered;
	EXPECT(ERR_LIMIT, house_hold(db, a, other, seats + 7, 1, 0, "Q7", later, &h));
	HOUSE_SQL("UPDATE shows SET ticket_limit = 4 WHERE id = %" PRId64, house_show->show_id.v); /* the checks after each test */
}

static struct err *await_tx(struct db *db, void *ctx)
{
	struct complete_ctx *c = ctx;
	return booking_await_deposit(db, c->id, c->now + US_DAY, c->now);
}

static void a_deposit_keeps_its_seats(void **state)
{
	(void)state;
	struct db *db = testdb();
	house_open(a, 20, 0);
	struct booking_hold h, other;
	int64_t seat = 1, due = house_now + US_DAY;
	int n;
	OK(house_hold(db, a, house_person(1), &seat, 1, 0, "D1", house_now, &h));
	struct complete_ctx c = { h.order, house_now, BOOKING_LOST };
	OK(db_tx(db, await_tx, &c));
	assert_string_equal(order_of(h.order)->state, "awaiting_deposit");
	assert_int_equal(order_of(h.order)->expires_at, due);
	OK(booking_expire_due(db, due + US_MINUTE, 100, &n)); /* the sweeper still asks the provider */
	assert_string_equal(order_of(h.order)->state, "awaiting_deposit");
	EXPECT(ERR_CONFLICT, house_hold(db, a, house_person(2), &seat, 1, 0, "D2", due + US_MINUTE, &other));
	OK(booking_expire_due(db, due + 11 * US_MINUTE, 100, &n));
	assert_string_equal(order_of(h.order)->state, "expired");
	EXPECT(ERR_GONE, db_tx(db, await_tx, &c));
}

struct cancel_ctx { struct order_id id; const int64_t *lines; size_t n; int64_t back, now; };

static struct err *cancel_tx(struct db *db, void *ctx)
{
	struct cancel_ctx *c = ctx;
	return booking_cancel_lines(db, c->id, c->lines, c->n, c->back, "by the buyer", c->now);
}

static void lines_are_cancelled_one_by_one(void **state)
{
	(void)state;
	struct db *db = testdb();
	house_open(a, 20, 40);
	struct booking_hold h, other;
	int64_t seats[] = { 5, 6 }, first[] = { 1 }, rest[] = { 2, 3 };
	OK(house_hold(db, a, house_person(1), seats, 2, 1, "C1", house_now, &h));
	struct cancel_ctx c = { h.order, first, 1, 45000, house_now };
	EXPECT(ERR_CONFLICT, db_tx(db, cancel_tx, &c)); /* not paid yet */
	complete(h.order, house_now);
	OK(db_tx(db, cancel_tx, &c));
	assert_string_equal(order_of(h.order)->state, "partly_cancelled");
	EXPECT(ERR_CONFLICT, db_tx(db, cancel_tx, &c)); /* twice */
	OK(house_hold(db, a, house_person(2), seats, 1, 0, "C2", house_now, &other)); /* the seat is free again */
	house_check(db, a);
	c.lines = rest;
	c.n = 2;
	OK(db_tx(db, cancel_tx, &c));
	struct booking_order *o = order_of(h.order);
	assert_string_equal(o->state, "cancelled");
	assert_int_equal(o->refunded, 90000);
	assert_int_equal(o->closed_at, house_now);
}

static void standing_is_sold_to_the_last_place(void **state)
{
	(void)state;
	struct db *db = testdb();
	house_open(a, 10, 37);
	int sold = 0;
	for (int i = 0; sold < 37; i++) {
		struct booking_hold h;
		char key[8];
		int n = 37 - sold < 4 ? 37 - sold : 4;
		snprintf(key, sizeof key, "F%d", i);
		OK(house_hold(db, a, house_person(i), NULL, 0, n, key, house_now, &h));
		sold += n;
	}
	struct booking_hold h;
	EXPECT(ERR_CONFLICT, house_hold(db, a, house_person(90), NULL, 0, 1, "FULL", house_now, &h));
}

static void the_snapshot_tells_every_seat(void **state)
{
	(void)state;
	struct db *db = testdb();
	house_open(a, 70, 16);
	struct booking_hold held, sold;
	int64_t h[] = { 0, 29, 30 }, s[] = { 31, 69 };
	OK(house_hold(db, a, house_person(1), h, 3, 1, "M1", house_now, &held));
	OK(house_hold(db, a, house_person(2), s, 2, 0, "M2", house_now, &sold));
	complete(sold.order, house_now);
	struct seats_section *sections;
	struct seats_state st;
	size_t n;
	OK(seats_sections(db, a, house_show, &sections, &n));
	OK(seats_state(db, a, house_show, sections, n, &st));
	for (int64_t i = 0; i < 70; i++) {
		unsigned want = i == 0 || i == 29 || i == 30 ? 1 : i == 31 || i == 69 ? 2 : 0;
		assert_int_equal(st.bits[i / 4] >> (2 * (i % 4)) & 3, want);
	}
	assert_int_equal(st.left[0], 65);
	assert_int_equal(st.left[1], 15);
	int64_t best[2];
	OK(seats_best(db, a, house_show, (struct grade_id){ 0 }, false, 2, best, &n));
	assert_int_equal(n, 2);
	assert_int_equal(best[1], best[0] + 1);
}

/* Twelve blocks one behind the other before the middle; the house's own section is at the side, in front. */
static void the_best_seats_are_nearest_to_the_middle_of_the_front(void **state)
{
	(void)state;
	house_open(a, 10, 0);
	long long hall = house_show->hall_id.v, first = hall * 10;
	HOUSE_SQL("UPDATE section SET w = 180 WHERE id = %lld", first);
	for (int i = 0; i < 12; i++) {
		long long id = 100000 + hall * 100 + i;
		HOUSE_SQL("INSERT INTO section (id, hall_id, ord, name, kind, capacity, x, y, w, h) VALUES (%lld, %lld, %d, 'B%d', 'seated', 10, 420,"
		    " %d, 180, 0)", id, hall, i + 2, i, (i + 1) * 100);
		HOUSE_SQL("INSERT INTO seat (hall_id, idx, section_id, row_label, label, x, y) SELECT hall_id, idx + %d, %lld, '1', label, 420 + x,"
		    " %d FROM seat WHERE section_id = %lld", (i + 1) * 10, id, (i + 1) * 100, first);
		HOUSE_SQL("INSERT INTO section_grade (show_id, section_id, grade_id) VALUES (%lld, %lld, %lld)", (long long)house_show->show_id.v, id,
		    first);
	}
	static const int64_t want[] = { 13, 23, 33, 8, 8 }; /* behind the third block the side is nearer */
	for (int i = 0; i < (int)ARRAY_LEN(want); i++) {
		int64_t best[2];
		size_t n;
		OK(seats_best(testdb(), a, house_show, (struct grade_id){ 0 }, false, 2, best, &n));
		assert_int_equal(n, 2);
		assert_int_equal(best[0], want[i]);
		assert_int_equal(best[1], want[i] + 1);
		HOUSE_SQL("UPDATE seat SET flags = 4 WHERE section_id = %lld", 100000 + hall * 100 + i);
	}
	int64_t best[4];
	size_t n;
	OK(seats_best(testdb(), a, house_show, (struct grade_id){ 0 }, true, 4, best, &n));
	assert_int_equal(n, 0);
}

static void a_cancelled_performance_calls_off_unpaid_orders(void **state)
{
	(void)state;
	struct db *db = testdb();
	house_open(a, 20, 0);
	struct booking_hold h, paid;
	int64_t seats[] = { 1, 2 };
	int n;
	OK(house_hold(db, a, house_person(1), seats, 1, 0, "O1", house_now, &h));
	OK(house_hold(db, a, house_person(2), seats + 1, 1, 0, "O2", house_now, &paid));
	complete(paid.order, house_now);
	OK(booking_cancel_unpaid(db, house_show->id, "performance cancelled", house_now, 100, &n));
	assert_int_equal(n, 1);
	assert_string_equal(order_of(h.order)->state, "cancelled");
	assert_string_equal(order_of(paid.order)->state, "paid");
}

int main(void)
{
	testdb();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_or_nothing, arena_setup, teardown),
		cmocka_unit_test_setup_teardown(a_sale_that_changed_meanwhile, arena_setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_that_is_not_offered, arena_setup, teardown),
		cmocka_unit_test_setup_teardown(limit_counts_all_orders_of_a_person, arena_setup, teardown),
		cmocka_unit_test_setup_teardown(the_limit_counts_what_is_paid, arena_setup, teardown),
		cmocka_unit_test_setup_teardown(a_form_sent_twice_is_one_order, arena_setup, teardown),
		cmocka_unit_test_setup_teardown(an_expired_hold_is_taken_over, arena_setup, teardown),
		cmocka_unit_test_setup_teardown(the_sweep_expires_what_is_due_and_nothing_else, arena_setup, teardown),
		cmocka_unit_test_setup_teardown(an_order_that_cannot_be_closed_keeps_no_other_open, arena_setup, teardown),
		cmocka_unit_test_setup_teardown(a_hold_is_extended_once_and_only_by_its_buyer, arena_setup, teardown),
		cmocka_unit_test_setup_teardown(paid_once_and_told_again, arena_setup, teardown),
		cmocka_unit_test_setup_teardown(a_late_payment_gets_the_same_seats_or_nothing, arena_setup, teardown),
		cmocka_unit_test_setup_teardown(a_released_hold_that_was_paid_all_the_same, arena_setup, teardown),
		cmocka_unit_test_setup_teardown(a_deposit_keeps_its_seats, arena_setup, teardown),
		cmocka_unit_test_setup_teardown(lines_are_cancelled_one_by_one, arena_setup, teardown),
		cmocka_unit_test_setup_teardown(standing_is_sold_to_the_last_place, arena_setup, teardown),
		cmocka_unit_test_setup_teardown(the_best_seats_are_nearest_to_the_middle_of_the_front, arena_setup, teardown),
		cmocka_unit_test_setup_teardown(the_snapshot_tells_every_seat, arena_setup, teardown),
		cmocka_unit_test_setup_teardown(a_cancelled_performance_calls_off_unpaid_orders, arena_setup, teardown),
	};
	return cmocka_run_group_tests_name("booking", tests, NULL, NULL);
}
