/* The stage of a rush, and what the database says when it is over. */
#include "people.h"

#include "base/str.h"
#include "db/db.h"
#include "queue/queue.h"
#include "show/show.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SEATS_PER_INSERT = 200, SEAT_COLUMNS = 6, BANDS = 4 };

/* ---- the stage ------------------------------------------------------------------------------------------------------------ */
DB_EXEC(owner_insert, "INSERT INTO person (email, name, created_at) VALUES (?, 'Rush Hall', ?)")
DB_EXEC(organizer_insert, "INSERT INTO organizer (person_id, name, about, state, applied_at) VALUES (?, 'Rush Hall', '', 'approved', ?)")
DB_EXEC(venue_insert, "INSERT INTO venue (organizer_id, name, name_en, region, created_at) VALUES (?, '러시 홀', 'Rush Hall', 'seoul', ?)")
DB_EXEC(hall_insert,
    "INSERT INTO hall (venue_id, name, name_en, seats, width, height, created_at) VALUES (?, '대극장', 'Main hall', ?, ?, ?, ?)")
DB_EXEC(section_insert, "INSERT INTO section (hall_id, ord, name, capacity, x, y, w, h) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
DB_EXEC(seat_insert, "INSERT INTO seat (hall_id, idx, section_id, row_label, label, x, y) VALUES {(?, ?, ?, ?, ?, ?, ?)}")
DB_EXEC(show_insert,
    "INSERT INTO shows (organizer_id, slug, title, title_en, genre, synopsis, synopsis_en, notice, notice_en, minutes, ticket_limit,"
    " fee_per_ticket, view_open_at, booking_open_at, state, created_at, search_text)"
    " VALUES (?, ?, '개막 공연', 'Opening Night', 'concert', '', '', '', '', 120, ?, 1000, ?, ?, 'published', ?, '')")
DB_EXEC(grade_insert, "INSERT INTO price_grade (show_id, ord, code, price) VALUES (?, ?, ?, ?)")
DB_EXEC(section_grade_insert, "INSERT INTO section_grade (show_id, section_id, grade_id) VALUES (?, ?, ?)")
DB_EXEC(performance_insert,
    "INSERT INTO performance (show_id, hall_id, starts_at, booking_closes_at, state, created_at) VALUES (?, ?, ?, ?, 'scheduled', ?)")

struct hall { int64_t id, rows, per_row, section[BANDS]; };

/* A fan of rows that is wider than deep; every quarter of the rows is a section and a price. */
static int64_t band_of(const struct hall *h, int64_t row)
{
	int64_t band = row * BANDS / h->rows;
	return band < BANDS ? band : BANDS - 1;
}

static struct err *make_seats(struct db *db, struct arena *a, const struct hall *h)
{
	struct db_arg args[SEATS_PER_INSERT * (SEAT_COLUMNS + 1)];
	size_t k = 0, rows = 0;
	for (int64_t i = 0; i < rush.n_seats; i++) {
		int64_t row = i / h->per_row, n = i % h->per_row;
		struct db_arg seat[] = { DB_ARG(h->id), DB_ARG(i), DB_ARG(h->section[band_of(h, row)]),
			DB_ARG(arena_printf(a, "%" PRId64, row + 1)), DB_ARG(arena_printf(a, "%" PRId64, n + 1)), DB_ARG(30 + n * 20),
			DB_ARG(60 + row * 20) };
		for (size_t c = 0; c < ARRAY_LEN(seat); c++)
			args[k++] = seat[c];
		if (++rows < SEATS_PER_INSERT && i + 1 < rush.n_seats)
			continue;
		TRY(seat_insert_many(db, NULL, rows, args, k));
		k = rows = 0;
	}
	return NULL;
}

static struct err *make_sections(struct db *db, struct arena *a, struct hall *h)
{
	for (int64_t band = 0; band < BANDS; band++) {
		int64_t seats = 0, first = -1, last = -1;
		for (int64_t i = 0; i < rush.n_seats; i++) {
			if (band_of(h, i / h->per_row) != band)
				continue;
			seats++;
			first = first < 0 ? i / h->per_row : first;
			last = i / h->per_row;
		}
		if (seats == 0)
			continue;
		TRY(section_insert_run(db, NULL, DB_ARGS(h->id, band, arena_printf(a, "%c", (char)('A' + band)), seats, 20, 50 + first * 20,
		    h->per_row * 20, (last - first + 1) * 20)));
		h->section[band] = db_last_id(db);
	}
	return NULL;
}

static struct err *make_hall(struct db *db, struct arena *a, int64_t now, struct hall *ret)
{
	*ret = (struct hall){ .per_row = 4 };
	while (ret->per_row * ret->per_row < rush.n_seats * 2)
		ret->per_row += 2;
	ret->rows = (rush.n_seats + ret->per_row - 1) / ret->per_row;
	TRY(owner_insert_run(db, NULL, DB_ARGS(arena_printf(a, "rush-%" PRId64 "@lab.example", now), db_time(now))));
	TRY(organizer_insert_run(db, NULL, DB_ARGS(db_last_id(db), db_time(now))));
	rush.organizer = db_last_id(db);
	TRY(venue_insert_run(db, NULL, DB_ARGS(rush.organizer, db_time(now))));
	TRY(hall_insert_run(db, NULL, DB_ARGS(db_last_id(db), rush.n_seats, ret->per_row * 20 + 40, ret->rows * 20 + 200, db_time(now))));
	ret->id = db_last_id(db);
	TRY(make_sections(db, a, ret));
	return make_seats(db, a, ret);
}

static struct err *make_show(struct db *db, struct arena *a, const struct hall *h, int64_t now)
{
	static const struct { const char *code; int64_t price; } grades[BANDS] = { { "VIP", 150000 }, { "R", 120000 }, { "S", 90000 }, { "A", 60000 } };
	rush.slug = arena_printf(a, "opening-night-%" PRId64, now / US_SECOND);
	TRY(show_insert_run(db, NULL, DB_ARGS(rush.organizer, rush.slug, rush.limit, db_time(now - US_DAY), db_time(rush.opens_at), db_time(now))));
	rush.show = db_last_id(db);
	for (int64_t band = 0; band < BANDS; band++) {
		if (!h->section[band])
			continue;
		TRY(grade_insert_run(db, NULL, DB_ARGS(rush.show, band, grades[band].code, grades[band].price)));
		TRY(section_grade_insert_run(db, NULL, DB_ARGS(rush.show, h->section[band], db_last_id(db))));
	}
	TRY(performance_insert_run(db, NULL, DB_ARGS(rush.show, h->id, db_time(now + 30 * US_DAY), db_time(now + 30 * US_DAY - US_HOUR), db_time(now))));
	rush.performance = db_last_id(db);
	TRY(show_performance_stock(db, (struct performance_id){ rush.performance }));
	TRY(show_performance_refresh(db, (struct performance_id){ rush.performance }, now));
	return show_facts_refresh(db, (struct show_id){ rush.show });
}

/* Everybody wants the front's middle. */
static int64_t per_row;
static int nearer(const void *left, const void *right)
{
	const int64_t *seat[2] = { left, right };
	int64_t far[2];
	for (int i = 0; i < 2; i++)
		far[i] = llabs(2 * (*seat[i] % per_row) - per_row + 1) + 3 * (*seat[i] / per_row);
	return far[0] < far[1] ? -1 : far[0] > far[1] ? 1 : *seat[0] < *seat[1] ? -1 : 1;
}

static struct err *stage_tx(struct db *db, void *ctx)
{
	struct hall h;
	struct arena *a = ctx;
	int64_t now = clock_now();
	rush.opens_at = now + rush.gather_s * US_SECOND;
	TRY(make_hall(db, a, now, &h));
	per_row = h.per_row;
	return make_show(db, a, &h, now);
}

struct err *truth_stage(struct db *db, struct arena *a)
{
	TRY(db_tx(db, stage_tx, a));
	rush.wish = arena_array(a, int64_t, (size_t)rush.n_seats);
	for (int64_t i = 0; i < rush.n_seats; i++)
		rush.wish[i] = i;
	qsort(rush.wish, (size_t)rush.n_seats, sizeof *rush.wish, nearer);
	struct queue_plan plan = { .gathers_at = clock_now(), .opens_at = rush.opens_at, .target = rush.target, .rate = rush.rate };
	return queue_plan_room(db, a, (struct queue_sale){ 'p', rush.performance }, &plan, clock_now(), &rush.room);
}

/* ---- the truth afterwards ----------------------------------------------------------------------------------------------------- */
#define COUNT_ROW(F) F(str, name) F(i64, n)
DB_ROW(truth_count, COUNT_ROW)
DB_QUERY(truth_counts, truth_count,
    "SELECT 'sold' AS name, COUNT(*) AS n FROM claim WHERE performance_id = ? AND state = 'sold'"
    " UNION ALL SELECT 'paid', COUNT(*) FROM orders WHERE performance_id = ? AND state = 'paid'"
    " UNION ALL SELECT 'over limit', COUNT(*) FROM (SELECT o.person_id FROM orders o JOIN ticket t ON t.order_id = o.id"
    " WHERE o.performance_id = ? AND t.state = 'issued' GROUP BY o.person_id HAVING COUNT(*) > ?) x"
    " UNION ALL SELECT 'unclear', COUNT(*) FROM pay_attempt a JOIN orders o ON o.id = a.order_id WHERE o.performance_id = ?"
    " AND a.state IN ('confirming', 'unknown')")
/* A guest's orders go with the pass that the browser had; whoever held at all has one with the name of the account. */
DB_QUERY(truth_room, truth_count,
    "SELECT 'without pass' AS name, COUNT(*) AS n FROM orders o WHERE o.performance_id = ? AND NOT EXISTS (SELECT 1 FROM queue_pass q"
    " WHERE q.room_id = ? AND q.person_id = o.person_id AND q.granted_at <= o.created_at)"
    " UNION ALL SELECT 'before turn', COUNT(*) FROM queue_pass q JOIN waiting_room w ON w.id = q.room_id WHERE w.id = ?"
    " AND (q.place > w.head OR q.place < 1 OR q.granted_at < w.opened_at)"
    " UNION ALL SELECT 'twice', COUNT(*) FROM (SELECT holder FROM queue_pass WHERE room_id = ? AND ended_at IS NULL AND expires_at > ?"
    " GROUP BY holder HAVING COUNT(*) > 1) x"
    " UNION ALL SELECT 'issued', issued FROM waiting_room WHERE id = ? UNION ALL SELECT 'head', head FROM waiting_room WHERE id = ?"
    " UNION ALL SELECT 'admitted', admitted FROM waiting_room WHERE id = ? UNION ALL SELECT 'skipped', skipped FROM waiting_room WHERE id = ?")
#define KEPT_ROW(F) F(str, code) F(i64, tickets)
DB_ROW(truth_kept, KEPT_ROW)
DB_QUERY(truth_orders, truth_kept,
    "SELECT o.code, COUNT(t.id) AS tickets FROM orders o JOIN ticket t ON t.order_id = o.id AND t.state = 'issued'"
    " WHERE o.performance_id = ? AND o.state = 'paid' GROUP BY o.id")

static int64_t value_of(const struct truth_count *rows, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(rows[i].name, name))
			return rows[i].n;
	return 0;
}

/* Promises that the database does not keep: not paid, or with fewer tickets than the page had said. */
static struct err *promises_lost(struct db *db, struct arena *a, int64_t *ret)
{
	struct truth_kept *kept;
	size_t n, n_promises;
	const struct promise *p = told_promises(&n_promises);
	TRY(truth_orders_all(db, a, &kept, &n, DB_ARGS(rush.performance)));
	for (size_t i = 0; i < n_promises; i++) {
		size_t k = 0;
		while (k < n && !str_eq(kept[k].code, p[i].code))
			k++;
		*ret += k == n || kept[k].tickets != p[i].tickets;
	}
	return NULL;
}

struct err *truth_find(struct db *db, struct arena *a, struct truth *ret)
{
	struct truth_count *rows;
	size_t n;
	int64_t p = rush.performance, r = rush.room;
	*ret = (struct truth){ 0 };
	TRY(truth_counts_all(db, a, &rows, &n, DB_ARGS(p, p, p, rush.limit, p)));
	ret->sold = value_of(rows, n, "sold");
	ret->paid_orders = value_of(rows, n, "paid");
	ret->over_limit = value_of(rows, n, "over limit");
	ret->unclear_payments = value_of(rows, n, "unclear");
	TRY(truth_room_all(db, a, &rows, &n, DB_ARGS(p, r, r, r, db_time(clock_now()), r, r, r, r)));
	ret->without_pass = value_of(rows, n, "without pass");
	ret->before_turn = value_of(rows, n, "before turn");
	ret->twice_inside = value_of(rows, n, "twice");
	ret->issued = value_of(rows, n, "issued");
	ret->head = value_of(rows, n, "head");
	ret->admitted = value_of(rows, n, "admitted");
	ret->skipped = value_of(rows, n, "skipped");
	return promises_lost(db, a, &ret->promises_lost);
}
