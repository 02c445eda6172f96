#include "queue/tally.h"

#include "base/clock.h"
#include "ext/crypto.h"
#include "ext/redis.h"

#include <inttypes.h>
#include <string.h>

enum { WINDOW_S = 600, BUCKETS = 1 << 16, FIELD_CHARS = 6, COUNTS = 4 };

/* who NULL or "": nobody's, the scripts pass it over.  The keys of one sale lie together in a cluster. */
static struct queue_tally_at at(struct arena *a, struct queue_sale s, const char *what, const char *who, int64_t time)
{
	uint8_t h[32];
	if (str_empty(who))
		return (struct queue_tally_at){ arena_printf(a, "{%s}:tally", queue_sale_name(a, s)), "" };
	const char *name = arena_printf(a, "%s:%s", what, who);
	crypto_mac("queue tally", name, strlen(name), h);
	unsigned bucket = (h[0] | (unsigned)h[1] << 8) % BUCKETS;
	return (struct queue_tally_at){ arena_printf(a, "{%s}:tally:%" PRId64 ":%u", queue_sale_name(a, s), time / (WINDOW_S * US_SECOND), bucket),
		arena_strndup(a, str_base64url(a, h + 2, 6), FIELD_CHARS) };
}

struct queue_tally_at queue_tally_of_address(struct arena *a, struct queue_sale s, const char *address, int64_t now)
{
	return at(a, s, "joins", address, now);
}

/* KEYS, ARGV: hashes and fields of the challenge, the address, its joins without a solution, the browser or member. */
REDIS_SCRIPT(join_script,
    "local function up(i)\n"
    " if ARGV[i] == '' then return 0 end\n"
    " local n = redis.call('HINCRBY', KEYS[i], ARGV[i], 1)\n"
    " if n == 1 then redis.call('EXPIRE', KEYS[i], ARGV[5]) end\n"
    " return n\n"
    "end\n"
    "if up(1) > 1 then return {0, 0, 0, 0} end\n"
    "return {1, up(2), up(3), up(4)}");

struct err *queue_tally_join(struct arena *a, struct queue_sale s, const struct queue_join_facts *f, int64_t now, struct queue_tally *ret)
{
	const struct queue_tally_at counts[COUNTS] = { at(a, s, "used", f->challenge, f->made_at), queue_tally_of_address(a, s, f->address, now),
		at(a, s, "plain", f->plain ? f->address : NULL, now), at(a, s, "joins", f->holder, now) };
	const char *window = arena_printf(a, "%d", WINDOW_S);
	struct bytes argv[COUNTS * 2 + 1];
	struct redis_reply r;
	for (size_t i = 0; i < COUNTS; i++) {
		argv[i] = (struct bytes){ counts[i].key, strlen(counts[i].key) };
		argv[COUNTS + i] = (struct bytes){ counts[i].field, strlen(counts[i].field) };
	}
	argv[COUNTS * 2] = (struct bytes){ window, strlen(window) };
	TRY(redis_script_run(a, &join_script, &r, COUNTS, ARRAY_LEN(argv), argv));
	if (r.kind != REDIS_LIST || r.list_n != COUNTS)
		return err_new(ERR_INTERNAL, "joins are not counted");
	*ret = (struct queue_tally){ r.list[0].i == 1, r.list[1].i, r.list[2].i, r.list[3].i };
	return NULL;
}
