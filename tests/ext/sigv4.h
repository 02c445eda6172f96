/* AWS Signature Version 4 of one request, written from its description: what the tests check libcurl's signer with.
 * Checked itself against a published answer in blob_test.c. */
#ifndef FOYER_TESTS_SIGV4_H
#define FOYER_TESTS_SIGV4_H

#include <sodium.h>
#include <stdio.h>
#include <string.h>

struct sigv4 {
	const char *method, *path, *canonical_headers, *signed_headers, *body_hash; /* canonical_headers: "name:value\n"… sorted */
	const char *secret, *stamp, *region;                                        /* stamp: YYYYMMDDTHHMMSSZ */
};

static inline void sigv4_sha256(const void *p, size_t n, char ret[65])
{
	unsigned char d[32];
	crypto_hash_sha256(d, p, n);
	sodium_bin2hex(ret, 65, d, 32);
}

static inline void sigv4_hmac(const void *key, size_t key_n, const char *text, unsigned char ret[32])
{
	crypto_auth_hmacsha256_state s;
	crypto_auth_hmacsha256_init(&s, key, key_n);
	crypto_auth_hmacsha256_update(&s, (const unsigned char *)text, strlen(text));
	crypto_auth_hmacsha256_final(&s, ret);
}

static inline void sigv4_sign(const struct sigv4 *q, char ret_canonical_hash[65], char ret_signature[65])
{
	char canonical[8192], to_sign[1024], day[9], first[128];
	unsigned char key[32];
	snprintf(canonical, sizeof canonical, "%s\n%s\n\n%s\n%s\n%s", q->method, q->path, q->canonical_headers,
		q->signed_headers, q->body_hash);
	sigv4_sha256(canonical, strlen(canonical), ret_canonical_hash);
	snprintf(day, sizeof day, "%.8s", q->stamp);
	snprintf(to_sign, sizeof to_sign, "AWS4-HMAC-SHA256\n%s\n%s/%s/s3/aws4_request\n%s", q->stamp, day, q->region,
		ret_canonical_hash);
	snprintf(first, sizeof first, "AWS4%s", q->secret);
	sigv4_hmac(first, strlen(first), day, key);
	sigv4_hmac(key, 32, q->region, key);
	sigv4_hmac(key, 32, "s3", key);
	sigv4_hmac(key, 32, "aws4_request", key);
	sigv4_hmac(key, 32, to_sign, key);
	sodium_bin2hex(ret_signature, 65, key, 32);
}

#endif
