#include "testdb.h"

#include "base/conf.h"
#include "base/log.h"
#include "db/db_internal.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct db *the_db;
static MYSQL *admin;
static struct conf settings;
static char name[40];
static pid_t owner;

static void __attribute__((noreturn)) give_up(const char *what)
{
	fprintf(stderr, "testdb: %s\n", what);
	exit(1);
}

void testdb_failed(const char *file, int line, struct err *e)
{
	fprintf(stderr, "%s:%d: unexpected error: %s\n", file, line, err_text(e));
	exit(1);
}

static void run_sql(MYSQL *server, const char *sql)
{
	struct arena *a = arena_new((size_t)16 << 20);
	for (char *one; (one = db_next_statement(a, &sql));) {
		if (mysql_query(server, one)) {
			fprintf(stderr, "%s\n", one);
			give_up(mysql_error(server));
		}
		MYSQL_RES *rows = mysql_store_result(server);
		if (rows)
			mysql_free_result(rows);
	}
	arena_free(a);
}

static MYSQL *connect_as_admin(const char *path)
{
	MYSQL *server = mysql_init(NULL);
	mysql_options(server, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	if (!mysql_real_connect(server, "localhost", "root", "", NULL, 0, path, 0))
		give_up(mysql_error(server));
	return server;
}

void testdb_sql(const char *sql)
{
	run_sql(admin, sql);
}

static const char *replica_path(void)
{
	const char *path = getenv("FOYER_TEST_REPLICA_SOCKET");
	if (!path)
		give_up("FOYER_TEST_REPLICA_SOCKET is not set");
	return path;
}

void testdb_replica_sql(const char *sql)
{
	MYSQL *server = connect_as_admin(replica_path());
	run_sql(server, sql);
	mysql_close(server);
}

void testdb_sql_on(struct db *db, const char *sql)
{
	OK(db_conn_ready(db, &db->primary));
	run_sql(db->primary.my, sql);
}

static void drop(void)
{
	char sql[128];
	if (getpid() != owner) /* a child of a test that forks */
		return;
	db_close(the_db);
	snprintf(sql, sizeof sql, "DROP DATABASE IF EXISTS `%s`", name);
	testdb_sql(sql);
	mysql_close(admin);
}

/* Of the sources, wherever the test runs: the tree is above this file. */
static const char *sql_dir(void)
{
	static char dir[PATH_MAX];
	const char *given = getenv("FOYER_TEST_SQL"), *end = strstr(__FILE__, "tests/support/");
	if (given)
		return given;
	snprintf(dir, sizeof dir, "%.*ssql", end ? (int)(end - __FILE__) : 0, __FILE__);
	return dir;
}

void testdb_use_replica(void)
{
	char wait[600];
	MYSQL_RES *rows;
	MYSQL_ROW row;
	testdb();
	if (mysql_query(admin, "SELECT @@gtid_binlog_pos") || !(rows = mysql_store_result(admin)) || !(row = mysql_fetch_row(rows)))
		give_up(mysql_error(admin));
	snprintf(wait, sizeof wait, "SELECT MASTER_GTID_WAIT('%s', 20)", row[0]);
	mysql_free_result(rows);
	testdb_replica_sql(wait);
	settings.replica_socket = replica_path();
	conf_set_for_test(&settings);
}

struct db *testdb_another(void)
{
	testdb();
	return db_open();
}

struct db *testdb(void)
{
	const char *path = getenv("FOYER_TEST_SOCKET");
	char sql[256];
	int applied;
	if (the_db)
		return the_db;
	if (!path)
		give_up("FOYER_TEST_SOCKET is not set: run this as tests/support/with-mariadb PROGRAM");
	log_setup(LOG_ERROR, "test");
	owner = getpid();
	snprintf(name, sizeof name, "foyer_test_%d", (int)owner);
	admin = connect_as_admin(path);
	settings = *conf();
	settings.db_socket = path;
	settings.db_host = settings.replica_host = settings.replica_socket = "";
	settings.db_user = "root";
	settings.db_password = "";
	settings.db_name = name;
	settings.secret = "a secret of tests, long enough for all";
	settings.debug = true;
	conf_set_for_test(&settings);
	snprintf(sql, sizeof sql, "DROP DATABASE IF EXISTS `%s`; CREATE DATABASE `%s`; USE `%s`", name, name, name);
	testdb_sql(sql);
	the_db = db_open();
	atexit(drop);
	OK(db_migrate(the_db, sql_dir(), &applied));
	return the_db;
}
