/* The page of a show. */
#include "show/show_priv.h"
#include "show/show_view.h"
#include "show/show_web.h"
#include "show/views.h"
#include "tmpl/show/show.h"
#include "web/req.h"

#include "base/clock.h"
#include "base/log.h"

#include <string.h>

enum { RUNS_MAX = 30, LEAD_MAX = 200 };

/* ---- what is left, run by run --------------------------------------------------------------------------------------------- */
static struct show_left left_of(struct out *o, const struct show_run *x)
{
	int64_t left = x->capacity > x->taken ? x->capacity - x->taken : 0;
	return (struct show_left){ x->ord, x->code, left, left == 1 ? _("1 seat") : _f("%s seats", out_number(o, left)), left == 0 };
}

static void run_offer(struct out *o, const struct show_detail *s, const struct show_run *x, int64_t now, struct show_run_view *v)
{
	bool closed = now >= x->booking_closes_at || str_eq(x->state, "closed") || str_eq(x->state, "done");
	if (str_eq(x->state, "cancelled")) {
		v->badge_kind = "bad";
		v->badge = _("Cancelled");
		v->line = str_empty(x->cancel_reason) ? _("Cancelled by the organizer. Everything is refunded.") : x->cancel_reason;
		v->off = true;
	} else if (now >= x->starts_at) {
		v->badge_kind = "info";
		v->badge = _("Over");
		v->line = _("This performance has begun.");
		v->off = true;
	} else if (now < s->booking_open_at) {
		v->badge_kind = "warn";
		v->badge = _("Opening soon");
		v->line = _f("Booking opens %s", out_when_short(o, s->booking_open_at));
	} else if (closed) {
		v->badge_kind = "info";
		v->badge = _("Booking closed");
		v->line = _("Booking for this performance has closed.");
		v->off = true;
	} else if (str_eq(x->state, "sold_out")) {
		v->badge_kind = "bad";
		v->badge = _("Sold out");
		v->line = _("Returned tickets may come up again.");
		v->off = true;
	} else {
		v->bookable = str_eq(s->state, "published");
	}
}

/* The waiting room of a run that is still to be sold: its button stands instead of the sale's. */
static void run_room(struct out *o, const struct show_run *x, struct show_run_view *v)
{
	if (str_empty(x->room_state) || v->off)
		return;
	v->room = U("/queue/p%lld", (long long)x->id.v);
	v->room_note = str_eq(x->room_state, "planned") ? _f("A waiting room opens %s", out_when_short(o, x->room_gathers_at))
	                                                 : _("The way to the seats leads through the waiting room.");
	v->bookable = false;
}

static const char *run_note(struct out *o, const struct show_run *x, bool several_halls)
{
	const char *hall = tr_pick(o->lang, x->hall, x->hall_en);
	if (str_empty(x->cast_note))
		return several_halls ? hall : NULL;
	return several_halls ? out_fmt(o, "%s · %s", hall, x->cast_note) : x->cast_note;
}

static bool halls_differ(const struct show_run *x, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (!str_eq(x[i].hall, x[0].hall))
			return true;
	return false;
}

/* Rows come one for each grade: those of a performance are neighbours. */
static void fill_runs(struct out *o, const struct show_detail *s, const struct show_run *x, size_t n, int64_t now,
    struct show_page_view *v)
{
	struct show_run_view *runs = arena_array(o->a, struct show_run_view, n + 1);
	struct show_left *left = arena_array(o->a, struct show_left, n + 1);
	bool several = halls_differ(x, n);
	size_t k = 0;
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || x[i].id.v != x[i - 1].id.v) {
			struct show_run_view *p = &runs[k++];
			*p = (struct show_run_view){ .id = x[i].id.v, .starts_at = x[i].starts_at, .when = out_when(o, x[i].starts_at),
				.note = run_note(o, &x[i], several), .left = &left[i], .seats = U("/performances/%lld/seats", (long long)x[i].id.v) };
			run_offer(o, s, &x[i], now, p);
			v->can_book = v->can_book || p->bookable;
			run_room(o, &x[i], p);
		}
		if (!str_empty(x[i].code)) {
			struct show_run_view *p = &runs[k - 1];
			left[i] = left_of(o, &x[i]);
			p->n_left = (size_t)(&left[i] - p->left) + 1;
		}
	}
	v->runs = runs;
	v->n_runs = k;
}

/* The price list: every grade that the performances offer, the dearest first. */
static void fill_prices(struct out *o, const struct show_run *x, size_t n, struct show_page_view *v)
{
	struct show_price *g = arena_array(o->a, struct show_price, n + 1);
	size_t k = 0;
	for (size_t i = 0; i < n; i++) {
		size_t at = 0;
		if (str_empty(x[i].code))
			continue;
		while (at < k && g[at].ord < x[i].ord)
			at++;
		if (at < k && g[at].ord == x[i].ord)
			continue;
		memmove(&g[at + 1], &g[at], (k - at) * sizeof *g);
		g[at] = (struct show_price){ x[i].ord, x[i].code, x[i].price };
		k++;
	}
	v->prices = g;
	v->n_prices = k;
}

/* ---- the page ------------------------------------------------------------------------------------------------------------------ */
static void fill_cast(struct out *o, const struct show_detail *s, size_t n, struct show_page_view *v)
{
	struct show_person *p = arena_array(o->a, struct show_person, n + 1);
	for (size_t i = 0; i < n; i++)
		if (s[i].performer.v)
			p[v->n_cast++] = (struct show_person){ U("/performers/%lld", (long long)s[i].performer.v),
				tr_pick(o->lang, s[i].cast_name, s[i].cast_name_en), 
				tr_pick(o->lang, s[i].cast_role, s[i].cast_role_en) };
	v->cast = p;
}

static void fill_offer(struct out *o, const struct show_detail *s, int64_t now, struct show_page_view *v)
{
	v->over = s->last_at && now >= s->last_at;
	if (str_eq(s->state, "draft") || now < s->view_open_at) {
		v->banner_kind = "warn";
		v->banner = str_eq(s->state, "draft") ? _("This is a draft. Only you see it; publish it at your desk.")
		    : _f("Only you see this page until %s.", out_when(o, s->view_open_at));
	} else if (str_eq(s->state, "withdrawn")) {
		v->banner_kind = "warn";
		v->banner = _("This show is no longer offered. Tickets that were bought are found among your bookings.");
		return;
	}
	if (now < s->booking_open_at) {
		v->opens_at = s->booking_open_at;
		v->badge_kind = "accent";
		v->badge = _("Opening soon");
	} else if (v->can_book) {
		v->badge_kind = "ok";
		v->badge = _("On sale");
	} else if (v->over) {
		v->badge_kind = "info";
		v->badge = _("Over");
	} else if (str_eq(s->sale, "sold_out")) {
		v->badge_kind = "bad";
		v->badge = _("Sold out");
	}
}

static void fill_show(struct out *o, const struct show_detail *s, struct show_page_view *v)
{
	v->title = tr_pick(o->lang, s->title, s->title_en);
	v->genre = show_genre_name(o->lang, s->genre);
	v->genre_href = U("/shows?genre=%s", s->genre);
	v->image = show_image_url(o->a, s->image, 0);
	if (s->venue_id.v) {
		v->venue = tr_pick(o->lang, s->venue, s->venue_en);
		v->venue_href = U("/venues/%lld", (long long)s->venue_id.v);
		v->address = tr_pick(o->lang, s->address, s->address_en);
	}
	v->organizer = s->organizer;
	v->dates = show_date_span(o->a, o->lang, s->first_at, s->last_at);
	v->minutes = s->minutes ? _n("%lld minute", "%lld minutes", s->minutes) : NULL;
	v->age = show_age_text(o->a, o->lang, s->age_limit);
	v->age_limit = s->age_limit;
	v->fee = s->fee_per_ticket ? _f("%s per ticket", out_money(o, s->fee_per_ticket)) : NULL;
	v->limit = _n("%lld ticket for each performance", "up to %lld tickets for each performance; guests one at a time", s->ticket_limit);
	v->synopsis = tr_pick(o->lang, s->synopsis, s->synopsis_en);
	if (v->synopsis && !strchr(v->synopsis, '\n') && str_utf8_len(v->synopsis) <= LEAD_MAX) {
		v->lead = v->synopsis;
		v->synopsis = NULL;
	}
	v->notice = tr_pick(o->lang, s->notice, s->notice_en);
	v->seen = url_fmt(o->a, "/shows/%s/seen", s->slug);
}

/* Drafts and what is not to be seen yet: the organizer's own eyes only (staff: shows of their code). */
static bool may_see(const struct req *r, const struct show_detail *s)
{
	if (!str_eq(s->state, "draft") && r->now >= s->view_open_at)
		return true;
	if (r->who.admin)
		return true;
	return r->who.organizer.v == s->organizer_id.v && (!r->who.staff_show.v || r->who.staff_show.v == s->id.v);
}

/* "Later dates" begins with the day of the last performance shown, so that none is left out. */
static void fill_more(struct out *o, const struct show_detail *s, int64_t from, bool jumped, struct show_page_view *v)
{
	if (jumped)
		v->earlier = U("/shows/%s", s->slug);
	if (v->n_runs < RUNS_MAX)
		return;
	struct day last = clock_day(v->runs[v->n_runs - 1].starts_at);
	if (clock_day_start(last) > from)
		v->later = U("/shows/%s?from=%s", s->slug, show_day_text(o->a, last));
}

struct err *show_page(struct req *r)
{
	const struct show_page_form *f = r->form;
	struct show_detail *s;
	struct show_run *x;
	size_t n_s, n_x;
	struct refund_grid grid;
	TRY(show_detail_load(r->db, r->a, req_param(r, "slug"), &s, &n_s));
	if (n_s == 0 || !may_see(r, s))
		return err_new(ERR_NOT_FOUND, "no such show");
	int64_t today = clock_day_start(clock_day(r->now)), from = f->from > today ? f->from : today;
	TRY(show_runs(r->db, r->a, s->id, from, RUNS_MAX, &x, &n_x));
	TRY(show_refund_grid(r->db, r->a, s->refund_grid_id, &grid));

	bool public_ = str_eq(s->state, "published") && r->now >= s->view_open_at;
	const char *image = show_image_url(r->a, s->image, 0);
	struct out *o = page_begin(r, &(struct page){ .title = tr_pick(r->lang, s->title, s->title_en), .nav = NAV_SHOWS,
		.no_index = !public_ || f->from, .script = "show", .description = show_summary(r->a, tr_pick(r->lang, s->synopsis, s->synopsis_en), 150),
		.image_url = image && image[0] == '/' ? arena_printf(r->a, "%s%s", conf()->base_url, image) : image });
	struct show_page_view v = { 0 };
	fill_show(o, s, &v);
	fill_runs(o, s, x, n_x, r->now, &v);
	fill_prices(o, x, n_x, &v);
	fill_offer(o, s, r->now, &v);
	fill_cast(o, s, n_s, &v);
	v.refund = show_refund_words(o, &grid);
	fill_more(o, s, from, f->from > today, &v);
	tmpl_show_page(o, &v);
	return page_end(r, 200);
}

/* A performance stands on its show's page. */
struct err *show_performance_page(struct req *r)
{
	struct show_performance *p;
	TRY(show_performance_load(r->db, r->a, (struct performance_id){ req_param_id(r, "id") }, false, &p));
	if (!p || show_sale_state(p, r->now) == SALE_HIDDEN)
		return err_new(ERR_NOT_FOUND, "no such performance");
	return redirect(r, url_fmt(r->a, "/shows/%s?from=%s#p%lld", p->slug, show_day_text(r->a, clock_day(p->starts_at)),
	    (long long)p->id.v));
}

/* GET /shows/{slug}/seen: asked by the page's script, because the page itself comes from a cache.  Best effort. */
#define SEEN_ROW(F) F(show_id, id)
DB_ROW(seen_row, SEEN_ROW)
DB_QUERY_F(seen_show, seen_row, DB_MEMO, "SELECT id FROM shows WHERE slug = ? AND state = 'published' AND view_open_at <= ?")

struct err *show_seen(struct req *r)
{
	struct seen_row *row;
	TRY(seen_show_one(r->db, r->a, &row, DB_ARGS(req_param(r, "slug"), db_time(r->now - r->now % US_SECOND))));
	if (row) {
		const char *visitor = r->who.person.v ? arena_printf(r->a, "%lld", (long long)r->who.person.v)
		    : arena_printf(r->a, "%s %s", r->ip, r->user_agent);
		log_err(LOG_DEBUG, "view not counted", show_views_add(r->a, row->id, visitor, r->now));
	}
	return respond(r, 204, NULL, (struct bytes){ "", 0 });
}
