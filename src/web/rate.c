/* Rate limits: a counter per window in Redis; without Redis a small table in the process. */
#include "base/clock.h"
#include "base/log.h"
#include "ext/crypto.h"
#include "ext/redis.h"
#include "tmplc/out.h"
#include "web/web_priv.h"

#include <string.h>

static struct redis_script count_script = { .name = "rate_count", .lua =
	"local n = redis.call('INCR', KEYS[1])\n"
	"if n == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end\n"
	"return n\n" };

/* A slot that is taken by another name is simply taken over: the limits are then a little milder. */
enum { SLOTS = 4096 };
static struct slot { uint64_t name; int64_t until, count; } slots[SLOTS];

static int64_t count_here(const char *key, int64_t window_s)
{
	uint8_t hash[32];
	uint64_t name;
	crypto_sha256(key, strlen(key), hash);
	memcpy(&name, hash, sizeof name);
	struct slot *s = &slots[name % SLOTS];
	int64_t now = clock_monotonic();
	if (s->name != name || s->until <= now)
		*s = (struct slot){ .name = name, .until = now + window_s * US_SECOND };
	return ++s->count;
}

static struct redis_script uncount_script = { .name = "rate_uncount", .lua =
	"local n = tonumber(redis.call('GET', KEYS[1]) or '0')\n"
	"if n > 0 then redis.call('DECR', KEYS[1]) end\n"
	"return n\n" };

static struct err *count_shared(struct arena *a, const char *key, int64_t window_s, int64_t *ret)
{
	const char *window = arena_printf(a, "%lld", (long long)window_s);
	struct bytes argv[] = { { key, strlen(key) }, { window, strlen(window) } };
	struct redis_reply reply;
	TRY(redis_script_run(a, &count_script, &reply, 1, ARRAY_LEN(argv), argv));
	*ret = reply.i;
	return NULL;
}

struct err *rate_limit(const char *what, const char *who, int64_t max, int64_t window_s)
{
	static struct arena *a;
	if (!a)
		a = arena_new(1 << 20);
	const char *key = arena_printf(a, "rate:%s:%s", what, who);
	int64_t count = 0;
	struct err *e = count_shared(a, key, window_s, &count);
	if (e) {
		log_err(LOG_WARN, "rate limit counts in this process alone", e);
		count = count_here(key, window_s);
	}
	arena_reset(a);
	if (count <= max)
		return NULL;
	const char *text = window_s <= 60 ? N_("That was too often. Please wait a minute, then try again.")
	                 : window_s <= 3600 ? N_("That was too often. Please wait a few minutes, then try again.")
	                                    : N_("That was too often for today. Please try again later.");
	return err_user(err_new(ERR_LIMIT, "rate limit '%s' exceeded", what), "%s", text);
}

void rate_forgive(const char *what, const char *who)
{
	struct arena *a = arena_new(1 << 16);
	const char *key = arena_printf(a, "rate:%s:%s", what, who);
	struct redis_reply reply;
	log_err(LOG_WARN, "a rate limit keeps its count", redis_script_run(a, &uncount_script, &reply, 1, 1,
	    (struct bytes[]){ { key, strlen(key) } }));
	arena_free(a);
}

struct err *rate_forget(const char *what, const char *who)
{
	struct arena *a = arena_new(1 << 16);
	struct err *e = REDIS(a, NULL, "DEL", arena_printf(a, "rate:%s:%s", what, who));
	arena_free(a);
	return e;
}

const char *rate_address(const struct req *r)
{
	return address_group(r->a, r->ip);
}
