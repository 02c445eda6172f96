/* A waiting room with a database and a Redis of the test's own, for the tests of it. */
#ifndef FOYER_TESTS_QUEUE_ROOM_H
#define FOYER_TESTS_QUEUE_ROOM_H

#include "../booking/house.h"
#include "../support/own_redis.h"
#include "ext/redis.h"
#include "queue/queue.h"
#include "queue/room.h"
#include "queue/sale.h"
#include "queue/tick.h"
#include "queue/watch.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/arena.h"

static struct db *db;
static int64_t now;
static struct queue_sale sale;

static inline int group_setup(void **state)
{
	db = testdb();
	own_redis_open(NULL);
	return arena_setup(state);
}

static inline int group_teardown(void **state)
{
	own_redis_close();
	return arena_teardown(state);
}

static inline struct queue_room *room_now(void)
{
	struct queue_room *r;
	OK(queue_room_of(db, a, sale, &r));
	return r;
}

/* A house, and no room but the ones to come. */
static inline void fresh_house(int seats, int standing)
{
	struct queue_room *rooms;
	size_t n;
	OK(queue_rooms_due(db, a, clock_now() + 365 * US_DAY, &rooms, &n));
	for (size_t i = 0; i < n; i++)
		OK(queue_end(db, rooms[i].id, "by hand", clock_now()));
	house_open(a, seats, standing);
	sale = (struct queue_sale){ 'p', house_show->id.v };
	now = house_now;
}

/* A house, and a room before it that gathers at once and opens a minute later. */
static inline struct queue_room *plan(int64_t target, int64_t rate)
{
	int64_t id;
	fresh_house(100, 50);
	struct queue_plan p = { .gathers_at = now, .opens_at = now + US_MINUTE, .target = target, .rate = rate };
	OK(queue_plan_room(db, a, sale, &p, now, &id));
	OK(queue_tick(db, a, now));
	struct queue_room *r = room_now();
	assert_string_equal(r->state, "gathering");
	return r;
}

static inline struct queue_room *tick(int64_t us)
{
	now += us;
	OK(queue_tick(db, a, now));
	return room_now();
}

static inline int64_t join(const struct queue_room *r, const char *holder)
{
	int64_t n;
	OK(queue_join(a, r, holder, false, &n));
	return n;
}

static inline enum err_code code_of(struct err *e)
{
	assert_non_null(e);
	enum err_code c = err_code(e);
	err_free(e);
	return c;
}

/* All invariants of the waiting room. */
static inline void check_all(void)
{
	for (const struct check *c = queue_checks; c->name; c++) {
		int64_t breaches = 0;
		const char *first = NULL;
		OK(c->run(db, a, &breaches, &first));
		if (breaches)
			fail_msg("%s: %s", c->name, first);
	}
}

/* n people with numbers; open, but nobody admitted yet. */
static inline struct queue_room *opened(int64_t target, int64_t rate, int n)
{
	struct queue_room *r = plan(target, rate);
	for (int i = 1; i <= n; i++)
		join(r, arena_printf(a, "d%d", i));
	return tick(US_MINUTE);
}

/* The pass of a place, held by its own device. */
static inline struct err *enter(const struct queue_room *r, int64_t place, struct queue_pass **ret)
{
	return queue_enter(db, a, r, place, arena_printf(a, "h%" PRId64, place), now, ret);
}

#endif
