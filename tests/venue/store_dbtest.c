/* Plans in the database: what is stored comes back, quickly; what is appended goes behind. */
#include "../support/testdb.h"
#include "base/clock.h"
#include "venue/venue.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HALL_STATE(F) F(i64, seats) F(i64, standing) F(i64, version) F(i64, n) F(i64, top)
DB_ROW(hall_state, HALL_STATE)
DB_QUERY(state_of_hall, hall_state,
    "SELECT seats, standing, version, (SELECT COUNT(*) FROM seat s WHERE s.hall_id = h.id) AS n,"
    " (SELECT COALESCE(MAX(idx) + 1, 0) FROM seat s WHERE s.hall_id = h.id) AS top FROM hall h WHERE h.id = ?")

static struct arena *a;
static int64_t last_hall;

static int begin(void **state)
{
	char sql[300];
	(void)state;
	a = arena_new((size_t)256 << 20);
	if (last_hall == 0) {
		testdb();
		testdb_sql("INSERT INTO person (id, email, name, created_at) VALUES (1, 'o@example.com', 'O', UTC_TIMESTAMP())");
		testdb_sql("INSERT INTO organizer (id, person_id, name, about, state, applied_at) VALUES (1, 1, 'O', '', 'approved', UTC_TIMESTAMP())");
		testdb_sql("INSERT INTO venue (id, organizer_id, name, region, created_at) VALUES (1, 1, 'V', 'seoul', UTC_TIMESTAMP())");
	}
	snprintf(sql, sizeof sql, "INSERT INTO hall (id, venue_id, name, created_at) VALUES (%lld, 1, 'H', UTC_TIMESTAMP())", (long long)++last_hall);
	testdb_sql(sql);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static struct hall_id hall(void)
{
	return (struct hall_id){ last_hall };
}

static struct err *store(struct db *db, void *ctx)
{
	return venue_plan_store(db, hall(), ctx);
}

static struct err *append(struct db *db, void *ctx)
{
	return venue_plan_append(db, a, hall(), ctx);
}

static void assert_same(const struct plan *p, const struct plan *q)
{
	struct bytes x = venue_plan_to_json(a, p), y = venue_plan_to_json(a, q);
	assert_int_equal(x.n, y.n);
	assert_memory_equal(x.p, y.p, x.n);
}

static void a_stadium_is_stored_and_loaded(void **state)
{
	struct plan p, q;
	struct hall_state *s;
	struct bytes geometry;
	(void)state;
	OK(venue_preset(a, "stadium", &p));
	int64_t from = clock_monotonic();
	OK(db_tx(testdb(), store, &p));
	int64_t took = clock_monotonic() - from;
	print_message("48,000 seats stored in %lld ms\n", (long long)(took / 1000));
	assert_true(took < 30 * US_SECOND); /* under a second on an idle machine */
	OK(venue_plan_load(testdb(), a, hall(), &q));
	assert_same(&p, &q);
	OK(state_of_hall_one(testdb(), a, &s, DB_ARGS(last_hall)));
	assert_true(s->seats == 48000 && s->n == 48000 && s->top == 48000 && s->standing == 2000 && s->version > 1);
	OK(venue_geometry(testdb(), a, hall(), &geometry));
	assert_memory_equal(geometry.p, "{\"w\":", 5);
}

static void sections_are_appended(void **state)
{
	struct plan club, more, all;
	struct hall_state *s;
	const struct plan_block b = { .section = "추가", .first_row = "가", .rows = 2, .seats_per_row = 3, .x = 100, .y = 1500, .seat_gap = 20, .row_gap = 20 };
	(void)state;
	OK(venue_preset(a, "club", &club));
	OK(venue_plan_generate(a, &b, 1, &more));
	OK(db_tx(testdb(), store, &club));
	OK(db_tx(testdb(), append, &more));
	OK(venue_plan_load(testdb(), a, hall(), &all));
	assert_int_equal(all.n_sections, club.n_sections + 1);
	assert_string_equal(all.sections[all.n_sections - 1].seats[3].row, "나");
	assert_true(all.height >= 1520);
	OK(venue_plan_check(a, &all));
	OK(state_of_hall_one(testdb(), a, &s, DB_ARGS(last_hall)));
	assert_true(s->seats == 66 && s->n == 66 && s->top == 66 && s->standing == 400);
}

static void what_the_database_refuses_is_told(void **state)
{
	struct plan_seat seats[] = { { .row = "a", .label = "1", .x = 5, .y = 5 }, { .row = "A", .label = "1", .x = 9, .y = 5 } };
	struct plan_section section = { .name = "S", .seats = seats, .n_seats = 2 };
	struct plan p = { .width = 100, .height = 100, .sections = &section, .n_sections = 1 };
	struct hall_state *s;
	(void)state;
	OK(venue_plan_check(a, &p));
	struct err *e = db_tx(testdb(), store, &p);
	assert_true(err_is(e, ERR_INVALID));
	assert_non_null(strstr(err_user_text(e), "Section S: two seats of one row differ only"));
	err_free(e);
	OK(state_of_hall_one(testdb(), a, &s, DB_ARGS(last_hall)));
	assert_true(s->n == 0 && s->version == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
		T(a_stadium_is_stored_and_loaded), T(sections_are_appended), T(what_the_database_refuses_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
