/* Seats that were taken a moment ago. */
#include "booking/lately.h"

#include "base/clock.h"
#include "base/conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/foyer-lately-XXXXXX";
static struct conf settings;
static const struct performance_id p = { 7 }, q = { 8 };
static const struct person_id ann = { 1 }, bob = { 2 };
static const int64_t now = INT64_C(1700000000) * US_SECOND, minute = US_MINUTE;

static int begin(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	settings = *conf();
	return 0;
}

static int end(void **state)
{
	(void)state;
	char path[64];
	snprintf(path, sizeof path, "%s/lately", dir);
	return unlink(path) || rmdir(dir) ? -1 : 0;
}

static void nothing_before_it_is_opened(void **state)
{
	(void)state;
	lately_note(p, 3, ann, now + minute, now);
	assert_false(lately_taken(p, 3, bob, now));
	settings.run_dir = "/nowhere/at/all";
	conf_set_for_test(&settings);
	struct err *e = lately_open();
	assert_true(err_is(e, ERR_INTERNAL));
	err_free(e);
	settings.run_dir = dir;
	conf_set_for_test(&settings);
	assert_null(lately_open());
}

static void to_others_for_three_seconds(void **state)
{
	(void)state;
	lately_note(p, 3, ann, now + minute, now);
	assert_true(lately_taken(p, 3, bob, now));
	assert_true(lately_taken(p, 3, bob, now + 3 * US_SECOND - 1000));
	assert_false(lately_taken(p, 3, bob, now + 3 * US_SECOND));
	assert_false(lately_taken(p, 3, ann, now));
	assert_false(lately_taken(p, 4, bob, now));
	assert_false(lately_taken(q, 3, bob, now));
	lately_note(p, 3, ann, 0, now + minute); /* sold: for good, not remembered longer all the same */
	assert_true(lately_taken(p, 3, bob, now + minute));
	assert_false(lately_taken(p, 3, bob, now + minute + 3 * US_SECOND));
}

static void not_longer_than_the_hold(void **state)
{
	(void)state;
	lately_note(p, 5, ann, now + US_SECOND / 4, now);
	assert_true(lately_taken(p, 5, bob, now));
	assert_false(lately_taken(p, 5, bob, now + US_SECOND / 4));
}

static void given_back(void **state)
{
	(void)state;
	const int64_t seats[] = { 6, 8 };
	for (int64_t i = 6; i <= 8; i++)
		lately_note(p, i, ann, 0, now);
	lately_forget(q, seats, 2);
	assert_true(lately_taken(p, 6, bob, now));
	lately_forget(p, seats, 2);
	assert_false(lately_taken(p, 6, bob, now));
	assert_true(lately_taken(p, 7, bob, now));
	assert_false(lately_taken(p, 8, bob, now));
}

static void what_does_not_fit_is_not_remembered(void **state)
{
	(void)state;
	const struct performance_id far = { INT64_C(1) << 50 };
	lately_note(p, INT64_C(1) << 40, ann, 0, now);
	assert_false(lately_taken(p, INT64_C(1) << 40, bob, now));
	lately_note(far, 1, ann, 0, now);
	assert_false(lately_taken(far, 1, bob, now));
	lately_note(p, -1, ann, 0, now);
	assert_false(lately_taken(p, -1, bob, now));
}

static void among_processes(void **state)
{
	(void)state;
	pid_t child = fork();
	if (child == 0) {
		for (int64_t i = 100; i < 200; i++)
			lately_note(q, i, ann, 0, now);
		_exit(0);
	}
	assert_int_equal(waitpid(child, NULL, 0), child);
	int seen = 0;
	for (int64_t i = 100; i < 200; i++)
		seen += lately_taken(q, i, bob, now);
	assert_in_range(seen, 90, 100); /* two of them may have had the same slot */
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(nothing_before_it_is_opened), cmocka_unit_test(to_others_for_three_seconds),
		cmocka_unit_test(not_longer_than_the_hold), cmocka_unit_test(given_back),
		cmocka_unit_test(what_does_not_fit_is_not_remembered), cmocka_unit_test(among_processes) };
	return cmocka_run_group_tests_name("lately", tests, begin, end);
}
