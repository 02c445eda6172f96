#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void run(struct arena *a)
{
	struct buf b;

	buf_init(&b, a);
	assert_string_equal(buf_cstr(&b), "");
	assert_null(b.p);
	buf_add(&b, NULL, 0);
	buf_str(&b, NULL);
	assert_null(b.p);
	buf_str(&b, "ab");
	buf_chr(&b, 'c');
	buf_add(&b, "\0d", 2);
	assert_int_equal(b.n, 5);
	assert_memory_equal(b.p, "abc\0d", 6);
	buf_clear(&b);
	assert_string_equal(buf_cstr(&b), "");
	for (int i = 0; i < 10000; i++)
		buf_printf(&b, "%d,", i % 10);
	assert_int_equal(b.n, 20000);
	for (size_t i = 0; i < 10000; i++)
		assert_true(b.p[2 * i] == (char)('0' + i % 10) && b.p[2 * i + 1] == ',');
	assert_int_equal(b.p[b.n], 0);
	buf_free(&b);
}

static void grows_on_the_heap_and_in_an_arena(void **state)
{
	struct arena *a = arena_new(1 << 20);

	(void)state;
	run(NULL);
	run(a);
	arena_free(a);
}

static void reserve_leaves_a_string(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, NULL);
	buf_reserve(&b, 0);
	assert_string_equal(b.p, "");
	buf_str(&b, "x");
	char *before = b.p;
	buf_reserve(&b, 100);
	buf_add(&b, "yz", 2);
	assert_ptr_equal(b.p, before); /* room was there */
	assert_string_equal(b.p, "xyz");
	buf_free(&b);
	assert_null(b.p);
	buf_free(&b);
}

static void integers(void **state)
{
	static const int64_t values[] = { 0, 1, -1, 9, 10, -10, 1234567890123, INT64_MAX, INT64_MIN };
	char want[32];
	struct buf b;

	(void)state;
	buf_init(&b, NULL);
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		buf_clear(&b);
		buf_i64(&b, values[i]);
		snprintf(want, sizeof want, "%lld", (long long)values[i]);
		assert_string_equal(b.p, want);
	}
	buf_free(&b);
}

static void printf_at_the_edge_of_the_room(void **state)
{
	char text[600];

	(void)state;
	memset(text, 'x', sizeof text);
	for (int n = 250; n < 260; n++) {
		struct buf b;
		buf_init(&b, NULL);
		buf_printf(&b, "%.*s", n, text);
		assert_int_equal(b.n, n);
		assert_int_equal(strlen(b.p), n);
		buf_free(&b);
	}
}

static void json_strings(void **state)
{
	static const struct { const char *text, *json; } cases[] = {
		{ NULL, "\"\"" }, { "", "\"\"" }, { "1층 \"A\"", "\"1층 \\\"A\\\"\"" }, { "a\\b\n\x7f", "\"a\\\\b\\u000a\\u007f\"" },
		{ "\xff\xea\xb0", "\"\\ufffd\\ufffd\\ufffd\"" }, { "</script>", "\"</script>\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf b;
		buf_init(&b, NULL);
		buf_json(&b, cases[i].text);
		assert_string_equal(b.p, cases[i].json);
		buf_free(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_on_the_heap_and_in_an_arena),
		cmocka_unit_test(reserve_leaves_a_string),
		cmocka_unit_test(integers),
		cmocka_unit_test(printf_at_the_edge_of_the_room),
		cmocka_unit_test(json_strings),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
