/* `foyer live` inside: clients (client.c), channels (hub.c), Redis (upstream.c), the loop (server.c).  One thread. */
#ifndef FOYER_LIVE_SERVER_H
#define FOYER_LIVE_SERVER_H

#include "live/feed.h"
#include "live/request.h"
#include "live/token.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdint.h>

struct client;
struct channel;

/* One client on one channel. */
enum link_state { LINK_WAITS, LINK_FETCHES, LINK_LIVE }; /* for the channel; for older history; has everything so far */
struct link {
	struct client *client;
	struct channel *channel;
	size_t at;        /* in channel->links */
	int64_t position; /* the newest message it has; -1: said nothing */
	enum link_state state;
};

/* Kept small: there are many thousands. */
struct client {
	int fd;                  /* -1: closed, kept for an answer of Redis that is still to come */
	unsigned links_n, pending;
	size_t at;               /* in live.clients */
	struct link *links;
	struct event readable;
	struct event *writable;  /* NULL while everything was written at once */
	char *in;                /* the request, until it is complete */
	size_t in_n;
	int64_t in_since;        /* monotonic; 0: the request has come */
	char *out;               /* what the socket did not take yet */
	size_t out_n, out_at;
	bool closing;            /* after the last byte */
};

struct channel {
	struct channel *next;    /* in its hash bucket */
	char name[LIVE_NAME_MAX + 1];
	struct feed feed;
	int64_t sent;            /* listeners with LINK_LIVE have this one */
	int64_t flushed_at, idle_since; /* monotonic; idle_since 0: somebody listens */
	bool known;              /* was in step with Redis at least once */
	bool in_step;            /* everything published since is in the feed */
	bool asked;              /* an answer of Redis is still to come */
	unsigned asked_in;       /* during which subscription */
	struct event flush;
	size_t unsent_bytes;
	struct feed_msg *early;  /* arrived before the answer */
	size_t early_n;
	struct link **links;
	size_t links_n, links_cap;
};

struct live {
	struct event_base *base;
	struct client **clients;
	size_t clients_n, clients_cap, streams_n, channels_n;
	bool stopping;
	uint64_t opened, refused, dropped, messages, deliveries, bytes, snapshots;
};
extern struct live live;

/* ---- client.c */
struct client *client_new(int fd);
/* Sends or keeps p; a client that is too far behind is closed, and is gone when this returns false. */
bool client_write(struct client *c, const char *p, size_t n);
void client_close_after_write(struct client *c); /* may close at once */
void client_close(struct client *c);
void client_release(struct client *c);           /* an answer it waited for has come: frees it if it is closed */
void client_heartbeats(size_t second);           /* a part of all clients each second */

/* ---- hub.c */
void hub_join(struct client *c, const struct live_channels *names, struct bytes positions);
void hub_leave(struct client *c);
void hub_tick(void);                             /* each second */
void hub_subscribed(void);                       /* from now on every message arrives */
void hub_unsubscribed(void);
void hub_message(const char *name, size_t name_n, int64_t seq, const char *data, size_t n);
/* The newest entries in ascending order; m NULL: Redis did not answer. */
void hub_newest(struct channel *ch, const struct feed_msg *m, size_t n);
void hub_older(struct link *l, const struct feed_msg *m, size_t n); /* the entries behind l->position */

/* ---- upstream.c */
void upstream_start(void);
void upstream_stop(void);
bool upstream_subscribed(void);
bool upstream_ask_newest(struct channel *ch); /* false: not connected, nothing will come */
bool upstream_ask_older(struct link *l);

#endif
