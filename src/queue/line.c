#include "queue/line.h"

#include "base/clock.h"
#include "ext/redis.h"
#include "live/publish.h"

#include <inttypes.h>
#include <string.h>

/* So many members' numbers of four bytes, and one that tells that the string has its size, fill a kilobyte of Redis with its
 * header. */
enum { MEMBERS_A_KEY = 253, WALK_FIRST = 256, WALK_PIECE = 65536, WALK_PIECES = 16 };

static struct bytes of(const char *s) { return (struct bytes){ s, strlen(s) }; }
static struct bytes number(struct arena *a, int64_t v) { return of(arena_printf(a, "%" PRId64, v)); }
static struct bytes state_key(struct arena *a, int64_t room) { return of(arena_printf(a, "{q:%" PRId64 "}:s", room)); }

static struct bytes here_key(struct arena *a, int64_t room, int64_t span)
{
	return of(arena_printf(a, "{q:%" PRId64 "}:h:%" PRId64, room, span));
}

static int64_t span_of(int64_t now) { return now / (QUEUE_BEAT_S * US_SECOND); }

static int64_t reply_number(const struct redis_reply *r)
{
	int64_t v;
	return r->kind == REDIS_INT ? r->i : r->kind == REDIS_STR && str_to_i64(r->s, &v) ? v : 0;
}

/* ---- joining --------------------------------------------------------------------------------------------------------- */
/* A member's number is kept, before the draw in any case; a newcomer after it is there at once. */
REDIS_SCRIPT(join_script,
    "local s = redis.call('HMGET', KEYS[1], 'run', 'n', 'max', 'st')\n"
    "if not s[2] or s[1] ~= ARGV[1] or s[4] == 'ended' then return false end\n"
    "local m = ARGV[2] ~= '' and redis.call('BITFIELD', KEYS[2], 'GET', 'u32', '#' .. ARGV[2], 'GET', 'u32', '#' .. ARGV[4])\n"
    "if m and m[1] > 0 and (ARGV[3] == '0' or s[4] == 'gathering') then return m[1] end\n"
    "if tonumber(s[2]) >= tonumber(s[3]) then return false end\n"
    "local n = redis.call('HINCRBY', KEYS[1], 'n', 1)\n"
    "if m then\n"
    " if m[2] == 0 then\n" /* its whole size at once: a string that grows takes twice its length */
    "  redis.call('BITFIELD', KEYS[2], 'SET', 'u32', '#' .. ARGV[4], 1)\n"
    "  redis.call('EXPIRE', KEYS[2], 604800)\n"
    " end\n"
    " redis.call('BITFIELD', KEYS[2], 'SET', 'u32', '#' .. ARGV[2], n)\n"
    "end\n"
    "if s[4] ~= 'gathering' then\n"
    " redis.call('SETBIT', KEYS[3], n, 1)\n"
    " redis.call('EXPIRE', KEYS[3], 200)\n"
    "end\n"
    "return n");

struct err *queue_join(struct arena *a, const struct queue_room *room, const char *holder, bool anew, int64_t *ret_number)
{
	int64_t person = 0;
	bool member = holder[0] == 'm' && str_to_i64(holder + 1, &person) && person > 0;
	struct bytes argv[] = { state_key(a, room->id),
		of(arena_printf(a, "{q:%" PRId64 "}:m:%" PRId64, room->id, person / MEMBERS_A_KEY)),
		here_key(a, room->id, span_of(clock_now())), { REDIS_RUN_ID, 0 },
		member ? number(a, person % MEMBERS_A_KEY) : of(""), of(anew ? "1" : "0"), number(a, MEMBERS_A_KEY) };
	struct redis_reply r;
	TRY(redis_script_run(a, &join_script, &r, 3, ARRAY_LEN(argv), argv));
	if (r.kind != REDIS_INT)
		return err_new(ERR_UNAVAILABLE, "room %" PRId64 " gives out no numbers at the moment", room->id);
	*ret_number = r.i;
	return NULL;
}

/* ---- presence -------------------------------------------------------------------------------------------------------- */
REDIS_SCRIPT(here_script,
    "redis.call('SETBIT', KEYS[1], ARGV[1], 1)\n"
    "redis.call('EXPIRE', KEYS[1], 200)\n"
    "return 1");

struct err *queue_here(struct arena *a, const struct queue_room *room, int64_t place, int64_t now)
{
	const struct bytes argv[] = { here_key(a, room->id, span_of(now)), number(a, place) };
	return redis_script_run(a, &here_script, NULL, 1, ARRAY_LEN(argv), argv);
}

/* n bytes of a span's map from byte `first`; what the key does not have is zero. */
static struct err *read_map(struct arena *a, int64_t room, int64_t span, int64_t first, int64_t n, const uint8_t **ret)
{
	struct redis_reply r;
	const struct bytes argv[] = { of("GETRANGE"), here_key(a, room, span), number(a, first), number(a, first + n - 1) };
	TRY(redis_command(a, &r, ARRAY_LEN(argv), argv));
	uint8_t *map = arena_array(a, uint8_t, (size_t)n);
	if (r.kind == REDIS_STR && r.n > 0)
		memcpy(map, r.s, r.n < (size_t)n ? r.n : (size_t)n);
	*ret = map;
	return NULL;
}

struct err *queue_line_walk(struct arena *a, int64_t room, int64_t now, struct queue_walk *w)
{
	int64_t span = span_of(now), piece = WALK_FIRST;
	for (int i = 0; i < WALK_PIECES && w->want > 0 && w->steps > 0 && w->head < w->issued; i++) {
		w->first = (w->head + 1) / 8;
		w->n = w->issued / 8 + 1 - w->first;
		if (w->n > piece)
			w->n = piece;
		TRY(read_map(a, room, span, w->first, w->n, &w->now_map));
		TRY(read_map(a, room, span - 1, w->first, w->n, &w->last_map));
		queue_walk(w);
		piece = WALK_PIECE;
	}
	return NULL;
}

/* ---- the tick's side ------------------------------------------------------------------------------------------------- */
REDIS_SCRIPT(look_script,
    "local s = redis.call('HMGET', KEYS[1], 'run', 'n', 'restored_at')\n"
    "if not s[2] or s[1] ~= ARGV[1] then return false end\n"
    "return { s[2], s[3] }");

/* `all`: {n, restored_at} */
static struct err *line_of_reply(const struct redis_reply *all, struct queue_line *ret)
{
	if (all->kind != REDIS_LIST || all->list_n != 2) {
		*ret = (struct queue_line){ 0 };
		return NULL;
	}
	*ret = (struct queue_line){ .known = true, .issued = reply_number(&all->list[0]),
		.restored_at = reply_number(&all->list[1]) };
	return NULL;
}

struct err *queue_line_look(struct arena *a, int64_t room, struct queue_line *ret)
{
	const struct bytes argv[] = { state_key(a, room), { REDIS_RUN_ID, 0 } };
	struct redis_reply r;
	TRY(redis_script_run(a, &look_script, &r, 1, ARRAY_LEN(argv), argv));
	return line_of_reply(&r, ret);
}

REDIS_SCRIPT(restore_script,
    "local s = redis.call('HMGET', KEYS[1], 'run', 'n', 'restored_at')\n"
    "if s[2] and s[1] == ARGV[1] then return { s[2], s[3] } end\n"
    "local n = ARGV[2]\n"
    "if s[2] and tonumber(s[2]) > tonumber(n) then n = s[2] end\n"
    "redis.call('HSET', KEYS[1], 'run', ARGV[1], 'n', n, 'max', n, 'st', ARGV[4], 'restored_at', ARGV[3])\n"
    "redis.call('HDEL', KEYS[1], 'live')\n"
    "redis.call('EXPIRE', KEYS[1], 172800)\n"
    "return { n, ARGV[3] }");

struct err *queue_line_restore(struct arena *a, const struct queue_room *room, int64_t now, struct queue_line *ret)
{
	const struct bytes argv[] = { state_key(a, room->id), { REDIS_RUN_ID, 0 }, number(a, room->licence),
		number(a, now), of(room->state) };
	struct redis_reply r;
	TRY(redis_script_run(a, &restore_script, &r, 1, ARRAY_LEN(argv), argv));
	return line_of_reply(&r, ret);
}

/* A leader that was overtaken does not take the head back. */
REDIS_SCRIPT(share_script,
    "local s = redis.call('HMGET', KEYS[1], 'run', 'head', 'live', 'max')\n"
    "if s[1] ~= ARGV[1] or tonumber(s[2] or '0') > tonumber(ARGV[2]) or tonumber(s[4] or '0') > tonumber(ARGV[3]) then return 0 end\n"
    "redis.call('HSET', KEYS[1], 'head', ARGV[2], 'max', ARGV[3], 'live', ARGV[4], 'st', ARGV[5], 'drawn', ARGV[6], 'pm', ARGV[7],\n"
    " 'active', ARGV[8], 'left', ARGV[9], 'out', ARGV[10], 'at', ARGV[11])\n"
    "redis.call('EXPIRE', KEYS[1], 172800)\n"
    "return s[3] ~= ARGV[4] and 1 or 0");

struct err *queue_line_share(struct arena *a, const struct queue_room *row, const char *live, int64_t now, bool *ret_changed)
{
	const struct bytes argv[] = { state_key(a, row->id), { REDIS_RUN_ID, 0 }, number(a, row->head), number(a, row->licence),
		of(live), of(row->state), number(a, row->drawn), number(a, row->pace), number(a, row->active),
		number(a, row->seats_left), number(a, row->sold_out), number(a, now) };
	struct redis_reply r;
	TRY(redis_script_run(a, &share_script, &r, 1, ARRAY_LEN(argv), argv));
	*ret_changed = r.kind == REDIS_INT && r.i == 1;
	return NULL;
}

REDIS_SCRIPT(close_script,
    "if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end\n"
    "redis.call('HSET', KEYS[1], 'st', 'ended')\n"
    "redis.call('EXPIRE', KEYS[1], 86400)\n"
    "return 1");

struct err *queue_line_close(struct arena *a, int64_t room, struct queue_sale s)
{
	const struct bytes argv[] = { state_key(a, room) };
	TRY(redis_script_run(a, &close_script, NULL, 1, ARRAY_LEN(argv), argv));
	return live_publish(a, arena_printf(a, "queue:%s", queue_sale_name(a, s)), "{\"state\":\"ended\"}");
}

/* ---- what everybody may know ----------------------------------------------------------------------------------------- */
static struct queue_head head_of_row(const struct queue_room *r)
{
	return (struct queue_head){ .state = r->state, .head = r->head, .issued = r->issued, .drawn = r->drawn,
		.per_minute = r->pace, .active = r->active, .left = r->seats_left, .at = r->saved_at, .sold_out = r->sold_out };
}

struct err *queue_head(struct arena *a, const struct queue_room *room, struct queue_head *ret)
{
	struct queue_head h = head_of_row(room);
	const struct bytes argv[] = { of("HMGET"), state_key(a, room->id), of("st"), of("n"), of("head"), of("drawn"), of("pm"),
		of("active"), of("left"), of("out"), of("at") };
	struct redis_reply r;
	struct err *e = redis_command(a, &r, ARRAY_LEN(argv), argv);
	if (err_is(e, ERR_UNAVAILABLE)) { /* what was saved last is true as well */
		err_free(e);
		*ret = h;
		return NULL;
	}
	TRY(e);
	int64_t at = r.kind == REDIS_LIST && r.list_n == 9 ? reply_number(&r.list[8]) : 0;
	if (at >= h.at && at > 0)
		h = (struct queue_head){ .state = r.list[0].s, .issued = reply_number(&r.list[1]), .head = reply_number(&r.list[2]),
			.drawn = reply_number(&r.list[3]), .per_minute = reply_number(&r.list[4]), .active = reply_number(&r.list[5]),
			.left = reply_number(&r.list[6]), .sold_out = reply_number(&r.list[7]) != 0, .at = at };
	*ret = h;
	return NULL;
}
