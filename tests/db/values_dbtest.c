/* Values go in and come out as they were. */
#include "../support/testdb.h"

#include "base/clock.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define THING(F) F(i64, id) F(i64, n) F(flag, yes) F(str, short_text) F(str, long_text) F(bytes, raw) F(time, at) F(str, kind)
DB_ROW(thing, THING)
#define THING_COLUMNS "id, n, yes, short_text, long_text, raw, at, kind"
DB_EXEC(thing_add, "INSERT INTO thing (n, yes, short_text, long_text, raw, at, kind) VALUES (?, ?, ?, ?, ?, ?, ?)")
DB_QUERY(thing_by_id, thing, "SELECT " THING_COLUMNS " FROM thing WHERE id = ?")
DB_QUERY_F(thing_list, thing, DB_SCAN_OK, "SELECT " THING_COLUMNS " FROM thing ORDER BY id")
DB_QUERY(thing_page, thing, "SELECT " THING_COLUMNS " FROM thing ORDER BY id LIMIT ? OFFSET ?")
DB_QUERY(thing_some, thing, "SELECT " THING_COLUMNS " FROM thing WHERE n >= ? AND id IN ({?}) AND n <= ? ORDER BY id")
DB_EXEC_F(thing_clear, DB_SCAN_OK, "DELETE FROM thing")
DB_EXEC(things_add, "INSERT INTO thing (n, yes, short_text, kind) VALUES {(?, ?, ?, 'b')}")
DB_EXEC(thing_set, "UPDATE thing SET n = ? WHERE id = ?")
DB_QUERY(thing_by_code, thing, "SELECT " THING_COLUMNS " FROM thing WHERE code = ?")
DB_EXEC(thing_by_code_set, "UPDATE thing SET n = ? WHERE code = ?")
DB_EXEC_F(thing_next, DB_SCAN_OK, "UPDATE thing SET n = LAST_INSERT_ID(n + 1)")
#define SUMS(F) F(i64, total) F(i64, half) F(time, last_at) F(str, names)
DB_ROW(sums, SUMS)
DB_QUERY_F(thing_sums, sums, DB_SCAN_OK, "SELECT SUM(n) AS total, CAST(SUM(n) / 2 AS SIGNED) AS half, MAX(at) AS last_at,"
                                         " GROUP_CONCAT(short_text ORDER BY id) AS names FROM thing")

#define AT INT64_C(1795138200123456) /* 2026-11-19 … */

static struct db *db;
static struct arena *a;

static int begin(void **state)
{
	(void)state;
	a = arena_new((size_t)64 << 20);
	OK(thing_clear_run(db, NULL, DB_NO_ARGS));
	db_unit_begin(db, NULL);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static void all_kinds(void **state)
{
	(void)state;
	struct thing *t;
	int64_t changed = 0;
	struct bytes raw = { "\0\x01\xff\0", 4 };
	OK(thing_add_run(db, &changed, DB_ARGS(INT64_MIN, true, "한글 😀 quo'te", "", raw, db_time(AT), "a")));
	assert_int_equal(changed, 1);
	OK(thing_by_id_one(db, a, &t, DB_ARGS(db_last_id(db))));
	assert_non_null(t);
	assert_true(t->n == INT64_MIN);
	assert_true(t->yes);
	assert_string_equal(t->short_text, "한글 😀 quo'te");
	assert_string_equal(t->long_text, "");
	assert_int_equal(t->raw.n, 4);
	assert_memory_equal(t->raw.p, raw.p, 4);
	assert_true(t->at == AT);
	assert_string_equal(t->kind, "a");
	assert_int_equal(db_unit_queries(db), 2);
}

static void nulls_read_as_nothing(void **state)
{
	(void)state;
	struct thing *t;
	OK(thing_add_run(db, NULL, DB_ARGS(db_i64_or_null(0), 0, (const char *)NULL, (const char *)NULL, (struct bytes){ 0 }, db_time(0), "b")));
	OK(thing_by_id_one(db, a, &t, DB_ARGS(db_last_id(db))));
	assert_true(t->n == 0 && !t->yes && !t->short_text && !t->long_text && !t->raw.p && t->at == 0);
}

static void not_found_is_a_result(void **state)
{
	(void)state;
	struct thing *t = (struct thing *)&t;
	size_t n = 7;
	OK(thing_by_id_one(db, a, &t, DB_ARGS(12345)));
	assert_null(t);
	OK(thing_list_all(db, a, &t, &n, DB_NO_ARGS));
	assert_int_equal(n, 0);
}

/* Texts around and far above the size of the row buffer, in the same statement, in both directions. */
static void long_texts(void **state)
{
	(void)state;
	static const size_t sizes[] = { 0, 1, 255, 256, 257, 258, 70000, 1, 3000000, 300 };
	static char text[3000001], raw[3000000];
	struct thing *t;
	size_t n;
	for (size_t i = 0; i < sizeof raw; i++)
		raw[i] = (char)(i * 31 + i / 251);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		memset(text, 'a' + (int)i, sizes[i]);
		text[sizes[i]] = '\0';
		OK(thing_add_run(db, NULL, DB_ARGS((int64_t)i, false, "x", (const char *)text, ((struct bytes){ raw, sizes[i] }), db_time(1), "a")));
	}
	OK(thing_list_all(db, a, &t, &n, DB_NO_ARGS));
	assert_int_equal(n, ARRAY_LEN(sizes));
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(strlen(t[i].long_text), sizes[i]);
		assert_int_equal(strspn(t[i].long_text, (char[]){ (char)('a' + (int)i), '\0' }), sizes[i]);
		assert_int_equal(t[i].raw.n, sizes[i]);
		assert_memory_equal(t[i].raw.p, raw, sizes[i]);
	}
}

static void times_to_the_microsecond(void **state)
{
	(void)state;
	static const int64_t times[] = { 1, 999999, AT, INT64_C(-62135596800000000), INT64_C(253402300799999999),
		INT64_C(951782400000000), INT64_C(4107542399999999) };
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		struct thing *t;
		OK(thing_add_run(db, NULL, DB_ARGS(1, 0, "x", "x", (struct bytes){ 0 }, db_time(times[i]), "a")));
		OK(thing_by_id_one(db, a, &t, DB_ARGS(db_last_id(db))));
		assert_true(t->at == times[i]);
	}
}

static void many_rows_and_repeats(void **state)
{
	(void)state;
	static struct db_arg args[3000];
	struct thing *t;
	size_t n;
	int64_t changed;
	for (int64_t i = 0; i < 1000; i++) {
		args[3 * i] = db_i64(i);
		args[3 * i + 1] = db_i64(i & 1);
		args[3 * i + 2] = db_str("줄");
	}
	OK(things_add_many(db, &changed, 1000, args, 3000));
	assert_int_equal(changed, 1000);
	OK(thing_list_all(db, a, &t, &n, DB_NO_ARGS));
	assert_int_equal(n, 1000);
	for (size_t i = 0; i < n; i++)
		assert_true(t[i].n == (int64_t)i && t[i].yes == (i & 1));
	int64_t first = t[0].id;
	OK(thing_page_all(db, a, &t, &n, DB_ARGS(20, 990)));
	assert_int_equal(n, 10);
	OK(thing_some_in(db, a, &t, &n, 3, DB_ARGS(1, first, first + 1, first + 7, 6)));
	assert_int_equal(n, 1);
	assert_int_equal(t[0].n, 1);
	unsigned before = db_unit_queries(db);
	OK(thing_some_in(db, a, &t, &n, 0, DB_ARGS(1, 6)));
	OK(things_add_many(db, &changed, 0, DB_NO_ARGS));
	assert_true(n == 0 && changed == 0 && db_unit_queries(db) == before);
	OK(thing_by_id_one(db, a, &t, DB_ARGS(first + 999))); /* _one of several rows leaves the connection usable */
	assert_int_equal(t->n, 999);
}

static struct db_arg many_ids[601];

/* More different statements than a connection keeps. */
static void the_cache_gives_way(void **state)
{
	(void)state;
	struct thing *t;
	size_t n;
	for (size_t i = 0; i < ARRAY_LEN(many_ids); i++)
		many_ids[i] = db_i64((int64_t)i);
	for (size_t turn = 0; turn < 2; turn++)
		for (size_t repeat = 1; repeat < 500; repeat++) {
			OK(thing_some_in(db, a, &t, &n, repeat, many_ids, repeat + 2));
			assert_int_equal(n, 0);
		}
}

/* All connections of a server share how many statements it keeps: one that needs another gives some of its own up. */
static void a_server_that_keeps_no_more_statements(void **state)
{
	(void)state;
	struct thing *t;
	size_t n;
	OK(thing_some_in(db, a, &t, &n, 1, DB_ARGS(0, 1, 2)));
	testdb_sql("SET @most = @@GLOBAL.max_prepared_stmt_count;"
	           "SELECT CAST(VARIABLE_VALUE AS SIGNED) INTO @now FROM information_schema.GLOBAL_STATUS"
	           " WHERE VARIABLE_NAME = 'PREPARED_STMT_COUNT';"
	           "SET GLOBAL max_prepared_stmt_count = @now");
	struct err *e = thing_some_in(db, a, &t, &n, 599, many_ids, 601);
	testdb_sql("SET GLOBAL max_prepared_stmt_count = @most");
	OK(e);
	assert_int_equal(n, 0);
}

static void changed_counts_matches(void **state)
{
	(void)state;
	int64_t changed;
	OK(thing_add_run(db, NULL, DB_ARGS(5, 0, "x", "x", (struct bytes){ 0 }, db_time(0), "a")));
	int64_t id = db_last_id(db);
	OK(thing_set_run(db, &changed, DB_ARGS(5, id)));
	assert_int_equal(changed, 1);
	OK(thing_set_run(db, &changed, DB_ARGS(5, id + 1)));
	assert_int_equal(changed, 0);
	OK(thing_next_run(db, &changed, DB_NO_ARGS));
	assert_int_equal(db_last_id(db), 6);
}

/* What somebody types into a URL, where the column is ASCII. */
static void texts_a_column_cannot_hold(void **state)
{
	(void)state;
	static const char *const odd[] = { "한글", "😀", "\xff\xfe", "é", "" };
	OK(thing_add_run(db, NULL, DB_ARGS(5, 0, "x", "x", (struct bytes){ 0 }, db_time(0), "a")));
	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		struct thing *t;
		int64_t changed = 0;
		OK(thing_by_code_one(db, a, &t, DB_ARGS(odd[i])));
		assert_null(t);
		/* A change is refused aloud: one that is lost in silence was once a payment that nobody marked as captured. */
		struct err *e = thing_by_code_set_run(db, &changed, DB_ARGS(1, odd[i]));
		assert_true(e ? err_is(e, ERR_INTERNAL) : odd[i][0] == '\0');
		assert_int_equal(changed, 0);
		err_free(e);
	}
}

static void sums_are_whole_numbers(void **state)
{
	(void)state;
	struct sums *s;
	OK(thing_sums_one(db, a, &s, DB_NO_ARGS));
	assert_true(s->total == 0 && s->last_at == 0 && !s->names);
	OK(thing_add_run(db, NULL, DB_ARGS(5, 0, "가", "x", (struct bytes){ 0 }, db_time(AT), "a")));
	OK(thing_add_run(db, NULL, DB_ARGS(6, 0, "나", "x", (struct bytes){ 0 }, db_time(AT - 1), "a")));
	OK(thing_sums_one(db, a, &s, DB_NO_ARGS));
	assert_true(s->total == 11 && s->half == 6 && s->last_at == AT);
	assert_string_equal(s->names, "가,나");
}

int main(void)
{
	db = testdb();
	testdb_sql("CREATE TABLE thing (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, n BIGINT NULL, yes TINYINT NOT NULL,"
	           " short_text VARCHAR(60) NULL, long_text LONGTEXT NULL, raw LONGBLOB NULL, at DATETIME(6) NULL,"
	           " kind ENUM('a','b') NOT NULL,"
	           " code CHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'abc')");
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
		T(all_kinds), T(nulls_read_as_nothing), T(not_found_is_a_result), T(long_texts), T(times_to_the_microsecond),
		T(many_rows_and_repeats), T(the_cache_gives_way), T(a_server_that_keeps_no_more_statements), T(changed_counts_matches),
		T(texts_a_column_cannot_hold), T(sums_are_whole_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
