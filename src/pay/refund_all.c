/* A cancelled performance: everybody gets everything back, in batches. */
#include "pay/pay_jobs.h"
#include "pay/refund.h"

#include "gate/gate.h"
#include "notify/notify.h"
#include "ticket/ticket.h"

#define PAID_ROW(F) F(order_id, id)
DB_ROW(paid_row, PAID_ROW)
enum { LET_OUT = 200 }; /* of those who had entered already; the doors open before the start */
DB_QUERY(orders_paid, paid_row,
    "SELECT o.id FROM orders o WHERE o.performance_id = ? AND o.state IN ('paid', 'partly_cancelled')"
    " AND EXISTS (SELECT 1 FROM ticket t WHERE t.order_id = o.id AND t.state = 'issued') ORDER BY o.id LIMIT 50")
DB_QUERY(orders_left, db_count,
    "SELECT COUNT(*) AS n FROM orders o WHERE o.performance_id = ? AND (o.state IN ('pending', 'awaiting_deposit')"
    " OR (o.state IN ('paid', 'partly_cancelled') AND EXISTS (SELECT 1 FROM ticket t WHERE t.order_id = o.id AND t.state IN ('issued', 'used'))))")

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
	TRY(gate_let_out(db, a, id, now, LET_OUT));
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

/* ---- the job --------------------------------------------------------------------------------------------------------------- */
#define DUE_ROW(F) F(performance_id, id) F(str, cancel_reason)
DB_ROW(cancel_due, DUE_ROW)
DB_QUERY_F(cancelled_with_orders, cancel_due, DB_SCAN_OK,
    "SELECT p.id, p.cancel_reason FROM performance p WHERE p.state = 'cancelled' AND EXISTS (SELECT 1 FROM orders o"
    " WHERE o.performance_id = p.id AND o.state IN ('paid', 'partly_cancelled', 'pending', 'awaiting_deposit')) ORDER BY p.id LIMIT 20")
#define TOLD_ROW(F) F(str, code) F(str, contact_email) F(str, lang)
DB_ROW(cancel_told, TOLD_ROW)
DB_QUERY(orders_to_tell, cancel_told,
    "SELECT code, contact_email, lang FROM orders WHERE performance_id = ? AND state IN ('paid', 'partly_cancelled', 'awaiting_deposit')"
    " AND contact_email <> '' ORDER BY id LIMIT 500")

struct tell_ctx { struct arena *a; const struct cancel_told *rows; size_t n; };

static struct err *tell_tx(struct db *db, void *ctx)
{
	struct tell_ctx *c = ctx;
	for (size_t i = 0; i < c->n; i++) {
		const struct cancel_told *o = &c->rows[i];
		TRY(notify_mail(db, "performance_cancelled", o->contact_email, o->lang, o->code,
		    arena_printf(c->a, "performance_cancelled:%s", o->code), arena_printf(c->a, "{\"order\":\"%s\"}", o->code)));
	}
	return NULL;
}

/* Everybody of the next batch is told before the refund is stored: each order once, whatever stops half-way. */
struct err *pay_refund_cancelled_job(struct job_ctx *j)
{
	enum { ROUNDS = 40 };
	struct cancel_due *due;
	size_t n;
	TRY(cancelled_with_orders_all(j->db, j->a, &due, &n, DB_NO_ARGS));
	for (size_t i = 0; i < n; i++) {
		int64_t left = 1, before = 0;
		for (int round = 0; round < ROUNDS && left > 0 && left != before; round++) {
			struct tell_ctx c = { .a = j->a };
			struct cancel_told *rows;
			before = left;
			TRY(orders_to_tell_all(j->db, j->a, &rows, &c.n, DB_ARGS(due[i].id.v)));
			c.rows = rows;
			TRY(db_tx(j->db, tell_tx, &c));
			TRY(pay_refund_performance(j->db, j->a, due[i].id, due[i].cancel_reason, j->now, &left));
		}
	}
	return NULL;
}
