/* Passes as the tick sees them. */
#ifndef FOYER_QUEUE_PASS_H
#define FOYER_QUEUE_PASS_H

#include "queue/queue.h"

/* Ends the passes of a room whose time is over. */
struct err *queue_passes_expire(struct db *db, int64_t room, int64_t now);
/* ret_inside: living passes; ret_entered: passes ever granted to places behind `settled`. */
struct err *queue_passes_count(struct db *db, struct arena *a, int64_t room, int64_t settled, int64_t *ret_inside, int64_t *ret_entered);

#endif
