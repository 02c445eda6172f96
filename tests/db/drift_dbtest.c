/* A statement and its row struct cannot drift apart unnoticed; nor its arguments. */
#include "../support/testdb.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PAIR(F) F(i64, a) F(str, b)
DB_ROW(pair, PAIR)
DB_QUERY(fits, pair, "SELECT 1 AS a, 'x' AS b")
DB_QUERY(swapped, pair, "SELECT 'x' AS b, 1 AS a")
DB_QUERY(lacks_one, pair, "SELECT 1 AS a")
DB_QUERY(one_more, pair, "SELECT 1 AS a, 'x' AS b, 2 AS c")
DB_QUERY(fraction, pair, "SELECT 1.5 AS a, 'x' AS b")
DB_QUERY(floating, pair, "SELECT 1e0 AS a, 'x' AS b")
DB_QUERY(no_number, pair, "SELECT CONCAT('x', ?) AS a, 'x' AS b")
DB_QUERY(no_result, pair, "DO 1")
DB_QUERY(takes_two, pair, "SELECT CAST(? AS SIGNED) AS a, ? AS b")
DB_QUERY(no_sql, pair, "SELECTED nothing")
#define MOMENT(F) F(time, at)
DB_ROW(moment, MOMENT)
DB_QUERY(number_as_moment, moment, "SELECT 20261120 AS at")

static struct db *db;
static struct arena *a;

static void refuses(struct err *e, const char *word, const char *other)
{
	assert_non_null(e);
	assert_int_equal(err_code(e), ERR_INTERNAL);
	if (!strstr(err_text(e), word) || !strstr(err_text(e), other))
		fail_msg("it does not name %s and %s: %s", word, other, err_text(e));
	err_free(e);
}

static void columns(void **state)
{
	(void)state;
	struct pair *p;
	struct moment *m;
	OK(fits_one(db, a, &p, DB_NO_ARGS));
	assert_true(p->a == 1 && strcmp(p->b, "x") == 0);
	for (int i = 0; i < 2; i++) { /* again the second time */
		refuses(swapped_one(db, a, &p, DB_NO_ARGS), "column 1 is 'b'", "the field is 'a'");
		refuses(lacks_one_one(db, a, &p, DB_NO_ARGS), "lacks_one", "'b'");
		refuses(one_more_one(db, a, &p, DB_NO_ARGS), "one_more", "'c'");
		refuses(fraction_one(db, a, &p, DB_NO_ARGS), "fraction", "'a'");
		refuses(floating_one(db, a, &p, DB_NO_ARGS), "floating", "'a'");
		refuses(no_number_one(db, a, &p, DB_ARGS("y")), "no_number", "pair");
		refuses(no_result_one(db, a, &p, DB_NO_ARGS), "no_result", "has no result");
		refuses(number_as_moment_one(db, a, &m, DB_NO_ARGS), "number_as_moment", "'at'");
		refuses(no_sql_one(db, a, &p, DB_NO_ARGS), "no_sql", "drift_dbtest.c");
	}
	OK(fits_one(db, a, &p, DB_NO_ARGS));
}

static void arguments(void **state)
{
	(void)state;
	struct pair *p;
	refuses(takes_two_one(db, a, &p, DB_ARGS(1)), "takes 2", "1 were given");
	refuses(takes_two_one(db, a, &p, DB_ARGS(1, "x", 3)), "takes 2", "3 were given");
	OK(takes_two_one(db, a, &p, DB_ARGS(7, "둘")));
	assert_true(p->a == 7 && strcmp(p->b, "둘") == 0);
	OK(takes_two_one(db, a, &p, DB_ARGS(db_i64_or_null(0), (const char *)NULL)));
	assert_true(p->a == 0 && !p->b);
	OK(takes_two_one(db, a, &p, DB_ARGS("12", 12))); /* other types than the last time */
	assert_true(p->a == 12 && strcmp(p->b, "12") == 0);
}

int main(void)
{
	db = testdb();
	a = arena_new((size_t)1 << 20);
	const struct CMUnitTest tests[] = { cmocka_unit_test(columns), cmocka_unit_test(arguments) };
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(a);
	return failed;
}
