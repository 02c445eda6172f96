/* What may be a second old is read once a second in a process; who has written sees what was written. */
#include "../support/testdb.h"

#include "base/clock.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define FACT(F) F(i64, id) F(str, name) F(bytes, name_en) F(time, created_at) F(str, password_hash)
DB_ROW(fact, FACT)
DB_QUERY_F(facts, fact, DB_MEMO, "SELECT id, name, CAST(email AS BINARY) AS name_en, created_at, password_hash FROM person"
    " WHERE lang = ? AND id > ? ORDER BY id")
DB_QUERY_F(facts_stale, fact, DB_STALE_OK, "SELECT id, name, CAST(email AS BINARY) AS name_en, created_at, password_hash FROM person"
    " WHERE lang = ? AND id > ? ORDER BY id")
DB_QUERY_F(facts_brief, fact, DB_MEMO_BRIEF, "SELECT id, name, CAST(email AS BINARY) AS name_en, created_at, password_hash FROM person"
    " WHERE email IN ({?}) ORDER BY id")
DB_EXEC(person_add, "INSERT INTO person (email, name, lang, created_at) VALUES (?, ?, 'xx', ?)")
DB_EXEC(persons_gone, "DELETE FROM person WHERE lang = 'xx' AND id > ?")

static struct arena *a;
static struct db *reader, *writer;

static int begin(void **state)
{
	(void)state;
	a = arena_new((size_t)4 << 20);
	reader = testdb_another();
	OK(person_add_run(writer, NULL, DB_ARGS("one@example.org", "하나", db_time(1700000000000000))));
	return 0;
}

static int end(void **state)
{
	(void)state;
	OK(persons_gone_run(writer, NULL, DB_ARGS(0)));
	db_close(reader);
	arena_free(a);
	return 0;
}

static struct fact *rows;
static size_t n_rows;

static size_t ask(const char *lang)
{
	OK(facts_all(reader, a, &rows, &n_rows, DB_ARGS(lang, 0)));
	return n_rows;
}

/* The machine stood still: a second is over that should not be, and nothing can be said about it. */
static bool stood_still(int64_t since)
{
	return clock_monotonic() - since >= US_SECOND;
}

static void sleep_ms(int ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };
	nanosleep(&t, NULL);
}

static void add_two(void)
{
	OK(person_add_run(writer, NULL, DB_ARGS("two@example.org", "둘", db_time(1700000000000000))));
}

static void asked_once_a_second(void **state)
{
	(void)state;
	int64_t since = clock_monotonic();
	db_unit_begin(reader, NULL);
	assert_int_equal(ask("xx"), 1);
	assert_int_equal(db_unit_queries(reader), 1);
	add_two();
	db_unit_begin(reader, NULL);
	ask("xx");
	if (stood_still(since))
		return;
	assert_int_equal(n_rows, 1);
	assert_int_equal(db_unit_queries(reader), 0);
	assert_string_equal(rows[0].name, "하나");
	assert_int_equal(rows[0].name_en.n, strlen("one@example.org"));
	assert_memory_equal(rows[0].name_en.p, "one@example.org", rows[0].name_en.n);
	assert_true(rows[0].created_at == 1700000000000000);
	assert_null(rows[0].password_hash);
	rows[0].name = "scribbled"; /* the rows are the caller's own */
	ask("xx");
	assert_string_equal(rows[0].name, "하나");
	sleep_ms(1050);
	assert_int_equal(ask("xx"), 2); /* also when no unit has begun since */
	db_unit_begin(reader, NULL);
	assert_int_equal(ask("xx"), 2);
}

static void other_arguments_are_another_question(void **state)
{
	(void)state;
	int64_t since = clock_monotonic();
	db_unit_begin(reader, NULL);
	assert_int_equal(ask("xx"), 1);
	assert_int_equal(ask("yy"), 0);
	assert_int_equal(ask("yy"), 0);
	if (stood_still(since))
		return;
	assert_int_equal(db_unit_queries(reader), 2); /* that there is nothing is an answer, too */
	struct fact *first;
	OK(facts_one(reader, a, &first, DB_ARGS("xx", 0)));
	assert_non_null(first);
	assert_int_equal(db_unit_queries(reader), 3);
	OK(facts_stale_all(reader, a, &rows, &n_rows, DB_ARGS("xx", 0)));
	OK(facts_stale_all(reader, a, &rows, &n_rows, DB_ARGS("xx", 0)));
	assert_int_equal(db_unit_queries(reader), 5); /* without the flag nothing is remembered */
}

static size_t ask_brief(size_t n)
{
	const struct db_arg emails[] = { DB_ARG("one@example.org"), DB_ARG("two@example.org") };
	OK(facts_brief_in(reader, a, &rows, &n_rows, n, emails, n));
	return n_rows;
}

static void numbers_of_stock_for_a_tenth(void **state)
{
	(void)state;
	db_unit_begin(reader, NULL);
	assert_int_equal(ask_brief(1), 1);
	struct fact *first = rows;
	assert_int_equal(ask_brief(2), 1); /* a longer list is another question */
	assert_int_equal(db_unit_queries(reader), 2);
	add_two();
	sleep_ms(110);
	assert_int_equal(ask_brief(2), 2);
	unsigned asked = 0;
	for (int i = 0; i < 50; i++) { /* the machine may stop for a tenth of a second, not each time */
		asked = db_unit_queries(reader);
		assert_int_equal(ask_brief(2), 2);
		if (db_unit_queries(reader) == asked)
			break;
	}
	assert_int_equal(db_unit_queries(reader), asked);
	assert_string_equal(first[0].name, "하나"); /* what was handed out before lives as long as the unit */
}

static void own_writes_are_seen(void **state)
{
	(void)state;
	int64_t since = clock_monotonic();
	db_unit_begin(reader, NULL);
	assert_int_equal(ask("xx"), 1);
	OK(person_add_run(reader, NULL, DB_ARGS("two@example.org", "둘", db_time(1700000000000000))));
	assert_int_equal(ask("xx"), 2);
	db_unit_begin(reader, db_unit_position(reader) ? arena_strdup(a, db_unit_position(reader)) : "0-1-1");
	assert_int_equal(ask("xx"), 2);
	db_unit_begin(reader, NULL);
	ask("xx");
	assert_true(n_rows == 1 || stood_still(since)); /* somebody else, within the second */
}

static struct err *read_in_tx(struct db *db, void *ctx)
{
	(void)db;
	*(size_t *)ctx = ask("xx");
	return NULL;
}

static void transactions_and_the_careful_read_past_it(void **state)
{
	(void)state;
	size_t n;
	int64_t since = clock_monotonic();
	db_unit_begin(reader, NULL);
	assert_int_equal(ask("xx"), 1);
	add_two();
	OK(db_tx(reader, read_in_tx, &n));
	assert_int_equal(n, 2);
	db_primary_only(reader, true);
	assert_int_equal(ask("xx"), 2);
	db_primary_only(reader, false);
	ask("xx");
	assert_true(n_rows == 1 || stood_still(since));
}

static void what_is_too_much_is_asked_again(void **state)
{
	(void)state;
	char lang[20];
	db_unit_begin(reader, NULL);
	for (int i = 0; i < 400; i++) {
		snprintf(lang, sizeof lang, "q%d", i);
		assert_int_equal(ask(lang), 0);
	}
	assert_int_equal(ask("xx"), 1);
	char *endless = arena_alloc(a, 4000);
	memset(endless, 'x', 3999);
	assert_int_equal(ask(endless), 0);
	assert_int_equal(ask(endless), 0);
	assert_int_equal(db_unit_queries(reader), 403);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(asked_once_a_second, begin, end),
		cmocka_unit_test_setup_teardown(other_arguments_are_another_question, begin, end),
		cmocka_unit_test_setup_teardown(numbers_of_stock_for_a_tenth, begin, end),
		cmocka_unit_test_setup_teardown(own_writes_are_seen, begin, end),
		cmocka_unit_test_setup_teardown(transactions_and_the_careful_read_past_it, begin, end),
		cmocka_unit_test_setup_teardown(what_is_too_much_is_asked_again, begin, end),
	};
	writer = testdb();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
