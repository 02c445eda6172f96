/* Settlement: success page, webhook and sweeper in every order and number; late, twice, too little, somebody else's. */
#include "../support/testdb.h"

#include "base/clock.h"
#include "base/conf.h"
#include "pay/pay.h"
#include "pay/pay_jobs.h"
#include "pay/refund.h"
#include "pay/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

DB_QUERY(count_tickets, db_count, "SELECT COUNT(*) AS n FROM ticket WHERE order_id = ? AND state = 'issued'")
DB_QUERY(count_captures, db_count, "SELECT COUNT(*) AS n FROM ledger_tx WHERE order_id = ?")
DB_QUERY_F(count_unbalanced, db_count, DB_SCAN_OK,
    "SELECT COUNT(*) AS n FROM (SELECT tx_id FROM ledger_entry GROUP BY tx_id HAVING SUM(amount) <> 0) b")
DB_QUERY(sum_refunds, db_count, "SELECT CAST(COALESCE(SUM(amount), 0) AS SIGNED) AS n FROM pay_refund WHERE order_id = ?")
DB_QUERY_F(count_refund_rows, db_count, DB_SCAN_OK, "SELECT COUNT(*) AS n FROM outbox WHERE topic = 'refund'")
DB_QUERY(sold_claims, db_count, "SELECT COUNT(*) AS n FROM claim WHERE order_id = ? AND state = 'sold'")
DB_QUERY_F(count_hooks, db_count, DB_SCAN_OK, "SELECT COUNT(*) AS n FROM pay_webhook")
DB_QUERY_F(terms_told, db_count, DB_SCAN_OK,
    "SELECT COUNT(*) AS n FROM orders o JOIN performance p ON p.id = o.performance_id JOIN shows s ON s.id = p.show_id"
    " WHERE o.refund_grid_id = COALESCE(s.refund_grid_id, 2)")
DB_QUERY_F(orders_told, db_count, DB_SCAN_OK, "SELECT COUNT(*) AS n FROM orders")

static struct db *db;
static struct arena *a;
static int64_t now;
static int seat, person;

enum { PRICE = 50000, FEE = 1000 };

static void sqlf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void sqlf(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	testdb_sql(arena_vprintf(a, fmt, ap));
	va_end(ap);
}

static const char *at_time(int64_t us)
{
	char *s = clock_iso(a, us); /* 2026-11-20T10:30:00Z */
	s[10] = ' ';
	s[19] = '\0';
	return s;
}

static int world(void **state)
{
	(void)state;
	db = testdb();
	a = arena_new((size_t)64 << 20);
	now = clock_now();
	const char *t = at_time(now);
	sqlf("INSERT INTO person (id, email, name, created_at) VALUES (1, 'org@example.org', 'Org', '%s'), (2, 'buyer@example.org', 'B', '%s'),"
	    " (3, 'other@example.org', 'O', '%s')", t, t, t);
	sqlf("INSERT INTO organizer (id, person_id, name, about, state, applied_at) VALUES (1, 1, 'Org', '', 'approved', '%s')", t);
	sqlf("INSERT INTO venue (id, organizer_id, name, region, created_at) VALUES (1, 1, 'V', 'seoul', '%s')", t);
	sqlf("INSERT INTO hall (id, venue_id, name, seats, created_at) VALUES (1, 1, 'H', 1000, '%s')", t);
	testdb_sql("INSERT INTO section (id, hall_id, ord, name, capacity) VALUES (1, 1, 0, 'A', 1000)");
	sqlf("INSERT INTO shows (id, organizer_id, slug, title, genre, synopsis, synopsis_en, notice, notice_en, view_open_at, booking_open_at,"
	    " ticket_limit, fee_per_ticket, state, created_at, search_text) VALUES (1, 1, 's', 'S', 'concert', '', '', '', '', '%s', '%s', 20, 1000,"
	    " 'published', '%s', '')", at_time(now - US_DAY), at_time(now - US_DAY), t);
	testdb_sql("INSERT INTO price_grade (id, show_id, ord, code, price) VALUES (1, 1, 0, 'R', 50000)");
	testdb_sql("INSERT INTO section_grade VALUES (1, 1, 1)");
	sqlf("INSERT INTO performance (id, show_id, hall_id, starts_at, booking_closes_at, state, created_at) VALUES (1, 1, 1, '%s', '%s',"
	    " 'on_sale', '%s')", at_time(now + 8 * US_DAY), at_time(now + 7 * US_DAY), t);
	testdb_sql("INSERT INTO performance_grade (performance_id, grade_id, capacity) VALUES (1, 1, 1000)");
	person = 100;
	return 0;
}

/* A person of its own with n held seats, and an attempt in `attempt_state`. */
struct made { struct booking_order *o; struct pay_attempt *at; };

static struct made make(int n, const char *attempt_state)
{
	struct made m;
	const char *code = arena_printf(a, "T%09d", ++person), *until = at_time(now + 8 * US_MINUTE);
	sqlf("INSERT INTO person (id, email, name, created_at) VALUES (%d, 'p%d@example.org', 'P', '%s')", person, person, at_time(now));
	sqlf("INSERT INTO orders (id, code, person_id, performance_id, idem_key, expires_at, tickets, subtotal, fee, total, contact_name,"
	    " contact_email, created_at) VALUES (%d, '%s', %d, 1, UUID(), '%s', %d, %d, %d, %d, 'P', 'p@example.org', '%s')", person, code,
	    person, until, n, n * PRICE, n * FEE, n * (PRICE + FEE), at_time(now));
	for (int i = 1; i <= n; i++, seat++) {
		sqlf("INSERT INTO claim VALUES (1, %d, %d, %d, 1, %d, 'held', '%s')", seat, person, i, person, until);
		sqlf("INSERT INTO order_line (order_id, line, seat_idx, section_id, grade_id, label, price, fee) VALUES (%d, %d, %d, 1, 1, 'x',"
		    " 50000, 1000)", person, i, seat);
	}
	OK(booking_order_by_code(db, a, code, &m.o));
	OK(pay_attempt_begin(db, a, m.o, "sandbox", "", now, &m.at));
	bool go = true;
	if (!str_eq(attempt_state, "created"))
		OK(pay_attempt_confirming(db, m.at->id, arena_printf(a, "key-%s", code), now, &go));
	assert_true(go);
	return m;
}

static struct pay_result answer(const struct made *m, enum pay_outcome outcome)
{
	return (struct pay_result){ .outcome = outcome, .payment_key = arena_printf(a, "key-%s", m->o->code), .method = "card",
		.order_ref = m->at->provider_order, .currency = "KRW", .amount = m->at->amount, .balance = m->at->amount, .secret = "ps",
		.bank = "88", .account = "123", .due_at = now + US_DAY };
}

static void settle(const struct made *m, enum pay_outcome outcome)
{
	struct pay_result r = answer(m, outcome);
	OK(pay_settle(db, m->at->id, &r, now));
}

static void reload(struct made *m)
{
	OK(booking_order_by_id(db, a, m->o->id, &m->o));
	OK(pay_attempt_by_id(db, a, m->at->id, &m->at));
}

#define COUNT(query, ...)                                                                                              \
	({ struct db_count *row_; OK(query##_one(db, a, &row_, __VA_ARGS__)); row_->n; })

static void assert_paid(struct made *m, int64_t tickets)
{
	reload(m);
	assert_string_equal(m->o->state, "paid");
	assert_string_equal(m->at->state, "done");
	assert_int_equal(m->at->next_check_at, 0);
	assert_int_equal(COUNT(count_tickets, DB_ARGS(m->o->id.v)), tickets);
	assert_int_equal(COUNT(sold_claims, DB_ARGS(m->o->id.v)), tickets);
	assert_int_equal(COUNT(count_captures, DB_ARGS(m->o->id.v)), 1);
	assert_int_equal(COUNT(sum_refunds, DB_ARGS(m->o->id.v)), 0);
	assert_int_equal(COUNT(count_unbalanced, DB_NO_ARGS), 0);
}

static void assert_returned(struct made *m, int64_t amount)
{
	reload(m);
	assert_string_equal(m->at->state, "returned");
	assert_int_equal(m->at->amount, amount);
	assert_int_equal(COUNT(sum_refunds, DB_ARGS(m->o->id.v)), amount);
	assert_int_equal(COUNT(count_unbalanced, DB_NO_ARGS), 0);
}

/* Five reports in each of their orders, repetitions included: whenever money was captured the order is paid, once. */
static void every_order_and_number(void **state)
{
	(void)state;
	static const enum pay_outcome said[] = { PAY_DONE, PAY_UNKNOWN, PAY_PENDING, PAY_FAILED, PAY_CANCELLED };
	for (int i = 0; i < 5 * 5 * 5; i++) {
		const enum pay_outcome three[] = { said[i % 5], said[i / 5 % 5], said[i / 25] };
		struct made m = make(1, i % 2 ? "confirming" : "created");
		bool captured = false;
		for (size_t k = 0; k < 3; k++) {
			settle(&m, three[k]);
			captured |= three[k] == PAY_DONE;
		}
		reload(&m);
		if (captured)
			assert_paid(&m, 1);
		else
			assert_string_equal(m.o->state, "pending");
		assert_false(!captured && (str_eq(m.at->state, "done") || str_eq(m.at->state, "returned")));
	}
}

static void unclear_is_asked_again(void **state)
{
	(void)state;
	struct made m = make(2, "confirming");
	struct pay_result r = answer(&m, PAY_UNKNOWN);
	r.code = "TIMEOUT";
	OK(pay_settle(db, m.at->id, &r, now));
	reload(&m);
	assert_string_equal(m.at->state, "unknown");
	assert_string_equal(m.at->fail_code, "TIMEOUT");
	assert_int_equal(m.at->next_check_at, now + 5 * US_SECOND);
	OK(pay_settle(db, m.at->id, &r, now));
	reload(&m);
	assert_int_equal(m.at->next_check_at, now + 10 * US_SECOND);
	settle(&m, PAY_DONE);
	assert_paid(&m, 2);
}

static void late_same_seats_again(void **state)
{
	(void)state;
	struct made m = make(2, "confirming");
	sqlf("UPDATE orders SET state = 'expired', closed_at = '2026-01-01' WHERE id = %d", person);
	sqlf("DELETE FROM claim WHERE order_id = %d", person);
	settle(&m, PAY_DONE);
	settle(&m, PAY_DONE);
	assert_paid(&m, 2);
}

static void late_seats_gone(void **state)
{
	(void)state;
	struct made m = make(2, "confirming");
	int64_t rows = COUNT(count_refund_rows, DB_NO_ARGS);
	sqlf("UPDATE orders SET state = 'expired', closed_at = '2026-01-01' WHERE id = %d", person);
	sqlf("UPDATE claim SET order_id = 3, person_id = 3, slot = %d WHERE order_id = %d AND slot = 1", 1 + person % 19, person);
	sqlf("DELETE FROM claim WHERE order_id = %d", person);
	settle(&m, PAY_DONE);
	settle(&m, PAY_DONE);
	assert_returned(&m, 2 * (PRICE + FEE));
	assert_string_equal(m.o->state, "expired");
	assert_int_equal(COUNT(count_refund_rows, DB_NO_ARGS), rows + 1);
	assert_int_equal(COUNT(count_tickets, DB_ARGS(m.o->id.v)), 0);
}

static void paid_twice(void **state)
{
	(void)state;
	struct made m = make(1, "confirming");
	settle(&m, PAY_DONE);
	/* a second window that was open meanwhile */
	sqlf("INSERT INTO pay_attempt (order_id, provider, provider_order, idem_key, amount, created_at, updated_at)"
	    " VALUES (%d, 'sandbox', 'TWICE-%d', UUID(), 51000, '2026-01-01', '2026-01-01')", person, person);
	struct made second = m;
	OK(pay_attempt_by_ref(db, a, arena_printf(a, "TWICE-%d", person), &second.at));
	struct pay_result r = answer(&second, PAY_DONE);
	r.payment_key = "another-key";
	OK(pay_settle(db, second.at->id, &r, now));
	assert_returned(&second, PRICE + FEE);
	reload(&m);
	assert_string_equal(m.o->state, "paid");
	assert_string_equal(m.at->state, "done");
	assert_int_equal(COUNT(count_tickets, DB_ARGS(m.o->id.v)), 1);
}

static void too_little_goes_back(void **state)
{
	(void)state;
	struct made m = make(1, "confirming");
	struct pay_result r = answer(&m, PAY_DONE);
	r.amount = r.balance = 1;
	OK(pay_settle(db, m.at->id, &r, now));
	assert_returned(&m, 1);
	assert_string_equal(m.o->state, "pending");
}

static void price_that_changed_goes_back(void **state)
{
	(void)state;
	struct made m = make(1, "confirming");
	sqlf("UPDATE orders SET subtotal = subtotal - 1000, total = total - 1000 WHERE id = %d", person);
	settle(&m, PAY_DONE);
	assert_returned(&m, PRICE + FEE);
}

static void somebody_elses_payment_is_left_alone(void **state)
{
	(void)state;
	struct made m = make(1, "confirming");
	struct pay_result r = answer(&m, PAY_DONE);
	r.order_ref = "OTHER-1";
	OK(pay_settle(db, m.at->id, &r, now));
	reload(&m);
	assert_string_equal(m.at->state, "failed");
	assert_int_equal(COUNT(sum_refunds, DB_ARGS(m.o->id.v)), 0);
	assert_string_equal(m.o->state, "pending");
}

static void deposit(void **state)
{
	(void)state;
	struct made m = make(1, "confirming");
	settle(&m, PAY_WAITING_DEPOSIT);
	settle(&m, PAY_WAITING_DEPOSIT);
	reload(&m);
	assert_string_equal(m.o->state, "awaiting_deposit");
	assert_int_equal(m.o->expires_at, now + US_DAY);
	assert_string_equal(m.at->state, "waiting_deposit");
	assert_string_equal(m.at->account_number, "123");
	settle(&m, PAY_DONE);
	assert_paid(&m, 1);
	settle(&m, PAY_WAITING_DEPOSIT);
	assert_paid(&m, 1);
	/* an account that was issued after the hold was over is looked at, and closed, at once */
	struct made late = make(1, "confirming");
	sqlf("UPDATE orders SET state = 'expired', closed_at = '2026-01-01' WHERE id = %d", person);
	settle(&late, PAY_WAITING_DEPOSIT);
	reload(&late);
	assert_string_equal(late.o->state, "expired");
	assert_int_equal(late.at->next_check_at, now);
}

static void one_attempt_at_a_time(void **state)
{
	(void)state;
	struct made m = make(1, "created");
	struct pay_attempt *again;
	bool go;
	OK(pay_attempt_begin(db, a, m.o, "sandbox", "", now, &again));
	assert_int_equal(again->id.v, m.at->id.v);
	OK(pay_attempt_refused(db, m.at->id, "REJECT_CARD_COMPANY", "", now));
	OK(pay_attempt_begin(db, a, m.o, "sandbox", "", now, &again));
	assert_int_not_equal(again->id.v, m.at->id.v);
	OK(pay_attempt_confirming(db, again->id, arena_printf(a, "k1-%s", m.o->code), now, &go));
	assert_true(go);
	OK(pay_attempt_confirming(db, again->id, arena_printf(a, "k2-%s", m.o->code), now, &go));
	assert_false(go);
	struct pay_attempt *open;
	OK(pay_attempt_begin(db, a, m.o, "sandbox", "", now, &open));
	assert_int_equal(open->id.v, again->id.v);
	assert_string_equal(open->state, "confirming");
	/* back in the refused window: another card; but not with the key of another attempt */
	struct err *e = pay_attempt_confirming(db, m.at->id, arena_printf(a, "k1-%s", m.o->code), now, &go);
	assert_true(err_is(e, ERR_DUPLICATE));
	err_free(e);
	OK(pay_attempt_confirming(db, m.at->id, arena_printf(a, "k3-%s", m.o->code), now, &go));
	assert_true(go);
	sqlf("UPDATE orders SET state = 'expired' WHERE id = %d", person);
	struct made gone = make(1, "created");
	sqlf("UPDATE orders SET expires_at = '2026-01-01' WHERE id = %d", person);
	sqlf("UPDATE pay_attempt SET state = 'failed' WHERE order_id = %d", person);
	e = pay_attempt_begin(db, a, gone.o, "sandbox", "", now, &again);
	assert_true(err_is(e, ERR_GONE));
	err_free(e);
}

/* Nobody answers here: what was asked about has one question more behind it. */
static void who_waits_is_asked_about_before_windows_that_were_left(void **state)
{
	(void)state;
	struct made waits = make(1, "confirming"), left = { 0 };
	sqlf("UPDATE pay_attempt SET next_check_at = NULL");
	sqlf("UPDATE pay_attempt SET next_check_at = '2025-01-02' WHERE id = %lld", (long long)waits.at->id.v);
	for (int i = 0; i < 50; i++) {
		left = make(1, "created");
		sqlf("UPDATE pay_attempt SET next_check_at = '2025-01-01' WHERE id = %lld", (long long)left.at->id.v);
	}
	const struct conf before = *conf();
	struct conf nobody = before;
	nobody.sandbox_base_url = "http://127.0.0.1:1/sandbox";
	conf_set_for_test(&nobody);
	struct job_ctx j = { .db = db, .a = a, .now = now };
	OK(pay_sweep_job(&j));
	conf_set_for_test(&before);
	reload(&waits);
	assert_int_equal(waits.at->checks, 1);
	sqlf("UPDATE pay_attempt SET next_check_at = NULL");
}

/* ---- refunds ------------------------------------------------------------------------------------------------------------ */
static void refund_by_the_grid(void **state)
{
	(void)state;
	struct made m = make(3, "confirming");
	settle(&m, PAY_DONE);
	int64_t amount;
	const int64_t first[] = { 1 }, rest[] = { 2, 3 }, all[] = { 1, 2, 3 };
	OK(pay_refund_lines(db, a, m.o->id, first, 1, false, "wish", NULL, now + 2 * US_DAY, &amount)); /* 6 days left: 20 % */
	assert_int_equal(amount, 40000);
	struct err *e = pay_refund_lines(db, a, m.o->id, all, 3, false, "wish", NULL, now + 2 * US_DAY, &amount);
	assert_true(err_is(e, ERR_CONFLICT));
	err_free(e);
	sqlf("UPDATE ticket SET state = 'used', used_at = '2026-01-01 10:00:00', used_by = 'Gate' WHERE order_id = %lld AND line = 3", (long long)m.o->id.v);
	e = pay_refund_lines(db, a, m.o->id, rest, 2, false, "wish", NULL, now + 2 * US_DAY, &amount);
	assert_true(err_is(e, ERR_CONFLICT));
	err_free(e);
	reload(&m);
	assert_string_equal(m.o->state, "partly_cancelled");
	assert_int_equal(m.o->refunded, 40000);
	assert_int_equal(COUNT(sum_refunds, DB_ARGS(m.o->id.v)), 40000);
	e = pay_refund_lines(db, a, m.o->id, rest, 1, false, "wish", NULL, now + 9 * US_DAY, &amount);
	assert_true(err_is(e, ERR_CONFLICT)); /* begun */
	err_free(e);
}

static int64_t booked_under(const char *sold_under)
{
	struct made m = make(1, "confirming");
	sqlf("UPDATE orders SET refund_grid_id = %s WHERE id = %d", sold_under, person);
	settle(&m, PAY_DONE);
	return m.o->id.v;
}

static int64_t comes_back(int64_t order, int64_t at)
{
	int64_t amount;
	const int64_t line[] = { 1 };
	OK(pay_refund_lines(db, a, (struct order_id){ order }, line, 1, false, "wish", NULL, at, &amount));
	return amount;
}

/* The buyer agreed to the terms of the day: whatever the organizer or the house changes later, they stay. */
static void sold_under_the_terms_of_the_day(void **state)
{
	(void)state;
	int64_t at = now + 2 * US_DAY; /* 6 days left */
	int64_t by_standard = booked_under("1"), by_standard_too = booked_under("1");
	testdb_sql("INSERT INTO refund_grid (id, name, free_hours) VALUES (2, 'Hard', 0), (3, 'Harder', 0)");
	testdb_sql("INSERT INTO refund_rule (grid_id, min_days, fee_permille) VALUES (2, 0, 500), (3, 0, 900)");
	/* another default */
	testdb_sql("UPDATE refund_grid SET is_default = NULL, replaced_by = 2 WHERE id = 1; UPDATE refund_grid SET is_default = 1 WHERE id = 2");
	int64_t by_hard = booked_under("2"), without = booked_under("NULL"); /* held by a worker that knew nothing of it: the show's */
	assert_int_equal(comes_back(by_standard, at), PRICE - PRICE / 5);
	/* another one of the show's own */
	testdb_sql("UPDATE shows SET refund_grid_id = 3 WHERE id = 1");
	int64_t by_harder = booked_under("3");
	assert_int_equal(comes_back(by_standard_too, at), PRICE - PRICE / 5);
	assert_int_equal(comes_back(by_hard, at), PRICE / 2);
	assert_int_equal(comes_back(by_harder, at), PRICE / 10);
	assert_int_equal(comes_back(without, at), PRICE / 10);
	struct err *e = show_refund_terms(db, a, 99, NULL, &(struct refund_grid){ 0 }); /* a fee is never guessed */
	assert_true(err_is(e, ERR_INTERNAL));
	err_free(e);
}

/* Orders of the time before get the terms that count when the house is brought up to date. */
static void orders_of_the_time_before(void **state)
{
	(void)state;
	int applied;
	testdb_sql("ALTER TABLE orders DROP COLUMN refund_grid_id; ALTER TABLE refund_grid DROP COLUMN replaced_by;"
	    " DELETE FROM schema_version WHERE version = 5");
	OK(db_migrate(db, arena_printf(a, "%s/sql", getenv("srcdir") ? getenv("srcdir") : ".."), &applied));
	assert_int_equal(applied, 1);
	assert_int_equal(COUNT(terms_told, DB_NO_ARGS), COUNT(orders_told, DB_NO_ARGS));
}

static void cancelled_performance_gives_all_back(void **state)
{
	(void)state;
	struct made paid = make(2, "confirming"), entered = make(1, "confirming"), held = make(1, "created");
	settle(&paid, PAY_DONE);
	settle(&entered, PAY_DONE);
	sqlf("UPDATE ticket SET state = 'used', used_at = '2026-01-01 10:00:00', used_by = 'Gate' WHERE order_id = %lld", (long long)entered.o->id.v);
	int64_t left = -1;
	for (int i = 0; i < 20 && left != 0; i++)
		OK(pay_refund_performance(db, a, (struct performance_id){ 1 }, "cancelled", now, &left));
	assert_int_equal(left, 0);
	reload(&paid);
	reload(&held);
	reload(&entered);
	assert_string_equal(paid.o->state, "cancelled");
	assert_int_equal(COUNT(sum_refunds, DB_ARGS(paid.o->id.v)), 2 * (PRICE + FEE));
	assert_string_equal(held.o->state, "cancelled");
	/* who was in already when it was called off gets it back as well */
	assert_string_equal(entered.o->state, "cancelled");
	assert_int_equal(COUNT(sum_refunds, DB_ARGS(entered.o->id.v)), PRICE + FEE);
	/* money that arrives now goes back */
	settle(&held, PAY_DONE);
	OK(pay_refund_performance(db, a, (struct performance_id){ 1 }, "cancelled", now, &left));
	assert_int_equal(left, 0);
	assert_int_equal(COUNT(sum_refunds, DB_ARGS(held.o->id.v)), PRICE + FEE);
}

/* ---- the sandbox's books ------------------------------------------------------------------------------------------------ */
static int64_t breaches_of(const char *name)
{
	int64_t n = -1;
	const char *first;
	for (const struct check *c = pay_checks; c->name; c++)
		if (str_eq(c->name, name))
			OK(c->run(db, a, &n, &first));
	return n;
}

/* Between the sandbox's answer to a refund and our booking of it nothing is wrong. */
static void a_refund_on_its_way_is_no_difference(void **state)
{
	(void)state;
	static const char check[] = "the sandbox's books agree with ours";
	struct made m = make(2, "confirming");
	settle(&m, PAY_DONE);
	sqlf("INSERT INTO sandbox_payment (payment_key, order_ref, method, status, amount, balance, secret, requested_at, approved_at)"
	    " VALUES ('key-%s', '%s', 'card', 'DONE', %lld, %lld, 'x', '2025-01-01', '2025-01-01')", m.o->code, m.at->provider_order,
	    (long long)m.at->amount, (long long)m.at->amount);
	sqlf("UPDATE pay_attempt SET updated_at = '2025-01-01' WHERE id = %lld", (long long)m.at->id.v);
	int64_t amount;
	OK(pay_refund_lines(db, a, m.o->id, (const int64_t[]){ 1 }, 1, true, "wish", NULL, now, &amount));
	assert_int_equal(breaches_of(check), 0); /* not yet made there */
	sqlf("UPDATE sandbox_payment SET balance = balance - %lld WHERE payment_key = 'key-%s'", (long long)amount, m.o->code);
	assert_int_equal(breaches_of(check), 0); /* made, and not yet booked */
	sqlf("UPDATE sandbox_payment SET balance = balance - 1 WHERE payment_key = 'key-%s'", m.o->code);
	assert_int_equal(breaches_of(check), 1);
	sqlf("UPDATE sandbox_payment SET balance = balance + 1 WHERE payment_key = 'key-%s'", m.o->code);
	sqlf("UPDATE pay_refund SET state = 'failed' WHERE order_id = %lld", (long long)m.o->id.v);
	assert_int_equal(breaches_of(check), 1);
}

/* ---- old webhooks ------------------------------------------------------------------------------------------------------- */
static void all_old_webhooks_go(void **state)
{
	(void)state;
	sqlf("INSERT INTO pay_webhook (provider, event_id, body, received_at, processed_at) SELECT 'sandbox', seq, '', '2025-01-01', '2025-01-01'"
	    " FROM seq_1_to_10050"); /* more than one statement takes */
	sqlf("INSERT INTO pay_webhook (provider, event_id, body, received_at, processed_at) VALUES ('sandbox', 'open', '', '2025-01-01', NULL),"
	    " ('sandbox', 'young', '', '%s', '%s')", at_time(now), at_time(now));
	struct job_ctx j = { .db = db, .a = a, .now = now };
	OK(pay_forget_job(&j));
	assert_int_equal(COUNT(count_hooks, DB_NO_ARGS), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_order_and_number),
		cmocka_unit_test(unclear_is_asked_again),
		cmocka_unit_test(late_same_seats_again),
		cmocka_unit_test(late_seats_gone),
		cmocka_unit_test(paid_twice),
		cmocka_unit_test(too_little_goes_back),
		cmocka_unit_test(price_that_changed_goes_back),
		cmocka_unit_test(somebody_elses_payment_is_left_alone),
		cmocka_unit_test(deposit),
		cmocka_unit_test(one_attempt_at_a_time),
		cmocka_unit_test(who_waits_is_asked_about_before_windows_that_were_left),
		cmocka_unit_test(refund_by_the_grid),
		cmocka_unit_test(a_refund_on_its_way_is_no_difference),
		cmocka_unit_test(sold_under_the_terms_of_the_day),
		cmocka_unit_test(orders_of_the_time_before),
		cmocka_unit_test(cancelled_performance_gives_all_back),
		cmocka_unit_test(all_old_webhooks_go),
	};
	return cmocka_run_group_tests(tests, world, NULL);
}
