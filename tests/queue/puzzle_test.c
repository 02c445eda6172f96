#include "../support/secret.h"
#include "base/clock.h"
#include "base/str.h"
#include "ext/crypto.h"
#include "queue/puzzle.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#define NOW (INT64_C(1795174074) * US_SECOND)

static int setup(void **state)
{
	(void)state;
	use_test_secret();
	return 0;
}

/* As the page's script does it. */
static char *solve(struct arena *a, const char *challenge, int bits)
{
	for (int64_t i = 0;; i++) {
		char *nonce = arena_printf(a, "%" PRId64, i), *text = arena_printf(a, "%s:%s", challenge, nonce);
		uint8_t h[32];
		crypto_sha256(text, strlen(text), h);
		uint32_t head = (uint32_t)h[0] << 24 | (uint32_t)h[1] << 16 | (uint32_t)h[2] << 8 | h[3];
		if (head >> (32 - bits) == 0)
			return nonce;
	}
}

static void the_price_grows_with_the_address(void **state)
{
	(void)state;
	const struct { int64_t joins; int bits; } want[] = { { 0, 12 }, { 7, 12 }, { 8, 13 }, { 15, 13 }, { 16, 14 }, { 31, 14 }, { 32, 15 },
		{ 64, 16 }, { 512, 19 }, { 1024, 20 }, { 1000000, 20 }, { INT64_C(1) << 40, 20 }, { -1, 12 } };
	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		assert_int_equal(puzzle_price(want[i].joins), want[i].bits);
}

static void a_solution_is_accepted(void **state)
{
	(void)state;
	struct arena *a = arena_new(64 << 20);
	struct puzzle p;
	char *c = puzzle_make(a, "p12", 12, NOW), *nonce = solve(a, c, 12);
	assert_int_equal(puzzle_check(c, nonce, "p12", NOW, &p), PUZZLE_OK);
	assert_int_equal(p.bits, 12);
	assert_int_equal(p.made_at, NOW);
	assert_int_equal(puzzle_check(c, nonce, "p12", NOW + PUZZLE_LIFE_S * US_SECOND, &p), PUZZLE_OK);
	assert_int_equal(puzzle_check(c, nonce, "p12", NOW + (PUZZLE_LIFE_S + 1) * US_SECOND, &p), PUZZLE_OLD);
	assert_int_equal(puzzle_check(c, nonce, "p12", NOW - US_SECOND, &p), PUZZLE_OK);
	assert_int_equal(puzzle_check(c, nonce, "p12", NOW - 2 * US_MINUTE, &p), PUZZLE_OLD);
	assert_int_equal(puzzle_check(c, nonce, "p13", NOW, &p), PUZZLE_FORGED);
	assert_int_equal(puzzle_check(c, "", "p12", NOW, &p), PUZZLE_UNSOLVED);
	assert_int_equal(puzzle_check(c, NULL, "p12", NOW, &p), PUZZLE_UNSOLVED);
	assert_string_not_equal(c, puzzle_make(a, "p12", 12, NOW));
	arena_free(a);
}

static void anything_else_is_not(void **state)
{
	(void)state;
	struct arena *a = arena_new(64 << 20);
	struct puzzle p;
	char *c = puzzle_make(a, "p12", 20, NOW); /* a price that no nonce meets by chance here */
	const char *wrong[] = { "0", "1", "-1", "+1", " 1", "1 ", "0x1", "abc", "1234567890123456", "9999999999999999999999999999" };
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_int_equal(puzzle_check(c, wrong[i], "p12", NOW, &p), PUZZLE_WRONG);
	for (size_t i = 0, n = strlen(c); i < n; i++) { /* every byte counts, and the end */
		char was = c[i];
		c[i] = (char)(was ^ 1);
		assert_int_equal(puzzle_check(c, "1", "p12", NOW, &p), PUZZLE_FORGED);
		c[i] = '\0';
		assert_int_equal(puzzle_check(c, "1", "p12", NOW, &p), PUZZLE_FORGED);
		c[i] = was;
	}
	const char *bad[] = { NULL, "", ".", "...", "12", "12.ab.1", "0.00000000000000000000000000000000.1795174074.00000000000000000000000000000000" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(puzzle_check(bad[i], "1", "p12", NOW, &p), PUZZLE_FORGED);
	arena_free(a);
}

/* What people buy with it: the mean number of hashes is 2^bits. */
static void the_work_is_what_the_bits_say(void **state)
{
	(void)state;
	struct arena *a = arena_new(64 << 20);
	int64_t sum = 0;
	for (int i = 0; i < 200; i++) {
		int64_t nonce;
		assert_true(str_to_i64(solve(a, puzzle_make(a, "p1", 6, NOW), 6), &nonce));
		sum += nonce + 1;
	}
	assert_in_range(sum / 200, 40, 95); /* 64, and five standard errors each way */
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_price_grows_with_the_address), cmocka_unit_test(a_solution_is_accepted),
		cmocka_unit_test(anything_else_is_not), cmocka_unit_test(the_work_is_what_the_bits_say) };
	return cmocka_run_group_tests(tests, setup, NULL);
}
