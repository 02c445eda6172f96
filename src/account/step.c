/* What the browser carries between two pages of one procedure (sign-in and second factor, e-mail and code). */
#include "account/account_priv.h"

#include "base/clock.h"
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
	const char *cookie = req_own_cookie(r, STEP_COOKIE);
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
