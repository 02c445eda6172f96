/* Reading the state of a performance's seats. */
#include "booking/rules.h"
#include "booking/seats.h"

#include "venue/venue.h"

#include <stdlib.h>

DB_QUERY_F(sections_offered, seats_section, DB_MEMO,
    "SELECT c.id, c.ord, c.name, c.kind = 'standing' AS standing, c.capacity, g.grade_id, p.ord AS grade_ord, p.code AS grade,"
    " p.price FROM section c LEFT JOIN section_grade g ON g.show_id = ? AND g.section_id = c.id"
    " LEFT JOIN price_grade p ON p.id = g.grade_id WHERE c.hall_id = ? ORDER BY c.ord")

struct err *seats_sections(struct db *db, struct arena *a, const struct show_performance *p, struct seats_section **ret,
    size_t *ret_n)
{
	return sections_offered_all(db, a, ret, ret_n, DB_ARGS(p->show_id.v, p->hall_id.v));
}

#define SEAT_SQL                                                                                                       \
	"SELECT s.idx, s.section_id, c.name AS section, s.row_label, s.label, s.flags, p.ord AS grade_ord,"              \
	" p.code AS grade, p.price, k.seat_idx IS NOT NULL AS taken, k.person_id FROM seat s JOIN section c ON c.id = s.section_id"   \
	" JOIN section_grade g ON g.show_id = ? AND g.section_id = s.section_id JOIN price_grade p ON p.id = g.grade_id" \
	" LEFT JOIN claim k ON k.performance_id = ? AND k.seat_idx = s.idx WHERE "
DB_QUERY_F(section_seats, seats_seat, DB_STALE_OK, SEAT_SQL "s.hall_id = ? AND s.section_id = ? ORDER BY s.idx")
DB_QUERY(chosen_seats, seats_seat, SEAT_SQL "s.hall_id = ? AND s.idx IN ({?}) ORDER BY s.idx")

struct err *seats_of_section(struct db *db, struct arena *a, const struct show_performance *p, struct section_id section,
    struct seats_seat **ret, size_t *ret_n)
{
	return section_seats_all(db, a, ret, ret_n, DB_ARGS(p->show_id.v, p->id.v, p->hall_id.v, section.v));
}

struct err *seats_chosen(struct db *db, struct arena *a, const struct show_performance *p, const int64_t *idx, size_t n,
    struct seats_seat **ret, size_t *ret_n)
{
	struct db_arg *args = arena_array(a, struct db_arg, n + 3);
	args[0] = DB_ARG(p->show_id.v);
	args[1] = DB_ARG(p->id.v);
	args[2] = DB_ARG(p->hall_id.v);
	for (size_t i = 0; i < n; i++)
		args[3 + i] = DB_ARG(idx[i]);
	return chosen_seats_in(db, a, ret, ret_n, n, args, n + 3);
}

/* ---- the snapshot ----------------------------------------------------------------------------------------------------- */
/* Thirty seats make a word, so that a sold stadium is 1,667 rows and not 50,000. */
#define WORD_ROW(F) F(i64, word) F(i64, bits)
DB_ROW(word_row, WORD_ROW)
DB_QUERY(claimed_words, word_row,
    "SELECT seat_idx DIV 30 AS word, CAST(BIT_OR(IF(state = 'held', 1, 2) << (2 * MOD(seat_idx, 30))) AS SIGNED) AS bits"
    " FROM claim WHERE performance_id = ? AND seat_idx < 1099511627776 GROUP BY word")
#define PLACES_ROW(F) F(section_id, section_id) F(i64, places)
DB_ROW(places_row, PLACES_ROW)
DB_QUERY(standing_left, places_row,
    "SELECT section_id, CAST(SUM(capacity - taken) AS SIGNED) AS places FROM stock_stripe WHERE performance_id = ?"
    " GROUP BY section_id")
enum { WORD_SEATS = 30 };

static void state_set(uint8_t *bits, int64_t seat, unsigned state)
{
	bits[seat / 4] = (uint8_t)(bits[seat / 4] | state << (2 * (seat % 4)));
}

static unsigned state_get(const uint8_t *bits, int64_t seat)
{
	return bits[seat / 4] >> (2 * (seat % 4)) & 3u;
}

struct err *seats_places(struct db *db, struct arena *a, const struct show_performance *p, const struct seats_section *sections,
    size_t n_sections, struct seats_state *ret)
{
	struct places_row *places = NULL;
	size_t n_places = 0;
	bool standing = false;
	for (size_t i = 0; i < n_sections; i++)
		standing |= sections[i].standing;
	if (standing)
		TRY(standing_left_all(db, a, &places, &n_places, DB_ARGS(p->id.v)));
	int64_t *left = arena_array(a, int64_t, n_sections + 1);
	for (size_t i = 0; i < n_sections; i++)
		for (size_t k = 0; sections[i].standing && sections[i].grade_id.v && k < n_places; k++)
			if (places[k].section_id.v == sections[i].id.v)
				left[i] = places[k].places;
	*ret = (struct seats_state){ .left = left };
	return NULL;
}

struct err *seats_state(struct db *db, struct arena *a, const struct show_performance *p, const struct seats_section *sections,
    size_t n_sections, struct seats_state *ret)
{
	struct word_row *words;
	size_t n_words;
	struct seats_state s;
	TRY(claimed_words_all(db, a, &words, &n_words, DB_ARGS(p->id.v)));
	TRY(seats_places(db, a, p, sections, n_sections, &s));
	s.n_bits = (size_t)(p->seats + 3) / 4;
	s.bits = arena_alloc(a, s.n_bits + 1);
	for (size_t i = 0; i < n_words; i++)
		for (int64_t k = 0, seat = words[i].word * WORD_SEATS; k < WORD_SEATS && seat < p->seats; k++, seat++)
			state_set(s.bits, seat, (unsigned)(words[i].bits >> (2 * k)) & 3u);
	int64_t seat = 0; /* seats are numbered section by section */
	for (size_t i = 0; i < n_sections; i++) {
		if (sections[i].standing)
			continue;
		for (int64_t end = seat + sections[i].capacity; seat < end && seat < p->seats; seat++) {
			if (!sections[i].grade_id.v)
				state_set(s.bits, seat, BOOKING_SEAT_NOT_OFFERED);
			else
				s.left[i] += state_get(s.bits, seat) == BOOKING_SEAT_FREE;
		}
	}
	*ret = s;
	return NULL;
}

/* ---- best available ---------------------------------------------------------------------------------------------------- */
#define NEAR_ROW(F) F(section_id, section_id) F(i64, x) F(i64, y) F(i64, w) F(i64, h) F(i64, width)
DB_ROW(near_row, NEAR_ROW)
DB_QUERY_F(sections_best, near_row, DB_MEMO,
    "SELECT c.id AS section_id, c.x, c.y, c.w, c.h, h.width FROM section_grade g JOIN section c ON c.id = g.section_id"
    " JOIN hall h ON h.id = c.hall_id WHERE g.show_id = ? AND c.hall_id = ? AND c.kind = 'seated' AND (? = 0 OR g.grade_id = ?)")
#define FREE_ROW(F) F(i64, idx) F(section_id, section_id) F(str, row_label) F(i64, x) F(i64, y)
DB_ROW(free_row, FREE_ROW)
/* Seats with a restricted view are nobody's best; a wheelchair's place comes with the companions' beside it. */
DB_QUERY_F(seats_free, free_row, DB_STALE_OK,
    "SELECT s.idx, s.section_id, s.row_label, s.x, s.y FROM seat s LEFT JOIN claim k ON k.performance_id = ? AND k.seat_idx = s.idx"
    " WHERE k.seat_idx IS NULL AND IF(? = 0, s.flags = 0, s.flags & ? <> 0) AND s.section_id IN ({?}) ORDER BY s.idx")

struct near { struct section_id section; int64_t score; };

static int nearest_first(const void *a, const void *b)
{
	const struct near *x = a, *y = b;
	return (x->score > y->score) - (x->score < y->score);
}

/* No seat of a section is better than the point of its box that is nearest to the front's middle. */
static int64_t score_of_box(const struct near_row *s)
{
	int64_t cx = s->width / 2, dx = s->x > cx ? s->x - cx : cx > s->x + s->w ? cx - s->x - s->w : 0;
	return dx * dx + s->y * s->y;
}

struct best { struct arena *a; const struct show_performance *p; int flags, cx; size_t n; bool found; int64_t score, first; };

static struct err *best_of(struct db *db, struct best *best, const struct near *sections, size_t n_sections)
{
	struct db_arg *args = arena_array(best->a, struct db_arg, n_sections + 3);
	struct free_row *rows;
	size_t n_rows, first;
	args[0] = DB_ARG(best->p->id.v);
	args[1] = args[2] = DB_ARG(best->flags);
	for (size_t i = 0; i < n_sections; i++)
		args[3 + i] = DB_ARG(sections[i].section.v);
	TRY(seats_free_in(db, best->a, &rows, &n_rows, n_sections, args, n_sections + 3));
	struct seat_spot *spots = arena_array(best->a, struct seat_spot, n_rows + 1);
	int64_t row = 0;
	for (size_t i = 0; i < n_rows; i++) {
		row += i > 0 && !str_eq(rows[i].row_label, rows[i - 1].row_label);
		spots[i] = (struct seat_spot){ rows[i].idx, rows[i].section_id.v, row, (int)rows[i].x, (int)rows[i].y, true };
	}
	if (!booking_best_run(spots, n_rows, best->cx, best->n, &first))
		return NULL;
	int64_t score = booking_run_score(spots + first, best->n, best->cx);
	if (!best->found || score < best->score) {
		best->found = true;
		best->score = score;
		best->first = rows[first].idx;
	}
	return NULL;
}

/* Section by section from the front's middle on, a few more each time, until no other can have better ones. */
struct err *seats_best(struct db *db, struct arena *a, const struct show_performance *p, struct grade_id grade, bool wheelchair,
    size_t n, int64_t *ret, size_t *ret_n)
{
	struct near_row *sections;
	size_t n_sections, many = 2;
	*ret_n = 0;
	TRY(sections_best_all(db, a, &sections, &n_sections, DB_ARGS(p->show_id.v, p->hall_id.v, grade.v, grade.v)));
	if (n_sections == 0)
		return NULL;
	struct near *near = arena_array(a, struct near, n_sections);
	for (size_t i = 0; i < n_sections; i++)
		near[i] = (struct near){ sections[i].section_id, score_of_box(&sections[i]) };
	qsort(near, n_sections, sizeof *near, nearest_first);
	struct best best = { .a = a, .p = p, .cx = (int)sections->width / 2, .n = n,
		.flags = !wheelchair ? 0 : n == 1 ? SEAT_WHEELCHAIR : SEAT_WHEELCHAIR | SEAT_COMPANION };
	for (size_t i = 0; i < n_sections && !(best.found && near[i].score >= best.score); i += many, many *= 8) {
		if (many > n_sections - i)
			many = n_sections - i;
		TRY(best_of(db, &best, near + i, many));
	}
	for (size_t i = 0; best.found && i < n; i++)
		ret[i] = best.first + (int64_t)i;
	*ret_n = best.found ? n : 0;
	return NULL;
}

/* ---- own holds ------------------------------------------------------------------------------------------------------------ */
DB_QUERY(own_holds, seats_own,
    "SELECT o.code, k.seat_idx, o.expires_at FROM claim k JOIN orders o ON o.id = k.order_id"
    " WHERE k.performance_id = ? AND k.person_id = ? AND o.state = 'pending' ORDER BY o.id, k.seat_idx")

struct err *seats_own_holds(struct db *db, struct arena *a, struct performance_id p, struct person_id person,
    struct seats_own **ret, size_t *ret_n)
{
	return own_holds_all(db, a, ret, ret_n, DB_ARGS(p.v, person.v));
}
