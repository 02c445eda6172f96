/* Home, the list of shows, search. */
#include "show/show_priv.h"
#include "show/show_view.h"
#include "show/show_web.h"
#include "tmpl/show/home.h"
#include "tmpl/show/list.h"
#include "venue/venue.h"
#include "web/req.h"

#include "base/clock.h"

static const struct ui_poster *posters(struct out *o, const struct show_cards *c, int64_t now)
{
	struct ui_poster *p = arena_array(o->a, struct ui_poster, c->n + 1);
	for (size_t i = 0; i < c->n; i++)
		p[i] = show_card_poster(o, &c->v[i], now);
	return p;
}

/* ---- home ------------------------------------------------------------------------------------------------------------- */
/* Rows of the ranking: the rank, and how much is booked instead of the offer. */
static const struct ui_poster *ranking(struct out *o, const struct show_cards *c, int64_t now)
{
	struct ui_poster *p = arena_array(o->a, struct ui_poster, c->n + 1);
	for (size_t i = 0; i < c->n; i++) {
		p[i] = show_card_poster(o, &c->v[i], now);
		p[i].rank = (int64_t)i + 1;
		p[i].image = show_image_url(o->a, c->v[i].image, 200);
		if (show_card_offer(&c->v[i], now) == OFFER_OPEN && c->v[i].booked_permille >= 10) {
			p[i].badge_kind = "accent";
			p[i].badge = _f("%s%% booked", out_number(o, c->v[i].booked_permille / 10));
		}
	}
	return p;
}

static void genre_links(struct out *o, struct show_home_view *v)
{
	size_t n = 0;
	struct ui_link *l = arena_array(o->a, struct ui_link, 16);
	l[n++] = (struct ui_link){ U("/shows"), _("All genres"), false };
	for (size_t i = 0; show_genres[i]; i++)
		l[n++] = (struct ui_link){ U("/shows?genre=%s", show_genres[i]), show_genre_name(o->lang, show_genres[i]), false };
	v->genres = l;
	v->n_genres = n;
}

static void hero(struct out *o, struct show_home_view *v)
{
	if (v->n_soon > 0) {
		v->hero = v->soon++;
		v->n_soon--;
		v->hero_eyebrow = _("Booking opens soon");
	} else if (v->n_ranked > 0) {
		v->hero = &v->ranked[0];
		v->hero_eyebrow = _("Most booked this week");
	} else if (v->n_fresh > 0) {
		v->hero = &v->fresh[0];
		v->hero_eyebrow = _("Newly on sale");
	}
}

struct err *show_home(struct req *r)
{
	struct show_cards soon, ranked, fresh;
	struct show_dated *tonight;
	size_t n_tonight;
	TRY(show_cards_soon(r->db, r->a, r->now, &soon));
	TRY(show_cards_ranked(r->db, r->a, r->now, &ranked));
	TRY(show_cards_fresh(r->db, r->a, r->now, &fresh));
	TRY(show_dated_on_sale(r->db, r->a, r->now, clock_day_start(clock_day(r->now)) + US_DAY, r->now, &tonight, &n_tonight));

	struct out *o = page_begin(r, &(struct page){ .nav = NAV_HOME,
		.description = tr(r->lang, N_("Tickets for concerts, musicals, plays and dance: choose your seats on a live map.")) });
	struct show_home_view v = { .n_soon = soon.n, .n_ranked = ranked.n, .n_fresh = fresh.n };
	v.soon = posters(o, &soon, r->now);
	v.fresh = posters(o, &fresh, r->now);
	v.ranked = ranking(o, &ranked, r->now);
	v.tonight = show_slots_of(o, tonight, n_tonight, r->now);
	v.n_tonight = n_tonight;
	v.tonight_day = show_day_text(r->a, clock_day(r->now));
	genre_links(o, &v);
	hero(o, &v);
	tmpl_show_home(o, &v);
	return page_end(r, 200);
}

/* ---- the list ------------------------------------------------------------------------------------------------------------ */
static enum show_sort sort_of(const char *s)
{
	return str_eq(s, "date") ? SORT_DATE : str_eq(s, "new") ? SORT_NEW : str_eq(s, "price") ? SORT_PRICE : SORT_POPULAR;
}

static struct show_filter filter_of(struct req *r, const struct show_list_form *f)
{
	struct show_filter x = { .genre = f->genre, .region = f->region, .from = f->from,
		.open = str_eq(f->offer, "open"), .soon = str_eq(f->offer, "soon"),
		.to = f->to ? f->to + US_DAY : 0, .sort = sort_of(f->sort), .page = f->page };
	show_search_words(r->a, f->q, x.words);
	if (x.page < 1)
		x.page = 1;
	return x;
}

/* This list's address with its filters, without the page; genre "": all. */
static struct url list_url(struct out *o, const struct show_list_form *f, const char *genre)
{
	struct buf b;
	buf_init(&b, o->a);
	if (!str_empty(f->q))
		buf_str(&b, url_fmt(o->a, "&q=%s", f->q).s);
	if (!str_empty(genre))
		buf_str(&b, url_fmt(o->a, "&genre=%s", genre).s);
	if (!str_empty(f->region))
		buf_str(&b, url_fmt(o->a, "&region=%s", f->region).s);
	if (f->from)
		buf_str(&b, url_fmt(o->a, "&from=%s", show_day_text(o->a, clock_day(f->from))).s);
	if (f->to)
		buf_str(&b, url_fmt(o->a, "&to=%s", show_day_text(o->a, clock_day(f->to))).s);
	if (!str_empty(f->offer))
		buf_str(&b, url_fmt(o->a, "&offer=%s", f->offer).s);
	if (!str_empty(f->sort))
		buf_str(&b, url_fmt(o->a, "&sort=%s", f->sort).s);
	const char *base = U("/shows").s;
	return (struct url){ b.n ? arena_printf(o->a, "%s?%s", base, b.p + 1) : base };
}

static const struct show_choice *choices(struct out *o, const char *const *values, const char *const *names, size_t n,
    const char *chosen)
{
	struct show_choice *c = arena_array(o->a, struct show_choice, n + 1);
	for (size_t i = 0; i < n; i++)
		c[i] = (struct show_choice){ values[i], tr(o->lang, names[i]), str_eq(chosen, values[i]) };
	return c;
}

static void fill_choices(struct out *o, const struct show_list_form *f, struct show_list_view *v)
{
	static const char *const sorts[] = { "popular", "date", "new", "price" }, *const offers[] = { "open", "soon" };
	static const char *const sort_names[] = { N_("Most booked"), N_("By date"), N_("Newest"), N_("Lowest price") };
	static const char *const offer_names[] = { N_("On sale"), N_("Opening soon") };
	struct ui_link *g = arena_array(o->a, struct ui_link, 16);
	struct show_choice *p = arena_array(o->a, struct show_choice, 16);
	g[v->n_genres++] = (struct ui_link){ list_url(o, f, ""), _("All genres"), str_empty(f->genre) };
	for (size_t i = 0; show_genres[i]; i++)
		g[v->n_genres++] = (struct ui_link){ list_url(o, f, show_genres[i]), show_genre_name(o->lang, show_genres[i]),
			str_eq(f->genre, show_genres[i]) };
	for (size_t i = 0; venue_regions[i]; i++)
		p[v->n_regions++] = (struct show_choice){ venue_regions[i], venue_region_name(o->lang, venue_regions[i]),
			str_eq(f->region, venue_regions[i]) };
	v->genres = g;
	v->regions = p;
	v->offers = choices(o, offers, offer_names, v->n_offers = ARRAY_LEN(offers), f->offer);
	v->sorts = choices(o, sorts, sort_names, v->n_sorts = ARRAY_LEN(sorts), f->sort);
}

static const char *list_title(struct req *r, const struct show_list_form *f)
{
	if (!str_empty(f->q)) {
		struct out o;
		out_init(&o, r->a, r->lang, NULL);
		return out_fmt(&o, tr(r->lang, N_("Search: %s")), f->q);
	}
	return str_empty(f->genre) ? tr(r->lang, N_("Shows")) : show_genre_name(r->lang, f->genre);
}

struct err *show_list(struct req *r)
{
	const struct show_list_form *f = r->form;
	struct show_filter filter = filter_of(r, f);
	struct show_cards cards;
	struct show_list_view v = { 0 };
	TRY(show_cards_list(r->db, r->a, &filter, r->now, &cards, &v.total));

	v.title = list_title(r, f);
	struct out *o = page_begin(r, &(struct page){ .title = v.title, .nav = NAV_SHOWS, .no_index = !str_empty(f->q) || f->page > 1 });
	v.q = f->q;
	v.from = f->from ? show_day_text(r->a, clock_day(f->from)) : "";
	v.to = f->to ? show_day_text(r->a, clock_day(f->to)) : "";
	v.genre = f->genre;
	v.unfold = !str_empty(f->region) || f->from || f->to || !str_empty(f->offer);
	v.filtered = v.unfold || !str_empty(f->q) || !str_empty(f->genre);
	fill_choices(o, f, &v);
	v.cards = posters(o, &cards, r->now);
	v.n = cards.n;
	v.pager = ui_pager(r->a, list_url(o, f, f->genre), filter.page, SHOW_PER_PAGE, v.total);
	v.empty_title = v.filtered ? _("No show matches") : _("The stage is still empty");
	v.empty_text = v.filtered ? _("Try another word, another date or region, or look at all shows.")
	                          : _("No show is announced yet. Come back soon.");
	tmpl_show_list(o, &v);
	return page_end(r, 200);
}

/* The list has the search box; this address is easy to remember and to type. */
struct err *show_search(struct req *r)
{
	const struct show_search_form *f = r->form;
	return redirect(r, url_fmt(r->a, "/shows?q=%s", f->q));
}
