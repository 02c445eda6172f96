/* Shows, performances, the public catalogue, and the organizer's pages for them. */
#ifndef FOYER_SHOW_H
#define FOYER_SHOW_H

#include "db/db.h"
#include "ids.h"
#include "web/route.h"

extern const struct domain show_domain, show_desk_domain; /* the catalogue; the organizer's pages */

/* What a performance is to the pages and the sale: one row, one query (a stale read is fine for pages). */
#define SHOW_PERFORMANCE_ROW(F)                                                                                        \
	F(performance_id, id) F(show_id, show_id) F(hall_id, hall_id) F(organizer_id, organizer_id) F(time, starts_at) \
	F(time, booking_closes_at) F(time, booking_open_at) F(time, view_open_at) F(str, state) F(str, show_state)     \
	F(str, slug) F(str, title) F(str, title_en) F(i64, minutes) F(i64, age_limit) F(i64, ticket_limit)            \
	F(i64, fee_per_ticket) F(i64, refund_grid_id) F(str, venue) F(str, venue_en) F(str, address)               \
	F(str, address_en) F(str, hall) F(str, hall_en) F(i64, seats) F(i64, hall_version) F(str, image) F(str, cast_note) \
	F(i64, room_id) /* the waiting room before the sale (queue/queue.h); 0: none */
DB_ROW(show_performance, SHOW_PERFORMANCE_ROW)
/* NULL where there is none.  fresh: from the primary (the sale path), else perhaps as it was a second ago. */
struct err *show_performance_load(struct db *db, struct arena *a, struct performance_id id, bool fresh,
    struct show_performance **ret);

/* Why a performance can or cannot be booked right now.  Pure. */
enum show_sale { SALE_OPEN, SALE_HIDDEN, SALE_NOT_YET, SALE_CLOSED, SALE_OVER, SALE_CANCELLED, SALE_WITHDRAWN };
enum show_sale show_sale_state(const struct show_performance *p, int64_t now);
/* The sentence for it (msgid), with what to do. */
const char *show_sale_text(enum show_sale s);

/* Prices of a performance by grade, with what is left (performance_grade: a second old at most). */
#define SHOW_GRADE_ROW(F) F(grade_id, id) F(i64, ord) F(str, code) F(i64, price) F(i64, capacity) F(i64, taken) F(i64, sold)
DB_ROW(show_grade, SHOW_GRADE_ROW)
struct err *show_grades(struct db *db, struct arena *a, struct performance_id id, struct show_grade **ret, size_t *ret_n);

/* Moves performances by time and stock (scheduled → on_sale ⇄ sold_out → closed → done); called by the job and, for one
 * performance, after its counts changed. */
struct err *show_performance_refresh(struct db *db, struct performance_id id, int64_t now);
/* After a commit that took places or gave them back: within a second the counts are taken anew and told.  Best effort. */
void show_counts_stale(struct performance_id id);
/* Makes the stock of a new performance: performance_grade rows from the hall and section_grade, stripes of standing sections. */
struct err *show_performance_stock(struct db *db, struct performance_id id);

/* What lists tell about a show (shows.first_at … sale, search_text), anew from its performances, prices, venues and
 * cast.  Call it after a change of any of them; the jobs do it once a minute, and when a performance changes its state. */
struct err *show_facts_refresh(struct db *db, struct show_id id);

/* ---- words ---- */
extern const char *const show_genres[]; /* codes, NULL-terminated */
const char *show_genre_name(const char *lang, const char *code);
const char *show_age_text(struct arena *a, const char *lang, int64_t age_limit);
/* "2026.12.01 (Tue) – 2026.12.20 (Sun)", one day where both are the same; "" while there are none. */
const char *show_date_span(struct arena *a, const char *lang, int64_t first_at, int64_t last_at);

/* ---- terms of cancellation ---- */
struct refund_rule_at { int min_days; int fee_permille; };
struct refund_grid { int free_hours; const struct refund_rule_at *rules; size_t n; };
/* The id of the grid under which a show sells now.  A grid never changes: what replaces it is another one. */
#define SHOW_REFUND_GRID_SQL "COALESCE(s.refund_grid_id, (SELECT d.id FROM refund_grid d WHERE d.is_default = 1))"
/* The cancellation fee in permille of the price, -1: no refund any more (started).  free of fee within free_hours after
 * booking while more than one day is left. */
int show_refund_permille(const struct refund_grid *g, int64_t booked_at, int64_t starts_at, int64_t now);
struct err *show_refund_grid(struct db *db, struct arena *a, int64_t grid_id, struct refund_grid *ret);
/* The terms of something that was sold, which stay what they were: sold_under is its order's refund_grid_id. */
struct err *show_refund_terms(struct db *db, struct arena *a, int64_t sold_under, const struct show_performance *p, struct refund_grid *ret);
/* The same in words: a line for each span of days, and the sentence about the free hours (NULL: there are none).
 * templates/show/terms.html draws them. */
struct out;
struct refund_words { const char *const *lines; size_t n; const char *free; };
struct refund_words show_refund_words(struct out *o, const struct refund_grid *g);

#endif
