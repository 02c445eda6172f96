/* Who leads, and what the jobs did: the tables leader and job_run. */
#ifndef FOYER_PROC_JOB_RUN_H
#define FOYER_PROC_JOB_RUN_H

#include "db/db.h"

/* Tries to become (or stay) the one leader of all hosts.  fence: the number held so far, 0: none.  ret_fence: the number
 * held now, 0: another process leads.  A number is never given twice, and grows. */
struct err *leader_hold(struct db *db, struct arena *a, const char *host, int64_t fence, int64_t *ret_fence);

/* Closes the job's runs that a former leader left open, and tells the start of its last good run (0: never). */
struct err *job_run_takeover(struct db *db, struct arena *a, const char *job, int64_t now, int64_t *ret_last_ok);
struct err *job_run_begin(struct db *db, const char *job, const char *host, int64_t fence, int64_t now, int64_t *ret_id);
struct err *job_run_end(struct db *db, int64_t id, bool ok, const char *note, int64_t now);
/* One row for the many runs of a frequent job. */
struct err *job_run_summary(struct db *db, const char *job, const char *host, int64_t fence, int64_t from, int64_t to,
    bool ok, const char *note);

#endif
