/* Cross-site request forgery: a form must come from a page of this house in this browser.
 *
 * The browser has a random cookie of its own; the token in a form is the MAC of that cookie and of the session, hidden
 * under a fresh mask so that compressed pages don't give it away byte by byte.  Besides, browsers say where a request
 * comes from (Sec-Fetch-Site, Origin). */
#include "base/conf.h"
#include "ext/crypto.h"
#include "web/web_priv.h"

#include <string.h>

#define CSRF_COOKIE "foyer_csrf"
enum { MAC_N = 16, CSRF_COOKIE_AGE = 30 * 24 * 3600 };

static void csrf_mac(const struct req *r, const char *cookie, uint8_t ret[32])
{
	const char *session = r->priv->session.state != SESSION_NONE ? r->priv->session.key : "";
	const char *text = arena_printf(r->a, "%s|%s", cookie, session);
	crypto_mac("csrf", text, strlen(text), ret);
}

static const char *csrf_cookie(const struct req *r)
{
	const char *name = cookie_name(r->a, CSRF_COOKIE);
	for (const struct cookie *c = r->priv->set_cookies; c; c = c->next) /* renewed in this request */
		if (strcmp(c->name, name) == 0)
			return c->value;
	const char *s = req_cookie(r, name);
	return s && strlen(s) == 43 ? s : NULL;
}

const char *csrf_token(struct req *r)
{
	if (r->priv->csrf)
		return r->priv->csrf;
	const char *cookie = csrf_cookie(r);
	if (!cookie) {
		cookie = crypto_token(r->a);
		req_set_cookie(r, CSRF_COOKIE, cookie, CSRF_COOKIE_AGE);
	}
	uint8_t mac[32], token[2 * MAC_N];
	csrf_mac(r, cookie, mac);
	crypto_random(token, MAC_N);
	for (size_t i = 0; i < MAC_N; i++)
		token[MAC_N + i] = token[i] ^ mac[i];
	r->priv->csrf = str_base64url(r->a, token, sizeof token);
	/* A page that carries a token belongs to one browser. */
	r->priv->personal = true;
	return r->priv->csrf;
}

void csrf_browser(const struct req *r, uint8_t ret[32])
{
	const char *cookie = csrf_cookie(r);
	csrf_mac(r, cookie ? cookie : "", ret);
}

void csrf_rotate(struct req *r)
{
	r->priv->csrf = NULL;
	req_set_cookie(r, CSRF_COOKIE, crypto_token(r->a), CSRF_COOKIE_AGE);
}

static bool token_ok(const struct req *r, const char *token)
{
	const char *cookie = csrf_cookie(r);
	struct bytes b;
	if (!cookie || !token || strlen(token) > 64 || !str_unbase64url(r->a, token, &b) || b.n != 2 * MAC_N)
		return false;
	const uint8_t *t = b.p;
	uint8_t mac[32], sent[MAC_N];
	for (size_t i = 0; i < MAC_N; i++)
		sent[i] = t[i] ^ t[MAC_N + i];
	csrf_mac(r, cookie, mac);
	return crypto_equal(mac, sent, MAC_N);
}

/* Whether an Origin header names this site: the configured address, or the host the browser itself asked. */
static bool origin_is_ours(const struct req *r, const char *origin)
{
	const char *base = conf()->base_url;
	size_t scheme_n = str_starts(base, "https://") ? 8 : 7;
	size_t base_n = strlen(base) < scheme_n ? 0 : scheme_n + strcspn(base + scheme_n, "/");
	if (base_n && strlen(origin) == base_n && memcmp(origin, base, base_n) == 0)
		return true;
	const char *host = req_header(r, "HTTP_HOST");
	return host && strncmp(origin, base, scheme_n) == 0 && strcmp(origin + scheme_n, host) == 0;
}

enum csrf_result csrf_check(struct req *r)
{
	const char *site = req_header(r, "HTTP_SEC_FETCH_SITE"), *origin = req_header(r, "HTTP_ORIGIN");
	if (site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
		return CSRF_FOREIGN;
	if (origin && !origin_is_ours(r, origin))
		return CSRF_FOREIGN;
	const char *token = req_typed(r, "csrf");
	if (!token)
		token = req_header(r, "HTTP_X_FOYER_CSRF");
	if (token_ok(r, token))
		return CSRF_OK;
	return (site && strcmp(site, "same-origin") == 0) || origin ? CSRF_STALE : CSRF_FOREIGN;
}
