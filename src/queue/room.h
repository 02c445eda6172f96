/* The rooms' rows, for the tick. */
#ifndef FOYER_QUEUE_ROOM_H
#define FOYER_QUEUE_ROOM_H

#include "queue/queue.h"
#include "queue/rules.h"

struct queue_sale queue_room_sale(const struct queue_room *r);
/* Rooms that have something to do at an instant: gathering, open, paused, and planned ones whose time has come. */
struct err *queue_rooms_due(struct db *db, struct arena *a, int64_t now, struct queue_room **ret, size_t *ret_n);
/* planned → gathering, with the sale's door shut.  ret: whether this call did it. */
struct err *queue_room_gather(struct db *db, const struct queue_room *r, int64_t now, bool *ret);
/* gathering → open.  drawn: the last number that takes part. */
struct err *queue_room_open(struct db *db, const struct queue_room *r, int64_t drawn, int64_t now, bool *ret);
/* The steps of the head, newest first: enough for the last minute and the time of grace. */
struct err *queue_room_steps(struct db *db, struct arena *a, int64_t room, struct queue_step **ret, size_t *ret_n);
/* Saves what the tick has found and done.  `was` is the row as it was read: when another leader has saved since, nothing is
 * changed and ret is false. */
struct err *queue_room_save(struct db *db, const struct queue_room *was, const struct queue_room *is, bool *ret);

#endif
