/* The room's own jobs and checks: old outbox rows and job runs go, nothing in the outbox is lost sight of. */
#include "proc/proc_jobs.h"

#include "base/clock.h"
#include "web/check.h"

#include <inttypes.h>
#include <stddef.h>

#define KEEP_DONE_US (30 * US_DAY)
#define KEEP_RUNS_US (90 * US_DAY)

DB_EXEC(outbox_purge, "DELETE FROM outbox WHERE state = 'done' AND done_at < ? LIMIT 1000")
DB_EXEC(run_purge, "DELETE FROM job_run WHERE job = ? AND ok = ? AND started_at < ? LIMIT 1000")

static struct err *purge_outbox(struct job_ctx *j)
{
	int64_t all = 0, changed;
	do {
		TRY(outbox_purge_run(j->db, &changed, DB_ARGS(db_time(j->now - KEEP_DONE_US))));
		all += changed;
	} while (changed);
	j->note = arena_printf(j->a, "%" PRId64 " rows", all);
	return NULL;
}

static struct err *purge_runs_of(struct job_ctx *j, const char *job, bool ok, int64_t *all)
{
	int64_t changed;
	do {
		TRY(run_purge_run(j->db, &changed, DB_ARGS(job, ok, db_time(j->now - KEEP_RUNS_US))));
		*all += changed;
	} while (changed);
	return NULL;
}

static struct err *purge_runs(struct job_ctx *j)
{
	int64_t all = 0;
	for (size_t d = 0; domains[d]; d++)
		for (const struct job *job = domains[d]->jobs; job && job->name; job++) {
			TRY(purge_runs_of(j, job->name, true, &all));
			TRY(purge_runs_of(j, job->name, false, &all));
		}
	j->note = arena_printf(j->a, "%" PRId64 " rows", all);
	return NULL;
}

const struct job proc_jobs[] = {
	{ "outbox.purge", 86400, purge_outbox, N_("Delivered outbox rows older than 30 days are deleted.") },
	{ "job_run.purge", 86400, purge_runs, N_("Records of job runs older than 90 days are deleted.") },
	{ 0 }
};

/* A lease is settled or returned within minutes while consumers run. */
CHECK(outbox_lost, DB_ARGS(db_time(clock_now() - 10 * US_MINUTE)),
    "SELECT COUNT(*) AS n, MIN(CONCAT(topic, ' ', about)) AS what FROM outbox"
    " WHERE state IN ('taken', 'handing_over') AND (taken_until IS NULL OR taken_until < ?)")

const struct check proc_checks[] = {
	{ "outbox: no row is taken and forgotten", check_outbox_lost },
	{ 0 }
};
