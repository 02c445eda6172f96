/* The catalogue against a database: states by the clock, facts for lists, filters, paging, what stays hidden. */
#include "../support/testdb.h"

#include "base/clock.h"
#include "show/show_priv.h"
#include "show/catalogue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ONE_ROW(F) F(str, state)
DB_ROW(one_row, ONE_ROW)
DB_QUERY(state_of, one_row, "SELECT state FROM performance WHERE id = ?")
#define FACTS_ROW(F) F(str, sale) F(time, first_at) F(time, last_at) F(venue_id, venue_id) F(i64, price_from) F(str, search_text)
DB_ROW(facts_row, FACTS_ROW)
DB_QUERY(facts_of, facts_row, "SELECT sale, first_at, last_at, venue_id, price_from, search_text FROM shows WHERE id = ?")
#define SOLD_ROW(F) F(i64, sold)
DB_ROW(sold_row, SOLD_ROW)
DB_QUERY(sold_of, sold_row, "SELECT sold_7d AS sold FROM show_rank WHERE show_id = ?")

static struct arena *a;
static struct db *db;
static int64_t now;

static const char *state_now(int64_t id)
{
	struct one_row *r;
	OK(state_of_one(db, a, &r, DB_ARGS(id)));
	return r->state;
}

static struct facts_row *facts(int64_t id)
{
	struct facts_row *r;
	OK(facts_of_one(db, a, &r, DB_ARGS(id)));
	return r;
}

/* Times count from 2027-01-01 00:00 UTC, `now`. */
static int group_setup(void **state)
{
	(void)state;
	a = arena_new(16 << 20);
	db = testdb();
	now = INT64_C(1798761600) * US_SECOND;
	testdb_sql(
	    "INSERT INTO person (id, email, created_at) VALUES (1, 'o@example.com', '2026-01-01'), (2, 'b@example.com', '2026-01-01');"
	    "INSERT INTO organizer (id, person_id, name, about, state, applied_at) VALUES (1, 1, 'House', '', 'approved', '2026-01-01');"
	    "INSERT INTO venue (id, organizer_id, name, name_en, region, created_at) VALUES (1, 1, '달 극장', 'Moon Theatre', 'seoul', '2026-01-01'),"
	    " (2, 1, '바다홀', 'Sea Hall', 'busan', '2026-01-01');"
	    "INSERT INTO hall (id, venue_id, name, seats, created_at) VALUES (1, 1, 'A', 10, '2026-01-01'), (2, 2, 'B', 10, '2026-01-01')");
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static int empty(void **state)
{
	(void)state;
	testdb_sql("DELETE FROM claim; DELETE FROM performance_grade; DELETE FROM performance; DELETE FROM price_grade;"
	           " DELETE FROM show_cast; DELETE FROM performer; DELETE FROM show_rank; DELETE FROM show_sold; DELETE FROM shows");
	return 0;
}

static void show_is(int64_t id, const char *slug, const char *genre, const char *state, const char *view, const char *booking)
{
	testdb_sql(arena_printf(a,
	    "INSERT INTO shows (id, organizer_id, slug, title, title_en, genre, synopsis, synopsis_en, notice, notice_en, minutes,"
	    " view_open_at, booking_open_at, state, created_at, search_text) VALUES (%lld, 1, '%s', '별 헤는 밤 %lld', 'Counting Stars %lld',"
	    " '%s', '', '', '', '', 90, '%s', '%s', '%s', '2026-01-01', '')",
	    (long long)id, slug, (long long)id, (long long)id, genre, view, booking, state));
}

static void performance_is(int64_t id, int64_t show, int64_t hall, const char *starts_at, const char *closes_at)
{
	testdb_sql(arena_printf(a,
	    "INSERT INTO performance (id, show_id, hall_id, starts_at, booking_closes_at, created_at)"
	    " VALUES (%lld, %lld, %lld, '%s', '%s', '2026-01-01')", (long long)id, (long long)show, (long long)hall, starts_at, closes_at));
}

static void grade_is(int64_t id, int64_t show, int64_t ord, int64_t price, int64_t performance, int64_t capacity)
{
	testdb_sql(arena_printf(a,
	    "INSERT INTO price_grade (id, show_id, ord, code, price) VALUES (%lld, %lld, %lld, 'G%lld', %lld);"
	    "INSERT INTO performance_grade (performance_id, grade_id, capacity) VALUES (%lld, %lld, %lld)",
	    (long long)id, (long long)show, (long long)ord, (long long)ord, (long long)price, (long long)performance, (long long)id,
	    (long long)capacity));
}

static void claim_is(int64_t performance, int64_t seat, int64_t grade, const char *state)
{
	testdb_sql(arena_printf(a,
	    "INSERT INTO claim (performance_id, seat_idx, person_id, slot, grade_id, order_id, state) VALUES (%lld, %lld, 2, %lld, %lld, 1, '%s')",
	    (long long)performance, (long long)seat, (long long)seat + 1, (long long)grade, state));
}

static void refresh_all(int64_t at)
{
	struct show_performance_ref *p;
	size_t n;
	OK(show_performances_overdue(db, a, at, &p, &n));
	for (size_t i = 0; i < n; i++)
		OK(show_performance_refresh(db, p[i].id, at));
	OK(show_performances_overdue(db, a, at, &p, &n));
	assert_int_equal(n, 0); /* what was put right is right */
}

static void states_follow_time_and_stock(void **state)
{
	(void)state;
	show_is(1, "one", "play", "published", "2026-12-01", "2027-01-01 01:00:00");
	performance_is(1, 1, 1, "2027-01-10 10:00:00", "2027-01-10 09:00:00");
	grade_is(1, 1, 0, 50000, 1, 2);
	refresh_all(now);
	assert_string_equal(state_now(1), "scheduled");
	assert_string_equal(facts(1)->sale, "none"); /* nothing has changed yet */
	refresh_all(now + US_HOUR);
	assert_string_equal(state_now(1), "on_sale");
	assert_string_equal(facts(1)->sale, "open");
	claim_is(1, 0, 1, "held");
	claim_is(1, 1, 1, "held");
	OK(show_performance_refresh(db, (struct performance_id){ 1 }, now + US_HOUR));
	assert_string_equal(state_now(1), "on_sale"); /* held seats may come back */
	testdb_sql("UPDATE claim SET state = 'sold'");
	OK(show_performance_refresh(db, (struct performance_id){ 1 }, now + US_HOUR));
	assert_string_equal(state_now(1), "sold_out");
	assert_string_equal(facts(1)->sale, "sold_out");
	testdb_sql("DELETE FROM claim WHERE seat_idx = 1");
	OK(show_performance_refresh(db, (struct performance_id){ 1 }, now + US_HOUR));
	assert_string_equal(state_now(1), "on_sale");
	refresh_all(now + 9 * US_DAY + 9 * US_HOUR);
	assert_string_equal(state_now(1), "closed");
	refresh_all(now + 9 * US_DAY + 11 * US_HOUR);
	assert_string_equal(state_now(1), "closed"); /* it plays for 90 minutes */
	refresh_all(now + 9 * US_DAY + 11 * US_HOUR + 30 * US_MINUTE);
	assert_string_equal(state_now(1), "done");
}

static void cancelled_stays_and_withdrawn_closes(void **state)
{
	(void)state;
	show_is(1, "one", "play", "published", "2026-12-01", "2026-12-02");
	performance_is(1, 1, 1, "2027-01-10 10:00:00", "2027-01-10 09:00:00");
	performance_is(2, 1, 1, "2027-01-11 10:00:00", "2027-01-11 09:00:00");
	testdb_sql("UPDATE performance SET state = 'cancelled' WHERE id = 1");
	refresh_all(now);
	assert_string_equal(state_now(1), "cancelled");
	assert_string_equal(state_now(2), "on_sale");
	testdb_sql("UPDATE shows SET state = 'withdrawn'");
	refresh_all(now);
	assert_string_equal(state_now(2), "scheduled");
}

static void facts_are_gathered(void **state)
{
	(void)state;
	show_is(1, "one", "play", "published", "2026-12-01", "2026-12-02");
	performance_is(1, 1, 2, "2027-01-10 10:00:00", "2027-01-10 09:00:00");
	performance_is(2, 1, 1, "2027-01-12 10:00:00", "2027-01-12 09:00:00");
	performance_is(3, 1, 1, "2027-01-20 10:00:00", "2027-01-20 09:00:00");
	grade_is(1, 1, 0, 90000, 1, 5);
	grade_is(2, 1, 1, 40000, 1, 5);
	testdb_sql("UPDATE performance SET state = 'cancelled' WHERE id = 3;"
	           "INSERT INTO performer (id, organizer_id, name, name_en, about) VALUES (1, 1, '한 별', 'Han Byeol', '');"
	           "INSERT INTO show_cast (show_id, performer_id) VALUES (1, 1)");
	OK(show_facts_refresh(db, (struct show_id){ 1 }));
	struct facts_row *f = facts(1);
	assert_int_equal(f->first_at, now + 9 * US_DAY + 10 * US_HOUR);
	assert_int_equal(f->last_at, now + 11 * US_DAY + 10 * US_HOUR);
	assert_int_equal(f->venue_id.v, 2);
	assert_int_equal(f->price_from, 40000);
	assert_string_equal(f->sale, "soon");
	assert_string_equal(f->search_text, "별헤는밤1|CountingStars1|달극장|MoonTheatre|바다홀|SeaHall|한별|HanByeol");
}

static int64_t found(struct show_filter f)
{
	struct show_cards c;
	int64_t total;
	if (!f.page)
		f.page = 1;
	OK(show_cards_list(db, a, &f, now, &c, &total));
	return total;
}

static int64_t found_by(const char *q)
{
	struct show_filter f = { 0 };
	show_search_words(a, q, f.words);
	return found(f);
}

static void two_shows(void)
{
	show_is(1, "one", "play", "published", "2026-12-01", "2026-12-02");
	performance_is(1, 1, 1, "2027-01-10 10:00:00", "2027-01-10 09:00:00");
	show_is(2, "two", "musical", "published", "2026-12-01", "2027-01-05");
	performance_is(2, 2, 2, "2027-01-20 10:00:00", "2027-01-20 09:00:00");
	refresh_all(now);
	OK(show_facts_refresh(db, (struct show_id){ 1 }));
	OK(show_facts_refresh(db, (struct show_id){ 2 }));
}

static void filters(void **state)
{
	(void)state;
	two_shows();
	assert_int_equal(found((struct show_filter){ 0 }), 2);
	assert_int_equal(found((struct show_filter){ .genre = "play" }), 1);
	assert_int_equal(found((struct show_filter){ .genre = "dance" }), 0);
	assert_int_equal(found((struct show_filter){ .region = "busan" }), 1);
	assert_int_equal(found((struct show_filter){ .region = "busan", .genre = "play" }), 0);
	assert_int_equal(found((struct show_filter){ .open = true }), 1);
	assert_int_equal(found((struct show_filter){ .soon = true }), 1);
	assert_int_equal(found((struct show_filter){ .open = true, .region = "busan" }), 0); /* the same performance has to fit */
	assert_int_equal(found((struct show_filter){ .from = now + 15 * US_DAY }), 1);
	assert_int_equal(found((struct show_filter){ .to = now + 15 * US_DAY }), 1);
	assert_int_equal(found((struct show_filter){ .from = now + 12 * US_DAY, .to = now + 15 * US_DAY }), 0);
}

static void searching(void **state)
{
	(void)state;
	two_shows();
	assert_int_equal(found_by("헤는"), 2);
	assert_int_equal(found_by("별헤는 밤"), 2);
	assert_int_equal(found_by("counting STARS 2"), 1);
	assert_int_equal(found_by("바다 별"), 1);
	assert_int_equal(found_by("moon theatre"), 1);
	assert_int_equal(found_by("%"), 0);
	assert_int_equal(found_by("없는 말"), 0);
}

static void what_is_not_public_is_not_found(void **state)
{
	(void)state;
	two_shows();
	testdb_sql("UPDATE shows SET state = 'draft' WHERE id = 1; UPDATE shows SET view_open_at = '2027-01-02' WHERE id = 2");
	assert_int_equal(found((struct show_filter){ 0 }), 0);
	struct show_cards c;
	struct show_dated *d;
	struct show_instant *i;
	struct show_entry *e;
	size_t n;
	OK(show_cards_soon(db, a, now, &c));
	assert_int_equal(c.n, 0);
	OK(show_cards_fresh(db, a, now, &c));
	assert_int_equal(c.n, 0);
	OK(show_cards_of_venue(db, a, (struct venue_id){ 1 }, now, &c));
	assert_int_equal(c.n, 0);
	OK(show_dated_all(db, a, now, now + 30 * US_DAY, now, &d, &n));
	assert_int_equal(n, 0);
	OK(show_instants(db, a, now, now + 30 * US_DAY, now, &i, &n));
	assert_int_equal(n, 0);
	OK(show_entries(db, a, now, 100, &e, &n));
	assert_int_equal(n, 0);
	OK(show_cards_soon(db, a, now + 2 * US_DAY, &c));
	assert_int_equal(c.n, 1); /* its time has come */
}

static void pages(void **state)
{
	(void)state;
	for (int64_t i = 1; i <= 45; i++) {
		show_is(i, arena_printf(a, "s%lld", (long long)i), "play", "published", "2026-12-01", "2026-12-02");
		performance_is(i, i, 1, "2027-01-10 10:00:00", "2027-01-10 09:00:00");
		OK(show_facts_refresh(db, (struct show_id){ i }));
	}
	bool seen[46] = { 0 };
	for (int page = 1; page <= 3; page++) {
		struct show_filter f = { .page = page, .sort = SORT_DATE };
		struct show_cards c;
		int64_t total;
		OK(show_cards_list(db, a, &f, now, &c, &total));
		assert_int_equal(total, 45);
		assert_int_equal(c.n, page < 3 ? 20 : 5);
		for (size_t i = 0; i < c.n; i++) {
			assert_false(seen[c.v[i].id.v]); /* nothing twice, nothing left out */
			seen[c.v[i].id.v] = true;
		}
	}
}

static void runs_are_told_by_grade(void **state)
{
	(void)state;
	show_is(1, "one", "play", "published", "2026-12-01", "2026-12-02");
	performance_is(1, 1, 1, "2027-01-10 10:00:00", "2027-01-10 09:00:00");
	performance_is(2, 1, 1, "2027-01-11 10:00:00", "2027-01-11 09:00:00");
	grade_is(1, 1, 0, 90000, 1, 5);
	grade_is(2, 1, 1, 40000, 1, 5);
	claim_is(1, 0, 2, "held");
	OK(show_performance_refresh(db, (struct performance_id){ 1 }, now));
	struct show_run *x;
	size_t n;
	OK(show_runs(db, a, (struct show_id){ 1 }, now, 30, &x, &n));
	assert_int_equal(n, 3); /* two grades, and a performance without any */
	assert_string_equal(x[0].code, "G0");
	assert_int_equal(x[0].taken, 0);
	assert_int_equal(x[1].taken, 1);
	assert_int_equal(x[2].id.v, 2);
	OK(show_runs(db, a, (struct show_id){ 1 }, now, 1, &x, &n));
	assert_int_equal(n, 2); /* the limit counts performances */
}

static void remembered_runs_tell_what_is_left_now(void **state)
{
	(void)state;
	struct db *reader = testdb_another();
	struct show_run *x;
	size_t n;
	show_is(1, "one", "play", "published", "2026-12-01", "2026-12-02");
	for (int i = 1; i <= 3; i++)
		performance_is(i, 1, 1, arena_printf(a, "2027-01-1%d 10:00:00", i), "2027-01-10 09:00:00");
	grade_is(1, 1, 0, 90000, 1, 5);
	grade_is(2, 1, 1, 40000, 1, 5);
	testdb_sql("INSERT INTO performance_grade (performance_id, grade_id, capacity) VALUES (3, 2, 7), (3, 1, 7)");
	db_unit_begin(reader, NULL);
	OK(show_runs(reader, a, (struct show_id){ 1 }, now, 30, &x, &n));
	assert_int_equal(db_unit_queries(reader), 1);
	testdb_sql("UPDATE performance_grade SET taken = 10 * performance_id + grade_id");
	db_unit_begin(reader, NULL);
	OK(show_runs(reader, a, (struct show_id){ 1 }, now, 30, &x, &n));
	assert_int_equal(db_unit_queries(reader), 1);
	assert_int_equal(n, 5);
	static const int64_t taken[] = { 11, 12, 0, 31, 32 };
	for (size_t i = 0; i < n; i++)
		assert_int_equal(x[i].taken, taken[i]);
	db_close(reader);
}

/* ---- ranks -------------------------------------------------------------------------------------------------------------- */
static void order_is(int64_t id, int64_t performance, int tickets, const char *state, const char *paid_at)
{
	testdb_sql(arena_printf(a,
	    "INSERT INTO orders (id, code, person_id, performance_id, idem_key, state, tickets, subtotal, total, created_at, paid_at)"
	    " VALUES (%lld, 'ORDER%lld', 2, %lld, 'k%lld', '%s', %d, 0, 0, '2026-12-01', '%s')", (long long)id, (long long)id,
	    (long long)performance, (long long)id, state, tickets, paid_at));
}

static void run_job(const char *name, int64_t at)
{
	struct job_ctx j = { .db = db, .a = a, .now = at };
	for (const struct job *x = show_jobs; x->name; x++)
		if (str_eq(x->name, name)) {
			OK(x->run(&j));
			return;
		}
	fail_msg("no job %s", name);
}

static int64_t sold(int64_t show)
{
	struct sold_row *r;
	OK(sold_of_one(db, a, &r, DB_ARGS(show)));
	return r ? r->sold : -1;
}

static void ranks_count_the_tickets_of_seven_days(void **state)
{
	(void)state;
	show_is(1, "one", "concert", "published", "2026-01-01", "2026-01-02");
	show_is(2, "two", "concert", "published", "2026-01-01", "2026-01-02");
	performance_is(1, 1, 1, "2027-03-01 10:00:00", "2027-03-01 09:00:00");
	performance_is(2, 2, 1, "2027-03-02 10:00:00", "2027-03-02 09:00:00");
	grade_is(1, 1, 0, 1000, 1, 10);
	grade_is(2, 2, 0, 1000, 2, 10);
	testdb_sql("UPDATE shows SET last_at = '2027-03-02'; UPDATE performance SET state = 'on_sale'");
	order_is(1, 1, 3, "paid", "2026-12-28 10:00:00");
	order_is(2, 1, 2, "partly_cancelled", "2026-12-31 22:59:59");
	order_is(3, 2, 4, "paid", "2026-12-31 23:59:59");
	order_is(4, 2, 9, "cancelled", "2026-12-31 23:00:00");
	order_is(5, 2, 9, "paid", "2026-12-20 10:00:00");
	run_job("show.ranks", now);
	assert_int_equal(sold(1), 5);
	assert_int_equal(sold(2), 4);
	order_is(6, 2, 1, "paid", "2027-01-01 00:00:01");
	run_job("show.ranks", now + US_MINUTE);
	assert_int_equal(sold(2), 5);
	/* What was cancelled later goes with the day's count; days go as they pass. */
	testdb_sql("UPDATE orders SET state = 'cancelled' WHERE id = 1");
	run_job("show.ranks", now + 2 * US_MINUTE);
	assert_int_equal(sold(1), 5);
	run_job("show.sold", now + 2 * US_MINUTE);
	run_job("show.ranks", now + 2 * US_MINUTE);
	assert_int_equal(sold(1), 2);
	assert_int_equal(sold(2), 5);
	run_job("show.ranks", now + 8 * US_DAY);
	assert_int_equal(sold(1), 0);
	testdb_sql("DELETE FROM orders");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(states_follow_time_and_stock, empty),
		cmocka_unit_test_setup(cancelled_stays_and_withdrawn_closes, empty),
		cmocka_unit_test_setup(facts_are_gathered, empty),
		cmocka_unit_test_setup(filters, empty),
		cmocka_unit_test_setup(searching, empty),
		cmocka_unit_test_setup(what_is_not_public_is_not_found, empty),
		cmocka_unit_test_setup(pages, empty),
		cmocka_unit_test_setup(runs_are_told_by_grade, empty),
		cmocka_unit_test_setup(remembered_runs_tell_what_is_left_now, empty),
		cmocka_unit_test_setup(ranks_count_the_tickets_of_seven_days, empty),
	};
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
