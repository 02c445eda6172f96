/* Plans of halls: checking and generating them.  Pure. */
#include "venue/venue.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N_(msgid) msgid

enum { SEATS_MAX = 100000, SECTIONS_MAX = 500, SPACE_MAX = 100000, LABEL_MAX = 8, NAME_MAX = 60, CAPACITY_MAX = 100000 };

static struct err *refused(const char *section, const char *text)
{
	return err_user(err_new(ERR_INVALID, "plan: section %s", section), "%s", text);
}

static int seat_order(const void *a, const void *b)
{
	const struct plan_seat *const *x = a, *const *y = b;
	int rows = strcmp((*x)->row, (*y)->row);
	return rows ? rows : strcmp((*x)->label, (*y)->label);
}

static struct err *check_seats(struct arena *a, const struct plan *p, const struct plan_section *s)
{
	const struct plan_seat **sorted = arena_array(a, const struct plan_seat *, s->n_seats);
	for (size_t i = 0; i < s->n_seats; i++) {
		const struct plan_seat *seat = &s->seats[i];
		sorted[i] = seat;
		if (str_empty(seat->row) || str_empty(seat->label) || str_utf8_len(seat->row) > LABEL_MAX ||
		    str_utf8_len(seat->label) > LABEL_MAX)
			return refused(s->name, N_("Every seat needs a row and a number of at most 8 characters."));
		if (seat->x < 0 || seat->y < 0 || seat->x > p->width || seat->y > p->height)
			return refused(s->name, N_("A seat lies outside the drawing. Make the hall larger or move the section."));
	}
	qsort(sorted, s->n_seats, sizeof sorted[0], seat_order);
	for (size_t i = 1; i < s->n_seats; i++)
		if (seat_order(&sorted[i - 1], &sorted[i]) == 0)
			return refused(s->name, N_("Two seats of one section have the same row and number."));
	return NULL;
}

struct err *venue_plan_check(struct arena *a, const struct plan *p)
{
	if (p->width < 100 || p->height < 100 || p->width > SPACE_MAX || p->height > SPACE_MAX)
		return refused("-", N_("The drawing must be between 100 and 100,000 units wide and high."));
	if (p->n_sections == 0 || p->n_sections > SECTIONS_MAX)
		return refused("-", N_("A hall has between 1 and 500 sections."));
	size_t seats = 0;
	for (size_t i = 0; i < p->n_sections; i++) {
		const struct plan_section *s = &p->sections[i];
		if (str_empty(s->name) || str_utf8_len(s->name) > NAME_MAX)
			return refused("-", N_("Every section needs a name of at most 60 characters."));
		for (size_t k = 0; k < i; k++)
			if (str_eq(s->name, p->sections[k].name))
				return refused(s->name, N_("Two sections have the same name."));
		if (s->standing && (s->n_seats > 0 || s->capacity < 1 || s->capacity > CAPACITY_MAX))
			return refused(s->name, N_("A standing section has a capacity between 1 and 100,000 and no seats."));
		if (!s->standing && s->n_seats == 0)
			return refused(s->name, N_("A section without seats: remove it or generate its rows."));
		seats += s->n_seats;
		if (seats > SEATS_MAX)
			return refused(s->name, N_("A hall has at most 100,000 seats."));
		TRY(check_seats(a, p, s));
	}
	return NULL;
}

/* ---- generating ------------------------------------------------------------------------------------------------------------ */
/* Rows are numbered on from the first one: numbers, Latin letters (… Z, AA), Korean 가 나 다. */
static const char *row_label(struct arena *a, const char *first, int n)
{
	static const char *const korean[] = { "가", "나", "다", "라", "마", "바", "사", "아", "자", "차", "카", "타", "파", "하" };
	int64_t number;
	if (str_to_i64(first, &number))
		return arena_printf(a, "%lld", (long long)number + n);
	for (size_t i = 0; i < ARRAY_LEN(korean); i++)
		if (str_eq(first, korean[i]) && i + (size_t)n < ARRAY_LEN(korean))
			return korean[i + (size_t)n];
	if (strlen(first) == 1 && first[0] >= 'A' && first[0] <= 'Z') {
		int at = first[0] - 'A' + n;
		return at < 26 ? arena_printf(a, "%c", 'A' + at) : arena_printf(a, "%c%c", 'A' + at / 26 - 1, 'A' + at % 26);
	}
	return arena_printf(a, "%s%d", first, n + 1);
}

static struct err *generate_block(struct arena *a, const struct plan_block *b, struct plan_section *s)
{
	if (b->rows < 1 || b->seats_per_row < 1 || (int64_t)b->rows * b->seats_per_row > SEATS_MAX || b->seat_gap < 1 ||
	    b->row_gap < 1)
		return refused(b->section, N_("A block needs rows, seats per row and gaps of at least 1."));
	*s = (struct plan_section){ .name = arena_strdup(a, b->section), .n_seats = (size_t)b->rows * (size_t)b->seats_per_row };
	s->seats = arena_array(a, struct plan_seat, s->n_seats);
	double turn = b->rotate * M_PI / 180, half_w = (b->seats_per_row - 1) * b->seat_gap / 2.0,
	    half_h = (b->rows - 1) * b->row_gap / 2.0;
	int min_x = SPACE_MAX, min_y = SPACE_MAX, max_x = 0, max_y = 0;
	for (int r = 0; r < b->rows; r++)
		for (int c = 0; c < b->seats_per_row; c++) {
			double dx = c * b->seat_gap - half_w, dy = r * b->row_gap - half_h;
			if (half_w > 0) /* the ends of a curved row come nearer to the stage */
				dy -= b->curve / 1000.0 * half_w * (dx / half_w) * (dx / half_w);
			int x = (int)lround(b->x + half_w + dx * cos(turn) - dy * sin(turn));
			int y = (int)lround(b->y + half_h + dx * sin(turn) + dy * cos(turn));
			s->seats[r * b->seats_per_row + c] = (struct plan_seat){ .row = row_label(a, b->first_row, r),
				.label = arena_printf(a, "%d", c + 1), .x = x, .y = y };
			min_x = x < min_x ? x : min_x;
			min_y = y < min_y ? y : min_y;
			max_x = x > max_x ? x : max_x;
			max_y = y > max_y ? y : max_y;
		}
	s->x = min_x;
	s->y = min_y;
	s->w = max_x - min_x;
	s->h = max_y - min_y;
	return NULL;
}

struct err *venue_plan_generate(struct arena *a, const struct plan_block *blocks, size_t n, struct plan *ret)
{
	struct plan p = { .width = 1000, .height = 1000, .sections = arena_array(a, struct plan_section, n + 1), .n_sections = n };
	for (size_t i = 0; i < n; i++) {
		TRY(generate_block(a, &blocks[i], &p.sections[i]));
		const struct plan_section *s = &p.sections[i];
		p.width = s->x + s->w + 40 > p.width ? s->x + s->w + 40 : p.width;
		p.height = s->y + s->h + 40 > p.height ? s->y + s->h + 40 : p.height;
	}
	*ret = p;
	return NULL;
}
