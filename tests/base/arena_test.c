#include "base/arena.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void memory_is_zeroed_and_aligned(void **state)
{
	struct arena *a = arena_new(1 << 20);

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t n = 0; n < 300; n++) {
			char *p = arena_alloc(a, n);
			assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
			for (size_t i = 0; i < n; i++)
				assert_int_equal(p[i], 0);
			memset(p, 0xff, n); /* the next round must not see it */
		}
		arena_reset(a);
		assert_int_equal(arena_used(a), 0);
	}
	arena_free(a);
}

static void pieces_do_not_overlap(void **state)
{
	static const size_t sizes[] = { 1, 15, 16, 17, 100, 5000, 16384, 100000, 3, 300000, 64 };
	struct arena *a = arena_new(4 << 20);
	unsigned char *piece[ARRAY_LEN(sizes)];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		memset(piece[i] = arena_alloc(a, sizes[i]), (int)i + 1, sizes[i]);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		for (size_t k = 0; k < sizes[i]; k++)
			assert_int_equal(piece[i][k], i + 1);
	arena_free(a);
}

static void strings(void **state)
{
	struct arena *a = arena_new(1 << 20);
	char *big = arena_alloc(a, 10001);

	(void)state;
	assert_null(arena_strdup(a, NULL));
	assert_null(arena_strndup(a, NULL, 4));
	assert_string_equal(arena_strdup(a, ""), "");
	assert_string_equal(arena_strndup(a, "abcdef", 3), "abc");
	assert_string_equal(arena_strndup(a, "ab", 30), "ab");
	assert_string_equal(arena_printf(a, "%s-%d", "x", 5), "x-5");
	memset(big, 'y', 10000);
	assert_string_equal(arena_printf(a, "%s", big), big);
	memset(big, 'y', 255); /* around the edge of the small buffer */
	for (int n = 250; n < 260; n++)
		assert_int_equal(strlen(arena_printf(a, "%.*s", n, big)), n);
	assert_memory_equal(arena_copy(a, "a\0b", 3), "a\0b", 3);
	arena_free(a);
}

static char order[8], one[] = "1", two[] = "2", three[] = "3";
static void note(void *p)
{
	order[strlen(order)] = *(char *)p;
}

static void clean_ups_run_once_newest_first(void **state)
{
	struct arena *a = arena_new(1 << 20);

	(void)state;
	memset(order, 0, sizeof order);
	arena_defer(a, note, one);
	arena_defer(a, note, two);
	arena_reset(a);
	assert_string_equal(order, "21");
	arena_defer(a, note, three);
	arena_free(a);
	assert_string_equal(order, "213");
	arena_free(NULL);
}

static struct arena *shared;
static void note_and_defer(void *p)
{
	note(p);
	arena_defer(shared, note, two);
	arena_strdup(shared, "a clean-up may still allocate");
}

static void a_clean_up_may_use_the_arena(void **state)
{
	(void)state;
	memset(order, 0, sizeof order);
	shared = arena_new(1 << 20);
	arena_defer(shared, note_and_defer, one);
	arena_reset(shared);
	assert_string_equal(order, "12");
	arena_free(shared);
}

static int signal_of(void (*fn)(void))
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		close(STDERR_FILENO);
		fn();
		_exit(0);
	}
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void fill_to_the_cap(void)
{
	struct arena *a = arena_new(1000);

	arena_alloc(a, 400);
	arena_alloc(a, 600);
}
static void pass_the_cap(void)
{
	struct arena *a = arena_new(1000);

	arena_alloc(a, 400);
	arena_alloc(a, 601);
}
static void wish_for_everything(void)
{
	arena_alloc(arena_new(SIZE_MAX), SIZE_MAX - 4);
}
static void overflow_an_array(void)
{
	arena_array_(arena_new(1000), SIZE_MAX / 8 + 2, 8);
}

static void beyond_the_cap_the_process_gives_up(void **state)
{
	(void)state;
	assert_int_equal(signal_of(fill_to_the_cap), 0);
	assert_int_equal(signal_of(pass_the_cap), SIGABRT);
	assert_int_equal(signal_of(wish_for_everything), SIGABRT);
	assert_int_equal(signal_of(overflow_an_array), SIGABRT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_and_aligned),
		cmocka_unit_test(pieces_do_not_overlap),
		cmocka_unit_test(strings),
		cmocka_unit_test(clean_ups_run_once_newest_first),
		cmocka_unit_test(a_clean_up_may_use_the_arena),
		cmocka_unit_test(beyond_the_cap_the_process_gives_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
