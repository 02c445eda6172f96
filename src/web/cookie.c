/* Cookies: reading the header, writing ours. */
#include "base/buf.h"
#include "base/conf.h"
#include "web/web_priv.h"

#include <string.h>

enum { COOKIES_MAX = 64, COOKIE_VALUE_MAX = 4000 };

bool site_is_https(void)
{
	return str_starts(conf()->base_url, "https://");
}

const char *cookie_name(struct arena *a, const char *name)
{
	return site_is_https() ? arena_printf(a, "__Host-%s", name) : name;
}

/* RFC 6265 cookie-octet: what needs no quoting. */
static bool is_cookie_octet(unsigned char c)
{
	return c > 0x20 && c < 0x7f && c != '"' && c != ',' && c != ';' && c != '\\';
}

static bool is_token_char(unsigned char c)
{
	return is_cookie_octet(c) && !strchr("()<>@:/[]?={}", c);
}

bool cookie_value_ok(const char *s)
{
	size_t n = 0;
	for (; s[n]; n++)
		if (n == COOKIE_VALUE_MAX || !is_cookie_octet((unsigned char)s[n]))
			return false;
	return true;
}

static bool name_ok(const char *s)
{
	for (const char *p = s; *p; p++)
		if (!is_token_char((unsigned char)*p))
			return false;
	return *s != '\0';
}

size_t cookie_parse(struct arena *a, const char *header, struct name_value **ret)
{
	*ret = arena_array(a, struct name_value, COOKIES_MAX);
	size_t n = 0;
	for (const char *s = header ? header : ""; *s && n < COOKIES_MAX;) {
		s += strspn(s, "; \t");
		size_t len = strcspn(s, ";");
		const char *eq = memchr(s, '=', len);
		if (eq) {
			size_t end = len;
			while (end > 0 && (s[end - 1] == ' ' || s[end - 1] == '\t'))
				end--;
			size_t name_n = (size_t)(eq - s), value_at = name_n + 1;
			char *name = arena_strndup(a, s, name_n);
			char *value = end > value_at ? arena_strndup(a, s + value_at, end - value_at) : arena_strdup(a, "");
			if (name_ok(name) && cookie_value_ok(value))
				(*ret)[n++] = (struct name_value){ name, value };
		}
		s += len;
	}
	return n;
}

char *cookie_header(struct arena *a, const struct cookie *c)
{
	struct buf b;
	buf_init(&b, a);
	buf_printf(&b, "%s=%s; Path=/; HttpOnly; SameSite=Lax", c->name, c->value);
	if (c->max_age_s >= 0)
		buf_printf(&b, "; Max-Age=%d", c->max_age_s);
	if (site_is_https())
		buf_str(&b, "; Secure");
	return arena_strdup(a, buf_cstr(&b));
}
