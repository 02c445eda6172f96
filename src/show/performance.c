/* Performances: loading, their stock, and their state by time and stock. */
#include "show/show_priv.h"

#include <assert.h>

#define PERFORMANCE_SQL                                                                                                \
	"SELECT p.id, p.show_id, p.hall_id, s.organizer_id, p.starts_at, p.booking_closes_at, s.booking_open_at,"        \
	" s.view_open_at, p.state, s.state AS show_state, s.slug, s.title, s.title_en, s.minutes, s.age_limit,"          \
	" s.ticket_limit, s.fee_per_ticket, " SHOW_REFUND_GRID_SQL " AS refund_grid_id, v.name AS venue, v.name_en AS venue_en, v.address," \
	" v.address_en, h.name AS hall, h.name_en AS hall_en, h.seats, h.version AS hall_version, i.name AS image, p.cast_note, p.room_id" \
	" FROM performance p JOIN shows s ON s.id = p.show_id JOIN hall h ON h.id = p.hall_id"                           \
	" JOIN venue v ON v.id = h.venue_id LEFT JOIN image i ON i.id = s.image_id WHERE p.id = ?"
DB_QUERY(performance_fresh, show_performance, PERFORMANCE_SQL)
DB_QUERY_F(performance_stale, show_performance, DB_MEMO, PERFORMANCE_SQL)
DB_QUERY_F(performance_grades, show_grade, DB_MEMO,
    "SELECT g.id, g.ord, g.code, g.price, c.capacity, c.taken, c.sold FROM performance_grade c"
    " JOIN price_grade g ON g.id = c.grade_id WHERE c.performance_id = ? ORDER BY g.ord")

struct err *show_performance_load(struct db *db, struct arena *a, struct performance_id id, bool fresh,
    struct show_performance **ret)
{
	struct show_performance *p = NULL;
	if (!fresh)
		TRY(performance_stale_one(db, a, &p, DB_ARGS(id.v)));
	if (!p) /* perhaps it is not on the replica yet */
		TRY(performance_fresh_one(db, a, &p, DB_ARGS(id.v)));
	*ret = p;
	return NULL;
}

struct err *show_grades(struct db *db, struct arena *a, struct performance_id id, struct show_grade **ret, size_t *ret_n)
{
	struct show_grade *g;
	struct show_taken *t;
	size_t n, n_t = 0;
	unsigned asked = db_unit_queries(db);
	TRY(performance_grades_all(db, a, &g, &n, DB_ARGS(id.v)));
	if (db_unit_queries(db) == asked) /* remembered: what is left is asked for */
		TRY(show_taken_of(db, a, &id.v, 1, &t, &n_t));
	for (size_t i = 0; i < n_t; i++)
		for (size_t k = 0; k < n; k++)
			if (g[k].id.v == t[i].grade_id.v) {
				g[k].taken = t[i].taken;
				g[k].sold = t[i].sold;
			}
	*ret = g;
	*ret_n = n;
	return NULL;
}

/* ---- what is taken ------------------------------------------------------------------------------------------------------------ */
DB_QUERY_F(taken_of, show_taken, DB_MEMO_BRIEF,
    "SELECT performance_id, grade_id, taken, sold FROM performance_grade WHERE performance_id IN ({?})")

/* The list is filled up to the next power of two with its last one: a statement is prepared for each length. */
struct err *show_taken_of(struct db *db, struct arena *a, const int64_t *performances, size_t n, struct show_taken **ret,
    size_t *ret_n)
{
	size_t room = 1;
	while (room < n)
		room *= 2;
	struct db_arg *args = arena_array(a, struct db_arg, room);
	for (size_t i = 0; i < room && n > 0; i++)
		args[i] = DB_ARG(performances[i < n ? i : n - 1]);
	return taken_of_in(db, a, ret, ret_n, n > 0 ? room : 0, args, n > 0 ? room : 0);
}

/* ---- stock ------------------------------------------------------------------------------------------------------------------ */
DB_EXEC(grades_stock,
    "INSERT INTO performance_grade (performance_id, grade_id, capacity)"
    " SELECT p.id, g.grade_id, SUM(c.capacity) FROM performance p JOIN section c ON c.hall_id = p.hall_id"
    " JOIN section_grade g ON g.show_id = p.show_id AND g.section_id = c.id WHERE p.id = ? GROUP BY p.id, g.grade_id"
    " ON DUPLICATE KEY UPDATE capacity = VALUES(capacity)")
/* Sixteen stripes share the capacity; the first ones get the rest of the division. */
DB_EXEC(stripes_stock,
    "INSERT IGNORE INTO stock_stripe (performance_id, section_id, stripe, capacity)"
    " SELECT p.id, c.id, n.n, FLOOR(c.capacity / 16) + (n.n < MOD(c.capacity, 16)) FROM performance p"
    " JOIN section c ON c.hall_id = p.hall_id AND c.kind = 'standing'"
    " JOIN section_grade g ON g.show_id = p.show_id AND g.section_id = c.id"
    " JOIN (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5"
    " UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9 UNION ALL SELECT 10 UNION ALL SELECT 11"
    " UNION ALL SELECT 12 UNION ALL SELECT 13 UNION ALL SELECT 14 UNION ALL SELECT 15) n WHERE p.id = ?")

struct err *show_performance_stock(struct db *db, struct performance_id id)
{
	TRY(grades_stock_run(db, NULL, DB_ARGS(id.v)));
	return stripes_stock_run(db, NULL, DB_ARGS(id.v));
}

/* ---- counts and state --------------------------------------------------------------------------------------------------------- */
/* Counted by a plain read: an UPDATE that joined the claims would lock all of them, and everybody who holds or pays a seat
 * would wait for the counting. */
#define COUNT_ROW(F) F(grade_id, grade_id) F(i64, was_taken) F(i64, was_sold) F(i64, taken) F(i64, sold)
DB_ROW(count_row, COUNT_ROW)
DB_QUERY(counts_anew, count_row,
    "SELECT g.grade_id, g.taken AS was_taken, g.sold AS was_sold, COALESCE(c.taken, 0) AS taken,"
    " CAST(COALESCE(c.sold, 0) AS SIGNED) AS sold FROM performance_grade g LEFT JOIN (SELECT grade_id, COUNT(*) AS taken,"
    " SUM(state = 'sold') AS sold FROM claim WHERE performance_id = ? GROUP BY grade_id) c ON c.grade_id = g.grade_id"
    " WHERE g.performance_id = ?")
DB_EXEC(count_keep,
    "UPDATE performance_grade SET taken = ?, sold = ? WHERE performance_id = ? AND grade_id = ? AND taken = ? AND sold = ?")
enum { COUNTS_MOST = 3 }; /* times, while others count beside us */
/* What a performance is now, by time and stock; 'cancelled' stays.  Three times now. */
#define STATE_BY_TIME                                                                                                   \
	"CASE WHEN ? >= p.starts_at + INTERVAL GREATEST(s.minutes, 60) MINUTE THEN 'done'"                              \
	" WHEN ? >= p.booking_closes_at THEN 'closed'"                                                                  \
	" WHEN ? < s.booking_open_at OR s.state <> 'published' THEN 'scheduled'"                                        \
	" WHEN (SELECT SUM(g.capacity - g.sold) FROM performance_grade g WHERE g.performance_id = p.id) <= 0"           \
	" THEN 'sold_out' ELSE 'on_sale' END"
#define STATE_ARGS(now) db_time(now), db_time(now), db_time(now)
/* Asked before it is changed: only who finds it wrong locks the performance, to which every new order refers. */
DB_QUERY(state_is_wrong, show_performance_ref,
    "SELECT p.id FROM performance p JOIN shows s ON s.id = p.show_id WHERE p.id = ? AND p.state <> 'cancelled'"
    " AND p.state <> " STATE_BY_TIME)
DB_EXEC(state_by_time,
    "UPDATE performance p JOIN shows s ON s.id = p.show_id SET p.state = " STATE_BY_TIME
    " WHERE p.id = ? AND p.state <> 'cancelled' AND p.state <> " STATE_BY_TIME)
DB_EXEC(facts_of_show_of,
    "UPDATE shows s SET " SHOW_FACTS_SQL " WHERE s.id = (SELECT p.show_id FROM performance p WHERE p.id = ?)")

/* ret_kept false: somebody else wrote a count in between, perhaps an older one. */
static struct err *count_once(struct db *db, struct arena *a, struct performance_id id, bool *ret_kept)
{
	struct count_row *c;
	size_t n;
	int64_t changed;
	*ret_kept = true;
	TRY(counts_anew_all(db, a, &c, &n, DB_ARGS(id.v, id.v)));
	for (size_t i = 0; i < n; i++) {
		if (c[i].taken == c[i].was_taken && c[i].sold == c[i].was_sold)
			continue;
		TRY(count_keep_run(db, &changed, DB_ARGS(c[i].taken, c[i].sold, id.v, c[i].grade_id.v, c[i].was_taken, c[i].was_sold)));
		*ret_kept &= changed == 1;
	}
	return NULL;
}

static struct err *refresh(struct db *db, struct arena *a, struct performance_id id, int64_t now)
{
	struct show_performance_ref *wrong;
	int64_t changed;
	bool kept = false;
	for (int i = 0; i < COUNTS_MOST && !kept; i++)
		TRY(count_once(db, a, id, &kept));
	TRY(state_is_wrong_one(db, a, &wrong, DB_ARGS(id.v, STATE_ARGS(now))));
	if (!wrong)
		return NULL;
	TRY(state_by_time_run(db, &changed, DB_ARGS(STATE_ARGS(now), id.v, STATE_ARGS(now))));
	return changed ? facts_of_show_of_run(db, NULL, DB_ARGS(id.v)) : NULL;
}

struct err *show_performance_refresh(struct db *db, struct performance_id id, int64_t now)
{
	struct arena *a = arena_new(1 << 16);
	struct err *e = refresh(db, a, id, now);
	arena_free(a);
	return e;
}

DB_QUERY(performances_overdue, show_performance_ref,
    "SELECT p.id FROM performance p JOIN shows s ON s.id = p.show_id"
    " WHERE p.state IN ('scheduled', 'on_sale', 'sold_out', 'closed') AND p.state <> " STATE_BY_TIME
    " ORDER BY p.id LIMIT 500")

struct err *show_performances_overdue(struct db *db, struct arena *a, int64_t now, struct show_performance_ref **ret,
    size_t *ret_n)
{
	return performances_overdue_all(db, a, ret, ret_n, DB_ARGS(STATE_ARGS(now)));
}
