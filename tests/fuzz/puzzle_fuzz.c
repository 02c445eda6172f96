/* The challenge and the nonce that come back with the form of a waiting room. */
#include "../support/secret.h"
#include "base/clock.h"
#include "queue/puzzle.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	use_test_secret();
	return 0;
}

/* The input is a challenge up to the first line feed, then a nonce; then the same nonce for a challenge of the house. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const int64_t now = INT64_C(1795174074) * US_SECOND;
	struct puzzle p;
	char *s = malloc(size + 1);
	if (!s)
		return 0;
	if (size)
		memcpy(s, data, size);
	s[size] = '\0';
	char *nonce = strchr(s, '\n');
	if (nonce)
		*nonce++ = '\0';
	if (puzzle_check(s, nonce, "p1", now, &p) != PUZZLE_FORGED)
		abort(); /* nobody but the house can make one */
	struct arena *a = arena_new(1 << 16);
	char *own = puzzle_make(a, "p1", PUZZLE_BITS_MIN, now);
	enum puzzle_verdict v = puzzle_check(own, nonce, "p1", now, &p);
	if (v == PUZZLE_FORGED || v == PUZZLE_OLD || p.bits != PUZZLE_BITS_MIN || p.made_at != now)
		abort();
	arena_free(a);
	free(s);
	return 0;
}
