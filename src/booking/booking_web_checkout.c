/* Checkout: the hold is there, its time runs; contact and terms, then on to the payment. */
#include "booking/booking_view.h"
#include "booking/booking_web.h"

#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "queue/guard.h"
#include "tmpl/booking/checkout.h"
#include "web/text.h"

#include <string.h>

/* The order of the path, if it is this person's; ERR_NOT_FOUND otherwise. */
static struct err *own_order(struct req *r, struct booking_order **ret)
{
	TRY(booking_order_of(r->db, r->a, req_param(r, "code"), r->who.person, ret));
	return *ret ? NULL : err_new(ERR_NOT_FOUND, "no such order of this person");
}

/* The seats of an order, "12,13", so that they can be chosen again. */
static const char *seats_csv(struct req *r, const struct booking_line *lines, size_t n)
{
	int64_t *idx = arena_array(r->a, int64_t, n + 1);
	size_t k = 0;
	for (size_t i = 0; i < n; i++)
		if (lines[i].seat_idx < SEAT_STANDING_BASE)
			idx[k++] = lines[i].seat_idx;
	return booking_csv(r->a, idx, k);
}

static bool holds(const struct booking_order *o, int64_t now)
{
	return str_eq(o->state, "pending") && o->expires_at > now;
}

/* A hold that is over: said in words, the same seats one click away.  Anything but a hold has its own page. */
static struct err *not_holding(struct req *r, const struct booking_order *o)
{
	if (!str_eq(o->state, "pending") && !str_eq(o->state, "expired"))
		return redirect(r, url_fmt(r->a, "/orders/%s", o->code));
	struct checkout_view v = { .order = o };
	struct show_performance *p;
	struct booking_line *lines;
	TRY(show_performance_load(r->db, r->a, o->performance_id, false, &p));
	TRY(booking_lines(r->db, r->a, o->id, &lines, &v.n_lines));
	booking_event_fill(r, p, &v.e);
	v.lines = lines;
	v.seats = seats_csv(r, lines, v.n_lines);
	struct out *out = page_begin(r, &(struct page){ .title = _("The time is over"), .nav = NAV_SHOWS, .no_index = true });
	tmpl_checkout_over(out, &v);
	return page_end(r, 410);
}

/* Nothing is asked twice: the contact of this order, else of the person's last one, else what the account knows. */
#define CONTACT_ROW(F) F(str, contact_name) F(str, contact_email) F(str, contact_phone)
DB_ROW(contact_row, CONTACT_ROW)
DB_QUERY(last_contact, contact_row,
    "SELECT contact_name, contact_email, contact_phone FROM orders WHERE person_id = ? AND contact_email <> ''"
    " ORDER BY id DESC LIMIT 1")

static struct err *fill_contact(struct req *r, struct checkout_view *v)
{
	struct contact_row *c;
	TRY(last_contact_one(r->db, r->a, &c, DB_ARGS(r->who.person.v)));
	v->name = c ? c->contact_name : req_who(r)->name;
	v->email = c ? c->contact_email : req_who(r)->email;
	v->phone = c ? c->contact_phone : "";
	return NULL;
}

static struct err *checkout_page(struct req *r, const struct booking_order *o, int status)
{
	struct checkout_view v = { .order = o };
	struct show_performance *p;
	struct booking_line *lines;
	struct refund_grid grid;
	TRY(show_performance_load(r->db, r->a, o->performance_id, false, &p));
	TRY(booking_lines(r->db, r->a, o->id, &lines, &v.n_lines));
	TRY(show_refund_terms(r->db, r->a, o->refund_grid_id, p, &grid));
	TRY(fill_contact(r, &v));
	booking_event_fill(r, p, &v.e);
	v.lines = lines;
	v.seats = seats_csv(r, lines, v.n_lines);
	v.seconds = (o->expires_at - r->now) / US_SECOND;
	v.hold_seconds = conf()->hold_seconds;
	const char *local = clock_local_input(r->a, o->expires_at); /* 2026-11-20T19:30 */
	v.until = strchr(local, 'T') + 1;
	v.can_extend = !o->extended;
	v.extend_minutes = conf()->hold_extend_seconds / 60;
	/* Without script the page itself tells when the time is over; with it, the countdown reloads it then. */
	struct out *out = page_begin(r, &(struct page){ .title = _("Your details"), .script = "checkout", .nav = NAV_SHOWS,
		.no_index = true, .refresh_s = (int)v.seconds + 3 });
	v.terms = show_refund_words(out, &grid);
	v.release = (struct ui_confirm){ .button = _("Give the seats back"), .yes = _("Yes, give them back"),
		.question = _("Your seats become free for others at once. Shall they?"),
		.action = out_url(out, "/checkout/%s/release", o->code) };
	tmpl_checkout_page(out, &v);
	return page_end(r, status);
}

struct err *booking_checkout_get(struct req *r)
{
	struct booking_order *o;
	TRY(own_order(r, &o));
	return holds(o, r->now) ? checkout_page(r, o, 200) : not_holding(r, o);
}

DB_EXEC(order_contact,
    "UPDATE orders SET contact_name = ?, contact_email = ?, contact_phone = ? WHERE code = ? AND person_id = ?"
    " AND state = 'pending' AND expires_at > ?"
    " AND (? OR (SELECT p.room_id FROM performance p WHERE p.id = orders.performance_id) IS NULL)")

/* Seats that were held before the room opened are paid without a pass, and so are those held beside an order whose payment
 * has ended it. */
static struct err *admit(struct req *r, const struct booking_order *o, bool *ret_away)
{
	struct queue_pass *pass;
	struct queue_room *room;
	*ret_away = false;
	struct err *e = queue_check(r, o->room_id, &pass);
	if (!err_is(e, ERR_CONFLICT))
		return e;
	err_free(e);
	TRY(queue_room_by_id(r->db, r->a, o->room_id, &room));
	if (!room || !room->opened_at || o->created_at < room->opened_at)
		return NULL;
	bool bought;
	TRY(queue_pass_bought(r->db, r->a, o->room_id, r->who.person, o->created_at, &bought));
	if (bought)
		return NULL;
	*ret_away = true;
	return queue_send_away(r, (struct queue_sale){ 'p', o->performance_id.v });
}

struct err *booking_checkout_post(struct req *r)
{
	const struct booking_checkout_form *f = r->form;
	const char *code = req_param(r, "code");
	struct booking_order *o;
	int64_t changed;
	if (code[strspn(code, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")]) /* a change cannot compare codes with anything but ASCII */
		return err_new(ERR_NOT_FOUND, "no order has such a code");
	TRY(queue_guard_order(r));
	TRY(order_contact_run(r->db, &changed, DB_ARGS(f->name, f->email, f->phone, code, r->who.person.v, db_time(r->now), false)));
	if (changed == 0) { /* the time is over: the page tells; or a room stands before the sale; or it is nobody's order of this name */
		bool away = false;
		TRY(own_order(r, &o));
		if (o->room_id && holds(o, r->now))
			TRY(admit(r, o, &away));
		if (away)
			return NULL;
		if (o->room_id)
			TRY(order_contact_run(r->db, &changed, DB_ARGS(f->name, f->email, f->phone, code, r->who.person.v, db_time(r->now), true)));
	}
	return redirect(r, url_fmt(r->a, changed ? "/pay/%s" : "/checkout/%s", code));
}

/* The pass outlasts the hold. */
static struct err *pass_lasts(struct req *r, const struct booking_order *o)
{
	struct queue_pass *pass;
	if (!o->room_id)
		return NULL;
	TRY(queue_pass_find(r->db, r->a, o->room_id, r->who.person, NULL, r->now, &pass));
	return pass ? queue_pass_use(r->db, pass->id, r->who.person, o->expires_at + conf()->hold_extend_seconds * US_SECOND, r->now) : NULL;
}

struct err *booking_extend_post(struct req *r)
{
	struct booking_order *o;
	TRY(own_order(r, &o));
	if (!str_eq(o->state, "pending")) /* paid or over meanwhile, in another tab: the next page tells */
		return redirect(r, url_fmt(r->a, "/checkout/%s", o->code));
	struct err *e = booking_extend(r->db, o->id, r->who.person, r->now);
	if (err_is(e, ERR_GONE) || err_is(e, ERR_CONFLICT)) {
		req_flash(r, "error", tr_text(r->a, r->lang, err_user_text(e)));
		err_free(e);
		e = NULL;
	} else if (!e) {
		log_err(LOG_WARN, "the pass was not extended", pass_lasts(r, o));
		req_flash(r, "success", _("You have more time now."));
	}
	return e ? e : redirect(r, url_fmt(r->a, "/checkout/%s", o->code));
}

struct err *booking_release_post(struct req *r)
{
	struct booking_order *o;
	TRY(own_order(r, &o));
	struct err *e = str_eq(o->state, "cancelled") ? NULL : booking_release(r->db, o->id, r->who.person, "released", r->now);
	if (err_is(e, ERR_GONE)) { /* paid or over meanwhile, in another tab: the next page tells */
		req_flash(r, "error", tr_text(r->a, r->lang, err_user_text(e)));
		err_free(e);
		return redirect(r, url_fmt(r->a, "/checkout/%s", o->code));
	}
	TRY(e);
	req_flash(r, "info", _("The seats are free again. Nothing was charged."));
	return redirect(r, url_fmt(r->a, "/performances/%lld/seats", (long long)o->performance_id.v));
}
