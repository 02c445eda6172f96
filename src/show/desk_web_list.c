/* The organizer's shows: the list, the overview of one with what is still to do, publishing and withdrawing. */
#include "show/catalogue.h"
#include "show/desk_view.h"

#include "base/clock.h"
#include "setting/setting.h"
#include "tmpl/desk_show/list.h"
#include "web/audit.h"
#include "web/text.h"

#include <inttypes.h>

enum { PER_PAGE = 20 };

#define LIST_WHERE " WHERE " DESK_OWN " AND (? IS NULL OR s.state = ?) AND (? IS NULL OR s.search_text LIKE ?)"
DB_QUERY(shows_of_organizer, desk_listed,
    "SELECT s.id, s.title, s.title_en, s.genre, s.state, i.name AS image, s.first_at, s.last_at, s.booking_open_at FROM shows s"
    " LEFT JOIN image i ON i.id = s.image_id" LIST_WHERE " ORDER BY s.id DESC LIMIT ? OFFSET ?")
#define COUNT_ROW(F) F(i64, n) F(i64, everything)
DB_ROW(desk_count, COUNT_ROW)
DB_QUERY(shows_of_organizer_count, desk_count,
    "SELECT (SELECT COUNT(*) FROM shows s" LIST_WHERE ") AS n, (SELECT COUNT(*) FROM shows t WHERE t.organizer_id = ?) AS everything")

static struct err *fill_list(struct req *r, const struct desk_list_form *f, struct desk_list_view *v, int64_t *ret_total)
{
	const char *like = str_empty(f->q) ? NULL : show_search_pattern(r->a, f->q);
	struct desk_listed *rows;
	struct desk_count *count;
	TRY(shows_of_organizer_all(r->db, r->a, &rows, &v->n, DB_ARGS(DESK_OWNER(r), f->state, f->state, like, like, PER_PAGE,
	    (f->page - 1) * PER_PAGE)));
	TRY(shows_of_organizer_count_one(r->db, r->a, &count, DB_ARGS(DESK_OWNER(r), f->state, f->state, like, like,
	    r->who.organizer.v)));
	v->rows = arena_array(r->a, struct desk_list_row, v->n + 1);
	for (size_t i = 0; i < v->n; i++) {
		const struct desk_listed *s = &rows[i];
		v->rows[i] = (struct desk_list_row){ .s = s, .title = tr_pick(r->lang, s->title, s->title_en),
			.genre = show_genre_name(r->lang, s->genre), .dates = show_date_span(r->a, r->lang, s->first_at, s->last_at),
			.image = show_image_url(r->a, s->image, 200) };
		v->rows[i].word = desk_show_word(r->lang, s->state, &v->rows[i].kind);
	}
	v->any = count->everything > 0;
	*ret_total = count->n;
	return NULL;
}

struct err *desk_shows_get(struct req *r)
{
	const struct desk_list_form *f = r->form;
	const struct option states[] = { { "", _("All") }, { "draft", _("Draft") }, { "published", _("Published") },
		{ "withdrawn", _("Withdrawn") }, { NULL, NULL } };
	struct desk_list_view v = { .q = f->q, .state = f->state ? f->state : "", .states = states, .may_create = !r->who.staff_show.v };
	int64_t total;
	TRY(fill_list(r, f, &v, &total));
	struct out *o = desk_begin(r, &(struct page){ .title = _("Shows") }, DESK_SHOWS);
	v.pager = ui_pager(r->a, out_url(o, "/desk/shows?q=%s&state=%s", v.q ? v.q : "", v.state), f->page, PER_PAGE, total);
	tmpl_desk_show_list(o, &v);
	return desk_end(o, 200);
}

/* ---- overview -------------------------------------------------------------------------------------------------------------- */
#define READY_ROW(F) F(i64, grades) F(i64, mapped) F(i64, coming) F(i64, cast) F(time, closes_at)
DB_ROW(desk_ready, READY_ROW)
DB_QUERY(show_ready, desk_ready,
    "SELECT (SELECT COUNT(*) FROM price_grade g WHERE g.show_id = s.id) AS grades,"
    " (SELECT COUNT(*) FROM section_grade m WHERE m.show_id = s.id) AS mapped,"
    " (SELECT COUNT(*) FROM performance p WHERE p.show_id = s.id AND p.state <> 'cancelled' AND p.booking_closes_at > ?"
    " AND EXISTS (SELECT 1 FROM performance_grade c WHERE c.performance_id = p.id AND c.capacity > 0)) AS coming,"
    " (SELECT COUNT(*) FROM show_cast k WHERE k.show_id = s.id) AS cast,"
    " (SELECT MIN(q.booking_closes_at) FROM performance q WHERE q.show_id = s.id AND q.state <> 'cancelled' AND q.booking_closes_at > ?)"
    " AS closes_at FROM shows s WHERE s.id = ?")

static void step(struct out *o, struct desk_overview_view *v, const char *title, const char *text, bool done, const char *path,
    const char *label)
{
	struct url href = { arena_printf(o->a, "%s/desk/shows/%" PRId64 "%s", o->req->url_prefix, v->s->id.v, path) };
	v->steps[v->n++] = (struct desk_step){ title, text, done, href, label };
}

static void fill_steps(struct out *o, struct desk_overview_view *v, const struct desk_ready *d)
{
	struct req *r = o->req;
	bool times = !show_desk_times_fault(v->s->view_open_at, v->s->booking_open_at, d->closes_at, &(const char *){ NULL });
	step(o, v, _("Poster and words"), v->s->image_id ? NULL : _("A poster is what people see first."),
	    v->s->image_id && !str_empty(v->s->synopsis), v->s->image_id ? "/edit" : "/edit#poster",
	    v->s->image_id ? _("To the details") : _("Upload the poster"));
	step(o, v, _("Price grades"), _("VIP, R, S … with their prices."), d->grades > 0, "/prices", _("Set prices"));
	step(o, v, _("Seats and grades"), _("Say which section of the hall belongs to which grade."), d->mapped > 0, "/prices", _("Assign sections"));
	step(o, v, _("Performances"), _("One date or a whole series."), d->coming > 0, "/performances", _("Add performances"));
	step(o, v, _("Opening times"), times ? out_fmt(o, _("Visible from %s, booking opens %s."), out_when_short(o, v->s->view_open_at),
	    out_when_short(o, v->s->booking_open_at)) : _("Booking has to open before it closes for the first performance."), times, "/edit", _("Change the times"));
	for (size_t i = 0; i < v->n; i++)
		v->left += !v->steps[i].done;
	v->publishable = d->grades > 0 && d->mapped > 0 && d->coming > 0 && times;
}

/* The rate that was agreed, or the house's of now. */
static struct err *commission_now(struct req *r, struct db *db, const struct desk_show *s, int64_t *ret)
{
	struct settings house;
	*ret = s->commission;
	if (s->commission >= 0)
		return NULL;
	TRY(settings_load(db, r->a, &house));
	*ret = house.v[SETTING_commission];
	return NULL;
}

struct err *desk_show_get(struct req *r)
{
	struct desk_show *s;
	struct desk_ready *d;
	int64_t commission;
	TRY(desk_show_of(r, &s));
	TRY(commission_now(r, r->db, s, &commission));
	TRY(show_ready_one(r->db, r->a, &d, DB_ARGS(db_time(r->now), db_time(r->now), s->id.v)));
	struct desk_overview_view v = { .s = s, .image = show_image_url(r->a, s->image, 400),
		.genre = show_genre_name(r->lang, s->genre), .age = show_age_text(r->a, r->lang, s->age_limit),
		.dates = show_date_span(r->a, r->lang, s->first_at, s->last_at), .visible = str_eq(s->state, "published"),
		.commission_permille = commission, .commission = setting_percent(r->a, commission) };
	struct out *o = desk_show_begin(r, s, TAB_OVERVIEW, _("Overview"));
	fill_steps(o, &v, d);
	v.withdraw = (struct ui_confirm){ .button = _("Withdraw the show"), .yes = _("Yes, withdraw it"),
		.question = _("Nobody can find or book it any more. Tickets that are sold stay valid: to give the money back, cancel the performances."),
		.action = out_url(o, "/desk/shows/%lld/withdraw", (long long)s->id.v) };
	tmpl_desk_show_overview(o, &v);
	return desk_end(o, 200);
}

/* ---- publishing ------------------------------------------------------------------------------------------------------------ */
DB_EXEC(show_publish,
    "UPDATE shows s SET s.state = 'published', s.commission_permille = COALESCE(s.commission_permille, ?) WHERE s.id = ? AND " DESK_OWN " AND s.state IN ('draft', 'withdrawn')"
    " AND EXISTS (SELECT 1 FROM performance p JOIN performance_grade c ON c.performance_id = p.id AND c.capacity > 0"
    " WHERE p.show_id = s.id AND p.state <> 'cancelled' AND p.booking_closes_at > ? AND p.booking_closes_at > s.booking_open_at)")
DB_EXEC(show_withdraw, "UPDATE shows s SET s.state = 'withdrawn' WHERE s.id = ? AND " DESK_OWN " AND s.state = 'published'")
#define RUN_REF_ROW(F) F(performance_id, id)
DB_ROW(run_ref, RUN_REF_ROW)
DB_QUERY(runs_to_refresh, run_ref, "SELECT id FROM performance WHERE show_id = ? AND state NOT IN ('done', 'cancelled') LIMIT 500")

struct turn_ctx { struct req *r; const struct desk_show *s; bool publish, done, dearer; };

/* What the organizer has read beside the button is what is agreed. */
static struct err *publish(struct db *db, struct turn_ctx *c, int64_t *ret_changed)
{
	const struct desk_publish_form *f = c->r->form;
	int64_t commission;
	TRY(commission_now(c->r, db, c->s, &commission));
	c->dearer = f->commission != commission;
	*ret_changed = 0;
	return c->dearer ? NULL : show_publish_run(db, ret_changed, DB_ARGS(commission, c->s->id.v, DESK_OWNER(c->r), db_time(c->r->now)));
}

static struct err *turn_tx(struct db *db, void *ctx)
{
	struct turn_ctx *c = ctx;
	struct req *r = c->r;
	struct run_ref *runs;
	size_t n;
	int64_t changed;
	if (c->publish)
		TRY(publish(db, c, &changed));
	else
		TRY(show_withdraw_run(db, &changed, DB_ARGS(c->s->id.v, DESK_OWNER(r))));
	c->done = changed == 1;
	if (!c->done)
		return NULL;
	TRY(runs_to_refresh_all(db, r->a, &runs, &n, DB_ARGS(c->s->id.v)));
	for (size_t i = 0; i < n; i++)
		TRY(show_performance_refresh(db, runs[i].id, r->now));
	TRY(show_facts_refresh(db, c->s->id));
	return audit(r, db, c->publish ? "show.publish" : "show.withdraw", arena_printf(r->a, "show:%" PRId64, c->s->id.v), NULL);
}

static struct err *turn(struct req *r, bool to_public)
{
	struct desk_show *s;
	TRY(desk_show_of(r, &s));
	struct turn_ctx c = { .r = r, .s = s, .publish = to_public };
	TRY(db_tx(r->db, turn_tx, &c));
	if (!to_public)
		req_flash(r, c.done ? "success" : "info", c.done ? _("The show is withdrawn.") : _("The show was not public."));
	else if (c.done)
		req_flash(r, "success", s->view_open_at > r->now ? _("Published: everybody sees it from its opening time on.")
		                                                  : _("Published: everybody can see it now."));
	else if (str_eq(s->state, "published"))
		req_flash(r, "info", _("The show is public already."));
	else if (c.dearer)
		req_flash(r, "error", _("Not published: the commission has changed meanwhile. Please read it again."));
	else
		req_flash(r, "error", _("Not yet: the list below tells what is still missing."));
	return redirect(r, url_fmt(r->a, "/desk/shows/%lld", (long long)s->id.v));
}

struct err *desk_show_publish(struct req *r) { return turn(r, true); }
struct err *desk_show_withdraw(struct req *r) { return turn(r, false); }
