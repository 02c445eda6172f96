/* The catalogue as visitors see it: cards, the list with its filters, the show page's data.  Only what is published and
 * whose view-open time has come is found.  All reads may be a little old, a second more where nothing but facts is read; what
 * is left of a performance is asked for each time. */
#ifndef FOYER_SHOW_CATALOGUE_H
#define FOYER_SHOW_CATALOGUE_H

#include "show/show.h"
#include "tmplc/out.h"
#include "web/components.h"

/* ---- cards ---- */
#define SHOW_CARD_ROW(F)                                                                                               \
	F(show_id, id) F(str, slug) F(str, title) F(str, title_en) F(str, genre) F(str, image) F(str, venue)           \
	F(str, venue_en) F(time, first_at) F(time, last_at) F(time, booking_open_at) F(i64, price_from) F(str, sale)   \
	F(i64, booked_permille)
DB_ROW(show_card, SHOW_CARD_ROW)
enum show_offer { OFFER_NONE, OFFER_SOON, OFFER_OPEN, OFFER_SOLD_OUT, OFFER_CLOSED };
/* What a show offers now: `sale` as last written, corrected by the clock.  Pure. */
enum show_offer show_card_offer(const struct show_card *c, int64_t now);
/* A card for poster_card and rank_row.  Pure but for the picture's address. */
struct ui_poster show_card_poster(struct out *o, const struct show_card *c, int64_t now);
/* Address of a picture in one of its sizes (0: full, 400, 200); NULL where there is none. */
const char *show_image_url(struct arena *a, const char *image, int size);

struct show_cards { struct show_card *v; size_t n; };
struct err *show_cards_soon(struct db *db, struct arena *a, int64_t now, struct show_cards *ret);    /* booking opens next */
struct err *show_cards_fresh(struct db *db, struct arena *a, int64_t now, struct show_cards *ret);   /* opened last */
struct err *show_cards_ranked(struct db *db, struct arena *a, int64_t now, struct show_cards *ret);  /* sold most in 7 days */
struct err *show_cards_of_performer(struct db *db, struct arena *a, struct performer_id id, int64_t now, struct show_cards *ret);
struct err *show_cards_of_venue(struct db *db, struct arena *a, struct venue_id id, int64_t now, struct show_cards *ret);

/* ---- the list ---- */
enum show_sort { SORT_POPULAR, SORT_DATE, SORT_NEW, SORT_PRICE };
enum { SHOW_WORDS = 3, SHOW_PER_PAGE = 20 };
struct show_filter {
	const char *genre, *region;     /* "" : all */
	int64_t from, to;               /* a performance in from ≤ t < to; 0: open end */
	bool open, soon;                /* with a performance on sale; booking is still to open */
	const char *words[SHOW_WORDS];  /* LIKE patterns; words[0] NULL: no search */
	enum show_sort sort;
	int64_t page;                   /* 1… */
};
/* Splits what was typed into the search box into patterns that search_text is compared with: the first two words, and
 * all the rest as one.  Spaces don't count: a title's words are found written together, too.  Pure. */
void show_search_words(struct arena *a, const char *q, const char *ret[SHOW_WORDS]);
const char *show_search_pattern(struct arena *a, const char *text); /* one such pattern, of all of the text */
struct err *show_cards_list(struct db *db, struct arena *a, const struct show_filter *f, int64_t now, struct show_cards *ret,
    int64_t *ret_total);

/* ---- dated performances: tonight, calendar ---- */
#define SHOW_DATED_ROW(F)                                                                                              \
	F(performance_id, id) F(time, starts_at) F(str, state) F(str, slug) F(str, title) F(str, title_en) F(str, image) \
	F(str, genre) F(str, venue) F(str, venue_en)
DB_ROW(show_dated, SHOW_DATED_ROW)
struct err *show_dated_on_sale(struct db *db, struct arena *a, int64_t from, int64_t to, int64_t now, struct show_dated **ret,
    size_t *ret_n); /* the first eight */
struct err *show_dated_all(struct db *db, struct arena *a, int64_t from, int64_t to, int64_t now, struct show_dated **ret,
    size_t *ret_n);
#define SHOW_INSTANT_ROW(F) F(time, starts_at)
DB_ROW(show_instant, SHOW_INSTANT_ROW)
struct err *show_instants(struct db *db, struct arena *a, int64_t from, int64_t to, int64_t now, struct show_instant **ret,
    size_t *ret_n); /* starts of all performances, for the month's overview */

/* ---- the show page.  Drafts are found too: the caller decides who sees them. ---- */
/* The show, once for each of its cast in their order (once without any). */
#define SHOW_DETAIL_ROW(F)                                                                                             \
	F(show_id, id) F(organizer_id, organizer_id) F(str, slug) F(str, title) F(str, title_en) F(str, genre)         \
	F(str, synopsis) F(str, synopsis_en) F(str, notice) F(str, notice_en) F(i64, minutes) F(i64, age_limit)        \
	F(i64, ticket_limit) F(i64, fee_per_ticket) F(time, view_open_at) F(time, booking_open_at) F(i64, close_minutes) \
	F(i64, refund_grid_id) F(str, state) F(time, first_at) F(time, last_at) F(str, sale) F(str, image)             \
	F(venue_id, venue_id) F(str, venue) F(str, venue_en) F(str, address) F(str, address_en) F(str, organizer)      \
	F(performer_id, performer) F(str, cast_name) F(str, cast_name_en) F(str, cast_role) F(str, cast_role_en) \
	F(i64, cast_ord)
DB_ROW(show_detail, SHOW_DETAIL_ROW)
struct err *show_detail_load(struct db *db, struct arena *a, const char *slug, struct show_detail **ret, size_t *ret_n);
/* Performances from an instant on, at most `max`, one row for each price grade. */
#define SHOW_RUN_ROW(F)                                                                                                \
	F(performance_id, id) F(time, starts_at) F(time, booking_closes_at) F(str, state) F(str, cast_note) F(str, hall) \
	F(str, hall_en) F(str, cancel_reason) F(str, room_state) F(time, room_gathers_at) F(grade_id, grade_id) F(i64, ord) \
	F(str, code) F(i64, price) F(i64, capacity) F(i64, taken)
DB_ROW(show_run, SHOW_RUN_ROW)
struct err *show_runs(struct db *db, struct arena *a, struct show_id id, int64_t from, int64_t max, struct show_run **ret,
    size_t *ret_n);

/* ---- people and places ---- */
#define SHOW_PERFORMER_ROW(F) F(performer_id, id) F(str, name) F(str, name_en) F(str, about)
DB_ROW(show_performer, SHOW_PERFORMER_ROW)
struct err *show_performer_load(struct db *db, struct arena *a, struct performer_id id, struct show_performer **ret);
#define SHOW_VENUE_ROW(F) F(venue_id, id) F(str, name) F(str, name_en) F(str, region) F(str, address) F(str, address_en) \
	F(i64, halls) F(i64, places)
DB_ROW(show_venue, SHOW_VENUE_ROW)
struct err *show_venue_load(struct db *db, struct arena *a, struct venue_id id, struct show_venue **ret);

/* ---- feeds ---- */
#define SHOW_ENTRY_ROW(F) F(str, slug) F(str, title) F(str, title_en) F(str, synopsis) F(str, synopsis_en) F(time, view_open_at)
DB_ROW(show_entry, SHOW_ENTRY_ROW)
/* The newest `max`. */
struct err *show_entries(struct db *db, struct arena *a, int64_t now, int64_t max, struct show_entry **ret, size_t *ret_n);
#define SHOW_SLUG_ROW(F) F(str, slug)
DB_ROW(show_slug, SHOW_SLUG_ROW)
struct err *show_slugs(struct db *db, struct arena *a, int64_t now, int64_t max, struct show_slug **ret, size_t *ret_n);
/* The first `max` characters of a text's first paragraph; NULL where it is empty. */
const char *show_summary(struct arena *a, const char *s, size_t max);

#endif
