/* What the browser carries between two pages of one procedure (sign-in and second factor, e-mail and code), and the
 * throttles of guesses and mails. */
#include "account/account_priv.h"

#include "base/clock.h"
#include "base/conf.h"
#include "ext/crypto.h"

#include <string.h>

#define STEP_COOKIE "foyer_step"

void step_set(struct req *r, const char *purpose, const char *value, int64_t seconds)
{
	const char *text = arena_printf(r->a, "%s\x1f%lld\x1f%s", purpose, (long long)r->now + seconds * US_SECOND, value);
	struct bytes sealed = crypto_seal(r->a, "step", (struct bytes){ text, strlen(text) });
	req_set_cookie(r, STEP_COOKIE, str_base64url(r->a, sealed.p, sealed.n), (int)seconds);
}

const char *step_get(const struct req *r, const char *purpose)
{
	const char *cookie = req_cookie(r, str_starts(conf()->base_url, "https://") ? "__Host-" STEP_COOKIE : STEP_COOKIE);
	struct bytes sealed, clear;
	if (!cookie || !str_unbase64url(r->a, cookie, &sealed) || !crypto_open(r->a, "step", sealed, &clear))
		return NULL;
	char *text = arena_strndup(r->a, clear.p, clear.n), *until = strchr(text, '\x1f');
	char *value = until ? strchr(until + 1, '\x1f') : NULL;
	if (!value)
		return NULL;
	*until++ = '\0';
	*value++ = '\0';
	int64_t until_us;
	return str_eq(text, purpose) && str_to_i64(until, &until_us) && until_us > r->now ? value : NULL;
}

void step_clear(struct req *r)
{
	req_set_cookie(r, STEP_COOKIE, "", 0);
}

/* ---- next ------------------------------------------------------------------------------------------------------------ */
const char *next_typed(const struct req *r)
{
	const char *typed = req_typed(r, "next");
	return str_empty(typed) ? "" : req_next(r, typed, "").s;
}

struct url next_url(const struct req *r, const char *fallback)
{
	return req_next(r, req_typed(r, "next"), fallback);
}

/* ---- throttles --------------------------------------------------------------------------------------------------------- */
enum { TRY_WINDOW_S = 15 * 60, MAIL_WINDOW_S = 3600, MAILS_PER_RECIPIENT = 5, MAILS_PER_ADDRESS = 60 };

struct err *throttle_mail(struct req *r, const char *what, const char *email)
{
	TRY(rate_limit("mail-from", rate_address(r), MAILS_PER_ADDRESS, MAIL_WINDOW_S));
	return rate_limit(arena_printf(r->a, "mail-%s", what), email, MAILS_PER_RECIPIENT, MAIL_WINDOW_S);
}

/* Counted before the guess is looked at, so that guesses at the same moment do not slip through. */
struct err *throttle_try(struct req *r, const char *what, const char *who)
{
	TRY(rate_limit("try-from", rate_address(r), conf()->signin_tries, TRY_WINDOW_S));
	return who ? rate_limit(arena_printf(r->a, "try-%s", what), who, conf()->signin_tries, TRY_WINDOW_S) : NULL;
}

void throttle_forgive(struct req *r, const char *what, const char *who)
{
	rate_forgive("try-from", rate_address(r));
	if (who)
		rate_forgive(arena_printf(r->a, "try-%s", what), who);
}

struct err *throttle_forget(const char *what, const char *who)
{
	struct arena *a = arena_new(1 << 16);
	struct err *e = rate_forget(arena_printf(a, "try-%s", what), who);
	arena_free(a);
	return e;
}
