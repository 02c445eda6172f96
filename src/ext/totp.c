/* The one-time codes of crypto.h.  SHA-1 lives here because libsodium has none and nothing else may use it. */
#include "ext/crypto.h"

#include <string.h>

#define BLOCK 64
#define DIGEST 20

struct sha1 {
	uint32_t h[5];
	uint64_t total;
	uint8_t block[BLOCK];
	size_t held;
};

static uint32_t rotate(uint32_t x, int n)
{
	return x << n | x >> (32 - n);
}

static uint32_t read_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void write_be32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static void sha1_block(struct sha1 *s)
{
	uint32_t w[80], a = s->h[0], b = s->h[1], c = s->h[2], d = s->h[3], e = s->h[4];

	for (size_t i = 0; i < 16; i++)
		w[i] = read_be32(s->block + 4 * i);
	for (int i = 16; i < 80; i++)
		w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	for (int i = 0; i < 80; i++) {
		uint32_t f, k;
		if (i < 20)
			f = (b & c) | (~b & d), k = 0x5a827999;
		else if (i < 40)
			f = b ^ c ^ d, k = 0x6ed9eba1;
		else if (i < 60)
			f = (b & c) | (b & d) | (c & d), k = 0x8f1bbcdc;
		else
			f = b ^ c ^ d, k = 0xca62c1d6;
		uint32_t next = rotate(a, 5) + f + e + k + w[i];
		e = d;
		d = c;
		c = rotate(b, 30);
		b = a;
		a = next;
	}
	s->h[0] += a;
	s->h[1] += b;
	s->h[2] += c;
	s->h[3] += d;
	s->h[4] += e;
}

static void sha1_start(struct sha1 *s)
{
	*s = (struct sha1){ .h = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 } };
}

static void sha1_add(struct sha1 *s, const void *p, size_t n)
{
	const uint8_t *from = p;

	s->total += n;
	for (size_t i = 0; i < n; i++) {
		s->block[s->held++] = from[i];
		if (s->held == BLOCK) {
			sha1_block(s);
			s->held = 0;
		}
	}
}

static void sha1_end(struct sha1 *s, uint8_t ret[DIGEST])
{
	uint64_t bits = s->total * 8;
	uint8_t length[8];

	write_be32(length, (uint32_t)(bits >> 32));
	write_be32(length + 4, (uint32_t)bits);
	sha1_add(s, "\x80", 1);
	while (s->held != BLOCK - sizeof length)
		sha1_add(s, "", 1);
	sha1_add(s, length, sizeof length);
	for (size_t i = 0; i < 5; i++)
		write_be32(ret + 4 * i, s->h[i]);
}

static void hmac_sha1(struct bytes key, const void *p, size_t n, uint8_t ret[DIGEST])
{
	uint8_t pad[BLOCK] = { 0 }, inner[DIGEST];
	struct sha1 s;

	if (key.n > BLOCK) {
		sha1_start(&s);
		sha1_add(&s, key.p, key.n);
		sha1_end(&s, pad);
	} else if (key.n) {
		memcpy(pad, key.p, key.n);
	}
	for (size_t i = 0; i < BLOCK; i++)
		pad[i] ^= 0x36;
	sha1_start(&s);
	sha1_add(&s, pad, BLOCK);
	sha1_add(&s, p, n);
	sha1_end(&s, inner);
	for (size_t i = 0; i < BLOCK; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	sha1_start(&s);
	sha1_add(&s, pad, BLOCK);
	sha1_add(&s, inner, DIGEST);
	sha1_end(&s, ret);
}

uint32_t crypto_totp(struct bytes key, int64_t step)
{
	uint8_t counter[8], digest[DIGEST];

	write_be32(counter, (uint32_t)((uint64_t)step >> 32));
	write_be32(counter + 4, (uint32_t)step);
	hmac_sha1(key, counter, sizeof counter, digest);
	return (read_be32(digest + (digest[DIGEST - 1] & 15)) & 0x7fffffff) % 1000000; /* RFC 4226, section 5.3 */
}

char *str_base32(struct arena *a, struct bytes b)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	const uint8_t *p = b.p;
	char *text = arena_array(a, char, b.n / 5 * 8 + 9), *to = text;
	uint32_t bits = 0;
	int held = 0;

	for (size_t i = 0; i < b.n; i++) {
		bits = (bits << 8 | p[i]) & 0xffff;
		for (held += 8; held >= 5; held -= 5)
			*to++ = digits[bits >> (held - 5) & 31];
	}
	if (held)
		*to = digits[bits << (5 - held) & 31];
	return text;
}
