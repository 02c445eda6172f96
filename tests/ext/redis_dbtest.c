/* The Redis wrapper against a server of its own, which is killed, restarted and stalled on the way. */
#include "../support/own_redis.h"
#include "base/clock.h"
#include "ext/redis.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/arena.h"

static void pause_ms(long ms)
{
	usleep((useconds_t)ms * 1000);
}

static int group_setup(void **state)
{
	own_redis_open("open sesame");
	return arena_setup(state);
}

static int group_teardown(void **state)
{
	own_redis_close();
	return arena_teardown(state);
}

static void fine(struct err *e)
{
	if (e)
		fail_msg("%s", err_text(e));
}

static void fails_with(struct err *e, enum err_code code)
{
	assert_non_null(e);
	assert_int_equal(err_code(e), code);
	err_free(e);
}

static void replies_of_every_kind(void **state)
{
	struct redis_reply r;

	(void)state;
	fine(REDIS(a, &r, "SET", "key", "값"));
	assert_true(r.kind == REDIS_STATUS && str_eq(r.s, "OK"));
	fine(REDIS(a, &r, "GET", "key"));
	assert_true(r.kind == REDIS_STR && r.n == 3 && str_eq(r.s, "값"));
	fine(REDIS(a, &r, "GET", "nothing"));
	assert_int_equal(r.kind, REDIS_NIL);
	fine(REDIS(a, &r, "INCRBY", "n", "41"));
	assert_true(r.kind == REDIS_INT && r.i == 41);
	fine(REDIS(a, &r, "MGET", "key", "nothing", "n"));
	assert_true(r.kind == REDIS_LIST && r.list_n == 3);
	assert_true(str_eq(r.list[0].s, "값") && r.list[1].kind == REDIS_NIL && str_eq(r.list[2].s, "41"));
	fine(REDIS(a, NULL, "DEL", "n"));
	assert_true(redis_up());
}

static void bytes_may_hold_anything(void **state)
{
	struct bytes set[] = { { "SET", 3 }, { "b", 1 }, { "a\0b\r\n", 5 } };
	struct redis_reply r;

	(void)state;
	fine(redis_command(a, NULL, 3, set));
	fine(REDIS(a, &r, "GET", "b"));
	assert_int_equal(r.n, 5);
	assert_memory_equal(r.s, "a\0b\r\n", 5);
}

static void an_error_reply_leaves_the_output_alone(void **state)
{
	struct redis_reply r = { .i = 7 };

	(void)state;
	fails_with(REDIS(a, &r, "NOSUCHCOMMAND"), ERR_INTERNAL);
	assert_int_equal(r.i, 7);
	fine(REDIS(a, NULL, "PING")); /* the connection stands */
}

/* A server that can store nothing more for the moment is away; the same command will be fine later. */
static void a_full_server_is_away(void **state)
{
	(void)state;
	fine(REDIS(a, NULL, "CONFIG", "SET", "maxmemory", "1"));
	fails_with(REDIS(a, NULL, "SET", "key", "x"), ERR_UNAVAILABLE);
	fine(REDIS(a, NULL, "CONFIG", "SET", "maxmemory", "0"));
	fine(REDIS(a, NULL, "SET", "key", "x"));
}

REDIS_SCRIPT(add_up, "return { redis.call('INCRBY', KEYS[1], ARGV[1]), ARGV[2] }");
REDIS_SCRIPT(broken, "return redis.call('NOSUCHCOMMAND')");

static void scripts_are_loaded_again_when_the_server_forgot_them(void **state)
{
	struct bytes args[] = { { "sum", 3 }, { "5", 1 }, { "x", 1 } };
	struct redis_reply r;

	(void)state;
	fine(redis_script_run(a, &add_up, &r, 1, 3, args));
	assert_true(r.kind == REDIS_LIST && r.list[0].i == 5 && str_eq(r.list[1].s, "x"));
	fine(REDIS(a, NULL, "SCRIPT", "FLUSH"));
	fine(redis_script_run(a, &add_up, &r, 1, 3, args));
	assert_int_equal(r.list[0].i, 10);
	fails_with(redis_script_run(a, &broken, &r, 0, 0, NULL), ERR_INTERNAL);
}

static void a_restart_between_commands_is_not_noticed(void **state)
{
	(void)state;
	fine(REDIS(a, NULL, "PING"));
	own_redis_kill();
	own_redis_launch();
	fine(REDIS(a, NULL, "PING"));
	struct bytes args[] = { { "sum", 3 }, { "5", 1 }, { "x", 1 } };
	fine(redis_script_run(a, &add_up, NULL, 1, 3, args));
}

static void a_dead_server_costs_one_try_a_second(void **state)
{
	struct err *e;

	(void)state;
	do { /* on a slow machine the pause may be over when the server is back */
		own_redis_kill();
		int64_t start = clock_monotonic();
		fails_with(REDIS(a, NULL, "PING"), ERR_UNAVAILABLE);
		assert_false(redis_up());
		own_redis_launch();
		e = REDIS(a, NULL, "PING");
		assert_true(e || clock_monotonic() - start >= US_SECOND);
	} while (!e);
	fails_with(e, ERR_UNAVAILABLE);
	for (int i = 0; i < 1000 && !redis_up(); i++)
		pause_ms(20);
	fine(REDIS(a, NULL, "PING"));
}

static void a_stalled_server_costs_half_a_second(void **state)
{
	(void)state;
	fine(REDIS(a, NULL, "PING"));
	kill(own_redis, SIGSTOP);
	int64_t start = clock_monotonic();
	fails_with(REDIS(a, NULL, "INCR", "x"), ERR_UNAVAILABLE);
	int64_t took = clock_monotonic() - start;
	kill(own_redis, SIGCONT);
	assert_true(took > 400000 && took < 5 * US_SECOND);
	pause_ms(1050);
	fine(REDIS(a, NULL, "PING"));
}

static void a_child_opens_its_own_connection(void **state)
{
	struct redis_reply mine, again;
	int status;

	(void)state;
	fine(REDIS(a, &mine, "CLIENT", "ID"));
	pid_t child = fork();
	if (child == 0) {
		struct redis_reply its;
		struct err *e = REDIS(a, &its, "CLIENT", "ID");
		_exit(e || its.i == mine.i);
	}
	waitpid(child, &status, 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	fine(REDIS(a, &again, "CLIENT", "ID"));
	assert_int_equal(again.i, mine.i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies_of_every_kind),
		cmocka_unit_test(bytes_may_hold_anything),
		cmocka_unit_test(an_error_reply_leaves_the_output_alone),
		cmocka_unit_test(a_full_server_is_away),
		cmocka_unit_test(scripts_are_loaded_again_when_the_server_forgot_them),
		cmocka_unit_test(a_restart_between_commands_is_not_noticed),
		cmocka_unit_test(a_child_opens_its_own_connection),
		cmocka_unit_test(a_stalled_server_costs_half_a_second),
		cmocka_unit_test(a_dead_server_costs_one_try_a_second),
	};
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
