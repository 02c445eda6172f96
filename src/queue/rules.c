#include "queue/rules.h"

#include "base/buf.h"
#include "base/clock.h"

#include <inttypes.h>
#include <string.h>

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

void queue_holes_parse(const char *s, struct queue_holes *ret)
{
	*ret = (struct queue_holes){ 0 };
	for (const char *p = s; *p && ret->n < QUEUE_HOLES;) {
		int64_t v[2] = { 0 };
		for (int i = 0; i < 2; i++, p += *p != '\0')
			for (; *p >= '0' && *p <= '9' && v[i] < INT64_MAX / 100; p++)
				v[i] = v[i] * 10 + *p - '0';
		if (v[0] < 1 || v[1] < v[0])
			return;
		ret->range[ret->n++] = (struct queue_range){ v[0], v[1] };
	}
}

const char *queue_holes_text(struct arena *a, const struct queue_holes *h)
{
	struct buf b;
	buf_init(&b, a);
	for (size_t i = 0; i < h->n; i++)
		buf_printf(&b, "%s%" PRId64 "-%" PRId64, i ? "," : "", h->range[i].from, h->range[i].to);
	return buf_cstr(&b);
}

void queue_holes_add(struct queue_holes *h, int64_t from, int64_t to)
{
	if (from > to)
		return;
	if (h->n == QUEUE_HOLES)
		h->range[h->n - 1].to = to;
	else
		h->range[h->n++] = (struct queue_range){ from, to };
}

static bool is_hole(const struct queue_walk *w, int64_t place)
{
	if (!w->holes || !w->holes->n)
		return false;
	int64_t number = w->draw && place <= w->draw->n ? draw_number(w->draw, place) : place;
	for (size_t i = 0; i < w->holes->n; i++)
		if (number >= w->holes->range[i].from && number <= w->holes->range[i].to)
			return true;
	return false;
}

static bool is_there(const struct queue_walk *w, int64_t place)
{
	int64_t at = place / 8 - w->first;
	bool seen = (w->now_map[at] | w->last_map[at]) >> (7 - place % 8) & 1;
	return seen || (w->all && !is_hole(w, place));
}

void queue_walk(struct queue_walk *w)
{
	int64_t end = least(w->issued, (w->first + w->n) * 8 - 1);
	while (w->head < end && w->want > 0 && w->steps > 0) {
		w->head++;
		w->steps--;
		if (is_there(w, w->head)) {
			w->admitted++;
			w->want--;
		} else {
			w->skipped++;
		}
	}
}
