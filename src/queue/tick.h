/* The waiting rooms' clock: gathers, draws, admits, ends. */
#ifndef FOYER_QUEUE_TICK_H
#define FOYER_QUEUE_TICK_H

#include "queue/queue.h"

extern const struct job queue_jobs[];
/* One tick of all rooms that are due; also for tests. */
struct err *queue_tick(struct db *db, struct arena *a, int64_t now);

#endif
