/* The outbox: every row is delivered, waiting or listed, whatever dies. */
#include "../support/testdb.h"

#include "base/clock.h"
#include "base/log.h"
#include "proc/consume.h"
#include "proc/outbox.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* What the consumers did, seen by all processes of the test.  A payload starts with the number of its counter. */
enum { NUMBERS = 1000 };
static struct seen {
	_Atomic int delivered[NUMBERS];
	_Atomic int order[NUMBERS], n;
	_Atomic int deaths;           /* how often "die" may still kill */
	_Atomic int away;             /* the service is away */
	_Atomic int overtaken;        /* how often the lease runs out during a delivery */
	char request_id[64];
} *seen;

enum { PLAIN, SINGLE, ORDERED, FEW, SEVERAL };
static const struct consumer consumers[6];

static struct err *deliver(struct consumer_ctx *c, const struct outbox_row *rows, size_t n)
{
	if (seen->away)
		return err_new(ERR_UNAVAILABLE, "the service is away");
	for (size_t i = 0; i < n; i++)
		if (strstr(rows[i].payload, "bad"))
			return err_new(ERR_INTERNAL, "cannot deliver this \xff\xfe");
	for (size_t i = 0; i < n; i++)
		if (strstr(rows[i].payload, "full"))
			return err_new(ERR_LIMIT, "their mailbox is full");
	for (size_t i = 0; i < n; i++) {
		int number = (int)strtol(rows[i].payload, NULL, 10);
		seen->delivered[number]++;
		seen->order[seen->n++ % NUMBERS] = number;
		snprintf(seen->request_id, sizeof seen->request_id, "%s", log_current_request_id());
		if (strstr(rows[i].payload, "die") && seen->deaths-- > 0)
			kill(getpid(), SIGKILL);
		if (strstr(rows[i].payload, "stepped"))
			testdb_sql("UPDATE outbox next JOIN outbox this ON this.id = next.id - 1"
			           " SET next.state = 'handing_over', next.taken_until = this.taken_until WHERE this.payload LIKE '%stepped%';"
			           "UPDATE outbox SET state = 'done', done_at = created_at, taken_until = NULL WHERE payload LIKE '%stepped%'");
		if (seen->overtaken > 0 && seen->overtaken--)
			OK(consume_return_leases(c->db, &consumers[PLAIN], clock_now() + CONSUME_LEASE_US + US_SECOND));
		if (strstr(rows[i].payload, "unknown"))
			return err_new(ERR_TIMEOUT, "no answer");
	}
	return NULL;
}

static const struct consumer consumers[6] = {
	{ .topic = "plain", .deliver = deliver, .batch = 7 },
	{ .topic = "single", .deliver = deliver, .once = true },
	{ .topic = "ordered", .deliver = deliver, .batch = 10, .ordered = true, .forget = true },
	{ .topic = "few", .deliver = deliver, .batch = 5, .max_tries = 2 },
	{ .topic = "several", .deliver = deliver, .batch = 5, .once = true },
	{ 0 }
};
static const struct domain test_domain = { .name = "test", .consumers = consumers };
const struct domain *const domains[] = { &test_domain, NULL };

#define STATE_ROW(F) F(i64, id) F(str, state) F(i64, tries) F(str, last_error) F(time, due_at)
DB_ROW(state_row, STATE_ROW)
DB_QUERY_F(rows_of, state_row, DB_SCAN_OK, "SELECT id, state, tries, last_error, due_at FROM outbox WHERE topic = ? ORDER BY id")
DB_EXEC_F(clear, DB_SCAN_OK, "DELETE FROM outbox")
DB_EXEC_F(mark_taken, DB_SCAN_OK, "UPDATE outbox SET state = 'taken', tries = tries + 1, taken_until = ? WHERE topic = 'several'")

static struct db *db;
static struct arena *a;

static int begin(void **state)
{
	(void)state;
	a = arena_new((size_t)64 << 20);
	OK(clear_run(db, NULL, DB_NO_ARGS));
	memset(seen, 0, sizeof *seen);
	return 0;
}

static int end(void **state)
{
	(void)state;
	clock_set_for_test(0);
	arena_free(a);
	return 0;
}

static void add(int topic, const char *payload)
{
	OK(outbox_add(db, consumers[topic].topic, "test", NULL, payload, 0));
}

static void add_numbers(int topic, int n)
{
	for (int i = 0; i < n; i++)
		add(topic, arena_printf(a, "%d", i));
}

/* Consumes until nothing is due; returns the rows taken. */
static size_t consume(struct db *with, int topic)
{
	struct topic t = { .c = &consumers[topic] };
	struct arena *own = arena_new((size_t)16 << 20);
	size_t all = 0, taken;
	do {
		OK(consume_batch(with, own, &t, NULL, &taken));
		all += taken;
		arena_reset(own);
	} while (taken);
	arena_free(own);
	return all;
}

static pid_t fork_consumer(int topic)
{
	pid_t pid = fork();
	if (pid)
		return pid;
	struct db *own = testdb_another();
	consume(own, topic);
	db_close(own);
	_exit(0);
}

static size_t count(int topic, const char *in_state)
{
	struct state_row *rows;
	size_t n, found = 0;
	OK(rows_of_all(db, a, &rows, &n, DB_ARGS(consumers[topic].topic)));
	for (size_t i = 0; i < n; i++)
		found += str_eq(rows[i].state, in_state);
	return found;
}

static void two_consumers_share_the_rows(void **state)
{
	(void)state;
	add_numbers(PLAIN, 300);
	pid_t one = fork_consumer(PLAIN), two = fork_consumer(PLAIN);
	waitpid(one, NULL, 0);
	waitpid(two, NULL, 0);
	for (int i = 0; i < 300; i++)
		assert_int_equal(seen->delivered[i], 1);
	assert_int_equal(count(PLAIN, "done"), 300);
}

static void rows_of_a_killed_consumer_are_delivered_by_another(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++)
		add(PLAIN, arena_printf(a, "%d %s", i, i == 10 ? "die" : ""));
	seen->deaths = 1;
	int status;
	waitpid(fork_consumer(PLAIN), &status, 0);
	assert_true(WIFSIGNALED(status));
	size_t taken = count(PLAIN, "taken");
	assert_int_equal(taken, 7);
	/* While the lease lasts the rows are the dead one's. */
	OK(consume_return_leases(db, &consumers[PLAIN], clock_now()));
	assert_int_equal(count(PLAIN, "taken"), 7);
	consume(db, PLAIN);
	OK(consume_return_leases(db, &consumers[PLAIN], clock_now() + CONSUME_LEASE_US + US_SECOND));
	assert_int_equal(consume(db, PLAIN), 7);
	assert_int_equal(count(PLAIN, "done"), 20);
	for (int i = 0; i < 20; i++)
		assert_true(seen->delivered[i] >= 1);
}

static void a_row_that_kills_consumers_is_listed_in_the_end(void **state)
{
	(void)state;
	add(FEW, "1 die");
	seen->deaths = 100;
	for (int i = 0; i < 2; i++) {
		waitpid(fork_consumer(FEW), NULL, 0);
		OK(consume_return_leases(db, &consumers[FEW], clock_now() + CONSUME_LEASE_US + US_SECOND));
	}
	assert_int_equal(count(FEW, "failed"), 1);
	assert_int_equal(consume(db, FEW), 0);
}

static void once_means_once(void **state)
{
	(void)state;
	add(SINGLE, "1 die");
	add(SINGLE, "2");
	seen->deaths = 1;
	waitpid(fork_consumer(SINGLE), NULL, 0);
	assert_int_equal(count(SINGLE, "handing_over"), 1);
	assert_int_equal(consume(db, SINGLE), 1); /* the other one */
	OK(consume_return_leases(db, &consumers[SINGLE], clock_now() + CONSUME_LEASE_US + US_SECOND));
	assert_int_equal(count(SINGLE, "unsure"), 1);
	assert_int_equal(consume(db, SINGLE), 0);
	assert_int_equal(seen->delivered[1], 1);
	assert_int_equal(seen->delivered[2], 1);

	struct state_row *rows;
	size_t n;
	OK(rows_of_all(db, a, &rows, &n, DB_ARGS("single")));
	bool done = false;
	OK(outbox_retry(db, rows[0].id, clock_now(), &done));
	assert_true(done);
	assert_int_equal(consume(db, SINGLE), 1);
	assert_int_equal(seen->delivered[1], 2);
	OK(outbox_retry(db, rows[0].id, clock_now(), &done));
	assert_false(done);
}

static void of_a_batch_that_is_handed_over_one_is_unsure(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		add(SEVERAL, arena_printf(a, "%d %s", i, i == 2 ? "die" : ""));
	seen->deaths = 1;
	waitpid(fork_consumer(SEVERAL), NULL, 0);
	assert_int_equal(count(SEVERAL, "done"), 2);
	assert_int_equal(count(SEVERAL, "handing_over"), 1);
	assert_int_equal(count(SEVERAL, "taken"), 2);
	OK(consume_return_leases(db, &consumers[SEVERAL], clock_now() + CONSUME_LEASE_US + US_SECOND));
	assert_int_equal(count(SEVERAL, "unsure"), 1);
	assert_int_equal(consume(db, SEVERAL), 2);
	for (int i = 0; i < 5; i++)
		assert_int_equal(seen->delivered[i], 1);
}

/* The statement between two rows may have been done although its answer was lost, and is then asked for again. */
static void a_step_whose_answer_was_lost_is_not_missed(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		add(SEVERAL, arena_printf(a, "%d %s", i, i == 1 ? "stepped" : ""));
	assert_int_equal(consume(db, SEVERAL), 5);
	assert_int_equal(count(SEVERAL, "done"), 5);
	for (int i = 0; i < 5; i++)
		assert_int_equal(seen->delivered[i], 1);
}

static void a_bad_row_of_a_batch_leaves_the_others(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		add(SEVERAL, arena_printf(a, "%d %s", i, i == 0 || i == 3 ? "bad" : ""));
	assert_int_equal(consume(db, SEVERAL), 5);
	assert_int_equal(count(SEVERAL, "done"), 3);
	assert_int_equal(count(SEVERAL, "pending"), 2);
	for (int i = 0; i < 5; i++)
		assert_int_equal(seen->delivered[i], i == 0 || i == 3 ? 0 : 1);
}

static void a_row_that_cannot_be_taken_now_holds_up_nobody(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		add(SEVERAL, arena_printf(a, "%d %s", i, i == 1 ? "full" : ""));
	struct topic t = { .c = &consumers[SEVERAL] };
	size_t taken;
	OK(consume_batch(db, a, &t, NULL, &taken));
	assert_int_equal(taken, 5);
	assert_true(t.paused_until <= clock_monotonic());
	assert_int_equal(count(SEVERAL, "done"), 4);
	assert_int_equal(count(SEVERAL, "pending"), 1);
}

static void when_the_service_goes_away_the_rest_of_a_batch_is_given_back(void **state)
{
	(void)state;
	add_numbers(SEVERAL, 5);
	seen->away = 1;
	struct topic t = { .c = &consumers[SEVERAL] };
	size_t taken;
	OK(consume_batch(db, a, &t, NULL, &taken));
	assert_true(t.paused_until > clock_monotonic());
	struct state_row *rows;
	size_t n, untried = 0;
	OK(rows_of_all(db, a, &rows, &n, DB_ARGS("several")));
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(rows[i].state, "pending");
		untried += rows[i].tries == 0;
	}
	assert_int_equal(untried, 4);
	seen->away = 0;
	assert_int_equal(consume(db, SEVERAL), 4);
}

/* What a slow mail server made others wait for was never tried: however often its turn was taken away, it costs no try. */
static void a_row_that_was_only_taken_loses_no_try(void **state)
{
	(void)state;
	add_numbers(SEVERAL, 5);
	for (int i = 0; i < 20; i++) {
		OK(mark_taken_run(db, NULL, DB_ARGS(db_time(clock_now()))));
		OK(consume_return_leases(db, &consumers[SEVERAL], clock_now() + US_SECOND));
	}
	assert_int_equal(count(SEVERAL, "pending"), 5);
	struct state_row *rows;
	size_t n;
	OK(rows_of_all(db, a, &rows, &n, DB_ARGS("several")));
	for (size_t i = 0; i < n; i++)
		assert_int_equal(rows[i].tries, 0);
	assert_int_equal(consume(db, SEVERAL), 5);
}

static void one_question_tells_what_is_due(void **state)
{
	(void)state;
	struct topic t[] = { { .c = &consumers[PLAIN] }, { .c = &consumers[SINGLE] }, { .c = &consumers[FEW] } };
	bool due[ARRAY_LEN(t)];
	int64_t now = clock_now();
	add(SINGLE, "1");
	OK(outbox_add(db, "few", "test", NULL, "2", now + US_HOUR));
	OK(consume_due(db, a, t, ARRAY_LEN(t), due));
	assert_true(!due[0] && due[1] && !due[2]);
	clock_set_for_test(now + US_HOUR + 1);
	add_numbers(PLAIN, 60); /* what stands behind so many might not be seen: it is looked at */
	OK(consume_due(db, a, t, ARRAY_LEN(t), due));
	assert_true(due[0] && due[1] && due[2]);
}

static void an_unknown_outcome_is_not_repeated(void **state)
{
	(void)state;
	add(SINGLE, "1 unknown");
	consume(db, SINGLE);
	assert_int_equal(count(SINGLE, "unsure"), 1);
	assert_int_equal(seen->delivered[1], 1);
}

static void whose_lease_ran_out_does_not_settle(void **state)
{
	(void)state;
	add(PLAIN, "1");
	seen->overtaken = 1;
	struct topic t = { .c = &consumers[PLAIN] };
	size_t taken;
	OK(consume_batch(db, a, &t, NULL, &taken));
	assert_int_equal(count(PLAIN, "pending"), 1); /* it may be another's by now */
	assert_int_equal(consume(db, PLAIN), 1);
	assert_int_equal(count(PLAIN, "done"), 1);
}

static void ordered_rows_keep_their_order(void **state)
{
	(void)state;
	add_numbers(ORDERED, 35);
	assert_int_equal(consume(db, ORDERED), 35);
	for (int i = 0; i < 35; i++)
		assert_int_equal(seen->order[i], i);
	struct state_row *rows;
	size_t n;
	OK(rows_of_all(db, a, &rows, &n, DB_ARGS("ordered")));
	assert_int_equal(n, 0); /* forgotten, not kept as done */
}

static void a_bad_row_holds_up_its_ordered_topic(void **state)
{
	(void)state;
	add(ORDERED, "0");
	add(ORDERED, "1 bad");
	add(ORDERED, "2");
	struct topic t = { .c = &consumers[ORDERED] };
	size_t taken;
	OK(consume_batch(db, a, &t, NULL, &taken));
	assert_int_equal(seen->n, 1);
	OK(consume_batch(db, a, &t, NULL, &taken));
	assert_int_equal(taken, 0); /* the head is not due yet, and nothing overtakes it */
	int64_t now = clock_now();
	for (int i = 0; i < 10; i++) {
		clock_set_for_test(now += US_MINUTE);
		OK(consume_batch(db, a, &t, NULL, &taken));
	}
	assert_int_equal(count(ORDERED, "failed"), 1);
	assert_int_equal(seen->delivered[2], 1);
}

static void a_bad_row_does_not_fail_its_neighbours(void **state)
{
	(void)state;
	int64_t began = clock_now();
	add(FEW, "0");
	add(FEW, "1 bad");
	add(FEW, "2");
	consume(db, FEW);
	assert_int_equal(seen->delivered[0], 1);
	assert_int_equal(seen->delivered[2], 1);
	assert_int_equal(count(FEW, "done"), 2);
	assert_int_equal(count(FEW, "pending"), 1);
	struct state_row *rows;
	size_t n;
	OK(rows_of_all(db, a, &rows, &n, DB_ARGS("few")));
	assert_true(rows[1].due_at >= began + 2 * US_SECOND); /* not before its pause is over */
	clock_set_for_test(clock_now() + US_MINUTE);
	assert_int_equal(consume(db, FEW), 1);
	OK(rows_of_all(db, a, &rows, &n, DB_ARGS("few")));
	assert_string_equal(rows[1].state, "failed");
	assert_int_equal(rows[1].tries, 2);
	assert_non_null(strstr(rows[1].last_error, "cannot deliver this"));
}

static void while_the_service_is_away_the_topic_rests(void **state)
{
	(void)state;
	add_numbers(FEW, 5);
	seen->away = 1;
	struct topic t = { .c = &consumers[FEW] };
	size_t taken;
	int64_t now = clock_now();
	for (int i = 0; i < 20; i++) {
		OK(consume_batch(db, a, &t, NULL, &taken));
		clock_set_for_test(now += US_HOUR);
	}
	assert_true(t.paused_until > clock_monotonic());
	assert_int_equal(count(FEW, "pending"), 5);
	seen->away = 0;
	consume(db, FEW);
	assert_int_equal(count(FEW, "done"), 5);
}

static void rows_wait_until_they_are_due(void **state)
{
	(void)state;
	int64_t now = clock_now();
	OK(outbox_add(db, "plain", "test", NULL, "1", now + US_HOUR));
	assert_int_equal(consume(db, PLAIN), 0);
	clock_set_for_test(now + US_HOUR + 1);
	assert_int_equal(consume(db, PLAIN), 1);
}

static void the_request_id_follows(void **state)
{
	(void)state;
	log_request_id("abc-123");
	add(PLAIN, "1");
	log_request_id(NULL);
	consume(db, PLAIN);
	assert_string_equal(seen->request_id, "abc-123");
	assert_string_equal(log_current_request_id(), "");
}

static struct err *add_two(struct db *with, void *ctx)
{
	(void)ctx;
	TRY(outbox_add(with, "plain", "test", "key:1", "1", 0));
	TRY(outbox_add(with, "plain", "test", "key:1", "2", 0));
	return outbox_add(with, "single", "test", "key:1", "3", 0);
}

static struct err *add_and_fail(struct db *with, void *ctx)
{
	TRY(add_two(with, ctx));
	return err_new(ERR_CONFLICT, "no");
}

static void a_once_key_is_added_once_per_topic(void **state)
{
	(void)state;
	struct err *e = db_tx(db, add_and_fail, NULL);
	assert_true(err_is(e, ERR_CONFLICT));
	err_free(e);
	assert_int_equal(count(PLAIN, "pending"), 0);
	OK(db_tx(db, add_two, NULL));
	OK(db_tx(db, add_two, NULL));
	assert_int_equal(count(PLAIN, "pending"), 1);
	assert_int_equal(count(SINGLE, "pending"), 1);
	outbox_wake(); /* best effort: no Redis here */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(two_consumers_share_the_rows, begin, end),
		cmocka_unit_test_setup_teardown(rows_of_a_killed_consumer_are_delivered_by_another, begin, end),
		cmocka_unit_test_setup_teardown(a_row_that_kills_consumers_is_listed_in_the_end, begin, end),
		cmocka_unit_test_setup_teardown(once_means_once, begin, end),
		cmocka_unit_test_setup_teardown(of_a_batch_that_is_handed_over_one_is_unsure, begin, end),
		cmocka_unit_test_setup_teardown(a_step_whose_answer_was_lost_is_not_missed, begin, end),
		cmocka_unit_test_setup_teardown(a_bad_row_of_a_batch_leaves_the_others, begin, end),
		cmocka_unit_test_setup_teardown(a_row_that_cannot_be_taken_now_holds_up_nobody, begin, end),
		cmocka_unit_test_setup_teardown(when_the_service_goes_away_the_rest_of_a_batch_is_given_back, begin, end),
		cmocka_unit_test_setup_teardown(a_row_that_was_only_taken_loses_no_try, begin, end),
		cmocka_unit_test_setup_teardown(one_question_tells_what_is_due, begin, end),
		cmocka_unit_test_setup_teardown(an_unknown_outcome_is_not_repeated, begin, end),
		cmocka_unit_test_setup_teardown(whose_lease_ran_out_does_not_settle, begin, end),
		cmocka_unit_test_setup_teardown(ordered_rows_keep_their_order, begin, end),
		cmocka_unit_test_setup_teardown(a_bad_row_holds_up_its_ordered_topic, begin, end),
		cmocka_unit_test_setup_teardown(a_bad_row_does_not_fail_its_neighbours, begin, end),
		cmocka_unit_test_setup_teardown(while_the_service_is_away_the_topic_rests, begin, end),
		cmocka_unit_test_setup_teardown(rows_wait_until_they_are_due, begin, end),
		cmocka_unit_test_setup_teardown(the_request_id_follows, begin, end),
		cmocka_unit_test_setup_teardown(a_once_key_is_added_once_per_topic, begin, end),
	};
	seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	db = testdb();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
