/* Channels and those who listen to them, without a socket and without Redis: what is written to whom when messages are missing. */
#include "base/buf.h"
#include "live/server.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FIRST INT64_C(1795166154631)
enum { CLIENTS = 3 };

struct live live;

/* ---- the other files of the process, as far as the hub asks them ------------------------------------------------------- */
static struct client clients[CLIENTS];
static struct buf said[CLIENTS];
static int leaves; /* the client that goes when it is written to; -1: none */
static struct channel *asked;
static struct link *asked_older;

bool client_write(struct client *c, const char *p, size_t n)
{
	size_t i = (size_t)(c - clients);
	buf_add(&said[i], p, n);
	if ((int)i != leaves)
		return true;
	hub_leave(c);
	c->fd = -1;
	return false;
}

void client_release(struct client *c) { c->pending--; }
bool upstream_subscribed(void) { return true; }

bool upstream_ask_newest(struct channel *ch)
{
	asked = ch;
	return true;
}

bool upstream_ask_older(struct link *l)
{
	asked_older = l;
	return true;
}

/* ---- helpers ------------------------------------------------------------------------------------------------------------ */
static struct feed_msg *messages(int64_t from, size_t n)
{
	static struct feed_msg m[FEED_RING + 1];
	static char text[FEED_RING + 1][16];
	for (size_t i = 0; i < n; i++) {
		snprintf(text[i], sizeof text[i], "[%" PRId64 "]", from + (int64_t)i);
		m[i] = (struct feed_msg){ FIRST + from + (int64_t)i, strlen(text[i]), text[i] };
	}
	return m;
}

static void message(int64_t number)
{
	const struct feed_msg *m = messages(number, 1);
	hub_message("perf:1", 6, m->seq, m->data, m->n);
}

static const char *heard(int client)
{
	return buf_cstr(&said[client]);
}

static bool hears(int client, const char *what)
{
	return strstr(heard(client), what) != NULL;
}

static void forget_what_was_said(void)
{
	for (int i = 0; i < CLIENTS; i++)
		buf_clear(&said[i]);
}

/* What waits to be sent together is sent. */
static void a_moment_later(void)
{
	event_base_loop(live.base, EVLOOP_ONCE);
}

/* All listen, and have message 0. */
static int open_hub(void **state)
{
	(void)state;
	struct live_channels names = { 1, { "perf:1" } };
	leaves = -1;
	for (int i = 0; i < CLIENTS; i++) {
		buf_init(&said[i], NULL);
		clients[i] = (struct client){ .fd = 7 };
	}
	hub_subscribed();
	for (int i = 0; i < CLIENTS; i++)
		hub_join(&clients[i], &names, (struct bytes){ 0 });
	hub_newest(asked, messages(0, 1), 1);
	for (int i = 0; i < CLIENTS; i++)
		assert_string_equal(heard(i), "id: perf:1=1795166154631\nevent: hello\ndata: perf:1\n\n");
	forget_what_was_said();
	return 0;
}

/* The channel stays; in the next test its messages begin at 0 again, as when Redis has lost its memory. */
static int close_hub(void **state)
{
	(void)state;
	for (int i = 0; i < CLIENTS; i++) {
		if (clients[i].fd >= 0)
			hub_leave(&clients[i]);
		free(clients[i].links);
		buf_free(&said[i]);
	}
	return 0;
}

/* ---- tests -------------------------------------------------------------------------------------------------------------- */
static void a_gap_is_filled_from_the_history(void **state)
{
	(void)state;
	asked = NULL;
	message(1);
	message(3);
	assert_non_null(asked);
	message(4);
	hub_newest(asked, messages(0, 4), 4);
	a_moment_later();
	/* The first one went out at once, or waited for the others. */
	assert_true(hears(0, "data: [1,2,3,4]\n") || (hears(0, "data: [1]\n") && hears(0, "data: [2,3,4]\n")));
	assert_false(hears(0, "snapshot"));
}

static void what_the_history_does_not_have_is_told(void **state)
{
	(void)state;
	message(3);
	hub_newest(asked, messages(2, 2), 2);
	for (int i = 0; i < CLIENTS; i++)
		assert_string_equal(heard(i), "id: perf:1=1795166154634\nevent: snapshot\ndata: perf:1\n\n");
}

/* The history fills the ring, and more has come since: what fell out of it was sent to nobody. */
static void more_than_the_ring_holds_is_told(void **state)
{
	(void)state;
	hub_unsubscribed();
	hub_subscribed();
	message(FEED_RING + 1);
	message(FEED_RING + 2);
	hub_newest(asked, messages(1, FEED_RING), FEED_RING);
	for (int i = 0; i < CLIENTS; i++)
		assert_string_equal(heard(i), "id: perf:1=1795166154889\nevent: snapshot\ndata: perf:1\n\n");
	forget_what_was_said();
	message(FEED_RING + 3);
	a_moment_later();
	assert_string_equal(heard(0), "id: perf:1=1795166154890\nevent: perf:1\ndata: [259]\n\n");
}

static void whoever_goes_in_the_middle_takes_nobodys_message(void **state)
{
	(void)state;
	leaves = 1;
	message(1);
	a_moment_later();
	message(2);
	a_moment_later();
	assert_true(hears(0, "[1]") && hears(0, "[2]") && hears(2, "[1]") && hears(2, "[2]"));
	assert_true(hears(1, "[1]") && !hears(1, "[2]"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, open_hub, close_hub)
		T(a_gap_is_filled_from_the_history), T(what_the_history_does_not_have_is_told), T(more_than_the_ring_holds_is_told),
		T(whoever_goes_in_the_middle_takes_nobodys_message),
	};
	live.base = event_base_new();
	assert_non_null(live.base);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
