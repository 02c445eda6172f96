/* Passes: whose they are, and how long. */
#include "room.h"

/* ---- passes ----------------------------------------------------------------------------------------------------------- */
static void a_pass_is_one_persons(void **state)
{
	struct queue_pass *pass, *found;
	(void)state;
	struct queue_room *r = opened(5, 6000, 5);
	r = tick(US_SECOND);
	struct person_id one = house_person(1), two = house_person(2);
	OK(queue_enter(db, a, r, 1, "d0000000000000001", now, &pass));
	/* A browser's own, signed in or not; no other's. */
	OK(queue_pass_find(db, a, r->id, (struct person_id){ 0 }, "d0000000000000001", now, &found));
	assert_int_equal(found->id, pass->id);
	OK(queue_pass_find(db, a, r->id, one, "d0000000000000001", now, &found));
	assert_int_equal(found->id, pass->id);
	OK(queue_pass_find(db, a, r->id, one, "d0000000000000002", now, &found));
	assert_null(found);
	OK(queue_pass_find(db, a, r->id, (struct person_id){ 0 }, NULL, now, &found));
	assert_null(found);
	OK(queue_pass_find(db, a, r->id + 1, one, "d0000000000000001", now, &found));
	assert_null(found);
	/* Used by one, it is refused to the other, also in the same browser; the one has it everywhere. */
	OK(queue_pass_use(db, pass->id, one, now + 8 * US_MINUTE, now));
	OK(queue_pass_use(db, pass->id, one, now + 8 * US_MINUTE, now));
	assert_int_equal(code_of(queue_pass_use(db, pass->id, two, now + 8 * US_MINUTE, now)), ERR_GONE);
	OK(queue_pass_find(db, a, r->id, two, "d0000000000000001", now, &found));
	assert_null(found);
	OK(queue_pass_find(db, a, r->id, (struct person_id){ 0 }, "d0000000000000001", now, &found));
	assert_null(found);
	OK(queue_pass_find(db, a, r->id, one, "d0000000000000009", now, &found));
	assert_int_equal(found->id, pass->id);
	/* A member's. */
	OK(queue_enter(db, a, r, 2, arena_printf(a, "m%" PRId64, two.v), now, &pass));
	OK(queue_pass_find(db, a, r->id, two, NULL, now, &found));
	assert_int_equal(found->id, pass->id);
	OK(queue_pass_find(db, a, r->id, one, NULL, now, &found));
	assert_true(found && found->id != pass->id);
	check_all();
}

static void a_pass_lives_ten_minutes_and_while_buying(void **state)
{
	struct queue_pass *pass, *found, *other;
	(void)state;
	struct queue_room *r = opened(5, 6000, 5);
	r = tick(US_SECOND);
	struct person_id one = house_person(1);
	OK(queue_enter(db, a, r, 1, "d1", now, &pass));
	OK(queue_enter(db, a, r, 2, "d2", now, &other));
	assert_int_equal(pass->expires_at - now, 10 * US_MINUTE);
	now += 9 * US_MINUTE;
	OK(queue_pass_use(db, pass->id, one, now + 8 * US_MINUTE, now));
	OK(queue_pass_use(db, pass->id, one, now + US_MINUTE, now)); /* never shortened */
	now += US_MINUTE;
	OK(queue_pass_find(db, a, r->id, (struct person_id){ 0 }, "d2", now, &found));
	assert_null(found);
	assert_int_equal(code_of(queue_pass_use(db, other->id, one, now + US_MINUTE, now)), ERR_GONE);
	assert_int_equal(code_of(queue_enter(db, a, r, 2, "d2", now, &found)), ERR_GONE);
	now += 6 * US_MINUTE;
	OK(queue_pass_find(db, a, r->id, one, NULL, now, &found));
	assert_int_equal(found->id, pass->id);
	OK(queue_tick(db, a, now));
	assert_int_equal(room_now()->active, 1);
	OK(queue_pass_done(db, r->id, one, now));
	OK(queue_pass_find(db, a, r->id, one, "d1", now, &found));
	assert_null(found);
	OK(queue_pass_done(db, 0, one, now));
	check_all();
}

/* Two tabs enter at once; and with two places of one holder only one pass lives. */
static void a_holder_has_one_living_pass(void **state)
{
	struct queue_pass *first, *second;
	(void)state;
	struct queue_room *r = opened(5, 6000, 5);
	r = tick(US_SECOND);
	pid_t children[8];
	for (int i = 0; i < 8; i++)
		if ((children[i] = fork()) == 0) {
			struct db *mine = testdb_another();
			struct queue_pass *pass;
			OK(queue_enter(mine, a, r, 1 + i % 2, "d1", now, &pass));
			_exit(0);
		}
	for (int i = 0; i < 8; i++) {
		int status;
		waitpid(children[i], &status, 0);
		assert_int_equal(status, 0);
	}
	OK(queue_enter(db, a, r, 1, "d1", now, &first));
	OK(queue_enter(db, a, r, 2, "d1", now, &second));
	assert_int_equal(first->id, second->id);
	r = tick(US_SECOND);
	assert_int_equal(r->active, 1);
	assert_int_equal(r->entered, 1);
	now += 11 * US_MINUTE; /* the first is over, swept or not: the second place still has its turn */
	struct err *e = queue_enter(db, a, r, first->place == 1 ? 2 : 1, "d1", now, &second);
	OK(e);
	assert_int_not_equal(first->id, second->id);
	check_all();
}

/* Hundreds go in at the same moment: each gets in, once. */
static void a_crowd_enters_at_once(void **state)
{
	enum { DOORS = 16, EACH = 20 };
	(void)state;
	struct queue_room *r = opened(DOORS * EACH, 60000, DOORS * EACH);
	r = tick(US_SECOND);
	assert_int_equal(r->head, DOORS * EACH);
	pid_t children[DOORS];
	for (int i = 0; i < DOORS; i++)
		if ((children[i] = fork()) == 0) {
			struct db *mine = testdb_another();
			struct arena *own = arena_new((size_t)16 << 20);
			struct queue_pass *pass;
			for (int k = 0; k < 2 * EACH; k++) { /* half of it twice, from two sides */
				int64_t place = 1 + (i * EACH + k) % (DOORS * EACH);
				OK(queue_enter(mine, own, r, place, arena_printf(own, "h%" PRId64, place), now, &pass));
			}
			_exit(0);
		}
	for (int i = 0; i < DOORS; i++) {
		int status;
		waitpid(children[i], &status, 0);
		assert_int_equal(status, 0);
	}
	r = tick(US_SECOND);
	assert_int_equal(r->active, DOORS * EACH);
	assert_int_equal(r->entered, DOORS * EACH);
	check_all();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pass_is_one_persons),
		cmocka_unit_test(a_pass_lives_ten_minutes_and_while_buying),
		cmocka_unit_test(a_holder_has_one_living_pass),
		cmocka_unit_test(a_crowd_enters_at_once),
	};
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
