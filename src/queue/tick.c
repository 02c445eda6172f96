#include "queue/tick.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "live/publish.h"
#include "queue/auto.h"
#include "queue/line.h"
#include "queue/pass.h"
#include "queue/room.h"
#include "queue/sale.h"

#include <inttypes.h>

#define QUIET (3 * US_MINUTE)             /* nobody has waited for so long: demand has passed */
#define PRESENT_AFTER (2 * QUEUE_BEAT_S * US_SECOND) /* after the draw nobody can have been seen at a place yet */
#define STEPS_WITH_HOLES 20000            /* each place costs some µs then */
#define SAVE_EVERY (10 * US_SECOND)       /* also when nothing has changed */

struct tick {
	struct db *db;
	struct arena *a;
	const struct queue_room *was;
	struct queue_room is;
	struct queue_sale_info *sale;     /* NULL: it is no more */
	struct queue_line line;
	bool redis;
	struct queue_flow flow;
	struct queue_holes holes;
	int64_t now, passed;              /* passed: the way of the head within the last minute */
};

/* The clock has not stood still: what the row says of the last minutes is what was. */
static bool seen_lately(const struct tick *t)
{
	return t->now - t->was->saved_at < 3 * SAVE_EVERY;
}

static const char *reason_to_end(const struct tick *t)
{
	const struct queue_room *r = t->was;
	if (!t->sale || t->sale->state == QUEUE_SALE_OVER)
		return "sale over";
	if (r->ends_at)
		return r->ends_at <= t->now ? "time" : NULL;
	return r->quiet_since && seen_lately(t) && t->now - r->quiet_since >= QUIET ? "no more demand" : NULL;
}

/* ---- states and Redis ------------------------------------------------------------------------------------------------ */
/* Said once a minute, not once a second and room. */
static void without_redis(struct tick *t, struct err *e)
{
	static int64_t said_at;
	t->redis = false;
	if (t->now - said_at < US_MINUTE && t->now >= said_at) {
		err_free(e);
		return;
	}
	said_at = t->now;
	log_err(LOG_WARN, "the waiting rooms admit nobody: Redis is away", e);
}

/* Redis may be away: then nobody joins and nobody is admitted, but passes end. */
static struct err *find_line(struct tick *t)
{
	struct err *e = queue_line_look(t->a, t->is.id, &t->line);
	bool restored = !e && !t->line.known;
	if (restored)
		e = queue_line_restore(t->a, &t->is, t->now, &t->line);
	if (err_is(e, ERR_UNAVAILABLE)) {
		without_redis(t, e);
		return NULL;
	}
	TRY(e);
	t->redis = true;
	int64_t joined = restored ? 0 : t->line.issued - t->is.issued;
	if (restored) {
		queue_holes_add(&t->holes, t->is.issued + 1, t->line.issued);
		t->is.holes = queue_holes_text(t->a, &t->holes);
	}
	t->is.issued = t->line.issued > t->is.issued ? t->line.issued : t->is.issued;
	int64_t licence = queue_licence(t->is.issued, joined);
	t->is.licence = licence > t->is.licence ? licence : t->is.licence;
	return NULL;
}

/* A room that opened by itself has no draw: there was no time before it. */
static struct err *move_on(struct tick *t)
{
	struct queue_room *r = &t->is;
	bool done;
	if (str_eq(r->state, "planned")) {
		TRY(queue_room_gather(t->db, r, t->now, &done));
		if (done)
			r->state = "gathering";
	}
	TRY(find_line(t));
	if (str_eq(r->state, "gathering") && r->opens_at <= t->now && t->redis) {
		int64_t drawn = r->by_itself ? 0 : r->issued;
		TRY(queue_room_open(t->db, r, drawn, t->now, &done));
		if (done) {
			r->state = "open";
			r->drawn = drawn;
			r->opened_at = t->now;
		}
	}
	return NULL;
}

/* ---- admission ------------------------------------------------------------------------------------------------------- */
static struct err *count(struct tick *t)
{
	struct queue_room *r = &t->is;
	struct queue_step *steps;
	size_t n;
	int64_t entered;
	TRY(queue_passes_expire(t->db, r->id, t->now));
	TRY(queue_room_steps(t->db, t->a, r->id, &steps, &n));
	struct queue_step grace = queue_step_at(steps, n, t->now - conf()->queue_grace_seconds * US_SECOND);
	struct queue_step minute = queue_step_at(steps, n, t->now - US_MINUTE);
	if (grace.head > r->settled)
		r->settled = grace.head;
	TRY(queue_passes_count(t->db, t->a, r->id, r->settled, &r->active, &entered));
	int64_t owed = r->admitted - grace.admitted - entered;
	t->passed = r->head - minute.head;
	int64_t since = t->was->saved_at > r->opened_at ? t->was->saved_at : r->opened_at;
	t->flow = (struct queue_flow){ .target = r->target, .rate = r->rate, .inside = r->active, .owed = owed > 0 ? owed : 0,
		.last_minute = r->admitted - minute.admitted, .from = since, .to = t->now };
	return NULL;
}

/* After the draw, and after a loss of what Redis knew, nobody can have been seen. */
static bool all_there(const struct tick *t)
{
	return t->now < t->is.opened_at + PRESENT_AFTER || t->now < t->line.restored_at + PRESENT_AFTER;
}

static struct err *admit(struct tick *t)
{
	struct queue_room *r = &t->is;
	struct draw draw;
	struct queue_walk w = { .all = all_there(t), .holes = &t->holes, .issued = r->issued, .head = r->head,
		.steps = t->holes.n ? STEPS_WITH_HOLES : INT64_MAX };
	if (r->drawn > 0 && t->holes.n) {
		draw_init(&draw, r->seed.p, r->drawn);
		w.draw = &draw;
	}
	bool open = str_eq(r->state, "open");
	if (open && t->redis && t->sale->state == QUEUE_SALE_OPEN && t->sale->left > 0)
		w.want = queue_allowance(&t->flow);
	struct err *e = queue_line_walk(t->a, r->id, t->now, &w);
	if (err_is(e, ERR_UNAVAILABLE)) { /* what was walked before it went away stands */
		without_redis(t, e);
	} else {
		TRY(e);
	}
	r->head = w.head;
	r->admitted += w.admitted;
	r->skipped += w.skipped;
	r->owed = t->flow.owed + w.admitted;
	r->per_minute = t->flow.last_minute + w.admitted;
	r->pace = t->passed + w.head - t->was->head;
	r->may_enter = t->was->entered + queue_entry_room(&t->flow);
	r->seats_left = t->sale->left;
	r->sold_out = t->sale->sold_out;
	bool nobody = r->issued <= r->head || r->sold_out;
	bool quiet = open && t->sale->state == QUEUE_SALE_OPEN && nobody && (r->active == 0 || (!r->sold_out && r->active * 2 < r->target));
	r->quiet_since = !quiet ? 0 : r->quiet_since && seen_lately(t) ? r->quiet_since : t->now;
	return NULL;
}

/* ---- saving and telling ---------------------------------------------------------------------------------------------- */
static bool worth_saving(const struct tick *t)
{
	const struct queue_room *w = t->was, *i = &t->is;
	return t->now - w->saved_at >= SAVE_EVERY || w->issued != i->issued || w->licence != i->licence || w->head != i->head
	    || w->settled != i->settled || w->owed != i->owed || w->may_enter != i->may_enter || w->active != i->active
	    || w->per_minute != i->per_minute || w->pace != i->pace || w->seats_left != i->seats_left || w->sold_out != i->sold_out
	    || w->quiet_since != i->quiet_since;
}

static const char *live_text(struct arena *a, const struct queue_room *r)
{
	struct buf b;
	buf_init(&b, a);
	buf_printf(&b, "{\"state\":\"%s\",\"head\":%" PRId64 ",\"issued\":%" PRId64 ",\"drawn\":%" PRId64 ",\"per_minute\":%" PRId64
	    ",\"left\":%" PRId64 ",\"sold_out\":%s,\"message\":{\"ko\":", r->state, r->head, r->issued, r->drawn, r->pace,
	    r->seats_left, r->sold_out ? "true" : "false");
	buf_json(&b, r->message);
	buf_str(&b, ",\"en\":");
	buf_json(&b, r->message_en);
	buf_str(&b, "}}");
	return buf_cstr(&b);
}

static struct err *tell(struct tick *t)
{
	const char *live = live_text(t->a, &t->is);
	bool changed;
	TRY(queue_line_share(t->a, &t->is, live, t->now, &changed));
	if (!changed)
		return NULL;
	return live_publish(t->a, arena_printf(t->a, "queue:%s", queue_sale_name(t->a, t->sale->sale)), live);
}

static struct err *tick_room(struct db *db, struct arena *a, const struct queue_room *was, int64_t now)
{
	struct tick t = { .db = db, .a = a, .was = was, .is = *was, .now = now };
	bool saved = true;
	queue_holes_parse(was->holes, &t.holes);
	TRY(queue_sale_load(db, a, queue_room_sale(was), now, true, &t.sale));
	const char *why = reason_to_end(&t);
	if (why)
		return queue_end(db, was->id, why, now);
	TRY(move_on(&t));
	TRY(count(&t));
	TRY(admit(&t));
	t.is.saved_at = now;
	if (worth_saving(&t))
		TRY(queue_room_save(db, was, &t.is, &saved));
	if (!saved || !t.redis) /* another leader was here; or nobody can be told */
		return NULL;
	struct err *e = tell(&t);
	if (!err_is(e, ERR_UNAVAILABLE))
		return e;
	without_redis(&t, e);
	return NULL;
}

struct err *queue_tick(struct db *db, struct arena *a, int64_t now)
{
	struct queue_room *rooms;
	size_t n;
	struct err *first = NULL;
	TRY(queue_rooms_due(db, a, now, &rooms, &n));
	for (size_t i = 0; i < n; i++) {
		struct err *e = tick_room(db, a, &rooms[i], now);
		if (e && !first)
			first = err_wrap(e, "waiting room %" PRId64, rooms[i].id);
		else
			log_err(LOG_ERROR, "a waiting room's tick failed", e);
	}
	return first;
}

static struct err *tick_job(struct job_ctx *j)
{
	return queue_tick(j->db, j->a, clock_now());
}

DB_EXEC(steps_purge,
    "DELETE s FROM waiting_room_step s JOIN waiting_room r ON r.id = s.room_id WHERE r.state = 'ended' AND r.ended_at < ?")

DB_EXEC(suspicions_purge, "DELETE FROM suspicion WHERE last_at < ?")

static struct err *purge_job(struct job_ctx *j)
{
	TRY(suspicions_purge_run(j->db, NULL, DB_ARGS(db_time(j->now - 180 * US_DAY))));
	return steps_purge_run(j->db, NULL, DB_ARGS(db_time(j->now - US_DAY)));
}

const struct job queue_jobs[] = {
	{ "queue-tick", 1, tick_job, N_("Opens and closes waiting rooms and admits who is next."), 30 },
	{ "queue-auto", 2, queue_auto_job, N_("Opens waiting rooms before sales that are overrun."), 30 },
	{ "queue-purge", 3600, purge_job, N_("Forgets how the heads of ended waiting rooms moved, and suspicions of half a year ago."), 0 },
	{ 0 }
};
