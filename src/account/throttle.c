/* How often one may guess, and how many mails one may cause.
 *
 * Whoever knows an e-mail address can type wrong passwords for it: a plain limit per account would let anybody keep anybody
 * out.  So the narrow limit is one of the account AND the address they come from.  All addresses together have a wide one,
 * against guesses from many machines at once; it does not hold for browsers that have been in the account before, which
 * have a narrow limit of their own and show it by a sealed cookie. */
#include "account/account_priv.h"

#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "ext/crypto.h"
#include "ext/redis.h"

#include <string.h>

enum { TRY_WINDOW_S = 15 * 60, ADDRESS = 5, STRANGERS = 10 }; /* so many times signin_tries: an address, all strangers to an account */
enum { MAIL_WINDOW_S = 3600, MAILS_PER_RECIPIENT = 5, MAILS_OF_STRANGERS = 20, MAILS_PER_ADDRESS = 200 };

/* ---- guesses -------------------------------------------------------------------------------------------------------- */
/* Many people may share an address. */
static struct err *count_address(struct req *r)
{
	return rate_limit("try-from", rate_address(r), conf()->signin_tries * ADDRESS, TRY_WINDOW_S);
}

struct err *sessions_needed(void)
{
	return redis_up() ? NULL : err_new(ERR_UNAVAILABLE, "no sessions while Redis is away");
}

/* Counted before the guess is looked at, so that guesses at the same moment do not slip through. */
struct err *throttle_try(struct req *r, const char *what, const char *who)
{
	TRY(sessions_needed());
	if (who)
		TRY(rate_limit(arena_printf(r->a, "try-%s", what), who, conf()->signin_tries, TRY_WINDOW_S));
	return count_address(r);
}

void throttle_forgive(struct req *r, const char *what, const char *who)
{
	rate_forgive("try-from", rate_address(r));
	if (who)
		rate_forgive(arena_printf(r->a, "try-%s", what), who);
}

/* ---- browsers that know an account ---------------------------------------------------------------------------------- */
#define KNOWN_COOKIE "foyer_known"
enum { TAG_N = 8, KNOWN_MOST = 4, KNOWN_AGE_S = 365 * 24 * 3600 };
struct known { uint8_t device[TAG_N], accounts[KNOWN_MOST][TAG_N]; }; /* the newest account first; zeros: none */

static void account_tag(const char *email, uint8_t ret[TAG_N])
{
	uint8_t mac[32];
	crypto_mac("known-account", email, strlen(email), mac);
	memcpy(ret, mac, TAG_N);
}

static bool known_read(const struct req *r, struct known *ret)
{
	const char *cookie = req_own_cookie(r, KNOWN_COOKIE);
	struct bytes sealed, clear;
	if (!cookie || !str_unbase64url(r->a, cookie, &sealed) || !crypto_open(r->a, "known", sealed, &clear) || clear.n != sizeof *ret)
		return false;
	memcpy(ret, clear.p, sizeof *ret);
	return true;
}

static size_t known_place(const struct known *k, const char *email) /* KNOWN_MOST: none */
{
	uint8_t tag[TAG_N];
	size_t i = 0;
	account_tag(email, tag);
	while (i < KNOWN_MOST && memcmp(k->accounts[i], tag, TAG_N) != 0)
		i++;
	return i;
}

void throttle_know(struct req *r, const char *email)
{
	struct known k = { 0 };
	if (!known_read(r, &k))
		crypto_random(k.device, sizeof k.device);
	size_t place = known_place(&k, email), last = place < KNOWN_MOST ? place : KNOWN_MOST - 1;
	memmove(k.accounts[1], k.accounts[0], last * TAG_N);
	account_tag(email, k.accounts[0]);
	struct bytes sealed = crypto_seal(r->a, "known", (struct bytes){ (const uint8_t *)&k, sizeof k });
	req_set_cookie(r, KNOWN_COOKIE, str_base64url(r->a, sealed.p, sealed.n), KNOWN_AGE_S);
}

/* ret_stranger: the browser has not been in that account. */
static const char *part_of(struct req *r, const char *email, bool *ret_stranger)
{
	struct known k;
	*ret_stranger = !known_read(r, &k) || known_place(&k, email) == KNOWN_MOST;
	return *ret_stranger ? arena_printf(r->a, "a%s", rate_address(r))
	                     : arena_printf(r->a, "d%s", str_base64url(r->a, k.device, sizeof k.device));
}

struct err *throttle_mail(struct req *r, const char *what, const char *email)
{
	bool stranger;
	const char *part = part_of(r, email, &stranger);
	TRY(rate_limit("mail-from", rate_address(r), MAILS_PER_ADDRESS, MAIL_WINDOW_S));
	TRY(rate_limit(arena_printf(r->a, "mail-%s", what), arena_printf(r->a, "%s|%s", email, part), MAILS_PER_RECIPIENT, MAIL_WINDOW_S));
	return stranger ? rate_limit(arena_printf(r->a, "mail-%s-all", what), email, MAILS_OF_STRANGERS, MAIL_WINDOW_S) : NULL;
}

/* ---- signing in ----------------------------------------------------------------------------------------------------- */
/* A hash per account: a count per address and per browser that knows it, and that of all strangers.  What is refused is not
 * counted: the longest pause is one window. */
static struct redis_script try_script = { .name = "sign_in_try", .lua =
	"local part, most, all = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])\n"
	"if tonumber(redis.call('HGET', KEYS[1], part) or '0') >= most then return 0 end\n"
	"if all > 0 and tonumber(redis.call('HGET', KEYS[1], 'all') or '0') >= all then return 0 end\n"
	"redis.call('HINCRBY', KEYS[1], part, 1)\n"
	"if all > 0 then redis.call('HINCRBY', KEYS[1], 'all', 1) end\n"
	"if redis.call('TTL', KEYS[1]) < 0 then redis.call('EXPIRE', KEYS[1], ARGV[4]) end\n"
	"return 1\n" };
static struct redis_script right_script = { .name = "sign_in_right", .lua =
	"for i = 1, #ARGV do\n"
	"  if tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or '0') > 0 then redis.call('HINCRBY', KEYS[1], ARGV[i], -1) end\n"
	"end\n"
	"return 1\n" };

static const char *tries_key(struct arena *a, const char *email)
{
	return arena_printf(a, "tries:%s", email);
}

static struct bytes word(const char *s)
{
	return (struct bytes){ s, strlen(s) };
}

struct err *throttle_sign_in(struct req *r, const char *email)
{
	bool stranger;
	const char *part = part_of(r, email, &stranger);
	int64_t most = conf()->signin_tries;
	struct bytes argv[] = { word(tries_key(r->a, email)), word(part), word(arena_printf(r->a, "%lld", (long long)most)),
		word(arena_printf(r->a, "%lld", stranger ? (long long)most * STRANGERS : 0LL)), word(arena_printf(r->a, "%d", TRY_WINDOW_S)) };
	struct redis_reply reply;
	TRY(redis_script_run(r->a, &try_script, &reply, 1, ARRAY_LEN(argv), argv));
	if (reply.i)
		return stranger ? count_address(r) : NULL;
	return err_user(err_new(ERR_LIMIT, "too many passwords from '%s'", part), "%s",
	    N_("There were too many wrong passwords. Please wait a few minutes, or have a link to a new password sent to you by mail: with that you can sign in at once."));
}

void throttle_sign_in_right(struct req *r, const char *email)
{
	bool stranger;
	struct bytes argv[] = { word(tries_key(r->a, email)), word(part_of(r, email, &stranger)), word("all") };
	struct redis_reply reply;
	if (stranger)
		rate_forgive("try-from", rate_address(r));
	log_err(LOG_WARN, "a right password was counted", redis_script_run(r->a, &right_script, &reply, 1,
	    stranger ? ARRAY_LEN(argv) : ARRAY_LEN(argv) - 1, argv));
	throttle_know(r, email);
}

struct err *throttle_forget(const struct account_person *p)
{
	struct arena *a = arena_new(1 << 16);
	struct err *e = REDIS(a, NULL, "DEL", tries_key(a, p->email));
	const char *id = arena_printf(a, "%lld", (long long)p->id.v);
	if (!e)
		e = rate_forget("try-password", id);
	if (!e)
		e = rate_forget("try-factor", id);
	arena_free(a);
	return e;
}
