#include "live/token.h"

#include "base/buf.h"
#include "base/clock.h"
#include "ext/crypto.h"

#include <inttypes.h>
#include <string.h>

#define NAME_CHARS "abcdefghijklmnopqrstuvwxyz0123456789:_-"
#define POSITIONS_MAX 640

static bool consists_of(const char *s, size_t n, const char *chars)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] == '\0' || !strchr(chars, s[i]))
			return false;
	return true;
}

bool live_name_ok(const char *s, size_t n)
{
	return n >= 1 && n <= LIVE_NAME_MAX && consists_of(s, n, NAME_CHARS);
}

static size_t until(const char *s, size_t n, char c)
{
	const char *at = memchr(s, c, n);
	return at ? (size_t)(at - s) : n;
}

bool live_channels_parse(const char *s, size_t n, struct live_channels *ret)
{
	ret->n = 0;
	for (;;) {
		size_t len = until(s, n, ',');
		if (ret->n == LIVE_CHANNELS_MAX || !live_name_ok(s, len))
			return false;
		char *name = ret->name[ret->n];
		memcpy(name, s, len);
		name[len] = '\0';
		for (size_t i = 0; i < ret->n; i++)
			if (strcmp(ret->name[i], name) == 0)
				return false;
		ret->n++;
		if (len == n)
			return true;
		s += len + 1;
		n -= len + 1;
	}
}

char *live_token_make(struct arena *a, const struct live_channels *c, int64_t now)
{
	struct buf b;
	buf_init(&b, a);
	for (size_t i = 0; i < c->n; i++)
		buf_printf(&b, "%s%s", i ? "," : "", c->name[i]);
	buf_printf(&b, "~%" PRId64, now / US_SECOND + LIVE_TOKEN_SECONDS);
	uint8_t mac[32];
	crypto_mac("live", b.p, b.n, mac);
	buf_printf(&b, "~%s", str_hex(a, mac, sizeof mac));
	return b.p;
}

bool live_token_open(const char *s, size_t n, int64_t now, struct live_channels *ret)
{
	char text[65];
	uint8_t given[32], mac[32];
	size_t names = until(s, n, '~');
	if (n < names + 1 + 1 + 1 + 64 || s[n - 65] != '~' || n - 65 <= names)
		return false;
	memcpy(text, s + n - 64, 64);
	text[64] = '\0';
	if (!str_unhex(text, given, sizeof given))
		return false;
	crypto_mac("live", s, n - 65, mac);
	if (!crypto_equal(mac, given, sizeof mac))
		return false;
	size_t digits = n - 65 - names - 1;
	if (digits >= sizeof text)
		return false;
	memcpy(text, s + names + 1, digits);
	text[digits] = '\0';
	int64_t until_s;
	return str_to_i64(text, &until_s) && now / US_SECOND <= until_s && live_channels_parse(s, names, ret);
}

bool live_positions_ok(const char *s, size_t n)
{
	return n <= POSITIONS_MAX && consists_of(s, n, NAME_CHARS ",=");
}

int64_t live_position(const char *s, size_t n, const char *channel)
{
	if (!live_positions_ok(s, n))
		return -1;
	size_t name = strlen(channel);
	while (n > 0) {
		size_t len = until(s, n, ',');
		if (len > name && memcmp(s, channel, name) == 0 && s[name] == '=') {
			char digits[24];
			size_t d = len - name - 1;
			if (d == 0 || d >= sizeof digits)
				return -1;
			memcpy(digits, s + name + 1, d);
			digits[d] = '\0';
			int64_t v;
			return str_to_i64(digits, &v) && v >= 0 ? v : -1;
		}
		if (len == n)
			break;
		s += len + 1;
		n -= len + 1;
	}
	return -1;
}
