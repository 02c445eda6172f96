/* An arena of a test's own, `a`, and cmocka.  The last of a file's includes: headers have arguments called `a`. */
#ifndef FOYER_TESTS_ARENA_H
#define FOYER_TESTS_ARENA_H

#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct arena *a;

/* Set-up and tear-down of a test, or of a group that keeps what it has made. */
static inline int arena_setup(void **state)
{
	(void)state;
	a = arena_new((size_t)256 << 20);
	return 0;
}

static inline int arena_teardown(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

#endif
