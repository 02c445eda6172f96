#include "live/feed.h"

#include "base/str.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void drop_oldest(struct feed *f)
{
	struct feed_msg *m = &f->ring[f->first];
	f->bytes -= m->n;
	free(m->data);
	*m = (struct feed_msg){ .seq = 0 };
	f->first = (f->first + 1) % FEED_RING;
	f->n--;
}

void feed_clear(struct feed *f, int64_t last)
{
	while (f->n)
		drop_oldest(f);
	f->last = last;
}

enum feed_add feed_add(struct feed *f, int64_t seq, const char *data, size_t n)
{
	if (seq <= f->last)
		return FEED_OLD;
	if (f->last && seq != f->last + 1)
		return FEED_GAP;
	while (f->n && (f->n == FEED_RING || f->bytes + n > FEED_RING_BYTES))
		drop_oldest(f);
	char *copy = malloc(n + 1);
	assert(copy);
	for (size_t i = 0; i < n; i++) /* in JSON they are blanks, in a stream they would end the line */
		copy[i] = data[i] == '\n' || data[i] == '\r' || data[i] == '\0' ? ' ' : data[i];
	copy[n] = '\0';
	f->ring[(f->first + f->n) % FEED_RING] = (struct feed_msg){ seq, n, copy };
	f->n++;
	f->bytes += n;
	f->last = seq;
	return FEED_ADDED;
}

int64_t feed_oldest(const struct feed *f)
{
	return f->last + 1 - (int64_t)f->n;
}

const struct feed_msg *feed_at(const struct feed *f, int64_t seq)
{
	if (seq < feed_oldest(f) || seq > f->last)
		return NULL;
	return &f->ring[(f->first + (size_t)(seq - feed_oldest(f))) % FEED_RING];
}

enum feed_resume feed_plan(const struct feed *f, int64_t after)
{
	if (after == f->last)
		return FEED_NOTHING;
	if (after > f->last)
		return FEED_SNAPSHOT;
	return after + 1 >= feed_oldest(f) ? FEED_FROM_RING : FEED_FROM_HISTORY;
}

/* ---- writing ------------------------------------------------------------------------------------------------------ */
static bool is_array(const struct feed_msg *m)
{
	return m->n >= 2 && m->data[0] == '[' && m->data[m->n - 1] == ']';
}

static bool is_empty_array(const struct feed_msg *m)
{
	return m->n - 2 == strspn(m->data + 1, " \t");
}

static void write_event(struct buf *b, const char *channel, const char *other, const struct feed_msg *m, size_t n)
{
	buf_printf(b, "id: %s%s=%" PRId64 "\nevent: %s\ndata: ", other, channel, m[n - 1].seq, channel);
	if (n == 1) {
		buf_add(b, m->data, m->n);
	} else {
		bool some = false;
		buf_chr(b, '[');
		for (size_t i = 0; i < n; i++) {
			if (is_empty_array(&m[i]))
				continue;
			if (some)
				buf_chr(b, ',');
			buf_add(b, m[i].data + 1, m[i].n - 2);
			some = true;
		}
		buf_chr(b, ']');
	}
	buf_str(b, "\n\n");
}

void feed_write(struct buf *b, const char *channel, const char *other, const struct feed_msg *m, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t run = 1;
		if (is_array(&m[i]))
			while (i + run < n && is_array(&m[i + run]))
				run++;
		write_event(b, channel, other, m + i, run);
		i += run;
	}
}

void feed_write_range(struct buf *b, const struct feed *f, const char *channel, const char *other, int64_t from, int64_t to)
{
	struct feed_msg run[FEED_RING];
	size_t n = 0;
	if (from < feed_oldest(f)) /* the first number of a channel is far from 0 */
		from = feed_oldest(f);
	for (int64_t seq = from; seq <= to && seq <= f->last; seq++)
		run[n++] = *feed_at(f, seq);
	feed_write(b, channel, other, run, n);
}

void feed_write_note(struct buf *b, const char *event, const char *channel, const char *other, int64_t seq)
{
	buf_printf(b, "id: %s%s=%" PRId64 "\nevent: %s\ndata: %s\n\n", other, channel, seq, event, channel);
}
