/* Orders: found by any field, shown with everything that happened to them. */
#include "admin/admin_web.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/csv.h"
#include "show/show.h"
#include "tmpl/admin/orders.h"
#include "web/text.h"

#include <inttypes.h>

enum { CSV_ROWS = 10000 };

/* STRAIGHT_JOIN in lists: read from the newest order on until the page is full, instead of sorting all orders of all shows. */
#define ORDERS_SQL(how)                                                                                                \
	"SELECT " how "o.id, o.code, o.state, o.created_at, o.paid_at, o.tickets, o.total, o.refunded, o.contact_name," \
	" o.contact_email, o.contact_phone, s.title, s.title_en, p.starts_at, g.name AS organizer FROM orders o"                    \
	" JOIN performance p ON p.id = o.performance_id JOIN shows s ON s.id = p.show_id JOIN organizer g ON g.id = s.organizer_id"
DB_QUERY_F(orders_latest, admin_order_row, DB_STALE_OK,
    ORDERS_SQL("STRAIGHT_JOIN ") " WHERE o.id < ? AND (? = 0 OR o.state = ?) AND o.created_at >= ? AND o.created_at < ?"
    " ORDER BY o.id DESC LIMIT ?")
DB_QUERY_F(orders_found, admin_order_row, DB_STALE_OK | DB_SCAN_OK,
    ORDERS_SQL("STRAIGHT_JOIN ") " WHERE o.id < ? AND (? = 0 OR o.state = ?) AND o.created_at >= ? AND o.created_at < ?"
    " AND (o.contact_name LIKE ? OR o.contact_email LIKE ? OR o.contact_phone LIKE ? OR s.title LIKE ? OR s.title_en LIKE ?"
    " OR g.name LIKE ?) ORDER BY o.id DESC LIMIT ?")
/* By code, a payment's reference or key: one order. */
DB_QUERY_F(orders_exact, admin_order_row, DB_STALE_OK,
    ORDERS_SQL("") " WHERE o.code = ? OR o.id IN (SELECT order_id FROM pay_attempt WHERE provider_order = ?"
    " UNION SELECT order_id FROM pay_attempt WHERE payment_key = ?) LIMIT 50")

static const char *upper(struct arena *a, const char *s)
{
	char *u = arena_strdup(a, s);
	for (char *p = u; *p; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	return u;
}

static struct err *find_orders(struct req *r, const struct admin_orders_form *f, int64_t max, struct admin_order_row **ret,
    size_t *ret_n)
{
	int64_t before = admin_before(f->before), from = f->from ? f->from : US_DAY,
	    to = f->to ? f->to + US_DAY : r->now + 365 * US_DAY;
	const char *q = f->q ? f->q : "";
	bool one_state = *f->state != '\0';
	if (str_empty(q))
		return orders_latest_all(r->db, r->a, ret, ret_n, DB_ARGS(before, one_state, f->state, db_time(from), db_time(to), max));
	TRY(orders_exact_all(r->db, r->a, ret, ret_n, DB_ARGS(upper(r->a, q), q, q)));
	if (*ret_n)
		return NULL;
	const char *like = db_like(r->a, q);
	return orders_found_all(r->db, r->a, ret, ret_n, DB_ARGS(before, one_state, f->state, db_time(from), db_time(to), like, like,
	    like, like, like, like, max));
}

static const char *day(struct req *r, int64_t us)
{
	return us ? arena_strndup(r->a, clock_local_input(r->a, us), 10) : "";
}

static const struct option *state_options(struct req *r)
{
	static const char *const states[] = { "paid", "pending", "awaiting_deposit", "partly_cancelled", "cancelled", "expired" };
	struct option *options = arena_array(r->a, struct option, ARRAY_LEN(states) + 2);
	options[0] = (struct option){ "", _("All states") };
	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		options[i + 1] = (struct option){ states[i], _(admin_state_word(states[i])) };
	return options;
}

struct err *admin_orders_get(struct req *r)
{
	const struct admin_orders_form *f = r->form;
	struct admin_orders v = { .q = f->q ? f->q : "", .state = f->state, .from = day(r, f->from), .to = day(r, f->to),
		.states = state_options(r) };
	struct admin_order_row *rows;
	TRY(find_orders(r, f, ADMIN_READ, &rows, &v.n));
	v.rows = rows;
	v.csv = LINK("/admin/orders.csv?q=%s&state=%s&from=%s&to=%s", v.q, v.state, v.from, v.to);
	if (admin_more(&v.n))
		v.older = LINK("/admin/orders?q=%s&state=%s&from=%s&to=%s&before=%lld", v.q, v.state, v.from, v.to,
		    (long long)rows[v.n - 1].id.v);
	struct out *o = admin_begin(r, _("Orders"), "orders");
	tmpl_admin_orders(o, &v);
	return admin_end(r, o);
}

struct err *admin_orders_csv(struct req *r)
{
	const struct admin_orders_form *f = r->form;
	struct admin_order_row *rows;
	size_t n;
	struct buf b;
	TRY(find_orders(r, f, CSV_ROWS, &rows, &n));
	buf_init(&b, r->a);
	buf_reserve(&b, n * 220 + 200);
	static const char *const heads[] = { "code", "state", "created", "paid", "tickets", "total", "refunded", "name", "email", "phone",
		"show", "starts", "organizer" };
	csv_heads(&b, heads, ARRAY_LEN(heads));
	for (size_t i = 0; i < n; i++) {
		const struct admin_order_row *o = &rows[i];
		buf_printf(&b, "%s,%s,%s,%s,%" PRId64 ",%" PRId64 ",%" PRId64 ",", o->code, o->state, clock_local_input(r->a, o->created_at),
		    clock_local_input(r->a, o->paid_at), o->tickets, o->total, o->refunded);
		const char *const cells[] = { o->contact_name, o->contact_email, o->contact_phone, o->title,
			clock_local_input(r->a, o->starts_at), o->organizer };
		for (size_t k = 0; k < ARRAY_LEN(cells); k++)
			csv_cell(&b, cells[k], k + 1 == ARRAY_LEN(cells));
	}
	return respond_download(r, "text/csv; charset=utf-8", "orders.csv", (struct bytes){ b.p, b.n });
}

/* ---- one order ------------------------------------------------------------------------------------------------------------ */
DB_QUERY(order_ledger, admin_ledger_row,
    "SELECT t.kind, t.ref, t.at, e.account, COALESCE(o.name, '') AS organizer, e.amount FROM ledger_tx t"
    " JOIN ledger_entry e ON e.tx_id = t.id LEFT JOIN organizer o ON o.id = " ADMIN_ACCOUNT_OF("e.account")
    " WHERE t.order_id = ? ORDER BY t.id, e.line")
DB_QUERY(order_outbox, admin_outbox_row,
    ADMIN_OUTBOX_SQL " WHERE about = ? ORDER BY id DESC LIMIT 50")

struct err *admin_order_get(struct req *r)
{
	struct admin_order v = { 0 };
	struct booking_order *order;
	struct show_performance *p;
	struct refund_grid grid;
	struct booking_line *lines;
	struct ticket_row *tickets;
	struct pay_attempt *attempts;
	struct pay_refund *refunds;
	struct admin_ledger_row *ledger;
	struct admin_outbox_row *outbox;
	TRY(booking_order_by_code(r->db, r->a, upper(r->a, req_param(r, "code")), &order));
	if (!order)
		return err_new(ERR_NOT_FOUND, "no order of this code");
	TRY(show_performance_load(r->db, r->a, order->performance_id, false, &p));
	TRY(show_refund_terms(r->db, r->a, order->refund_grid_id, p, &grid));
	TRY(booking_lines(r->db, r->a, order->id, &lines, &v.n_lines));
	TRY(ticket_list(r->db, r->a, order->id, &tickets, &v.n_tickets));
	TRY(pay_attempts(r->db, r->a, order->id, &attempts, &v.n_attempts));
	TRY(pay_refunds(r->db, r->a, order->id, &refunds, &v.n_refunds));
	TRY(order_ledger_all(r->db, r->a, &ledger, &v.n_ledger, DB_ARGS(order->id.v)));
	TRY(order_outbox_all(r->db, r->a, &outbox, &v.n_outbox, DB_ARGS(order->code)));
	v.order = order;
	v.p = p;
	v.lines = lines;
	v.tickets = tickets;
	v.attempts = attempts;
	v.refunds = refunds;
	v.ledger = ledger;
	v.outbox = outbox;
	struct out *o = admin_begin(r, arena_printf(r->a, "%s %s", _("Order no."), order->code), "orders");
	v.terms = show_refund_words(o, &grid);
	tmpl_admin_order(o, &v);
	return admin_end(r, o);
}
