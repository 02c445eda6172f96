/* Every statement of the program: the server accepts it against the fresh schema, its columns are its row's fields, and
 * it reads no table in full unless it is marked DB_SCAN_OK.  The tables are filled first, because the plan of a query on
 * an empty table tells nothing. */
#include "../support/testdb.h"

#include "base/buf.h"
#include "web/route.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ROWS 500
#define COLUMN(F) F(str, tab) F(str, col) F(str, type) F(str, full_type) F(i64, size) F(flag, is_unique)
DB_ROW(column, COLUMN)
DB_QUERY_F(columns_of_schema, column, DB_SCAN_OK,
    "SELECT c.table_name AS tab, c.column_name AS col, c.data_type AS type, c.column_type AS full_type,"
    " COALESCE(c.character_maximum_length, 0) AS size, c.column_key = 'UNI' AS is_unique"
    " FROM information_schema.columns c JOIN information_schema.tables t"
    " ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE'"
    " WHERE c.table_schema = DATABASE() AND c.table_name <> 'schema_version' AND c.extra NOT LIKE '%GENERATED%'"
    " ORDER BY c.table_name, c.ordinal_position")

/* What row number `seq` has in this column. */
static void fill_value(struct buf *sql, const struct column *c)
{
	static const char *const whole[] = { "tinyint", "smallint", "mediumint", "int", "bigint" };
	for (size_t i = 0; i < ARRAY_LEN(whole); i++)
		if (str_eq(c->type, whole[i])) {
			buf_str(sql, i == 0 ? "seq % 100" : "seq");
			return;
		}
	if (str_eq(c->type, "datetime") || str_eq(c->type, "date")) {
		buf_str(sql, "'2025-12-01' + INTERVAL seq * 7 HOUR");
	} else if (str_eq(c->type, "enum")) {
		int64_t n = 1; /* by number */
		for (const char *p = c->full_type; *p; p++)
			n += *p == ',';
		buf_printf(sql, "1 + seq %% %lld", (long long)n);
	} else if (c->size > 0 && c->size < 4 && !c->is_unique) {
		buf_str(sql, "'ko'");
	} else {
		buf_str(sql, "CAST(seq AS CHAR)");
	}
}

/* ROWS rows in every table, without regard to what they mean. */
static void fill_tables(struct db *db)
{
	struct arena *a = arena_new((size_t)16 << 20);
	struct column *c;
	size_t n;
	OK(columns_of_schema_all(db, a, &c, &n, DB_NO_ARGS));
	assert_true(n > 100);
	testdb_sql("SET foreign_key_checks = 0, unique_checks = 1, check_constraint_checks = 0, sql_mode = ''");
	for (size_t first = 0, next; first < n; first = next) {
		struct buf sql;
		buf_init(&sql, a);
		buf_printf(&sql, "REPLACE INTO `%s` SELECT ", c[first].tab);
		for (next = first; next < n && str_eq(c[next].tab, c[first].tab); next++) {
			buf_str(&sql, next > first ? ", " : "");
			fill_value(&sql, &c[next]);
		}
		buf_printf(&sql, " FROM seq_1_to_%d; ANALYZE TABLE `%s`", ROWS, c[first].tab);
		testdb_sql(buf_cstr(&sql));
	}
	arena_free(a);
}

static void all_statements(void **state)
{
	(void)state;
	struct db *db = testdb();
	size_t n;
	int bad = 0;
	const struct db_stmt *const *list = db_statements(&n);
	for (size_t i = 0; i < n; i++) {
		const struct db_stmt *s = list[i];
		struct arena *a = arena_new((size_t)4 << 20);
		const char *scan = NULL;
		struct err *e = db_stmt_check(db, s, a, &scan);
		if (e)
			fprintf(stderr, "%s:%d: %s: %s\n", s->file, s->line, s->name, err_text(e));
		else if (scan && !(s->flags & DB_SCAN_OK))
			fprintf(stderr, "%s:%d: %s reads all of %s and no key could serve: a key, or DB_SCAN_OK\n", s->file, s->line,
			    s->name, scan);
		bad += e || (scan && !(s->flags & DB_SCAN_OK));
		err_free(e);
		arena_free(a);
	}
	size_t d = 0;
	while (domains[d])
		d++;
	printf("%zu statements of %zu domains\n", n, d);
	assert_int_equal(bad, 0);
}

/* The check itself: what it must find, and what it must not. */
DB_QUERY_F(scans, db_count, DB_SCAN_OK, "SELECT id AS n FROM person WHERE phone = ?")
DB_QUERY_F(scans_joined, db_count, DB_SCAN_OK,
    "SELECT p.id AS n FROM orders o JOIN audit_log p ON p.request_id = o.contact_name WHERE o.code = ?")
DB_EXEC_F(scans_update, DB_SCAN_OK, "UPDATE person SET name = ? WHERE phone = ?")
DB_QUERY_F(by_key, db_count, DB_SCAN_OK, "SELECT id AS n FROM person WHERE email = ? OR id = ?")
DB_QUERY_F(by_time, db_count, DB_SCAN_OK, "SELECT id AS n FROM orders WHERE state = 'pending' AND expires_at < ? LIMIT ?")
DB_QUERY_F(newest, db_count, DB_SCAN_OK, "SELECT id AS n FROM audit_log ORDER BY id DESC LIMIT 20")
DB_QUERY_F(whole_index, db_count, DB_SCAN_OK, "SELECT COUNT(*) AS n FROM audit_log")
DB_QUERY_F(derived, db_count, DB_SCAN_OK, "SELECT t.n FROM (SELECT COUNT(*) AS n FROM person WHERE id = ?) t")
DB_EXEC_F(inserts, DB_SCAN_OK, "INSERT INTO setting (name, value, changed_at) VALUES {(?, ?, ?)}")

static const char *scan_of(const struct db_stmt *s, struct arena *a)
{
	const char *scan = NULL;
	OK(db_stmt_check(testdb(), s, a, &scan));
	return scan;
}

static void the_check_sees(void **state)
{
	(void)state;
	struct arena *a = arena_new((size_t)4 << 20);
	assert_string_equal(scan_of(&scans, a), "person");
	assert_string_equal(scan_of(&scans_joined, a), "p");
	assert_string_equal(scan_of(&scans_update, a), "person");
	assert_string_equal(scan_of(&whole_index, a), "audit_log");
	assert_null(scan_of(&by_key, a));
	assert_null(scan_of(&by_time, a));
	assert_null(scan_of(&newest, a));
	assert_null(scan_of(&derived, a));
	assert_null(scan_of(&inserts, a));
	arena_free(a);
}

int main(void)
{
	fill_tables(testdb());
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_check_sees), cmocka_unit_test(all_statements) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
