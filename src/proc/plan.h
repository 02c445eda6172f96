/* The decisions of masters, consumers and the clock, as pure functions: when to start again, when to try again. */
#ifndef FOYER_PROC_PLAN_H
#define FOYER_PROC_PLAN_H

#include "base/err.h"

#include <stdint.h>

/* A worker that ended abnormally before this age (µs) died young. */
#define PLAN_YOUNG_US INT64_C(3000000)
/* Pause before the next fork of a pool after so many young deaths in a row: 0, 100 ms, 200 ms … 10 s. */
int64_t plan_respawn_pause_us(int young_deaths);
/* Requests after which a worker leaves: conf's number, less up to a quarter, so that they don't leave together. */
int64_t plan_recycle_after(int64_t worker_requests, uint32_t random);

/* What becomes of an outbox row whose delivery failed. */
enum outbox_fate { OUTBOX_AGAIN, OUTBOX_FAILED, OUTBOX_UNSURE };
/* tries: this one included; age_us: since the row was written.  A `once` row whose outcome is unknown (ERR_TIMEOUT) is
 * never repeated by itself, nor is one that the other side refuses (ERR_INVALID); a row whose service is away, or has
 * no room for just this row (ERR_LIMIT), is tried for three days whatever its tries; else, and afterwards, max_tries (0: 10) decide. */
enum outbox_fate plan_outbox_fate(enum err_code code, int64_t tries, int max_tries, bool once, int64_t age_us);
/* Pause before the next try: 2^tries seconds, at most an hour; ten minutes while the service is away; ten seconds in an
 * ordered topic, where one row holds up all behind it. */
int64_t plan_outbox_pause_us(enum err_code code, int64_t tries, bool ordered);

/* What the clock knows of a job. */
struct job_state {
	int64_t last_ok_at;    /* start of the last good run; 0: never */
	int64_t last_try_at;   /* start of the last run of this leader */
	int failures;          /* in a row */
	bool running;
};
/* Instant at which the job is due: a period after its last good run, at once when it never ran or was missed (one run
 * catches up), and after failures with a growing pause: min(period, 1 min) × 2^(failures-1), at most the period, an
 * hour, or a minute for jobs of less than a minute.  A run that seems to lie in the future (the host's clock was set
 * back) does not count. */
int64_t plan_job_due_at(const struct job_state *s, int every_s, int64_t now);
bool plan_job_due(const struct job_state *s, int every_s, int64_t now);
/* Seconds after which a run is killed: limit_s, or where it is 0 five minutes. */
int64_t plan_job_limit_us(int limit_s);

#endif
