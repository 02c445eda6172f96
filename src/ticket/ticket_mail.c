/* Mails with tickets: after payment, on request, and the day before. */
#include "ticket/visit.h"

#include "base/clock.h"
#include "ext/qr.h"
#include "notify/notify.h"

#include "tmpl/ticket/mail.h"

enum { QR_MODULE_PX = 5 };

/* The same for readers without HTML; escaping is for HTML only. */
static void text_part(struct mail_ctx *m, const struct ticket_mail_view *view)
{
	const struct ticket_visit *v = view->v;
	struct buf *b = &m->text->b;
	buf_printf(b, "%s\n%s\n%s\n%s%s\n", v->title, v->when, v->venue, v->address, str_empty(v->address) ? "" : "\n");
	for (size_t i = 0; i < v->n; i++)
		if (str_eq(v->tickets[i].state, "issued"))
			buf_printf(b, "%s (%s)\n%s\n%s\n\n", v->tickets[i].label, v->tickets[i].grade, v->tickets[i].holder,
			    ticket_code_groups(m->a, v->tickets[i].code));
	buf_printf(b, "%s\n", v->link);
	if (view->terms.n == 0)
		return;
	buf_printf(b, "\n%s\n", tr(m->lang, N_("If you cancel, this share of the ticket's price is kept:")));
	for (size_t i = 0; i < view->terms.n; i++)
		buf_printf(b, "- %s\n", view->terms.lines[i]);
	if (view->terms.free)
		buf_printf(b, "%s\n", view->terms.free);
}

static struct err *visit_of_args(struct mail_ctx *m, struct ticket_visit **ret)
{
	const char *code = json_string_value(json_object_get(m->args, "order"));
	*ret = NULL;
	if (code)
		TRY(ticket_visit_load(m->db, m->a, m->lang, code, (struct person_id){ 0 }, ret));
	return *ret ? NULL : err_new(ERR_INVALID, "mail about order %s, which is not there", code ? code : "(none)");
}

/* The mail about the order named in args; subject: a msgid with one %s for the title; terms: with those of cancellation. */
static struct err *order_mail(struct mail_ctx *m, const char *subject, bool terms, void (*body)(struct out *, const struct ticket_mail_view *))
{
	struct ticket_visit *v;
	struct refund_grid grid;
	TRY(visit_of_args(m, &v));
	struct mail_part *parts = arena_array(m->a, struct mail_part, v->n + 1);
	const char **cids = arena_array(m->a, const char *, v->n + 1);
	size_t n = 0;
	for (size_t i = 0; i < v->n; i++) {
		const struct ticket_row *t = &v->tickets[i];
		if (!str_eq(t->state, "issued"))
			continue;
		struct mail_part *p = &parts[n++];
		*p = (struct mail_part){ .content_type = "image/png", .name = arena_printf(m->a, "%s.png", t->code),
			.content_id = arena_printf(m->a, "%s@foyer", t->code) };
		cids[i] = arena_printf(m->a, "cid:%s", p->content_id);
		TRY(qr_png(m->a, ticket_qr_text(m->a, t->code, t->performance_id), QR_MODULE_PX, &p->data));
	}
	if (n == 0) { /* cancelled meanwhile: another mail tells that */
		m->drop = true;
		return NULL;
	}
	parts[n++] = (struct mail_part){ .content_type = "text/calendar; charset=utf-8; method=PUBLISH", .name = "ticket.ics",
		.data = ticket_calendar(m->a, v, clock_now()) };
	struct ticket_mail_view view = { .v = v, .qr_cids = cids };
	if (terms) {
		TRY(show_refund_terms(m->db, m->a, v->order->refund_grid_id, v->performance, &grid));
		view.terms = show_refund_words(m->html, &grid);
	}
	m->mail->subject = out_fmt(m->html, tr(m->lang, subject), v->title);
	m->mail->to_name = v->order->contact_name;
	m->mail->parts = parts;
	m->mail->n_parts = n;
	body(m->html, &view);
	text_part(m, &view);
	return NULL;
}

static struct err *order_paid(struct mail_ctx *m)
{
	return order_mail(m, N_("Your tickets: %s"), true, tmpl_ticket_mail_paid);
}

static struct err *tickets_again(struct mail_ctx *m)
{
	return order_mail(m, N_("Your tickets once more: %s"), true, tmpl_ticket_mail_paid);
}

static struct err *event_tomorrow(struct mail_ctx *m)
{
	return order_mail(m, N_("Tomorrow: %s"), false, tmpl_ticket_mail_tomorrow);
}

/* ---- called off --------------------------------------------------------------------------------------------------------- */
#define REASON_ROW(F) F(str, cancel_reason)
DB_ROW(reason_row, REASON_ROW)
DB_QUERY(performance_reason, reason_row, "SELECT cancel_reason FROM performance WHERE id = ?")

/* Queued by whoever calls a performance off, for each order; those who paid nothing hear nothing. */
static struct err *performance_cancelled(struct mail_ctx *m)
{
	struct ticket_visit *v;
	struct reason_row *reason;
	TRY(visit_of_args(m, &v));
	if (!v->order->paid_at) {
		m->drop = true;
		return NULL;
	}
	TRY(performance_reason_one(m->db, m->a, &reason, DB_ARGS(v->performance->id.v)));
	const struct ticket_mail_view view = { .v = v, .reason = reason ? reason->cancel_reason : "" };
	m->mail->subject = out_fmt(m->html, tr(m->lang, N_("Cancelled: %s")), v->title);
	m->mail->to_name = v->order->contact_name;
	tmpl_ticket_mail_cancelled(m->html, &view);
	struct buf *b = &m->text->b;
	buf_printf(b, "%s\n\n%s\n%s\n%s\n\n", tr(m->lang, N_("We are sorry: this performance does not take place.")), v->title, v->when,
	    v->venue);
	if (!str_empty(view.reason))
		buf_printf(b, "%s\n\n", view.reason);
	buf_printf(b, "%s\n\n%s\n",
	    tr(m->lang, N_("The full price of your tickets comes back to you, booking fees included. You need not do anything; we write to you when the money is on its way.")),
	    v->link);
	return NULL;
}

const struct mail_kind ticket_mails[] = {
	{ "order_paid", order_paid }, { "tickets_again", tickets_again }, { "event_tomorrow", event_tomorrow, .bulk = true },
	{ "performance_cancelled", performance_cancelled }, { 0 }
};
