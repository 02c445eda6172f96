/* What the files of src/db share. */
#ifndef FOYER_DB_INTERNAL_H
#define FOYER_DB_INTERNAL_H

#include "base/buf.h"
#include "db/db.h"

#include <mysql.h>

/* libmariadb has my_bool, MySQL since 8.0 has bool. */
#if defined(MARIADB_PACKAGE_VERSION) || MYSQL_VERSION_ID < 80000
typedef my_bool db_bool;
#else
typedef bool db_bool;
#endif

/* One value of a result row, as the library writes it. */
struct db_cell {
	unsigned long length;
	db_bool is_null, error;
	union {
		int64_t i;
		MYSQL_TIME t;
	} v;
	char *text;
	unsigned long text_size;
};

struct db_prepared {
	const struct db_stmt *s;
	size_t repeat;
	uint64_t used_at; /* tick of the connection, for eviction */
	MYSQL_STMT *st;
	size_t n_params, n_cols;
	struct db_cell *cells;
	char *text; /* memory of the cells' texts */
};

struct db_conn {
	const char *name; /* "primary", "replica" */
	bool replica;
	bool mariadb;     /* the server's kind */
	MYSQL *my;        /* NULL: not connected */
	int64_t retry_at; /* not tried again before this instant (monotonic) */
	int64_t pause;    /* the last back-off */
	struct db_prepared **slots; /* open addressing by (statement, repeat) */
	size_t n_slots, n_prepared, n_params;
	uint64_t tick;
};

struct db {
	struct db_conn primary, replica;
	bool has_replica, primary_only;
	bool in_tx, tx_broken;  /* broken: the server gave the transaction up */
	bool tx_away;           /* … because the connection is gone */
	unsigned lock_waits;    /* in vain, since the transaction (or the statement by itself) was begun */
	unsigned patience;
	int64_t lag_at, lag_ms; /* when the lag was looked at last, and what it was */
	bool lag_denied;
	int64_t last_id;
	char duplicate_key[65];
	struct {
		unsigned queries;
		bool wrote;        /* this unit has written */
		bool on_primary;   /* stale reads go to the primary for the rest of the unit */
		bool wait;         /* the replica has yet to reach `before` */
		bool fresh;        /* who asks has written a moment ago: nothing from memory */
		char before[512];
		char position[512];
	} unit;
	MYSQL_BIND *params;     /* scratch for arguments */
	MYSQL_TIME *times;
	size_t n_scratch;
	struct db_memo *memo;   /* NULL: nothing was remembered yet */
};

/* ---- conn.c ---- */
/* The server for a statement with these flags, connected. */
struct err *db_route(struct db *db, unsigned flags, struct db_conn **ret);
struct err *db_conn_ready(struct db *db, struct db_conn *c);
void db_conn_discard(struct db *db, struct db_conn *c);
/* An error of the server or the library as ours; discards the connection where it is of no more use.  doing: what was
 * tried; changing: it may have changed data. */
struct err *db_conn_error(struct db *db, struct db_conn *c, unsigned no, const char *text, const char *doing, bool changing);
/* A text command without rows, or the first row's first value (ret, in a; NULL where there is none). */
struct err *db_command(struct db *db, struct db_conn *c, const char *sql, bool changing, struct arena *a, const char **ret);
/* Keeps the position the server told with its last answer. */
void db_note_position(struct db *db, struct db_conn *c);

/* ---- stmt.c ---- */
void db_forget_prepared(struct db_conn *c);
struct err *db_prepare_only(struct db *db, const struct db_stmt *s); /* on the connected primary */

/* ---- tx.c ---- */
/* After the run-th deadlock or lock wait: pauses, or tells that there were enough. */
bool db_pause(const struct db *db, int run);

/* ---- memo.c ---- */
/* A remembered answer to the same question; false: ask the server. */
bool db_memo_find(struct db *db, const struct db_stmt *s, size_t max, const struct db_arg *args,
    size_t n_args, struct arena *a, void **ret_rows, size_t *ret_n);
void db_memo_keep(struct db *db, const struct db_stmt *s, size_t max, const struct db_arg *args,
    size_t n_args, const void *rows, size_t n_rows);
void db_memo_unit(struct db *db); /* a unit begins: what is too old goes */
void db_memo_free(struct db_memo *m);

/* ---- text.c: pure ---- */
/* The statement's text with every {part} repeated n times, joined by commas. */
void db_expand(struct buf *out, const char *sql, size_t n);
/* The next statement of a migration file from *at on, without leading comments; NULL at the end. */
char *db_next_statement(struct arena *a, const char **at);
/* Instants and the calendar. */
MYSQL_TIME db_time_out(int64_t us);
int64_t db_time_in(const MYSQL_TIME *t);

#endif
