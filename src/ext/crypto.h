/* Cryptography: libsodium, wrapped.  Keys are derived from conf secret by purpose. */
#ifndef FOYER_EXT_CRYPTO_H
#define FOYER_EXT_CRYPTO_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

void crypto_init(void); /* once per process; aborts when libsodium cannot start */
void crypto_random(void *ret, size_t n);
uint32_t crypto_uniform(uint32_t below);                              /* unbiased */
/* Random text of the Crockford base32 alphabet (no I L O U): order codes, ticket codes. */
char *crypto_code(struct arena *a, size_t n);
char *crypto_uuid(struct arena *a);                                   /* version 4 */
char *crypto_token(struct arena *a);                                  /* 32 random bytes, base64url */
void crypto_sha256(const void *p, size_t n, uint8_t ret[32]);
char *crypto_sha256_hex(struct arena *a, const char *s);
void crypto_key(const char *purpose, uint8_t ret[32]);                /* derived from conf secret */
void crypto_mac(const char *purpose, const void *p, size_t n, uint8_t ret[32]); /* HMAC-SHA-256 under crypto_key(purpose) */
bool crypto_equal(const void *a, const void *b, size_t n);            /* constant time */
char *crypto_password_hash(struct arena *a, const char *password);    /* argon2id, interactive limits */
bool crypto_password_ok(const char *hash, const char *password);      /* NULL hash: spends the same time, false */
/* Secrets at rest (TOTP keys): XSalsa20-Poly1305 under crypto_key(purpose); nonce in front. */
struct bytes crypto_seal(struct arena *a, const char *purpose, struct bytes clear);
bool crypto_open(struct arena *a, const char *purpose, struct bytes sealed, struct bytes *ret);
/* Tickets: Ed25519 with a key pair derived from conf secret, so that a gate can verify with the public key alone. */
void crypto_sign_public(uint8_t ret[32]);
void crypto_sign_make(const void *p, size_t n, uint8_t ret[64]);
bool crypto_sign_ok(const void *p, size_t n, const uint8_t sig[64]);
/* RFC 6238, SHA-1, 6 digits, 30 s. */
uint32_t crypto_totp(struct bytes key, int64_t step);
char *str_base32(struct arena *a, struct bytes b); /* RFC 4648 without padding, for otpauth:// */

#endif
