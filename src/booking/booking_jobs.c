/* What booking does by the clock, what must hold of it at all times, and its figures. */
#include "booking/booking_jobs.h"

#include "booking/booking.h"

#include "base/buf.h"
#include "base/clock.h"
#include "proc/metrics.h"
#include "web/check.h"

#include <inttypes.h>

/* ---- jobs ------------------------------------------------------------------------------------------------------------- */
enum { EXPIRE_BATCH = 200, EXPIRE_BATCHES = 25 };

static struct err *expire_job(struct job_ctx *j)
{
	int total = 0, n = EXPIRE_BATCH;
	for (int i = 0; i < EXPIRE_BATCHES && n == EXPIRE_BATCH; i++) {
		TRY(booking_expire_due(j->db, clock_now(), EXPIRE_BATCH, &n));
		total += n;
	}
	if (total > 0)
		j->note = arena_printf(j->a, "%d expired", total);
	return NULL;
}

const struct job booking_jobs[] = {
	{ "booking-expire", 1, expire_job, N_("Gives back the seats of orders whose time is over."), 60 },
	{ 0 }
};

/* ---- invariants --------------------------------------------------------------------------------------------------------- */
/* A claim is a line of its order and lives as long as the order: held while it is pending or awaits a deposit, sold once it
 * is paid. */
CHECK(claims_astray, DB_NO_ARGS,
    "SELECT COUNT(*) AS n, MIN(what) AS what FROM"
    " (SELECT CONCAT('claim ', k.performance_id, '/', k.seat_idx, ' is ', k.state, ', its order ', k.order_id, ' is ',"
    " COALESCE(o.state, 'missing'), IF(l.order_id IS NULL, ' without such a line', '')) AS what FROM claim k"
    " LEFT JOIN orders o ON o.id = k.order_id"
    " LEFT JOIN order_line l ON l.order_id = k.order_id AND l.seat_idx = k.seat_idx AND l.cancelled_at IS NULL"
    " WHERE o.id IS NULL OR l.order_id IS NULL OR o.person_id <> k.person_id OR o.performance_id <> k.performance_id"
    " OR (k.state = 'held' AND o.state NOT IN ('pending', 'awaiting_deposit'))"
    " OR (k.state = 'sold' AND o.state NOT IN ('paid', 'partly_cancelled'))) b")
/* And the other way round: what a living order has not cancelled it claims. */
CHECK(lines_without_claim, DB_NO_ARGS,
    "SELECT COUNT(*) AS n, MIN(what) AS what FROM"
    " (SELECT CONCAT('order ', o.id, ' (', o.state, ') line ', l.line, ' has no claim') AS what FROM orders o"
    " JOIN order_line l ON l.order_id = o.id AND l.cancelled_at IS NULL"
    " LEFT JOIN claim k ON k.performance_id = o.performance_id AND k.seat_idx = l.seat_idx AND k.order_id = o.id"
    " WHERE o.state IN ('pending', 'awaiting_deposit', 'paid', 'partly_cancelled') AND k.order_id IS NULL) b")
/* A standing section's stripes count exactly its claims: the claim's number holds the stripe. */
CHECK(stripes_wrong, DB_NO_ARGS,
    "SELECT COUNT(*) AS n, MIN(what) AS what FROM"
    " (SELECT CONCAT('stock ', t.performance_id, '/', t.section_id, '/', t.stripe, ': ', t.taken, ' taken, ',"
    " COALESCE(k.claims, 0), ' claims, capacity ', t.capacity) AS what FROM stock_stripe t JOIN section c ON c.id = t.section_id"
    " LEFT JOIN (SELECT performance_id, seat_idx DIV 1099511627776 - 1 AS ord, MOD(seat_idx, 1099511627776) DIV 16777216 AS stripe,"
    " COUNT(*) AS claims FROM claim WHERE seat_idx >= 1099511627776 GROUP BY performance_id, ord, stripe) k"
    " ON k.performance_id = t.performance_id AND k.ord = c.ord AND k.stripe = t.stripe"
    " WHERE t.taken <> COALESCE(k.claims, 0) OR t.taken > t.capacity) b")
CHECK(claims_over_limit, DB_NO_ARGS,
    "SELECT COUNT(*) AS n, MIN(what) AS what FROM"
    " (SELECT CONCAT('person ', k.person_id, ' has ', COUNT(*), ' claims of performance ', k.performance_id) AS what FROM claim k"
    " JOIN performance p ON p.id = k.performance_id JOIN shows s ON s.id = p.show_id"
    " GROUP BY k.performance_id, k.person_id, s.ticket_limit HAVING COUNT(*) > s.ticket_limit) b")
/* A hold may outlive its time by the sweep's pause, not by minutes. */
CHECK(orders_overdue, DB_ARGS(db_time(clock_now() - 15 * US_MINUTE)),
    "SELECT COUNT(*) AS n, MIN(what) AS what FROM"
    " (SELECT CONCAT('order ', id, ' (', state, ') should have expired at ', expires_at) AS what FROM orders"
    " WHERE state IN ('pending', 'awaiting_deposit') AND (expires_at IS NULL OR expires_at < ?)) b")
CHECK(orders_sums, DB_NO_ARGS,
    "SELECT COUNT(*) AS n, MIN(what) AS what FROM"
    " (SELECT CONCAT('order ', o.id, ' says ', o.subtotal, ' + ', o.fee, ', its ', l.n, ' lines ', l.price, ' + ', l.fee) AS what"
    " FROM orders o JOIN (SELECT order_id, COUNT(*) AS n, SUM(price) AS price, SUM(fee) AS fee FROM order_line GROUP BY order_id) l"
    " ON l.order_id = o.id WHERE l.n <> o.tickets OR l.price <> o.subtotal OR l.fee <> o.fee OR o.refunded > o.total) b")
/* Without a grid of theirs, nobody could tell what cancelling costs. */
CHECK(orders_without_terms, DB_NO_ARGS,
    "SELECT COUNT(*) AS n, MIN(what) AS what FROM"
    " (SELECT CONCAT('order ', o.id, ' was sold under refund grid ', o.refund_grid_id) AS what FROM orders o"
    " LEFT JOIN (SELECT DISTINCT grid_id FROM refund_rule) g ON g.grid_id = o.refund_grid_id"
    " WHERE o.refund_grid_id IS NOT NULL AND g.grid_id IS NULL) b")

const struct check booking_checks[] = {
	{ "every claim belongs to a line of a living order", check_claims_astray },
	{ "every living order has its claims", check_lines_without_claim },
	{ "standing stock equals its claims and never exceeds the capacity", check_stripes_wrong },
	{ "nobody holds more than the limit", check_claims_over_limit },
	{ "no unpaid order is overdue", check_orders_overdue },
	{ "orders add up", check_orders_sums },
	{ "orders keep the terms they were sold under", check_orders_without_terms },
	{ 0 }
};

/* ---- figures -------------------------------------------------------------------------------------------------------------- */
DB_QUERY_F(orders_open, metrics_state, DB_STALE_OK,
    "SELECT state, COUNT(*) AS n FROM orders WHERE state IN ('pending', 'awaiting_deposit') GROUP BY state")
/* What becomes of holds, over the newest orders. */
#define FUNNEL_ROW(F) F(i64, held) F(i64, paid) F(i64, expired)
DB_ROW(funnel_row, FUNNEL_ROW)
DB_QUERY_F(orders_funnel, funnel_row, DB_STALE_OK,
    "SELECT COUNT(*) AS held, CAST(COALESCE(SUM(paid_at IS NOT NULL), 0) AS SIGNED) AS paid,"
    " CAST(COALESCE(SUM(state = 'expired'), 0) AS SIGNED) AS expired FROM orders"
    " WHERE id > (SELECT COALESCE(MAX(id), 0) - 10000 FROM orders)")

struct err *booking_metrics(struct db *db, struct arena *a, struct buf *out)
{
	static const char *const open[] = { "pending", "awaiting_deposit" };
	struct metrics_state *states;
	struct funnel_row *funnel;
	size_t n;
	TRY(orders_open_all(db, a, &states, &n, DB_NO_ARGS));
	TRY(orders_funnel_one(db, a, &funnel, DB_NO_ARGS));
	metrics_by_state(out, "foyer_orders_open", "Orders that hold seats and are not paid yet.", open, ARRAY_LEN(open), states, n);
	metrics_head(out, "foyer_recent_orders", "gauge", "The 10,000 newest orders by what became of them.");
	buf_printf(out, "foyer_recent_orders{outcome=\"held\"} %" PRId64 "\n", funnel->held);
	buf_printf(out, "foyer_recent_orders{outcome=\"paid\"} %" PRId64 "\n", funnel->paid);
	buf_printf(out, "foyer_recent_orders{outcome=\"expired\"} %" PRId64 "\n", funnel->expired);
	return NULL;
}
