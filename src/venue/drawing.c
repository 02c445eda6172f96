/* A hall as a picture. */
#include "venue/drawing.h"

#include "base/buf.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { DOTS_MAX = 6000, DOT = 14, PAD = 30 }; /* with more seats than that rows are lines */

/* Every seat a dot: a line without length whose round caps are seen. */
static void add_dot(struct buf *b, const struct plan_seat *s)
{
	buf_printf(b, "M%d %dh0", s->x, s->y);
}

/* A row by its ends and its middle. */
static void add_row(struct buf *b, const struct plan_seat *s, size_t n)
{
	const struct plan_seat *middle = &s[n / 2], *last = &s[n - 1];
	buf_printf(b, "M%d %dL%d %dL%d %d", s->x, s->y, middle->x, middle->y, last->x, last->y);
}

static void draw_seats(struct arena *a, const struct plan_section *s, bool dots, struct drawn_section *to)
{
	struct buf seats, marked;
	buf_init(&seats, a);
	buf_init(&marked, a);
	for (size_t i = 0, first = 0; i < s->n_seats; i++) {
		if (s->seats[i].flags)
			add_dot(&marked, &s->seats[i]);
		else if (dots)
			add_dot(&seats, &s->seats[i]);
		bool row_ends = i + 1 == s->n_seats || !str_eq(s->seats[i + 1].row, s->seats[first].row);
		if (row_ends && !dots)
			add_row(&seats, &s->seats[first], i + 1 - first);
		if (row_ends)
			first = i + 1;
	}
	to->seats = buf_cstr(&seats);
	to->marked = buf_cstr(&marked);
}

static const char *draft_path(struct arena *a, const struct plan_section *s, bool dots)
{
	struct drawn_section d;
	if (s->standing)
		return arena_printf(a, "M%d %dh%dv%dh-%dz", s->x, s->y, s->w, s->h, s->w);
	draw_seats(a, s, dots, &d);
	return d.seats;
}

static int box_order(const void *a, const void *b)
{
	const struct plan_section *const *x = a, *const *y = b;
	return ((*x)->y > (*y)->y) - ((*x)->y < (*y)->y);
}

/* The stage stands in the largest gap of the middle line within the front half (a bowl has it in its middle), as on the
 * seat map. */
static void place_stage(struct arena *a, const struct plan *p, int x0, int y0, int x1, int y1, struct hall_drawing *d)
{
	const struct plan_section **in_way = arena_array(a, const struct plan_section *, p->n_sections + 1);
	int cx = (x0 + x1) / 2, half = (x1 - x0) * 15 / 100, at = 0, from = 0, to = 0;
	size_t n = 0;
	assert(p->sections);
	for (size_t i = 0; i < p->n_sections; i++) {
		const struct plan_section *s = &p->sections[i];
		if (s->x < cx + half && s->x + s->w > cx - half)
			in_way[n++] = s;
	}
	qsort(in_way, n, sizeof in_way[0], box_order);
	for (size_t i = 0; i < n; i++) {
		bool in_front = (at + in_way[i]->y) / 2 < y0 + (y1 - y0) * 55 / 100;
		if (in_front && in_way[i]->y - at > to - from) {
			from = at;
			to = in_way[i]->y;
		}
		at = in_way[i]->y + in_way[i]->h > at ? in_way[i]->y + in_way[i]->h : at;
	}
	if (to - from < 3 * DOT)
		return;
	int room = (to - from) / 2, h = room < (y1 - y0) * 8 / 100 ? room : (y1 - y0) * 8 / 100;
	h = h < DOT ? DOT : h;
	int middle = from ? (from + to) / 2 : to - h * 3 / 2;
	d->stage = true;
	d->stage_x = cx - half;
	d->stage_w = 2 * (int64_t)half;
	d->stage_y = middle - h / 2;
	d->stage_h = h;
	d->stage_size = h * 6 / 10 < half / 2 ? h * 6 / 10 : half / 2;
}

static void draw_section(struct arena *a, const struct plan_section *s, bool dots, int64_t view_w, struct drawn_section *to)
{
	*to = (struct drawn_section){ .name = s->name, .standing = s->standing, .x = s->x, .y = s->y, .w = s->w, .h = s->h,
		.label_x = s->x + s->w / 2, .label_y = s->y + s->h / 2 };
	draw_seats(a, s, dots, to);
	int64_t letters = (int64_t)str_utf8_len(s->name), size = s->w / (letters > 4 ? letters : 4);
	size = size < view_w / 28 ? size : view_w / 28;
	to->label_size = size > view_w / 120 ? size : view_w / 120;
	to->label_y += to->label_size / 3; /* text stands on its line */
}

struct hall_drawing *hall_draw(struct arena *a, const struct plan *p, const struct plan_section *draft)
{
	struct hall_drawing *d = arena_one(a, struct hall_drawing);
	size_t seats = draft ? draft->n_seats : 0;
	int x0 = p->width, y0 = p->height, x1 = 0, y1 = 0;
	for (size_t i = 0; i <= p->n_sections; i++) {
		const struct plan_section *s = i < p->n_sections ? &p->sections[i] : draft;
		if (!s)
			continue;
		x0 = s->x < x0 ? s->x : x0;
		y0 = s->y < y0 ? s->y : y0;
		x1 = s->x + s->w > x1 ? s->x + s->w : x1;
		y1 = s->y + s->h > y1 ? s->y + s->h : y1;
		seats += i < p->n_sections ? s->n_seats : 0;
	}
	if (x1 < x0) {
		x0 = y0 = 0;
		x1 = p->width;
		y1 = p->height / 2;
	}
	if (p->n_sections > 0)
		place_stage(a, p, x0, y0, x1, y1, d);
	int top = d->stage && d->stage_y < y0 ? (int)d->stage_y : y0;
	d->x = x0 - PAD;
	d->y = top - PAD;
	d->w = x1 - x0 + 2 * PAD;
	d->h = y1 - top + 2 * PAD;
	d->dot = DOT;
	d->n = p->n_sections;
	d->sections = arena_array(a, struct drawn_section, p->n_sections + 1);
	for (size_t i = 0; i < p->n_sections; i++)
		draw_section(a, &p->sections[i], seats <= DOTS_MAX, d->w, &d->sections[i]);
	d->draft = draft ? draft_path(a, draft, seats <= DOTS_MAX) : "";
	return d;
}
