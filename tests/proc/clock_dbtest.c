/* The clock and the consumers as whole processes: one leader of two hosts, jobs that hang or crash, kill -9. */
#include "../support/testdb.h"

#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "proc/commands.h"
#include "proc/job_run.h"
#include "proc/outbox.h"
#include "web/route.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct seen {
	_Atomic int ticks, hangs, crashes, fails, slow_runs;
	_Atomic int64_t fence, last_ok_at;
	_Atomic int overlaps, in_slow;
	_Atomic int delivered[400];
	_Atomic pid_t deliverer;
} *seen;

static struct err *tick(struct job_ctx *j)
{
	seen->ticks++;
	seen->fence = j->fence;
	seen->last_ok_at = j->last_ok_at;
	j->note = "ticked";
	return NULL;
}

static struct err *hang(struct job_ctx *j)
{
	(void)j;
	seen->hangs++;
	pause();
	return NULL;
}

static struct err *crash(struct job_ctx *j)
{
	(void)j;
	seen->crashes++;
	kill(getpid(), SIGKILL);
	pause();
	return NULL;
}

static struct err *refuse(struct job_ctx *j)
{
	(void)j;
	seen->fails++;
	return err_new(ERR_INTERNAL, "이 작업은 늘 실패합니다");
}

static struct err *slow(struct job_ctx *j)
{
	seen->slow_runs++;
	if (seen->in_slow++)
		seen->overlaps++;
	usleep(1500 * 1000);
	seen->in_slow--;
	j->note = "done slowly";
	return NULL;
}

static const struct job jobs[] = {
	{ "hang", 3600, hang, "hangs", .limit_s = 1 },
	{ "tick", 1, tick, "ticks" },
	{ "crash", 3600, crash, "crashes" },
	{ "fail", 1, refuse, "fails" },
	{ "slow", 60, slow, "takes longer than a second" },
	{ 0 }
};

static struct err *deliver(struct consumer_ctx *c, const struct outbox_row *rows, size_t n)
{
	(void)c;
	for (size_t i = 0; i < n; i++)
		seen->delivered[strtol(rows[i].payload, NULL, 10)]++;
	seen->deliverer = getpid();
	usleep(5000);
	return NULL;
}

static const struct consumer consumers[] = {
	{ .topic = "plain", .deliver = deliver, .batch = 5, .forget = true },
	{ .topic = "ordered", .deliver = deliver, .batch = 5, .ordered = true, .forget = true },
	{ 0 }
};
static const struct domain test_domain = { .name = "test", .jobs = jobs, .consumers = consumers };
const struct domain *const domains[] = { &test_domain, NULL };

DB_QUERY_F(runs_like, db_count, DB_SCAN_OK,
    "SELECT COUNT(*) AS n FROM job_run WHERE job = ? AND ok <=> ? AND note LIKE ?")
DB_QUERY_F(rows_left, db_count, DB_SCAN_OK, "SELECT COUNT(*) AS n FROM outbox")
DB_EXEC_F(clear_leader, DB_SCAN_OK, "DELETE FROM leader")
DB_EXEC_F(clear_runs, DB_SCAN_OK, "DELETE FROM job_run")
DB_EXEC_F(clear_outbox, DB_SCAN_OK, "DELETE FROM outbox")
DB_EXEC_F(raise_leader, DB_SCAN_OK, "UPDATE leader SET fence = 5")
DB_EXEC_F(expire_leases, DB_SCAN_OK, "UPDATE outbox SET taken_until = '2000-01-01' WHERE state = 'taken'")

static struct db *db;
static struct arena *a;
static char base[] = "/tmp/foyer-clock-XXXXXX";

static int begin(void **state)
{
	(void)state;
	a = arena_new((size_t)16 << 20);
	OK(clear_leader_run(db, NULL, DB_NO_ARGS));
	OK(clear_runs_run(db, NULL, DB_NO_ARGS));
	OK(clear_outbox_run(db, NULL, DB_NO_ARGS));
	memset(seen, 0, sizeof *seen);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

/* Runs a command as the process of another host: its own run_dir and configuration file. */
static pid_t host(int (*command)(int, char **), const char *name, int number)
{
	char dir[64], file[80], text[1024];
	snprintf(dir, sizeof dir, "%s/host%d", base, number);
	snprintf(file, sizeof file, "%s/foyer.conf", dir);
	mkdir(dir, 0700);
	FILE *f = fopen(file, "w");
	assert_non_null(f);
	snprintf(text, sizeof text,
	    "secret = 0123456789abcdef0123456789abcdef\nrun_dir = %s\ndb_socket = %s\ndb_user = %s\ndb_name = %s\n"
	    "redis_socket = %s/none.sock\nlog_level = info\nwork_processes = 2\nworker_requests = 20\n",
	    dir, conf()->db_socket, conf()->db_user, conf()->db_name, dir);
	fputs(text, f);
	fclose(f);
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a failed test leaves nothing behind */
		char *argv[] = { arena_strdup(a, name), arena_strdup(a, "-c"), file, NULL };
		_exit(command(3, argv));
	}
	return pid;
}

static bool wait_for(bool (*condition)(void), int seconds)
{
	for (int i = 0; i < seconds * 50; i++) {
		if (condition())
			return true;
		usleep(20000);
	}
	return false;
}

static int64_t runs(const char *job, int ok, const char *note)
{
	struct db_count *row;
	OK(runs_like_one(db, a, &row, DB_ARGS(job, ok < 0 ? db_i64_or_null(0) : db_i64(ok), note)));
	return row->n;
}

static void stop(pid_t pid)
{
	int status;
	kill(pid, SIGTERM);
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static bool ticked_thrice(void) { return seen->ticks >= 3; }
static bool hang_was_killed(void) { return runs("hang", 0, "killed: it ran for more than 1 s%") == 1; }
static bool slow_is_done(void) { return runs("slow", 1, "done slowly") == 1; }

static void one_bad_job_stops_no_other(void **state)
{
	(void)state;
	int64_t began = clock_monotonic();
	pid_t clock = host(clock_main, "clock", 1);
	assert_true(wait_for(ticked_thrice, 60));
	assert_true(wait_for(hang_was_killed, 60));
	assert_true(wait_for(slow_is_done, 60));
	assert_int_equal(seen->hangs, 1);
	assert_int_equal(seen->crashes, 1);
	/* With growing pauses: after 1, 2, 4 … seconds. */
	assert_true(seen->fails >= 1 && (1 << (seen->fails - 1)) - 1 <= (clock_monotonic() - began) / US_SECOND);
	assert_int_equal(seen->slow_runs, 1);
	assert_true(seen->fence == 1);
	assert_true(seen->last_ok_at > 0);
	assert_int_equal(runs("crash", 0, "the run died of signal 9"), 1);
	assert_int_equal(runs("tick", 1, "%"), 0); /* not a row per second … */
	stop(clock);
	assert_int_equal(runs("tick", 1, "% runs, slowest % ms"), 1); /* … but one for all of them */
	assert_int_equal(runs("fail", 0, "% failed: %이 작업은 늘 실패합니다%"), 1);
	assert_int_equal(runs("slow", -1, "%"), 0);
}

static int ticks_before;
static bool ticks_go_on(void) { return seen->ticks > ticks_before && seen->fence == 2; }

static void another_host_takes_over(void **state)
{
	(void)state;
	pid_t one = host(clock_main, "clock", 1);
	assert_true(wait_for(ticked_thrice, 60));
	pid_t two = host(clock_main, "clock", 2);
	usleep(1500 * 1000);
	assert_true(seen->fence == 1); /* the second stands by */
	kill(one, SIGKILL);
	waitpid(one, NULL, 0);
	ticks_before = seen->ticks;
	assert_true(wait_for(ticks_go_on, 60));
	assert_int_equal(seen->overlaps, 0);
	assert_int_equal(seen->slow_runs, 1); /* done by the first, not due for the second */
	stop(two);
}

static void one_leads(void **state)
{
	(void)state;
	struct db *other = testdb_another();
	int64_t mine, theirs;
	OK(leader_hold(db, a, "one", 0, &mine));
	assert_int_equal(mine, 1);
	OK(leader_hold(other, a, "two", 0, &theirs));
	assert_int_equal(theirs, 0);
	OK(leader_hold(db, a, "one", mine, &mine));
	assert_int_equal(mine, 1);
	/* The fence was raised by somebody: what we hold is a new term. */
	OK(raise_leader_run(db, NULL, DB_NO_ARGS));
	OK(leader_hold(db, a, "one", mine, &mine));
	assert_int_equal(mine, 6);
	db_close(other);
}

static bool all_delivered(void)
{
	struct db_count *row;
	OK(rows_left_one(db, a, &row, DB_NO_ARGS));
	return row->n == 0;
}
static bool some_delivered(void) { return seen->deliverer && seen->delivered[20]; }

static void killed_consumers_lose_nothing(void **state)
{
	(void)state;
	for (int i = 0; i < 400; i++)
		OK(outbox_add(db, i < 200 ? "plain" : "ordered", "test", NULL, arena_printf(a, "%d", i), 0));
	pid_t one = host(work_main, "work", 1), two = host(work_main, "work", 2);
	assert_true(wait_for(some_delivered, 60));
	for (int i = 0; i < 3; i++) {
		kill(seen->deliverer, SIGKILL);
		usleep(100 * 1000);
		/* Not to wait two minutes for the lease: time is moved, not the rule. */
		OK(expire_leases_run(db, NULL, DB_NO_ARGS));
	}
	assert_true(wait_for(all_delivered, 60));
	for (int i = 0; i < 400; i++)
		assert_true(seen->delivered[i] >= 1);
	stop(one);
	stop(two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_bad_job_stops_no_other, begin, end),
		cmocka_unit_test_setup_teardown(another_host_takes_over, begin, end),
		cmocka_unit_test_setup_teardown(killed_consumers_lose_nothing, begin, end),
		cmocka_unit_test_setup_teardown(one_leads, begin, end),
	};
	seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!mkdtemp(base))
		return 1;
	db = testdb();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	for (int i = 1; i <= 2; i++) {
		static const char *const files[] = { "foyer.conf", "clock.pid", "clock.board", "work.pid", "work.board", "" };
		for (size_t k = 0; k < ARRAY_LEN(files); k++) {
			char path[96];
			snprintf(path, sizeof path, "%s/host%d/%s", base, i, files[k]);
			remove(path);
		}
	}
	remove(base);
	return failed;
}
