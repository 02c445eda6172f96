/* What a person's browser does at the door of a waiting room: searches the nonce of its puzzle (src/queue/puzzle.h).  An own
 * implementation: the house's is what is under test. */
#ifndef LAB_PUZZLE_H
#define LAB_PUZZLE_H

#include <stdbool.h>

enum { LAB_NONCE_MAX = 24 };
int lab_puzzle_bits(const char *challenge); /* its price; 0: not a challenge */
/* false: dearer than most_bits, or not a challenge. */
bool lab_puzzle_solve(const char *challenge, int most_bits, char ret_nonce[LAB_NONCE_MAX]);

#endif
