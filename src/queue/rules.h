/* The waiting room's rules without a database, Redis or a request.  Pure. */
#ifndef FOYER_QUEUE_RULES_H
#define FOYER_QUEUE_RULES_H

#include "base/str.h"
#include "queue/draw.h"

#include <stdbool.h>
#include <stdint.h>

enum { QUEUE_STEP_MAX = 500 };          /* most admissions of one tick */

/* How the head moved: what is known after a tick. */
struct queue_step { int64_t at, head, admitted; };
/* What was known at an instant: the newest step that is not younger; all zero when all are (steps newest first). */
struct queue_step queue_step_at(const struct queue_step *steps, size_t n, int64_t at);

/* How many may be admitted now.  inside: living passes; owed: admitted within the grace time and not yet inside;
 * last_minute: admitted within 60 s; from, to: the instants of the tick before and of this one; a longer gap than five
 * seconds is not made up for. */
struct queue_flow { int64_t target, rate, inside, owed, last_minute, from, to; };
int64_t queue_allowance(const struct queue_flow *f);
/* How many more may be inside at all: the late ones make it a tenth of the target more (at least one).  Negative when the
 * target was lowered. */
int64_t queue_entry_room(const struct queue_flow *f);

/* The numbers that may be given out until the next tick, beyond the ones that are: 10,000, or three times what came. */
int64_t queue_licence(int64_t issued, int64_t joined);

/* Numbers that were never given out, as far as anybody knows: with a lost Redis everything up to its licence counts as given. */
enum { QUEUE_HOLES = 8 };
struct queue_holes { struct queue_range { int64_t from, to; } range[QUEUE_HOLES]; size_t n; };
/* "501-10500,10900-20900"; what is no such list has no holes. */
void queue_holes_parse(const char *s, struct queue_holes *ret);
const char *queue_holes_text(struct arena *a, const struct queue_holes *h);
/* One more, behind the others; when there are too many the last one grows. */
void queue_holes_add(struct queue_holes *h, int64_t from, int64_t to);

/* Moves the head over those who are there: one bit for each place, place p in byte p / 8, highest bit first (as SETBIT does),
 * of two spans of time; the maps begin with byte `first`.  all: everybody counts as there whatever the bits say, but whose number is a hole; draw tells the
 * number of a place (NULL: places are numbers).  Stops behind the last one admitted, after `steps` places, or at the end of the
 * maps or of the numbers. */
struct queue_walk {
	const uint8_t *now_map, *last_map;   /* n bytes each */
	int64_t first, n;
	bool all;
	const struct queue_holes *holes;
	const struct draw *draw;
	int64_t issued, want, steps;         /* want: how many may still be admitted */
	int64_t head, admitted, skipped;     /* moved on */
};
void queue_walk(struct queue_walk *w);

#endif
