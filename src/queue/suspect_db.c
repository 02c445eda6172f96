/* Noting what somebody does that robots do. */
#include "queue/suspect.h"

#include "base/log.h"
#include "ext/redis.h"

#include <string.h>

DB_EXEC(suspicion_note,
    "INSERT INTO suspicion (sale_kind, sale_id, who, person_id, reason, detail, first_at, last_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    " ON DUPLICATE KEY UPDATE times = times + 1, last_at = VALUES(last_at), detail = VALUES(detail),"
    " person_id = COALESCE(person_id, VALUES(person_id))")

enum { AGAIN_S = 5, MOST_PER_MINUTE = 300 };

/* KEYS: this one, all of the sale's in this minute. */
static struct redis_script bound_script = { .name = "suspect_bound", .lua =
	"if not redis.call('SET', KEYS[1], 1, 'NX', 'EX', ARGV[1]) then return 0 end\n"
	"local n = redis.call('INCR', KEYS[2])\n"
	"if n == 1 then redis.call('EXPIRE', KEYS[2], 60) end\n"
	"return n <= tonumber(ARGV[2]) and 1 or 0\n" };

static struct err *note(struct db *db, struct arena *a, struct queue_sale s, const char *who, struct person_id person,
    enum queue_reason reason, const char *detail, int64_t now)
{
	const char *sale = queue_sale_name(a, s);
	const char *text[] = { arena_printf(a, "{%s}:suspect:%d:%s", sale, (int)reason, who), arena_printf(a, "{%s}:suspects", sale),
		arena_printf(a, "%d", AGAIN_S), arena_printf(a, "%d", MOST_PER_MINUTE) };
	struct bytes argv[ARRAY_LEN(text)];
	struct redis_reply reply;
	for (size_t i = 0; i < ARRAY_LEN(text); i++)
		argv[i] = (struct bytes){ text[i], strlen(text[i]) };
	TRY(redis_script_run(a, &bound_script, &reply, 2, ARRAY_LEN(argv), argv));
	if (reply.i == 0)
		return NULL;
	return suspicion_note_run(db, NULL, DB_ARGS(arena_strndup(a, &s.kind, 1), s.id, who, db_i64_or_null(person.v), queue_reason_name(reason),
	    detail, db_time(now), db_time(now)));
}

void queue_suspect(struct db *db, struct queue_sale s, const char *who, struct person_id person, enum queue_reason reason,
    const char *detail, int64_t now)
{
	struct arena *a = arena_new(1 << 16);
	if (!str_empty(who))
		log_err(LOG_WARN, "a suspicion is not noted", note(db, a, s, who, person, reason, detail, now));
	arena_free(a);
}
