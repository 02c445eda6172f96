#include "show/views.h"

#include "base/clock.h"
#include "ext/crypto.h"
#include "ext/redis.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

enum { DAYS = 7, SHOWS_MAX = 500 };

static int64_t day_number(int64_t at)
{
	struct day d = clock_day(at);
	return d.year * 10000 + d.month * 100 + d.day;
}

static struct bytes text(const char *s)
{
	return (struct bytes){ s, strlen(s) };
}

REDIS_SCRIPT(view_add,
    "redis.call('PFADD', KEYS[1], ARGV[1]) redis.call('EXPIRE', KEYS[1], 691200) return 1");

struct err *show_views_add(struct arena *a, struct show_id id, const char *visitor, int64_t now)
{
	uint8_t mac[32];
	crypto_mac("visitor", visitor, strlen(visitor), mac);
	const struct bytes argv[] = { text(arena_printf(a, "views:%" PRId64 ":%" PRId64, id.v, day_number(now))), { mac, 16 } };
	return redis_script_run(a, &view_add, NULL, 1, ARRAY_LEN(argv), argv);
}

/* The sum over the days of each show; ARGV: the days, then the shows. */
REDIS_SCRIPT(views_sum,
    "local days, res = tonumber(ARGV[1]), {}"
    " for i = days + 2, #ARGV do local n = 0"
    " for d = 2, days + 1 do n = n + redis.call('PFCOUNT', 'views:' .. ARGV[i] .. ':' .. ARGV[d]) end"
    " res[#res + 1] = n end return res");

struct err *show_views_of(struct arena *a, const int64_t *ids, size_t n, int64_t now, int64_t *ret)
{
	assert(n <= SHOWS_MAX);
	if (n == 0)
		return NULL;
	struct bytes *argv = arena_array(a, struct bytes, n + DAYS + 1);
	size_t k = 0;
	argv[k++] = text(arena_printf(a, "%d", DAYS));
	for (int d = 0; d < DAYS; d++)
		argv[k++] = text(arena_printf(a, "%" PRId64, day_number(now - d * US_DAY)));
	for (size_t i = 0; i < n; i++)
		argv[k++] = text(arena_printf(a, "%" PRId64, ids[i]));
	struct redis_reply reply;
	TRY(redis_script_run(a, &views_sum, &reply, 0, k, argv));
	for (size_t i = 0; i < n && i < reply.list_n; i++)
		ret[i] = reply.list[i].i;
	return NULL;
}
