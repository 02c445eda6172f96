/* Telling everybody who listens to a channel. */
#ifndef FOYER_LIVE_PUBLISH_H
#define FOYER_LIVE_PUBLISH_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

/* Gives the message the channel's next number, keeps it in the channel's short history and sends it out: one Redis
 * script.  json: an array joins with its neighbours when many come at once; anything else is sent as it is.  Domains
 * write an outbox row of topic "live" {"channel":"perf:12","data":{…}} in the transaction of its cause instead of
 * calling this, except for what may be lost.  ERR_UNAVAILABLE: Redis is away. */
struct err *live_publish(struct arena *a, const char *channel, const char *json);
/* The number of the channel's newest message, 0: none yet.  Read it before the state that a page shows, give it to the
 * page, and the stream continues without a gap (live.js: option after). */
struct err *live_position_now(struct arena *a, const char *channel, int64_t *ret);

#endif
