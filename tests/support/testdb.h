/* A database of its own for a *_dbtest program.  Needs FOYER_TEST_SOCKET (tests/support/with-mariadb sets it). */
#ifndef FOYER_TESTDB_H
#define FOYER_TESTDB_H

#include "db/db.h"

/* Makes the database foyer_test_<pid>, migrates it, points the configuration at it (no replica), and returns a handle,
 * always the same one.  The database is dropped when the program ends.  Ends the program with a message where there is
 * no server. */
struct db *testdb(void);
/* A second handle, as another process would have it; close it with db_close. */
struct db *testdb_another(void);
/* The configuration with FOYER_TEST_REPLICA_SOCKET as replica (handles opened afterwards use it); returns when the
 * replica has what the primary has. */
void testdb_use_replica(void);
/* Runs statements of SQL that are not the program's, as the administrator, on the primary or the replica; ends the
 * program when one fails. */
void testdb_sql(const char *sql);
void testdb_replica_sql(const char *sql);
void testdb_sql_on(struct db *db, const char *sql); /* the same on a handle's primary connection: for child processes */
/* OK(call): ends the program with the error's text when there is one. */
void testdb_failed(const char *file, int line, struct err *e) __attribute__((noreturn));
#define OK(expr)                                                                                                       \
	do {                                                                                                           \
		struct err *ok_err_ = (expr);                                                                          \
		if (ok_err_)                                                                                           \
			testdb_failed(__FILE__, __LINE__, ok_err_);                                                    \
	} while (0)

#endif
