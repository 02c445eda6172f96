/* Migrations: each file once, in order; half-done files go on; altered ones are refused; two at once do not meet. */
#include "../support/testdb.h"

#include "base/conf.h"
#include "base/str.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

DB_QUERY_F(letters, db_count, DB_SCAN_OK, "SELECT COUNT(*) AS n FROM letter")
DB_QUERY_F(foreign_tables, db_count, DB_SCAN_OK, "SELECT COUNT(*) AS n FROM information_schema.tables WHERE"
    " table_schema = DATABASE() AND table_collation <> 'utf8mb4_unicode_520_ci'")

static struct db *db;
static char dir[64];

static void put(const char *name, const char *text)
{
	char path[160];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static int begin(void **state)
{
	(void)state;
	snprintf(dir, sizeof dir, "/tmp/foyer-migrate.XXXXXX");
	assert_non_null(mkdtemp(dir));
	testdb_sql("DELETE FROM schema_version; DROP TABLE IF EXISTS letter");
	put("001_letters.sql", "-- letters; of all kinds\nCREATE TABLE letter (c CHAR(1) NOT NULL);\nINSERT INTO letter VALUES ('a'), (';');\n");
	put("README", "not a migration");
	put("2_short.sql", "this is not SQL");
	return 0;
}

static int end(void **state)
{
	(void)state;
	static const char *const names[] = { "001_letters.sql", "002_more.sql", "003_last.sql", "README", "2_short.sql", "001_again.sql" };
	char path[160];
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof path, "%s/%s", dir, names[i]);
		unlink(path);
	}
	return rmdir(dir);
}

static int64_t count(void)
{
	struct arena *a = arena_new(4096);
	struct db_count *row;
	OK(letters_one(db, a, &row, DB_NO_ARGS));
	int64_t n = row->n;
	arena_free(a);
	return n;
}

static int migrate(void)
{
	int applied = -1;
	OK(db_migrate(db, dir, &applied));
	return applied;
}

static void refused(enum err_code code, const char *word)
{
	int applied = -1;
	struct err *e = db_migrate(db, dir, &applied);
	assert_non_null(e);
	assert_int_equal(err_code(e), code);
	if (!strstr(err_text(e), word))
		fail_msg("%s does not say %s", err_text(e), word);
	assert_int_equal(applied, -1);
	err_free(e);
}

static void each_once(void **state)
{
	(void)state;
	assert_int_equal(migrate(), 1);
	assert_int_equal(migrate(), 0);
	put("003_last.sql", "INSERT INTO letter SELECT 'z' FROM letter");
	put("002_more.sql", "INSERT INTO letter VALUES ('c')");
	assert_int_equal(migrate(), 2);
	assert_int_equal(migrate(), 0);
	assert_int_equal(count(), 6);
}

static void altered_files(void **state)
{
	(void)state;
	assert_int_equal(migrate(), 1);
	put("001_letters.sql", "CREATE TABLE letter (c CHAR(2) NOT NULL);");
	put("002_more.sql", "INSERT INTO letter VALUES ('c')");
	refused(ERR_CONFLICT, "001_letters.sql");
	assert_int_equal(count(), 2);
}

static void half_done(void **state)
{
	(void)state;
	put("002_more.sql", "INSERT INTO letter VALUES ('c'); INSERT INTO lettre VALUES ('d'); INSERT INTO letter VALUES ('e')");
	refused(ERR_INTERNAL, "002_more.sql, statement 2");
	assert_int_equal(count(), 3);
	refused(ERR_INTERNAL, "002_more.sql, statement 2");
	put("002_more.sql", "INSERT INTO letter VALUES ('c'); INSERT INTO letter VALUES ('d'); INSERT INTO letter VALUES ('e')");
	assert_int_equal(migrate(), 1);
	assert_int_equal(count(), 5);
}

static void wrong_folders(void **state)
{
	(void)state;
	put("001_again.sql", "SELECT 1");
	refused(ERR_INTERNAL, "same number");
	int applied;
	struct err *e = db_migrate(db, "/nowhere", &applied);
	assert_non_null(e);
	err_free(e);
}

static void two_at_once(void **state)
{
	(void)state;
	put("002_more.sql", "INSERT INTO letter VALUES ('c'); DO SLEEP(0.2); INSERT INTO letter VALUES ('d')");
	int sum = 0;
	for (int i = 0; i < 2; i++)
		if (fork() == 0) {
			int applied = -1;
			struct db *own = testdb_another();
			struct err *e = db_migrate(own, dir, &applied);
			db_close(own);
			_exit(e ? 100 : applied);
		}
	for (int i = 0; i < 2; i++) {
		int status;
		wait(&status);
		assert_true(WIFEXITED(status));
		sum += WEXITSTATUS(status);
	}
	assert_int_equal(sum, 2);
	assert_int_equal(count(), 4);
}

static void tables_have_the_house_collation(void **state)
{
	(void)state;
	struct arena *a = arena_new(4096);
	struct db_count *row;
	OK(foreign_tables_one(db, a, &row, DB_NO_ARGS));
	assert_int_equal(row->n, 0);
	arena_free(a);
}

int main(void)
{
	db = testdb();
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
		T(each_once), T(altered_files), T(half_done), T(wrong_folders), T(two_at_once), T(tables_have_the_house_collation),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
