/* POST …/hold: the chosen seats become an order, or the person learns what stood in the way and keeps the rest. */
#include "booking/booking_view.h"
#include "booking/booking_web.h"
#include "booking/lately.h"

#include "base/clock.h"
#include "queue/guard.h"
#include "web/text.h"

#include <inttypes.h>

/* Through the waiting room, where one stands before the sale.  *ret_away: the person was sent there, the request is answered.
 * A pass that another person uses is noted. */
static struct err *pass_room(struct req *r, const struct show_performance *p, struct queue_pass **ret_pass, bool *ret_away)
{
	struct queue_sale sale = { 'p', p->id.v };
	bool foreign;
	struct err *e = queue_check(r, p->room_id, ret_pass);
	*ret_away = err_is(e, ERR_CONFLICT);
	if (!*ret_away)
		return e;
	err_free(e);
	TRY(queue_pass_foreign(r->db, r->a, p->room_id, queue_device(r, false), r->who.person, &foreign));
	if (foreign && r->who.person.v)
		queue_guard_foreign_pass(r, sale);
	return queue_send_away(r, sale);
}

/* Somebody else was seen to have one of the seats a moment ago: that needs no look at the database. */
static bool too_late(struct req *r, const struct booking_hold_form *f, struct performance_id p)
{
	for (size_t i = 0; i < f->seat.n; i++)
		if (lately_taken(p, f->seat.v[i], r->who.person, r->now))
			return true;
	return false;
}

static struct err *hold(struct req *r, const struct show_performance *p, const struct queue_pass *pass, struct booking_hold *ret)
{
	const struct booking_hold_form *f = r->form;
	struct booking_want want = { f->seat.v, f->seat.n, { f->section }, (int)f->standing, pass ? pass->id : 0 };
	return booking_hold(r->db, r->a, p, r->who.person, !r->who.member, &want, f->idem, r->lang, r->now, ret);
}

/* What this worker remembers of the performance is enough for a yes, which the hold checks, but not for a no. */
static struct err *load(struct req *r, const struct show_performance **ret)
{
	TRY(booking_event_load(r, false, ret));
	return show_sale_state(*ret, r->now) == SALE_OPEN ? NULL : booking_event_load(r, true, ret);
}

struct err *booking_hold_post(struct req *r)
{
	const struct booking_hold_form *f = r->form;
	const struct show_performance *p;
	struct queue_pass *pass;
	bool away;
	TRY(load(r, &p));
	TRY(pass_room(r, p, &pass, &away));
	if (away)
		return NULL;
	if (!r->who.person.v)
		return redirect(r, url_fmt(r->a, "/performances/%lld/who?seat=%s", (long long)p->id.v,
		    booking_csv(r->a, f->seat.v, f->seat.n)));
	struct queue_sale sale = { 'p', p->id.v };
	struct queue_guard_seen seen;
	TRY(queue_guard_hold(r, sale, &seen));
	struct booking_hold got = { .taken = too_late(r, f, p->id) };
	struct err *e = got.taken ? err_new(ERR_CONFLICT, "seats taken a moment ago") : hold(r, p, pass, &got);
	if (err_is(e, ERR_RETRY)) {
		err_free(e);
		TRY(booking_event_load(r, true, &p));
		TRY(pass_room(r, p, &pass, &away));
		if (away)
			return NULL;
		e = hold(r, p, pass, &got);
	}
	queue_guard_held(r, sale, pass, &seen, !e);
	if (!e)
		return redirect(r, url_fmt(r->a, "/checkout/%s", got.code));
	if (!err_is(e, ERR_CONFLICT) && !err_is(e, ERR_LIMIT) && !err_is(e, ERR_INVALID) && !err_is(e, ERR_GONE))
		return e;
	const char *text = err_user_text(e) ? arena_strdup(r->a, tr_text(r->a, r->lang, err_user_text(e))) : NULL;
	err_free(e);
	if (!got.taken) /* else the page names the seats that were taken: it looks at all of them anyway */
		req_flash(r, "error", text ? text : _("Nothing was held. Please choose again."));
	const char *page = str_eq(f->from, "map") ? "seats" : "list", *seats = booking_csv(r->a, f->seat.v, f->seat.n);
	return redirect(r, got.taken ? url_fmt(r->a, "/performances/%lld/%s?seat=%s&missed=1", (long long)p->id.v, page, seats)
	    : url_fmt(r->a, "/performances/%lld/%s?seat=%s", (long long)p->id.v, page, seats));
}
