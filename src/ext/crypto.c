#include "ext/crypto.h"

#include "base/conf.h"
#include "base/log.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

void crypto_init(void)
{
	if (sodium_init() < 0) {
		log_msg(LOG_ERROR, "libsodium cannot start", NULL);
		abort();
	}
}

void crypto_random(void *ret, size_t n)
{
	randombytes_buf(ret, n);
}

uint32_t crypto_uniform(uint32_t below)
{
	return randombytes_uniform(below);
}

char *crypto_code(struct arena *a, size_t n)
{
	static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	char *code = arena_array(a, char, n + 1);

	crypto_random(code, n);
	for (size_t i = 0; i < n; i++)
		code[i] = digits[code[i] & 31];
	return code;
}

char *crypto_uuid(struct arena *a)
{
	uint8_t b[16];

	crypto_random(b, sizeof b);
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40); /* version 4 */
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80); /* RFC 9562 variant */
	const char *hex = str_hex(a, b, sizeof b);
	return arena_printf(a, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

char *crypto_token(struct arena *a)
{
	uint8_t b[32];

	crypto_random(b, sizeof b);
	return str_base64url(a, b, sizeof b);
}

void crypto_sha256(const void *p, size_t n, uint8_t ret[32])
{
	crypto_hash_sha256(ret, p, n);
}

char *crypto_sha256_hex(struct arena *a, const char *s)
{
	uint8_t digest[32];

	crypto_sha256(s, strlen(s), digest);
	return str_hex(a, digest, sizeof digest);
}

static void hmac(const void *key, size_t key_n, const void *p, size_t n, uint8_t ret[32])
{
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, key, key_n);
	crypto_auth_hmacsha256_update(&state, p, n);
	crypto_auth_hmacsha256_final(&state, ret);
	sodium_memzero(&state, sizeof state);
}

/* The secret is random and long, so one HMAC over the purpose is enough to part the keys (the expand step of HKDF). */
void crypto_key(const char *purpose, uint8_t ret[32])
{
	const char *secret = conf()->secret;

	assert(*secret); /* conf_load refuses an empty one */
	hmac(secret, strlen(secret), purpose, strlen(purpose), ret);
}

void crypto_mac(const char *purpose, const void *p, size_t n, uint8_t ret[32])
{
	uint8_t key[32];

	crypto_key(purpose, key);
	hmac(key, sizeof key, p, n, ret);
	sodium_memzero(key, sizeof key);
}

bool crypto_equal(const void *a, const void *b, size_t n)
{
	return sodium_memcmp(a, b, n) == 0;
}

char *crypto_password_hash(struct arena *a, const char *password)
{
	char hash[crypto_pwhash_STRBYTES];

	if (crypto_pwhash_str_alg(hash, password, strlen(password), crypto_pwhash_OPSLIMIT_INTERACTIVE,
	    crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) != 0) {
		log_msg(LOG_ERROR, "out of memory", "where", "password hash", NULL);
		abort();
	}
	return arena_strdup(a, hash);
}

bool crypto_password_ok(const char *hash, const char *password)
{
	static const uint8_t salt[crypto_pwhash_SALTBYTES];
	uint8_t unused[32];

	if (hash)
		return crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
	if (crypto_pwhash(unused, sizeof unused, password, strlen(password), salt, crypto_pwhash_OPSLIMIT_INTERACTIVE,
	    crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) != 0)
		log_msg(LOG_WARN, "out of memory", "where", "password check", NULL);
	return false;
}

struct bytes crypto_seal(struct arena *a, const char *purpose, struct bytes clear)
{
	size_t n = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + clear.n;
	uint8_t key[32], *sealed = arena_alloc(a, n);

	crypto_random(sealed, crypto_secretbox_NONCEBYTES);
	crypto_key(purpose, key);
	crypto_secretbox_easy(sealed + crypto_secretbox_NONCEBYTES, clear.p, clear.n, sealed, key);
	sodium_memzero(key, sizeof key);
	return (struct bytes){ sealed, n };
}

bool crypto_open(struct arena *a, const char *purpose, struct bytes sealed, struct bytes *ret)
{
	size_t overhead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
	const uint8_t *nonce = sealed.p;
	uint8_t key[32];

	if (sealed.n < overhead)
		return false;
	uint8_t *clear = arena_alloc(a, sealed.n - overhead + 1); /* one more, so that text may be read as a string */
	crypto_key(purpose, key);
	bool ok = crypto_secretbox_open_easy(clear, nonce + crypto_secretbox_NONCEBYTES,
	    sealed.n - crypto_secretbox_NONCEBYTES, nonce, key) == 0;
	sodium_memzero(key, sizeof key);
	if (ok)
		*ret = (struct bytes){ clear, sealed.n - overhead };
	return ok;
}

struct key_pair {
	uint8_t seed[crypto_sign_SEEDBYTES], public[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
	bool made;
};

/* Kept between calls: making a pair costs as much as a signature. */
static const struct key_pair *sign_keys(void)
{
	static struct key_pair keys;
	uint8_t seed[crypto_sign_SEEDBYTES];

	crypto_key("sign", seed);
	if (!keys.made || !crypto_equal(seed, keys.seed, sizeof seed)) {
		memcpy(keys.seed, seed, sizeof seed);
		crypto_sign_seed_keypair(keys.public, keys.secret, keys.seed);
		keys.made = true;
	}
	sodium_memzero(seed, sizeof seed);
	return &keys;
}

void crypto_sign_public(uint8_t ret[32])
{
	memcpy(ret, sign_keys()->public, crypto_sign_PUBLICKEYBYTES);
}

void crypto_sign_make(const void *p, size_t n, uint8_t ret[64])
{
	crypto_sign_detached(ret, NULL, p, n, sign_keys()->secret);
}

bool crypto_sign_ok(const void *p, size_t n, const uint8_t sig[64])
{
	return crypto_sign_verify_detached(sig, p, n, sign_keys()->public) == 0;
}
