#include "base/str.h"
#include "live/feed.h"
#include "live/live.h"
#include "live/request.h"

#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define FIRST INT64_C(1795166154631)

static enum feed_add add(struct feed *f, int64_t seq, const char *data)
{
	return feed_add(f, seq, data, strlen(data));
}

static void numbers_without_gaps(void **state)
{
	(void)state;
	static struct feed f;
	assert_int_equal(feed_plan(&f, 0), FEED_NOTHING);
	assert_int_equal(add(&f, FIRST, "[1]"), FEED_ADDED); /* the first may be any */
	assert_int_equal(add(&f, FIRST, "[1]"), FEED_OLD);
	assert_int_equal(add(&f, FIRST + 2, "[3]"), FEED_GAP);
	assert_int_equal(add(&f, FIRST + 1, "[2]"), FEED_ADDED);
	assert_int_equal(f.last, FIRST + 1);
	assert_int_equal(feed_oldest(&f), FIRST);
	assert_string_equal(feed_at(&f, FIRST + 1)->data, "[2]");
	assert_null(feed_at(&f, FIRST + 2));
	assert_null(feed_at(&f, FIRST - 1));
	feed_clear(&f, 0);
}

static void how_somebody_catches_up(void **state)
{
	(void)state;
	static struct feed f;
	for (int64_t i = 0; i < FEED_RING + 44; i++)
		add(&f, FIRST + i, "[1]");
	int64_t last = FIRST + FEED_RING + 43, oldest = last - FEED_RING + 1;
	assert_int_equal(feed_oldest(&f), oldest);
	assert_int_equal(feed_plan(&f, last), FEED_NOTHING);
	assert_int_equal(feed_plan(&f, last - 1), FEED_FROM_RING);
	assert_int_equal(feed_plan(&f, oldest - 1), FEED_FROM_RING);
	assert_int_equal(feed_plan(&f, oldest - 2), FEED_FROM_HISTORY);
	assert_int_equal(feed_plan(&f, 0), FEED_FROM_HISTORY);
	assert_int_equal(feed_plan(&f, last + 1), FEED_SNAPSHOT); /* it knows more than we: Redis lost its memory */
	feed_clear(&f, 0);
}

static void the_ring_is_bounded_in_bytes(void **state)
{
	(void)state;
	static struct feed f;
	static char big[100000];
	memset(big, ' ', sizeof big);
	for (int64_t i = 1; i <= 20; i++)
		feed_add(&f, i, big, sizeof big);
	assert_int_equal(f.n, FEED_RING_BYTES / sizeof big);
	assert_int_equal(f.last, 20);
	feed_clear(&f, 0);
	assert_int_equal(f.bytes, 0);
}

static void written(int64_t from, int64_t to, const struct feed *f, const char *other, const char *want)
{
	struct buf b;
	buf_init(&b, NULL);
	feed_write_range(&b, f, "perf:1", other, from, to);
	assert_string_equal(buf_cstr(&b), want);
	buf_free(&b);
}

static void arrays_join_to_one_event(void **state)
{
	(void)state;
	static struct feed f;
	const char *data[] = { "[{\"s\":1}]", "[]", "[ ]", "[2,\n3]", "{\"left\":4}", "[5]" };
	for (size_t i = 0; i < ARRAY_LEN(data); i++)
		add(&f, FIRST + (int64_t)i, data[i]);
	written(0, f.last, &f, "",
		"id: perf:1=1795166154634\nevent: perf:1\ndata: [{\"s\":1},2, 3]\n\n"
		"id: perf:1=1795166154635\nevent: perf:1\ndata: {\"left\":4}\n\n"
		"id: perf:1=1795166154636\nevent: perf:1\ndata: [5]\n\n");
	written(FIRST + 1, FIRST + 2, &f, "queue:3=9,", "id: queue:3=9,perf:1=1795166154633\nevent: perf:1\ndata: []\n\n");
	written(f.last + 1, f.last, &f, "", "");
	feed_clear(&f, 0);
}

static void the_first_message_of_a_channel_is_written_at_once(void **state)
{
	(void)state;
	static struct feed f; /* numbers begin with a time: nothing may count up to it from 1 */
	add(&f, FIRST, "[1]");
	written(1, FIRST, &f, "", "id: perf:1=1795166154631\nevent: perf:1\ndata: [1]\n\n");
	feed_clear(&f, 0);
}

static enum live_parse parse(const char *s, struct live_request *q)
{
	return live_request_parse(s, strlen(s), q);
}

static void requests(void **state)
{
	(void)state;
	struct live_request q;
	assert_int_equal(parse("GET /_live?c=a~1~b&after=a=4 HTTP/1.1\r\nHost: x\r\n\r\n", &q), LIVE_PARSE_OK);
	assert_int_equal(q.target, LIVE_STREAM);
	assert_int_equal(q.token.n, 5);
	assert_memory_equal(q.token.p, "a~1~b", 5);
	assert_memory_equal(q.positions.p, "a=4", 3);
	assert_int_equal(parse("GET /_live?c=x&after=a=4 HTTP/1.1\r\nlast-event-id:  a=7 \r\nA: b\r\n\r\n", &q), LIVE_PARSE_OK);
	assert_int_equal(q.positions.n, 3);
	assert_memory_equal(q.positions.p, "a=7", 3); /* the later one */
	assert_int_equal(parse("GET /metrics-part HTTP/1.0\r\n\r\n", &q), LIVE_PARSE_OK);
	assert_int_equal(q.target, LIVE_METRICS);
	assert_int_equal(parse("GET /x HTTP/1.0\r\n\r\n", &q), LIVE_PARSE_OK);
	assert_int_equal(q.target, LIVE_NOWHERE);
	assert_int_equal(parse("GET /_live HTTP/1.1\r\nHost", &q), LIVE_PARSE_MORE);
	assert_int_equal(parse("POST /_live HTTP/1.1\r\n\r\n", &q), LIVE_PARSE_BAD);
	assert_int_equal(parse("\r\n\r\n", &q), LIVE_PARSE_BAD);
}

static void outbox_rows_merge_by_channel(void **state)
{
	(void)state;
	struct arena *a = arena_new(1 << 20);
	const struct outbox_row rows[] = {
		{ .payload = "{\"channel\":\"perf:2\",\"data\":{\"s\":1,\"i\":[4]}}" },
		{ .payload = "{\"channel\":\"perf:1\",\"data\":[1,2]}" },
		{ .key = "broken", .payload = "{" },
		{ .key = "broken", .payload = "{\"channel\":\"Bad Name\",\"data\":1}" },
		{ .payload = "{\"channel\":\"perf:2\",\"data\":{\"s\":2,\"i\":[4]}}" },
		{ .payload = "{\"channel\":\"perf:1\",\"data\":3}" },
	};
	size_t n;
	struct live_message *m = live_merge(a, rows, ARRAY_LEN(rows), &n);
	assert_int_equal(n, 2);
	assert_string_equal(m[0].channel, "perf:2");
	assert_string_equal(m[0].json, "[{\"s\":1,\"i\":[4]},{\"s\":2,\"i\":[4]}]");
	assert_string_equal(m[1].channel, "perf:1");
	assert_string_equal(m[1].json, "[1,2,3]");
	arena_free(a);
}

static void the_longest_prefix_rules(void **state)
{
	(void)state;
	static const struct live_rule one[] = { { "perf:", NULL }, { 0 } }, two[] = { { "perf:x-", NULL }, { "q:", NULL }, { 0 } };
	const struct domain a = { .live = one }, b = { .live = two }, c = { 0 };
	const struct domain *const all[] = { &a, &c, &b, NULL };
	assert_ptr_equal(live_rule_for(all, "perf:1"), &one[0]);
	assert_ptr_equal(live_rule_for(all, "perf:x-1"), &two[0]);
	assert_null(live_rule_for(all, "per"));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(numbers_without_gaps), cmocka_unit_test(how_somebody_catches_up),
		cmocka_unit_test(the_ring_is_bounded_in_bytes), cmocka_unit_test(arrays_join_to_one_event),
		cmocka_unit_test(the_first_message_of_a_channel_is_written_at_once), cmocka_unit_test(requests),
		cmocka_unit_test(outbox_rows_merge_by_channel), cmocka_unit_test(the_longest_prefix_rules) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
