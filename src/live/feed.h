/* The recent past of one channel, and how it is written to a stream.  Pure.
 * Messages of a channel are numbered without gaps; 0 is "nothing yet". */
#ifndef FOYER_LIVE_FEED_H
#define FOYER_LIVE_FEED_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

#define FEED_RING 256
#define FEED_RING_BYTES ((size_t)512 << 10)
#define FEED_RESUME_BYTES ((size_t)128 << 10) /* who missed more than this fetches a snapshot */

struct feed_msg { int64_t seq; size_t n; char *data; }; /* JSON without line breaks */
struct feed {
	struct feed_msg ring[FEED_RING];
	size_t first, n, bytes;
	int64_t last; /* number of the newest message, also while the ring is empty */
};
enum feed_add { FEED_ADDED, FEED_OLD, FEED_GAP };
enum feed_resume { FEED_NOTHING, FEED_FROM_RING, FEED_FROM_HISTORY, FEED_SNAPSHOT };

void feed_clear(struct feed *f, int64_t last); /* frees the messages; the next one expected is last + 1 */
/* Copies the message.  A gap adds nothing.  After 0 any number may follow: a channel's first number is a time. */
enum feed_add feed_add(struct feed *f, int64_t seq, const char *data, size_t n);
const struct feed_msg *feed_at(const struct feed *f, int64_t seq); /* NULL: not in the ring */
int64_t feed_oldest(const struct feed *f);                         /* last + 1 while the ring is empty */
/* How somebody who has everything up to `after` gets what is missing. */
enum feed_resume feed_plan(const struct feed *f, int64_t after);

/* Events for messages from…to of the ring: id = other + "channel=seq", neighbouring arrays joined to one event. */
void feed_write_range(struct buf *b, const struct feed *f, const char *channel, const char *other, int64_t from, int64_t to);
void feed_write(struct buf *b, const char *channel, const char *other, const struct feed_msg *m, size_t n);
/* Events without a message: "hello" (from here on you hear everything) and "snapshot" (fetch the state, something is
 * missing); the data is the channel's name. */
void feed_write_note(struct buf *b, const char *event, const char *channel, const char *other, int64_t seq);

#endif
