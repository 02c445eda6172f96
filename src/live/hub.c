/* Channels: in step with Redis, and everybody who listens in step with them.
 *
 * The pattern subscription stands before anything is read.  A channel then asks once for its newest messages; what
 * arrives meanwhile is kept in `early`.  After that each message either continues the numbers, or is known, or shows a
 * gap: then the channel asks again.  What cannot be filled is told to the listeners as "snapshot". */
#include "live/server.h"

#include "base/clock.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 4096
#define FLUSH_EVERY (US_SECOND / 5)
#define IDLE_KEPT (30 * US_SECOND)
#define EARLY_MAX 4096

static struct channel *buckets[BUCKETS];
static unsigned subscription; /* counts them */
static struct buf text; /* shared by all writes: nothing here nests */

static struct channel **bucket_of(const char *name, size_t n)
{
	uint32_t h = 2166136261u;
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)name[i]) * 16777619u;
	return &buckets[h % BUCKETS];
}

static struct channel *find(const char *name, size_t n)
{
	for (struct channel *ch = *bucket_of(name, n); ch; ch = ch->next)
		if (strlen(ch->name) == n && memcmp(ch->name, name, n) == 0)
			return ch;
	return NULL;
}

/* ---- writing to links --------------------------------------------------------------------------------------------- */
/* The positions of the client's other channels, as they stand in front of the id. */
static const char *other_positions(const struct link *l, char *ret, size_t cap)
{
	size_t n = 0;
	ret[0] = '\0';
	for (unsigned i = 0; i < l->client->links_n; i++) {
		const struct link *o = &l->client->links[i];
		if (o != l && o->position >= 0 && n + LIVE_NAME_MAX + 24 < cap)
			n += (size_t)snprintf(ret + n, cap - n, "%s=%" PRId64 ",", o->channel->name, o->position);
	}
	return ret;
}

static void write_note(struct link *l, const char *event)
{
	char other[LIVE_CHANNELS_MAX * (LIVE_NAME_MAX + 24)];
	l->position = l->channel->feed.last;
	l->state = LINK_LIVE;
	buf_clear(&text);
	feed_write_note(&text, event, l->channel->name, other_positions(l, other, sizeof other), l->position);
	client_write(l->client, text.p, text.n);
}

static void write_snapshot(struct link *l)
{
	live.snapshots++;
	write_note(l, "snapshot");
}

/* ---- sending on --------------------------------------------------------------------------------------------------- */
static void tell_snapshot(struct channel *ch)
{
	ch->sent = ch->feed.last;
	ch->unsent_bytes = 0;
	evtimer_del(&ch->flush);
	for (size_t i = ch->links_n; i-- > 0;)
		if (ch->links[i]->state == LINK_LIVE)
			write_snapshot(ch->links[i]);
}

static void flush(struct channel *ch)
{
	int64_t from = ch->sent + 1, to = ch->feed.last;
	evtimer_del(&ch->flush);
	if (from > to)
		return;
	if (ch->sent && from < feed_oldest(&ch->feed)) { /* more came at once than the ring holds */
		tell_snapshot(ch);
		return;
	}
	ch->sent = to;
	ch->unsent_bytes = 0;
	ch->flushed_at = clock_monotonic();
	struct buf shared;
	buf_init(&shared, NULL);
	feed_write_range(&shared, &ch->feed, ch->name, "", from, to);
	for (size_t i = ch->links_n; i-- > 0;) { /* backwards: a closed one is replaced by one already served */
		struct link *l = ch->links[i];
		if (l->state != LINK_LIVE)
			continue;
		l->position = to;
		live.deliveries++;
		if (l->client->links_n == 1) {
			client_write(l->client, shared.p, shared.n);
			continue;
		}
		char other[LIVE_CHANNELS_MAX * (LIVE_NAME_MAX + 24)];
		buf_clear(&text);
		feed_write_range(&text, &ch->feed, ch->name, other_positions(l, other, sizeof other), from, to);
		client_write(l->client, text.p, text.n);
	}
	buf_free(&shared);
}

static void on_flush(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	flush(arg);
}

/* At most five writes a second to each listener: what comes quicker is sent together. */
static void flush_soon(struct channel *ch)
{
	int64_t wait = ch->flushed_at + FLUSH_EVERY - clock_monotonic();
	/* Everything that is between the oldest unsent message and now has to stay in the ring. */
	if (wait <= 0 || ch->feed.last - ch->sent >= FEED_RING / 2 || ch->unsent_bytes > FEED_RING_BYTES / 2) {
		flush(ch);
	} else if (!evtimer_pending(&ch->flush, NULL)) {
		struct timeval tv = { .tv_sec = 0, .tv_usec = (suseconds_t)wait };
		evtimer_add(&ch->flush, &tv);
	}
}

/* ---- a link catches up -------------------------------------------------------------------------------------------- */
static void catch_up_from_ring(struct link *l, const struct feed_msg *older, size_t older_n)
{
	struct channel *ch = l->channel;
	char other[LIVE_CHANNELS_MAX * (LIVE_NAME_MAX + 24)];
	int64_t from = older_n ? older[older_n - 1].seq + 1 : l->position + 1;
	other_positions(l, other, sizeof other);
	buf_clear(&text);
	feed_write(&text, ch->name, other, older, older_n);
	feed_write_range(&text, &ch->feed, ch->name, other, from, ch->feed.last);
	if (text.n > FEED_RESUME_BYTES) {
		write_snapshot(l);
		return;
	}
	l->position = ch->feed.last;
	l->state = LINK_LIVE;
	if (text.n)
		client_write(l->client, text.p, text.n);
}

static void start_link(struct link *l)
{
	flush(l->channel); /* so that the others stand where this one begins */
	if (l->position < 0) {
		write_note(l, "hello");
		return;
	}
	switch (feed_plan(&l->channel->feed, l->position)) {
	case FEED_NOTHING:
		l->state = LINK_LIVE;
		break;
	case FEED_FROM_RING:
		catch_up_from_ring(l, NULL, 0);
		break;
	case FEED_FROM_HISTORY:
		if (upstream_ask_older(l)) {
			l->state = LINK_FETCHES;
			l->client->pending++;
		} else {
			write_snapshot(l);
		}
		break;
	case FEED_SNAPSHOT:
		write_snapshot(l);
		break;
	}
}

void hub_older(struct link *l, const struct feed_msg *m, size_t n)
{
	struct client *c = l->client;
	if (c->fd >= 0 && l->state == LINK_FETCHES) {
		struct feed *f = &l->channel->feed;
		flush(l->channel);
		size_t use = 0;
		while (use < n && m[use].seq == l->position + 1 + (int64_t)use && m[use].seq <= f->last)
			use++;
		if (use && m[use - 1].seq + 1 >= feed_oldest(f))
			catch_up_from_ring(l, m, use);
		else
			write_snapshot(l);
	}
	client_release(c);
}

/* ---- a channel gets in step --------------------------------------------------------------------------------------- */
static void ask(struct channel *ch)
{
	ch->in_step = false;
	if (!ch->asked && upstream_subscribed() && upstream_ask_newest(ch)) {
		ch->asked = true;
		ch->asked_in = subscription;
	}
}

static void keep_early(struct channel *ch, int64_t seq, const char *data, size_t n)
{
	if (ch->early_n >= EARLY_MAX)
		return; /* shows as a gap later */
	ch->early = realloc(ch->early, (ch->early_n + 1) * sizeof *ch->early);
	char *copy = malloc(n + 1);
	assert(ch->early && copy);
	memcpy(copy, data, n);
	copy[n] = '\0';
	ch->early[ch->early_n++] = (struct feed_msg){ .seq = seq, .n = n, .data = copy };
}

/* The entries as a new beginning: their last run without a gap. */
static void begin_anew(struct channel *ch, const struct feed_msg *m, size_t n)
{
	size_t from = n;
	while (from > 0 && (from == n || m[from - 1].seq + 1 == m[from].seq))
		from--;
	feed_clear(&ch->feed, n ? m[from].seq - 1 : 0);
	for (size_t i = from; i < n; i++)
		feed_add(&ch->feed, m[i].seq, m[i].data, m[i].n);
}

/* Adds what is new; false where it does not continue what is there. */
static bool continue_with(struct channel *ch, const struct feed_msg *m, size_t n)
{
	if (ch->feed.last && (n == 0 || m[n - 1].seq < ch->feed.last))
		return false; /* Redis knows less than we do: it lost its memory */
	for (size_t i = 0; i < n; i++)
		if (feed_add(&ch->feed, m[i].seq, m[i].data, m[i].n) == FEED_GAP)
			return false;
	return true;
}

static void add_early(struct channel *ch)
{
	struct feed_msg *early = ch->early;
	size_t n = ch->early_n;
	bool gap = false;
	ch->early = NULL;
	ch->early_n = 0;
	for (size_t i = 0; i < n; i++) {
		if (feed_add(&ch->feed, early[i].seq, early[i].data, early[i].n) == FEED_GAP) {
			feed_clear(&ch->feed, early[i].seq - 1); /* Redis has just told its newest: more is not to be had */
			feed_add(&ch->feed, early[i].seq, early[i].data, early[i].n);
			gap = true;
		}
		free(early[i].data);
	}
	free(early);
	if (gap)
		tell_snapshot(ch);
}

void hub_newest(struct channel *ch, const struct feed_msg *m, size_t n)
{
	ch->asked = false;
	if (!m || !upstream_subscribed())
		return; /* hub_subscribed or hub_tick asks again */
	if (ch->asked_in != subscription) {
		ask(ch); /* read before the subscription that stands now: something may lie between them */
		return;
	}
	if (!ch->known) {
		begin_anew(ch, m, n);
		ch->sent = ch->feed.last;
	} else if (!continue_with(ch, m, n)) {
		begin_anew(ch, m, n);
		tell_snapshot(ch);
	}
	ch->known = ch->in_step = true;
	add_early(ch);
	flush(ch);
	for (size_t i = ch->links_n; i-- > 0;)
		if (ch->links[i]->state == LINK_WAITS)
			start_link(ch->links[i]);
}

void hub_message(const char *name, size_t name_n, int64_t seq, const char *data, size_t n)
{
	struct channel *ch = find(name, name_n);
	if (!ch)
		return;
	live.messages++;
	if (!ch->in_step) {
		keep_early(ch, seq, data, n);
		return;
	}
	switch (feed_add(&ch->feed, seq, data, n)) {
	case FEED_ADDED:
		ch->unsent_bytes += n;
		flush_soon(ch);
		break;
	case FEED_OLD:
		break;
	case FEED_GAP:
		keep_early(ch, seq, data, n);
		ask(ch);
		break;
	}
}

static void each_channel(void (*fn)(struct channel *ch))
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct channel *ch = buckets[i], *next; ch; ch = next) {
			next = ch->next;
			fn(ch);
		}
}

static void out_of_step(struct channel *ch) { ch->in_step = false; }

void hub_subscribed(void)
{
	subscription++;
	each_channel(ask);
}

void hub_unsubscribed(void) { each_channel(out_of_step); }

/* ---- channels come and go ----------------------------------------------------------------------------------------- */
static struct channel *open_channel(const char *name)
{
	size_t n = strlen(name);
	struct channel *ch = find(name, n);
	if (ch)
		return ch;
	ch = calloc(1, sizeof *ch);
	assert(ch);
	memcpy(ch->name, name, n + 1);
	evtimer_assign(&ch->flush, live.base, on_flush, ch);
	struct channel **bucket = bucket_of(name, n);
	ch->next = *bucket;
	*bucket = ch;
	live.channels_n++;
	ask(ch);
	return ch;
}

static void close_channel(struct channel *ch)
{
	struct channel **at = bucket_of(ch->name, strlen(ch->name));
	while (*at != ch)
		at = &(*at)->next;
	*at = ch->next;
	evtimer_del(&ch->flush);
	feed_clear(&ch->feed, 0);
	for (size_t i = 0; i < ch->early_n; i++)
		free(ch->early[i].data);
	free(ch->early);
	free(ch->links);
	free(ch);
	live.channels_n--;
}

static void look_after(struct channel *ch)
{
	if (!ch->in_step)
		ask(ch);
	if (ch->idle_since && !ch->asked && clock_monotonic() - ch->idle_since > IDLE_KEPT)
		close_channel(ch);
}

void hub_tick(void) { each_channel(look_after); }

void hub_join(struct client *c, const struct live_channels *names, struct bytes positions)
{
	c->links = calloc(names->n, sizeof *c->links);
	assert(c->links);
	c->links_n = (unsigned)names->n;
	for (size_t i = 0; i < names->n; i++) {
		struct channel *ch = open_channel(names->name[i]);
		if (ch->links_n == ch->links_cap) {
			ch->links_cap = ch->links_cap ? 2 * ch->links_cap : 8;
			ch->links = realloc(ch->links, ch->links_cap * sizeof(struct link *));
			assert(ch->links);
		}
		ch->idle_since = 0;
		c->links[i] = (struct link){ .client = c, .channel = ch, .at = ch->links_n,
			.position = positions.n ? live_position(positions.p, positions.n, ch->name) : -1 };
		ch->links[ch->links_n++] = &c->links[i];
	}
	c->pending++; /* it may be closed in the middle */
	for (size_t i = 0; i < names->n && c->fd >= 0; i++)
		if (c->links[i].channel->in_step)
			start_link(&c->links[i]);
	client_release(c);
}

void hub_leave(struct client *c)
{
	for (unsigned i = 0; i < c->links_n; i++) {
		struct link *l = &c->links[i];
		struct channel *ch = l->channel;
		ch->links[l->at] = ch->links[--ch->links_n];
		ch->links[l->at]->at = l->at;
		if (ch->links_n == 0)
			ch->idle_since = clock_monotonic();
	}
}
