/* Plans of halls: checking and generating them.  Pure. */
#include "venue/plan_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct err *refused(const char *text)
{
	return err_user(err_new(ERR_INVALID, "plan refused"), "%s", text);
}

/* msgid: a text with one %s, the section. */
#define refused_section(section, msgid) err_user(err_new(ERR_INVALID, "plan refused"), msgid, section)

static int seat_order(const void *a, const void *b)
{
	const struct plan_seat *const *x = a, *const *y = b;
	int rows = strcmp((*x)->row, (*y)->row);
	return rows ? rows : strcmp((*x)->label, (*y)->label);
}

static struct err *check_seats(struct arena *a, const struct plan *p, const struct plan_section *s)
{
	const struct plan_seat **sorted = arena_array(a, const struct plan_seat *, s->n_seats + 1);
	for (size_t i = 0; i < s->n_seats; i++) {
		const struct plan_seat *seat = &s->seats[i];
		sorted[i] = seat;
		if (str_empty(seat->row) || str_empty(seat->label) || str_utf8_len(seat->row) > PLAN_LABEL_MAX ||
		    str_utf8_len(seat->label) > PLAN_LABEL_MAX)
			return refused_section(s->name, N_("Section %s: every seat needs a row and a number of at most 8 characters."));
		if (seat->x < 0 || seat->y < 0 || seat->x > p->width || seat->y > p->height)
			return refused_section(s->name, N_("Section %s: a seat lies outside the drawing. Make the hall larger or move the section."));
	}
	qsort(sorted, s->n_seats, sizeof sorted[0], seat_order);
	for (size_t i = 1; i < s->n_seats; i++)
		if (seat_order(&sorted[i - 1], &sorted[i]) == 0)
			return err_user(err_new(ERR_INVALID, "plan refused"), N_("Section %s: row %s has two seats with the number %s."),
			    s->name, sorted[i]->row, sorted[i]->label);
	return NULL;
}

static struct err *check_section(struct arena *a, const struct plan *p, const struct plan_section *s)
{
	if (str_empty(s->name) || str_utf8_len(s->name) > PLAN_NAME_MAX)
		return refused(N_("Every section needs a name of at most 60 characters."));
	for (const struct plan_section *other = p->sections; other < s; other++)
		if (str_eq(s->name, other->name))
			return refused_section(s->name, N_("Section %s: there are two of this name."));
	if (s->standing && (s->n_seats > 0 || s->capacity < 1 || s->capacity > PLAN_SEATS_MAX))
		return refused_section(s->name, N_("Section %s: a standing section has a capacity between 1 and 100,000 and no seats."));
	if (s->x < 0 || s->y < 0 || s->w < 0 || s->h < 0 || s->x > p->width || s->y > p->height || s->w > p->width - s->x ||
	    s->h > p->height - s->y)
		return refused_section(s->name, N_("Section %s: it lies outside the drawing. Make the hall larger or move the section."));
	if (!s->standing && s->n_seats == 0)
		return refused_section(s->name, N_("Section %s: it has no seats. Remove it or generate its rows."));
	return check_seats(a, p, s);
}

struct err *venue_plan_check(struct arena *a, const struct plan *p)
{
	size_t seats = 0;
	if (p->width < 100 || p->height < 100 || p->width > PLAN_SPACE_MAX || p->height > PLAN_SPACE_MAX)
		return refused(N_("The drawing must be between 100 and 100,000 units wide and high."));
	if (p->n_sections == 0 || p->n_sections > PLAN_SECTIONS_MAX)
		return refused(N_("A hall has between 1 and 500 sections."));
	for (size_t i = 0; i < p->n_sections; i++)
		seats += p->sections[i].n_seats;
	if (seats > PLAN_SEATS_MAX)
		return refused(N_("A hall has at most 100,000 seats."));
	for (size_t i = 0; i < p->n_sections; i++)
		TRY(check_section(a, p, &p->sections[i]));
	return NULL;
}

void plan_measure_section(struct plan_section *s)
{
	if (s->standing || s->n_seats == 0)
		return;
	int x0 = s->seats[0].x, y0 = s->seats[0].y, x1 = x0, y1 = y0;
	for (size_t i = 1; i < s->n_seats; i++) {
		const struct plan_seat *seat = &s->seats[i];
		x0 = seat->x < x0 ? seat->x : x0;
		y0 = seat->y < y0 ? seat->y : y0;
		x1 = seat->x > x1 ? seat->x : x1;
		y1 = seat->y > y1 ? seat->y : y1;
	}
	s->x = x0;
	s->y = y0;
	s->w = x1 - x0;
	s->h = y1 - y0;
}

void plan_measure(struct plan *p)
{
	for (size_t i = 0; i < p->n_sections; i++) {
		struct plan_section *s = &p->sections[i];
		plan_measure_section(s);
		p->width = s->x + s->w + PLAN_MARGIN > p->width ? s->x + s->w + PLAN_MARGIN : p->width;
		p->height = s->y + s->h + PLAN_MARGIN > p->height ? s->y + s->h + PLAN_MARGIN : p->height;
	}
}

/* ---- generating ------------------------------------------------------------------------------------------------------------ */
/* Rows are numbered on from the first one: numbers, Latin letters (… Z, AA), Korean 가 나 다. */
static const char *row_label(struct arena *a, const char *first, int n)
{
	static const char *const korean[] = { "가", "나", "다", "라", "마", "바", "사", "아", "자", "차", "카", "타", "파", "하" };
	int64_t number;
	if (str_to_i64(first, &number) && number >= 0 && number < PLAN_SPACE_MAX)
		return arena_printf(a, "%lld", (long long)number + n);
	for (size_t i = 0; i < ARRAY_LEN(korean); i++)
		if (str_eq(first, korean[i]) && i + (size_t)n < ARRAY_LEN(korean))
			return korean[i + (size_t)n];
	if (strlen(first) == 1 && first[0] >= 'A' && first[0] <= 'Z') {
		char label[8] = "";
		size_t at = sizeof label - 1;
		for (int left = first[0] - 'A' + n + 1; left > 0 && at > 0; left = (left - 1) / 26)
			label[--at] = (char)('A' + (left - 1) % 26);
		return arena_strdup(a, label + at);
	}
	return arena_printf(a, "%s%d", first, n + 1);
}

static bool within(int v, int low, int high)
{
	return v >= low && v <= high;
}

static struct err *generate_block(struct arena *a, const struct plan_block *b, struct plan_section *s)
{
	if (b->rows < 1 || b->seats_per_row < 1 || b->seat_gap < 1 || b->row_gap < 1)
		return refused_section(b->section, N_("Section %s: it needs rows, seats per row and gaps of at least 1."));
	if ((int64_t)b->rows * b->seats_per_row > PLAN_SEATS_MAX)
		return refused(N_("A hall has at most 100,000 seats."));
	if (!within(b->x, -PLAN_SPACE_MAX, PLAN_SPACE_MAX) || !within(b->y, -PLAN_SPACE_MAX, PLAN_SPACE_MAX) ||
	    b->seat_gap > 1000 || b->row_gap > 1000 || !within(b->curve, -1000, 1000) || !within(b->rotate, -360, 360))
		return refused_section(b->section, N_("Section %s: it lies outside the drawing. Make the hall larger or move the section."));
	*s = (struct plan_section){ .name = arena_strdup(a, b->section), .n_seats = (size_t)b->rows * (size_t)b->seats_per_row };
	s->seats = arena_array(a, struct plan_seat, s->n_seats);
	double turn = b->rotate * M_PI / 180, half_w = (b->seats_per_row - 1) * b->seat_gap / 2.0,
	    half_h = (b->rows - 1) * b->row_gap / 2.0;
	for (int r = 0; r < b->rows; r++) {
		const char *row = row_label(a, b->first_row, r);
		for (int c = 0; c < b->seats_per_row; c++) {
			double dx = c * b->seat_gap - half_w, dy = r * b->row_gap - half_h;
			if (half_w > 0) /* the ends of a curved row come nearer to the stage */
				dy -= b->curve / 1000.0 * half_w * (dx / half_w) * (dx / half_w);
			int x = (int)lround(b->x + half_w + dx * cos(turn) - dy * sin(turn));
			int y = (int)lround(b->y + half_h + dx * sin(turn) + dy * cos(turn));
			s->seats[r * b->seats_per_row + c] = (struct plan_seat){ .row = row,
				.label = arena_printf(a, "%d", c + 1), .x = x, .y = y };
		}
	}
	plan_measure_section(s);
	return NULL;
}

struct err *venue_plan_generate(struct arena *a, const struct plan_block *blocks, size_t n, struct plan *ret)
{
	struct plan p = { .width = 1000, .height = 1000, .sections = arena_array(a, struct plan_section, n + 1), .n_sections = n };
	for (size_t i = 0; i < n; i++)
		TRY(generate_block(a, &blocks[i], &p.sections[i]));
	plan_measure(&p);
	*ret = p;
	return NULL;
}
