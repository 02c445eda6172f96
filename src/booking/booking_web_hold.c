/* POST …/hold: the chosen seats become an order, or the person learns what stood in the way and keeps the rest. */
#include "booking/booking_view.h"
#include "booking/booking_web.h"

#include "base/buf.h"
#include "base/clock.h"
#include "queue/guard.h"
#include "web/text.h"

#include <inttypes.h>

static struct url back_to(struct req *r, const struct booking_hold_form *f, struct performance_id p, const int64_t *seats, size_t n)
{
	return url_fmt(r->a, "/performances/%lld/%s?seat=%s", (long long)p.v, str_eq(f->from, "map") ? "seats" : "list",
	    booking_csv(r->a, seats, n));
}

static bool was_taken(const struct booking_hold *h, int64_t idx)
{
	for (size_t i = 0; i < h->n_taken; i++)
		if (h->taken[i] == idx)
			return true;
	return false;
}

/* Names the seats that were taken; the others stay chosen. */
static struct err *lost(struct req *r, const struct booking_hold_form *f, const struct show_performance *p, const struct booking_hold *h)
{
	size_t n_kept = 0;
	int64_t *kept = arena_array(r->a, int64_t, f->seat.n + 1);
	for (size_t i = 0; i < f->seat.n; i++)
		if (!was_taken(h, f->seat.v[i]))
			kept[n_kept++] = f->seat.v[i];
	const char *text = n_kept > 0 ? _("Somebody was quicker: %s. Nothing is held yet; your other seats are still chosen.")
	    : _("Somebody was quicker: %s. Nothing is held; please choose other seats.");
	struct out o;
	out_init(&o, r->a, r->lang, r);
	req_flash(r, "error", out_fmt(&o, text, h->taken_names));
	return redirect(r, back_to(r, f, p->id, kept, n_kept));
}

/* No pass: to the waiting room.  A pass that another person uses is noted. */
static struct err *refuse(struct req *r, const struct show_performance *p, struct queue_sale sale)
{
	bool foreign;
	TRY(queue_pass_foreign(r->db, r->a, p->room_id, queue_device(r, false), r->who.person, &foreign));
	if (foreign && r->who.person.v)
		queue_guard_foreign_pass(r, sale);
	return queue_send_away(r, sale);
}

struct err *booking_hold_post(struct req *r)
{
	const struct booking_hold_form *f = r->form;
	const struct show_performance *p;
	TRY(booking_event_load(r, true, &p));
	struct queue_sale sale = { 'p', p->id.v };
	struct queue_pass *pass = NULL;
	struct err *e = queue_check(r, p->room_id, &pass);
	if (err_is(e, ERR_CONFLICT)) {
		err_free(e);
		return refuse(r, p, sale);
	}
	TRY(e);
	if (!r->who.person.v)
		return redirect(r, url_fmt(r->a, "/performances/%lld/who?seat=%s", (long long)p->id.v,
		    booking_csv(r->a, f->seat.v, f->seat.n)));
	struct queue_guard_seen seen;
	TRY(queue_guard_hold(r, sale, &seen));
	struct booking_want want = { f->seat.v, f->seat.n, { f->section }, (int)f->standing, pass ? pass->id : 0 };
	struct booking_hold hold = { 0 };
	e = booking_hold(r->db, r->a, p, r->who.person, !r->who.member, &want, f->idem, r->lang, r->now, &hold);
	queue_guard_held(r, sale, pass, &seen, !e);
	if (!e)
		return redirect(r, url_fmt(r->a, "/checkout/%s", hold.code));
	if (!err_is(e, ERR_CONFLICT) && !err_is(e, ERR_LIMIT) && !err_is(e, ERR_INVALID) && !err_is(e, ERR_GONE))
		return e;
	const char *text = err_user_text(e) ? arena_strdup(r->a, tr_text(r->a, r->lang, err_user_text(e))) : NULL;
	err_free(e);
	if (hold.n_taken > 0)
		return lost(r, f, p, &hold);
	req_flash(r, "error", text ? text : _("Nothing was held. Please choose again."));
	return redirect(r, back_to(r, f, p->id, f->seat.v, f->seat.n));
}
