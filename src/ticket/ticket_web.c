/* Pages of tickets, for the person whose order they belong to. */
#include "ticket/visit.h"

#include "base/clock.h"
#include "base/conf.h"
#include "ext/qr.h"
#include "notify/notify.h"
#include "proc/outbox.h"
#include "web/once.h"
#include "web/session.h"

#include "tmpl/ticket/ticket.h"

static struct err *no_ticket(void)
{
	return err_user(err_new(ERR_NOT_FOUND, "no such ticket of this person"),
	    N_("There is no such ticket among yours. Sign in with the address you booked with."));
}

static struct err *load_ticket(struct req *r, struct ticket_visit **v, struct ticket_row **t)
{
	TRY(ticket_visit_of_ticket(r->db, r->a, r->lang, req_param(r, "code"), r->who.person, v, t));
	return *v ? NULL : no_ticket();
}

static struct err *load_order(struct req *r, struct ticket_visit **v)
{
	TRY(ticket_visit_load(r->db, r->a, r->lang, req_param(r, "code"), r->who.person, v));
	return *v ? NULL : no_ticket();
}

/* A holder may be named until the day before. */
static bool renamable(const struct ticket_visit *v, const struct ticket_row *t, int64_t now)
{
	return str_eq(t->state, "issued") && clock_days_between(now, v->performance->starts_at) >= 1;
}

static struct err *ticket_page(struct req *r)
{
	struct ticket_visit *v;
	struct ticket_row *t = NULL;
	TRY(load_ticket(r, &v, &t));
	const struct ticket_view view = { .v = v, .t = t, .code = ticket_code_groups(r->a, t->code),
		.state = ticket_state_name(r->lang, t->state),
		.state_kind = str_eq(t->state, "issued") ? "ok" : str_eq(t->state, "used") ? "info" : "bad",
		.renamable = renamable(v, t, r->now) };
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, "Ticket"), .nav = NAV_ME, .no_index = true });
	tmpl_ticket_page(o, &view);
	return page_end(r, 200);
}

static struct err *ticket_qr(struct req *r)
{
	struct ticket_visit *v;
	struct ticket_row *t = NULL;
	struct bytes svg;
	TRY(load_ticket(r, &v, &t));
	if (str_eq(t->state, "void"))
		return no_ticket();
	TRY(qr_svg(r->a, ticket_qr_text(r->a, t->code, t->performance_id), tr(r->lang, "Entry code"), &svg));
	return respond(r, 200, "image/svg+xml", svg);
}

static struct err *ticket_pdf(struct req *r)
{
	struct ticket_visit *v;
	struct ticket_row *t = NULL;
	struct bytes pdf;
	TRY(load_ticket(r, &v, &t));
	TRY(ticket_paper(r->a, r->lang, v, t, &pdf));
	return respond_download(r, "application/pdf", arena_printf(r->a, "ticket-%s.pdf", t->code), pdf);
}

static struct err *order_pdf(struct req *r)
{
	struct ticket_visit *v;
	struct bytes pdf;
	TRY(load_order(r, &v));
	TRY(ticket_paper(r->a, r->lang, v, NULL, &pdf));
	return respond_download(r, "application/pdf", arena_printf(r->a, "tickets-%s.pdf", v->order->code), pdf);
}

static struct err *order_calendar(struct req *r)
{
	struct ticket_visit *v;
	TRY(load_order(r, &v));
	return respond_download(r, "text/calendar; charset=utf-8; method=PUBLISH", "ticket.ics", ticket_calendar(r->a, v, r->now));
}

/* ---- changes ------------------------------------------------------------------------------------------------------------ */
#define HOLDER_FORM(F) F(text, holder, .required = true, .max = 60)
FORM(holder_form, HOLDER_FORM)
DB_EXEC(ticket_rename,
    "UPDATE ticket t JOIN orders o ON o.id = t.order_id SET t.holder = ? WHERE t.code = ? AND o.person_id = ? AND t.state = 'issued'")

static struct err *rename_holder(struct req *r)
{
	const struct holder_form *f = r->form;
	struct ticket_visit *v;
	struct ticket_row *t = NULL;
	TRY(load_ticket(r, &v, &t));
	int64_t changed = 0;
	if (renamable(v, t, r->now))
		TRY(ticket_rename_run(r->db, &changed, DB_ARGS(f->holder, t->code, r->who.person.v)));
	if (changed)
		req_flash(r, "success", tr(r->lang, N_("The name on the ticket has been changed.")));
	else /* the page has no form any more that could tell it */
		req_flash(r, "error", tr(r->lang, N_("The name can be changed until the day before the performance.")));
	return redirect(r, url_fmt(r->a, "/tickets/%s", t->code));
}

struct mail_again { struct req *r; const struct ticket_visit *v; };

static struct url order_url(struct req *r, const struct ticket_visit *v)
{
	return url_fmt(r->a, "/orders/%s", v->order->code);
}

static struct err *mail_again_tx(struct db *db, void *ctx)
{
	struct mail_again *m = ctx;
	const struct ticket_order *o = m->v->order;
	TRY(notify_mail(db, "tickets_again", o->contact_email, o->lang, o->code, NULL, arena_printf(m->r->a, "{\"order\":\"%s\"}", o->code)));
	return once_made(m->r, db, order_url(m->r, m->v));
}

static struct err *send_again(struct req *r)
{
	struct ticket_visit *v;
	TRY(load_order(r, &v));
	TRY(rate_limit("tickets_again", v->order->code, 3, 3600));
	struct mail_again m = { r, v };
	TRY(db_tx(r->db, mail_again_tx, &m));
	outbox_wake();
	req_flash(r, "success", tr(r->lang, "The tickets are on their way to your mailbox."));
	return redirect(r, order_url(r, v));
}

static const struct route routes[] = {
	{ GET, "/tickets/{code}", ticket_page, .access = ACCESS_BUYER, .budget = 6 },
	{ GET, "/tickets/{code}/qr.svg", ticket_qr, .access = ACCESS_BUYER, .budget = 6 },
	{ GET, "/tickets/{code}/ticket.pdf", ticket_pdf, .access = ACCESS_BUYER, .budget = 6 },
	{ POST, "/tickets/{code}/holder", rename_holder, .access = ACCESS_BUYER, .form = FORM_OF(holder_form), .again = ticket_page },
	{ GET, "/orders/{code}/tickets.pdf", order_pdf, .access = ACCESS_BUYER, .budget = 6 },
	{ GET, "/orders/{code}/calendar.ics", order_calendar, .access = ACCESS_BUYER, .budget = 6 },
	{ POST, "/orders/{code}/resend", send_again, .access = ACCESS_BUYER, .once = true },
	{ 0 }
};

const struct domain ticket_domain = { .name = "ticket", .routes = routes, .checks = ticket_checks, .jobs = ticket_jobs,
	.mails = ticket_mails };
