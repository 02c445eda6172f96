/* The performances of a show: adding one or a series, changing, removing. */
#include "show/desk_view.h"

#include "base/clock.h"
#include "tmpl/desk_show/runs.h"
#include "tmpl/desk_show/show.h"
#include "venue/venue.h"
#include "web/audit.h"
#include "web/once.h"
#include "web/text.h"

#include <inttypes.h>

/* ---- the page -------------------------------------------------------------------------------------------------------------- */
static void fill_form(struct req *r, const struct desk_hall *halls, size_t n, struct desk_runs_view *v)
{
	static const char *const days[] = { N_("Sunday"), N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"),
		N_("Saturday") };
	const struct desk_runs_form *f = r->method == POST ? r->form : NULL;
	struct option *options = arena_array(r->a, struct option, n + 1);
	for (size_t i = 0; i < n; i++)
		if (halls[i].sections > 0)
			options[v->n_halls++] = (struct option){ arena_printf(r->a, "%" PRId64, halls[i].id.v),
				venue_place(r->a, r->lang, halls[i].venue, halls[i].venue_en, halls[i].hall, halls[i].hall_en) };
	v->halls = options;
	for (size_t i = 0; i < 7; i++)
		v->weekdays[i] = tr(r->lang, days[i]);
	for (size_t i = 0; f && i < f->weekday.n; i++)
		if (f->weekday.v[i] < 7)
			v->weekday_on[f->weekday.v[i]] = true;
}

struct err *desk_runs_get(struct req *r)
{
	struct desk_show *s;
	struct desk_run *runs;
	struct desk_hall *halls;
	struct desk_runs_view v = { .may_orders = desk_may(&r->who, PERM_ORDERS) };
	size_t n_halls;
	TRY(desk_show_of(r, &s));
	TRY(desk_runs(r->db, r->a, s->id, &runs, &v.n));
	TRY(desk_halls(r, s->id, &halls, &n_halls));
	v.s = s;
	v.runs = arena_array(r->a, struct desk_run_view, v.n + 1);
	for (size_t i = 0; i < v.n; i++) {
		const struct desk_run *p = &runs[i];
		v.runs[i] = (struct desk_run_view){ .p = p, .place = venue_place(r->a, r->lang, p->venue, p->venue_en, p->hall, p->hall_en),
			.coming = p->starts_at > r->now && !str_eq(p->state, "cancelled") };
		v.runs[i].word = desk_performance_word(r->lang, p->state, &v.runs[i].kind);
	}
	fill_form(r, halls, n_halls, &v);
	struct out *o = desk_show_begin(r, s, TAB_RUNS, _("Performances"));
	tmpl_desk_show_runs(o, &v);
	return desk_end(o, r->form_errors ? 422 : 200);
}

/* ---- adding ---------------------------------------------------------------------------------------------------------------- */
DB_EXEC(run_insert,
    "INSERT INTO performance (show_id, hall_id, starts_at, booking_closes_at, cast_note, created_at)"
    " SELECT s.id, h.id, ?, ?, ?, ? FROM shows s JOIN hall h ON h.id = ? JOIN venue v ON v.id = h.venue_id AND v.organizer_id = s.organizer_id"
    " WHERE s.id = ? AND NOT EXISTS (SELECT 1 FROM performance x WHERE x.hall_id = h.id AND x.starts_at = ? AND x.state <> 'cancelled')")

static struct url runs_url(struct req *r, const struct desk_show *s)
{
	return url_fmt(r->a, "/desk/shows/%lld/performances", (long long)s->id.v);
}

struct series_ctx { struct req *r; const struct desk_show *s; const struct desk_runs_form *f; const int64_t *at; int n, added; };

static struct err *series_tx(struct db *db, void *ctx)
{
	struct series_ctx *c = ctx;
	struct req *r = c->r;
	const char *note = c->f->cast_note ? c->f->cast_note : "";
	c->added = 0;
	for (int i = 0; i < c->n; i++) {
		int64_t changed;
		TRY(run_insert_run(db, &changed, DB_ARGS(db_time(c->at[i]), db_time(c->at[i] - c->s->close_minutes * US_MINUTE), note,
		    db_time(r->now), c->f->hall, c->s->id.v, db_time(c->at[i]))));
		if (changed == 0)
			continue;
		struct performance_id id = { db_last_id(db) };
		TRY(show_performance_stock(db, id));
		TRY(show_performance_refresh(db, id, r->now));
		c->added++;
	}
	if (c->added == 0)
		return NULL;
	TRY(show_facts_refresh(db, c->s->id));
	TRY(audit(r, db, "show.performances_add", arena_printf(r->a, "show:%" PRId64, c->s->id.v),
	    arena_printf(r->a, "{\"hall\":%" PRId64 ",\"added\":%d}", c->f->hall, c->added)));
	return once_made(r, db, runs_url(r, c->s));
}

/* The instants the form asks for; a fault is told at its field. */
static int instants(struct req *r, const struct desk_show *s, int64_t *at)
{
	const struct desk_runs_form *f = r->form;
	int64_t last = f->last ? f->last : f->first;
	unsigned weekdays = 0;
	for (size_t i = 0; i < f->weekday.n; i++)
		weekdays |= f->weekday.v[i] < 7 ? 1U << f->weekday.v[i] : 0;
	int n = last < f->first || last > f->first + 400 * US_DAY ? 0
	    : show_desk_series(r->a, f->first, last, weekdays, f->times, at, DESK_SERIES_MOST);
	if (last < f->first)
		req_field_error(r, "last", N_("The last day is before the first one."));
	else if (last > f->first + 400 * US_DAY)
		req_field_error(r, "last", N_("At most about a year at a time, please."));
	else if (n < 0)
		req_field_error(r, "times", N_("Give times like 14:00, 19:30."));
	else if (n == 0)
		req_field_error(r, "weekday", N_("None of the chosen days of the week lies between the first and the last day."));
	else if (n > DESK_SERIES_MOST)
		req_field_error(r, "last", N_("That would be more than 100 performances: add them in parts."));
	else if (at[0] <= r->now)
		req_field_error(r, "first", N_("The first performance would be in the past."));
	else if (at[0] - s->close_minutes * US_MINUTE <= s->booking_open_at)
		req_field_error(r, "first", N_("Booking would close before it opens: change the opening time, or choose a later day."));
	else
		return n;
	return 0;
}

struct err *desk_runs_add(struct req *r)
{
	const struct desk_runs_form *f = r->form;
	struct desk_show *s;
	struct desk_hall *halls;
	const struct desk_hall *hall = NULL;
	size_t n_halls;
	TRY(desk_show_of(r, &s));
	TRY(desk_halls(r, s->id, &halls, &n_halls));
	for (size_t i = 0; i < n_halls; i++)
		if (halls[i].id.v == f->hall)
			hall = &halls[i];
	if (!hall) {
		req_field_error(r, "hall", N_("Please choose one of the options offered."));
		return req_again(r);
	}
	if (hall->mapped == 0) {
		req_flash(r, "info", _("First say which section of this hall has which price; then add its performances."));
		return redirect(r, url_fmt(r->a, "/desk/shows/%lld/halls/%lld", (long long)s->id.v, (long long)f->hall));
	}
	int64_t at[DESK_SERIES_MOST];
	struct series_ctx c = { .r = r, .s = s, .f = f, .at = at };
	c.n = instants(r, s, at);
	if (c.n == 0)
		return req_again(r);
	TRY(db_tx(r->db, series_tx, &c));
	struct out o;
	out_init(&o, r->a, r->lang, r);
	if (c.added > 0)
		req_flash(r, "success", out_fmt(&o, tr(r->lang, c.added == 1 ? "%lld performance is added." : "%lld performances are added."), (long long)c.added));
	if (c.added < c.n)
		req_flash(r, "info", _("Where the hall has a performance at that time already, none was added."));
	return redirect(r, runs_url(r, s));
}

/* ---- one performance ---------------------------------------------------------------------------------------------------------- */
DB_QUERY(run_show, desk_show,
    "SELECT s.id, s.slug, s.title, s.title_en, s.genre, s.image_id, NULL AS image, s.synopsis, s.synopsis_en, s.notice, s.notice_en,"
    " s.minutes, s.age_limit, s.ticket_limit, s.fee_per_ticket, COALESCE(s.commission_permille, -1) AS commission, s.view_open_at, s.booking_open_at, s.close_minutes, s.refund_grid_id,"
    " s.state, s.first_at, s.last_at FROM performance p JOIN shows s ON s.id = p.show_id WHERE p.id = ? AND " DESK_OWN)

struct err *desk_run_of(struct req *r, struct desk_show **ret_show, struct show_performance **ret)
{
	struct performance_id id = { req_param_id(r, "id") };
	TRY(run_show_one(r->db, r->a, ret_show, DB_ARGS(id.v, DESK_OWNER(r))));
	if (!*ret_show)
		return err_new(ERR_NOT_FOUND, "no such performance of this organizer");
	return show_performance_load(r->db, r->a, id, true, ret);
}

#define SOLD_ROW(F) F(i64, ever) F(i64, live)
DB_ROW(run_sold, SOLD_ROW)
DB_QUERY(run_orders, run_sold,
    "SELECT COUNT(*) AS ever, CAST(COALESCE(SUM(state IN ('pending', 'awaiting_deposit', 'paid', 'partly_cancelled')), 0) AS SIGNED) AS live"
    " FROM orders WHERE performance_id = ?")

struct err *desk_run_get(struct req *r)
{
	struct desk_run_edit_view v = { 0 };
	struct desk_show *s;
	struct show_performance *p;
	struct run_sold *sold;
	TRY(desk_run_of(r, &s, &p));
	TRY(run_orders_one(r->db, r->a, &sold, DB_ARGS(p->id.v)));
	v.s = s;
	v.p = p;
	v.sold = sold->live > 0;
	v.coming = p->starts_at > r->now && !str_eq(p->state, "cancelled");
	v.place = venue_place(r->a, r->lang, p->venue, p->venue_en, p->hall, p->hall_en);
	v.starts = clock_local_input(r->a, p->starts_at);
	struct out *o = desk_show_begin(r, s, TAB_RUNS, clock_short(r->a, r->lang, p->starts_at));
	if (sold->ever == 0)
		v.remove = (struct ui_confirm){ .button = _("Remove this performance"), .yes = _("Yes, remove it"),
			.question = _("Nobody has booked it; it disappears without a trace."),
			.action = out_url(o, "/desk/performances/%lld/remove", (long long)p->id.v) };
	tmpl_desk_show_run(o, &v);
	return desk_end(o, r->form_errors ? 422 : 200);
}

#define NO_ORDERS                                                                                                      \
	"NOT EXISTS (SELECT 1 FROM orders o WHERE o.performance_id = p.id AND o.state IN ('pending', 'awaiting_deposit',"  \
	" 'paid', 'partly_cancelled'))"
DB_EXEC(run_note, "UPDATE performance p JOIN shows s ON s.id = p.show_id SET p.cast_note = ? WHERE p.id = ? AND " DESK_OWN)
DB_EXEC(run_move,
    "UPDATE performance p JOIN shows s ON s.id = p.show_id LEFT JOIN performance x ON x.hall_id = p.hall_id AND x.starts_at = ?"
    " AND x.state <> 'cancelled' AND x.id <> p.id SET p.starts_at = ?, p.booking_closes_at = ? WHERE p.id = ? AND " DESK_OWN
    " AND p.state <> 'cancelled' AND p.starts_at > ? AND x.id IS NULL AND " NO_ORDERS)

#define RUN_LOCK_ROW(F) F(performance_id, id)
DB_ROW(run_lock_row, RUN_LOCK_ROW)
DB_QUERY(run_lock, run_lock_row, "SELECT id FROM performance WHERE id = ? FOR UPDATE")

struct run_ctx { struct req *r; const struct desk_show *s; const struct show_performance *p; const struct desk_run_form *f; int64_t moved; };

static struct err *run_tx(struct db *db, void *ctx)
{
	struct run_ctx *c = ctx;
	struct req *r = c->r;
	const struct desk_run_form *f = c->f;
	TRY(run_note_run(db, NULL, DB_ARGS(f->cast_note ? f->cast_note : "", c->p->id.v, DESK_OWNER(r))));
	c->moved = 1;
	if (f->starts_at != c->p->starts_at) {
		/* Waits for holds that are being made, whose orders the statement behind it would not see yet. */
		struct run_lock_row *lock;
		TRY(run_lock_one(db, r->a, &lock, DB_ARGS(c->p->id.v)));
		TRY(run_move_run(db, &c->moved, DB_ARGS(db_time(f->starts_at), db_time(f->starts_at),
		    db_time(f->starts_at - c->s->close_minutes * US_MINUTE), c->p->id.v, DESK_OWNER(r), db_time(r->now))));
		TRY(show_performance_refresh(db, c->p->id, r->now));
		TRY(show_facts_refresh(db, c->s->id));
	}
	return audit(r, db, "performance.edit", arena_printf(r->a, "performance:%" PRId64, c->p->id.v), NULL);
}

/* The control knows minutes only: an instant within the same minute was not changed. */
static bool same_minute(int64_t a, int64_t b)
{
	return a / US_MINUTE == b / US_MINUTE;
}

struct err *desk_run_post(struct req *r)
{
	struct desk_run_form f = *(const struct desk_run_form *)r->form;
	struct desk_show *s;
	struct show_performance *p;
	TRY(desk_run_of(r, &s, &p));
	if (same_minute(f.starts_at, p->starts_at))
		f.starts_at = p->starts_at;
	else if (f.starts_at - s->close_minutes * US_MINUTE <= (s->booking_open_at > r->now ? s->booking_open_at : r->now)) {
		req_field_error(r, "starts_at", N_("Booking would close before it opens: change the opening time, or choose a later day."));
		return req_again(r);
	}
	struct run_ctx c = { .r = r, .s = s, .p = p, .f = &f };
	TRY(db_tx(r->db, run_tx, &c));
	if (c.moved)
		req_flash(r, "success", _("Saved."));
	else
		req_flash(r, "error", _("The time stays: tickets are sold or held, it has begun, or the hall has another performance then. Cancel it and add another one instead."));
	return redirect(r, runs_url(r, s));
}

DB_EXEC(run_uncount, "DELETE FROM performance_grade WHERE performance_id = ?")
DB_EXEC(run_unstripe, "DELETE FROM stock_stripe WHERE performance_id = ?")
DB_EXEC(run_delete,
    "DELETE p FROM performance p JOIN shows s ON s.id = p.show_id WHERE p.id = ? AND " DESK_OWN
    " AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.performance_id = p.id)")

static struct err *remove_tx(struct db *db, void *ctx)
{
	struct run_ctx *c = ctx;
	struct req *r = c->r;
	TRY(run_uncount_run(db, NULL, DB_ARGS(c->p->id.v)));
	TRY(run_unstripe_run(db, NULL, DB_ARGS(c->p->id.v)));
	TRY(run_delete_run(db, &c->moved, DB_ARGS(c->p->id.v, DESK_OWNER(r))));
	if (c->moved == 0)
		return err_new(ERR_CONFLICT, "performance has orders"); /* and the rest is undone */
	TRY(show_facts_refresh(db, c->s->id));
	return audit(r, db, "performance.remove", arena_printf(r->a, "performance:%" PRId64, c->p->id.v), NULL);
}

struct err *desk_run_remove(struct req *r)
{
	struct desk_show *s;
	struct show_performance *p;
	TRY(desk_run_of(r, &s, &p));
	struct run_ctx c = { .r = r, .s = s, .p = p };
	struct err *e = db_tx(r->db, remove_tx, &c);
	if (err_is(e, ERR_CONFLICT) || err_is(e, ERR_CONSTRAINT)) {
		err_free(e);
		req_flash(r, "error", _("Somebody has booked it: it can be cancelled, not removed."));
		return redirect(r, url_fmt(r->a, "/desk/performances/%lld/edit", (long long)p->id.v));
	}
	TRY(e);
	req_flash(r, "success", _("The performance is gone."));
	return redirect(r, runs_url(r, s));
}
