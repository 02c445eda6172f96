/* The waiting room with a database and a Redis of its own: who comes in when. */
#include "../booking/house.h"
#include "queue/queue.h"
#include "queue/room.h"
#include "queue/sale.h"
#include "queue/tick.h"
#include "redis.h"

static struct arena *a;
static struct db *db;
static int64_t now;
static struct queue_sale sale;

static int group_setup(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	a = arena_new((size_t)256 << 20);
	db = testdb();
	own_redis_open();
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	own_redis_close();
	arena_free(a);
	return 0;
}

static struct queue_room *room_now(void)
{
	struct queue_room *r;
	OK(queue_room_of(db, a, sale, &r));
	return r;
}

/* A house, and a room before it that gathers at once and opens a minute later. */
static struct queue_room *plan(int64_t target, int64_t rate)
{
	int64_t id;
	house_open(a, 100, 50);
	sale = (struct queue_sale){ 'p', house_show->id.v };
	now = house_now;
	struct queue_plan p = { .gathers_at = now, .opens_at = now + US_MINUTE, .target = target, .rate = rate };
	OK(queue_plan_room(db, a, sale, &p, now, &id));
	OK(queue_tick(db, a, now));
	struct queue_room *r = room_now();
	assert_string_equal(r->state, "gathering");
	return r;
}

static struct queue_room *tick(int64_t us)
{
	now += us;
	OK(queue_tick(db, a, now));
	return room_now();
}

static int64_t join(const struct queue_room *r, const char *holder)
{
	int64_t n;
	OK(queue_join(a, r, holder, false, &n));
	return n;
}

static enum err_code code_of(struct err *e)
{
	assert_non_null(e);
	enum err_code c = err_code(e);
	err_free(e);
	return c;
}

static void a_room_from_beginning_to_end(void **state)
{
	(void)state;
	struct queue_room *r = plan(3, 600);
	struct queue_pass *pass;
	int64_t numbers[10];
	for (int i = 0; i < 10; i++) {
		numbers[i] = join(r, arena_printf(a, "d%d", i));
		assert_int_equal(numbers[i], i + 1);
	}
	assert_int_equal(join(r, "m12"), 11);
	assert_int_equal(join(r, "m12"), 11);
	assert_int_equal(queue_place(r, 1), 0);
	r = tick(US_MINUTE);
	assert_string_equal(r->state, "open");
	assert_int_equal(r->drawn, 11);
	assert_int_equal(r->head, 0);
	bool seen[12] = { false };
	for (int i = 1; i <= 11; i++) {
		int64_t place = queue_place(r, i);
		assert_true(place >= 1 && place <= 11 && !seen[place]);
		seen[place] = true;
	}
	assert_int_equal(code_of(queue_enter(db, a, r, 1, "d0", now, &pass)), ERR_CONFLICT);
	r = tick(US_SECOND);
	assert_int_equal(r->head, 3);
	struct queue_head h;
	OK(queue_head(a, r, &h));
	assert_int_equal(h.head, 3);
	assert_string_equal(h.state, "open");
	for (int64_t place = 1; place <= 3; place++) {
		OK(queue_enter(db, a, r, place, arena_printf(a, "h%d", (int)place), now, &pass));
		assert_int_equal(pass->place, place);
	}
	OK(queue_enter(db, a, r, 3, "h3", now, &pass));
	r = tick(US_SECOND);
	assert_int_equal(r->head, 3);
	assert_int_equal(r->active, 3);
	OK(queue_pass_use(db, pass->id, house_person(1), now + US_HOUR, now));
	assert_int_equal(code_of(queue_pass_use(db, pass->id, house_person(2), now + US_HOUR, now)), ERR_GONE);
	OK(queue_pass_done(db, r->id, house_person(1), now));
	r = tick(US_SECOND);
	assert_int_equal(r->active, 2);
	assert_int_equal(r->head, 4);
	assert_int_equal(code_of(queue_enter(db, a, r, 3, "h3", now, &pass)), ERR_GONE);
	OK(queue_end(db, r->id, "by hand", now));
	assert_null(room_now());
	assert_int_equal(code_of(queue_join(a, r, "d99", false, &numbers[0])), ERR_UNAVAILABLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_room_from_beginning_to_end),
	};
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
