#include "queue/auto.h"

#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "ext/redis.h"
#include "queue/sale.h"
#include "web/audit.h"

#include <inttypes.h>
#include <string.h>

#define CROWDED "queue:crowded"
#define LEFT_ALONE (10 * US_MINUTE) /* after somebody has ended a room by hand */
enum { RATE_MINUTES = 3 };          /* the target may be filled so many times a minute */

/* Forgotten when no clock asks: a crowd of long ago opens nothing. */
static struct redis_script crowded_script = { .name = "queue_crowded", .lua =
	"redis.call('SADD', KEYS[1], ARGV[1])\n"
	"redis.call('EXPIRE', KEYS[1], 30)\n" };

void queue_auto_crowded(struct arena *a, struct queue_sale s)
{
	const char *name = queue_sale_name(a, s);
	struct bytes argv[] = { { CROWDED, strlen(CROWDED) }, { name, strlen(name) } };
	log_err(LOG_WARN, "a crowd is not told", redis_script_run(a, &crowded_script, NULL, 1, ARRAY_LEN(argv), argv));
}

#define LAST_ROW(F) F(time, ended_at)
DB_ROW(auto_last, LAST_ROW)
DB_QUERY(ended_by_hand, auto_last,
    "SELECT MAX(ended_at) AS ended_at FROM waiting_room WHERE sale_kind = ? AND sale_id = ? AND ended_why = 'by hand'")

struct opening { struct arena *a; struct queue_sale sale; int64_t now; };
static struct err *open_tx(struct db *db, void *ctx)
{
	struct opening *o = ctx;
	int64_t id, target = conf()->queue_auto_at;
	struct queue_plan plan = { .gathers_at = o->now, .opens_at = o->now, .target = target, .rate = RATE_MINUTES * target, .by_itself = true };
	TRY(queue_plan_room(db, o->a, o->sale, &plan, o->now, &id));
	return audit_system(db, "clock", "queue.by_itself", arena_printf(o->a, "performance:%" PRId64, o->sale.id),
	    arena_printf(o->a, "{\"room\":%" PRId64 "}", id));
}

static struct err *open_one(struct db *db, struct arena *a, struct queue_sale s, int64_t now)
{
	struct queue_sale_info *info;
	struct auto_last *last;
	TRY(queue_sale_load(db, a, s, now, true, &info));
	if (!info || info->state != QUEUE_SALE_OPEN || info->room || info->left <= 0)
		return NULL;
	TRY(ended_by_hand_one(db, a, &last, DB_ARGS(arena_strndup(a, &s.kind, 1), s.id)));
	if (last->ended_at && now - last->ended_at < LEFT_ALONE)
		return NULL;
	struct opening o = { a, s, now };
	struct err *e = db_tx(db, open_tx, &o);
	if (!err_is(e, ERR_CONFLICT))
		return e;
	err_free(e); /* one is planned already */
	return NULL;
}

struct err *queue_auto_open(struct db *db, struct arena *a, int64_t now)
{
	struct redis_reply reply = { 0 };
	if (conf()->queue_auto_at <= 0)
		return NULL;
	struct err *e = REDIS(a, &reply, "SPOP", CROWDED, "100");
	if (err_is(e, ERR_UNAVAILABLE)) { /* then nobody can wait either */
		err_free(e);
		return NULL;
	}
	TRY(e);
	for (size_t i = 0; i < reply.list_n; i++) {
		struct queue_sale s;
		if (queue_sale_parse(reply.list[i].s, &s))
			TRY(open_one(db, a, s, now));
	}
	return NULL;
}

struct err *queue_auto_job(struct job_ctx *j)
{
	return queue_auto_open(j->db, j->a, clock_now());
}
