#include "queue/puzzle.h"

#include "base/clock.h"
#include "base/str.h"
#include "ext/crypto.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { RANDOM_N = 16, MAC_N = 16, MAC_HEX = 2 * MAC_N, CHALLENGE_MAX = 120, NONCE_MAX = 15, SKEW_S = 60 };

int puzzle_price(int64_t joins)
{
	int bits = PUZZLE_BITS_MIN;
	for (int64_t n = PUZZLE_FREE_JOINS; n < joins + 1 && bits < PUZZLE_BITS_MAX; n *= 2)
		bits++;
	return bits;
}

/* The MAC's text ends with the sale, which has no dot: nothing can be moved between the parts. */
static bool seal(const char *text, size_t n, const char *sale, char ret[MAC_HEX + 1])
{
	char buf[CHALLENGE_MAX + 64];
	uint8_t mac[32];
	int len = snprintf(buf, sizeof buf, "%.*s.%s", (int)n, text, sale);
	if (len < 0 || (size_t)len >= sizeof buf)
		return false;
	crypto_mac("queue-puzzle", buf, (size_t)len, mac);
	for (size_t i = 0; i < MAC_N; i++)
		snprintf(ret + 2 * i, 3, "%02x", mac[i]);
	return true;
}

char *puzzle_make(struct arena *a, const char *sale, int bits, int64_t now)
{
	uint8_t random[RANDOM_N];
	char mac[MAC_HEX + 1] = "";
	crypto_random(random, sizeof random);
	char *text = arena_printf(a, "%d.%s.%" PRId64, bits, str_hex(a, random, sizeof random), now / US_SECOND);
	seal(text, strlen(text), sale, mac);
	return arena_printf(a, "%s.%s", text, mac);
}

/* The number between two dots, which may only be digits. */
static bool number(const char *s, const char *end, int64_t *ret)
{
	char digits[20];
	size_t n = (size_t)(end - s);
	if (n == 0 || n >= sizeof digits || strspn(s, "0123456789") != n)
		return false;
	memcpy(digits, s, n);
	digits[n] = '\0';
	return str_to_i64(digits, ret);
}

static bool open_challenge(const char *s, const char *sale, struct puzzle *ret)
{
	char mac[MAC_HEX + 1] = "";
	size_t n = strlen(s);
	if (n > CHALLENGE_MAX || n < MAC_HEX + 1 || s[n - MAC_HEX - 1] != '.')
		return false;
	size_t text = n - MAC_HEX - 1;
	if (!seal(s, text, sale, mac) || !crypto_equal(mac, s + text + 1, MAC_HEX))
		return false;
	const char *one = strchr(s, '.'), *two = strchr(one + 1, '.');
	int64_t bits, seconds;
	if (!two || two >= s + text || !number(s, one, &bits) || !number(two + 1, s + text, &seconds))
		return false;
	*ret = (struct puzzle){ .bits = (int)bits, .made_at = seconds * US_SECOND };
	return true;
}

static int zero_bits(const uint8_t hash[32])
{
	int n = 0;
	for (int i = 0; i < 32; i++) {
		if (hash[i] == 0) {
			n += 8;
			continue;
		}
		return n + __builtin_clz(hash[i]) - 24;
	}
	return n;
}

static bool solves(const char *challenge, const char *nonce, int bits)
{
	char buf[CHALLENGE_MAX + NONCE_MAX + 2];
	uint8_t hash[32];
	size_t n = strlen(nonce);
	if (n == 0 || n > NONCE_MAX || strspn(nonce, "0123456789") != n)
		return false;
	int len = snprintf(buf, sizeof buf, "%s:%s", challenge, nonce);
	crypto_sha256(buf, (size_t)len, hash);
	return zero_bits(hash) >= bits;
}

enum puzzle_verdict puzzle_check(const char *challenge, const char *nonce, const char *sale, int64_t now, struct puzzle *ret)
{
	if (!challenge || !open_challenge(challenge, sale, ret))
		return PUZZLE_FORGED;
	/* Hosts' clocks differ a little: one from the near future is fine. */
	if (now - ret->made_at > PUZZLE_LIFE_S * US_SECOND || ret->made_at - now > SKEW_S * US_SECOND)
		return PUZZLE_OLD;
	if (str_empty(nonce))
		return PUZZLE_UNSOLVED;
	return solves(challenge, nonce, ret->bits) ? PUZZLE_OK : PUZZLE_WRONG;
}
