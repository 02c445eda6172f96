/* Statement texts and the calendar: no server needed. */
#include "db/db_internal.h"

#include "base/clock.h"

#include <stdarg.h>
#include <setjmp.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void expand_is(const char *sql, size_t n, const char *want)
{
	struct buf b;
	buf_init(&b, NULL);
	db_expand(&b, sql, n);
	assert_string_equal(buf_cstr(&b), want);
	buf_free(&b);
}

static void braces_repeat(void **state)
{
	(void)state;
	expand_is("SELECT 1", 3, "SELECT 1");
	expand_is("INSERT INTO t VALUES {(?, ?)}", 1, "INSERT INTO t VALUES (?, ?)");
	expand_is("INSERT INTO t VALUES {(?, ?)}", 3, "INSERT INTO t VALUES (?, ?),(?, ?),(?, ?)");
	expand_is("SELECT a FROM t WHERE x = ? AND id IN ({?}) LIMIT ?", 2, "SELECT a FROM t WHERE x = ? AND id IN (?,?) LIMIT ?");
	expand_is("SELECT '{\"a\":1}', \"{\", `{` FROM t WHERE id IN ({?})", 2, "SELECT '{\"a\":1}', \"{\", `{` FROM t WHERE id IN (?,?)");
	expand_is("VALUES {(?, '}')}", 2, "VALUES (?, '}'),(?, '}')");
}

static void files_split(void **state)
{
	(void)state;
	struct arena *a = arena_new(1 << 20);
	const char *at = "-- first; comment\n# another;\n/* and ; this */ CREATE TABLE a (x INT -- why; ever\n);\n"
	                 "INSERT INTO a VALUES ('it''s; so', \"a;b\", '\\';', `;`);;\n/*!40101 SET x=1 */;\nSELECT 1-1 -- end";
	assert_string_equal(db_next_statement(a, &at), "CREATE TABLE a (x INT -- why; ever\n)");
	assert_string_equal(db_next_statement(a, &at), "INSERT INTO a VALUES ('it''s; so', \"a;b\", '\\';', `;`)");
	assert_string_equal(db_next_statement(a, &at), "/*!40101 SET x=1 */");
	assert_string_equal(db_next_statement(a, &at), "SELECT 1-1 -- end");
	assert_null(db_next_statement(a, &at));
	assert_null(db_next_statement(a, &at));
	at = "-- nothing but a comment";
	assert_null(db_next_statement(a, &at));
	at = "SELECT 'open";
	assert_string_equal(db_next_statement(a, &at), "SELECT 'open");
	assert_null(db_next_statement(a, &at));
	arena_free(a);
}

static void times_agree_with_libc(void **state)
{
	(void)state;
	for (int64_t us = -70 * 365 * US_DAY; us < 200 * 366 * US_DAY; us += 86399 * US_SECOND * 5 + 123457) {
		MYSQL_TIME t = db_time_out(us);
		time_t s = (time_t)(us / US_SECOND - (us % US_SECOND < 0));
		struct tm tm;
		gmtime_r(&s, &tm);
		assert_int_equal(t.year, tm.tm_year + 1900);
		assert_int_equal(t.month, tm.tm_mon + 1);
		assert_int_equal(t.day, tm.tm_mday);
		assert_int_equal(t.hour, tm.tm_hour);
		assert_int_equal(t.minute, tm.tm_min);
		assert_int_equal(t.second, tm.tm_sec);
		assert_true(db_time_in(&t) == us);
	}
}

static void patterns_match_literally(void **state)
{
	(void)state;
	struct arena *a = arena_new(1 << 16);
	assert_string_equal(db_like(a, "kim"), "%kim%");
	assert_string_equal(db_like(a, "100%_\\"), "%100\\%\\_\\\\%");
	assert_string_equal(db_like(a, ""), "%%");
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(braces_repeat),
		cmocka_unit_test(files_split),
		cmocka_unit_test(times_agree_with_libc),
		cmocka_unit_test(patterns_match_literally),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
