/* Many processes want the same: never sold twice, never over the limit, one order for one form. */
#include "house.h"

#include "base/conf.h"
#include "base/log.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES = 64 };

static struct arena *here;

static int setup(void **state)
{
	(void)state;
	here = arena_new(1 << 24);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	house_check(testdb(), here);
	arena_free(here);
	return 0;
}

#define COUNTS_ROW(F) F(i64, claims) F(i64, orders) F(i64, tickets)
DB_ROW(counts_row, COUNTS_ROW)
DB_QUERY(counts, counts_row,
    "SELECT (SELECT COUNT(*) FROM claim WHERE performance_id = ?) AS claims,"
    " (SELECT COUNT(*) FROM orders WHERE performance_id = ? AND state IN ('pending', 'paid')) AS orders,"
    " (SELECT CAST(COALESCE(SUM(tickets), 0) AS SIGNED) FROM orders WHERE performance_id = ? AND state IN ('pending', 'paid')) AS tickets")

static struct counts_row count(void)
{
	struct counts_row *row;
	int64_t p = house_show->id.v;
	OK(counts_one(testdb(), here, &row, DB_ARGS(p, p, p)));
	return *row;
}

/* Runs work in n processes, each with a connection of its own, all beginning together; a process ends with what work
 * returns (0 … 100), or 101 after an error that is not one of the sale's answers.  Returns the sum. */
static int crowd(int n, int (*work)(struct db *db, struct arena *mine, int i))
{
	int gate[2];
	pid_t pids[PROCESSES];
	if (pipe(gate) != 0)
		fail();
	for (int i = 0; i < n; i++) {
		pids[i] = fork();
		if (pids[i] != 0)
			continue;
		char c;
		close(gate[1]);
		srandom((unsigned)i);
		struct db *db = testdb_another();
		if (read(gate[0], &c, 1) < 0)
			_exit(101);
		_exit(work(db, arena_new(1 << 24), i));
	}
	close(gate[0]);
	usleep(200000);
	close(gate[1]);
	int sum = 0;
	for (int i = 0; i < n; i++) {
		int status;
		waitpid(pids[i], &status, 0);
		assert_true(WIFEXITED(status));
		assert_int_not_equal(WEXITSTATUS(status), 101);
		sum += WEXITSTATUS(status);
	}
	return sum;
}

/* 0: refused as the sale refuses; 1: held; -1: a fault. */
static int answer(struct err *e)
{
	int what = !e ? 1 : err_is(e, ERR_CONFLICT) || err_is(e, ERR_LIMIT) ? 0 : -1;
	if (what < 0)
		log_err(LOG_ERROR, "hold failed", e);
	else
		err_free(e);
	return what;
}

/* Everybody wants two of the hundred front seats, as long as there are any. */
static int want_two(struct db *db, struct arena *mine, int i)
{
	int held = 0;
	for (int t = 0; t < 25; t++) {
		int64_t first = random() % 99, seats[] = { first, first + 1 };
		struct booking_hold h;
		char key[32];
		snprintf(key, sizeof key, "Q%d-%d", i, t);
		/* Each try is somebody else, so that the limit does not end it. */
		struct person_id who = { 100 + i * 25 + t };
		int got = answer(house_hold(db, mine, who, seats, 2, 0, key, clock_now(), &h));
		if (got < 0)
			return 101;
		held += got;
	}
	return held;
}

static void hundred_seats_never_oversell(void **state)
{
	(void)state;
	house_open(here, 100, 0);
	HOUSE_SQL("INSERT IGNORE INTO person (id, email, name, created_at) WITH RECURSIVE n AS (SELECT 100 AS i UNION ALL SELECT i + 1 FROM n"
	    " WHERE i < 1800) SELECT i, CONCAT('p', i, '@example.com'), 'P', UTC_TIMESTAMP() FROM n LIMIT 900");
	HOUSE_SQL("INSERT IGNORE INTO person (id, email, name, created_at) SELECT id + 900, CONCAT('q', id, '@example.com'), 'P', UTC_TIMESTAMP()"
	    " FROM person WHERE id BETWEEN 100 AND 999");
	int held = crowd(PROCESSES, want_two);
	struct counts_row c = count();
	assert_int_equal(c.claims, 2 * held);
	assert_int_equal(c.tickets, 2 * held);
	assert_true(c.claims <= 100);
	assert_true(c.claims >= 64); /* pairs leave single seats over, but not many */
}

/* One person in many tabs. */
static int same_person(struct db *db, struct arena *mine, int i)
{
	int held = 0;
	for (int t = 0; t < 5; t++) {
		int64_t seat = i * 5 + t;
		struct booking_hold h;
		char key[32];
		snprintf(key, sizeof key, "T%d-%d", i, t);
		int got = answer(house_hold(db, mine, (struct person_id){ 101 }, &seat, 1, 0, key, clock_now(), &h));
		if (got < 0)
			return 101;
		held += got;
	}
	return held;
}

static void the_limit_holds_in_a_race(void **state)
{
	(void)state;
	house_open(here, 400, 0);
	house_person(1);
	assert_int_equal(crowd(32, same_person), 4);
	assert_int_equal(count().claims, 4);
}

/* The same form, sent by an impatient finger. */
static int same_form(struct db *db, struct arena *mine, int i)
{
	(void)i;
	int64_t seats[] = { 10, 11 };
	struct booking_hold h;
	return answer(house_hold(db, mine, (struct person_id){ 102 }, seats, 2, 1, "SAME", clock_now(), &h)) < 0 ? 101 : h.order.v ? 1 : 0;
}

static void one_form_is_one_order_in_a_race(void **state)
{
	(void)state;
	house_open(here, 20, 40);
	house_person(2);
	assert_int_equal(crowd(16, same_form), 16);
	assert_int_equal(count().orders, 1);
	assert_int_equal(count().claims, 3);
}

/* The floor to its last place. */
static int want_floor(struct db *db, struct arena *mine, int i)
{
	int held = 0;
	for (int t = 0; t < 8; t++) {
		struct booking_hold h;
		char key[32];
		snprintf(key, sizeof key, "G%d-%d", i, t);
		int n = 1 + (int)(random() % 2);
		int got = answer(house_hold(db, mine, (struct person_id){ 100 + i * 8 + t }, NULL, 0, n, key, clock_now(), &h));
		if (got < 0)
			return 101;
		held += got ? n : 0;
	}
	return held;
}

static void the_floor_is_sold_to_the_last_place(void **state)
{
	(void)state;
	house_open(here, 10, 300);
	assert_int_equal(crowd(PROCESSES, want_floor), 300);
	assert_int_equal(count().claims, 300);
}

/* Holds expire, are released, paid and taken over, all at once. */
static struct err *pay_tx(struct db *db, void *ctx)
{
	enum booking_outcome outcome;
	return booking_complete(db, *(struct order_id *)ctx, clock_now(), &outcome);
}

static int churn(struct db *db, struct arena *mine, int i)
{
	for (int t = 0; t < 12; t++) {
		int64_t seats[] = { random() % 30, 30 + random() % 30 };
		struct booking_hold h;
		char key[32];
		int expired;
		struct person_id who = { 100 + i };
		snprintf(key, sizeof key, "H%d-%d", i, t);
		/* Half of them come from the past: their time is over at once. */
		int64_t now = clock_now(), then = t % 2 ? now : now - (conf()->hold_seconds + 3) * US_SECOND;
		int got = answer(house_hold(db, mine, who, seats, 2, t % 3, key, then, &h));
		if (got < 0)
			return 101;
		struct err *e = NULL;
		if (got && t % 4 == 0)
			e = db_tx(db, pay_tx, &h.order);
		else if (got && t % 4 == 1)
			e = booking_release(db, h.order, who, "released", now);
		else
			e = booking_expire_due(db, now, 50, &expired);
		if (e && !err_is(e, ERR_GONE)) {
			log_err(LOG_ERROR, "churn", e);
			return 101;
		}
		err_free(e);
	}
	return 0;
}

static void everything_at_once_stays_true(void **state)
{
	(void)state;
	house_open(here, 60, 50);
	assert_int_equal(crowd(24, churn), 0);
	struct counts_row c = count();
	assert_int_equal(c.claims, c.tickets);
}

int main(void)
{
	testdb();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(hundred_seats_never_oversell, setup, teardown),
		cmocka_unit_test_setup_teardown(the_limit_holds_in_a_race, setup, teardown),
		cmocka_unit_test_setup_teardown(one_form_is_one_order_in_a_race, setup, teardown),
		cmocka_unit_test_setup_teardown(the_floor_is_sold_to_the_last_place, setup, teardown),
		cmocka_unit_test_setup_teardown(everything_at_once_stays_true, setup, teardown),
	};
	return cmocka_run_group_tests_name("booking/rush", tests, NULL, NULL);
}
