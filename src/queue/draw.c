#include "queue/draw.h"

#include "base/str.h"
#include "ext/crypto.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { ROUNDS = 12 };

void draw_init(struct draw *d, const uint8_t seed[32], int64_t n)
{
	assert(n >= 1 && n < INT64_C(1) << 40);
	char text[128] = "foyer-draw:";
	size_t at = strlen(text);
	for (size_t i = 0; i < 32; i++, at += 2)
		snprintf(text + at, 3, "%02x", seed[i]);
	at += (size_t)snprintf(text + at, sizeof text - at, ":%" PRId64, n);
	*d = (struct draw){ .n = n, .bits = 1 };
	crypto_sha256(text, at, d->key);
	while (INT64_C(1) << (2 * d->bits) < n)
		d->bits++;
}

static uint32_t round_of(const struct draw *d, int i, uint32_t x)
{
	uint8_t in[37], out[32];
	memcpy(in, d->key, 32);
	in[32] = (uint8_t)i;
	for (int k = 0; k < 4; k++)
		in[33 + k] = (uint8_t)(x >> (24 - 8 * k));
	crypto_sha256(in, sizeof in, out);
	uint32_t v = (uint32_t)out[0] << 24 | (uint32_t)out[1] << 16 | (uint32_t)out[2] << 8 | out[3];
	return v & ((UINT32_C(1) << d->bits) - 1);
}

static int64_t shuffle(const struct draw *d, int64_t v)
{
	uint32_t left = (uint32_t)(v >> d->bits), right = (uint32_t)(v & ((INT64_C(1) << d->bits) - 1));
	for (int i = 0; i < ROUNDS; i++) {
		uint32_t next = left ^ round_of(d, i, right);
		left = right;
		right = next;
	}
	return (int64_t)left << d->bits | right;
}

static int64_t unshuffle(const struct draw *d, int64_t v)
{
	uint32_t left = (uint32_t)(v >> d->bits), right = (uint32_t)(v & ((INT64_C(1) << d->bits) - 1));
	for (int i = ROUNDS - 1; i >= 0; i--) {
		uint32_t before = right ^ round_of(d, i, left);
		right = left;
		left = before;
	}
	return (int64_t)left << d->bits | right;
}

int64_t draw_place(const struct draw *d, int64_t number)
{
	assert(number >= 1 && number <= d->n);
	int64_t v = number - 1;
	do
		v = shuffle(d, v);
	while (v >= d->n);
	return v + 1;
}

int64_t draw_number(const struct draw *d, int64_t place)
{
	assert(place >= 1 && place <= d->n);
	int64_t v = place - 1;
	do
		v = unshuffle(d, v);
	while (v >= d->n);
	return v + 1;
}
