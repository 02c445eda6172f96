#include "live/server.h"

#include "base/clock.h"
#include "base/conf.h"
#include "ext/crypto.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define OUT_MAX ((size_t)256 << 10) /* who is further behind is closed: it comes back and resumes */
#define REQUEST_SECONDS 10
#define HEARTBEAT_SECONDS 20

static void on_readable(evutil_socket_t fd, short what, void *arg);

/* ---- the list of clients ------------------------------------------------------------------------------------------ */
struct client *client_new(int fd)
{
	if (live.clients_n == live.clients_cap) {
		live.clients_cap = live.clients_cap ? 2 * live.clients_cap : 256;
		live.clients = realloc(live.clients, live.clients_cap * sizeof *live.clients);
		assert(live.clients);
	}
	struct client *c = calloc(1, sizeof *c);
	assert(c);
	c->fd = fd;
	c->in_since = clock_monotonic();
	c->at = live.clients_n;
	live.clients[live.clients_n++] = c;
	event_assign(&c->readable, live.base, fd, EV_READ | EV_PERSIST, on_readable, c);
	event_add(&c->readable, NULL);
	return c;
}

void client_release(struct client *c)
{
	assert(c->pending > 0);
	if (--c->pending == 0 && c->fd < 0) {
		free(c->links);
		free(c);
	}
}

void client_close(struct client *c)
{
	if (c->fd < 0)
		return;
	if (c->links_n) {
		hub_leave(c);
		live.streams_n--;
	}
	event_del(&c->readable);
	if (c->writable)
		event_free(c->writable);
	close(c->fd);
	c->fd = -1;
	free(c->in);
	free(c->out);
	c->in = c->out = NULL;
	c->writable = NULL;
	live.clients[c->at] = live.clients[--live.clients_n];
	live.clients[c->at]->at = c->at;
	c->pending++;
	client_release(c);
}

/* ---- writing ------------------------------------------------------------------------------------------------------ */
static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	struct client *c = arg;
	ssize_t w = send(fd, c->out + c->out_at, c->out_n - c->out_at, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (w < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (w < 0) {
		client_close(c);
		return;
	}
	live.bytes += (uint64_t)w;
	c->out_at += (size_t)w;
	if (c->out_at < c->out_n)
		return;
	free(c->out);
	c->out = NULL;
	c->out_n = c->out_at = 0;
	event_free(c->writable);
	c->writable = NULL;
	if (c->closing)
		client_close(c);
}

/* Called with the rest that the socket refused. */
static bool keep(struct client *c, const char *p, size_t n)
{
	if (c->out_n - c->out_at + n > OUT_MAX) {
		live.dropped++;
		client_close(c);
		return false;
	}
	if (c->out && c->out_at) {
		memmove(c->out, c->out + c->out_at, c->out_n - c->out_at);
		c->out_n -= c->out_at;
		c->out_at = 0;
	}
	c->out = realloc(c->out, c->out_n + n);
	assert(c->out);
	memcpy(c->out + c->out_n, p, n);
	c->out_n += n;
	if (!c->writable) {
		c->writable = event_new(live.base, c->fd, EV_WRITE | EV_PERSIST, on_writable, c);
		event_add(c->writable, NULL);
	}
	return true;
}

bool client_write(struct client *c, const char *p, size_t n)
{
	if (c->fd < 0)
		return false;
	ssize_t w = 0;
	if (!c->out) {
		w = send(c->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (w < 0 && errno != EAGAIN && errno != EINTR) {
			client_close(c);
			return false;
		}
		w = w < 0 ? 0 : w;
		live.bytes += (uint64_t)w;
	}
	return (size_t)w == n || keep(c, p + w, n - (size_t)w);
}

void client_close_after_write(struct client *c)
{
	c->closing = true;
	if (c->fd >= 0 && !c->out)
		client_close(c);
}

void client_heartbeats(size_t second)
{
	int64_t now = clock_monotonic();
	for (size_t i = live.clients_n; i-- > 0;) { /* backwards: a closed one is replaced by one already seen */
		struct client *c = live.clients[i];
		if (c->in_since && now - c->in_since > REQUEST_SECONDS * US_SECOND)
			client_close(c);
		else if (c->links_n && !c->out && i % HEARTBEAT_SECONDS == second % HEARTBEAT_SECONDS)
			client_write(c, ":\n\n", 3);
	}
}

/* ---- the request -------------------------------------------------------------------------------------------------- */
static void answer(struct client *c, const char *status, const char *type, const char *body)
{
	char head[256];
	int n = snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
		"Cache-Control: no-store\r\nConnection: close\r\n%s\r\n", status, type, strlen(body),
		status[0] == '5' ? "Retry-After: 5\r\n" : "");
	if (client_write(c, head, (size_t)n) && client_write(c, body, strlen(body)))
		client_close_after_write(c);
}

static void answer_metrics(struct client *c)
{
	char text[2048];
	snprintf(text, sizeof text,
		"# HELP foyer_live_streams Event streams open.\n# TYPE foyer_live_streams gauge\nfoyer_live_streams %zu\n"
		"# HELP foyer_live_channels Channels somebody listens to.\n# TYPE foyer_live_channels gauge\n"
		"foyer_live_channels %zu\n"
		"# HELP foyer_live_subscribed Whether messages arrive from Redis.\n# TYPE foyer_live_subscribed gauge\n"
		"foyer_live_subscribed %d\n"
		"# HELP foyer_live_opened_total Event streams opened.\n# TYPE foyer_live_opened_total counter\n"
		"foyer_live_opened_total %" PRIu64 "\n"
		"# HELP foyer_live_refused_total Requests refused, by limit or signature.\n"
		"# TYPE foyer_live_refused_total counter\nfoyer_live_refused_total %" PRIu64 "\n"
		"# HELP foyer_live_dropped_total Streams closed because the reader was too slow.\n"
		"# TYPE foyer_live_dropped_total counter\nfoyer_live_dropped_total %" PRIu64 "\n"
		"# HELP foyer_live_messages_total Messages received for channels with listeners.\n"
		"# TYPE foyer_live_messages_total counter\nfoyer_live_messages_total %" PRIu64 "\n"
		"# HELP foyer_live_deliveries_total Batches of messages written to a stream.\n"
		"# TYPE foyer_live_deliveries_total counter\nfoyer_live_deliveries_total %" PRIu64 "\n"
		"# HELP foyer_live_snapshots_total Times a client was told to fetch the state anew.\n"
		"# TYPE foyer_live_snapshots_total counter\nfoyer_live_snapshots_total %" PRIu64 "\n"
		"# HELP foyer_live_sent_bytes_total Bytes sent to clients.\n# TYPE foyer_live_sent_bytes_total counter\n"
		"foyer_live_sent_bytes_total %" PRIu64 "\n",
		live.streams_n, live.channels_n, upstream_subscribed(), live.opened, live.refused, live.dropped,
		live.messages, live.deliveries, live.snapshots, live.bytes);
	answer(c, "200 OK", "text/plain; version=0.0.4", text);
}

/* The time to wait before coming back differs, so that not everybody comes back at once. */
static bool begin_stream(struct client *c)
{
	char head[256];
	int n = snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
		"X-Accel-Buffering: no\r\nConnection: close\r\n\r\nretry: %u\n\n", 1000 + crypto_uniform(2000));
	return client_write(c, head, (size_t)n);
}

static void serve(struct client *c, const struct live_request *q)
{
	struct live_channels names;
	if (q->target == LIVE_METRICS) {
		answer_metrics(c);
	} else if (q->target != LIVE_STREAM) {
		answer(c, "404 Not Found", "text/plain", "");
	} else if (!live_token_open(q->token.p, q->token.n, clock_now(), &names)) {
		live.refused++;
		answer(c, "403 Forbidden", "text/plain", "");
	} else if (live.stopping || live.streams_n >= (size_t)conf()->live_connections) {
		live.refused++;
		answer(c, "503 Service Unavailable", "text/plain", "");
	} else if (begin_stream(c)) {
		live.opened++;
		live.streams_n++;
		hub_join(c, &names, q->positions);
	}
}

static void read_request(struct client *c)
{
	if (!c->in)
		c->in = malloc(LIVE_REQUEST_MAX);
	assert(c->in);
	ssize_t r = recv(c->fd, c->in + c->in_n, LIVE_REQUEST_MAX - c->in_n, MSG_DONTWAIT);
	if (r < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (r <= 0) {
		client_close(c);
		return;
	}
	c->in_n += (size_t)r;
	struct live_request q;
	enum live_parse parsed = live_request_parse(c->in, c->in_n, &q);
	if (parsed == LIVE_PARSE_MORE)
		return;
	char *in = c->in;
	c->in = NULL;
	c->in_since = 0; /* from here on nothing more is expected */
	if (parsed == LIVE_PARSE_OK)
		serve(c, &q);
	else
		answer(c, "400 Bad Request", "text/plain", "");
	free(in);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	struct client *c = arg;
	if (c->in_since) {
		read_request(c);
		return;
	}
	char rest[512]; /* whatever a client says on a stream is not listened to; its end is */
	ssize_t r = recv(fd, rest, sizeof rest, MSG_DONTWAIT);
	if (r == 0 || (r < 0 && errno != EAGAIN && errno != EINTR))
		client_close(c);
}
