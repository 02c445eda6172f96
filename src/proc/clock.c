/* `foyer clock`: of all hosts' clocks one leads and runs the jobs; the others stand by.
 *
 * Leading is a lock on the primary that goes with the connection, asked for every second, and a fence number that grows
 * with every change of leader.  Whoever cannot prove to lead kills its running jobs at once. */
#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/str.h"
#include "proc/commands.h"
#include "proc/job_run.h"
#include "proc/master.h"
#include "proc/plan.h"
#include "proc/runner.h"
#include "proc/start.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TICK_MS 100
#define HOLD_EVERY_US US_SECOND
#define COMPLAIN_EVERY_US US_MINUTE
#define LEAVE_GRACE_US (10 * US_SECOND)
#define FREQUENT_S 60          /* jobs of less than this are recorded once a minute */

struct task {
	const struct job *j;
	struct job_state s;
	struct runner r;
	int64_t run_id, began, limit; /* began, limit: monotonic */
	/* frequent jobs: the runs since the last recorded row */
	int runs, failed;
	int64_t since, slowest_us;
	char last_error[300];
};

struct leader {
	struct db *db;
	struct arena *a;
	struct slot *slot;
	struct task *tasks;
	size_t n;
	char host[80];
	int64_t fence;               /* 0: not leading */
	int64_t hold_at, complain_at; /* monotonic */
};

static bool frequent(const struct task *t)
{
	return t->j->every_s < FREQUENT_S;
}

/* ---- recording ---------------------------------------------------------------------------------------------------- */
static struct err *record_summary(struct leader *l, struct task *t, int64_t now)
{
	char note[500];
	int n = snprintf(note, sizeof note, "%d runs, slowest %" PRId64 " ms", t->runs, t->slowest_us / 1000);
	if (t->failed)
		snprintf(note + n, sizeof note - (size_t)n, "; %d failed: %s", t->failed, t->last_error);
	bool ok = !t->failed;
	int64_t since = t->since;
	t->runs = t->failed = 0;
	t->slowest_us = t->since = 0;
	return job_run_summary(l->db, t->j->name, l->host, l->fence, since, now, ok, note);
}

static void add_to_summary(struct task *t, const struct job_result *result)
{
	int64_t us = clock_monotonic() - t->began;
	t->runs++;
	t->failed += !result->ok;
	if (us > t->slowest_us)
		t->slowest_us = us;
	if (!t->since)
		t->since = t->s.last_try_at;
	if (!result->ok)
		str_utf8_copy(t->last_error, sizeof t->last_error, result->note);
}

static struct err *finish(struct leader *l, struct task *t, const struct job_result *result)
{
	int64_t now = clock_now();
	t->s.running = false;
	t->s.failures = result->ok ? 0 : t->s.failures + 1;
	if (result->ok)
		t->s.last_ok_at = t->s.last_try_at;
	else
		log_msg(LOG_ERROR, "job run failed", "job", t->j->name, "note", result->note, NULL);
	if (!frequent(t))
		return job_run_end(l->db, t->run_id, result->ok, result->note, now);
	add_to_summary(t, result);
	return now - t->since >= US_MINUTE ? record_summary(l, t, now) : NULL;
}

/* ---- running ------------------------------------------------------------------------------------------------------ */
static struct err *begin(struct leader *l, struct task *t)
{
	int64_t now = clock_now();
	if (!frequent(t))
		TRY(job_run_begin(l->db, t->j->name, l->host, l->fence, now, &t->run_id));
	t->s.last_try_at = now;
	t->s.running = true;
	t->began = clock_monotonic();
	t->limit = t->began + plan_job_limit_us(t->j->limit_s);
	struct job_call call = { .last_ok_at = t->s.last_ok_at, .fence = l->fence };
	struct err *e = runner_call(&t->r, t->j, &call);
	if (!e)
		return NULL;
	struct job_result result = { .ok = false };
	snprintf(result.note, sizeof result.note, "not started: see the log");
	log_err(LOG_ERROR, "job not started", e);
	return finish(l, t, &result);
}

static struct err *look_after(struct leader *l, struct task *t)
{
	struct job_result result;
	if (!t->s.running) {
		runner_reap_idle(&t->r);
		return plan_job_due(&t->s, t->j->every_s, clock_now()) ? begin(l, t) : NULL;
	}
	if (runner_ended(&t->r, &result))
		return finish(l, t, &result);
	if (clock_monotonic() < t->limit)
		return NULL;
	runner_kill(&t->r);
	result = (struct job_result){ .ok = false };
	snprintf(result.note, sizeof result.note, "killed: it ran for more than %" PRId64 " s",
	    plan_job_limit_us(t->j->limit_s) / US_SECOND);
	return finish(l, t, &result);
}

static struct err *look_after_all(struct leader *l)
{
	for (size_t i = 0; i < l->n; i++)
		TRY(look_after(l, &l->tasks[i]));
	return NULL;
}

/* ---- leading ------------------------------------------------------------------------------------------------------ */
static void note_fence(struct leader *l, const char *msg)
{
	char number[24];
	snprintf(number, sizeof number, "%" PRId64, l->fence);
	log_msg(LOG_INFO, msg, "fence", number, NULL);
	snprintf(l->slot->what, sizeof l->slot->what, l->fence ? "leads, fence %" PRId64 : "stands by", l->fence);
}

static void step_down(struct leader *l)
{
	if (!l->fence)
		return;
	for (size_t i = 0; i < l->n; i++)
		runner_kill(&l->tasks[i].r);
	l->fence = 0;
	note_fence(l, "no longer leading");
}

static struct err *step_up(struct leader *l, int64_t fence)
{
	int64_t now = clock_now();
	for (size_t i = 0; i < l->n; i++) {
		struct task *t = &l->tasks[i];
		*t = (struct task){ .j = t->j, .r.fd = -1 };
		TRY(job_run_takeover(l->db, l->a, t->j->name, now, &t->s.last_ok_at));
	}
	l->fence = fence;
	note_fence(l, "leading");
	return NULL;
}

static struct err *hold(struct leader *l)
{
	int64_t fence;
	db_unit_begin(l->db, NULL);
	TRY(leader_hold(l->db, l->a, l->host, l->fence, &fence));
	if (fence == l->fence)
		return NULL;
	step_down(l);
	return fence ? step_up(l, fence) : NULL;
}

static struct err *tick(struct leader *l)
{
	int64_t now = clock_monotonic();
	if (now >= l->hold_at) {
		l->hold_at = now + HOLD_EVERY_US;
		TRY(hold(l));
	}
	return l->fence ? look_after_all(l) : NULL;
}

/* The database is away: without it nobody leads. */
static void give_way(struct leader *l, struct err *e)
{
	int64_t now = clock_monotonic();
	step_down(l);
	l->hold_at = now + HOLD_EVERY_US;
	if (now >= l->complain_at) {
		log_err(LOG_ERROR, "the clock stands still", e);
		l->complain_at = now + COMPLAIN_EVERY_US;
	} else {
		err_free(e);
	}
}

static void wait_a_tick(const struct leader *l)
{
	struct pollfd fds[128];
	nfds_t n = 0;
	for (size_t i = 0; i < l->n && n < ARRAY_LEN(fds); i++)
		if (l->tasks[i].s.running && l->tasks[i].r.pid)
			fds[n++] = (struct pollfd){ .fd = l->tasks[i].r.fd, .events = POLLIN };
	poll(fds, n, TICK_MS);
}

static bool any_running(const struct leader *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->tasks[i].s.running)
			return true;
	return false;
}

/* Lets what runs come to its end, for a while; then the lock goes with the connection. */
static void leave(struct leader *l)
{
	struct err *e = NULL;
	struct job_result result;
	for (int64_t end = clock_monotonic() + LEAVE_GRACE_US; l->fence && any_running(l) && clock_monotonic() < end;) {
		wait_a_tick(l);
		for (size_t i = 0; i < l->n && !e; i++)
			if (l->tasks[i].s.running && runner_ended(&l->tasks[i].r, &result))
				e = finish(l, &l->tasks[i], &result);
	}
	for (size_t i = 0; i < l->n && l->fence && !e; i++)
		if (l->tasks[i].runs)
			e = record_summary(l, &l->tasks[i], clock_now());
	log_err(LOG_WARN, "the last runs are not recorded", e);
	step_down(l);
}

static void add_tasks(struct leader *l)
{
	size_t n = 0;
	for (size_t d = 0; domains[d]; d++)
		for (const struct job *j = domains[d]->jobs; j && j->name; j++)
			n++;
	l->tasks = arena_array(l->a, struct task, n + 1);
	for (size_t d = 0; domains[d]; d++)
		for (const struct job *j = domains[d]->jobs; j && j->name; j++)
			l->tasks[l->n++] = (struct task){ .j = j, .r.fd = -1 };
}

static int lead(struct slot *slot, const struct master_pool *pool)
{
	(void)pool;
	struct arena *lasting = arena_new((size_t)4 << 20);
	struct leader l = { .slot = slot, .a = lasting };
	if (gethostname(l.host, sizeof l.host - 1) < 0)
		snprintf(l.host, sizeof l.host, "?");
	add_tasks(&l);
	l.a = arena_new((size_t)4 << 20);
	l.db = db_open();
	slot->stage = STAGE_IDLE;
	note_fence(&l, "standing by");
	while (worker_told() == TOLD_NOTHING) {
		struct err *e = tick(&l);
		if (e)
			give_way(&l, e);
		arena_reset(l.a);
		wait_a_tick(&l);
	}
	leave(&l);
	db_close(l.db);
	arena_free(l.a);
	arena_free(lasting);
	return 0;
}

static struct err *add_pool(struct master *m)
{
	m->pools[m->n_pools++] = (struct master_pool){ .name = "clock", .workers = 1, .run = lead, .fd = -1 };
	return NULL;
}

int clock_main(int argc, char **argv)
{
	if (!start_house(&argc, argv, "clock") || !start_no_more(argc, argv))
		return 2;
	struct master m = { .name = "clock", .on_start = add_pool };
	return master_run(&m);
}
