/* Cancelling a performance: asked with all its consequences, done in one statement, refunded by a job of pay in batches. */
#include "show/desk_view.h"

#include "base/clock.h"
#include "base/log.h"
#include "proc/outbox.h"
#include "tmpl/desk_show/runs.h"
#include "tmpl/desk_show/show.h"
#include "venue/venue.h"
#include "web/audit.h"
#include "web/text.h"

#include <inttypes.h>

/* ---- the page -------------------------------------------------------------------------------------------------------------- */
#define OPEN_ROW(F) F(i64, orders) F(i64, unpaid) F(i64, money)
DB_ROW(cancel_open, OPEN_ROW)
DB_QUERY(cancel_orders, cancel_open,
    "SELECT CAST(COALESCE(SUM(state IN ('paid', 'partly_cancelled')), 0) AS SIGNED) AS orders,"
    " CAST(COALESCE(SUM(state IN ('pending', 'awaiting_deposit')), 0) AS SIGNED) AS unpaid,"
    " CAST(COALESCE(SUM(CASE WHEN state IN ('paid', 'partly_cancelled') THEN total - refunded ELSE 0 END), 0) AS SIGNED) AS money"
    " FROM orders WHERE performance_id = ? AND state IN ('paid', 'partly_cancelled', 'pending', 'awaiting_deposit')")
#define BACK_ROW(F) F(i64, done) F(i64, waiting) F(i64, failed) F(i64, n_failed)
DB_ROW(cancel_back, BACK_ROW)
DB_QUERY(cancel_refunds, cancel_back,
    "SELECT CAST(COALESCE(SUM(CASE WHEN f.state = 'done' THEN f.amount ELSE 0 END), 0) AS SIGNED) AS done,"
    " CAST(COALESCE(SUM(CASE WHEN f.state = 'pending' THEN f.amount ELSE 0 END), 0) AS SIGNED) AS waiting,"
    " CAST(COALESCE(SUM(CASE WHEN f.state = 'failed' THEN f.amount ELSE 0 END), 0) AS SIGNED) AS failed,"
    " CAST(COALESCE(SUM(f.state = 'failed'), 0) AS SIGNED) AS n_failed"
    " FROM orders o JOIN pay_refund f ON f.order_id = o.id WHERE o.performance_id = ?")
#define WHY_ROW(F) F(str, cancel_reason)
DB_ROW(cancel_why, WHY_ROW)
DB_QUERY(cancel_reason, cancel_why, "SELECT cancel_reason FROM performance WHERE id = ?")

struct err *desk_cancel_get(struct req *r)
{
	struct desk_show *s;
	struct show_performance *p;
	struct cancel_open *open;
	struct cancel_back *back;
	struct cancel_why *why;
	TRY(desk_run_of(r, &s, &p));
	TRY(cancel_orders_one(r->db, r->a, &open, DB_ARGS(p->id.v)));
	TRY(cancel_refunds_one(r->db, r->a, &back, DB_ARGS(p->id.v)));
	TRY(cancel_reason_one(r->db, r->a, &why, DB_ARGS(p->id.v)));
	const struct desk_cancel_view v = { .s = s, .p = p, .orders = open->orders, .unpaid = open->unpaid, .money = open->money,
		.place = venue_place(r->a, r->lang, p->venue, p->venue_en, p->hall, p->hall_en),
		.cancelled = str_eq(p->state, "cancelled"), .over = p->starts_at <= r->now, .reason = why ? why->cancel_reason : "",
		.back_done = back->done, .back_open = back->waiting, .back_failed = back->failed, .n_failed = back->n_failed };
	bool going = v.cancelled && (v.orders + v.unpaid > 0 || v.back_open > 0);
	struct out *o = desk_begin(r, &(struct page){ .title = _("Cancel a performance"), .refresh_s = going ? 3 : 0 }, DESK_SHOWS);
	tmpl_desk_show_cancel(o, &v);
	return desk_end(o, r->form_errors ? 422 : 200);
}

/* ---- the deed -------------------------------------------------------------------------------------------------------------- */
DB_EXEC(run_cancel,
    "UPDATE performance p JOIN shows s ON s.id = p.show_id SET p.state = 'cancelled', p.cancelled_at = ?, p.cancel_reason = ?"
    " WHERE p.id = ? AND " DESK_OWN " AND p.state <> 'cancelled' AND p.starts_at > ?")

struct cancel_ctx { struct req *r; const struct show_performance *p; const char *reason; int64_t changed; };

static struct err *cancel_tx(struct db *db, void *ctx)
{
	struct cancel_ctx *c = ctx;
	struct req *r = c->r;
	TRY(run_cancel_run(db, &c->changed, DB_ARGS(db_time(r->now), c->reason, c->p->id.v, DESK_OWNER(r), db_time(r->now))));
	if (!c->changed)
		return NULL;
	TRY(show_facts_refresh(db, c->p->show_id));
	return audit(r, db, "performance.cancel", arena_printf(r->a, "performance:%" PRId64, c->p->id.v), NULL);
}

struct err *desk_cancel_post(struct req *r)
{
	const struct desk_cancel_form *f = r->form;
	struct desk_show *s;
	struct show_performance *p;
	TRY(desk_run_of(r, &s, &p));
	struct cancel_ctx c = { .r = r, .p = p, .reason = f->reason };
	TRY(db_tx(r->db, cancel_tx, &c));
	if (c.changed) {
		show_counts_stale(p->id);
		outbox_wake();
		req_flash(r, "success", _("The performance is cancelled. Everybody gets the money back; this page shows how far it is."));
	} else {
		req_flash(r, "info", _("It was cancelled already, or it has begun: nothing was changed."));
	}
	return redirect(r, url_fmt(r->a, "/desk/performances/%lld/cancel", (long long)p->id.v));
}
