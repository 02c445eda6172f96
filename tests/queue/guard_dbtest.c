/* The doors of a sale: whom they refuse, and what they notice. */
#include "../booking/house.h"
#include "../support/own_redis.h"
#include "ext/redis.h"
#include "queue/auto.h"
#include "queue/guard.h"
#include "queue/puzzle.h"
#include "queue/tally.h"
#include "web/web_priv.h"

#define NOTED_ROW(F) F(str, who) F(i64, person_id) F(str, reason) F(str, detail) F(i64, times)
DB_ROW(noted, NOTED_ROW)
DB_QUERY(notes, noted, "SELECT who, person_id, reason, detail, times FROM suspicion WHERE sale_kind = 'p' AND sale_id = ? ORDER BY id")

static struct arena *a;
static struct db *db;
static int64_t now;
static struct queue_sale sale;
static int sales = 1000;

static int group_setup(void **state)
{
	(void)state;
	a = arena_new((size_t)256 << 20);
	db = testdb();
	own_redis_open(NULL);
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	own_redis_close();
	arena_free(a);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	sale = (struct queue_sale){ 'p', ++sales };
	now = clock_now() / (600 * US_SECOND) * (600 * US_SECOND); /* the windows of ten minutes begin with the tests */
	return 0;
}

/* A request from an address, of a person (0: nobody), with a browser's cookie (NULL: none). */
static struct req *from(const char *ip, int64_t who, const char *device)
{
	struct req *r = arena_one(a, struct req);
	r->a = a;
	r->db = db;
	r->ip = ip;
	r->now = now;
	r->lang = "en";
	r->who = (struct who){ .person = { who }, .member = who != 0 };
	r->priv = arena_one(a, struct req_priv);
	if (device) {
		r->priv->cookies = arena_one(a, struct name_value);
		*r->priv->cookies = (struct name_value){ "foyer_device", device };
		r->priv->n_cookies = 1;
	}
	return r;
}

static const char *solve(const char *challenge)
{
	int64_t bits = 0;
	assert_true(str_to_i64(arena_strndup(a, challenge, strcspn(challenge, ".")), &bits));
	for (int64_t i = 0;; i++) {
		struct puzzle p;
		const char *nonce = arena_printf(a, "%" PRId64, i);
		if (puzzle_check(challenge, nonce, queue_sale_name(a, sale), now, &p) == PUZZLE_OK)
			return nonce;
	}
}

static int bits_of(const char *challenge)
{
	int64_t bits = 0;
	assert_true(str_to_i64(arena_strndup(a, challenge, strcspn(challenge, ".")), &bits));
	return (int)bits;
}

static struct err *join(struct req *r, const char *holder, const char *challenge, const char *nonce, const char *trap)
{
	return queue_guard_join(r, sale, holder, &(struct queue_guard_form){ challenge, nonce, trap });
}

static struct err *join_well(struct req *r, const char *holder)
{
	const char *challenge = queue_guard_challenge(r, sale);
	return join(r, holder, challenge, solve(challenge), "");
}

static void refused(struct err *e, enum err_code code)
{
	assert_non_null(e);
	assert_int_equal(err_code(e), code);
	assert_non_null(err_user_text(e));
	err_free(e);
}

static struct noted *noted(size_t want)
{
	struct noted *rows;
	size_t n;
	OK(notes_all(db, a, &rows, &n, DB_ARGS(sale.id)));
	assert_int_equal(n, want);
	return rows;
}

static void has_drawn(const char *address, const char *numbers)
{
	struct queue_tally_at t = queue_tally_of_address(a, sale, address, now);
	OK(REDIS(a, NULL, "HSET", t.key, t.field, numbers));
}

static void a_join_costs_a_puzzle_once(void **state)
{
	(void)state;
	struct req *r = from("192.0.2.1", 0, NULL);
	const char *c = queue_guard_challenge(r, sale), *nonce = solve(c);
	assert_int_equal(bits_of(c), PUZZLE_BITS_MIN);
	refused(join(r, "d1", c, "x", ""), ERR_CONFLICT);
	OK(join(r, "d1", c, nonce, NULL));
	refused(join(r, "d2", c, nonce, ""), ERR_CONFLICT); /* used */
	noted(0);
	refused(join(r, "d2", "12.00.1.00", "1", ""), ERR_CONFLICT);
	refused(join(r, "d2", NULL, NULL, NULL), ERR_CONFLICT);
	c = queue_guard_challenge(r, sale);
	refused(join(r, "d3", c, solve(c), "http://buy.example"), ERR_INVALID);
	struct noted *n = noted(2);
	assert_string_equal(n[0].reason, "forged");
	assert_string_equal(n[0].who, "d2");
	assert_string_equal(n[1].reason, "trap");
	now += (PUZZLE_LIFE_S + 1) * US_SECOND;
	refused(join(from("192.0.2.1", 0, NULL), "d3", c, "1", ""), ERR_CONFLICT); /* old */
}

static void the_price_follows_the_address(void **state)
{
	(void)state;
	int last = PUZZLE_BITS_MIN;
	const char *early = queue_guard_challenge(from("192.0.2.2", 0, NULL), sale), *nonce = solve(early);
	for (int i = 0; i < 64; i++) {
		struct req *r = from("192.0.2.2", 0, NULL);
		int bits = bits_of(queue_guard_challenge(r, sale));
		assert_in_range(bits, last, last + 1);
		last = bits;
		OK(join_well(r, arena_printf(a, "dev%d", i)));
	}
	assert_int_equal(last, 15);
	refused(join(from("192.0.2.2", 0, NULL), "late", early, nonce, ""), ERR_CONFLICT); /* bought in advance: too cheap by now */
	assert_int_equal(bits_of(queue_guard_challenge(from("192.0.2.3", 0, NULL), sale)), PUZZLE_BITS_MIN);
	assert_int_equal(bits_of(queue_guard_challenge(from("127.0.0.1", 0, NULL), sale)), PUZZLE_BITS_MIN);
	/* Forty times what is free is enough for any address. */
	has_drawn("a192.0.2.3", "320");
	refused(join_well(from("192.0.2.3", 0, NULL), "d9"), ERR_LIMIT);
	assert_string_equal(noted(1)->reason, "many places");
}

static void one_browser_draws_few(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++)
		OK(join_well(from(arena_printf(a, "198.51.100.%d", i), 0, NULL), "dsame"));
	refused(join_well(from("198.51.100.99", 0, NULL), "dsame"), ERR_LIMIT);
	OK(join_well(from("198.51.100.99", 0, NULL), "dother"));
}

static void joins_count_for_ten_minutes_and_a_puzzle_once_beyond_them(void **state)
{
	(void)state;
	struct queue_join_facts f = { .challenge = "c1", .made_at = now + 590 * US_SECOND, .address = "a2001:db8::", .holder = "d1" };
	struct queue_tally t;
	OK(queue_tally_join(a, sale, &f, now + 595 * US_SECOND, &t));
	assert_true(t.fresh && t.of_address == 1 && t.plain_of_address == 0 && t.of_holder == 1);
	OK(queue_tally_join(a, sale, &f, now + 605 * US_SECOND, &t));
	assert_true(!t.fresh && t.of_address == 0 && t.of_holder == 0);
	f.challenge = "c2";
	f.plain = true;
	OK(queue_tally_join(a, sale, &f, now + 599 * US_SECOND, &t));
	assert_true(t.fresh && t.of_address == 2 && t.plain_of_address == 1 && t.of_holder == 2);
	f.challenge = "c3";
	f.address = NULL;
	OK(queue_tally_join(a, sale, &f, now + 600 * US_SECOND, &t));
	assert_true(t.fresh && t.of_address == 0 && t.plain_of_address == 0 && t.of_holder == 1);
}

static void without_script_it_takes_a_little_longer(void **state)
{
	(void)state;
	const char *c = queue_guard_challenge(from("192.0.2.4", 0, NULL), sale);
	refused(join(from("192.0.2.4", 0, NULL), "d1", c, "", ""), ERR_CONFLICT);
	now += 4 * US_SECOND;
	OK(join(from("192.0.2.4", 0, NULL), "d1", c, "", ""));
	for (int i = 0; i < 31; i++) {
		c = queue_guard_challenge(from("192.0.2.4", 0, NULL), sale);
		now += 4 * US_SECOND;
		OK(join(from("192.0.2.4", 0, NULL), arena_printf(a, "p%d", i), c, "", ""));
	}
	c = queue_guard_challenge(from("192.0.2.4", 0, NULL), sale);
	now += 4 * US_SECOND;
	refused(join(from("192.0.2.4", 0, NULL), "d2", c, "", ""), ERR_LIMIT);
}

#define COOKIE "0123456789abcdef0123456789abcdef"

static void holds_are_limited_and_looked_at(void **state)
{
	(void)state;
	struct queue_guard_seen seen;
	struct queue_pass pass = { .holder = "m7", .granted_at = now - 20 * US_SECOND };
	for (int i = 0; i < 30; i++) {
		OK(queue_guard_hold(from("192.0.2.5", 7, COOKIE), sale, &seen));
		queue_guard_held(from("192.0.2.5", 7, COOKIE), sale, &pass, &seen, true);
	}
	noted(0); /* quick with the mouse, but a person */
	refused(queue_guard_hold(from("192.0.2.5", 7, COOKIE), sale, &seen), ERR_LIMIT);
	struct noted *n = noted(1);
	assert_string_equal(n[0].reason, "many tries");
	assert_string_equal(n[0].who, "m7");
	assert_int_equal(n[0].person_id, 7);
	refused(queue_guard_hold(from("192.0.2.6", 8, COOKIE), sale, &seen), ERR_LIMIT); /* the same browser, another account */
	OK(queue_guard_hold(from("192.0.2.5", 9, NULL), sale, &seen));
}

static void what_robots_do_is_noted_once(void **state)
{
	(void)state;
	struct queue_guard_seen seen = { 0 };
	struct queue_pass quick = { .holder = "dabc", .granted_at = now - US_SECOND }, calm = { .holder = "dabc", .granted_at = now - 2 * US_SECOND };
	queue_guard_held(from("192.0.2.7", 11, NULL), sale, &calm, &seen, true);
	noted(0);
	for (int i = 0; i < 3; i++) /* within five seconds: once */
		queue_guard_held(from("192.0.2.7", 11, NULL), sale, &quick, &seen, true);
	struct noted *n = noted(1);
	assert_string_equal(n[0].reason, "too quick");
	assert_string_equal(n[0].who, "dabc");
	assert_int_equal(n[0].person_id, 11);
	assert_string_equal(n[0].detail, "1000");
	assert_int_equal(n[0].times, 1);
	for (int64_t who = 21; who <= 23; who++) { /* three accounts in one browser, each from elsewhere */
		struct req *r = from(arena_printf(a, "192.0.3.%d", (int)who), who, COOKIE);
		OK(queue_guard_hold(r, sale, &seen));
		queue_guard_held(r, sale, NULL, &seen, true);
	}
	n = noted(2);
	assert_string_equal(n[1].reason, "many accounts");
	assert_int_equal(n[1].person_id, 23);
	for (int64_t who = 31; who <= 43; who++) { /* thirteen at one address: twelve may be a family, or a dormitory */
		struct req *r = from("192.0.2.8", who, NULL);
		OK(queue_guard_hold(r, sale, &seen));
		queue_guard_held(r, sale, NULL, &seen, who == 43);
	}
	n = noted(3);
	assert_int_equal(n[2].person_id, 43);
	has_drawn("a192.0.2.9", "65");
	struct req *r = from("192.0.2.9", 51, NULL);
	OK(queue_guard_hold(r, sale, &seen));
	queue_guard_held(r, sale, NULL, &seen, false); /* nothing held, nothing to look at */
	noted(3);
	queue_guard_held(r, sale, NULL, &seen, true);
	assert_string_equal(noted(4)[3].reason, "many places");
	queue_guard_foreign_pass(r, sale);
	assert_string_equal(noted(5)[4].reason, "foreign pass");
	queue_guard_bad_ticket(from("192.0.2.9", 0, COOKIE), sale);
	assert_string_equal(noted(6)[5].reason, "forged");
	queue_guard_bad_ticket(from("192.0.2.9", 0, NULL), sale); /* nobody one could name */
	noted(6);
}

static int64_t crowded(void)
{
	struct redis_reply reply;
	OK(REDIS(a, &reply, "SISMEMBER", "queue:crowded", queue_sale_name(a, sale)));
	return reply.i;
}

static void looks_are_limited_and_make_a_crowd(void **state)
{
	(void)state;
	now = now / (10 * US_SECOND) * 10 * US_SECOND;
	for (int i = 0; i < 90; i++)
		OK(queue_guard_look(from("192.0.2.10", 61, NULL), sale, 0));
	refused(queue_guard_look(from("192.0.2.10", 61, NULL), sale, 0), ERR_LIMIT);
	for (int i = 0; i < 1709; i++) /* many at one address */
		OK(queue_guard_look(from("192.0.2.10", 0, arena_printf(a, "%032x", i / 50)), sale, 5));
	assert_int_equal(crowded(), 0); /* one looker, the others have a room before them */
	for (int i = 0; i < 500; i++) /* one who invents browsers */
		OK(queue_guard_look(from("192.0.2.77", 0, arena_printf(a, "%032x", i)), sale, 0));
	assert_int_equal(crowded(), 0);
	for (int i = 0; i < 150; i++)
		OK(queue_guard_look(from(arena_printf(a, "203.0.113.%d", i), 0, NULL), sale, 0));
	assert_int_equal(crowded(), 0);
	now += 10 * US_SECOND;
	for (int i = 0; i < 230; i++)
		OK(queue_guard_look(from(arena_printf(a, "203.0.113.%d", i), 0, NULL), sale, 0));
	assert_int_equal(crowded(), 1);
}

static void states_under_many_names_are_limited(void **state)
{
	(void)state;
	for (int i = 0; i < 1800; i++)
		OK(queue_guard_uncached(from("192.0.2.12", 0, NULL)));
	refused(queue_guard_uncached(from("192.0.2.12", 0, NULL)), ERR_LIMIT);
	OK(queue_guard_uncached(from("192.0.2.13", 0, NULL)));
	for (int i = 0; i <= 1800; i++)
		OK(queue_guard_uncached(from("127.0.0.1", 0, NULL)));
}

static void without_redis_people_are_limited_all_the_same(void **state)
{
	(void)state;
	struct queue_guard_seen seen;
	own_redis_kill();
	for (int i = 0; i < 30; i++)
		OK(queue_guard_hold(from("192.0.2.11", 71, NULL), sale, &seen));
	refused(queue_guard_hold(from("192.0.2.11", 71, NULL), sale, &seen), ERR_LIMIT);
	OK(queue_guard_look(from("192.0.2.11", 72, NULL), sale, 0));
	OK(queue_guard_order(from("192.0.2.11", 71, NULL)));
	const char *c = queue_guard_challenge(from("192.0.2.11", 0, NULL), sale);
	assert_int_equal(bits_of(c), PUZZLE_BITS_MIN);
	struct err *e = join(from("192.0.2.11", 0, NULL), "d1", c, solve(c), "");
	assert_true(err_is(e, ERR_UNAVAILABLE));
	err_free(e);
	queue_guard_foreign_pass(from("192.0.2.11", 71, NULL), sale); /* is lost, and nothing else */
	own_redis_start();
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test_setup(a_join_costs_a_puzzle_once, setup),
		cmocka_unit_test_setup(the_price_follows_the_address, setup), cmocka_unit_test_setup(one_browser_draws_few, setup),
		cmocka_unit_test_setup(joins_count_for_ten_minutes_and_a_puzzle_once_beyond_them, setup),
		cmocka_unit_test_setup(without_script_it_takes_a_little_longer, setup), cmocka_unit_test_setup(holds_are_limited_and_looked_at, setup),
		cmocka_unit_test_setup(what_robots_do_is_noted_once, setup), cmocka_unit_test_setup(looks_are_limited_and_make_a_crowd, setup),
		cmocka_unit_test_setup(states_under_many_names_are_limited, setup),
		cmocka_unit_test_setup(without_redis_people_are_limited_all_the_same, setup) };
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
