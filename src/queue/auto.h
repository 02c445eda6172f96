/* A sale that is overrun gets a waiting room by itself. */
#ifndef FOYER_QUEUE_AUTO_H
#define FOYER_QUEUE_AUTO_H

#include "queue/queue.h"

/* More than queue_auto_at people look at this sale's seat map within ten seconds.  Best effort. */
void queue_auto_crowded(struct arena *a, struct queue_sale s);
/* Opens rooms before the sales that were told to be crowded since the last call, but for those that have one, are not open or
 * have nothing left, and those whose organizer has ended a room by hand within the last ten minutes.  It closes like any
 * room that has no end: when demand has passed (tick.c). */
struct err *queue_auto_open(struct db *db, struct arena *a, int64_t now);
struct err *queue_auto_job(struct job_ctx *j);

#endif
