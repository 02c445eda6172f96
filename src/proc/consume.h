/* One consumer's work on one topic: take a batch, deliver it outside of any transaction, settle it. */
#ifndef FOYER_PROC_CONSUME_H
#define FOYER_PROC_CONSUME_H

#include "db/db.h"
#include "proc/board.h"
#include "web/route.h"

/* Seconds for which taken rows are this process's.  It is killed before they run out (CONSUME_DEADLINE_US), so that
 * nobody delivers the rows beside it. */
#define CONSUME_LEASE_US (120 * US_SECOND)
#define CONSUME_DEADLINE_US (100 * US_SECOND)
/* So long a database that is away is waited for, to tell it what was delivered. */
#define CONSUME_SETTLE_US (80 * US_SECOND)
/* After so long no further row of a `once` batch is begun: the rest goes back to the others, at the latest when the lease
 * of rows that were not begun runs out. */
#define CONSUME_ONCE_US (10 * US_SECOND)
#define CONSUME_ONCE_LEASE_US (15 * US_SECOND)

/* A topic as one process sees it. */
struct topic {
	const struct consumer *c;
	int64_t looked_at;     /* for leases that ran out; monotonic */
	int64_t paused_until;  /* after the service was away; monotonic */
	int failures;          /* in a row */
};

/* Returns rows whose lease ran out (a consumer died with them): `once` rows that were being handed over become unsure and
 * are listed, those that only waited for their turn go back as they came, other topics' are tried again until max_tries. */
struct err *consume_return_leases(struct db *db, const struct consumer *c, int64_t now);
/* Which of n topics (not ordered ones) have rows that are due, with one question: ret_due[n]; some may have none after all. */
struct err *consume_due(struct db *db, struct arena *a, const struct topic *t, size_t n, bool *ret_due);
/* Takes, delivers and settles one batch of what is due.  ret_taken: rows, 0 where nothing is due.  An error is the
 * database's; a failed delivery is settled and logged here, and sets the topic's pause. */
struct err *consume_batch(struct db *db, struct arena *a, struct topic *t, struct slot *slot, size_t *ret_taken);

#endif
