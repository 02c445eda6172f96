/* The catalogue's queries. */
#include "show/catalogue.h"
#include "show/show_priv.h"

#include "base/clock.h"

#include <stdlib.h>

#define CARD_FIELDS                                                                                                    \
	"s.id, s.slug, s.title, s.title_en, s.genre, i.name AS image, v.name AS venue, v.name_en AS venue_en, s.first_at," \
	" s.last_at, s.booking_open_at, COALESCE(s.price_from, -1) AS price_from, s.sale,"                              \
	" COALESCE(r.booked_permille, 0) AS booked_permille"
#define CARD_JOINS                                                                                                     \
	" LEFT JOIN image i ON i.id = s.image_id LEFT JOIN venue v ON v.id = s.venue_id"
#define CARD_TABLES " FROM shows s LEFT JOIN show_rank r ON r.show_id = s.id" CARD_JOINS
/* Public now, and not over: a show is over when its last performance has begun. */
#define LISTED "s.state = 'published' AND s.view_open_at <= ? AND s.last_at >= ?"
#define LISTED_ARGS(now) db_time(now), db_time(now)

/* Instants are asked for to the second, rounded down, so that pages of one second share the answers. */
static int64_t second(int64_t us)
{
	return us - us % US_SECOND;
}

DB_QUERY_F(cards_soon, show_card, DB_MEMO,
    "SELECT " CARD_FIELDS CARD_TABLES " WHERE " LISTED " AND s.booking_open_at > ? ORDER BY s.booking_open_at, s.id LIMIT 6")
DB_QUERY_F(cards_fresh, show_card, DB_MEMO,
    "SELECT " CARD_FIELDS CARD_TABLES " WHERE " LISTED " AND s.booking_open_at <= ? AND s.sale IN ('open', 'soon')"
    " ORDER BY s.booking_open_at DESC, s.id DESC LIMIT 10")
DB_QUERY_F(cards_ranked, show_card, DB_MEMO,
    "SELECT " CARD_FIELDS " FROM show_rank r JOIN shows s ON s.id = r.show_id" CARD_JOINS " WHERE " LISTED
    " AND s.booking_open_at <= ? ORDER BY r.sold_7d DESC, r.views_7d DESC, r.show_id DESC LIMIT 10")
DB_QUERY_F(cards_of_performer, show_card, DB_MEMO,
    "SELECT " CARD_FIELDS " FROM show_cast k JOIN shows s ON s.id = k.show_id LEFT JOIN show_rank r ON r.show_id = s.id"
    CARD_JOINS " WHERE k.performer_id = ? AND s.state = 'published' AND s.view_open_at <= ?"
    " ORDER BY s.last_at < ?, s.first_at, s.id LIMIT 60")
DB_QUERY_F(cards_of_venue, show_card, DB_MEMO,
    "SELECT " CARD_FIELDS CARD_TABLES " WHERE " LISTED " AND EXISTS (SELECT 1 FROM performance p"
    " JOIN hall h ON h.id = p.hall_id WHERE p.show_id = s.id AND h.venue_id = ? AND p.starts_at >= ?"
    " AND p.state <> 'cancelled') ORDER BY s.first_at, s.id LIMIT 60")

struct err *show_cards_soon(struct db *db, struct arena *a, int64_t now, struct show_cards *ret)
{
	now = second(now);
	return cards_soon_all(db, a, &ret->v, &ret->n, DB_ARGS(LISTED_ARGS(now), db_time(now)));
}

struct err *show_cards_fresh(struct db *db, struct arena *a, int64_t now, struct show_cards *ret)
{
	now = second(now);
	return cards_fresh_all(db, a, &ret->v, &ret->n, DB_ARGS(LISTED_ARGS(now), db_time(now)));
}

struct err *show_cards_ranked(struct db *db, struct arena *a, int64_t now, struct show_cards *ret)
{
	now = second(now);
	return cards_ranked_all(db, a, &ret->v, &ret->n, DB_ARGS(LISTED_ARGS(now), db_time(now)));
}

struct err *show_cards_of_performer(struct db *db, struct arena *a, struct performer_id id, int64_t now, struct show_cards *ret)
{
	now = second(now);
	return cards_of_performer_all(db, a, &ret->v, &ret->n, DB_ARGS(id.v, db_time(now), db_time(now)));
}

struct err *show_cards_of_venue(struct db *db, struct arena *a, struct venue_id id, int64_t now, struct show_cards *ret)
{
	now = second(now);
	return cards_of_venue_all(db, a, &ret->v, &ret->n, DB_ARGS(LISTED_ARGS(now), id.v, db_time(now)));
}

/* ---- the list ------------------------------------------------------------------------------------------------------- */
/* Each filter is a constant to the optimizer when the statement runs (flags are numbers: a bound text and a literal one
 * have different collations).  Search is a LIKE over a short text of each listed
 * show: fine for thousands of shows (an index of syllable pairs serves more). */
#define LIST_WHERE                                                                                                     \
	LISTED " AND (? = 0 OR s.genre = ?) AND (? = 0 OR (s.search_text LIKE ? AND s.search_text LIKE ? AND s.search_text LIKE ?))" \
	" AND (? = 0 OR s.booking_open_at > ?) AND (? = 0 OR EXISTS (SELECT 1 FROM performance p JOIN hall h ON h.id = p.hall_id JOIN venue w ON w.id = h.venue_id"  \
	" WHERE p.show_id = s.id AND p.starts_at >= ? AND p.starts_at < ? AND p.state <> 'cancelled'"                           \
	" AND (? = 0 OR w.region = ?) AND (? = 0 OR p.state = 'on_sale')))"
DB_QUERY_F(cards_list, show_card, DB_MEMO,
    "SELECT " CARD_FIELDS CARD_TABLES " WHERE " LIST_WHERE " ORDER BY CASE ?"
    " WHEN 1 THEN TIMESTAMPDIFF(SECOND, '2000-01-01', GREATEST(s.first_at, ?))"
    " WHEN 2 THEN -TIMESTAMPDIFF(SECOND, '2000-01-01', s.booking_open_at)"
    " WHEN 3 THEN COALESCE(s.price_from, 1000000000)"
    " ELSE -COALESCE(r.sold_7d, 0) * 1000000 - COALESCE(r.views_7d, 0) END, s.last_at, s.id DESC LIMIT ? OFFSET ?")
DB_QUERY_F(cards_count, db_count, DB_MEMO, "SELECT COUNT(*) AS n FROM shows s WHERE " LIST_WHERE)

static const char *word(const struct show_filter *f, int i)
{
	return f->words[i] ? f->words[i] : "%";
}

struct err *show_cards_list(struct db *db, struct arena *a, const struct show_filter *f, int64_t now, struct show_cards *ret,
    int64_t *ret_total)
{
	now = second(now);
	const char *genre = f->genre ? f->genre : "", *region = f->region ? f->region : "";
	int64_t from = f->from > now ? f->from : now, to = f->to ? f->to : INT64_C(4102444800) * 1000000; /* 2100 */
	bool dated = f->from || f->to || *region || f->open;
#define LIST_ARGS                                                                                                      \
	LISTED_ARGS(now), *genre != '\0', genre, f->words[0] != NULL, word(f, 0), word(f, 1), word(f, 2), f->soon, db_time(now), dated,   \
	db_time(from), db_time(to), *region != '\0', region, f->open
	struct db_count *count;
	TRY(cards_list_all(db, a, &ret->v, &ret->n, DB_ARGS(LIST_ARGS, (int)f->sort, db_time(now), (int)SHOW_PER_PAGE,
	    (f->page - 1) * SHOW_PER_PAGE)));
	if (f->page == 1 && ret->n < SHOW_PER_PAGE) {
		*ret_total = (int64_t)ret->n;
		return NULL;
	}
	TRY(cards_count_one(db, a, &count, DB_ARGS(LIST_ARGS)));
	*ret_total = count ? count->n : 0;
	return NULL;
}

/* ---- dated performances ------------------------------------------------------------------------------------------------ */
#define DATED_SQL(states)                                                                                              \
	"SELECT p.id, p.starts_at, p.state, s.slug, s.title, s.title_en, i.name AS image, s.genre, v.name AS venue,"    \
	" v.name_en AS venue_en FROM performance p JOIN shows s ON s.id = p.show_id JOIN hall h ON h.id = p.hall_id"    \
	" JOIN venue v ON v.id = h.venue_id LEFT JOIN image i ON i.id = s.image_id WHERE p.state IN (" states ")"       \
	" AND p.starts_at >= ? AND p.starts_at < ? AND s.state = 'published' AND s.view_open_at <= ?"                   \
	" ORDER BY p.starts_at, p.id"
#define SHOWN_STATES "'scheduled', 'on_sale', 'sold_out', 'closed', 'done'"
DB_QUERY_F(dated_on_sale, show_dated, DB_MEMO, DATED_SQL("'on_sale'") " LIMIT 8")
DB_QUERY_F(dated_all, show_dated, DB_MEMO, DATED_SQL(SHOWN_STATES) " LIMIT 200")
DB_QUERY_F(instants, show_instant, DB_MEMO,
    "SELECT p.starts_at FROM performance p JOIN shows s ON s.id = p.show_id WHERE p.state IN (" SHOWN_STATES ")"
    " AND p.starts_at >= ? AND p.starts_at < ? AND s.state = 'published' AND s.view_open_at <= ?")

struct err *show_dated_on_sale(struct db *db, struct arena *a, int64_t from, int64_t to, int64_t now, struct show_dated **ret,
    size_t *ret_n)
{
	now = second(now);
	return dated_on_sale_all(db, a, ret, ret_n, DB_ARGS(db_time(second(from)), db_time(to), db_time(now)));
}

struct err *show_dated_all(struct db *db, struct arena *a, int64_t from, int64_t to, int64_t now, struct show_dated **ret,
    size_t *ret_n)
{
	now = second(now);
	return dated_all_all(db, a, ret, ret_n, DB_ARGS(db_time(from), db_time(to), db_time(now)));
}

struct err *show_instants(struct db *db, struct arena *a, int64_t from, int64_t to, int64_t now, struct show_instant **ret,
    size_t *ret_n)
{
	now = second(now);
	return instants_all(db, a, ret, ret_n, DB_ARGS(db_time(from), db_time(to), db_time(now)));
}

/* ---- the show page ----------------------------------------------------------------------------------------------------- */
DB_QUERY_F(detail_by_slug, show_detail, DB_MEMO,
    "SELECT s.id, s.organizer_id, s.slug, s.title, s.title_en, s.genre, s.synopsis, s.synopsis_en, s.notice, s.notice_en,"
    " s.minutes, s.age_limit, s.ticket_limit, s.fee_per_ticket, s.view_open_at, s.booking_open_at, s.close_minutes,"
    " " SHOW_REFUND_GRID_SQL " AS refund_grid_id, s.state, s.first_at, s.last_at, s.sale, i.name AS image, s.venue_id, v.name AS venue,"
    " v.name_en AS venue_en, v.address, v.address_en, g.name AS organizer, k.performer_id AS performer,"
    " m.name AS cast_name, m.name_en AS cast_name_en, k.role AS cast_role, k.role_en AS cast_role_en, k.ord AS cast_ord"
    " FROM shows s JOIN organizer g ON g.id = s.organizer_id LEFT JOIN image i ON i.id = s.image_id"
    " LEFT JOIN venue v ON v.id = s.venue_id LEFT JOIN show_cast k ON k.show_id = s.id"
    " LEFT JOIN performer m ON m.id = k.performer_id WHERE s.slug = ?")
DB_QUERY_F(runs_of_show, show_run, DB_MEMO,
    "SELECT p.id, p.starts_at, p.booking_closes_at, p.state, p.cast_note, h.name AS hall, h.name_en AS hall_en,"
    " p.cancel_reason, w.state AS room_state, w.gathers_at AS room_gathers_at, c.grade_id, g.ord, g.code, g.price, c.capacity, c.taken"
    " FROM (SELECT id, hall_id, starts_at, booking_closes_at, state, cast_note, cancel_reason FROM performance"
    " WHERE show_id = ? AND starts_at >= ? ORDER BY starts_at, id LIMIT ?) p JOIN hall h ON h.id = p.hall_id"
    " LEFT JOIN waiting_room w ON w.live_sale = CONCAT('p', p.id)"
    " LEFT JOIN performance_grade c ON c.performance_id = p.id LEFT JOIN price_grade g ON g.id = c.grade_id"
    " ORDER BY p.starts_at, p.id, g.ord")

/* The server would sort the long texts along. */
static int by_cast(const void *x, const void *y)
{
	const struct show_detail *p = x, *q = y;
	if (p->cast_ord != q->cast_ord)
		return p->cast_ord < q->cast_ord ? -1 : 1;
	return (p->performer.v > q->performer.v) - (p->performer.v < q->performer.v);
}

struct err *show_detail_load(struct db *db, struct arena *a, const char *slug, struct show_detail **ret, size_t *ret_n)
{
	TRY(detail_by_slug_all(db, a, ret, ret_n, DB_ARGS(slug)));
	if (*ret_n > 1)
		qsort(*ret, *ret_n, sizeof **ret, by_cast);
	return NULL;
}

/* What is taken now, into remembered runs. */
static struct err *take_counts(struct db *db, struct arena *a, struct show_run *runs, size_t n)
{
	struct show_taken *t;
	size_t n_t, n_ids = 0, at = 0;
	int64_t *ids = arena_array(a, int64_t, n + 1);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || runs[i].id.v != runs[i - 1].id.v)
			ids[n_ids++] = runs[i].id.v;
	TRY(show_taken_of(db, a, ids, n_ids, &t, &n_t));
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n_t; k++, at++) { /* both come performance by performance: the next one it is mostly */
			const struct show_taken *x = &t[at % n_t];
			if (x->performance_id.v != runs[i].id.v || x->grade_id.v != runs[i].grade_id.v)
				continue;
			runs[i].taken = x->taken;
			at++;
			break;
		}
	return NULL;
}

struct err *show_runs(struct db *db, struct arena *a, struct show_id id, int64_t from, int64_t max, struct show_run **ret,
    size_t *ret_n)
{
	struct show_run *runs;
	size_t n;
	unsigned asked = db_unit_queries(db);
	TRY(runs_of_show_all(db, a, &runs, &n, DB_ARGS(id.v, db_time(from), max)));
	if (db_unit_queries(db) == asked) /* remembered */
		TRY(take_counts(db, a, runs, n));
	*ret = runs;
	*ret_n = n;
	return NULL;
}

/* ---- people and places ------------------------------------------------------------------------------------------------- */
DB_QUERY_F(performer_by_id, show_performer, DB_MEMO, "SELECT id, name, name_en, about FROM performer WHERE id = ?")
DB_QUERY_F(venue_by_id, show_venue, DB_MEMO,
    "SELECT v.id, v.name, v.name_en, v.region, v.address, v.address_en, COUNT(h.id) AS halls,"
    " COALESCE(SUM(h.seats + h.standing), 0) AS places FROM venue v LEFT JOIN hall h ON h.venue_id = v.id WHERE v.id = ?"
    " GROUP BY v.id, v.name, v.name_en, v.region, v.address, v.address_en")

struct err *show_performer_load(struct db *db, struct arena *a, struct performer_id id, struct show_performer **ret)
{
	return performer_by_id_one(db, a, ret, DB_ARGS(id.v));
}

struct err *show_venue_load(struct db *db, struct arena *a, struct venue_id id, struct show_venue **ret)
{
	return venue_by_id_one(db, a, ret, DB_ARGS(id.v));
}

/* ---- feeds --------------------------------------------------------------------------------------------------------------- */
#define NEWEST " FROM shows s WHERE s.state = 'published' AND s.view_open_at <= ? ORDER BY s.view_open_at DESC, s.id DESC LIMIT ?"
DB_QUERY_F(entries, show_entry, DB_MEMO,
    "SELECT s.slug, s.title, s.title_en, s.synopsis, s.synopsis_en, s.view_open_at" NEWEST)
DB_QUERY_F(slugs, show_slug, DB_STALE_OK, "SELECT s.slug" NEWEST)

struct err *show_entries(struct db *db, struct arena *a, int64_t now, int64_t max, struct show_entry **ret, size_t *ret_n)
{
	now = second(now);
	return entries_all(db, a, ret, ret_n, DB_ARGS(db_time(now), max));
}

struct err *show_slugs(struct db *db, struct arena *a, int64_t now, int64_t max, struct show_slug **ret, size_t *ret_n)
{
	return slugs_all(db, a, ret, ret_n, DB_ARGS(db_time(now), max));
}
