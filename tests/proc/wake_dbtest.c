/* Waking consumers through Redis. */
#include "../support/own_redis.h"
#include "../support/testdb.h"

#include "base/clock.h"
#include "ext/redis.h"
#include "proc/lane.h"
#include "proc/outbox.h"
#include "web/route.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/arena.h"

static const struct consumer consumers[] = { { .topic = "plain" }, { .topic = "ordered", .ordered = true }, { 0 } };
static const struct domain test_domain = { .name = "test", .consumers = consumers };
const struct domain *const domains[] = { &test_domain, NULL };

static struct db *db;

static int begin(void **state)
{
	db = testdb();
	own_redis_open(NULL);
	return arena_setup(state);
}

static int end(void **state)
{
	own_redis_close();
	return arena_teardown(state);
}

static void add(const char *topic)
{
	OK(outbox_add(db, topic, "test", NULL, "{}", 0));
}

static int64_t tokens(const char *lane)
{
	struct redis_reply reply;
	OK(REDIS(a, &reply, "LLEN", arena_printf(a, "foyer:wake:%s", lane)));
	return reply.i;
}

/* Milliseconds that the wait took; it is not told how long at most, as the machine may be busy. */
static int64_t waited(const char *lane)
{
	int64_t began = clock_monotonic();
	while (!lane_wait(a, lane)) /* an answer that came late makes it pause */
		usleep(50 * 1000);
	return (clock_monotonic() - began) / 1000;
}

static void lanes(void **state)
{
	(void)state;
	assert_string_equal(lane_of("plain"), LANE_COMMON);
	assert_string_equal(lane_of("nobody consumes it"), LANE_COMMON);
	assert_string_equal(lane_of("ordered"), "ordered");
}

static void nothing_to_do_waits_a_while(void **state)
{
	(void)state;
	assert_true(waited(LANE_COMMON) >= 150);
}

static void a_wake_up_that_came_before_counts(void **state)
{
	(void)state;
	add("plain");
	outbox_wake();
	assert_int_equal(tokens(LANE_COMMON), 1);
	waited(LANE_COMMON);
	assert_int_equal(tokens(LANE_COMMON), 0);
}

static void a_waiting_consumer_wakes_up(void **state)
{
	(void)state;
	add("ordered");
	pid_t waker = fork();
	if (waker == 0) {
		usleep(40 * 1000);
		outbox_wake();
		_exit(0);
	}
	waited("ordered");
	waitpid(waker, NULL, 0);
	while (tokens("ordered")) /* it came only after that wait was over */
		waited("ordered");
	outbox_wake();
	waited("ordered");
	assert_int_equal(tokens("ordered"), 0);
}

static void other_lanes_sleep_on(void **state)
{
	(void)state;
	add("ordered");
	outbox_wake();
	assert_true(waited(LANE_COMMON) >= 150);
	assert_int_equal(tokens("ordered"), 1);
	waited("ordered");
	assert_int_equal(tokens("ordered"), 0);
}

static void tokens_do_not_pile_up(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		add("plain");
		outbox_wake();
	}
	assert_int_equal(tokens(LANE_COMMON), 2);
}

static void without_redis_nobody_waits_and_nothing_fails(void **state)
{
	(void)state;
	own_redis_kill();
	add("plain");
	outbox_wake();
	assert_false(lane_wait(a, LANE_COMMON));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lanes),
		cmocka_unit_test(nothing_to_do_waits_a_while),
		cmocka_unit_test(a_wake_up_that_came_before_counts),
		cmocka_unit_test(a_waiting_consumer_wakes_up),
		cmocka_unit_test(other_lanes_sleep_on),
		cmocka_unit_test(tokens_do_not_pile_up),
		cmocka_unit_test(without_redis_nobody_waits_and_nothing_fails),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
