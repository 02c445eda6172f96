#include "base/str.h"

#include <string.h>

#include "../support/arena.h"

static void comparing(void **state)
{
	(void)state;
	assert_true(str_eq("a", "a") && str_eq("", "") && str_eq(NULL, NULL));
	assert_false(str_eq("a", "b") || str_eq("", NULL) || str_eq(NULL, ""));
	assert_true(str_empty(NULL) && str_empty(""));
	assert_false(str_empty(" "));
	assert_true(str_starts("abc", "ab") && str_starts("abc", "") && str_starts("", ""));
	assert_false(str_starts("ab", "abc") || str_starts(NULL, ""));
	assert_true(str_ends("abc", "bc") && str_ends("abc", "") && str_ends("abc", "abc"));
	assert_false(str_ends("bc", "abc") || str_ends("abd", "bc") || str_ends(NULL, ""));
}

static void integers_are_read_whole_or_not_at_all(void **state)
{
	static const struct { const char *s; int64_t v; } good[] = { { "0", 0 }, { "-0", 0 }, { "7", 7 }, { "-7", -7 },
		{ "007", 7 }, { "9223372036854775807", INT64_MAX }, { "-9223372036854775808", INT64_MIN } };
	static const char *const bad[] = { "", "-", "+1", " 1", "1 ", "1x", "0x10", "--1", "1.0", "1e3", "9223372036854775808",
		"-9223372036854775809", "99999999999999999999", "\xef\xbc\x91" };
	int64_t v = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_true(str_to_i64(good[i].s, &v));
		assert_int_equal(v, good[i].v);
	}
	v = 42;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(str_to_i64(bad[i], &v));
	assert_false(str_to_i64(NULL, &v));
	assert_int_equal(v, 42);
}

static void utf8(void **state)
{
	static const char *const good[] = { "", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
		"\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "표 한 장" };
	static const char *const bad[] = { "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2 ", "\xe0\x9f\xbf", "\xe0\xa0",
		"\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf0\x90\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
		"\xfe", "\xff", "ok\xe2\x82", "\xe2\x28\xa1" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_true(str_utf8_valid(good[i], strlen(good[i])));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(str_utf8_valid(bad[i], strlen(bad[i])));
	assert_false(str_utf8_valid("a\0b", 3));
	assert_false(str_utf8_valid("한", 2)); /* the length counts, not the NUL */
	assert_int_equal(str_utf8_len("한글 x\xf0\x9f\x8e\xab"), 5);
	assert_int_equal(str_utf8_len(""), 0);
	assert_int_equal(str_utf8_len(NULL), 0);
}

static void trimming_and_lowering(void **state)
{
	const char *s = " \t\r\n a  b \v\f";

	(void)state;
	assert_string_equal(str_trim(a, s), "a  b");
	assert_string_equal(str_trim(a, " \n "), "");
	assert_string_equal(str_trim(a, ""), "");
	assert_null(str_trim(a, NULL));
	assert_string_equal(str_trim(a, "\xc2\xa0x"), "\xc2\xa0x");
	assert_string_equal(str_lower_ascii(a, "MiX@Ü.KR[Z]"), "mix@Ü.kr[z]");
	assert_null(str_lower_ascii(a, NULL));
}

static void copying_cuts_no_character(void **state)
{
	char s[8];

	(void)state;
	str_utf8_copy(s, sizeof s, "1234567");
	assert_string_equal(s, "1234567");
	str_utf8_copy(s, sizeof s, "12345678");
	assert_string_equal(s, "1234567");
	str_utf8_copy(s, sizeof s, "한글날");
	assert_string_equal(s, "한글");
	str_utf8_copy(s, sizeof s, "a\xff\xed\x95한\xea");
	assert_string_equal(s, "a???한");
	str_utf8_copy(s, sizeof s, "");
	assert_string_equal(s, "");
	str_utf8_copy(s, 1, "x");
	assert_string_equal(s, "");
}

static void nfc_composes_and_drops_controls(void **state)
{
	(void)state;
	assert_string_equal(str_nfc(a, "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab"), "한"); /* conjoining jamo, as macOS sends */
	assert_string_equal(str_nfc(a, "e\xcc\x81"), "é");
	assert_string_equal(str_nfc(a, "\xe2\x84\xab"), "Å"); /* the Ångström sign */
	assert_string_equal(str_nfc(a, "a\r\nb\tc\x01\x7f\xc2\x85" "d"), "a\nb\tcd");
	assert_string_equal(str_nfc(a, "a\xff" "b"), "a\xef\xbf\xbd" "b");
	assert_string_equal(str_nfc(a, "e\x01\xcc\x81"), "é"); /* controls go first, so the result is composed */
	assert_string_equal(str_nfc(a, ""), "");
	assert_null(str_nfc(a, NULL));
	assert_string_equal(str_nfc(a, "한글"), "한글");
}

static void slugs(void **state)
{
	(void)state;
	assert_string_equal(str_slug(a, "Hello, World!"), "hello-world");
	assert_string_equal(str_slug(a, "  --A  b--  "), "a-b");
	assert_string_equal(str_slug(a, "겨울밤의 꿈 2026: 서울"), "겨울밤의-꿈-2026-서울");
	assert_string_equal(str_slug(a, "ÉTÉ \xf0\x9f\x8e\xab №5"), "été-5");
	assert_string_equal(str_slug(a, "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab"), "한");
	assert_string_equal(str_slug(a, "!?"), "");
	assert_string_equal(str_slug(a, ""), "");
	assert_string_equal(str_slug(a, NULL), "");
	assert_string_equal(str_slug(a, "../../etc"), "etc");
}

static void url_encoding(void **state)
{
	(void)state;
	assert_string_equal(str_url_encode(a, "aZ09-._~"), "aZ09-._~");
	assert_string_equal(str_url_encode(a, "a b&c=d/e?f+g%\xff"), "a%20b%26c%3Dd%2Fe%3Ff%2Bg%25%FF");
	assert_string_equal(str_url_encode(a, "한"), "%ED%95%9C");
	assert_string_equal(str_url_encode(a, ""), "");
}

static void hexadecimal(void **state)
{
	unsigned char out[3] = { 9, 9, 9 };

	(void)state;
	assert_string_equal(str_hex(a, "\x00\xab\xff", 3), "00abff");
	assert_string_equal(str_hex(a, "", 0), "");
	assert_true(str_unhex("00aBFf", out, 3));
	assert_memory_equal(out, "\x00\xab\xff", 3);
	assert_false(str_unhex("112233 ", out, 3) || str_unhex("1122", out, 3) || str_unhex("11223g", out, 3));
	assert_false(str_unhex(NULL, out, 3) || str_unhex("11\xb2""233", out, 3));
	assert_memory_equal(out, "\x00\xab\xff", 3);
	assert_true(str_unhex("", out, 0));
}

static void base64url_there_and_back(void **state)
{
	static const char *const known[] = { "", "Zg", "Zm8", "Zm9v", "Zm9vYg", "Zm9vYmE", "Zm9vYmFy" };
	static const char *const bad[] = { "Z", "Zg==", "Zg=", "Zh", "Zm9=", "Zm9vY", "Zm9+", "Zm9/", "Zm 9", "Zm9\n", "\xff\xff" };
	struct bytes b;

	(void)state;
	for (size_t n = 0; n < ARRAY_LEN(known); n++) {
		assert_string_equal(str_base64url(a, "foobar", n), known[n]);
		assert_true(str_unbase64url(a, known[n], &b));
		assert_int_equal(b.n, n);
		assert_memory_equal(b.p, "foobar", n);
	}
	assert_string_equal(str_base64url(a, "\xfb\xff\xfe", 3), "-__-");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(str_unbase64url(a, bad[i], &b));
	assert_false(str_unbase64url(a, NULL, &b));
	for (size_t n = 0; n < 200; n++) {
		unsigned char *p = arena_alloc(a, n);
		for (size_t i = 0; i < n; i++)
			p[i] = (unsigned char)(i * 37 + n);
		assert_true(str_unbase64url(a, str_base64url(a, p, n), &b));
		assert_int_equal(b.n, n);
		assert_memory_equal(b.p, p, n);
	}
}

static void joining(void **state)
{
	static const char *const parts[] = { "A", "", "C" };

	(void)state;
	assert_string_equal(str_join(a, ", ", parts, 3), "A, , C");
	assert_string_equal(str_join(a, "", parts, 3), "AC");
	assert_string_equal(str_join(a, ",", parts, 1), "A");
	assert_string_equal(str_join(a, ",", NULL, 0), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comparing),
		cmocka_unit_test(integers_are_read_whole_or_not_at_all),
		cmocka_unit_test(utf8),
		cmocka_unit_test(trimming_and_lowering),
		cmocka_unit_test(copying_cuts_no_character),
		cmocka_unit_test(nfc_composes_and_drops_controls),
		cmocka_unit_test(slugs),
		cmocka_unit_test(url_encoding),
		cmocka_unit_test(hexadecimal),
		cmocka_unit_test(base64url_there_and_back),
		cmocka_unit_test(joining),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
