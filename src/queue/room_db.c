#include "queue/room.h"

#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "ext/crypto.h"
#include "queue/line.h"
#include "queue/sale.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define ROOM_COLUMNS                                                                                                    \
	"id, sale_kind, sale_id, state, by_itself, members_only, reload_to_back, gathers_at, opens_at, ends_at, opened_at," \
	" ended_at, ended_why, target, rate, message, message_en, seed, drawn, issued, head, admitted, skipped, saved_at,"  \
	" quiet_since, created_at, licence, settled, owed, entered, may_enter, active, per_minute, pace, holes, seats_left, sold_out"
DB_QUERY_F(room_of_sale, queue_room, DB_STALE_OK, "SELECT " ROOM_COLUMNS " FROM waiting_room WHERE live_sale = ?")
DB_QUERY_F(room_by_id, queue_room, DB_STALE_OK, "SELECT " ROOM_COLUMNS " FROM waiting_room WHERE id = ?")
DB_QUERY(rooms_due, queue_room,
    "SELECT " ROOM_COLUMNS " FROM waiting_room WHERE state IN ('planned', 'gathering', 'open', 'paused')"
    " AND gathers_at <= ? ORDER BY id")

struct err *queue_room_of(struct db *db, struct arena *a, struct queue_sale s, struct queue_room **ret)
{
	return room_of_sale_one(db, a, ret, DB_ARGS(queue_sale_name(a, s)));
}

struct err *queue_room_by_id(struct db *db, struct arena *a, int64_t id, struct queue_room **ret)
{
	return room_by_id_one(db, a, ret, DB_ARGS(id));
}

struct err *queue_rooms_due(struct db *db, struct arena *a, int64_t now, struct queue_room **ret, size_t *ret_n)
{
	return rooms_due_all(db, a, ret, ret_n, DB_ARGS(db_time(now)));
}

struct queue_sale queue_room_sale(const struct queue_room *r)
{
	return (struct queue_sale){ r->sale_kind[0], r->sale_id };
}

/* ---- planning and steering ------------------------------------------------------------------------------------------- */
DB_EXEC(room_plan,
    "INSERT INTO waiting_room (sale_kind, sale_id, live_sale, state, by_itself, members_only, reload_to_back, gathers_at,"
    " opens_at, ends_at, target, rate, seed, created_at) VALUES (?, ?, ?, 'planned', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
DB_EXEC(room_adjust, "UPDATE waiting_room SET target = ?, rate = ? WHERE id = ? AND state <> 'ended'")
DB_EXEC(room_pause, "UPDATE waiting_room SET state = 'paused' WHERE id = ? AND state IN ('open', 'paused')")
DB_EXEC(room_resume, "UPDATE waiting_room SET state = 'open' WHERE id = ? AND state IN ('open', 'paused')")
DB_EXEC(room_message, "UPDATE waiting_room SET message = ?, message_en = ? WHERE id = ? AND state <> 'ended'")

struct err *queue_plan_room(struct db *db, struct arena *a, struct queue_sale s, const struct queue_plan *plan, int64_t now,
    int64_t *ret_id)
{
	assert(plan->target > 0 && plan->rate > 0 && plan->gathers_at <= plan->opens_at);
	uint8_t seed[32];
	crypto_random(seed, sizeof seed);
	const char *name = queue_sale_name(a, s), *kind = arena_strndup(a, name, 1);
	struct err *e = room_plan_run(db, NULL, DB_ARGS(kind, s.id, name, plan->by_itself, plan->members_only, plan->reload_to_back,
	    db_time(plan->gathers_at), db_time(plan->opens_at), db_time(plan->ends_at), plan->target, plan->rate,
	    ((struct bytes){ seed, sizeof seed }), db_time(now)));
	if (err_is(e, ERR_DUPLICATE)) {
		err_free(e);
		return err_user(err_new(ERR_CONFLICT, "sale %s has a room", name), N_("This sale has a waiting room already."));
	}
	TRY(e);
	*ret_id = db_last_id(db);
	return NULL;
}

static struct err *ended_when_none(int64_t changed)
{
	return changed ? NULL : err_user(err_new(ERR_GONE, "the room is not open"),
	    N_("The waiting room is not open any more, or not yet. Nothing was changed."));
}

struct err *queue_adjust(struct db *db, int64_t room, int64_t target, int64_t rate)
{
	assert(target > 0 && rate > 0);
	int64_t changed;
	TRY(room_adjust_run(db, &changed, DB_ARGS(target, rate, room)));
	return ended_when_none(changed);
}

struct err *queue_pause(struct db *db, int64_t room, bool paused)
{
	int64_t changed;
	TRY(paused ? room_pause_run(db, &changed, DB_ARGS(room)) : room_resume_run(db, &changed, DB_ARGS(room)));
	return ended_when_none(changed);
}

struct err *queue_message(struct db *db, int64_t room, const char *ko, const char *en)
{
	int64_t changed;
	TRY(room_message_run(db, &changed, DB_ARGS(ko, en, room)));
	return ended_when_none(changed);
}

/* ---- the states ------------------------------------------------------------------------------------------------------ */
DB_EXEC(room_gather, "UPDATE waiting_room SET state = 'gathering', gathered_at = ? WHERE id = ? AND state = 'planned'")
DB_EXEC(room_open, "UPDATE waiting_room SET state = 'open', drawn = ?, opened_at = ? WHERE id = ? AND state = 'gathering'")
DB_EXEC(room_end,
    "UPDATE waiting_room SET state = 'ended', live_sale = NULL, ended_at = ?, ended_why = ?, may_enter = 0"
    " WHERE id = ? AND state <> 'ended'")
DB_EXEC(passes_close,
    "UPDATE queue_pass SET ended_at = ?, ended_why = 'closed', living = NULL WHERE room_id = ? AND ended_at IS NULL")
DB_QUERY(room_now, queue_room, "SELECT " ROOM_COLUMNS " FROM waiting_room WHERE id = ?")

struct gather { const struct queue_room *r; int64_t now, changed; };
static struct err *gather_tx(struct db *db, void *ctx)
{
	struct gather *g = ctx;
	TRY(room_gather_run(db, &g->changed, DB_ARGS(db_time(g->now), g->r->id)));
	return g->changed ? queue_sale_door(db, queue_room_sale(g->r), g->r->id, true) : NULL;
}

struct err *queue_room_gather(struct db *db, const struct queue_room *r, int64_t now, bool *ret)
{
	struct gather g = { .r = r, .now = now };
	TRY(db_tx(db, gather_tx, &g));
	*ret = g.changed > 0;
	return NULL;
}

struct err *queue_room_open(struct db *db, const struct queue_room *r, int64_t drawn, int64_t now, bool *ret)
{
	int64_t changed;
	TRY(room_open_run(db, &changed, DB_ARGS(drawn, db_time(now), r->id)));
	*ret = changed > 0;
	return NULL;
}

struct end { int64_t room; const char *why; int64_t now, changed; struct queue_sale sale; };
static struct err *end_tx(struct db *db, void *ctx)
{
	struct end *e = ctx;
	TRY(room_end_run(db, &e->changed, DB_ARGS(db_time(e->now), e->why, e->room)));
	if (!e->changed)
		return NULL;
	TRY(passes_close_run(db, NULL, DB_ARGS(db_time(e->now), e->room)));
	return queue_sale_door(db, e->sale, e->room, false);
}

struct err *queue_end(struct db *db, int64_t room, const char *why, int64_t now)
{
	struct arena *a = arena_new(1 << 20);
	struct queue_room *r;
	struct err *e = room_now_one(db, a, &r, DB_ARGS(room));
	struct end end = { .room = room, .why = why, .now = now };
	if (!e && r) {
		end.sale = queue_room_sale(r);
		e = db_tx(db, end_tx, &end);
	}
	if (!e && end.changed) /* a line that is not closed has no room any more: nobody is led to it */
		log_err(LOG_WARN, "the end of a room is not told", queue_line_close(a, room, end.sale));
	arena_free(a);
	TRY(e);
	return ended_when_none(end.changed);
}

/* ---- the tick -------------------------------------------------------------------------------------------------------- */
#define STEP_ROW(F) F(time, at) F(i64, head) F(i64, admitted)
DB_ROW(step_row, STEP_ROW)
DB_QUERY(room_steps, step_row,
    "SELECT at, head, admitted FROM waiting_room_step WHERE room_id = ? ORDER BY at DESC LIMIT ?")
DB_EXEC(room_step, "INSERT INTO waiting_room_step (room_id, at, head, admitted, skipped) VALUES (?, ?, ?, ?, ?)")
DB_EXEC(room_save,
    "UPDATE waiting_room SET issued = ?, licence = ?, head = ?, settled = ?, owed = ?, may_enter = ?, admitted = ?, skipped = ?,"
    " active = ?, per_minute = ?, pace = ?, holes = ?, seats_left = ?, sold_out = ?, quiet_since = ?, saved_at = ?"
    " WHERE id = ? AND saved_at <=> ? AND state <> 'ended'")

struct err *queue_room_steps(struct db *db, struct arena *a, int64_t room, struct queue_step **ret, size_t *ret_n)
{
	struct step_row *rows;
	size_t n;
	/* One a second at most; the last minute is asked for as well. */
	int64_t grace = conf()->queue_grace_seconds;
	TRY(room_steps_all(db, a, &rows, &n, DB_ARGS(room, (grace > 60 ? grace : 60) + 90)));
	*ret = arena_array(a, struct queue_step, n);
	for (size_t i = 0; i < n; i++)
		(*ret)[i] = (struct queue_step){ rows[i].at, rows[i].head, rows[i].admitted };
	*ret_n = n;
	return NULL;
}

struct save { const struct queue_room *was, *is; int64_t changed; };
static struct err *save_tx(struct db *db, void *ctx)
{
	struct save *s = ctx;
	const struct queue_room *is = s->is;
	TRY(room_save_run(db, &s->changed, DB_ARGS(is->issued, is->licence, is->head, is->settled, is->owed, is->may_enter, is->admitted,
	    is->skipped, is->active, is->per_minute, is->pace, is->holes, is->seats_left, is->sold_out, db_time(is->quiet_since), db_time(is->saved_at),
	    is->id, db_time(s->was->saved_at))));
	if (!s->changed || is->head == s->was->head)
		return NULL;
	return room_step_run(db, NULL, DB_ARGS(is->id, db_time(is->saved_at), is->head, is->admitted, is->skipped));
}

struct err *queue_room_save(struct db *db, const struct queue_room *was, const struct queue_room *is, bool *ret)
{
	struct save s = { was, is, 0 };
	TRY(db_tx(db, save_tx, &s));
	*ret = s.changed > 0;
	return NULL;
}
