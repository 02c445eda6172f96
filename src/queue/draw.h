/* The draw: a permutation of 1…n that everybody can recompute from the published seed.  Pure.
 *
 *   key   = SHA-256("foyer-draw:" ‖ seed as 64 lower-case hex digits ‖ ":" ‖ n in decimal)
 *   b     = the smallest number ≥ 1 with 4^b ≥ n;  a value of 2b bits is two halves (left, right) of b bits
 *   f(i, x) = the first four bytes (big-endian) of SHA-256(key ‖ byte i ‖ x as four bytes big-endian), lowest b bits
 *   E(v)  = twelve rounds i = 0…11 of (left, right) ← (right, left XOR f(i, right))
 *   place = walk(number − 1) + 1, where walk(v) repeats v ← E(v) until v < n
 *
 * A balanced Feistel network with cycle walking: Luby and Rackoff (1988); Black and Rogaway (2002), "Ciphers with
 * arbitrary finite domains".  n is known to nobody before the draw, so the seed's owner cannot choose places either. */
#ifndef FOYER_QUEUE_DRAW_H
#define FOYER_QUEUE_DRAW_H

#include <stdint.h>

struct draw { uint8_t key[32]; int64_t n; int bits; };
void draw_init(struct draw *d, const uint8_t seed[32], int64_t n); /* 1 ≤ n < 2^40; b ≤ 20 */
int64_t draw_place(const struct draw *d, int64_t number);          /* 1 ≤ number ≤ n */
int64_t draw_number(const struct draw *d, int64_t place);          /* the inverse */

#endif
