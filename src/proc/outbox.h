/* The transactional outbox: whatever leaves the house is a row written in the transaction of its cause. */
#ifndef FOYER_PROC_OUTBOX_H
#define FOYER_PROC_OUTBOX_H

#include "db/db.h"

/* Adds one row.  topic: that of a consumer; key: what it is about (order code, channel), for people and for the unique
 * rule: (topic, once_key) exists at most once when once_key is not NULL (a second add is silently nothing).
 * payload: JSON.  due_at: not before (0: now).  The current request id is stored with it. */
struct err *outbox_add(struct db *db, const char *topic, const char *key, const char *once_key, const char *payload,
    int64_t due_at);
/* After commit: wakes the consumers at once (best effort, through Redis); without it they look every 200 ms. */
void outbox_wake(void);
/* Gives a row that is listed as failed or unsure another ten tries.  ret_done: false where it is not listed (any more). */
struct err *outbox_retry(struct db *db, int64_t id, int64_t now, bool *ret_done);

#endif
