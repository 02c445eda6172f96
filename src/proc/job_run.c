/* The tables leader and job_run. */
#include "proc/job_run.h"

#include "base/clock.h"

#define LOCK "foyer-clock"

#define FENCE_ROW(F) F(i64, fence)
DB_ROW(fence_row, FENCE_ROW)
DB_QUERY(leader_fence, fence_row, "SELECT fence FROM leader WHERE name = 'clock'")
DB_EXEC(leader_raise, "UPDATE leader SET fence = LAST_INSERT_ID(fence + 1), host = ?, since = ? WHERE name = 'clock'")
DB_EXEC(leader_first, "INSERT INTO leader (name, fence, host, since) VALUES ('clock', 1, ?, ?)")

#define LAST_ROW(F) F(time, last_ok_at)
DB_ROW(last_row, LAST_ROW)
DB_QUERY(run_last_ok, last_row, "SELECT MAX(started_at) AS last_ok_at FROM job_run WHERE job = ? AND ok = 1")
DB_EXEC(run_close, "UPDATE job_run SET finished_at = ?, ok = 0, note = 'interrupted: its leader ended' "
                   "WHERE job = ? AND ok IS NULL")
DB_EXEC(run_begin, "INSERT INTO job_run (job, host, fence, started_at) VALUES (?, ?, ?, ?)")
DB_EXEC(run_end, "UPDATE job_run SET finished_at = ?, ok = ?, note = ? WHERE id = ? AND ok IS NULL")
DB_EXEC(run_summary, "INSERT INTO job_run (job, host, fence, started_at, finished_at, ok, note) "
                     "VALUES (?, ?, ?, ?, ?, ?, ?)")

static struct err *raise_fence(struct db *db, const char *host, int64_t *ret)
{
	int64_t changed, now = clock_now();
	TRY(leader_raise_run(db, &changed, DB_ARGS(host, db_time(now))));
	if (changed) {
		*ret = db_last_id(db);
		return NULL;
	}
	TRY(leader_first_run(db, NULL, DB_ARGS(host, db_time(now))));
	*ret = 1;
	return NULL;
}

struct err *leader_hold(struct db *db, struct arena *a, const char *host, int64_t fence, int64_t *ret_fence)
{
	bool got;
	TRY(db_lock_try(db, LOCK, &got));
	if (!got) {
		*ret_fence = 0;
		return NULL;
	}
	/* The lock may be ours again after the connection was lost; the fence tells whether another led in between. */
	struct fence_row *row;
	TRY(leader_fence_one(db, a, &row, DB_NO_ARGS));
	if (fence && row && row->fence == fence) {
		*ret_fence = fence;
		return NULL;
	}
	return raise_fence(db, host, ret_fence);
}

struct err *job_run_takeover(struct db *db, struct arena *a, const char *job, int64_t now, int64_t *ret_last_ok)
{
	struct last_row *row;
	TRY(run_close_run(db, NULL, DB_ARGS(db_time(now), job)));
	TRY(run_last_ok_one(db, a, &row, DB_ARGS(job)));
	*ret_last_ok = row ? row->last_ok_at : 0;
	return NULL;
}

struct err *job_run_begin(struct db *db, const char *job, const char *host, int64_t fence, int64_t now, int64_t *ret_id)
{
	TRY(run_begin_run(db, NULL, DB_ARGS(job, host, fence, db_time(now))));
	*ret_id = db_last_id(db);
	return NULL;
}

struct err *job_run_end(struct db *db, int64_t id, bool ok, const char *note, int64_t now)
{
	return run_end_run(db, NULL, DB_ARGS(db_time(now), ok, note, id));
}

struct err *job_run_summary(struct db *db, const char *job, const char *host, int64_t fence, int64_t from, int64_t to,
    bool ok, const char *note)
{
	return run_summary_run(db, NULL, DB_ARGS(job, host, fence, db_time(from), db_time(to), ok, note));
}
