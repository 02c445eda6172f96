/* The database as the rest of the house sees it: statements, rows, transactions.  Nothing outside src/db includes
 * mysql.h.
 *
 *   DB_ROW(show_row, SHOW_ROW)                       one field list makes the struct and its column table
 *   DB_QUERY(show_by_slug, show_row, "SELECT s.id, s.title, … FROM show_ s WHERE s.slug = ?")
 *   DB_EXEC(show_publish, "UPDATE show_ SET state = 'published' WHERE id = ? AND state = 'draft'")
 *
 *   struct show_row *s;
 *   TRY(show_by_slug_one(db, a, &s, DB_ARGS(slug)));          s is NULL where no row matched: not found is a result
 *   struct show_row *rows; size_t n;
 *   TRY(show_list_all(db, a, &rows, &n, DB_ARGS(genre, (int64_t)20)));
 *   int64_t changed;
 *   TRY(show_publish_run(db, &changed, DB_ARGS(id.v)));       affected rows decide who won
 *
 * A statement's text is a static literal; values are only ever bound.  When a statement is prepared the column names
 * of its result are compared with the row's field list, so that the two cannot drift.  All statements of the program
 * stand in one linker section: a test prepares and explains each of them.
 *
 * A part of the text in {braces} is repeated (joined by commas) as often as the _many form is told:
 *   DB_EXEC(claim_insert, "INSERT INTO claim (performance_id, seat_idx, …) VALUES {(?, ?, …)}")
 *   TRY(claim_insert_many(db, &changed, n, args, n_args));
 * the arguments outside the braces keep their places before and after.  Repeated 0 times nothing is asked of the server:
 * no rows, nothing changed. */
#ifndef FOYER_DB_H
#define FOYER_DB_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;

/* ---- values ---------------------------------------------------------------------------------------------------- */
enum db_type { DB_NULL, DB_I64, DB_STR, DB_BYTES, DB_TIME };
struct db_arg { enum db_type type; int64_t i; const char *s; struct bytes b; };
static inline struct db_arg db_i64(int64_t v) { return (struct db_arg){ .type = DB_I64, .i = v }; }
static inline struct db_arg db_str(const char *s) { return (struct db_arg){ .type = s ? DB_STR : DB_NULL, .s = s }; }
static inline struct db_arg db_bytes(struct bytes b) { return (struct db_arg){ .type = b.p ? DB_BYTES : DB_NULL, .b = b }; }
static inline struct db_arg db_arg_self(struct db_arg a) { return a; }
/* For LIKE: "%text%", its wildcards taken literally. */
char *db_like(struct arena *a, const char *text);
/* An instant (µs UTC) bound to a DATETIME(6) column; 0 is NULL. */
static inline struct db_arg db_time(int64_t us) { return (struct db_arg){ .type = us ? DB_TIME : DB_NULL, .i = us }; }
static inline struct db_arg db_i64_or_null(int64_t v) { return (struct db_arg){ .type = v ? DB_I64 : DB_NULL, .i = v }; }
#define DB_ARG(x)                                                                                                      \
	_Generic((x), char *: db_str, const char *: db_str, struct bytes: db_bytes, struct db_arg: db_arg_self,        \
	    bool: db_i64, int: db_i64, unsigned: db_i64, long: db_i64, long long: db_i64, unsigned long: db_i64)(x)
/* DB_ARGS(a, b, …): up to 24 typed arguments, or DB_NO_ARGS.  Expands to two function arguments: array, count. */
#define DB_NO_ARGS (const struct db_arg *)0, (size_t)0
#define DB_ARGS(...) (const struct db_arg[]){ DB_MAP_(__VA_ARGS__) }, DB_COUNT_(__VA_ARGS__)

/* ---- rows ------------------------------------------------------------------------------------------------------- */
/* Field kinds in a list: F(i64, name) F(str, name) F(bytes, name) F(time, name) F(flag, name), or a typed id:
 * F(order_id, id) for any struct X_id of ids.h (stored as int64).  NULL reads as 0, NULL string, false. */
#define DB_CTYPE_i64 int64_t
#define DB_CTYPE_str const char *
#define DB_CTYPE_bytes struct bytes
#define DB_CTYPE_time int64_t
#define DB_CTYPE_flag bool
enum db_col_kind { DB_COL_i64, DB_COL_str, DB_COL_bytes, DB_COL_time, DB_COL_flag };
struct db_col { const char *name; enum db_col_kind kind; size_t offset; };
struct db_rowtype { const char *name; const struct db_col *cols; size_t n; size_t size; };
/* DB_ROW(name, LIST) is in db_macros.h. */

/* ---- statements ------------------------------------------------------------------------------------------------- */
enum db_flags {
	DB_STALE_OK = 1, /* may be read from a replica (unless in a transaction or after a write of this unit) */
	DB_SCAN_OK = 2,  /* a full scan is meant (small table, job): the explain test accepts it */
	/* Stale is fine, and so is what this process read up to a second ago with the same arguments (round instants down to
	 * the second).  For facts of pages that change rarely; never for stock, holds, orders, money or rights.  Who has
	 * written within the last half minute reads past it.  The texts of such rows live until the unit's end. */
	DB_MEMO = 4 | DB_STALE_OK,
	/* The same for a tenth of a second: numbers on pages that change with each sale, and decide nothing. */
	DB_MEMO_BRIEF = 8 | DB_MEMO
};
struct db_stmt {
	const char *name, *sql, *file;
	int line;
	unsigned flags;
	const struct db_rowtype *(*row_type)(void); /* NULL for DB_EXEC */
};
/* DB_QUERY(name, row, sql) DB_QUERY_F(name, row, flags, sql) DB_EXEC(name, sql) DB_EXEC_F(name, flags, sql): see
 * db_macros.h.  They define typed static functions name_one, name_all, name_run, name_many. */
const struct db_stmt *const *db_statements(size_t *ret_n); /* every statement of the program */

struct err *db_select(struct db *db, const struct db_stmt *s, struct arena *a, void *ret_rows, size_t *ret_n, size_t max,
    size_t repeat, const struct db_arg *args, size_t n_args);
struct err *db_exec(struct db *db, const struct db_stmt *s, int64_t *ret_changed, size_t repeat,
    const struct db_arg *args, size_t n_args);
#include "db/db_macros.h"
/* What SELECT COUNT(*) AS n says. */
#define DB_COUNT_ROW(F) F(i64, n)
DB_ROW(db_count, DB_COUNT_ROW)
/* Errors of statements: ERR_UNAVAILABLE (server away; nothing was done), ERR_TIMEOUT (a change was under way when the
 * server went away: it may or may not have been saved), ERR_RETRY (a change outside a transaction was rerun before, as
 * db_tx does), ERR_DUPLICATE, ERR_CONSTRAINT, else ERR_INTERNAL.
 * `changed` counts the rows an UPDATE matched, also those that had the new values already. */
int64_t db_last_id(const struct db *db); /* AUTO_INCREMENT (or LAST_INSERT_ID(expr)) of the last statement */
const char *db_duplicate_key(const struct db *db); /* name of the key of the last ERR_DUPLICATE: "PRIMARY", "claim_slot" */

/* ---- connections ------------------------------------------------------------------------------------------------ */
/* Connects lazily; opened after the fork, one per process.  Errors: ERR_UNAVAILABLE when the primary (or for stale
 * reads both) cannot be reached within a second; the handle reconnects by itself at the next use, and after a failure
 * not sooner than a second later (4 where the attempt timed out), so that a dead server costs one time-out and not one for
 * each request. */
struct db *db_open(void); /* never NULL */
void db_close(struct db *db); /* takes NULL */
/* The longest a statement on the primary may take, for jobs and tools; 0: the default of 5 s. */
void db_patience(struct db *db, unsigned seconds);
/* Begins a unit of work (a request, a job run).  wrote: the primary's position token this person last wrote at, or
 * NULL; stale reads then wait briefly for the replica or go to the primary.  Transactions carry the request id in an
 * SQL comment; a slow statement is logged with it and with the server's connection id, which the slow log of the
 * server names too.  Resets the query count. */
void db_unit_begin(struct db *db, const char *wrote);
/* Who has just written reads the primary in this unit instead of waiting for the replica.  What they wrote is not among
 * the facts that are remembered (DB_MEMO). */
void db_unit_without_waiting(struct db *db);
/* Round trips to a server since db_unit_begin: statements, BEGIN, COMMIT.  Connecting and preparing are not counted:
 * they are paid once per process. */
unsigned db_unit_queries(const struct db *db);
const char *db_unit_position(const struct db *db);      /* token after own writes in this unit; NULL when none */
void db_primary_only(struct db *db, bool on);           /* stale reads go to the primary too */

/* ---- transactions ----------------------------------------------------------------------------------------------- */
/* Runs fn in a READ COMMITTED transaction on the primary: NULL commits, an error rolls back.  ERR_RETRY (deadlock, lock
 * wait) reruns fn, at most 5 times with growing pauses, after a lock wait once: fn must not have effects outside the
 * database.  No call to the outside may happen within.  Not nestable (asserted).  ERR_UNAVAILABLE: nothing was saved.
 * ERR_TIMEOUT: the server went away while it committed; whether it did is unknown. */
struct err *db_tx(struct db *db, struct err *(*fn)(struct db *db, void *ctx), void *ctx);
/* GET_LOCK on the primary's connection: one leader.  ret_got tells whether this process holds it now.  Asked again it
 * tells whether it still does; the lock goes with the connection. */
struct err *db_lock_try(struct db *db, const char *name, bool *ret_got);

/* ---- migrations, tests ------------------------------------------------------------------------------------------ */
/* Applies every sql/NNN_name.sql of dir that schema_version does not list, in order, under a lock.  A file that failed
 * half-way goes on behind the last statement that was done.  ERR_CONFLICT: an applied file was altered since. */
struct err *db_migrate(struct db *db, const char *dir, int *ret_applied);
/* Prepares the statement (repeat 1) and explains it; ret_scan names a table (or its alias) that is read in full although
 * no key could serve, else NULL.  Tells nothing on empty tables. */
struct err *db_stmt_check(struct db *db, const struct db_stmt *s, struct arena *a, const char **ret_scan);
/* How far the replica is behind, to the second; -1: no replica, or it does not replicate. */
struct err *db_replica_lag(struct db *db, int64_t *ret_ms);

#endif
