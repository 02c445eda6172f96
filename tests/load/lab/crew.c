#include "crew.h"

#include "base/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CONNECT_SECONDS = 30 };

struct crew {
	_Atomic int64_t ready, start_at, last_at, errors, counts[CREW_COUNTS], before[CREW_COUNTS];
	struct lab_histogram times[];
};

void *crew_share(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		abort();
	return p;
}

void crew_must(struct err *e)
{
	if (!e)
		return;
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, err_text(e));
	exit(1);
}

static void finish_turn(struct crew *c, struct crew_member *m, struct err *e)
{
	if (e && c->errors++ == 0) /* the first one tells for all */
		crew_must(e);
	if (e)
		_exit(1);
	arena_reset(m->a);
}

static void one_turn(struct crew *c, struct crew_member *m, crew_turn *turn, bool *ret_over)
{
	db_unit_begin(m->db, NULL);
	finish_turn(c, m, turn(m, ret_over));
}

/* So many connections at once may take the server more than the second that the house waits. */
static void first_turn(struct crew *c, struct crew_member *m, crew_turn *turn, bool *ret_over)
{
	int64_t end = clock_monotonic() + CONNECT_SECONDS * US_SECOND;
	struct err *e;
	db_unit_begin(m->db, NULL);
	while (err_is(e = turn(m, ret_over), ERR_UNAVAILABLE) && clock_monotonic() < end) {
		err_free(e);
		usleep(200 * 1000);
	}
	finish_turn(c, m, e);
}

static void work(struct crew *c, struct crew_member *m, crew_turn *turn, int64_t us)
{
	bool over = false;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	m->a = arena_new(8 << 20);
	m->db = db_open();
	m->counts = c->before;
	first_turn(c, m, turn, &over);
	m->counts = c->counts;
	c->ready++;
	while (!c->start_at)
		usleep(1000);
	int64_t end = c->start_at + us, now = clock_monotonic();
	while (!over && now < end) {
		int64_t began = now;
		one_turn(c, m, turn, &over);
		now = clock_monotonic();
		if (!over)
			lab_histogram_add(&c->times[m->index], now - began);
	}
	for (int64_t last = c->last_at; last < now && !atomic_compare_exchange_weak(&c->last_at, &last, now);)
		;
	db_close(m->db);
}

static void merge(struct lab_histogram *to, const struct lab_histogram *from)
{
	to->n += from->n;
	to->sum_us += from->sum_us;
	to->max_us = from->max_us > to->max_us ? from->max_us : to->max_us;
	for (size_t i = 0; i < LAB_BUCKETS; i++)
		to->bucket[i] += from->bucket[i];
}

struct crew_result crew_run(int n, int64_t us, crew_turn *turn, void *ctx)
{
	struct crew *c = crew_share(sizeof *c + (size_t)n * sizeof c->times[0]);
	struct crew_result ret = { .times.name = "turn" };
	for (int i = 0; i < n; i++)
		if (fork() == 0) {
			struct crew_member m = { .index = i, .ctx = ctx };
			work(c, &m, turn, us);
			_exit(0);
		}
	int left = n, status;
	while (left > 0 && c->ready < n) {
		usleep(1000);
		if (waitpid(-1, &status, WNOHANG) > 0) { /* died before the start */
			left--;
			ret.failed++;
			c->ready++;
		}
	}
	int64_t start = clock_monotonic();
	c->start_at = start;
	for (; left > 0 && wait(&status) > 0; left--)
		ret.failed += status != 0;
	ret.seconds = (double)(c->last_at > start ? c->last_at - start : us) / US_SECOND;
	for (int i = 0; i < CREW_COUNTS; i++)
		ret.counts[i] = c->counts[i];
	for (int i = 0; i < n; i++)
		merge(&ret.times, &c->times[i]);
	munmap(c, sizeof *c + (size_t)n * sizeof c->times[0]);
	return ret;
}
