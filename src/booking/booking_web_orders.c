/* The buyer's own orders: one page each, and the list. */
#include "booking/booking_view.h"
#include "booking/booking_web.h"

#include "ticket/ticket.h"
#include "tmpl/booking/orders.h"
#include "web/banks.h"
#include "web/text.h"

static const struct state_word { const char *state, *word, *kind, *what; } state_words[] = {
	{ "pending", N_("Held"), "warn", N_("Your seats are held. They become yours with the payment.") },
	{ "awaiting_deposit", N_("Waiting for your deposit"), "warn",
	    N_("Your seats stay held until the deposit is due. As soon as the money has arrived, your tickets come by mail.") },
	{ "paid", N_("Booked"), "ok", N_("Everything is booked and paid. Your tickets are ready.") },
	{ "partly_cancelled", N_("Partly cancelled"), "info",
	    N_("Some tickets of this order were cancelled; the others remain valid.") },
	{ "cancelled", N_("Cancelled"), "bad", N_("This order was cancelled.") },
	{ "expired", N_("Expired"), "bad",
	    N_("The time for this order ran out before it was paid. The seats are free again and nothing was charged.") },
};

static const struct state_word *find_state(const char *state)
{
	for (size_t i = 0; i < ARRAY_LEN(state_words); i++)
		if (str_eq(state_words[i].state, state))
			return &state_words[i];
	return &state_words[0];
}

const char *booking_state_word(const char *lang, const char *state, const char **ret_kind)
{
	const struct state_word *w = find_state(state);
	*ret_kind = w->kind;
	return tr(lang, w->word);
}

/* ---- one order ---------------------------------------------------------------------------------------------------------- */
/* What the buyer needs to know of the payment: of several attempts the one that counts, else the newest.  ACCOUNT_NEEDED: see
 * pay/refund.h. */
#define ATTEMPT_ROW(F) F(str, state) F(str, account_bank) F(str, account_number) F(time, account_due_at) F(flag, needs_account)
DB_ROW(attempt_row, ATTEMPT_ROW)
DB_QUERY(telling_attempt, attempt_row,
    "SELECT state, account_bank, account_number, account_due_at, EXISTS (SELECT 1 FROM pay_refund r WHERE r.order_id = pay_attempt.order_id"
    " AND r.state = 'failed' AND r.fail_text = 'ACCOUNT_NEEDED') AS needs_account FROM pay_attempt WHERE order_id = ?"
    " ORDER BY state IN ('done', 'waiting_deposit', 'confirming', 'unknown') DESC, id DESC LIMIT 1")

static void fill_lines(struct req *r, struct order_view *v, const struct booking_line *lines, size_t n, const struct ticket_row *tickets,
    size_t n_tickets)
{
	struct order_line_view *views = arena_array(r->a, struct order_line_view, n + 1);
	for (size_t i = 0; i < n; i++) {
		views[i].line = &lines[i];
		if (lines[i].cancelled_at) {
			views[i].word = _("Cancelled");
			views[i].kind = "bad";
		}
		for (size_t k = 0; k < n_tickets; k++) {
			if (tickets[k].line != lines[i].line || str_eq(tickets[k].state, "void"))
				continue;
			views[i].ticket = tickets[k].code;
			v->standing = true;
			if (str_eq(tickets[k].state, "used")) {
				views[i].word = _("Used");
				views[i].kind = "info";
			} else {
				v->can_cancel = true;
			}
		}
	}
	v->lines = views;
	v->n_lines = n;
}

static void fill_payment(struct req *r, struct order_view *v, const struct attempt_row *at)
{
	const struct booking_order *o = v->order;
	bool pending = str_eq(o->state, "pending");
	bool open = at && !o->paid_at && (str_eq(at->state, "confirming") || str_eq(at->state, "unknown"));
	v->asking = pending && open;
	v->needs_account = at && at->needs_account;
	v->pays = pending && !v->asking && o->expires_at > r->now;
	if (v->asking)
		v->what = _("We are asking the bank whether your payment went through. Your seats stay held meanwhile; this page renews itself.");
	else if (open)
		v->what = _("The payment provider has not answered yet. You need not wait here: as soon as it does, we write to you. If your seats cannot be kept until then, every amount that was charged comes back in full.");
	else if (at && str_eq(at->state, "returned"))
		v->what = _("Your payment arrived when the seats were gone. The full amount goes back to you.");
	if (str_eq(o->state, "awaiting_deposit") && at && str_eq(at->state, "waiting_deposit")) {
		struct order_account *account = arena_one(r->a, struct order_account);
		*account = (struct order_account){ bank_name(r->lang, at->account_bank), at->account_number, at->account_due_at,
			str_eq(conf()->pay_provider, "sandbox") };
		v->account = account;
	}
}

/* Cancelled after it was paid: by whom, and what of the money.  Who had cancelled before the performance was got a part. */
static const char *cancelled_text(struct req *r, const struct booking_order *o, bool performance_off)
{
	if (performance_off && o->total == 0)
		return _("This performance does not take place.");
	if (performance_off && o->refunded == o->total)
		return _("This performance does not take place. Everything you paid comes back, booking fees included; we write to you when it is on its way.");
	struct out *out = arena_one(r->a, struct out);
	out_init(out, r->a, r->lang, r);
	return o->refunded > 0 ? out_fmt(out, _("This order was cancelled. %s comes back to you; we write to you when it is on its way."), out_money(out, o->refunded)) :
				 _("This order was cancelled.");
}

struct err *booking_order_get(struct req *r)
{
	struct booking_order *o;
	TRY(booking_order_of(r->db, r->a, req_param(r, "code"), r->who.person, &o));
	if (!o)
		return err_new(ERR_NOT_FOUND, "no such order of this person");
	struct order_view v = { .order = o };
	struct show_performance *p;
	struct booking_line *lines;
	struct ticket_row *tickets;
	struct attempt_row *at;
	struct refund_grid grid;
	size_t n, n_tickets;
	TRY(show_performance_load(r->db, r->a, o->performance_id, false, &p));
	TRY(booking_lines(r->db, r->a, o->id, &lines, &n));
	TRY(ticket_list(r->db, r->a, o->id, &tickets, &n_tickets));
	TRY(telling_attempt_one(r->db, r->a, &at, DB_ARGS(o->id.v)));
	TRY(show_refund_terms(r->db, r->a, o->refund_grid_id, p, &grid));
	booking_event_fill(r, p, &v.e);
	v.word = booking_state_word(r->lang, o->state, &v.kind);
	v.what = _(find_state(o->state)->what);
	fill_lines(r, &v, lines, n, tickets, n_tickets);
	fill_payment(r, &v, at);
	if (str_eq(o->state, "cancelled") && o->paid_at)
		v.what = cancelled_text(r, o, str_eq(p->state, "cancelled"));
	v.can_cancel &= p->starts_at > r->now;
	struct out *out = page_begin(r, &(struct page){ .title = arena_printf(r->a, "%s %s", _("Order"), o->code), .nav = NAV_ME, .no_index = true,
		.refresh_s = v.asking ? 3 : str_eq(o->state, "awaiting_deposit") ? 30 : 0 });
	if (!str_eq(o->state, "expired") && !str_eq(o->state, "cancelled"))
		v.terms = show_refund_words(out, &grid);
	tmpl_order_page(out, &v);
	return page_end(r, 200);
}

/* ---- the list -------------------------------------------------------------------------------------------------------------- */
enum { PER_PAGE = 20 };
/* Holds that came to nothing before anybody said who books are no bookings. */
#define LISTED_ROW(F) \
	F(str, code) F(str, state) F(i64, tickets) F(i64, total) F(str, title) F(str, title_en) F(time, starts_at)
DB_ROW(listed_row, LISTED_ROW)
DB_QUERY(orders_listed, listed_row,
    "SELECT o.code, o.state, o.tickets, o.total - o.refunded AS total, s.title, s.title_en, p.starts_at FROM orders o"
    " JOIN performance p ON p.id = o.performance_id JOIN shows s ON s.id = p.show_id WHERE o.person_id = ?"
    " AND (o.state NOT IN ('expired', 'cancelled') OR o.contact_email <> '') ORDER BY o.id DESC LIMIT ? OFFSET ?")
DB_QUERY(orders_count, db_count,
    "SELECT COUNT(*) AS n FROM orders WHERE person_id = ? AND (state NOT IN ('expired', 'cancelled') OR contact_email <> '')")

struct err *booking_orders_get(struct req *r)
{
	const struct booking_page_form *f = r->form;
	struct orders_view v = { 0 };
	struct listed_row *rows;
	struct db_count *count;
	TRY(orders_count_one(r->db, r->a, &count, DB_ARGS(r->who.person.v)));
	TRY(orders_listed_all(r->db, r->a, &rows, &v.n, DB_ARGS(r->who.person.v, PER_PAGE, (f->page - 1) * PER_PAGE)));
	struct order_row_view *views = arena_array(r->a, struct order_row_view, v.n + 1);
	for (size_t i = 0; i < v.n; i++) {
		views[i] = (struct order_row_view){ .code = rows[i].code, .tickets = rows[i].tickets, .total = rows[i].total,
			.title = tr_pick(r->lang, rows[i].title, rows[i].title_en),
			.when = clock_short(r->a, r->lang, rows[i].starts_at) };
		views[i].word = booking_state_word(r->lang, rows[i].state, &views[i].kind);
	}
	v.rows = views;
	struct out *o = page_begin(r, &(struct page){ .title = _("Bookings and tickets"), .nav = NAV_ME, .no_index = true });
	v.pager = ui_pager(r->a, out_url(o, "/me/orders"), f->page, PER_PAGE, count->n);
	tmpl_orders_page(o, &v);
	return page_end(r, 200);
}
