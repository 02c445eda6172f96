/* The scoreboard: slots, counters, deadlines, handing over, and what /metrics makes of it. */
#include "proc/board.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "proc/metrics.h"
#include "proc/metrics_page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct route shop_routes[] = { { GET, "/shows" }, { GET, "/shows/{slug}" }, { POST, "/hold" }, { 0 } };
static const struct route desk_routes[] = { { GET, "/desk" }, { 0 } };
static const struct domain shop = { .name = "shop", .routes = shop_routes }, bare = { .name = "bare" },
                           desk = { .name = "desk", .routes = desk_routes };
const struct domain *const domains[] = { &shop, &bare, &desk, NULL };

static char dir[] = "/tmp/foyer-board-XXXXXX";
static struct conf settings;
static int board_fd;

static int begin(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	settings = *conf();
	settings.run_dir = dir;
	conf_set_for_test(&settings);
	bool inherited;
	struct err *e = board_make("test", -1, &board_fd, &inherited);
	assert_null(e);
	assert_false(inherited);
	return 0;
}

static int end(void **state)
{
	(void)state;
	char path[64];
	snprintf(path, sizeof path, "%s/test.board", dir);
	unlink(path);
	return rmdir(dir);
}

static void routes_have_numbers(void **state)
{
	(void)state;
	assert_int_equal(board()->n_routes, 5);
	assert_int_equal(board_route_index(&shop_routes[0]), 0);
	assert_int_equal(board_route_index(&shop_routes[2]), 2);
	assert_int_equal(board_route_index(&desk_routes[0]), 3);
	assert_int_equal(board_route_index(NULL), 4);
	assert_string_equal(board()->routes[2].method, "POST");
	assert_string_equal(board()->routes[2].path, "/hold");
}

static void slots_are_taken_and_freed(void **state)
{
	(void)state;
	struct slot *s = board_slot_take(1, 7, 100);
	s->pid = 4711;
	struct slot *t = board_slot_take(0, 7, 100);
	assert_ptr_not_equal(s, t);
	assert_int_equal(s->pool, 1);
	assert_int_equal(s->generation, 7);
	board_slot_free(s);
	assert_ptr_equal(board_slot_take(0, 8, 100), s);
	for (size_t i = 0; i < BOARD_SLOTS; i++)
		board()->slots[i].pid = 1;
	assert_null(board_slot_take(0, 8, 100));
	for (size_t i = 0; i < BOARD_SLOTS; i++)
		board_slot_free(&board()->slots[i]);
}

static void deadlines_count_from_the_request_s_begin(void **state)
{
	(void)state;
	struct slot *s = board_slot_take(0, 1, 0);
	s->pid = 4711;
	assert_false(slot_overdue(s, 1000000));
	slot_busy(s, 500, 1000);
	assert_false(slot_overdue(s, 1500));
	assert_true(slot_overdue(s, 1501));
	s->deadline_us = 5000; /* the route allows more */
	assert_false(slot_overdue(s, 1501));
	slot_idle(s);
	assert_false(slot_overdue(s, 1000000));
	assert_int_equal(s->requests, 1);
	board_slot_free(s);
}

static void buckets(void **state)
{
	(void)state;
	assert_int_equal(board_bucket(0), 0);
	assert_int_equal(board_bucket(500), 0);
	assert_int_equal(board_bucket(501), 1);
	assert_int_equal(board_bucket(10000000), BOARD_BUCKETS - 1);
	assert_int_equal(board_bucket(10000001), BOARD_BUCKETS);
}

static void counters_are_sums_over_processes(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++)
		if (fork() == 0) {
			for (int k = 0; k < 10000; k++)
				board_count(1, k % 10 ? 200 : 503, 700);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	board_count(2, 0, 20 * US_SECOND);
	const struct route_counts *c = &board()->routes[1];
	assert_int_equal(c->by_class[2], 36000);
	assert_int_equal(c->by_class[5], 4000);
	assert_int_equal(c->bucket[1], 40000);
	assert_int_equal(c->total, 40000);
	assert_int_equal(c->sum_us, 28000000);
	assert_int_equal(board()->routes[2].by_class[0], 1);
	board_count(99, 200, 1); /* out of range: nothing happens */
	board_count(-1, 200, 1);
}

static void others_can_look_and_heirs_go_on(void **state)
{
	(void)state;
	const struct board *b;
	size_t size;
	assert_null(board_view("test", &b, &size));
	assert_int_equal(size, board_size(b));
	assert_int_equal(b->routes[1].total, 40000);
	bool inherited;
	int fd;
	assert_null(board_make("test", board_fd, &fd, &inherited));
	assert_true(inherited);
	assert_int_equal(board()->routes[1].total, 40000);
	struct err *e = board_view("none", &b, &size);
	assert_true(err_is(e, ERR_NOT_FOUND));
	err_free(e);
}

static void a_board_of_another_build_is_not_read(void **state)
{
	(void)state;
	uint64_t layout = board()->layout;
	board()->layout ^= 1;
	const struct board *b;
	size_t size;
	struct err *e = board_view("test", &b, &size);
	assert_true(err_is(e, ERR_INVALID));
	err_free(e);
	board()->layout = layout;
}

static void metrics_text(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, NULL);
	snprintf(board()->pools[0].name, sizeof board()->pools[0].name, "web");
	board()->pools[0].workers = 4;
	board()->pools[0].ended[DEATH_CRASHED] = 3;
	snprintf(board()->pools[1].name, sizeof board()->pools[1].name, "off");
	struct slot *s = board_slot_take(0, 1, 0);
	s->pid = 4711;
	slot_busy(s, 500, 1000);
	metrics_board(&b, board());
	const char *text = buf_cstr(&b);
	assert_non_null(strstr(text, "foyer_requests_total{method=\"GET\",route=\"/shows/{slug}\",class=\"5xx\"} 4000\n"));
	assert_non_null(strstr(text, "foyer_requests_total{method=\"POST\",route=\"/hold\",class=\"gone\"} 1\n"));
	assert_non_null(strstr(text, "_bucket{method=\"GET\",route=\"/shows/{slug}\",le=\"0.0005\"} 0\n"));
	assert_non_null(strstr(text, "_bucket{method=\"GET\",route=\"/shows/{slug}\",le=\"0.001\"} 40000\n"));
	assert_non_null(strstr(text, "_sum{method=\"GET\",route=\"/shows/{slug}\"} 28.000000\n"));
	assert_non_null(strstr(text, "_bucket{method=\"POST\",route=\"/hold\",le=\"10\"} 0\n"));
	assert_non_null(strstr(text, "_bucket{method=\"POST\",route=\"/hold\",le=\"+Inf\"} 1\n"));
	assert_non_null(strstr(text, "foyer_workers{pool=\"web\",state=\"busy\"} 1\n"));
	assert_non_null(strstr(text, "foyer_worker_ends_total{pool=\"web\",how=\"crashed\"} 3\n"));
	assert_null(strstr(text, "foyer_workers{pool=\"off\""));
	assert_null(strstr(text, "/desk")); /* routes nobody asked for cost no bytes */
	buf_clear(&b);
	metrics_label(&b, "a\"b\\c\nd");
	assert_string_equal(buf_cstr(&b), "a\\\"b\\\\c\\nd");
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(routes_have_numbers),
		cmocka_unit_test(slots_are_taken_and_freed),
		cmocka_unit_test(deadlines_count_from_the_request_s_begin),
		cmocka_unit_test(buckets),
		cmocka_unit_test(counters_are_sums_over_processes),
		cmocka_unit_test(others_can_look_and_heirs_go_on),
		cmocka_unit_test(a_board_of_another_build_is_not_read),
		cmocka_unit_test(metrics_text),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
