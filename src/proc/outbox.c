/* Writing to the outbox. */
#include "proc/outbox.h"

#include "base/clock.h"
#include "base/log.h"
#include "ext/redis.h"
#include "proc/lane.h"
#include "web/route.h"

#include <stdio.h>
#include <string.h>

DB_EXEC(outbox_insert, "INSERT INTO outbox (topic, about, once_key, payload, request_id, due_at, created_at) "
                       "VALUES (?, ?, ?, ?, ?, ?, ?)")
DB_EXEC(outbox_again, "UPDATE outbox SET state = 'pending', tries = 0, due_at = ? "
                      "WHERE id = ? AND state IN ('failed', 'unsure')")

/* Lanes to which rows were added since the last wake-up. */
static struct { const char *v[LANES_MAX]; size_t n; } added;

static void note_lane(const char *lane)
{
	for (size_t i = 0; i < added.n; i++)
		if (str_eq(added.v[i], lane))
			return;
	if (added.n < LANES_MAX)
		added.v[added.n++] = lane;
}

struct err *outbox_add(struct db *db, const char *topic, const char *key, const char *once_key, const char *payload,
    int64_t due_at)
{
	int64_t now = clock_now();
	struct err *e = outbox_insert_run(db, NULL, DB_ARGS(topic, key, once_key, payload, log_current_request_id(),
	    db_time(due_at ? due_at : now), db_time(now)));
	if (once_key && err_is(e, ERR_DUPLICATE)) {
		err_free(e);
		return NULL;
	}
	TRY(e);
	note_lane(lane_of(topic));
	return NULL;
}

struct err *outbox_retry(struct db *db, int64_t id, int64_t now, bool *ret_done)
{
	int64_t changed;
	TRY(outbox_again_run(db, &changed, DB_ARGS(db_time(now), id)));
	*ret_done = changed > 0;
	return NULL;
}

/* ---- lanes and waking --------------------------------------------------------------------------------------------- */
static const struct consumer *consumer_of(const char *topic)
{
	for (size_t d = 0; domains[d]; d++)
		for (const struct consumer *c = domains[d]->consumers; c && c->topic; c++)
			if (str_eq(c->topic, topic))
				return c;
	return NULL;
}

const char *lane_of(const char *topic)
{
	const struct consumer *c = consumer_of(topic);
	return c && c->ordered ? c->topic : LANE_COMMON;
}

/* A list of at most two tokens: consumers that are away must not let it grow. */
static struct redis_script wake_script = { .name = "wake",
	.lua = "if redis.call('LLEN', KEYS[1]) < 2 then redis.call('LPUSH', KEYS[1], '1') end "
	       "redis.call('EXPIRE', KEYS[1], 60) return 1" };

static const char *lane_key(char ret[static 64], const char *lane)
{
	snprintf(ret, 64, "foyer:wake:%s", lane);
	return ret;
}

void outbox_wake(void)
{
	if (!added.n)
		return;
	struct arena *a = arena_new(64 * 1024);
	struct err *e = NULL;
	for (size_t i = 0; i < added.n && !e; i++) {
		char key[64];
		struct redis_reply reply;
		struct bytes arg = { lane_key(key, added.v[i]), 0 };
		arg.n = strlen(key);
		e = redis_script_run(a, &wake_script, &reply, 1, 1, &arg);
	}
	added.n = 0;
	/* Without Redis the consumers find the rows by themselves a little later. */
	log_err(LOG_DEBUG, "consumers not woken", e);
	arena_free(a);
}

bool lane_wait(struct arena *a, const char *lane)
{
	char key[64];
	struct redis_reply reply = { .kind = REDIS_NIL };
	struct err *e = REDIS(a, &reply, "BLPOP", lane_key(key, lane), "0.2");
	bool waited = !e;
	err_free(e);
	return waited;
}
