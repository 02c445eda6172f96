/* One order, as its organizer sees it. */
#include "desk/desk_view.h"
#include "desk/desk_web.h"

#include "base/clock.h"
#include "base/log.h"
#include "notify/notify.h"
#include "proc/outbox.h"
#include "tmpl/desk/orders.h"
#include "web/audit.h"
#include "web/once.h"
#include "web/session.h"
#include "web/text.h"

#define REF_ROW(F) F(order_id, id)
DB_ROW(desk_order_ref, REF_ROW)
DB_QUERY(order_owned, desk_order_ref,
    "SELECT o.id FROM orders o JOIN performance p ON p.id = o.performance_id JOIN shows s ON s.id = p.show_id WHERE o.code = ? AND " DESK_OWN)

static struct err *order_of(struct req *r, struct booking_order **ret)
{
	struct desk_order_ref *ref;
	TRY(order_owned_one(r->db, r->a, &ref, DB_ARGS(req_param(r, "code"), DESK_OWNER(r))));
	if (!ref)
		return err_new(ERR_NOT_FOUND, "no such order of this organizer");
	return booking_order_by_id(r->db, r->a, ref->id, ret);
}

/* ---- the page -------------------------------------------------------------------------------------------------------------- */
static struct err *fill_seats(struct req *r, struct desk_order_view *v)
{
	struct booking_line *lines;
	struct ticket_row *tickets;
	size_t n_tickets;
	TRY(booking_lines(r->db, r->a, v->o->id, &lines, &v->n_seats));
	TRY(ticket_list(r->db, r->a, v->o->id, &tickets, &n_tickets));
	v->seats = arena_array(r->a, struct desk_order_seat, v->n_seats + 1);
	for (size_t i = 0; i < v->n_seats; i++) {
		struct desk_order_seat *s = &v->seats[i];
		s->l = &lines[i];
		for (size_t k = 0; k < n_tickets; k++) {
			if (tickets[k].line != lines[i].line)
				continue;
			bool used = str_eq(tickets[k].state, "used"), issued = str_eq(tickets[k].state, "issued");
			s->ticket = tickets[k].code;
			s->word = issued ? _("Valid") : used ? _("Used") : _("Cancelled");
			s->kind = issued ? "ok" : used ? "info" : "bad";
			s->refundable = issued && !lines[i].cancelled_at;
			v->may_resend |= issued;
			v->n_refundable += s->refundable;
		}
	}
	return NULL;
}

static const struct { const char *state, *word, *kind; } attempt_words[] = {
	{ "created", N_("Begun"), "info" }, { "confirming", N_("Being confirmed"), "warn" }, { "unknown", N_("Being looked into"), "warn" },
	{ "waiting_deposit", N_("Waiting for deposit"), "warn" }, { "done", N_("Payment complete"), "ok" }, { "failed", N_("Failed"), "bad" },
	{ "returned", N_("Given back"), "info" }, { "pending", N_("On its way"), "warn" },
};

static void money_word(struct req *r, const char *state, struct desk_money *m)
{
	m->word = state;
	m->kind = "info";
	for (size_t i = 0; i < ARRAY_LEN(attempt_words); i++)
		if (str_eq(attempt_words[i].state, state)) {
			m->word = _(attempt_words[i].word);
			m->kind = attempt_words[i].kind;
		}
}

static const char *method_name(struct req *r, const char *method)
{
	static const struct { const char *method, *name; } names[] = { { "card", N_("Card") }, { "transfer", N_("Bank transfer") },
		{ "virtual_account", N_("Virtual account") }, { "mobile", N_("Mobile phone bill") }, { "easy_pay", N_("Easy pay") } };
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq(names[i].method, method))
			return _(names[i].name);
	return str_empty(method) ? _("Payment") : method;
}

static struct err *fill_money(struct req *r, struct desk_order_view *v)
{
	struct pay_attempt *attempts;
	struct pay_refund *refunds;
	TRY(pay_attempts(r->db, r->a, v->o->id, &attempts, &v->n_payments));
	TRY(pay_refunds(r->db, r->a, v->o->id, &refunds, &v->n_refunds));
	v->payments = arena_array(r->a, struct desk_money, v->n_payments + 1);
	v->refunds = arena_array(r->a, struct desk_money, v->n_refunds + 1);
	for (size_t i = 0; i < v->n_payments; i++) {
		const struct pay_attempt *t = &attempts[i];
		v->payments[i] = (struct desk_money){ .title = method_name(r, t->method), .amount = t->amount, .at = t->created_at, .note = t->fail_text };
		money_word(r, t->state, &v->payments[i]);
	}
	for (size_t i = 0; i < v->n_refunds; i++) {
		const struct pay_refund *f = &refunds[i];
		v->refunds[i] = (struct desk_money){ .title = _("Refund"), .amount = f->amount, .at = f->created_at, .note = _(f->reason) };
		money_word(r, f->state, &v->refunds[i]);
		if (str_eq(f->state, "done"))
			v->refunds[i].word = _("Given back");
	}
	return NULL;
}

struct err *desk_order_get(struct req *r)
{
	struct desk_order_view v = { 0 };
	struct booking_order *order;
	struct show_performance *p;
	struct refund_grid grid;
	TRY(order_of(r, &order));
	v.o = order;
	TRY(show_performance_load(r->db, r->a, order->performance_id, true, &p));
	TRY(show_refund_terms(r->db, r->a, order->refund_grid_id, p, &grid));
	TRY(fill_seats(r, &v));
	TRY(fill_money(r, &v));
	v.p = p;
	v.title = tr_pick(r->lang, p->title, p->title_en);
	v.when = clock_short(r->a, r->lang, p->starts_at);
	v.word = desk_order_word(r->lang, order->state, &v.kind);
	struct out *o = desk_begin(r, &(struct page){ .title = arena_printf(r->a, "%s %s", _("Order"), order->code) }, DESK_ORDERS);
	v.terms = show_refund_words(o, &grid);
	tmpl_desk_order(o, &v);
	return desk_end(o, r->form_errors ? 422 : 200);
}

/* ---- deeds ----------------------------------------------------------------------------------------------------------------- */
static struct url order_url(struct req *r, const struct booking_order *o)
{
	return url_fmt(r->a, "/desk/orders/%s", o->code);
}

static struct err *back(struct req *r, const struct booking_order *o)
{
	return redirect(r, order_url(r, o));
}

struct mail_ctx_again { struct req *r; const struct booking_order *o; };

static struct err *resend_tx(struct db *db, void *ctx)
{
	struct mail_ctx_again *c = ctx;
	struct req *r = c->r;
	TRY(notify_mail(db, "tickets_again", c->o->contact_email, c->o->lang, c->o->code, NULL,
	    arena_printf(r->a, "{\"order\":\"%s\"}", c->o->code)));
	TRY(audit(r, db, "order.resend", arena_printf(r->a, "order:%s", c->o->code), NULL));
	return once_made(r, db, order_url(r, c->o));
}

struct err *desk_order_resend(struct req *r)
{
	struct booking_order *o;
	TRY(order_of(r, &o));
	if (str_empty(o->contact_email) || (!str_eq(o->state, "paid") && !str_eq(o->state, "partly_cancelled"))) {
		req_flash(r, "error", _("This order has no valid ticket to send."));
		return back(r, o);
	}
	TRY(rate_limit("desk_resend", o->code, 5, 3600));
	struct mail_ctx_again c = { r, o };
	TRY(db_tx(r->db, resend_tx, &c));
	outbox_wake();
	req_flash(r, "success", _("The tickets are on their way to the buyer's mailbox."));
	return back(r, o);
}

struct err *desk_order_refund(struct req *r)
{
	const struct desk_refund_form *f = r->form;
	struct booking_order *o;
	struct booking_line *lines;
	size_t n, known = 0;
	TRY(order_of(r, &o));
	TRY(booking_lines(r->db, r->a, o->id, &lines, &n));
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < f->line.n; k++)
			known += lines[i].line == f->line.v[k] && !lines[i].cancelled_at;
	if (known != f->line.n) {
		req_field_error(r, "line", N_("One of these tickets is cancelled already. Please look again."));
		return req_again(r);
	}
	int64_t amount;
	struct err *e = pay_refund_lines(r->db, r->a, o->id, f->line.v, f->line.n, true, f->reason, NULL, r->now, &amount);
	if (err_is(e, ERR_CONFLICT)) {
		const char *text = err_user_text(e);
		req_flash(r, "error", text ? tr_text(r->a, r->lang, text) : _("This order cannot be cancelled any more."));
		err_free(e);
		return back(r, o);
	}
	TRY(e);
	TRY(audit(r, r->db, "order.refund", arena_printf(r->a, "order:%s", o->code),
	    arena_printf(r->a, "{\"amount\":%lld,\"tickets\":%zu}", (long long)amount, f->line.n)));
	log_err(LOG_WARN, "a second press is told otherwise", once_made(r, r->db, order_url(r, o)));
	outbox_wake();
	struct out out;
	out_init(&out, r->a, r->lang, r);
	req_flash(r, "success", out_fmt(&out, _("%s goes back to the buyer; the tickets are void."), out_money(&out, amount)));
	return back(r, o);
}
