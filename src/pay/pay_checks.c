/* Invariants of money, for `foyer check`. */
#include "pay/pay_jobs.h"

#include "base/clock.h"

#define BREACH_ROW(F) F(i64, n) F(str, what)
DB_ROW(breach_row, BREACH_ROW)

/* Every captured payment belongs to one order that was paid with it, or goes back in full. */
DB_QUERY_F(capture_without_order, breach_row, DB_SCAN_OK,
    "SELECT COUNT(*) AS n, MIN(t.provider_order) AS what FROM pay_attempt t JOIN orders o ON o.id = t.order_id"
    " WHERE t.state = 'done' AND (o.paid_at IS NULL OR o.state NOT IN ('paid', 'partly_cancelled', 'cancelled'))")
DB_QUERY_F(paid_twice, breach_row, DB_SCAN_OK,
    "SELECT COUNT(*) AS n, MIN(what) AS what FROM (SELECT CONCAT('order ', order_id) AS what FROM pay_attempt"
    " WHERE state = 'done' GROUP BY order_id HAVING COUNT(*) > 1) b")
DB_QUERY_F(paid_without_capture, breach_row, DB_SCAN_OK,
    "SELECT COUNT(*) AS n, MIN(o.code) AS what FROM orders o LEFT JOIN pay_attempt t ON t.order_id = o.id AND t.state = 'done'"
    " WHERE o.paid_at IS NOT NULL AND (t.id IS NULL OR t.amount <> o.total)")
DB_QUERY_F(returned_without_refund, breach_row, DB_SCAN_OK,
    "SELECT COUNT(*) AS n, MIN(t.provider_order) AS what FROM pay_attempt t WHERE t.state = 'returned'"
    " AND t.amount <> (SELECT COALESCE(SUM(r.amount), 0) FROM pay_refund r WHERE r.attempt_id = t.id)")
/* What was given back is what the refunds say, and never more than was captured. */
DB_QUERY_F(refunds_differ, breach_row, DB_SCAN_OK,
    "SELECT COUNT(*) AS n, MIN(what) AS what FROM (SELECT t.provider_order AS what FROM pay_refund r"
    " JOIN pay_attempt t ON t.id = r.attempt_id GROUP BY t.id, t.provider_order, t.refunded, t.amount"
    " HAVING SUM(r.amount) > t.amount OR SUM(IF(r.state = 'done', r.amount, 0)) <> t.refunded) b")
DB_QUERY_F(refund_lines_differ, breach_row, DB_SCAN_OK,
    "SELECT COUNT(*) AS n, MIN(what) AS what FROM (SELECT CONCAT('refund ', r.id) AS what FROM pay_refund r"
    " JOIN refund_line l ON l.refund_id = r.id GROUP BY r.id, r.amount, r.kept"
    " HAVING SUM(l.amount) <> r.amount OR SUM(l.kept) <> r.kept) b")
DB_QUERY_F(unknown_for_long, breach_row, DB_SCAN_OK,
    "SELECT COUNT(*) AS n, MIN(provider_order) AS what FROM pay_attempt WHERE state IN ('confirming', 'unknown') AND created_at < ?")
/* The sandbox's own books, payment by payment.  A webhook or an answer may be on its way: only what has been quiet for
 * a while is compared. */
DB_QUERY_F(sandbox_differs, breach_row, DB_SCAN_OK,
    "SELECT COUNT(*) AS n, MIN(t.provider_order) AS what FROM pay_attempt t JOIN sandbox_payment s ON s.payment_key = t.payment_key"
    " WHERE t.provider = 'sandbox' AND t.state IN ('done', 'returned') AND t.updated_at < ?"
    " AND (s.approved_at IS NULL OR s.amount <> t.amount OR s.balance <> t.amount - t.refunded)")
DB_QUERY_F(sandbox_unclaimed, breach_row, DB_SCAN_OK,
    "SELECT COUNT(*) AS n, MIN(s.order_ref) AS what FROM sandbox_payment s LEFT JOIN pay_attempt t"
    " ON t.payment_key = s.payment_key AND t.state IN ('done', 'returned')"
    " WHERE s.approved_at < ? AND s.balance > 0 AND s.status IN ('DONE', 'PARTIAL_CANCELED') AND t.id IS NULL")

static void report(const struct breach_row *row, int64_t *ret_n, const char **ret_first)
{
	*ret_n = row ? row->n : 0;
	*ret_first = row ? row->what : NULL;
}

#define CHECK(name, query, ...)                                                                                        \
	static struct err *name(struct db *db, struct arena *a, int64_t *ret_n, const char **ret_first)                \
	{                                                                                                              \
		struct breach_row *row;                                                                                \
		TRY(query##_one(db, a, &row, __VA_ARGS__));                                                            \
		report(row, ret_n, ret_first);                                                                         \
		return NULL;                                                                                           \
	}
CHECK(check_capture, capture_without_order, DB_NO_ARGS)
CHECK(check_twice, paid_twice, DB_NO_ARGS)
CHECK(check_paid, paid_without_capture, DB_NO_ARGS)
CHECK(check_returned, returned_without_refund, DB_NO_ARGS)
CHECK(check_refunds, refunds_differ, DB_NO_ARGS)
CHECK(check_lines, refund_lines_differ, DB_NO_ARGS)
CHECK(check_unknown, unknown_for_long, DB_ARGS(db_time(clock_now() - US_DAY)))
CHECK(check_sandbox, sandbox_differs, DB_ARGS(db_time(clock_now() - 5 * US_SECOND)))
CHECK(check_unclaimed, sandbox_unclaimed, DB_ARGS(db_time(clock_now() - 10 * US_MINUTE)))

const struct check pay_checks[] = {
	{ "captured payments belong to a paid order", check_capture },
	{ "no order keeps two payments", check_twice },
	{ "paid orders have their payment, of their total", check_paid },
	{ "payments in vain are given back in full", check_returned },
	{ "refunds are at most what was captured, and booked", check_refunds },
	{ "refunds are the sum of their lines", check_lines },
	{ "no payment is unclear for more than a day", check_unknown },
	{ "the sandbox's books agree with ours", check_sandbox },
	{ "the sandbox holds no money nobody knows of", check_unclaimed },
	{ 0 }
};
