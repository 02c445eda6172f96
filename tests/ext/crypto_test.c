#include "base/clock.h"
#include "base/conf.h"
#include "ext/crypto.h"

#include <string.h>

#include "../support/arena.h"

static void use_secret(const char *secret)
{
	struct conf c = *conf();

	c.secret = secret;
	conf_set_for_test(&c);
}

static int setup(void **state)
{
		crypto_init();
	arena_setup(state);
	use_secret("0123456789abcdef0123456789abcdef");
	return 0;
}

static void sha256_knows_the_standard_answer(void **state)
{
	(void)state;
	assert_string_equal(crypto_sha256_hex(a, "abc"),
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_string_equal(crypto_sha256_hex(a, ""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void keys_and_macs_are_hmac_sha256(void **state)
{
	uint8_t out[32], other[32];

	(void)state;
	crypto_mac("cookie", "value", 5, out);
	assert_string_equal(str_hex(a, out, 32), "279f234e8454bcc10e8b9cfb133096b29de2014960f62a85c04e748eb96eea6d");
	crypto_mac("link", "value", 5, other);
	assert_memory_not_equal(out, other, 32);
	use_secret("Jefe"); /* RFC 4231, test case 2 */
	crypto_key("what do ya want for nothing?", out);
	assert_string_equal(str_hex(a, out, 32), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	assert_true(crypto_equal("same", "same", 4));
	assert_false(crypto_equal("same", "sane", 4));
	assert_true(crypto_equal("a", "b", 0));
}

static void random_texts_have_their_form(void **state)
{
	(void)state;
	for (int i = 0; i < 200; i++) {
		const char *code = crypto_code(a, 12);
		assert_int_equal(strlen(code), 12);
		assert_int_equal(strspn(code, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"), 12);
		const char *uuid = crypto_uuid(a);
		assert_int_equal(strlen(uuid), 36);
		assert_int_equal(strspn(uuid, "0123456789abcdef-"), 36);
		assert_true(uuid[8] == '-' && uuid[13] == '-' && uuid[18] == '-' && uuid[23] == '-');
		assert_true(uuid[14] == '4' && strchr("89ab", uuid[19]));
		assert_int_equal(strlen(crypto_token(a)), 43);
		assert_true(crypto_uniform(7) < 7);
	}
	assert_string_not_equal(crypto_token(a), crypto_token(a));
	assert_string_equal(crypto_code(a, 0), "");
}

static void every_code_character_occurs(void **state)
{
	int seen[128] = { 0 }, kinds = 0;

	(void)state;
	for (const char *p = crypto_code(a, 4096); *p; p++)
		kinds += seen[(unsigned char)*p]++ == 0;
	assert_int_equal(kinds, 32);
}

static void passwords(void **state)
{
	const char *hash = crypto_password_hash(a, "correct horse 말");

	(void)state;
	assert_true(str_starts(hash, "$argon2id$v=19$m=65536,t=2,p=1$"));
	assert_true(crypto_password_ok(hash, "correct horse 말"));
	assert_false(crypto_password_ok(hash, "correct horse"));
	assert_false(crypto_password_ok(hash, ""));
	assert_false(crypto_password_ok("no hash", "correct horse 말"));
	assert_string_not_equal(hash, crypto_password_hash(a, "correct horse 말"));
}

static void an_unknown_account_takes_as_long_as_a_wrong_password(void **state)
{
	const char *hash = crypto_password_hash(a, "x");
	int64_t start = clock_monotonic();

	(void)state;
	assert_false(crypto_password_ok(hash, "y"));
	int64_t wrong = clock_monotonic() - start;
	start = clock_monotonic();
	assert_false(crypto_password_ok(NULL, "y"));
	int64_t unknown = clock_monotonic() - start;
	assert_true(unknown > wrong / 10); /* the same work, not a short cut; a busy machine may stretch either */
}

static void sealed_bytes_open_only_unharmed(void **state)
{
	struct bytes clear = { "top secret", 10 }, sealed = crypto_seal(a, "totp", clear), open = { 0 };

	(void)state;
	assert_int_equal(sealed.n, 24 + 16 + 10);
	assert_true(crypto_open(a, "totp", sealed, &open));
	assert_int_equal(open.n, 10);
	assert_memory_equal(open.p, "top secret", 11);
	struct bytes before = open;
	assert_false(crypto_open(a, "other", sealed, &open));
	for (size_t i = 0; i < sealed.n; i++) {
		char *harmed = arena_copy(a, sealed.p, sealed.n);
		harmed[i] ^= 1;
		assert_false(crypto_open(a, "totp", (struct bytes){ harmed, sealed.n }, &open));
	}
	for (size_t n = 0; n < sealed.n; n++)
		assert_false(crypto_open(a, "totp", (struct bytes){ sealed.p, n }, &open));
	assert_ptr_equal(open.p, before.p); /* untouched on failure */
	assert_memory_not_equal(crypto_seal(a, "totp", clear).p, sealed.p, 24);
	assert_true(crypto_open(a, "totp", crypto_seal(a, "totp", (struct bytes){ "", 0 }), &open));
	assert_int_equal(open.n, 0);
}

static void signatures_are_ed25519_of_the_derived_key(void **state)
{
	uint8_t public[32], sig[64];

	(void)state;
	crypto_sign_public(public); /* both values made with another implementation */
	assert_string_equal(str_hex(a, public, 32), "4be6e708e137a44e364b82ad208c4652e1680bf2350768e94878bfce80b84d96");
	crypto_sign_make("ticket", 6, sig);
	assert_string_equal(str_hex(a, sig, 64), "9eebd9bde0e1996d25e10d50d38931ed19058addaec89b6e4966d1ec2d705f7f"
	    "5ecdb36353dfbd0e63c7432051a46b33fd56ddace6383f608f1d5cf20cd22702");
	assert_true(crypto_sign_ok("ticket", 6, sig));
	assert_false(crypto_sign_ok("ticker", 6, sig));
	sig[63] ^= 1;
	assert_false(crypto_sign_ok("ticket", 6, sig));
	sig[63] ^= 1;
	use_secret("another secret of thirty-two chars");
	assert_false(crypto_sign_ok("ticket", 6, sig));
}

static void totp_gives_the_codes_of_rfc_6238(void **state)
{
	static const struct { int64_t time; uint32_t code; } known[] = { { 59, 287082 }, { 1111111109, 81804 },
		{ 1111111111, 50471 }, { 1234567890, 5924 }, { 2000000000, 279037 }, { 20000000000, 353130 } };
	struct bytes key = { "12345678901234567890", 20 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		assert_int_equal(crypto_totp(key, known[i].time / 30), known[i].code);
}

static void totp_takes_keys_of_any_length(void **state)
{
	uint8_t key[80];

	(void)state; /* reference values from another HMAC implementation */
	memset(key, 0xaa, sizeof key);
	assert_int_equal(crypto_totp((struct bytes){ key, 80 }, 1), 650725);
	assert_int_equal(crypto_totp((struct bytes){ key, 80 }, 37037036), 389875);
	assert_int_equal(crypto_totp((struct bytes){ key, 80 }, -1), 833616);
	memset(key, 0x0b, sizeof key);
	assert_int_equal(crypto_totp((struct bytes){ key, 64 }, 5), 733496);
}

static void base32_of_rfc_4648(void **state)
{
	static const char *const known[] = { "", "MY", "MZXQ", "MZXW6", "MZXW6YQ", "MZXW6YTB", "MZXW6YTBOI" };

	(void)state;
	for (size_t n = 0; n < ARRAY_LEN(known); n++)
		assert_string_equal(str_base32(a, (struct bytes){ "foobar", n }), known[n]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sha256_knows_the_standard_answer, setup, arena_teardown),
		cmocka_unit_test_setup_teardown(keys_and_macs_are_hmac_sha256, setup, arena_teardown),
		cmocka_unit_test_setup_teardown(random_texts_have_their_form, setup, arena_teardown),
		cmocka_unit_test_setup_teardown(every_code_character_occurs, setup, arena_teardown),
		cmocka_unit_test_setup_teardown(passwords, setup, arena_teardown),
		cmocka_unit_test_setup_teardown(an_unknown_account_takes_as_long_as_a_wrong_password, setup, arena_teardown),
		cmocka_unit_test_setup_teardown(sealed_bytes_open_only_unharmed, setup, arena_teardown),
		cmocka_unit_test_setup_teardown(signatures_are_ed25519_of_the_derived_key, setup, arena_teardown),
		cmocka_unit_test_setup_teardown(totp_gives_the_codes_of_rfc_6238, setup, arena_teardown),
		cmocka_unit_test_setup_teardown(totp_takes_keys_of_any_length, setup, arena_teardown),
		cmocka_unit_test_setup_teardown(base32_of_rfc_4648, setup, arena_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
