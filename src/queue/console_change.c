/* What the organizer changes about a waiting room.  Each deed is one conditional statement and its line in the audit log. */
#include "queue/console_view.h"

#include "base/buf.h"
#include "base/clock.h"
#include "web/audit.h"
#include "web/once.h"
#include "web/text.h"

#include <inttypes.h>

struct change {
	struct req *r;
	const struct show_performance *p;
	const struct queue_room *room;
	struct err *(*run)(struct db *db, struct change *c);
	const char *deed, *detail, *done; /* done: translated */
	struct queue_plan plan;
	int64_t target, rate;
	bool pause, once;
	const char *ko, *en;
};

static struct url console_url(struct req *r, const struct show_performance *p)
{
	return url_fmt(r->a, "/desk/performances/%lld/queue", (long long)p->id.v);
}

static struct err *back(struct req *r, const struct show_performance *p)
{
	return redirect(r, console_url(r, p));
}

static struct err *note(struct db *db, const struct change *c)
{
	return audit(c->r, db, c->deed, arena_printf(c->r->a, "performance:%" PRId64, c->p->id.v), c->detail);
}

static struct err *change_tx(struct db *db, void *ctx)
{
	struct change *c = ctx;
	TRY(c->run(db, c));
	TRY(note(db, c));
	return c->once ? once_made(c->r, db, console_url(c->r, c->p)) : NULL;
}

/* What the room's state does not allow any more is told, not an error. */
static struct err *answer(struct req *r, const struct change *c, struct err *e)
{
	if (err_is(e, ERR_GONE) || err_is(e, ERR_CONFLICT)) {
		req_flash(r, "error", tr_text(r->a, r->lang, err_user_text(e)));
		err_free(e);
		return back(r, c->p);
	}
	TRY(e);
	req_flash(r, "success", c->done);
	return back(r, c->p);
}

/* The performance and its living room. */
static struct err *begin(struct req *r, struct change *c)
{
	struct show_performance *p;
	struct queue_room *room;
	c->r = r;
	TRY(queue_console_performance(r, &p));
	TRY(queue_room_of(r->db, r->a, (struct queue_sale){ 'p', p->id.v }, &room));
	c->p = p;
	c->room = room;
	return NULL;
}

static struct err *no_room(struct req *r, const struct change *c)
{
	req_flash(r, "error", _("There is no waiting room any more. Nothing was changed."));
	return back(r, c->p);
}

/* ---- planning ---------------------------------------------------------------------------------------------------------- */
static struct err *run_plan(struct db *db, struct change *c)
{
	int64_t id;
	return queue_plan_room(db, c->r->a, (struct queue_sale){ 'p', c->p->id.v }, &c->plan, c->r->now, &id);
}

static bool refuse_plan(struct req *r, const struct show_performance *p, const struct queue_plan_form *f)
{
	if (f->opens < r->now - 10 * US_MINUTE)
		req_field_error(r, "opens", N_("This time is over. Choose one to come, or now."));
	else if (f->opens < p->booking_open_at / US_MINUTE * US_MINUTE && p->booking_open_at > r->now)
		req_field_error(r, "opens", N_("The booking is not open by then: let the waiting room open with it or later."));
	else if (f->opens >= p->booking_closes_at)
		req_field_error(r, "opens", N_("The booking is closed by then."));
	else if (f->ends && f->ends <= f->opens)
		req_field_error(r, "ends", N_("The end must be after the opening."));
	else
		return false;
	return true;
}

struct err *queue_plan_post(struct req *r)
{
	const struct queue_plan_form *f = r->form;
	struct change c = { .run = run_plan, .deed = "queue.plan", .once = true };
	TRY(begin(r, &c));
	enum show_sale sale = show_sale_state(c.p, r->now);
	if (sale != SALE_OPEN && sale != SALE_NOT_YET && sale != SALE_HIDDEN) {
		req_flash(r, "error", _(show_sale_text(sale)));
		return back(r, c.p);
	}
	if (refuse_plan(r, c.p, f))
		return req_again(r);
	/* The field knows minutes only; the booking may open at any second of it. */
	int64_t opens = f->opens < c.p->booking_open_at && c.p->booking_open_at > r->now ? c.p->booking_open_at : f->opens;
	int64_t gathers = opens - f->gather * US_MINUTE;
	c.plan = (struct queue_plan){ .gathers_at = gathers < r->now && r->now < opens ? r->now : gathers, .opens_at = opens,
		.ends_at = f->ends, .target = f->target, .rate = f->rate, .members_only = f->members_only, .reload_to_back = f->reload_to_back };
	c.detail = arena_printf(r->a, "{\"opens\":\"%s\",\"target\":%" PRId64 ",\"rate\":%" PRId64 "}", clock_iso(r->a, opens), f->target,
	    f->rate);
	c.done = _("The waiting room is planned.");
	return answer(r, &c, db_tx(r->db, change_tx, &c));
}

/* ---- while it runs -------------------------------------------------------------------------------------------------------- */
static struct err *run_flow(struct db *db, struct change *c)
{
	return queue_adjust(db, c->room->id, c->target, c->rate);
}

struct err *queue_flow_post(struct req *r)
{
	const struct queue_flow_form *f = r->form;
	struct change c = { .run = run_flow, .deed = "queue.flow", .target = f->target, .rate = f->rate };
	TRY(begin(r, &c));
	if (!c.room)
		return no_room(r, &c);
	c.detail = arena_printf(r->a, "{\"room\":%" PRId64 ",\"target\":%" PRId64 ",\"rate\":%" PRId64 "}", c.room->id, f->target, f->rate);
	c.done = _("Saved. It counts from the next second on.");
	return answer(r, &c, db_tx(r->db, change_tx, &c));
}

static struct err *run_pause(struct db *db, struct change *c)
{
	return queue_pause(db, c->room->id, c->pause);
}

struct err *queue_pause_post(struct req *r)
{
	const struct queue_pause_form *f = r->form;
	bool pause = str_eq(f->to, "paused");
	struct change c = { .run = run_pause, .deed = pause ? "queue.pause" : "queue.resume", .pause = pause };
	TRY(begin(r, &c));
	if (!c.room)
		return no_room(r, &c);
	c.detail = arena_printf(r->a, "{\"room\":%" PRId64 "}", c.room->id);
	c.done = pause ? _("Paused. Nobody is let in until you go on.") : _("It goes on: people are let in again.");
	return answer(r, &c, db_tx(r->db, change_tx, &c));
}

static struct err *run_message(struct db *db, struct change *c)
{
	return queue_message(db, c->room->id, c->ko, c->en);
}

struct err *queue_message_post(struct req *r)
{
	const struct queue_message_form *f = r->form;
	struct change c = { .run = run_message, .deed = "queue.message", .ko = f->message ? f->message : "",
		.en = f->message_en ? f->message_en : "" };
	TRY(begin(r, &c));
	if (!c.room)
		return no_room(r, &c);
	struct buf b;
	buf_init(&b, r->a);
	buf_printf(&b, "{\"room\":%" PRId64 ",\"ko\":", c.room->id);
	buf_json(&b, c.ko);
	buf_str(&b, ",\"en\":");
	buf_json(&b, c.en);
	buf_chr(&b, '}');
	c.detail = buf_cstr(&b);
	c.done = *c.ko || *c.en ? _("Everybody who waits sees the message within a few seconds.") : _("The message is taken away.");
	return answer(r, &c, db_tx(r->db, change_tx, &c));
}

struct err *queue_end_post(struct req *r)
{
	struct change c = { .deed = "queue.end" };
	TRY(begin(r, &c));
	if (!c.room)
		return no_room(r, &c);
	c.detail = arena_printf(r->a, "{\"room\":%" PRId64 "}", c.room->id);
	c.done = str_eq(c.room->state, "planned") ? _("The plan is taken back.") : _("The waiting room has ended. The sale is open to everybody.");
	struct err *e = queue_end(r->db, c.room->id, "by hand", r->now); /* a transaction of its own */
	return answer(r, &c, e ? e : note(r->db, &c));
}
