/* The draw: a permutation, the published one, and fair to everybody. */
#include "base/str.h"
#include "ext/crypto.h"
#include "queue/draw.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Seeds of a series: known, so that the test always says the same. */
static void seed_number(uint8_t seed[32], uint32_t n)
{
	crypto_sha256(&n, sizeof n, seed);
}

static struct draw draw_of(uint32_t seed_n, int64_t n)
{
	uint8_t seed[32];
	struct draw d;
	seed_number(seed, seed_n);
	draw_init(&d, seed, n);
	return d;
}

static void every_place_once_and_back(void **state)
{
	static const int64_t more[] = { 255, 256, 257, 1000, 1023, 1024, 1025, 4095, 4096, 4097, 20011 };
	(void)state;
	for (int64_t i = 1; i <= 130 + (int64_t)ARRAY_LEN(more); i++) {
		int64_t n = i <= 130 ? i : more[i - 131];
		struct draw d = draw_of((uint32_t)i, n);
		uint8_t *seen = calloc((size_t)n + 1, 1);
		assert_non_null(seen);
		for (int64_t k = 1; k <= n; k++) {
			int64_t place = draw_place(&d, k);
			assert_in_range(place, 1, n);
			assert_int_equal(seen[place], 0);
			seen[place] = 1;
			assert_int_equal(draw_number(&d, place), k);
		}
		free(seen);
	}
}

static void as_it_is_published(void **state)
{
	/* Made by tests/support/draw.mjs, which knows the words of the page only, with the seed 00 01 02 … 1f. */
	static const struct { int64_t n, number, place; } known[] = { { 1, 1, 1 }, { 2, 1, 1 }, { 3, 1, 3 }, { 4, 2, 4 }, { 5, 1, 3 },
		{ 5, 2, 5 }, { 5, 3, 1 }, { 10, 1, 8 }, { 10, 10, 9 }, { 100, 3, 37 }, { 1000, 500, 447 }, { 1000, 1000, 834 },
		{ 12345, 6173, 2419 }, { 1000000, 1, 74521 }, { 1000000, 2, 958283 }, { 1000000, 1000000, 184261 } };
	uint8_t seed[32];
	(void)state;
	for (size_t i = 0; i < sizeof seed; i++)
		seed[i] = (uint8_t)i;
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		struct draw d;
		draw_init(&d, seed, known[i].n);
		assert_int_equal(draw_place(&d, known[i].number), known[i].place);
	}
}

/* Pearson's statistic of counts that should be equal, as its distance from the mean in standard deviations. */
static double chi_square_z(const uint32_t *counts, size_t n, double expected)
{
	double sum = 0, freedom = (double)n - 1;
	for (size_t i = 0; i < n; i++) {
		double off = (double)counts[i] - expected;
		sum += off * off / expected;
	}
	return (sum - freedom) / sqrt(2 * freedom);
}

static void every_number_has_every_chance(void **state)
{
	static const int64_t sizes[] = { 2, 3, 5, 7, 16, 20, 64, 100 };
	enum { DRAWS = 6000, MOST = 100 };
	(void)state;
	for (size_t s = 0; s < ARRAY_LEN(sizes); s++) {
		int64_t n = sizes[s], watched[] = { 1, n / 2 + 1, n };
		uint32_t counts[3][MOST] = { { 0 } };
		for (uint32_t i = 0; i < DRAWS; i++) {
			struct draw d = draw_of(i * 7 + (uint32_t)n, n);
			for (size_t w = 0; w < 3; w++)
				counts[w][draw_place(&d, watched[w]) - 1]++;
		}
		for (size_t w = 0; w < 3; w++)
			assert_true(fabs(chi_square_z(counts[w], (size_t)n, (double)DRAWS / (double)n)) < 5);
	}
}

static void every_order_of_four_is_as_likely(void **state)
{
	enum { DRAWS = 12000 };
	uint32_t counts[24] = { 0 };
	(void)state;
	for (uint32_t i = 0; i < DRAWS; i++) {
		struct draw d = draw_of(i, 4);
		int64_t p[4];
		size_t rank = 0; /* Lehmer code */
		for (int k = 0; k < 4; k++)
			p[k] = draw_place(&d, k + 1);
		for (int k = 0; k < 4; k++) {
			size_t smaller = 0;
			for (int j = k + 1; j < 4; j++)
				smaller += p[j] < p[k];
			rank = rank * (size_t)(4 - k) + smaller;
		}
		counts[rank]++;
	}
	assert_true(fabs(chi_square_z(counts, 24, DRAWS / 24.0)) < 5);
}

/* In one big draw: places of the first fiftieth of the numbers are spread evenly, and neighbours do not stay neighbours. */
static void coming_early_is_no_advantage(void **state)
{
	enum { N = 1000000, BINS = 100, EARLY = N / 50 };
	uint32_t counts[BINS] = { 0 }, steps[BINS] = { 0 };
	struct draw d = draw_of(2026, N);
	int64_t last = 0;
	double mean = 0;
	(void)state;
	for (int64_t k = 1; k <= EARLY; k++) {
		int64_t place = draw_place(&d, k), step = (place - last + N) % N;
		counts[(place - 1) * BINS / N]++;
		steps[step * BINS / N]++;
		mean += (double)place / EARLY;
		last = place;
	}
	assert_true(fabs(chi_square_z(counts, BINS, (double)EARLY / BINS)) < 5);
	assert_true(fabs(chi_square_z(steps, BINS, (double)EARLY / BINS)) < 5);
	assert_true(fabs(mean - N / 2.0) < 5 * N / sqrt(12.0 * EARLY));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_place_once_and_back),
		cmocka_unit_test(as_it_is_published),
		cmocka_unit_test(every_number_has_every_chance),
		cmocka_unit_test(every_order_of_four_is_as_likely),
		cmocka_unit_test(coming_early_is_no_advantage),
	};
	crypto_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
