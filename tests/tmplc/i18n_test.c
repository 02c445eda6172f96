/* Catalogues: found and missing messages, damaged files, translations that take other arguments. */
#include "base/buf.h"
#include "base/log.h"
#include "base/str.h"
#include "tmplc/i18n.h"
#include "tmplc/out.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new((size_t)16 << 20);
	log_setup(LOG_ERROR, "test");
	i18n_clear();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	i18n_clear();
	arena_free(arena);
	return 0;
}

static const char *const pairs[][2] = { { "", "Content-Type: text/plain; charset=UTF-8\n" }, { "Shows", "공연" },
	{ "%s of %lld", "%2$lld 중 %1$s" },
	{ "At most %lld of %s, 100%%.", "%2$s은 최대 %1$lld개, 100%%." }, { "%s left", "%d 남음" }, { "%lld seats", "%s석" }, { "50% off", "50% 할인" }, { "Empty", "" } };

static void add_u32(struct buf *b, uint32_t v, bool swapped)
{
	v = swapped ? __builtin_bswap32(v) : v;
	buf_add(b, &v, sizeof v);
}

/* The pairs as msgfmt would write them, without its hash table. */
static struct buf catalogue(bool swapped)
{
	struct buf b;
	uint32_t n = ARRAY_LEN(pairs), at = 28 + n * 16;
	const uint32_t head[] = { 0x950412de, 0, n, 28, 28 + n * 8, 0, 0 };
	buf_init(&b, arena);
	for (size_t i = 0; i < ARRAY_LEN(head); i++)
		add_u32(&b, head[i], swapped);
	for (int side = 0; side < 2; side++)
		for (uint32_t i = 0; i < n; i++) {
			add_u32(&b, (uint32_t)strlen(pairs[i][side]), swapped);
			add_u32(&b, at, swapped);
			at += (uint32_t)strlen(pairs[i][side]) + 1;
		}
	for (int side = 0; side < 2; side++)
		for (uint32_t i = 0; i < n; i++)
			buf_add(&b, pairs[i][side], strlen(pairs[i][side]) + 1);
	return b;
}

static void test_messages(void **state)
{
	(void)state;
	assert_string_equal(tr("ko", "Shows"), "Shows");
	for (int swapped = 0; swapped < 2; swapped++) {
		struct buf b = catalogue(swapped);
		assert_null(i18n_add("ko", b.p, b.n));
		assert_string_equal(tr("ko", "Shows"), "공연");
		assert_string_equal(tr("en", "Shows"), "Shows");
		assert_string_equal(tr("ko", "Unknown"), "Unknown");
		assert_string_equal(tr("ko", "Empty"), "Empty");
		assert_string_equal(tr("ko", ""), "");
		i18n_clear();
	}
}

static void test_conversions(void **state)
{
	(void)state;
	struct buf b = catalogue(false);
	struct out o;
	assert_null(i18n_add("ko", b.p, b.n));
	out_init(&o, arena, "ko", NULL);
	assert_string_equal(out_fmt(&o, tr("ko", "%s of %lld"), "3", 5LL), "5 중 3");
	assert_string_equal(tr("ko", "%s left"), "%s left");
	assert_string_equal(tr("ko", "%lld seats"), "%lld seats");
	assert_string_equal(tr("ko", "50% off"), "50% 할인");
}

static void test_formatted_before(void **state)
{
	(void)state;
	struct buf b = catalogue(false);
	assert_null(i18n_add("ko", b.p, b.n));
	assert_string_equal(tr_text(arena, "ko", "Shows"), "공연");
	assert_string_equal(tr_text(arena, "ko", "At most 12 of row A, 1, 100%."), "row A, 1은 최대 12개, 100%.");
	assert_string_equal(tr_text(arena, "ko", "At most x of row A, 100%."), "At most x of row A, 100%.");
	assert_string_equal(tr_text(arena, "ko", "At most 12 of row A, 100%. More"), "At most 12 of row A, 100%. More");
	assert_string_equal(tr_text(arena, "ko", "At most 12 of "), "At most 12 of ");
	assert_string_equal(tr_text(arena, "ko", ""), "");
	assert_string_equal(tr_text(arena, "en", "At most 1 of x, 100%."), "At most 1 of x, 100%.");
}

static void test_damaged(void **state)
{
	(void)state;
	struct buf b = catalogue(false);
	for (size_t n = 0; n < b.n; n++) {
		/* A copy of exactly n bytes, so that the sanitizer sees a read beyond. */
		struct err *e = i18n_add("ko", arena_copy(arena, b.p, n), n);
		assert_true(err_is(e, ERR_INVALID));
		err_free(e);
	}
	assert_string_equal(tr("ko", "Shows"), "Shows");
	struct err *e = i18n_add("a-long-name", b.p, b.n);
	assert_true(err_is(e, ERR_INVALID));
	err_free(e);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_messages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_conversions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_formatted_before, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
