#include "queue/guard.h"

#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "ext/redis.h"
#include "queue/auto.h"
#include "queue/puzzle.h"
#include "queue/tally.h"
#include "web/session.h"

#include <inttypes.h>
#include <string.h>

enum {
	WINDOW_S = 600,         /* tries to hold */
	ACCOUNTS_S = 86400,
	SHARED = 20,            /* so many people's limit for one address */
	JOINS_DEVICE = 20,      /* of one browser in ten minutes (tally.h) */
	JOINS_REFUSED = 40,     /* times the joins that are free */
	PLAIN_JOINS = 4,        /* without a puzzle, times the joins that are free */
	PLAIN_AGE_S = 4,
	PRICE_SLACK = 2,        /* a challenge made a moment ago may be cheaper than the next one */
	MANY_PLACES = 8,        /* times the joins that are free, from a buyer's address */
	MANY_TRIES = 40, DEVICE_ACCOUNTS = 2, ADDRESS_ACCOUNTS = 12,
	SEEN_SPAN_S = 10
};
#define TOO_QUICK_US (3 * US_SECOND / 2) /* a person needs longer from the door to a chosen seat */

/* The keys of one sale lie together in a cluster.  One that ends with its colon is nobody's: the scripts pass it over. */
static const char *key(struct req *r, struct queue_sale s, const char *what, const char *who)
{
	return arena_printf(r->a, "{%s}:%s:%s", queue_sale_name(r->a, s), what, who ? who : "");
}

/* NULL on the house's own machine. */
static const char *address(const struct req *r)
{
	return str_eq(r->ip, "127.0.0.1") || str_eq(r->ip, "::1") ? NULL : arena_printf(r->a, "a%s", rate_address(r));
}

static const char *person(const struct req *r)
{
	return arena_printf(r->a, "m%" PRId64, r->who.person.v);
}

static struct err *script(struct req *r, struct redis_script *s, struct redis_reply *ret, size_t n_keys, const char *const *argv, size_t n)
{
	struct bytes args[16];
	for (size_t i = 0; i < n; i++)
		args[i] = (struct bytes){ argv[i], strlen(argv[i]) };
	return redis_script_run(r->a, s, ret, n_keys, n, args);
}

static int64_t at(const struct redis_reply *reply, size_t i)
{
	return i < reply->list_n ? reply->list[i].i : 0;
}

static const char *figure(struct req *r, int64_t n)
{
	return arena_printf(r->a, "%" PRId64, n);
}

static struct err *limited(const char *what)
{
	return err_user(err_new(ERR_LIMIT, "limit of %s", what), "%s",
	    N_("That was too often. Please wait a minute, then try again."));
}

#define LUA_UP                                                                                                         \
	"local function nobody(k) return k:sub(-1) == ':' end\n"                                                         \
	"local function up(k, s) if nobody(k) then return 0 end local n = redis.call('INCR', k)"                         \
	" if n == 1 then redis.call('EXPIRE', k, s) end return n end\n"

/* ---- joining ------------------------------------------------------------------------------------------------------- */
static int price(int64_t joins)
{
	return puzzle_price(joins * PUZZLE_FREE_JOINS / conf()->queue_free_joins);
}

char *queue_guard_challenge(struct req *r, struct queue_sale s)
{
	const char *addr = address(r);
	struct redis_reply reply = { 0 };
	int64_t joins = 0;
	if (addr) {
		struct queue_tally_at t = queue_tally_of_address(r->a, s, addr, r->now);
		log_err(LOG_WARN, "the puzzle has its base price", REDIS(r->a, &reply, "HGET", t.key, t.field));
	}
	if (reply.kind == REDIS_STR && !str_to_i64(reply.s, &joins))
		joins = 0;
	return puzzle_make(r->a, queue_sale_name(r->a, s), price(joins), r->now);
}

static struct err *once_more(const char *why)
{
	return err_user(err_new(ERR_CONFLICT, "%s", why), "%s", N_("That took too long, or was sent twice. Please try once more."));
}

/* What can be told without asking anybody. */
static struct err *check_form(struct req *r, struct queue_sale s, const char *holder, const struct queue_guard_form *f, struct puzzle *ret,
    bool *ret_plain)
{
	if (!str_empty(f->trap)) {
		queue_suspect(r->db, s, holder, r->who.person, QUEUE_TRAP, "", r->now);
		return err_user(err_new(ERR_INVALID, "the trap field was filled"), "%s",
		    N_("A field that must stay empty was filled, as robots do. Please try once more without filling it."));
	}
	enum puzzle_verdict v = puzzle_check(f->challenge, f->nonce, queue_sale_name(r->a, s), r->now, ret);
	*ret_plain = v == PUZZLE_UNSOLVED;
	if (v == PUZZLE_FORGED && !str_empty(f->challenge))
		queue_suspect(r->db, s, holder, r->who.person, QUEUE_FORGED, "", r->now);
	if (v == PUZZLE_OK)
		return NULL;
	if (!*ret_plain)
		return once_more("puzzle refused");
	return r->now - ret->made_at >= PLAIN_AGE_S * US_SECOND ? NULL : err_user(err_new(ERR_CONFLICT, "no puzzle, too quick"), "%s",
	    N_("That was very quick. Please wait a few seconds, then press the button again."));
}

struct err *queue_guard_join(struct req *r, struct queue_sale s, const char *holder, const struct queue_guard_form *f)
{
	struct puzzle p = { 0 };
	bool plain = false;
	TRY(check_form(r, s, holder, f, &p, &plain));
	struct queue_tally t;
	TRY(queue_tally_join(r->a, s, &(struct queue_join_facts){ .challenge = f->challenge, .made_at = p.made_at, .address = address(r),
	    .holder = holder, .plain = plain }, r->now, &t));
	if (!t.fresh)
		return once_more("puzzle used before");
	int64_t joins = t.of_address, free = conf()->queue_free_joins;
	if (joins > free * JOINS_REFUSED || t.plain_of_address > free * PLAIN_JOINS || t.of_holder > JOINS_DEVICE) {
		queue_suspect(r->db, s, holder, r->who.person, QUEUE_MANY_PLACES, figure(r, joins > t.of_holder ? joins : t.of_holder), r->now);
		return err_user(err_new(ERR_LIMIT, "too many numbers"), "%s",
		    N_("Very many places were drawn from your connection. Please wait a few minutes, then try again; nobody loses a place he has."));
	}
	if (!plain && p.bits + PRICE_SLACK < price(joins - 1))
		return once_more("the puzzle was too cheap by now");
	return NULL;
}

void queue_guard_bad_ticket(struct req *r, struct queue_sale s)
{
	queue_suspect(r->db, s, queue_holder(r), r->who.person, QUEUE_FORGED, "", r->now);
}

/* ---- the seat map ----------------------------------------------------------------------------------------------------- */
/* KEYS: looks of the person or browser, looks of the address, who was seen in this span (nobody's with a room). */
static struct redis_script look_script = { .name = "guard_look", .lua = LUA_UP
	"if not nobody(KEYS[3]) and redis.call('PFADD', KEYS[3], ARGV[1]) == 1 then\n"
	"  redis.call('EXPIRE', KEYS[3], 60)\n"
	"  if redis.call('PFCOUNT', KEYS[3]) > tonumber(ARGV[2]) then return {up(KEYS[1], 60), up(KEYS[2], 60), 1} end\n"
	"end\n"
	"return {up(KEYS[1], 60), up(KEYS[2], 60), 0}\n" };

/* Who counts towards a crowd: a member; of the browsers of one address, which can be invented, sixteen at most. */
static const char *one_of_crowd(struct req *r, const char *who, const char *addr)
{
	return r->who.person.v || !addr || who == addr ? who : arena_printf(r->a, "%s:%c", addr, who[strlen(who) - 1]);
}

struct err *queue_guard_look(struct req *r, struct queue_sale s, int64_t room)
{
	const char *addr = address(r), *device = queue_device(r, false);
	const char *who = r->who.person.v ? person(r) : !str_empty(device) ? device : addr;
	bool counts = !room && conf()->queue_auto_at > 0 && who;
	int64_t most = conf()->sale_looks_per_minute;
	const char *argv[] = { key(r, s, "look", who), key(r, s, "look", addr),
		key(r, s, "seen", counts ? figure(r, r->now / US_SECOND / SEEN_SPAN_S) : NULL), counts ? one_of_crowd(r, who, addr) : "",
		figure(r, conf()->queue_auto_at) };
	struct redis_reply reply = { 0 };
	struct err *e = script(r, &look_script, &reply, 3, argv, ARRAY_LEN(argv));
	if (e) {
		log_err(LOG_WARN, "looks are counted in this process alone", e);
		return who ? rate_limit("look", who, who == addr ? most * SHARED : most, 60) : NULL;
	}
	if (at(&reply, 2))
		queue_auto_crowded(r->a, s);
	if (at(&reply, 0) > (who == addr ? most * SHARED : most) || at(&reply, 1) > most * SHARED)
		return limited("looks");
	return NULL;
}

struct err *queue_guard_uncached(struct req *r)
{
	const char *addr = address(r);
	return addr ? rate_limit("uncached", addr, conf()->sale_looks_per_minute * SHARED, 60) : NULL;
}

/* ---- the hold ------------------------------------------------------------------------------------------------------------ */
/* KEYS: holds of person, browser, address in a minute; tries of the person; accounts of the browser and of the address;
 * the hash with the numbers drawn from the address.  ARGV: the person, windows, that hash' field. */
static struct redis_script hold_script = { .name = "guard_hold", .lua = LUA_UP
	"local function member(k) if nobody(k) then return 0 end\n"
	"  if redis.call('SADD', k, ARGV[1]) == 1 then redis.call('EXPIRE', k, ARGV[3]) end\n"
	"  return redis.call('SCARD', k) end\n"
	"local joins = ARGV[4] ~= '' and tonumber(redis.call('HGET', KEYS[7], ARGV[4]) or '0') or 0\n"
	"return {up(KEYS[1], 60), up(KEYS[2], 60), up(KEYS[3], 60), up(KEYS[4], ARGV[2]), member(KEYS[5]), member(KEYS[6]), joins}\n" };

struct err *queue_guard_hold(struct req *r, struct queue_sale s, struct queue_guard_seen *ret)
{
	const char *who = person(r), *addr = address(r), *device = queue_device(r, false);
	int64_t most = conf()->sale_holds_per_minute;
	struct queue_tally_at joins = queue_tally_of_address(r->a, s, addr, r->now);
	const char *argv[] = { key(r, s, "hold", who), key(r, s, "hold", device), key(r, s, "hold", addr), key(r, s, "tries", who),
		key(r, s, "accounts", device), key(r, s, "accounts", addr), joins.key, who, figure(r, WINDOW_S), figure(r, ACCOUNTS_S), joins.field };
	struct redis_reply reply = { 0 };
	*ret = (struct queue_guard_seen){ 0 };
	struct err *e = script(r, &hold_script, &reply, 7, argv, ARRAY_LEN(argv));
	if (e) {
		log_err(LOG_WARN, "holds are counted in this process alone", e);
		return rate_limit("hold", who, most, 60);
	}
	*ret = (struct queue_guard_seen){ at(&reply, 3), at(&reply, 4), at(&reply, 5), at(&reply, 6) };
	if (at(&reply, 0) > most || at(&reply, 1) > most || at(&reply, 2) > most * SHARED) {
		queue_suspect(r->db, s, who, r->who.person, QUEUE_MANY_TRIES, figure(r, ret->tries), r->now);
		return limited("holds");
	}
	return NULL;
}

void queue_guard_held(struct req *r, struct queue_sale s, const struct queue_pass *pass, const struct queue_guard_seen *seen, bool held)
{
	const char *who = pass ? pass->holder : person(r);
	int64_t accounts = seen->device_accounts > DEVICE_ACCOUNTS ? seen->device_accounts
	                 : seen->address_accounts > ADDRESS_ACCOUNTS ? seen->address_accounts : 0;
	if (seen->tries > MANY_TRIES)
		queue_suspect(r->db, s, who, r->who.person, QUEUE_MANY_TRIES, figure(r, seen->tries), r->now);
	if (pass && r->now - pass->granted_at < TOO_QUICK_US)
		queue_suspect(r->db, s, who, r->who.person, QUEUE_TOO_QUICK, figure(r, (r->now - pass->granted_at) / 1000), r->now);
	if (held && accounts)
		queue_suspect(r->db, s, who, r->who.person, QUEUE_MANY_ACCOUNTS, figure(r, accounts), r->now);
	if (held && seen->address_joins > conf()->queue_free_joins * MANY_PLACES)
		queue_suspect(r->db, s, who, r->who.person, QUEUE_MANY_PLACES, figure(r, seen->address_joins), r->now);
}

void queue_guard_foreign_pass(struct req *r, struct queue_sale s)
{
	queue_suspect(r->db, s, person(r), r->who.person, QUEUE_FOREIGN_PASS, "", r->now);
}

/* ---- the order ------------------------------------------------------------------------------------------------------------- */
struct err *queue_guard_order(struct req *r)
{
	const char *addr = address(r);
	int64_t most = conf()->sale_holds_per_minute;
	TRY(rate_limit("order", person(r), most, 60));
	return addr ? rate_limit("order", addr, most * SHARED, 60) : NULL;
}
