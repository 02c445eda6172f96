#include "puzzle.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int lab_puzzle_bits(const char *challenge)
{
	char *end;
	long bits = strtol(challenge, &end, 10);
	return end != challenge && *end == '.' && bits > 0 && bits <= 32 ? (int)bits : 0;
}

static bool begins_with_zeros(const unsigned char hash[crypto_hash_sha256_BYTES], int bits)
{
	unsigned long first = (unsigned long)hash[0] << 24 | (unsigned long)hash[1] << 16 | (unsigned long)hash[2] << 8 | hash[3];
	return first >> (32 - bits) == 0;
}

bool lab_puzzle_solve(const char *challenge, int most_bits, char ret_nonce[LAB_NONCE_MAX])
{
	int bits = lab_puzzle_bits(challenge);
	unsigned char hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state begun;
	if (!bits || bits > most_bits)
		return false;
	/* The challenge is hashed once; each try goes on from there. */
	crypto_hash_sha256_init(&begun);
	crypto_hash_sha256_update(&begun, (const unsigned char *)challenge, strlen(challenge));
	crypto_hash_sha256_update(&begun, (const unsigned char *)":", 1);
	for (unsigned long nonce = 0;; nonce++) {
		crypto_hash_sha256_state s = begun;
		int n = snprintf(ret_nonce, LAB_NONCE_MAX, "%lu", nonce);
		crypto_hash_sha256_update(&s, (const unsigned char *)ret_nonce, (unsigned long long)n);
		crypto_hash_sha256_final(&s, hash);
		if (begins_with_zeros(hash, bits))
			return true;
	}
}
