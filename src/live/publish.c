#include "live/publish.h"

#include "ext/redis.h"
#include "live/token.h"

#include <inttypes.h>
#include <string.h>

/* A channel's first number is the time in milliseconds, and grows by one from there.  With every start of Redis it jumps
 * to the time again: what a crash made Redis forget (all, or the last second) was told under numbers below, and listeners
 * see the gap instead of taking other messages for those they have. */
static struct redis_script script = { .name = "live_publish", .lua =
	"local seq\n"
	"local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')\n"
	"if redis.call('EXISTS', KEYS[2]) == 1 then seq = redis.call('INCR', KEYS[2]) end\n"
	"if not seq or redis.call('GET', KEYS[3]) ~= run then\n"
	"local t = redis.call('TIME') seq = math.max(seq or 0, t[1] * 1000 + math.floor(t[2] / 1000)) end\n"
	"redis.call('SET', KEYS[3], run, 'EX', 86400)\n"
	"local id = string.format('%.0f', seq)\n"
	"redis.call('SET', KEYS[2], id, 'EX', 86400)\n"
	"redis.call('XADD', KEYS[1], 'MAXLEN', '~', 1000, id .. '-0', 'd', ARGV[1])\n"
	"redis.call('EXPIRE', KEYS[1], 86400)\n"
	"redis.call('PUBLISH', ARGV[2], id .. ' ' .. ARGV[1])\n"
	"return id" };

static struct bytes of(const char *s) { return (struct bytes){ s, strlen(s) }; }

struct err *live_publish(struct arena *a, const char *channel, const char *json)
{
	if (!live_name_ok(channel, strlen(channel)))
		return err_new(ERR_INVALID, "live: '%.70s' is no channel", channel);
	const struct bytes argv[] = { of(arena_printf(a, "live:{%s}", channel)), of(arena_printf(a, "live:{%s}:seq", channel)),
		of(arena_printf(a, "live:{%s}:run", channel)), of(json), of(arena_printf(a, "live:%s", channel)) };
	return redis_script_run(a, &script, NULL, 3, ARRAY_LEN(argv), argv);
}

struct err *live_position_now(struct arena *a, const char *channel, int64_t *ret)
{
	struct redis_reply r;
	TRY(REDIS(a, &r, "GET", arena_printf(a, "live:{%s}:seq", channel)));
	int64_t v = 0;
	if (r.kind == REDIS_STR && !str_to_i64(r.s, &v))
		return err_new(ERR_INTERNAL, "live: the number of %s is none", channel);
	*ret = v;
	return NULL;
}
