/* The sweeper asks about every unfinished attempt; the consumer of "refund"; metrics. */
#include "pay/pay_jobs.h"
#include "pay/refund.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "proc/metrics.h"

#include <inttypes.h>

/* ---- the sweeper ---------------------------------------------------------------------------------------------------------- */
#define SWEEP_ROW(F) F(attempt_id, id) F(time, next_check_at)
DB_ROW(sweep_row, SWEEP_ROW)
/* Where somebody waits for the outcome first: windows that were left by a whole crowd are no hurry. */
DB_QUERY(attempts_due, sweep_row,
    "SELECT id, next_check_at FROM pay_attempt WHERE next_check_at <= ?"
    " ORDER BY state IN ('confirming', 'unknown') DESC, next_check_at LIMIT 50")
/* The lease: whoever moves the time looks. */
DB_EXEC(attempt_lease, "UPDATE pay_attempt SET next_check_at = ? WHERE id = ? AND next_check_at = ?")
/* One run ends in time for the next leader's; what is left waits five seconds. */
#define RUN_US (60 * US_SECOND)

struct err *pay_sweep_job(struct job_ctx *j)
{
	struct sweep_row *rows;
	size_t n, looked = 0, failed = 0;
	int64_t began = clock_monotonic();
	TRY(attempts_due_all(j->db, j->a, &rows, &n, DB_ARGS(db_time(j->now))));
	for (size_t i = 0; i < n && clock_monotonic() - began < RUN_US; i++) {
		int64_t now = clock_now(), changed;
		TRY(attempt_lease_run(j->db, &changed, DB_ARGS(db_time(now + 2 * (conf()->pay_timeout_ms + 10000) * 1000), rows[i].id.v,
		    db_time(rows[i].next_check_at))));
		if (changed == 0)
			continue;
		struct arena *a = arena_new(1 << 22);
		struct err *e = pay_look(j->db, a, rows[i].id, now);
		failed += e != NULL;
		looked++;
		log_err(LOG_ERROR, "a payment could not be looked at", e);
		arena_free(a);
	}
	if (looked)
		j->note = arena_printf(j->a, "%zu looked at, %zu failed", looked, failed);
	return NULL;
}

/* ---- webhooks are kept for three months ------------------------------------------------------------------------------------- */
DB_EXEC_F(hooks_forget, DB_SCAN_OK, "DELETE FROM pay_webhook WHERE received_at < ? AND processed_at IS NOT NULL LIMIT 10000")

struct err *pay_forget_job(struct job_ctx *j)
{
	int64_t changed;
	do
		TRY(hooks_forget_run(j->db, &changed, DB_ARGS(db_time(j->now - 90 * US_DAY))));
	while (changed);
	return NULL;
}

/* ---- refunds ---------------------------------------------------------------------------------------------------------------- */
struct err *pay_refund_deliver(struct consumer_ctx *c, const struct outbox_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct refund_id id;
		if (!str_to_i64(rows[i].payload, &id.v))
			return err_new(ERR_INVALID, "'%.40s' is no refund's number", rows[i].payload);
		TRY(refund_carry_out(c->db, c->a, id, clock_now()));
	}
	return NULL;
}

/* ---- metrics ---------------------------------------------------------------------------------------------------------------- */
DB_QUERY_F(attempts_open, metrics_state, DB_STALE_OK,
    "SELECT state, COUNT(*) AS n FROM pay_attempt WHERE next_check_at > '1970-01-01' GROUP BY state")
DB_QUERY_F(attempts_recent, metrics_state, DB_STALE_OK,
    "SELECT state, COUNT(*) AS n FROM pay_attempt WHERE id > (SELECT MAX(id) - 1000 FROM pay_attempt) GROUP BY state")
DB_QUERY_F(refund_states, metrics_state, DB_STALE_OK,
    "SELECT state, COUNT(*) AS n FROM pay_refund WHERE state IN ('pending', 'failed') GROUP BY state")
#define LAG_ROW(F) F(i64, n) F(time, oldest)
DB_ROW(lag_row, LAG_ROW)
DB_QUERY_F(hooks_open, lag_row, DB_STALE_OK,
    "SELECT COUNT(*) AS n, MIN(received_at) AS oldest FROM pay_webhook WHERE processed_at IS NULL")

struct err *pay_metrics(struct db *db, struct arena *a, struct buf *out)
{
	struct metrics_state *rows;
	struct lag_row *lag;
	size_t n;
	int64_t now = clock_now();
	TRY(attempts_open_all(db, a, &rows, &n, DB_NO_ARGS));
	metrics_by_state(out, "foyer_pay_attempts_open", "Payment attempts the provider is still to be asked about.", NULL, 0, rows, n);
	TRY(attempts_recent_all(db, a, &rows, &n, DB_NO_ARGS));
	metrics_by_state(out, "foyer_pay_attempts_recent", "The last thousand payment attempts.", NULL, 0, rows, n);
	TRY(refund_states_all(db, a, &rows, &n, DB_NO_ARGS));
	metrics_by_state(out, "foyer_pay_refunds_open", "Refunds that are not done.", NULL, 0, rows, n);
	TRY(hooks_open_one(db, a, &lag, DB_NO_ARGS));
	int64_t wait = lag && lag->oldest && lag->oldest < now ? now - lag->oldest : 0;
	metrics_head(out, "foyer_pay_webhook_lag_seconds", "gauge", "Age of the oldest webhook nobody has looked into.");
	buf_printf(out, "foyer_pay_webhook_lag_seconds %.3f\n", (double)wait / 1e6);
	return NULL;
}
