/* Transactions: all or nothing, rerun on deadlock; what the errors are called; the one-leader lock. */
#include "../support/testdb.h"

#include "base/clock.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

DB_EXEC(purse_set, "INSERT INTO purse (id, n) VALUES (?, ?)")
DB_EXEC(purse_add, "UPDATE purse SET n = n + ? WHERE id = ?")
DB_QUERY(purse_of, db_count, "SELECT n FROM purse WHERE id = ?")
DB_QUERY_F(purse_of_stale, db_count, DB_STALE_OK, "SELECT n FROM purse WHERE id = ?")
DB_EXEC_F(purse_empty, DB_SCAN_OK, "DELETE FROM purse")
DB_EXEC(coin_add, "INSERT INTO coin (id, purse_id) VALUES (?, ?)")
DB_EXEC(wrong_syntax_at_run, "UPDATE purse SET n = 1 / 0 WHERE id = ?")
DB_QUERY(my_connection, db_count, "SELECT CONNECTION_ID() AS n")

DB_EXEC_F(purse_both, DB_SCAN_OK, "UPDATE purse SET n = n + 1 WHERE id IN (1, 2)")
DB_QUERY_F(deadlocks_so_far, db_count, DB_SCAN_OK,
    "SELECT CAST(VARIABLE_VALUE AS SIGNED) AS n FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'INNODB_DEADLOCKS'")

static struct db *db;
static struct arena *a;

static int64_t deadlocks(void)
{
	struct db_count *row;
	OK(deadlocks_so_far_one(db, a, &row, DB_NO_ARGS));
	return row->n;
}

static int begin(void **state)
{
	(void)state;
	a = arena_new((size_t)1 << 20);
	testdb_sql("DELETE FROM coin");
	OK(purse_empty_run(db, NULL, DB_NO_ARGS));
	OK(purse_set_run(db, NULL, DB_ARGS(1, 100)));
	OK(purse_set_run(db, NULL, DB_ARGS(2, 100)));
	db_unit_begin(db, NULL);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static int64_t purse(int64_t id)
{
	struct db_count *row;
	OK(purse_of_one(db, a, &row, DB_ARGS(id)));
	return row ? row->n : -1;
}

static void is_error(struct err *e, enum err_code code)
{
	assert_non_null(e);
	if (err_code(e) != code)
		fail_msg("error code %d, not %d: %s", err_code(e), code, err_text(e));
	err_free(e);
}

static struct err *move_ten(struct db *d, void *fail)
{
	struct db_count *row;
	TRY(purse_add_run(d, NULL, DB_ARGS(-10, 1)));
	TRY(purse_add_run(d, NULL, DB_ARGS(10, 2)));
	TRY(purse_of_stale_one(d, a, &row, DB_ARGS(2)));
	assert_int_equal(row->n, 110); /* own writes are seen, also by reads that may be stale elsewhere */
	return fail ? err_new(ERR_CONFLICT, "no") : NULL;
}

static void all_or_nothing(void **state)
{
	(void)state;
	is_error(db_tx(db, move_ten, db), ERR_CONFLICT);
	assert_true(purse(1) == 100 && purse(2) == 100);
	db_unit_begin(db, NULL);
	OK(db_tx(db, move_ten, NULL));
	assert_int_equal(db_unit_queries(db), 5);
	assert_true(purse(1) == 90 && purse(2) == 110);
	assert_non_null(db_unit_position(db));
}

static struct err *always_lost(struct db *d, void *runs)
{
	TRY(purse_add_run(d, NULL, DB_ARGS(1, 1)));
	++*(int *)runs;
	return err_new(ERR_RETRY, "lost");
}

static void reruns_have_an_end(void **state)
{
	(void)state;
	int runs = 0;
	is_error(db_tx(db, always_lost, &runs), ERR_RETRY);
	assert_int_equal(runs, 6);
	assert_int_equal(purse(1), 100);
}

/* Two processes take two rows in opposite order, again and again: hardly a transaction gets through without a deadlock,
 * most get through with reruns, and what is told done is done, once. */
struct crossing { int64_t first; int runs; };

static struct err *cross(struct db *d, void *ctx)
{
	struct crossing *c = ctx;
	c->runs++;
	TRY(purse_add_run(d, NULL, DB_ARGS(1, c->first)));
	struct timespec t = { .tv_nsec = 2000000 };
	nanosleep(&t, NULL);
	return purse_add_run(d, NULL, DB_ARGS(1, 3 - c->first));
}

enum { TIMES = 30 };
struct crossed { int done, runs; };

static void cross_often(int64_t first, int to)
{
	struct db *own = testdb_another();
	struct crossing c = { .first = first };
	struct crossed told = { 0 };
	for (int i = 0; i < TIMES; i++) {
		struct err *e = db_tx(own, cross, &c);
		if (!e)
			told.done++;
		else
			is_error(e, ERR_RETRY);
	}
	told.runs = c.runs;
	db_close(own);
	_exit(write(to, &told, sizeof told) != sizeof told);
}

static void cross_from_both_ends(struct crossed *sum)
{
	int fd[2];
	struct crossed told;
	assert_int_equal(pipe(fd), 0);
	for (int64_t first = 1; first <= 2; first++)
		if (fork() == 0)
			cross_often(first, fd[1]);
	for (int who = 0; who < 2; who++) {
		int status;
		wait(&status);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		assert_int_equal(read(fd[0], &told, sizeof told), sizeof told);
		sum->done += told.done;
		sum->runs += told.runs;
	}
	close(fd[0]);
	close(fd[1]);
}

static void deadlocks_are_rerun(void **state)
{
	(void)state;
	struct crossed sum = { 0 };
	int rounds = 0;
	do /* on a busy machine one may be done before the other begins */
		cross_from_both_ends(&sum);
	while (++rounds < 20 && sum.runs == sum.done);
	assert_true(sum.runs > sum.done && sum.done > rounds * TIMES);
	assert_int_equal(purse(1), 100 + sum.done);
	assert_int_equal(purse(2), 100 + sum.done);
}

/* A statement by itself meets transactions that hold more than it does: it is the victim each time, and done all the same. */
enum { MORE = 10 };

static struct err *cross_heavily(struct db *d, void *ctx)
{
	(void)ctx;
	for (int i = 0; i < MORE; i++)
		TRY(purse_add_run(d, NULL, DB_ARGS(1, 10 + i)));
	TRY(purse_add_run(d, NULL, DB_ARGS(1, 2)));
	struct timespec t = { .tv_nsec = 5000000 };
	nanosleep(&t, NULL);
	return purse_add_run(d, NULL, DB_ARGS(1, 1));
}

static void a_statement_by_itself_is_rerun_too(void **state)
{
	(void)state;
	int64_t done = 0, changed, before = deadlocks();
	for (int i = 0; i < MORE; i++)
		OK(purse_set_run(db, NULL, DB_ARGS(10 + i, 0)));
	pid_t other = fork();
	if (other == 0) {
		struct db *own = testdb_another();
		for (int i = 0; i < TIMES; i++) {
			OK(db_tx(own, cross_heavily, NULL));
			struct timespec t = { .tv_nsec = 60000000 }; /* long beside the five ms above */
			nanosleep(&t, NULL);
		}
		db_close(own);
		_exit(0);
	}
	for (int status; waitpid(other, &status, WNOHANG) == 0; done++) {
		OK(purse_both_run(db, &changed, DB_NO_ARGS));
		assert_int_equal(changed, 2);
	}
	assert_true(deadlocks() > before);
	assert_int_equal(purse(1), 100 + TIMES + done);
	assert_int_equal(purse(2), 100 + TIMES + done);
}

/* A transaction that overlooks that it was the victim must not go on outside of it. */
struct overlooked { int runs; bool stayed_lost; };

static struct err *overlook(struct db *d, void *ctx)
{
	struct overlooked *c = ctx;
	struct err *e;
	c->runs++;
	TRY(purse_add_run(d, NULL, DB_ARGS(1, 1)));
	if (c->runs == 1) {
		char sql[64];
		struct db_count *row;
		OK(my_connection_one(d, a, &row, DB_NO_ARGS));
		snprintf(sql, sizeof sql, "KILL CONNECTION %lld", (long long)row->n);
		testdb_sql(sql);
		e = purse_add_run(d, NULL, DB_ARGS(1, 1));
		is_error(e, ERR_UNAVAILABLE);
		e = purse_add_run(d, NULL, DB_ARGS(1, 2));
		c->stayed_lost = err_is(e, ERR_UNAVAILABLE);
		err_free(e);
	}
	return NULL;
}

static void a_lost_connection_loses_the_transaction(void **state)
{
	(void)state;
	struct overlooked c = { 0 };
	struct err *e = db_tx(db, overlook, &c);
	assert_non_null(err_user_text(e));
	is_error(e, ERR_UNAVAILABLE);
	assert_true(c.stayed_lost);
	assert_int_equal(c.runs, 1);
	assert_true(purse(1) == 100 && purse(2) == 100);
	OK(db_tx(db, move_ten, NULL));
}

/* The connection dies while COMMIT waits: nobody can tell what became of it, and that is what is said. */
static struct err *pay_and_hang(struct db *d, void *ctx)
{
	(void)ctx;
	struct db_count *row;
	TRY(purse_add_run(d, NULL, DB_ARGS(-10, 1)));
	TRY(my_connection_one(d, a, &row, DB_NO_ARGS));
	testdb_sql("FLUSH TABLES WITH READ LOCK"); /* commits wait */
	if (fork() == 0) {
		char sql[64];
		struct db *other = testdb_another();
		struct timespec t = { .tv_nsec = 300000000 };
		nanosleep(&t, NULL);
		snprintf(sql, sizeof sql, "KILL CONNECTION %lld", (long long)row->n);
		testdb_sql_on(other, sql);
		_exit(0);
	}
	return NULL;
}

static void lost_in_commit(void **state)
{
	(void)state;
	struct err *e = db_tx(db, pay_and_hang, NULL);
	testdb_sql("UNLOCK TABLES");
	wait(NULL);
	assert_non_null(err_user_text(e));
	is_error(e, ERR_TIMEOUT);
}

/* A connection that the server has closed while nothing was asked costs nobody an error, not even a change. */
static void closed_between_statements(void **state)
{
	(void)state;
	char sql[64];
	struct db_count *row;
	for (int i = 0; i < 3; i++) {
		OK(my_connection_one(db, a, &row, DB_NO_ARGS));
		snprintf(sql, sizeof sql, "KILL CONNECTION %lld", (long long)row->n);
		testdb_sql(sql);
		struct timespec t = { .tv_nsec = 20000000 };
		nanosleep(&t, NULL);
		if (i == 0) {
			OK(purse_add_run(db, NULL, DB_ARGS(1, 1)));
		} else if (i == 1) {
			assert_int_equal(purse(1), 101);
		} else {
			OK(db_tx(db, cross, &(struct crossing){ .first = 1 }));
		}
	}
	assert_int_equal(purse(1), 102);
}

static void errors_by_name(void **state)
{
	(void)state;
	is_error(purse_set_run(db, NULL, DB_ARGS(1, 5)), ERR_DUPLICATE);
	assert_string_equal(db_duplicate_key(db), "PRIMARY");
	OK(coin_add_run(db, NULL, DB_ARGS(1, 1)));
	is_error(coin_add_run(db, NULL, DB_ARGS(2, 1)), ERR_DUPLICATE);
	assert_string_equal(db_duplicate_key(db), "coin_purse");
	is_error(coin_add_run(db, NULL, DB_ARGS(3, 99)), ERR_CONSTRAINT);
	is_error(purse_set_run(db, NULL, DB_ARGS(3, -1)), ERR_CONSTRAINT);
	is_error(purse_empty_run(db, NULL, DB_NO_ARGS), ERR_CONSTRAINT);
	is_error(purse_set_run(db, NULL, DB_ARGS(3, "no number")), ERR_INTERNAL);
	is_error(wrong_syntax_at_run_run(db, NULL, DB_ARGS(1)), ERR_INTERNAL);
}

static struct err *wait_for_row(struct db *d, void *ctx)
{
	(void)ctx;
	struct db *other = testdb_another();
	TRY(purse_add_run(d, NULL, DB_ARGS(1, 1)));
	struct err *e = purse_add_run(other, NULL, DB_ARGS(1, 1)); /* waits for us in vain */
	db_close(other);
	return e;
}

static struct err *wait_once(struct db *d, void *ctx)
{
	return ++*(int *)ctx == 1 ? wait_for_row(d, NULL) : purse_add_run(d, NULL, DB_ARGS(5, 1));
}

static void a_lock_wait_is_a_retry(void **state)
{
	(void)state;
	int runs = 0;
	OK(db_tx(db, wait_once, &runs));
	assert_int_equal(runs, 2);
	assert_int_equal(purse(1), 105);
}

/* Twice in vain is enough: a page has ten seconds, and whoever asks is told before they are over. */
static void nobody_waits_for_a_lock_for_ever(void **state)
{
	(void)state;
	int runs = 0;
	struct db *other = testdb_another();
	testdb_sql_on(other, "BEGIN; UPDATE purse SET n = n + 1 WHERE id = 1");
	is_error(db_tx(db, always_lost, &runs), ERR_RETRY);
	int64_t began = clock_monotonic();
	is_error(purse_add_run(db, NULL, DB_ARGS(1, 1)), ERR_RETRY);
	assert_true(clock_monotonic() - began < 9 * US_SECOND);
	testdb_sql_on(other, "ROLLBACK");
	db_close(other);
	assert_int_equal(runs, 0);
	assert_int_equal(purse(1), 100);
}

static void one_leader(void **state)
{
	(void)state;
	struct db *other = testdb_another();
	bool got = false;
	OK(db_lock_try(db, "leader", &got));
	assert_true(got);
	OK(db_lock_try(other, "leader", &got));
	assert_false(got);
	OK(db_lock_try(other, "another", &got));
	assert_true(got);
	for (int i = 0; i < 3; i++) {
		OK(db_lock_try(db, "leader", &got));
		assert_true(got);
	}
	struct db_count *row;
	char sql[64];
	OK(my_connection_one(db, a, &row, DB_NO_ARGS));
	snprintf(sql, sizeof sql, "KILL CONNECTION %lld", (long long)row->n);
	testdb_sql(sql);
	got = false;
	for (int i = 0; i < 1000 && !got; i++) { /* until the server has buried the connection */
		struct timespec t = { .tv_nsec = 20000000 };
		nanosleep(&t, NULL);
		OK(db_lock_try(other, "leader", &got));
	}
	assert_true(got);
	OK(db_lock_try(db, "leader", &got));
	assert_false(got);
	db_close(other);
}

int main(void)
{
	db = testdb();
	testdb_sql("CREATE TABLE purse (id INT NOT NULL PRIMARY KEY, n INT NOT NULL, CHECK (n >= 0));"
	           "CREATE TABLE coin (id INT NOT NULL PRIMARY KEY, purse_id INT NOT NULL, UNIQUE KEY coin_purse (purse_id),"
	           " FOREIGN KEY (purse_id) REFERENCES purse (id))");
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
		T(all_or_nothing), T(reruns_have_an_end), T(deadlocks_are_rerun), T(a_statement_by_itself_is_rerun_too), T(a_lost_connection_loses_the_transaction),
		T(closed_between_statements), T(lost_in_commit), T(errors_by_name), T(a_lock_wait_is_a_retry), T(nobody_waits_for_a_lock_for_ever),
		T(one_leader),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
