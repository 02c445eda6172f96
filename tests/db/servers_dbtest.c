/* Which server answers, and what happens when one is away, hangs, lags or was demoted. */
#include "../support/testdb.h"

#include "base/clock.h"
#include "base/conf.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define SERVER(F) F(i64, id)
DB_ROW(server, SERVER)
DB_QUERY_F(server_stale, server, DB_STALE_OK, "SELECT @@server_id AS id")
DB_QUERY(server_sure, server, "SELECT @@server_id AS id")
DB_EXEC(note_add, "INSERT INTO note (text) VALUES (?)")
DB_QUERY_F(note_count, db_count, DB_STALE_OK | DB_SCAN_OK, "SELECT COUNT(*) AS n FROM note")
DB_QUERY_F(only_on_primary, db_count, DB_STALE_OK | DB_SCAN_OK, "SELECT COUNT(*) AS n FROM replica_lacks_it")

enum { PRIMARY = 1, REPLICA = 2 };
static struct arena *a;
static struct conf usual;
static char hung_path[108];
static int hung_fd;

static int begin(void **state)
{
	(void)state;
	a = arena_new((size_t)1 << 20);
	conf_set_for_test(&usual);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static void sleep_ms(int ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };
	nanosleep(&t, NULL);
}

static void use(const char *primary, const char *replica)
{
	struct conf c = usual;
	if (primary)
		c.db_socket = primary;
	if (replica)
		c.replica_socket = replica;
	conf_set_for_test(&c);
}

static int64_t stale(struct db *db)
{
	struct server *s;
	OK(server_stale_one(db, a, &s, DB_NO_ARGS));
	return s->id;
}

/* Until it answers, at most 20 s: a busy machine takes its time. */
static bool comes_to(struct db *db, int64_t server)
{
	for (int i = 0; i < 400; i++) {
		if (stale(db) == server)
			return true;
		sleep_ms(50);
	}
	return false;
}

static void is_away(struct err *e)
{
	assert_non_null(e);
	assert_int_equal(err_code(e), ERR_UNAVAILABLE);
	assert_non_null(err_user_text(e));
	err_free(e);
}

static int64_t span_ms(int64_t since)
{
	return (clock_monotonic() - since) / 1000;
}

static void each_read_to_its_server(void **state)
{
	(void)state;
	struct db *db = db_open();
	struct server *s;
	db_unit_begin(db, NULL);
	assert_int_equal(stale(db), REPLICA);
	OK(server_sure_one(db, a, &s, DB_NO_ARGS));
	assert_int_equal(s->id, PRIMARY);
	assert_int_equal(db_unit_queries(db), 2);
	db_primary_only(db, true);
	assert_int_equal(stale(db), PRIMARY);
	db_primary_only(db, false);
	assert_int_equal(stale(db), REPLICA);
	OK(note_add_run(db, NULL, DB_ARGS("나")));
	assert_int_equal(stale(db), PRIMARY); /* this unit has written */
	db_unit_begin(db, NULL);
	assert_int_equal(stale(db), REPLICA);
	db_close(db);
}

static void dead_primary(void **state)
{
	(void)state;
	struct server *s = NULL;
	use("/nowhere/db.sock", NULL);
	struct db *db = db_open();
	int64_t t = clock_monotonic();
	is_away(server_sure_one(db, a, &s, DB_NO_ARGS));
	is_away(note_add_run(db, NULL, DB_ARGS("x")));
	assert_null(s);
	assert_int_equal(stale(db), REPLICA); /* the catalogue stays readable */
	conf_set_for_test(&usual);
	struct err *e = server_sure_one(db, a, &s, DB_NO_ARGS);
	assert_true(e || span_ms(t) >= 1000); /* not tried again so soon */
	while (e) { /* back by itself */
		is_away(e);
		sleep_ms(50);
		assert_true(span_ms(t) < 20000);
		e = server_sure_one(db, a, &s, DB_NO_ARGS);
	}
	assert_int_equal(s->id, PRIMARY);
	db_close(db);
}

static void hung_primary(void **state)
{
	(void)state;
	struct server *s;
	use(hung_path, NULL);
	struct db *db = db_open();
	int64_t t = clock_monotonic();
	is_away(server_sure_one(db, a, &s, DB_NO_ARGS));
	assert_in_range(span_ms(t), 900, 9000);
	t = clock_monotonic();
	for (int i = 0; i < 20; i++)
		is_away(server_sure_one(db, a, &s, DB_NO_ARGS));
	assert_true(span_ms(t) < 2000); /* not a time-out each */
	assert_int_equal(stale(db), REPLICA);
	db_close(db);
}

static void dead_or_hung_replica(void **state)
{
	(void)state;
	use(NULL, "/nowhere/db.sock");
	struct db *db = db_open();
	int64_t t = clock_monotonic();
	assert_int_equal(stale(db), PRIMARY);
	conf_set_for_test(&usual);
	assert_true(stale(db) == PRIMARY || span_ms(t) >= 1000);
	assert_true(comes_to(db, REPLICA));
	db_close(db);

	use(NULL, hung_path);
	db = db_open();
	t = clock_monotonic();
	assert_int_equal(stale(db), PRIMARY);
	assert_in_range(span_ms(t), 900, 9000); /* one short time-out */
	t = clock_monotonic();
	for (int i = 0; i < 20; i++)
		assert_int_equal(stale(db), PRIMARY);
	assert_true(span_ms(t) < 4000); /* not one each */
	db_close(db);
}

static void own_writes_are_read(void **state)
{
	(void)state;
	struct db *db = db_open();
	struct db_count *n;
	char position[512];
	for (int64_t i = 0; i < 50; i++) { /* a write, and at once the next request of the same person */
		db_unit_begin(db, NULL);
		OK(note_add_run(db, NULL, DB_ARGS("x")));
		assert_non_null(db_unit_position(db));
		snprintf(position, sizeof position, "%s", db_unit_position(db));
		OK(note_count_one(db, a, &n, DB_NO_ARGS));
		int64_t seen = n->n;
		db_unit_begin(db, position);
		OK(note_count_one(db, a, &n, DB_NO_ARGS));
		assert_int_equal(n->n, seen);
		assert_null(db_unit_position(db));
	}
	testdb_use_replica();
	db_unit_begin(db, position);
	assert_int_equal(stale(db), REPLICA);
	db_unit_begin(db, "0-1-999999999"); /* never reached: the primary, after 50 ms */
	int64_t t = clock_monotonic();
	assert_int_equal(stale(db), PRIMARY);
	assert_in_range(span_ms(t), 40, 4000);
	assert_int_equal(stale(db), PRIMARY);
	assert_int_equal(db_unit_queries(db), 3);
	db_unit_begin(db, "0-1-1'; DROP TABLE note; --"); /* not a position */
	assert_int_equal(stale(db), PRIMARY);
	db_unit_begin(db, NULL);
	assert_int_equal(stale(db), REPLICA);
	db_close(db);
}

static void stopped_replica(void **state)
{
	(void)state;
	struct db *db = db_open(), *replica;
	int64_t lag;
	testdb_use_replica(); /* it has all that was written before */
	OK(db_replica_lag(db, &lag));
	assert_int_equal(lag, 0);
	testdb_replica_sql("STOP SLAVE");
	OK(db_replica_lag(db, &lag));
	assert_int_equal(lag, -1);
	replica = db_open();
	assert_int_equal(stale(replica), PRIMARY); /* it does not replicate: left out */
	use("/nowhere/db.sock", NULL);
	struct db *without = db_open();
	assert_int_equal(stale(without), REPLICA); /* but better than nothing */
	db_close(without);
	conf_set_for_test(&usual);
	testdb_replica_sql("START SLAVE");
	assert_true(comes_to(replica, REPLICA));
	db_close(replica);
	db_close(db);
}

static void what_the_replica_lacks(void **state)
{
	(void)state;
	struct db *db = db_open();
	struct db_count *n;
	testdb_sql("SET sql_log_bin = 0; CREATE TABLE replica_lacks_it (x INT); SET sql_log_bin = 1");
	OK(only_on_primary_one(db, a, &n, DB_NO_ARGS));
	assert_int_equal(n->n, 0);
	testdb_sql("SET sql_log_bin = 0; DROP TABLE replica_lacks_it; SET sql_log_bin = 1");
	db_close(db);
}

static void demoted_primary(void **state)
{
	(void)state;
	struct conf c = usual;
	char sql[512];
	snprintf(sql, sizeof sql, "CREATE OR REPLACE USER foyer_plain@localhost IDENTIFIED BY 'pw1';"
	    "GRANT SELECT, INSERT, UPDATE, DELETE ON `%s`.* TO foyer_plain@localhost", usual.db_name);
	testdb_sql(sql);
	testdb_use_replica(); /* has the user too */
	c.db_user = "foyer_plain";
	c.db_password = "pw1";
	conf_set_for_test(&c);
	struct db *db = db_open();
	OK(note_add_run(db, NULL, DB_ARGS("x")));
	testdb_sql("SET GLOBAL read_only = 1");
	struct err *e = note_add_run(db, NULL, DB_ARGS("x"));
	assert_null(strstr(err_user_text(e), "Nothing was changed")); /* as this unit has changed something before */
	is_away(e);
	db_unit_begin(db, NULL);
	e = note_add_run(db, NULL, DB_ARGS("x"));
	assert_non_null(strstr(err_user_text(e), "Nothing was changed"));
	is_away(e);
	testdb_sql("SET GLOBAL read_only = 0");
	OK(note_add_run(db, NULL, DB_ARGS("x")));
	db_unit_begin(db, NULL);
	assert_int_equal(stale(db), REPLICA); /* this user may not see the lag: trusted */
	db_close(db);
	testdb_sql("DROP USER foyer_plain@localhost");
}

static void wrong_password(void **state)
{
	(void)state;
	struct server *s;
	struct conf c = usual;
	c.db_password = "wrong";
	c.replica_socket = "";
	conf_set_for_test(&c);
	struct db *db = db_open();
	is_away(server_stale_one(db, a, &s, DB_NO_ARGS));
	db_close(db);
}

/* TLS that was asked for is had, verified, or there is no connection: never clear text in its place. */
static void tls_or_nothing(void **state)
{
	(void)state;
	struct server *s;
	struct conf c = usual;
	testdb_sql("CREATE OR REPLACE USER foyer_far@'127.0.0.1' IDENTIFIED BY 'pw2'; GRANT ALL ON *.* TO foyer_far@'127.0.0.1'");
	testdb_use_replica(); /* has the user too */
	c.db_user = "foyer_far";
	c.db_password = "pw2";
	c.replica_socket = "";
	c.db_host = "localhost";
	struct { bool tls; const char *ca, *port; bool fine; } cases[] = {
		{ false, "", getenv("FOYER_TEST_PORT"), true },
		{ true, getenv("FOYER_TEST_CA"), getenv("FOYER_TEST_PORT"), true },
		{ true, "", getenv("FOYER_TEST_PORT"), false },                             /* signed by nobody known */
		{ true, getenv("FOYER_TEST_CA"), getenv("FOYER_TEST_REPLICA_PORT"), false }, /* a server without TLS */
		{ false, "", getenv("FOYER_TEST_REPLICA_PORT"), true },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		c.db_tls = cases[i].tls;
		c.db_tls_ca = cases[i].ca;
		assert_true(str_to_i64(cases[i].port, &c.db_port));
		conf_set_for_test(&c);
		struct db *db = db_open();
		struct err *e = server_sure_one(db, a, &s, DB_NO_ARGS);
		if (!e != cases[i].fine)
			fail_msg("case %zu: %s", i, e ? err_text(e) : "connected");
		err_free(e);
		db_close(db);
	}
	testdb_sql("DROP USER foyer_far@'127.0.0.1'");
}

/* A server that lets connect and never says a word. */
static void make_hung_server(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	snprintf(at.sun_path, sizeof at.sun_path, "%s.%d", getenv("FOYER_TEST_SOCKET"), (int)getpid());
	memcpy(hung_path, at.sun_path, sizeof hung_path);
	hung_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (hung_fd < 0 || bind(hung_fd, (struct sockaddr *)&at, sizeof at) || listen(hung_fd, 64))
		exit(1);
}

int main(void)
{
	testdb();
	testdb_sql("CREATE TABLE note (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, text VARCHAR(20) NOT NULL)");
	testdb_use_replica();
	usual = *conf();
	make_hung_server();
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
		T(each_read_to_its_server), T(dead_primary), T(hung_primary), T(dead_or_hung_replica), T(own_writes_are_read),
		T(stopped_replica), T(what_the_replica_lacks), T(demoted_primary), T(wrong_password),
		T(tls_or_nothing),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	close(hung_fd);
	unlink(hung_path);
	return failed;
}
