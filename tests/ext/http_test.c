#include "ext/http.h"
#include "fake_server.h"
#include "../support/arena.h"

/* The path says what to answer. */
static void script(int fd)
{
	char line[1024], path[64] = "", method[16] = "", seen[4096] = "";
	int expect = 0;
	size_t length = 0;
	if (!fake_line(fd, line, sizeof line) || sscanf(line, "%15s %63s", method, path) != 2)
		return;
	while (fake_line(fd, line, sizeof line) && *line) {
		expect |= strncmp(line, "Expect", 6) == 0;
		sscanf(line, "Content-Length: %zu", &length);
		if (strncmp(line, "X-Test", 6) == 0 || strncmp(line, "Authorization", 13) == 0 || strncmp(line, "Content-Type", 12) == 0)
			snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%s\n", line);
	}
	for (char c; length > 0 && read(fd, &c, 1) == 1; length--)
		snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%c", c);
	if (strcmp(path, "/drop") == 0)
		return;
	if (strcmp(path, "/slow") == 0)
		usleep(600 * 1000);
	if (strcmp(path, "/long") == 0) {
		fake_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
		for (int i = 0; i < 10; i++)
			fake_say(fd, "0123456789");
		return;
	}
	if (strcmp(path, "/moved") == 0) {
		fake_say(fd, "HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
		return;
	}
	char head[256];
	snprintf(head, sizeof head, "HTTP/1.1 %d X\r\nContent-Type: text/x\r\nConnection: close\r\n\r\n%s %s\n",
		expect ? 417 : 201, method, path);
	fake_say(fd, head);
	fake_say(fd, seen);
}

static struct fake_server server;

static struct http_request to(const char *path)
{
	return (struct http_request){ .method = "GET", .timeout_ms = 10000, .allow_plain = true,
		.url = arena_printf(a, "http://127.0.0.1:%d%s", server.port, path) };
}

static void an_answer_of_any_status(void **state)
{
	(void)state;
	struct http_request q = to("/ok?x=1");
	struct http_answer r;
	assert_null(http_call(a, &q, &r));
	assert_int_equal(r.status, 201);
	assert_string_equal(r.content_type, "text/x");
	assert_string_equal(r.body.p, "GET /ok?x=1\n");
	q = to("/post");
	q.method = "POST";
	q.user = "key:";
	q.headers = (const char *const[]){ "X-Test: 1", "Content-Type: application/json", NULL };
	q.body = (struct bytes){ "{\"a\":1}", 7 };
	assert_null(http_call(a, &q, &r));
	assert_int_equal(r.status, 201);
	assert_non_null(strstr(r.body.p, "POST /post\n"));
	assert_non_null(strstr(r.body.p, "Authorization: Basic a2V5Og==\n"));
	assert_non_null(strstr(r.body.p, "X-Test: 1\n"));
	assert_non_null(strstr(r.body.p, "Content-Type: application/json\n{\"a\":1}"));
	q = to("/moved");
	assert_null(http_call(a, &q, &r));
	assert_int_equal(r.status, 302);
}

static void fails(struct http_request q, enum err_code code)
{
	struct http_answer r = { .status = -1 };
	struct err *e = http_call(a, &q, &r);
	assert_non_null(e);
	assert_int_equal(err_code(e), code);
	assert_int_equal(r.status, -1);
	err_free(e);
}

static void not_sent_is_told_from_unknown(void **state)
{
	(void)state;
	struct http_request q = to("/drop");
	fails(q, ERR_TIMEOUT);
	q = to("/slow");
	q.timeout_ms = 200;
	fails(q, ERR_TIMEOUT);
	q = to("/long");
	q.max_body = 50;
	fails(q, ERR_TIMEOUT);
	q.url = "http://127.0.0.1:1/";
	fails(q, ERR_UNAVAILABLE);
	q.url = "http://nowhere.invalid/";
	fails(q, ERR_UNAVAILABLE);
	q = to("/ok");
	q.allow_plain = false;
	fails(q, ERR_UNAVAILABLE);
	q = to("/ok");
	q.headers = (const char *const[]){ "X-Test: 1\r\nHost: evil", NULL };
	fails(q, ERR_INVALID);
}

int main(void)
{
	server = fake_server_start(script);
	const struct CMUnitTest tests[] = { cmocka_unit_test(an_answer_of_any_status),
		cmocka_unit_test(not_sent_is_told_from_unknown) };
	int failed = cmocka_run_group_tests(tests, arena_setup, arena_teardown);
	fake_server_stop(server);
	return failed;
}
