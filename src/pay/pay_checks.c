/* Invariants of money, for `foyer check`. */
#include "pay/pay_jobs.h"

#include "base/clock.h"
#include "web/check.h"

/* Every captured payment belongs to one order that was paid with it, or goes back in full. */
CHECK(capture_without_order, DB_NO_ARGS,
    "SELECT COUNT(*) AS n, MIN(t.provider_order) AS what FROM pay_attempt t JOIN orders o ON o.id = t.order_id"
    " WHERE t.state = 'done' AND (o.paid_at IS NULL OR o.state NOT IN ('paid', 'partly_cancelled', 'cancelled'))")
CHECK(paid_twice, DB_NO_ARGS,
    "SELECT COUNT(*) AS n, MIN(what) AS what FROM (SELECT CONCAT('order ', order_id) AS what FROM pay_attempt"
    " WHERE state = 'done' GROUP BY order_id HAVING COUNT(*) > 1) b")
CHECK(paid_without_capture, DB_NO_ARGS,
    "SELECT COUNT(*) AS n, MIN(o.code) AS what FROM orders o LEFT JOIN pay_attempt t ON t.order_id = o.id AND t.state = 'done'"
    " WHERE o.paid_at IS NOT NULL AND (t.id IS NULL OR t.amount <> o.total)")
CHECK(returned_without_refund, DB_NO_ARGS,
    "SELECT COUNT(*) AS n, MIN(t.provider_order) AS what FROM pay_attempt t WHERE t.state = 'returned'"
    " AND t.amount <> (SELECT COALESCE(SUM(r.amount), 0) FROM pay_refund r WHERE r.attempt_id = t.id)")
/* What was given back is what the refunds say, and never more than was captured. */
CHECK(refunds_differ, DB_NO_ARGS,
    "SELECT COUNT(*) AS n, MIN(what) AS what FROM (SELECT t.provider_order AS what FROM pay_refund r"
    " JOIN pay_attempt t ON t.id = r.attempt_id GROUP BY t.id, t.provider_order, t.refunded, t.amount"
    " HAVING SUM(r.amount) > t.amount OR SUM(IF(r.state = 'done', r.amount, 0)) <> t.refunded) b")
CHECK(refund_lines_differ, DB_NO_ARGS,
    "SELECT COUNT(*) AS n, MIN(what) AS what FROM (SELECT CONCAT('refund ', r.id) AS what FROM pay_refund r"
    " JOIN refund_line l ON l.refund_id = r.id GROUP BY r.id, r.amount, r.kept"
    " HAVING SUM(l.amount) <> r.amount OR SUM(l.kept) <> r.kept) b")
CHECK(unknown_for_long, DB_ARGS(db_time(clock_now() - US_DAY)),
    "SELECT COUNT(*) AS n, MIN(provider_order) AS what FROM pay_attempt WHERE state IN ('confirming', 'unknown') AND created_at < ?")
/* The sandbox's own books, payment by payment.  A webhook or an answer may be on its way: only what has been quiet for
 * a while is compared, and a refund that is not settled yet may have been made there or not. */
CHECK(sandbox_differs, DB_ARGS(db_time(clock_now() - 5 * US_SECOND)),
    "SELECT COUNT(*) AS n, MIN(t.provider_order) AS what FROM pay_attempt t JOIN sandbox_payment s ON s.payment_key = t.payment_key"
    " WHERE t.provider = 'sandbox' AND t.state IN ('done', 'returned') AND t.updated_at < ?"
    " AND (s.approved_at IS NULL OR s.amount <> t.amount OR s.balance > t.amount - t.refunded OR s.balance < t.amount - t.refunded"
    " - (SELECT COALESCE(SUM(r.amount), 0) FROM pay_refund r WHERE r.attempt_id = t.id AND r.state = 'pending'))")
CHECK(sandbox_unclaimed, DB_ARGS(db_time(clock_now() - 10 * US_MINUTE)),
    "SELECT COUNT(*) AS n, MIN(s.order_ref) AS what FROM sandbox_payment s LEFT JOIN pay_attempt t"
    " ON t.payment_key = s.payment_key AND t.state IN ('done', 'returned')"
    " WHERE s.approved_at < ? AND s.balance > 0 AND s.status IN ('DONE', 'PARTIAL_CANCELED') AND t.id IS NULL")

const struct check pay_checks[] = {
	{ "captured payments belong to a paid order", check_capture_without_order },
	{ "no order keeps two payments", check_paid_twice },
	{ "paid orders have their payment, of their total", check_paid_without_capture },
	{ "payments in vain are given back in full", check_returned_without_refund },
	{ "refunds are at most what was captured, and booked", check_refunds_differ },
	{ "refunds are the sum of their lines", check_refund_lines_differ },
	{ "no payment is unclear for more than a day", check_unknown_for_long },
	{ "the sandbox's books agree with ours", check_sandbox_differs },
	{ "the sandbox holds no money nobody knows of", check_sandbox_unclaimed },
	{ 0 }
};
