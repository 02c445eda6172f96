/* The load lab's own pure parts: a generator that reads wrongly measures nothing. */
#include "lab/http.h"
#include "lab/people.h"
#include "lab/puzzle.h"
#include "lab/stats.h"
#include "../support/secret.h"

#include "base/arena.h"
#include "queue/puzzle.h"

#include <event2/event.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void test_puzzle_is_solved_as_the_house_checks_it(void **state)
{
	(void)state;
	struct arena *a = arena_new(1 << 20);
	for (int bits = 1; bits <= 14; bits++) {
		char nonce[LAB_NONCE_MAX];
		struct puzzle p;
		const char *challenge = puzzle_make(a, "p12", bits, 1795174074000000);
		assert_int_equal(lab_puzzle_bits(challenge), bits);
		assert_true(lab_puzzle_solve(challenge, 14, nonce));
		assert_int_equal(puzzle_check(challenge, nonce, "p12", 1795174075000000, &p), PUZZLE_OK);
		assert_int_equal(p.bits, bits);
	}
	arena_free(a);
}

static void test_puzzle_that_is_too_dear_or_none_is_left(void **state)
{
	(void)state;
	char nonce[LAB_NONCE_MAX];
	assert_false(lab_puzzle_solve("20.aa.1.bb", 19, nonce));
	assert_false(lab_puzzle_solve("", 20, nonce));
	assert_false(lab_puzzle_solve("0.aa", 20, nonce));
	assert_false(lab_puzzle_solve("x12.aa", 20, nonce));
	assert_false(lab_puzzle_solve("99.aa", 200, nonce));
}

static void test_pages_are_read(void **state)
{
	(void)state;
	const char *page = "<main data-queue=\"p12\" data-number=\"7\"><form id=\"join\"><input type=\"hidden\" name=\"csrf\" value=\"abc\">";
	char v[8];
	assert_true(lab_attribute(page, "data-number", v, sizeof v));
	assert_string_equal(v, "7");
	assert_true(lab_attribute(page, "data-queue", v, sizeof v));
	assert_string_equal(v, "p12");
	assert_false(lab_attribute(page, "data-place", v, sizeof v));
	assert_false(lab_attribute(page, "data-queue", v, 3));
	assert_true(lab_form_value(page, "csrf", v, sizeof v));
	assert_string_equal(v, "abc");
}

static void test_json_numbers_are_read(void **state)
{
	(void)state;
	const char *json = "{\"state\":\"open\",\"head\":120,\"left\":-1,\"seed\":\"12\"}";
	assert_int_equal(lab_json_number(json, "head", 5), 120);
	assert_int_equal(lab_json_number(json, "left", 5), -1);
	assert_int_equal(lab_json_number(json, "place", 5), 5);
	assert_int_equal(lab_json_number(json, "seed", 5), 5);
}

static void test_tabs_share_cookies_and_a_house_may_take_them_back(void **state)
{
	(void)state;
	struct event_base *base = event_base_new();
	struct lab_house *house = lab_house_new(base, "http://127.0.0.1:1", 1);
	struct lab_person *p = lab_person_new(house);
	lab_cookie_set(p, "foyer", "one");
	lab_cookie_set(p, "place", "two");
	struct lab_person *tab = lab_person_tab(p);
	assert_string_equal(lab_cookie(tab, "foyer"), "one");
	lab_cookie_set(p, "foyer", "");
	assert_null(lab_cookie(p, "foyer"));
	assert_string_equal(lab_cookie(p, "place"), "two");
	assert_string_equal(lab_cookie(tab, "foyer"), "one");
	lab_person_free(tab);
	lab_person_free(p);
	lab_house_free(house);
	event_base_free(base);
}

static void test_only_this_machine_is_loaded(void **state)
{
	(void)state;
	assert_null(lab_house_new(NULL, "http://tickets.example.org", 1));
	assert_null(lab_house_new(NULL, "https://localhost", 1));
}

static void test_histograms_tell_shares(void **state)
{
	(void)state;
	struct lab_histogram h = { 0 };
	assert_true(lab_histogram_ms(&h, 0.5) == 0);
	for (int i = 0; i < 98; i++)
		lab_histogram_add(&h, 1000);
	lab_histogram_add(&h, 50000);
	lab_histogram_add(&h, 1000000);
	assert_true(lab_histogram_ms(&h, 0.5) >= 1 && lab_histogram_ms(&h, 0.5) < 1.11);
	assert_true(lab_histogram_ms(&h, 0.99) >= 50 && lab_histogram_ms(&h, 0.99) < 53);
	assert_true(lab_histogram_ms(&h, 1) >= 1000 && h.max_us == 1000000);
}

/* Eight seats, of which 0, 1, 4 and 5 are free; 3 is what most want. */
static void test_people_take_free_neighbours(void **state)
{
	(void)state;
	int64_t wish[] = { 3, 4, 2, 5, 1, 6, 0, 7 }, seats[TICKETS_MAX];
	const char body[] = "FST1\x08\0\0\0\0\0\0\0\0\0\0\0\x90\xa0"; /* two bits a seat: held, sold */
	struct lab_answer state_of_seats = { .status = 200, .body = body, .body_n = 18 };
	rush.wish = wish;
	rush.n_seats = 8;
	for (int i = 0; i < 200; i++) {
		int n = people_pick(&state_of_seats, 2, seats);
		assert_int_equal(n, 2);
		int64_t first = seats[0] < seats[1] ? seats[0] : seats[1];
		assert_true(llabs(seats[0] - seats[1]) == 1 && (first == 0 || first == 4));
	}
	assert_int_equal(people_pick(&(struct lab_answer){ .status = 200, .body = "", .body_n = 0 }, 2, seats), 0);
}

static void test_thinking_follows_the_speed(void **state)
{
	(void)state;
	double sum = 0;
	rush.speed = 10;
	for (int i = 0; i < 4000; i++) {
		double s = people_think(10);
		assert_true(s > 0 && s <= 5);
		sum += s;
	}
	assert_true(sum / 4000 > 0.9 && sum / 4000 < 1.4); /* the mean of the log-normal is a little above its median */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_puzzle_is_solved_as_the_house_checks_it),
		cmocka_unit_test(test_puzzle_that_is_too_dear_or_none_is_left),
		cmocka_unit_test(test_pages_are_read),
		cmocka_unit_test(test_json_numbers_are_read),
		cmocka_unit_test(test_tabs_share_cookies_and_a_house_may_take_them_back),
		cmocka_unit_test(test_only_this_machine_is_loaded),
		cmocka_unit_test(test_histograms_tell_shares),
		cmocka_unit_test(test_people_take_free_neighbours),
		cmocka_unit_test(test_thinking_follows_the_speed),
	};
	use_test_secret();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
