/* Calendar, performers, venues; and what several pages share. */
#include "show/show_priv.h"
#include "show/show_view.h"
#include "show/show_web.h"
#include "tmpl/show/calendar.h"
#include "tmpl/show/cards.h"
#include "venue/venue.h"
#include "web/req.h"

#include <time.h>

/* ---- shared ------------------------------------------------------------------------------------------------------------------ */
const char *show_day_text(struct arena *a, struct day d)
{
	return arena_printf(a, "%04d-%02d-%02d", d.year, d.month, d.day);
}

static struct show_slot_view slot_of(struct out *o, const struct show_dated *d, int64_t now)
{
	const char *local = clock_local_input(o->a, d->starts_at);
	struct show_slot_view s = { .href = U("/shows/%s?from=%s#p%lld", d->slug, arena_strndup(o->a, local, 10), (long long)d->id.v),
		.title = tr_pick(o->lang, d->title, d->title_en), .place = tr_pick(o->lang, d->venue, d->venue_en),
		.time = local + 11, .image = show_image_url(o->a, d->image, 200), .genre = show_genre_name(o->lang, d->genre),
		.starts_at = d->starts_at };
	if (now >= d->starts_at) {
		s.badge_kind = "info";
		s.badge = _("Over");
	} else if (str_eq(d->state, "sold_out")) {
		s.badge_kind = "bad";
		s.badge = _("Sold out");
	} else if (str_eq(d->state, "on_sale")) {
		s.badge_kind = "ok";
		s.badge = _("On sale");
	} else if (str_eq(d->state, "scheduled")) {
		s.badge_kind = "accent";
		s.badge = _("Opening soon");
	} else {
		s.badge_kind = "info";
		s.badge = _("Booking closed");
	}
	return s;
}

const struct show_slot_view *show_slots_of(struct out *o, const struct show_dated *d, size_t n, int64_t now)
{
	struct show_slot_view *s = arena_array(o->a, struct show_slot_view, n + 1);
	for (size_t i = 0; i < n; i++)
		s[i] = slot_of(o, &d[i], now);
	return s;
}

/* ---- calendar ------------------------------------------------------------------------------------------------------------------- */
static struct day month_plus(struct day d, int months)
{
	int m = d.year * 12 + d.month - 1 + months;
	return (struct day){ m / 12, m % 12 + 1, 1 };
}

static bool same_day(struct day a, struct day b)
{
	return a.year == b.year && a.month == b.month && a.day == b.day;
}

/* The day that is shown below the month: the one asked for, else today, else the first of the month. */
static struct day chosen_day(const struct show_calendar_form *f, struct day month, struct day today)
{
	if (f->day)
		return clock_day(f->day);
	return month.year == today.year && month.month == today.month ? today : month;
}

/* ?month=2026-12, else that of ?day=, else now; from one year ago to two years ahead. */
static struct day chosen_month(struct req *r, const struct show_calendar_form *f)
{
	struct day d, today = clock_day(r->now);
	if (str_empty(f->month) || !clock_parse_date(arena_printf(r->a, "%s-01", f->month), &d))
		d = clock_day(f->day ? f->day : r->now);
	int ahead = (d.year - today.year) * 12 + d.month - today.month;
	if (ahead < -12 || ahead > 24)
		d = today;
	return (struct day){ d.year, d.month, 1 };
}

static const char *month_name(struct out *o, struct day d)
{
	static const char *const names[] = { N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June"), N_("July"),
		N_("August"), N_("September"), N_("October"), N_("November"), N_("December") };
	return tr(o->lang, names[d.month - 1]);
}

static const char *month_title(struct out *o, struct day d)
{
	return str_eq(o->lang, "ko") ? out_fmt(o, "%d년 %d월", d.year, d.month) : out_fmt(o, "%s %d", month_name(o, d), d.year);
}

static const struct show_day_view *month_days(struct out *o, struct day month, struct day chosen, struct day today,
    const struct show_instant *at, size_t n, size_t *ret_weeks)
{
	struct show_day_view *v = arena_array(o->a, struct show_day_view, 42);
	int64_t counts[32] = { 0 };
	for (size_t i = 0; i < n; i++)
		counts[clock_day(at[i].starts_at).day]++;
	int64_t noon = clock_day_start(month) + US_DAY / 2 - clock_weekday(month) * US_DAY;
	size_t k = 0;
	do {
		for (int w = 0; w < 7; w++, k++) {
			struct day d = clock_day(noon + (int64_t)k * US_DAY);
			v[k].here = d.month == month.month;
			v[k].day = d.day;
			v[k].count = v[k].here ? counts[d.day] : 0;
			v[k].today = same_day(d, today);
			v[k].current = v[k].here && same_day(d, chosen);
			v[k].past = clock_day_start(d) < clock_day_start(today);
			v[k].href = U("/calendar?day=%s#day", show_day_text(o->a, d));
			v[k].label = out_fmt(o, "%s: %s", out_date(o, clock_day_start(d)),
			    _n("%lld performance", "%lld performances", v[k].count));
		}
	} while (clock_day(noon + (int64_t)k * US_DAY).month == month.month);
	*ret_weeks = k / 7;
	return v;
}

static void month_links(struct out *o, struct day month, struct day today, struct show_month_view *v)
{
	struct day before = month_plus(month, -1), after = month_plus(month, 1);
	int ahead = (month.year - today.year) * 12 + month.month - today.month;
	if (ahead > -12)
		v->prev = U("/calendar?month=%s", arena_strndup(o->a, show_day_text(o->a, before), 7));
	if (ahead < 24)
		v->next = U("/calendar?month=%s", arena_strndup(o->a, show_day_text(o->a, after), 7));
	if (ahead != 0)
		v->this_month = U("/calendar");
	v->prev_label = month_name(o, before);
	v->next_label = month_name(o, after);
}

struct err *show_calendar(struct req *r)
{
	static const char *const weekdays[] = { N_("Sun"), N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat") };
	const struct show_calendar_form *f = r->form;
	struct day today = clock_day(r->now), month = chosen_month(r, f), day = chosen_day(f, month, today);
	int64_t first = clock_day_start(month), after = clock_day_start(month_plus(month, 1)), day_at = clock_day_start(day);
	struct show_instant *at;
	struct show_dated *dated;
	size_t n_at, n_dated;
	TRY(show_instants(r->db, r->a, first, after, r->now, &at, &n_at));
	TRY(show_dated_all(r->db, r->a, day_at, day_at + US_DAY, r->now, &dated, &n_dated));

	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, N_("Calendar")), .nav = NAV_CALENDAR, .no_index = f->day != 0 });
	struct show_month_view v = { .title = month_title(o, month), .day_title = out_date(o, day_at), .n_slots = n_dated };
	v.days = month_days(o, month, day, today, at, n_at, &v.n_weeks);
	v.slots = show_slots_of(o, dated, n_dated, r->now);
	for (int i = 0; i < 7; i++)
		v.weekdays[i] = tr(o->lang, weekdays[i]);
	month_links(o, month, today, &v);
	tmpl_show_calendar(o, &v);
	return page_end(r, 200);
}

/* ---- people and places --------------------------------------------------------------------------------------------------------- */
static struct err *cards_page(struct req *r, struct show_cards_view *v, const struct show_cards *cards)
{
	struct out *o = page_begin(r, &(struct page){ .title = v->title, .nav = NAV_SHOWS });
	struct ui_poster *p = arena_array(r->a, struct ui_poster, cards->n + 1);
	for (size_t i = 0; i < cards->n; i++)
		p[i] = show_card_poster(o, &cards->v[i], r->now);
	v->cards = p;
	v->n = cards->n;
	tmpl_show_cards(o, v);
	return page_end(r, 200);
}

struct err *show_performer_page(struct req *r)
{
	struct performer_id id = { req_param_id(r, "id") };
	struct show_performer *p;
	struct show_cards cards;
	TRY(show_performer_load(r->db, r->a, id, &p));
	if (!p)
		return err_new(ERR_NOT_FOUND, "no such performer");
	TRY(show_cards_of_performer(r->db, r->a, id, r->now, &cards));
	struct show_cards_view v = { .title = tr_pick(r->lang, p->name, p->name_en), .eyebrow = tr(r->lang, N_("Performer")),
		.lead = str_eq(r->lang, "ko") ? p->name_en : p->name, .about = p->about };
	if (str_eq(v.lead, v.title))
		v.lead = NULL;
	return cards_page(r, &v, &cards);
}

struct err *show_venue_page(struct req *r)
{
	struct venue_id id = { req_param_id(r, "id") };
	struct show_venue *p;
	struct show_cards cards;
	TRY(show_venue_load(r->db, r->a, id, &p));
	if (!p)
		return err_new(ERR_NOT_FOUND, "no such venue");
	TRY(show_cards_of_venue(r->db, r->a, id, r->now, &cards));
	struct show_cards_view v = { .title = tr_pick(r->lang, p->name, p->name_en),
		.eyebrow = arena_printf(r->a, "%s · %s", tr(r->lang, N_("Venue")), venue_region_name(r->lang, p->region)),
		.lead = tr_pick(r->lang, p->address, p->address_en) };
	return cards_page(r, &v, &cards);
}
