/* Proof of work at the door of a waiting room: costs a person nothing he notices, and a robot with a thousand numbers a
 * thousand times that.  Pure.
 *
 *   challenge = "<bits>.<16 random bytes as hex>.<unix seconds>.<MAC over these and the sale, 16 bytes as hex>"
 *   solution  = a decimal nonce of 1…15 digits for which SHA-256(challenge ‖ ":" ‖ nonce) begins with <bits> zero bits
 *
 * The house keeps nothing of a challenge it makes.  One that was used must not be used again: who accepts it remembers it for
 * PUZZLE_LIFE_S (guard.h does). */
#ifndef FOYER_QUEUE_PUZZLE_H
#define FOYER_QUEUE_PUZZLE_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

enum { PUZZLE_LIFE_S = 300, PUZZLE_BITS_MIN = 12, PUZZLE_BITS_MAX = 20, PUZZLE_FREE_JOINS = 8 };

/* The price for the next number of an address that has drawn `joins` in the last ten minutes: the base price for the first
 * eight, then a bit more at 9, 17, 33, … (each doubling). */
int puzzle_price(int64_t joins);
char *puzzle_make(struct arena *a, const char *sale, int bits, int64_t now);

/* made_at, bits: of the challenge, not touched for PUZZLE_FORGED. */
struct puzzle { int bits; int64_t made_at; };
enum puzzle_verdict {
	PUZZLE_OK,
	PUZZLE_UNSOLVED, /* the house's own and young enough, but there is no nonce */
	PUZZLE_WRONG,    /* … but the nonce is no solution */
	PUZZLE_OLD,      /* the house's own, but older than PUZZLE_LIFE_S */
	PUZZLE_FORGED    /* not made here, or for another sale */
};
/* challenge, nonce: as they came in; NULL is like "". */
enum puzzle_verdict puzzle_check(const char *challenge, const char *nonce, const char *sale, int64_t now, struct puzzle *ret);

#endif
