/* A cancelled performance: everybody gets everything back, in batches. */
#include "pay/refund.h"

#include "ticket/ticket.h"

#define PAID_ROW(F) F(order_id, id)
DB_ROW(paid_row, PAID_ROW)
/* A ticket that was used stays used: its order has nothing left to refund. */
DB_QUERY(orders_paid, paid_row,
    "SELECT o.id FROM orders o WHERE o.performance_id = ? AND o.state IN ('paid', 'partly_cancelled')"
    " AND EXISTS (SELECT 1 FROM ticket t WHERE t.order_id = o.id AND t.state = 'issued') ORDER BY o.id LIMIT 50")
DB_QUERY(orders_left, db_count,
    "SELECT COUNT(*) AS n FROM orders o WHERE o.performance_id = ? AND (o.state IN ('pending', 'awaiting_deposit')"
    " OR (o.state IN ('paid', 'partly_cancelled') AND EXISTS (SELECT 1 FROM ticket t WHERE t.order_id = o.id AND t.state = 'issued')))")

static struct err *refund_order_in_full(struct db *db, struct arena *a, struct order_id id, const char *reason, int64_t now)
{
	struct ticket_row *all;
	size_t n_all, n = 0;
	TRY(ticket_list(db, a, id, &all, &n_all));
	int64_t *lines = arena_array(a, int64_t, n_all + 1);
	for (size_t i = 0; i < n_all; i++)
		if (str_eq(all[i].state, "issued"))
			lines[n++] = all[i].line;
	if (n == 0)
		return NULL;
	int64_t amount;
	struct err *e = pay_refund_lines(db, a, id, lines, n, true, reason, NULL, now, &amount);
	if (err_is(e, ERR_CONFLICT)) { /* the buyer cancelled this very moment: the next round sees it */
		err_free(e);
		return NULL;
	}
	return e;
}

struct err *pay_refund_performance(struct db *db, struct arena *a, struct performance_id id, const char *reason, int64_t now,
    int64_t *ret_left)
{
	int closed;
	TRY(booking_cancel_unpaid(db, id, reason, now, 50, &closed));
	struct paid_row *rows;
	size_t n;
	TRY(orders_paid_all(db, a, &rows, &n, DB_ARGS(id.v)));
	for (size_t i = 0; i < n; i++)
		TRY(refund_order_in_full(db, a, rows[i].id, reason, now));
	struct db_count *left;
	TRY(orders_left_one(db, a, &left, DB_ARGS(id.v)));
	*ret_left = left->n;
	return NULL;
}
