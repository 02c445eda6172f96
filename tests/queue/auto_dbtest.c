/* A crowded sale gets a waiting room by itself, and loses it when the crowd has gone. */
#include "base/conf.h"
#include "queue/auto.h"
#include "room.h"

static struct queue_room *crowd(void)
{
	struct queue_room *r;
	queue_auto_crowded(a, sale);
	OK(queue_auto_open(db, a, now));
	OK(queue_tick(db, a, now));
	OK(queue_room_of(db, a, sale, &r));
	return r;
}

static void it_opens_and_ends_by_itself(void **state)
{
	(void)state;
	struct queue_room *r;
	fresh_house(100, 50);
	OK(queue_auto_open(db, a, now)); /* nobody has told */
	OK(queue_room_of(db, a, sale, &r));
	assert_null(r);
	r = crowd();
	assert_non_null(r);
	assert_true(r->by_itself);
	assert_string_equal(r->state, "open");
	assert_int_equal(r->target, 200);
	assert_int_equal(r->drawn, 0); /* nobody could come before it opened */
	int64_t id = r->id;
	assert_int_equal(crowd()->id, id);
	OK(queue_adjust(db, id, 1, 1));
	for (int i = 0; i < 200; i++) { /* more come than are let in: it stays */
		int64_t n;
		OK(queue_tick(db, a, now += US_SECOND));
		if (i % 10 == 0)
			OK(queue_join(a, r, "d0123456789abcdef", true, &n));
	}
	OK(queue_room_of(db, a, sale, &r));
	assert_non_null(r);
	OK(queue_adjust(db, id, 200, 600)); /* all of them are let in, or are away */
	for (int i = 0; i < 260; i++)
		OK(queue_tick(db, a, now += US_SECOND));
	OK(queue_room_of(db, a, sale, &r));
	assert_null(r);
	OK(queue_room_by_id(db, a, id, &r));
	assert_string_equal(r->ended_why, "no more demand");
	assert_int_not_equal(crowd()->id, id); /* the next crowd gets the next room */
}

static void who_ends_it_by_hand_is_left_alone(void **state)
{
	(void)state;
	fresh_house(100, 50);
	struct queue_room *r = crowd();
	OK(queue_end(db, r->id, "by hand", now));
	assert_null(crowd());
	now += 9 * US_MINUTE;
	assert_null(crowd());
	now += 2 * US_MINUTE;
	assert_non_null(crowd());
}

static void none_where_there_is_nothing_to_wait_for(void **state)
{
	(void)state;
	struct queue_room *r;
	fresh_house(100, 50);
	HOUSE_SQL("UPDATE performance_grade SET taken = capacity WHERE performance_id = %" PRId64, sale.id);
	assert_null(crowd());
	fresh_house(100, 50);
	HOUSE_SQL("UPDATE performance SET state = 'closed', booking_closes_at = UTC_TIMESTAMP() - INTERVAL 1 HOUR WHERE id = %" PRId64, sale.id);
	assert_null(crowd());
	fresh_house(100, 50);
	int64_t planned;
	struct queue_plan p = { .gathers_at = now + US_HOUR, .opens_at = now + 2 * US_HOUR, .target = 5, .rate = 5 };
	OK(queue_plan_room(db, a, sale, &p, now, &planned));
	r = crowd(); /* the organizer's plan stands */
	assert_int_equal(r->id, planned);
	assert_string_equal(r->state, "planned");
	sale.id = INT64_C(1) << 40;
	assert_null(crowd());
	static struct conf never;
	never = *conf();
	never.queue_auto_at = 0;
	conf_set_for_test(&never);
	fresh_house(100, 50);
	assert_null(crowd());
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(it_opens_and_ends_by_itself), cmocka_unit_test(who_ends_it_by_hand_is_left_alone),
		cmocka_unit_test(none_where_there_is_nothing_to_wait_for) };
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
