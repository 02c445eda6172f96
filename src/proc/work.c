/* `foyer work`: the consumers of the outbox.  One process per ordered topic, work_processes for all the others. */
#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/str.h"
#include "ext/crypto.h"
#include "proc/commands.h"
#include "proc/consume.h"
#include "proc/lane.h"
#include "proc/master.h"
#include "proc/plan.h"
#include "proc/start.h"

#include <assert.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

enum { TOPICS_MAX = 32 };
#define ARENA_BYTES ((size_t)64 << 20)
#define LEASES_EVERY_US (5 * US_SECOND)
#define LOCK_EVERY_US (2 * US_SECOND)
/* Nobody waits at a page for what is delivered here: where the processor is short, pages come first. */
#define BEHIND_BUYERS 5
#define GATHER_US (50 * INT64_C(1000))

struct lane {
	const char *name;
	bool ordered, got;     /* got: holds the topic's lock */
	int64_t lock_at;       /* when to try for the lock again; monotonic */
	struct topic topics[TOPICS_MAX];
	size_t n;
	struct db *db;
	struct arena *a;
	struct slot *slot;
};

static void add_topics(struct lane *l)
{
	for (size_t d = 0; domains[d]; d++)
		for (const struct consumer *c = domains[d]->consumers; c && c->topic; c++)
			if (str_eq(lane_of(c->topic), l->name)) {
				assert(l->n < TOPICS_MAX);
				l->topics[l->n++] = (struct topic){ .c = c };
				l->ordered |= c->ordered;
			}
}

/* The lock goes with the connection: asked before every batch, since the connection may have been replaced. */
static struct err *hold_lock(struct lane *l)
{
	int64_t now = clock_monotonic();
	if (!l->got && now < l->lock_at)
		return NULL;
	char name[64];
	snprintf(name, sizeof name, "foyer-topic-%s", l->name);
	bool got = false;
	struct err *e = db_lock_try(l->db, name, &got);
	if (got != l->got)
		log_msg(LOG_INFO, got ? "delivers the ordered topic" : "no longer delivers the ordered topic", "topic", l->name,
		    NULL);
	l->got = got;
	l->lock_at = now + LOCK_EVERY_US;
	return e;
}

static struct err *return_leases(struct lane *l, struct topic *t)
{
	int64_t now = clock_monotonic();
	if (now - t->looked_at <= LEASES_EVERY_US)
		return NULL;
	TRY(consume_return_leases(l->db, t->c, clock_now()));
	t->looked_at = now;
	return NULL;
}

static struct err *batch_of(struct lane *l, struct topic *t, bool *ret_busy)
{
	if (clock_monotonic() < t->paused_until)
		return NULL;
	size_t taken = 0;
	TRY(consume_batch(l->db, l->a, t, l->slot, &taken));
	*ret_busy |= taken > 0;
	arena_reset(l->a);
	return NULL;
}

/* One batch of each topic that has something due; ret_busy: there was something, so that the next round follows at once. */
static struct err *round_of(struct lane *l, bool *ret_busy)
{
	bool due[TOPICS_MAX];
	*ret_busy = false;
	if (l->ordered) {
		TRY(hold_lock(l));
		return l->got ? batch_of(l, &l->topics[0], ret_busy) : NULL;
	}
	for (size_t i = 0; i < l->n; i++)
		TRY(return_leases(l, &l->topics[i]));
	TRY(consume_due(l->db, l->a, l->topics, l->n, due));
	for (size_t i = 0; i < l->n; i++)
		if (due[i])
			TRY(batch_of(l, &l->topics[i], ret_busy));
	return NULL;
}

/* An ordered lane tells what came in a while with one commit and one message for each channel. */
static void gather(const struct lane *l, int64_t since)
{
	int64_t left = since + GATHER_US - clock_monotonic();
	if (l->ordered && left > 0)
		usleep((useconds_t)left);
}

static int consume(struct slot *slot, const struct master_pool *pool)
{
	struct lane l = { .name = pool->name, .slot = slot };
	add_topics(&l);
	if (!l.ordered)
		setpriority(PRIO_PROCESS, 0, BEHIND_BUYERS);
	l.db = db_open();
	l.a = arena_new(ARENA_BYTES);
	slot->stage = STAGE_IDLE;
	/* Like a worker it is replaced in time: what libraries keep for each PDF adds up. */
	int64_t left = plan_recycle_after(conf()->worker_requests, crypto_uniform(UINT32_MAX));
	while (worker_told() == TOLD_NOTHING && slot->requests < left) {
		bool busy = false;
		int64_t begun = clock_monotonic();
		struct err *e = round_of(&l, &busy);
		bool failed = e != NULL;
		log_err(LOG_WARN, "the outbox cannot be read", e);
		slot->busy_since = 0;
		arena_reset(l.a);
		if (failed)
			usleep(1000 * 1000);
		else if (busy)
			gather(&l, begun);
		else if (!lane_wait(l.a, l.name))
			usleep(200 * 1000);
	}
	arena_free(l.a);
	db_close(l.db);
	return 0;
}

static_assert((int)LANES_MAX <= (int)BOARD_POOLS, "a lane is a pool of the scoreboard");

static struct err *add_pools(struct master *m)
{
	m->pools[m->n_pools++] = (struct master_pool){ .name = LANE_COMMON, .workers = (int)conf()->work_processes,
		.run = consume, .fd = -1 };
	for (size_t d = 0; domains[d]; d++)
		for (const struct consumer *c = domains[d]->consumers; c && c->topic; c++)
			if (c->ordered) {
				assert(m->n_pools < LANES_MAX);
				m->pools[m->n_pools++] = (struct master_pool){ .name = c->topic, .workers = 1, .run = consume,
					.fd = -1 };
			}
	return NULL;
}

int work_main(int argc, char **argv)
{
	if (!start_house(&argc, argv, "work") || !start_no_more(argc, argv))
		return 2;
	struct master m = { .name = "work", .on_start = add_pools };
	return master_run(&m);
}
