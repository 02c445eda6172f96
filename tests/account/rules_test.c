/* What makes a password weak, a code right, a phone number one. */
#include "account/account_priv.h"

#include "base/clock.h"
#include "ext/crypto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void weak_passwords(void **state)
{
	static const char *const weak[] = { "", "short", "ninechars", "aaaaaaaaaaaa", "1234567890", "0987654321", "abcdefghijkl",
		"abcabcabcabc", "1212121212", "qwertyuiop", "poiuytrewq", "1qaz2wsx3edc", "1q2w3e4r5t6y", "password2026", "Password123!",
		"!!dragon2026", "iloveyou1234", "SARANGHAE1!", "qlalfqjsgh12", "2026-11-20!", "qwerty123456", "asdfghjkl1!" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(weak); i++)
		if (!account_password_fault(weak[i], "mina@example.kr", "Mina Kim"))
			fail_msg("accepted: %s", weak[i]);
	char longest[300];
	memset(longest, 0, sizeof longest);
	for (size_t i = 0; i < 250; i++)
		longest[i] = (char)('a' + i * 7 % 26);
	assert_non_null(account_password_fault(longest, "", ""));
}

static void good_passwords(void **state)
{
	static const char *const good[] = { "tangerine-ferry-42", "correct horse battery", "xk29!vv0-pLq", "우리집강아지는복슬강아지", "82731946205518",
		"my dog sleeps at noon", "dragon-eats-seven-plums", "7XMNP-22KQD-0ZZTW" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		if (account_password_fault(good[i], "mina@example.kr", "Mina Kim"))
			fail_msg("refused: %s (%s)", good[i], account_password_fault(good[i], "mina@example.kr", "Mina Kim"));
}

static void ones_own_name(void **state)
{
	(void)state;
	assert_non_null(account_password_fault("gildong.hong77", "gildong.hong@example.kr", "Hong"));
	assert_non_null(account_password_fault("Gildong Hong1", "x@example.kr", "gildong hong"));
	assert_non_null(account_password_fault("gildong@example.kr", "gildong@example.kr", "Hong"));
	assert_null(account_password_fault("gildong rides to the sea", "gildong@example.kr", "Hong"));
	assert_null(account_password_fault("tangerine-ferry-42", NULL, NULL));
}

static void totp_codes(void **state)
{
	struct bytes key = { "12345678901234567890", 20 };
	int64_t now = 1111111109 * US_SECOND, step = 1111111109 / 30;

	(void)state;
	assert_int_equal(account_totp_step(key, 81804, now, 0), step); /* RFC 6238: 07081804 */
	assert_int_equal(account_totp_step(key, 81804, now + 30 * US_SECOND, 0), step);
	assert_int_equal(account_totp_step(key, 81804, now - 30 * US_SECOND, 0), step);
	assert_int_equal(account_totp_step(key, 81804, now + 60 * US_SECOND, 0), 0);
	assert_int_equal(account_totp_step(key, 81804, now - 60 * US_SECOND, 0), 0);
	assert_int_equal(account_totp_step(key, 81804, now, step), 0);     /* used */
	assert_int_equal(account_totp_step(key, 81804, now, step - 1), step);
	assert_int_equal(account_totp_step(key, 81805, now, 0), 0);
}

static void totp_typed(void **state)
{
	uint32_t code = 7;

	(void)state;
	assert_true(account_totp_parse("081 804", &code) && code == 81804);
	assert_true(account_totp_parse("081-804 ", &code) && code == 81804);
	assert_false(account_totp_parse("", &code) || account_totp_parse("12345", &code) || account_totp_parse("1234567", &code) ||
	    account_totp_parse("12345a", &code) || account_totp_parse("99999999999999999999", &code));
}

static void totp_address(void **state)
{
	struct arena *a = arena_new(1 << 16);

	(void)state;
	assert_string_equal(account_totp_uri(a, "My Foyer", "a+b@example.kr", (struct bytes){ "12345678901234567890", 20 }),
	    "otpauth://totp/My%20Foyer:a%2Bb%40example.kr?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=My%20Foyer");
	arena_free(a);
}

static void codes_as_meant(void **state)
{
	struct arena *a = arena_new(1 << 16);

	(void)state;
	assert_string_equal(account_code_plain(a, "ab0o-iL1 z"), "AB00111Z");
	assert_string_equal(account_code_plain(a, ""), "");
	arena_free(a);
}

static void phones(void **state)
{
	(void)state;
	assert_true(account_phone_ok(NULL) && account_phone_ok("") && account_phone_ok("010-1234-5678") && account_phone_ok("+82 10 1234 5678"));
	assert_false(account_phone_ok("123") || account_phone_ok("call me maybe") || account_phone_ok("010+12345678") ||
	    account_phone_ok("12345678901234567"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(weak_passwords),
		cmocka_unit_test(good_passwords),
		cmocka_unit_test(ones_own_name),
		cmocka_unit_test(totp_codes),
		cmocka_unit_test(totp_typed),
		cmocka_unit_test(totp_address),
		cmocka_unit_test(codes_as_meant),
		cmocka_unit_test(phones),
	};
	crypto_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
