/* The waiting room with a database and a Redis of its own: who comes in when. */
#include "room.h"

#include <sys/mman.h>

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

/* ---- numbers ---------------------------------------------------------------------------------------------------------- */
enum { JOINERS = 16, JOINS = 400 };
struct joiner { int64_t got[JOINS]; int refused; };

static void join_much(const struct queue_room *r, struct joiner *me, int who, int pause_us)
{
	struct arena *own = arena_new((size_t)16 << 20);
	for (int i = 0; i < JOINS; i++) {
		struct err *e = queue_join(own, r, arena_printf(own, "d%d-%d", who, i), false, &me->got[i]);
		me->refused += e != NULL;
		if (e)
			me->got[i] = 0;
		err_free(e);
		usleep((useconds_t)pause_us);
	}
	_exit(0);
}

static struct joiner *start_joiners(const struct queue_room *r, int pause_us)
{
	struct joiner *all = mmap(NULL, sizeof *all * JOINERS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(all, MAP_FAILED);
	for (int i = 0; i < JOINERS; i++)
		if (fork() == 0)
			join_much(r, &all[i], i, pause_us);
	return all;
}

static int one_left(void)
{
	int status;
	pid_t pid = waitpid(0, &status, WNOHANG);
	if (pid > 0 && pid != own_redis)
		assert_int_equal(status, 0);
	return pid > 0 && pid != own_redis;
}

static int compare_numbers(const void *x, const void *y)
{
	int64_t one = *(const int64_t *)x, other = *(const int64_t *)y;
	return (one > other) - (one < other);
}

/* How many numbers were given out; no two alike. */
static size_t assert_all_different(struct joiner *all)
{
	int64_t *numbers = arena_array(a, int64_t, (size_t)JOINERS * JOINS);
	size_t n = 0;
	for (int i = 0; i < JOINERS; i++)
		for (int k = 0; k < JOINS; k++)
			if (all[i].got[k])
				numbers[n++] = all[i].got[k];
	qsort(numbers, n, sizeof *numbers, compare_numbers);
	for (size_t i = 1; i < n; i++)
		assert_true(numbers[i] > numbers[i - 1]);
	munmap(all, sizeof *all * JOINERS);
	return n;
}

static void no_number_is_given_twice(void **state)
{
	(void)state;
	struct queue_room *r = plan(10, 600);
	struct joiner *all = start_joiners(r, 0);
	for (int left = JOINERS; left > 0;)
		if (one_left())
			left--;
		else
			usleep(1000);
	assert_int_equal(assert_all_different(all), JOINERS * JOINS);
	r = tick(US_SECOND);
	assert_int_equal(r->issued, JOINERS * JOINS);
	check_all();
}

/* Redis is killed in the middle: once it comes back with what it had saved (not the last second), once empty. */
static void no_number_is_given_twice_though_redis_dies(void **state)
{
	(void)state;
	struct queue_room *r = plan(10, 600);
	struct joiner *all = start_joiners(r, 9000);
	int left = JOINERS, ticks = 0;
	for (int64_t begun = clock_monotonic(), step = 0; left > 0;) {
		if (one_left()) {
			left--;
			continue;
		}
		int64_t at = (clock_monotonic() - begun) / 1000;
		if (step == 0 && at > 500) {
			own_redis_kill();
			own_redis_start();
			step++;
		} else if (step == 1 && at > 2500) {
			own_redis_kill();
			own_redis_empty();
			own_redis_start();
			step++;
		}
		if (++ticks % 10 == 0)
			tick(US_SECOND / 10);
		usleep(10000);
	}
	int refused = 0;
	for (int i = 0; i < JOINERS; i++)
		refused += all[i].refused;
	assert_true(refused > 0);
	size_t given = assert_all_different(all);
	assert_true(given > JOINERS * JOINS / 4);
	check_all();
}

static void a_member_has_one_number(void **state)
{
	int64_t n;
	(void)state;
	struct queue_room *r = plan(10, 600);
	assert_int_equal(join(r, "m1"), 1);
	assert_int_equal(join(r, "m255"), 2);
	assert_int_equal(join(r, "m256"), 3);
	assert_int_equal(join(r, "m257"), 4);
	assert_int_equal(join(r, "m9007199254740993"), 5);
	assert_int_equal(join(r, "m1"), 1);
	assert_int_equal(join(r, "m256"), 3);
	assert_int_equal(join(r, "m9007199254740993"), 5);
	assert_int_equal(join(r, "d1"), 6);
	OK(queue_join(a, r, "m256", true, &n)); /* before the draw nobody gets a second one, whatever is asked */
	assert_int_equal(n, 3);
	r = tick(US_MINUTE);
	assert_string_equal(r->state, "open");
	OK(queue_join(a, r, "m256", true, &n));
	assert_int_equal(n, 7);
	assert_int_equal(join(r, "m256"), 7);
}

/* More than the licence of a second is told to try again; the next tick gives more. */
static void numbers_never_pass_the_saved_licence(void **state)
{
	int64_t n, given = 0;
	struct err *e = NULL;
	(void)state;
	struct queue_room *r = plan(10, 600);
	for (; !e && given < 20000; given += !e) {
		struct arena *own = arena_new(65536);
		e = queue_join(own, r, "d1", false, &n);
		arena_free(own);
	}
	assert_int_equal(code_of(e), ERR_UNAVAILABLE);
	assert_int_equal(given, 10000);
	r = tick(US_SECOND);
	assert_int_equal(join(r, "d1"), 10001);
	assert_int_equal(r->licence, 40000);
}

/* ---- Redis dies ------------------------------------------------------------------------------------------------------- */
static void places_and_passes_outlive_redis(void **state)
{
	struct queue_pass *pass, *again;
	(void)state;
	struct queue_room *r = opened(5, 6000, 50);
	int64_t before[51];
	for (int i = 1; i <= 50; i++)
		before[i] = queue_place(r, i);
	r = tick(US_SECOND);
	assert_int_equal(r->head, 5);
	OK(enter(r, 1, &pass));
	own_redis_kill();
	int64_t head = r->head;
	for (int i = 0; i < 3; i++) {
		r = tick(US_SECOND);
		assert_int_equal(r->head, head);
	}
	/* Away: those who were admitted enter, nobody joins, everybody knows where the line stands. */
	OK(enter(r, 2, &pass));
	int64_t n;
	assert_int_equal(code_of(queue_join(a, r, "d77", false, &n)), ERR_UNAVAILABLE);
	struct queue_head h;
	OK(queue_head(a, r, &h));
	assert_int_equal(h.head, head);
	assert_string_equal(h.state, "open");
	own_redis_empty();
	own_redis_start();
	r = tick(US_SECOND);
	assert_int_equal(r->head, head);
	assert_true(r->issued >= 50 && r->issued <= r->licence);
	for (int i = 1; i <= 50; i++)
		assert_int_equal(queue_place(r, i), before[i]);
	assert_true(join(r, "d51") > 50);
	OK(enter(r, 3, &pass));
	OK(enter(r, 3, &again));
	assert_int_equal(pass->id, again->id);
	OK(queue_pass_leave(db, pass->id, now));
	r = tick(US_SECOND);
	assert_int_equal(r->head, head + 1);
	/* Whoever was in the line before counts as there for a while; numbers that nobody may have do not. */
	for (int i = 0; i < 50; i++)
		r = tick(US_SECOND); /* the owed places go: 4, 5, 6 never came */
	assert_true(r->head > head + 1 && r->head <= 50);
	assert_int_equal(r->skipped, 0);
	check_all();
}

/* Redis dies before the draw: the numbers that nobody has take part, and nobody waits for them. */
static void a_draw_with_holes(void **state)
{
	(void)state;
	struct queue_room *r = plan(20, 60000);
	for (int i = 1; i <= 300; i++)
		join(r, arena_printf(a, "d%d", i));
	r = tick(US_SECOND);
	own_redis_kill();
	own_redis_empty();
	own_redis_start();
	r = tick(US_SECOND);
	assert_string_equal(r->holes, "301-10300");
	int64_t number = join(r, "d301");
	assert_int_equal(number, 10301);
	r = tick(US_MINUTE);
	assert_int_equal(r->drawn, 10301);
	int64_t admitted = 0;
	for (int i = 0; i < 5; i++)
		r = tick(US_SECOND);
	assert_int_equal(r->admitted, 20);
	assert_true(r->skipped > 200 && r->pace == r->head);
	for (number = 1; number <= 300; number++)
		admitted += queue_place(r, number) <= r->head;
	admitted += queue_place(r, 10301) <= r->head;
	assert_int_equal(admitted, 20);
	check_all();
}

/* ---- admission -------------------------------------------------------------------------------------------------------- */
static void absent_ones_are_skipped_and_come_back(void **state)
{
	struct queue_pass *pass;
	(void)state;
	struct queue_room *r = opened(2, 6000, 40);
	now += 3 * US_MINUTE; /* nobody counts as there without having been seen */
	for (int64_t place = 1; place <= 40; place++)
		if (place % 4 == 0)
			OK(queue_here(a, r, place, now));
	r = tick(0);
	assert_int_equal(r->head, 8);
	assert_int_equal(r->admitted, 2);
	assert_int_equal(r->skipped, 6);
	OK(enter(r, 4, &pass));
	OK(enter(r, 8, &pass));
	/* 5 was not there, and is back: a tenth of two is less than one, but one may. */
	OK(enter(r, 5, &pass));
	assert_int_equal(code_of(enter(r, 6, &pass)), ERR_CONFLICT);
	r = tick(US_SECOND);
	assert_int_equal(r->active, 3);
	assert_int_equal(code_of(enter(r, 6, &pass)), ERR_CONFLICT);
	assert_int_equal(code_of(enter(r, 9, &pass)), ERR_CONFLICT);
	OK(queue_pass_done(db, r->id, house_person(1), now)); /* nobody's */
	OK(enter(r, 4, &pass));
	OK(queue_pass_leave(db, pass->id, now));
	r = tick(US_SECOND);
	assert_int_equal(r->head, 8); /* two are inside: nobody new … */
	OK(enter(r, 6, &pass));       /* … but one who was late */
	assert_int_equal(code_of(enter(r, 4, &pass)), ERR_GONE);
	check_all();
}

/* Who was admitted and does not come loses the turn after the grace time, not the place. */
static void admitted_ones_who_do_not_come_make_room(void **state)
{
	struct queue_pass *pass;
	(void)state;
	struct queue_room *r = opened(2, 6000, 10);
	r = tick(US_SECOND);
	assert_int_equal(r->head, 2);
	for (int i = 0; i < 44; i++)
		r = tick(US_SECOND);
	assert_int_equal(r->head, 2);
	r = tick(2 * US_SECOND);
	assert_int_equal(r->head, 4);
	OK(enter(r, 3, &pass));
	OK(enter(r, 4, &pass));
	r = tick(US_SECOND);
	OK(enter(r, 1, &pass)); /* late, and a tenth more may */
	assert_int_equal(code_of(enter(r, 2, &pass)), ERR_CONFLICT);
	check_all();
}

/* A random crowd: some come at once, some late, some never, some twice; inside are never more than the target and a tenth. */
static void the_target_is_kept(void **state)
{
	enum { PEOPLE = 400, TARGET = 20 };
	struct queue_pass *pass, *inside[PEOPLE];
	size_t n_inside = 0;
	uint32_t dice = 1;
	(void)state;
	struct queue_room *r = opened(TARGET, 1200, PEOPLE);
	int64_t head = 0, most_a_minute = 0;
	for (int second = 0; second < 900 && (r->head < PEOPLE || n_inside); second++) {
		r = tick(US_SECOND);
		assert_true(r->head >= head);
		head = r->head;
		most_a_minute = r->per_minute > most_a_minute ? r->per_minute : most_a_minute;
		for (int i = 0; i < 60; i++) {
			dice = dice * 1664525 + 1013904223;
			int64_t place = 1 + (dice >> 8) % PEOPLE;
			OK(queue_here(a, r, place, now));
			if (place % 7 == 0) /* never */
				continue;
			struct err *e = enter(r, place, &pass);
			if (e)
				assert_true(err_is(e, ERR_CONFLICT) || err_is(e, ERR_GONE));
			bool had = e;
			for (size_t k = 0; k < n_inside && !had; k++)
				had = inside[k]->id == pass->id;
			if (!had)
				inside[n_inside++] = pass;
			err_free(e);
		}
		assert_true(n_inside <= TARGET + TARGET / 10);
		for (size_t k = n_inside; k-- > 0;)
			if (now - inside[k]->granted_at > (10 + inside[k]->place % 20) * US_SECOND) {
				OK(queue_pass_leave(db, inside[k]->id, now));
				inside[k] = inside[--n_inside];
			}
	}
	assert_int_equal(r->head, PEOPLE);
	assert_true(most_a_minute <= 1200 && r->entered > PEOPLE / 2);
	check_all();
}

static void two_leaders_do_no_harm(void **state)
{
	(void)state;
	struct queue_room *r = opened(7, 60000, 500);
	for (int round = 0; round < 5; round++) {
		now += US_SECOND;
		pid_t children[4];
		for (int i = 0; i < 4; i++)
			if ((children[i] = fork()) == 0) {
				struct db *mine = testdb_another();
				struct arena *own = arena_new((size_t)16 << 20);
				for (int k = 0; k < 20; k++)
					OK(queue_tick(mine, own, now + k * 1000 + i));
				_exit(0);
			}
		for (int i = 0; i < 4; i++) {
			int status;
			waitpid(children[i], &status, 0);
			assert_int_equal(status, 0);
		}
	}
	r = room_now();
	assert_int_equal(r->head, 7);
	assert_int_equal(r->admitted, 7);
	check_all();
}

/* A tick of a million costs what a tick of a hundred costs. */
static void a_tick_costs_what_it_admits(void **state)
{
	unsigned trips[2];
	int64_t us[2];
	(void)state;
	for (int big = 0; big < 2; big++) {
		struct queue_room *r = opened(100, 6000, 200);
		if (big) {
			OK(REDIS(a, NULL, "HSET", arena_printf(a, "{q:%" PRId64 "}:s", r->id), "n", "1000000", "max", "1000000"));
			testdb_sql(arena_printf(a, "UPDATE waiting_room SET licence = 1000000 WHERE id = %" PRId64, r->id));
		}
		now += 3 * US_MINUTE;
		for (int64_t place = 1; place <= 200; place++)
			OK(queue_here(a, r, place, now));
		if (big)
			OK(queue_here(a, r, 1000000, now));
		db_unit_begin(db, NULL);
		int64_t begun = clock_monotonic();
		r = tick(0);
		us[big] = clock_monotonic() - begun;
		trips[big] = db_unit_queries(db);
		assert_int_equal(r->issued, big ? 1000000 : 200);
		assert_int_equal(r->admitted, 100);
		OK(queue_end(db, r->id, "by hand", now));
	}
	assert_int_equal(trips[0], trips[1]);
	assert_true(trips[0] <= 14);
	print_message("a tick: %u round trips to the database, %lld µs with 200, %lld µs with 1,000,000 waiting\n", trips[0],
	    (long long)us[0], (long long)us[1]);
	assert_true(us[1] < 10 * us[0] + 100000); /* a machine in use: only what would be out of all proportion */
}

/* ---- states ----------------------------------------------------------------------------------------------------------- */
static int64_t door(void)
{
	struct queue_sale_info *info;
	OK(queue_sale_load(db, a, sale, now, true, &info));
	return info->room;
}

static void the_door_is_shut_while_there_is_a_room(void **state)
{
	int64_t id;
	struct queue_sale_info *info;
	(void)state;
	fresh_house(10, 0);
	struct queue_plan p = { .gathers_at = now + US_HOUR, .opens_at = now + 2 * US_HOUR, .ends_at = now + 3 * US_HOUR, .target = 5,
		.rate = 60 };
	OK(queue_plan_room(db, a, sale, &p, now, &id));
	assert_int_equal(code_of(queue_plan_room(db, a, sale, &p, now, &id)), ERR_CONFLICT);
	OK(queue_tick(db, a, now));
	assert_int_equal(door(), 0);
	OK(queue_adjust(db, id, 6, 120));
	assert_int_equal(code_of(queue_pause(db, id, true)), ERR_GONE);
	struct queue_room *r = tick(US_HOUR);
	assert_string_equal(r->state, "gathering");
	assert_int_equal(r->target, 6);
	assert_int_equal(door(), id);
	r = tick(US_HOUR);
	assert_string_equal(r->state, "open");
	assert_int_equal(r->drawn, 0);
	OK(queue_pause(db, id, true));
	OK(queue_message(db, id, "잠시만요", "One moment"));
	join(r, "d1");
	r = tick(US_SECOND);
	assert_string_equal(r->state, "paused");
	assert_string_equal(r->message, "잠시만요");
	assert_int_equal(r->head, 0);
	OK(queue_pause(db, id, false));
	r = tick(US_SECOND);
	r = tick(US_SECOND);
	assert_int_equal(r->head, 1);
	assert_null(tick(US_HOUR));
	assert_int_equal(door(), 0);
	OK(queue_room_by_id(db, a, id, &r));
	assert_string_equal(r->ended_why, "time");
	assert_int_equal(code_of(queue_end(db, id, "by hand", now)), ERR_GONE);
	assert_int_equal(code_of(queue_adjust(db, id, 6, 120)), ERR_GONE);
	OK(queue_plan_room(db, a, sale, &p, now, &id)); /* another one may follow */
	OK(queue_end(db, id, "by hand", now));
	OK(queue_sale_load(db, a, (struct queue_sale){ 'p', 999999 }, now, true, &info));
	assert_null(info);
	check_all();
}

/* The clock stood still for hours: one tick gathers, draws and opens; another one that is over as well ends. */
static void downtime_is_caught_up(void **state)
{
	(void)state;
	fresh_house(10, 0);
	int64_t id;
	struct queue_plan p = { .gathers_at = now - 3 * US_HOUR, .opens_at = now - 2 * US_HOUR, .target = 5, .rate = 60 };
	OK(queue_plan_room(db, a, sale, &p, now, &id));
	struct queue_room *r = tick(0);
	assert_string_equal(r->state, "open");
	join(r, "d1");
	r = tick(US_SECOND);
	assert_int_equal(r->head, 1);
	r = tick(5 * US_HOUR); /* all that time nobody waited, and nobody knows it yet */
	assert_string_equal(r->state, "open");
	struct queue_pass *pass;
	OK(queue_enter(db, a, r, 1, "d1", now, &pass)); /* the clock's delay is not his */
	check_all();
	testdb_sql(arena_printf(a, "UPDATE waiting_room SET ends_at = '2020-01-01' WHERE id = %" PRId64, id));
	assert_null(tick(US_SECOND));
	OK(queue_pass_find(db, a, id, (struct person_id){ 0 }, "d1", now, &pass));
	assert_null(pass);
	check_all();
}

static void a_room_of_the_load_has_no_draw_and_goes_by_itself(void **state)
{
	(void)state;
	fresh_house(10, 0);
	int64_t id;
	struct queue_plan p = { .gathers_at = now, .opens_at = now, .target = 5, .rate = 6000, .by_itself = true };
	OK(queue_plan_room(db, a, sale, &p, now, &id));
	struct queue_room *r = tick(0);
	assert_string_equal(r->state, "open");
	for (int i = 1; i <= 8; i++)
		assert_int_equal(queue_place(r, join(r, arena_printf(a, "d%d", i))), i);
	r = tick(US_SECOND);
	assert_int_equal(r->head, 5);
	struct queue_pass *pass;
	for (int64_t place = 1; place <= 5; place++)
		OK(enter(r, place, &pass));
	for (int i = 0; i < 200; i++)
		r = tick(US_SECOND);
	assert_int_equal(r->head, 5); /* full: it stays */
	assert_int_equal(r->quiet_since, 0);
	for (int64_t place = 1; place <= 3; place++) {
		OK(enter(r, place, &pass));
		OK(queue_pass_leave(db, pass->id, now));
	}
	r = tick(US_SECOND); /* 6, 7, 8 have gone without a word */
	assert_int_equal(r->head, 8);
	assert_int_equal(r->skipped, 3);
	assert_true(r->quiet_since);
	for (int i = 0; i < 179; i++)
		r = tick(US_SECOND);
	assert_non_null(r);
	r = tick(2 * US_SECOND);
	assert_null(r);
	OK(queue_room_by_id(db, a, id, &r));
	assert_string_equal(r->ended_why, "no more demand");
	assert_int_equal(door(), 0);
	check_all();
}

/* The booking was put off after the room had been planned with it: nobody comes, and the room waits. */
static void a_room_outlasts_the_wait_for_its_booking(void **state)
{
	(void)state;
	struct queue_room *r = plan(5, 6000);
	testdb_sql(arena_printf(a, "UPDATE shows s JOIN performance p ON p.show_id = s.id SET s.booking_open_at = UTC_TIMESTAMP() + INTERVAL 1 DAY"
	    " WHERE p.id = %" PRId64, sale.id));
	for (int i = 0; i < 20 && r; i++)
		r = tick(15 * US_SECOND);
	assert_non_null(r);
	assert_string_equal(r->state, "open");
	int64_t id = r->id;
	testdb_sql(arena_printf(a, "UPDATE shows s JOIN performance p ON p.show_id = s.id SET s.booking_open_at = UTC_TIMESTAMP() - INTERVAL 1 DAY"
	    " WHERE p.id = %" PRId64, sale.id));
	for (int i = 0; i < 16 && r; i++)
		r = tick(15 * US_SECOND);
	assert_null(r);
	OK(queue_room_by_id(db, a, id, &r));
	assert_string_equal(r->ended_why, "no more demand");
	check_all();
}

static void nobody_is_admitted_to_nothing(void **state)
{
	(void)state;
	struct queue_room *r = opened(5, 6000, 20);
	testdb_sql(arena_printf(a, "UPDATE performance_grade SET taken = capacity WHERE performance_id = %" PRId64, sale.id));
	r = tick(US_SECOND);
	assert_int_equal(r->head, 0);
	assert_int_equal(r->seats_left, 0);
	assert_false(r->sold_out); /* a hold may end */
	testdb_sql(arena_printf(a, "UPDATE performance_grade SET sold = capacity WHERE performance_id = %" PRId64, sale.id));
	r = tick(US_SECOND);
	struct queue_head h;
	OK(queue_head(a, r, &h));
	assert_true(h.sold_out && h.left == 0);
	testdb_sql(arena_printf(a, "UPDATE performance_grade SET sold = 0, taken = 0 WHERE performance_id = %" PRId64, sale.id));
	r = tick(US_SECOND);
	assert_int_equal(r->head, 5);
	OK(queue_head(a, r, &h));
	assert_false(h.sold_out);
	testdb_sql(arena_printf(a, "UPDATE performance SET state = 'cancelled' WHERE id = %" PRId64, sale.id));
	assert_null(tick(US_SECOND));
	check_all();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_room_from_beginning_to_end),
		cmocka_unit_test(no_number_is_given_twice),
		cmocka_unit_test(no_number_is_given_twice_though_redis_dies),
		cmocka_unit_test(a_member_has_one_number),
		cmocka_unit_test(numbers_never_pass_the_saved_licence),
		cmocka_unit_test(places_and_passes_outlive_redis),
		cmocka_unit_test(a_draw_with_holes),
		cmocka_unit_test(absent_ones_are_skipped_and_come_back),
		cmocka_unit_test(admitted_ones_who_do_not_come_make_room),
		cmocka_unit_test(the_target_is_kept),
		cmocka_unit_test(two_leaders_do_no_harm),
		cmocka_unit_test(a_tick_costs_what_it_admits),
		cmocka_unit_test(the_door_is_shut_while_there_is_a_room),
		cmocka_unit_test(downtime_is_caught_up),
		cmocka_unit_test(a_room_of_the_load_has_no_draw_and_goes_by_itself),
		cmocka_unit_test(a_room_outlasts_the_wait_for_its_booking),
		cmocka_unit_test(nobody_is_admitted_to_nothing),
	};
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
