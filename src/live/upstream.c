/* Redis, without waiting: one connection that listens to all channels, one that reads histories. */
#include "live/server.h"

#include "base/conf.h"
#include "base/log.h"
#include "ext/crypto.h"

#include <assert.h>
#include <hiredis/adapters/libevent.h>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define PREFIX "live:"
#define PAUSE_LEAST_MS 100
#define PAUSE_MOST_MS 3000
#define OLDER_MOST "1000"

struct wire {
	const char *name;
	redisAsyncContext *ctx; /* NULL: not connected, a timer runs */
	bool ready;
	unsigned pause_ms;
	struct event again;
	void (*greet)(struct wire *w);
};

static void greet_listener(struct wire *w);
static void greet_reader(struct wire *w);
static struct wire listener = { .name = "listening", .greet = greet_listener };
static struct wire reader = { .name = "reading", .greet = greet_reader };
static bool stopping;

static void connect_wire(struct wire *w);

/* ---- the connections ---------------------------------------------------------------------------------------------- */
static void on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	connect_wire(arg);
}

static void lost(struct wire *w, const char *why)
{
	bool was_ready = w->ready;
	w->ctx = NULL;
	w->ready = false;
	if (w == &listener && was_ready)
		hub_unsubscribed();
	if (stopping)
		return;
	if (was_ready || w->pause_ms == 0)
		log_msg(LOG_WARN, "redis is away", "connection", w->name, "why", why, NULL);
	w->pause_ms = w->pause_ms ? 2 * w->pause_ms : PAUSE_LEAST_MS;
	if (w->pause_ms > PAUSE_MOST_MS)
		w->pause_ms = PAUSE_MOST_MS;
	unsigned ms = w->pause_ms / 2 + crypto_uniform(w->pause_ms);
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000) * 1000 };
	evtimer_add(&w->again, &tv);
}

static void on_connect(const redisAsyncContext *ctx, int status)
{
	struct wire *w = ctx->data;
	if (status != REDIS_OK)
		lost(w, ctx->errstr);
}

static void on_disconnect(const redisAsyncContext *ctx, int status)
{
	lost(ctx->data, status == REDIS_OK ? "closed" : ctx->errstr);
}

/* A host that vanished without a word is noticed by the kernel. */
static void watch(int fd)
{
	int on = 1, idle = 5, every = 5, tries = 2;
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every, sizeof every);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &tries, sizeof tries);
}

static void connect_wire(struct wire *w)
{
	const struct conf *c = conf();
	bool local = !str_empty(c->redis_socket);
	redisAsyncContext *ctx = local ? redisAsyncConnectUnix(c->redis_socket) :
		redisAsyncConnect(c->redis_host, (int)c->redis_port);
	if (!ctx || ctx->err) {
		lost(w, ctx ? ctx->errstr : "no memory");
		if (ctx)
			redisAsyncFree(ctx);
		return;
	}
	if (!local)
		watch(ctx->c.fd);
	w->ctx = ctx;
	ctx->data = w;
	redisLibeventAttach(ctx, live.base);
	redisAsyncSetConnectCallback(ctx, on_connect);
	redisAsyncSetDisconnectCallback(ctx, on_disconnect);
	if (!str_empty(c->redis_password))
		redisAsyncCommand(ctx, NULL, NULL, "AUTH %s", c->redis_password);
	w->greet(w);
}

static void ready(struct wire *w)
{
	w->ready = true;
	w->pause_ms = 0;
	log_msg(LOG_INFO, "redis is there", "connection", w->name, NULL);
}

/* An answer that is no answer (loading, wrong password): hang up and try again later. */
static bool usable(redisAsyncContext *ctx, const redisReply *r)
{
	if (r && r->type != REDIS_REPLY_ERROR)
		return true;
	if (r) {
		log_msg(LOG_WARN, "redis refuses", "answer", r->str, NULL);
		redisAsyncDisconnect(ctx);
	}
	return false;
}

/* ---- listening ---------------------------------------------------------------------------------------------------- */
static bool is_text(const redisReply *r, const char *s)
{
	return r->type == REDIS_REPLY_STRING && strcmp(r->str, s) == 0;
}

static void on_listener(redisAsyncContext *ctx, void *reply, void *arg)
{
	(void)arg;
	const redisReply *r = reply;
	if (!usable(ctx, r) || r->type != REDIS_REPLY_ARRAY)
		return;
	if (r->elements == 3 && is_text(r->element[0], "psubscribe")) {
		ready(&listener);
		hub_subscribed();
		return;
	}
	if (r->elements != 4 || !is_text(r->element[0], "pmessage") || r->element[2]->type != REDIS_REPLY_STRING ||
	    r->element[3]->type != REDIS_REPLY_STRING)
		return;
	const redisReply *name = r->element[2], *message = r->element[3];
	char *data;
	long long seq = strtoll(message->str, &data, 10);
	if (seq <= 0 || *data != ' ' || (size_t)name->len <= strlen(PREFIX))
		return;
	data++;
	hub_message(name->str + strlen(PREFIX), (size_t)name->len - strlen(PREFIX), seq, data,
		(size_t)message->len - (size_t)(data - message->str));
}

static void greet_listener(struct wire *w)
{
	redisAsyncCommand(w->ctx, on_listener, NULL, "PSUBSCRIBE " PREFIX "*");
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */
static void on_ping(redisAsyncContext *ctx, void *reply, void *arg)
{
	(void)arg;
	if (usable(ctx, reply))
		ready(&reader);
}

static void greet_reader(struct wire *w)
{
	redisAsyncCommand(w->ctx, on_ping, NULL, "PING");
}

/* The entries [[id, [field, data]], …] as messages that point into the reply; NULL when it is something else. */
static struct feed_msg *entries(const redisReply *r, bool newest_first, size_t *ret_n)
{
	if (!r || r->type != REDIS_REPLY_ARRAY)
		return NULL;
	struct feed_msg *m = calloc(r->elements + 1, sizeof *m);
	assert(m);
	for (size_t i = 0; i < r->elements; i++) {
		const redisReply *e = r->element[newest_first ? r->elements - 1 - i : i];
		if (e->type != REDIS_REPLY_ARRAY || e->elements != 2 || e->element[0]->type != REDIS_REPLY_STRING ||
		    e->element[1]->type != REDIS_REPLY_ARRAY || e->element[1]->elements != 2 ||
		    e->element[1]->element[1]->type != REDIS_REPLY_STRING) {
			free(m);
			return NULL;
		}
		const redisReply *data = e->element[1]->element[1];
		m[i] = (struct feed_msg){ strtoll(e->element[0]->str, NULL, 10), (size_t)data->len, data->str };
	}
	*ret_n = r->elements;
	return m;
}

static void on_newest(redisAsyncContext *ctx, void *reply, void *arg)
{
	(void)ctx;
	size_t n = 0;
	struct feed_msg *m = entries(reply, true, &n);
	hub_newest(arg, m, n);
	free(m);
}

static void on_older(redisAsyncContext *ctx, void *reply, void *arg)
{
	(void)ctx;
	size_t n = 0;
	struct feed_msg *m = entries(reply, false, &n);
	hub_older(arg, m, n);
	free(m);
}

bool upstream_ask_newest(struct channel *ch)
{
	return reader.ready && redisAsyncCommand(reader.ctx, on_newest, ch, "XREVRANGE " PREFIX "{%s} + - COUNT %d",
		ch->name, FEED_RING) == REDIS_OK;
}

bool upstream_ask_older(struct link *l)
{
	return reader.ready && redisAsyncCommand(reader.ctx, on_older, l, "XRANGE " PREFIX "{%s} %lld-0 + COUNT " OLDER_MOST,
		l->channel->name, (long long)l->position + 1) == REDIS_OK;
}

bool upstream_subscribed(void)
{
	return listener.ready;
}

void upstream_start(void)
{
	evtimer_assign(&listener.again, live.base, on_again, &listener);
	evtimer_assign(&reader.again, live.base, on_again, &reader);
	connect_wire(&reader);
	connect_wire(&listener);
}

void upstream_stop(void)
{
	stopping = true;
	struct wire *all[] = { &listener, &reader };
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		evtimer_del(&all[i]->again);
		if (all[i]->ctx)
			redisAsyncFree(all[i]->ctx);
	}
}
