#include "queue/rules.h"

#include "base/clock.h"

#define CATCH_UP (5 * US_SECOND)

struct queue_step queue_step_at(const struct queue_step *steps, size_t n, int64_t at)
{
	for (size_t i = 0; i < n; i++)
		if (steps[i].at <= at)
			return steps[i];
	return (struct queue_step){ 0 };
}

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

/* Admissions that the rate has made possible since 1970: the difference of two instants carries the fractions. */
static int64_t granted_by(int64_t rate, int64_t at)
{
	return at / US_MINUTE * rate + at % US_MINUTE * rate / US_MINUTE;
}

int64_t queue_allowance(const struct queue_flow *f)
{
	int64_t from = most(f->from, f->to - CATCH_UP);
	int64_t by_rate = f->to > from ? granted_by(f->rate, f->to) - granted_by(f->rate, from) : 0;
	int64_t n = least(f->target - f->inside - f->owed, least(by_rate, f->rate - f->last_minute));
	return most(0, least(n, QUEUE_STEP_MAX));
}

int64_t queue_entry_room(const struct queue_flow *f)
{
	return f->target + most(1, f->target / 10) - f->inside;
}

int64_t queue_licence(int64_t issued, int64_t joined)
{
	return issued + most(10000, 3 * joined);
}

static bool is_there(const struct queue_walk *w, int64_t place)
{
	int64_t at = place / 8 - w->first;
	return place <= w->all_to || ((w->now_map[at] | w->last_map[at]) >> (7 - place % 8) & 1);
}

void queue_walk(struct queue_walk *w)
{
	int64_t end = least(w->issued, (w->first + w->n) * 8 - 1);
	while (w->head < end && w->want > 0) {
		w->head++;
		if (is_there(w, w->head)) {
			w->admitted++;
			w->want--;
		} else {
			w->skipped++;
		}
	}
}
