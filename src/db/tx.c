/* Transactions and the one-leader lock. */
#include "db/db_internal.h"

#include "base/conf.h"
#include "base/log.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RUNS 6       /* the first and five more */
#define LOCK_WAITS 2 /* of three seconds: a page has ten */

/* BEGIN with the request id as a comment, so that the server's logs lead back to the request. */
static struct err *begin(struct db *db)
{
	char sql[128];
	const char *id = log_current_request_id();
	size_t n = strspn(id, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.");
	TRY(db_conn_ready(db, &db->primary));
	snprintf(sql, sizeof sql, "BEGIN /* %.*s */", (int)(n > 63 ? 63 : n), id);
	db->unit.queries++;
	return db_command(db, &db->primary, sql, false, NULL, NULL);
}

static struct err *commit(struct db *db)
{
	if (db->tx_broken) /* fn swallowed the error: what it did is gone */
		return db_conn_ready(db, &db->primary);
	db->unit.queries++;
	TRY(db_command(db, &db->primary, "COMMIT", db->unit.wrote, NULL, NULL));
	db_note_position(db, &db->primary);
	return NULL;
}

static void roll_back(struct db *db)
{
	if (!db->primary.my)
		return;
	db->unit.queries++;
	err_free(db_command(db, &db->primary, "ROLLBACK", false, NULL, NULL));
}

/* 2, 4, 8 … ms, each between half and whole, so that those who met do not meet again. */
bool db_pause(const struct db *db, int run)
{
	if (run >= RUNS || db->lock_waits >= LOCK_WAITS)
		return false;
	int64_t us = INT64_C(2000) << (run - 1);
	struct timespec now, t;
	clock_gettime(CLOCK_MONOTONIC, &now);
	us = us / 2 + (now.tv_nsec / 1000) % (us / 2);
	t = (struct timespec){ .tv_sec = us / 1000000, .tv_nsec = (us % 1000000) * 1000 };
	nanosleep(&t, NULL);
	return true;
}

struct err *db_tx(struct db *db, struct err *(*fn)(struct db *db, void *ctx), void *ctx)
{
	assert(!db->in_tx);
	db->lock_waits = 0;
	for (int run = 1;; run++) {
		TRY(begin(db));
		db->in_tx = true;
		db->tx_broken = db->tx_away = false;
		struct err *e = fn(db, ctx);
		if (!e)
			e = commit(db);
		if (e)
			roll_back(db);
		db->in_tx = false;
		if (!err_is(e, ERR_RETRY) || !db_pause(db, run))
			return e;
		err_free(e);
	}
}

#define LOCK_ROW(F) F(flag, got)
DB_ROW(lock_row, LOCK_ROW)
DB_QUERY_F(lock_try, lock_row, DB_SCAN_OK,
    "SELECT CASE WHEN IS_USED_LOCK(?) = CONNECTION_ID() THEN 1 ELSE GET_LOCK(?, 0) END AS got")

struct err *db_lock_try(struct db *db, const char *name, bool *ret_got)
{
	char full[65]; /* locks are the server's, not the database's */
	snprintf(full, sizeof full, "%s.%s", conf()->db_name, name);
	struct arena *a = arena_new(4096);
	struct lock_row *row = NULL;
	struct err *e = lock_try_one(db, a, &row, DB_ARGS((const char *)full, (const char *)full));
	if (!e)
		*ret_got = row && row->got;
	arena_free(a);
	return e;
}
