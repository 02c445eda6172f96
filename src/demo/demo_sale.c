/* Who bought what: houses fill from the middle of their rows, parties sit together, a few people change their minds. */
#include "demo/demo_sale.h"

#include "base/clock.h"
#include "show/show.h"

#include <string.h>

DB_EXEC(stripe_set, "UPDATE stock_stripe SET taken = ?, issued = ? WHERE performance_id = ? AND section_id = ? AND stripe = ?")

enum { STRIPES = 16, STANDING_MAX = 4 };

/* A row of seats; [lo, hi) is sold from the middle outwards. */
struct row { size_t section, first, n, lo, hi; };
struct standing { size_t section; int64_t sold, taken[STRIPES], issued[STRIPES]; };
enum { PERFORMANCES_MAX = 400 };
struct demo_sale {
	struct performance_id performances[PERFORMANCES_MAX];
	size_t n_performances;
	struct demo *d;
	struct demo_writer *w;
	struct arena *a;               /* of one performance */
	int *people;                   /* shuffled: members, then guests */
	struct row *rows;
	size_t n_rows;
	struct standing standing[STANDING_MAX];
	size_t n_standing;
	int64_t standing_capacity, capacity;
};

struct demo_sale *demo_sale_new(struct demo *d)
{
	struct demo_sale *s = arena_one(d->a, struct demo_sale);
	s->d = d;
	s->w = demo_writer_new(d);
	s->a = arena_new((size_t)64 << 20);
	s->people = arena_array(d->a, int, (size_t)(d->members + d->guests));
	for (int i = 0; i < d->members + d->guests; i++)
		s->people[i] = i;
	return s;
}

void demo_sale_free(struct demo_sale *s)
{
	demo_writer_free(s->w);
	arena_free(s->a);
}

struct err *demo_sale_begin(struct demo_sale *s)
{
	return demo_write_begin(s->w);
}

bool demo_called_off(const struct demo_run_of *r, int k)
{
	return r->index == 16 && k == 2;
}

/* ---- how much ------------------------------------------------------------------------------------------------------------ */
/* Permille of the house that is sold for performance k. */
static int64_t wanted_share(struct demo *d, const struct demo_run_of *r, int k)
{
	const struct demo_show *s = r->show;
	if (s->run == RUN_OPENING || s->run == RUN_HIDDEN || s->run == RUN_DRAFT || r->booking_open_at > d->now)
		return 0;
	if (s->sold >= 1000)
		return 1000;
	int64_t days = (r->starts[k] - d->now) / US_DAY;
	int64_t share = s->sold - (days > 0 ? days * s->sold / 40 : 0) - demo_below(d, 120) * s->sold / 1000;
	return k == 0 && share < s->sold ? s->sold : share > 20 ? share : 20;
}

/* ---- where --------------------------------------------------------------------------------------------------------------- */
static void lay_out(struct demo_sale *s, const struct demo_run_of *r)
{
	const struct plan *p = &r->hall->plan;
	size_t rows = 0;
	s->n_rows = s->n_standing = 0;
	s->standing_capacity = s->capacity = 0;
	for (size_t i = 0; i < p->n_sections; i++)
		rows += p->sections[i].n_seats;
	s->rows = arena_array(s->a, struct row, rows + 1);
	for (size_t i = 0; i < p->n_sections; i++) {
		const struct plan_section *c = &p->sections[i];
		if (c->standing && s->n_standing < STANDING_MAX) {
			s->standing[s->n_standing++] = (struct standing){ .section = i };
			s->standing_capacity += c->capacity;
		}
		for (size_t k = 0; k < c->n_seats; k++) {
			if (k == 0 || !str_eq(c->seats[k].row, c->seats[k - 1].row))
				s->rows[s->n_rows++] = (struct row){ .section = i, .first = k };
			s->rows[s->n_rows - 1].n++;
		}
		s->capacity += c->standing ? c->capacity : (int64_t)c->n_seats;
	}
}

/* n neighbours of one row; gap: seats left free beside those sold before. */
static bool take_in_row(struct row *row, size_t n, size_t gap, size_t *ret_at)
{
	if (row->hi == row->lo) {
		if (row->n < n)
			return false;
		*ret_at = row->lo = (row->n - n) / 2;
		row->hi = row->lo + n;
		return true;
	}
	bool right = row->hi + gap + n <= row->n, left = row->lo >= n + gap;
	if (right && (!left || row->hi - row->n / 2 <= row->n / 2 - row->lo)) {
		*ret_at = row->hi + gap;
		row->hi += gap + n;
		return true;
	}
	if (left) {
		row->lo -= gap + n;
		*ret_at = row->lo;
		return true;
	}
	return false;
}

static void place_of_seat(struct demo_sale *s, const struct demo_run_of *r, const struct row *row, size_t seat, struct demo_place *ret)
{
	const struct demo_section *c = &r->hall->sections[row->section];
	const struct plan_seat *p = &c->plan->seats[row->first + seat];
	const struct demo_grade *g = &r->grades[r->grade_of[row->section]];
	*ret = (struct demo_place){ c->first_idx + (int64_t)(row->first + seat), c->id, g->id, g->price,
		venue_seat_label(s->d->a, "ko", c->plan->name, p->row, p->label) };
}

static bool take_seats(struct demo_sale *s, const struct demo_run_of *r, size_t n, bool full, struct demo_place *ret)
{
	struct demo *d = s->d;
	for (size_t try = 0; try < 12 + s->n_rows && s->n_rows; try++) {
		/* First somewhere, rather in front; then the first row with room. */
		int64_t x = demo_below(d, (int64_t)s->n_rows), y = demo_below(d, (int64_t)s->n_rows);
		struct row *row = &s->rows[try < 12 ? (size_t)(x < y ? x : y) : try - 12];
		size_t at, gap = !full && try < 12 && demo_chance(d, 180) ? 1 + (size_t)demo_below(d, 2) : 0;
		if (!take_in_row(row, n, gap, &at))
			continue;
		for (size_t i = 0; i < n; i++)
			place_of_seat(s, r, row, at + i, &ret[i]);
		return true;
	}
	return false;
}

/* Places are numbered through the stripes in turn, as many buyers at once would get them. */
static bool take_standing(struct demo_sale *s, const struct demo_run_of *r, size_t n, bool kept, struct demo_place *ret)
{
	for (size_t k = 0; k < s->n_standing; k++) {
		struct standing *area = &s->standing[k];
		const struct demo_section *c = &r->hall->sections[area->section];
		const struct demo_grade *g = &r->grades[r->grade_of[area->section]];
		if (area->sold + (int64_t)n > c->plan->capacity)
			continue;
		for (size_t i = 0; i < n; i++, area->sold++) {
			int64_t stripe = area->sold % STRIPES, serial = area->sold / STRIPES;
			ret[i] = (struct demo_place){ SEAT_STANDING_BASE * (1 + c->ord) + (stripe << 24) + serial, c->id, g->id, g->price,
				c->plan->name };
			area->issued[stripe]++;
			area->taken[stripe] += kept;
		}
		return true;
	}
	return false;
}

static struct err *store_stripes(struct demo_sale *s, const struct demo_run_of *r, int k)
{
	for (size_t i = 0; i < s->n_standing; i++)
		for (int64_t stripe = 0; stripe < STRIPES; stripe++) {
			const struct standing *area = &s->standing[i];
			if (area->issued[stripe])
				TRY(stripe_set_run(s->d->db, NULL, DB_ARGS(area->taken[stripe], area->issued[stripe], r->performances[k],
				    r->hall->sections[area->section].id, stripe)));
		}
	return NULL;
}

/* ---- who ----------------------------------------------------------------------------------------------------------------- */
static void shuffle(struct demo *d, int *v, int from, int to)
{
	for (int i = to - 1; i > from; i--) {
		int j = from + (int)demo_below(d, i - from + 1), x = v[i];
		v[i] = v[j];
		v[j] = x;
	}
}

static size_t party(struct demo *d)
{
	int64_t x = demo_below(d, 100);
	return x < 22 ? 1 : x < 74 ? 2 : x < 84 ? 3 : 4;
}

static enum demo_end end_of(struct demo *d, const struct demo_run_of *r, int k, size_t n, bool full)
{
	if (demo_called_off(r, k))
		return DEMO_CALLED_OFF;
	if (full)
		return DEMO_PAID;
	int64_t x = demo_below(d, 1000);
	if (x < 25)
		return DEMO_CANCELLED;
	if (x < 35)
		return n > 1 ? DEMO_PART : DEMO_PAID;
	if (x < 55)
		return DEMO_EXPIRED;
	return x < 60 && r->starts[k] > d->now + 4 * US_DAY && r->booking_open_at < d->now - US_DAY ? DEMO_DEPOSIT : DEMO_PAID;
}

static struct err *sell_to(struct demo_sale *s, const struct demo_run_of *r, int k, int who, size_t n, bool full, enum demo_end end,
    bool *ret_room)
{
	struct demo *d = s->d;
	struct demo_place *places = arena_array(d->a, struct demo_place, n);
	bool kept = end == DEMO_PAID || end == DEMO_DEPOSIT;
	bool standing = s->standing_capacity && demo_below(d, s->capacity) < s->standing_capacity && end != DEMO_PART;
	*ret_room = standing ? take_standing(s, r, n, kept, places) || take_seats(s, r, n, full, places)
	    : take_seats(s, r, n, full, places) || (end != DEMO_PART && take_standing(s, r, n, kept, places));
	if (!*ret_room)
		return NULL;
	int64_t last = r->starts[k] - US_HOUR < d->now ? r->starts[k] - US_HOUR : d->now - 20 * US_MINUTE;
	int64_t span = (last - r->booking_open_at) / US_MINUTE, at = demo_below(d, span > 1 ? span : 1);
	if (demo_chance(d, 500)) /* the first days are the busiest */
		at = at * demo_below(d, 1000) / 1000;
	int64_t created_at = end == DEMO_DEPOSIT ? d->now - (1 + demo_below(d, 6)) * US_HOUR : r->booking_open_at + at * US_MINUTE;
	bool past = r->starts[k] < d->now;
	demo_write(s->w, &(struct demo_order){ .person = d->first_person + who, .performance = r->performances[k],
	    .organizer = r->house->organizer, .fee = r->fee, .grid = r->grid, .created_at = created_at, .starts_at = r->starts[k], .name = d->names[who],
	    .email = d->emails[who], .title = r->show->title, .places = places, .n = n, .end = end,
	    .entered_permille = past ? 950 : r->starts[k] < d->now + 2 * US_HOUR ? 250 : 0 });
	return NULL;
}

/* The fan's own shelf: what is to come, what was, one given back, one waiting for its deposit. */
static bool fan_goes(const struct demo_run_of *r, int k, enum demo_end *ret)
{
	static const struct { int show, performance; enum demo_end end; } shelf[] = { { 2, 0, DEMO_PAID }, { 0, 0, DEMO_PAID },
		{ 14, 8, DEMO_PAID }, { 35, 0, DEMO_PAID }, { 9, 0, DEMO_PAID }, { 29, 3, DEMO_PAID }, { 41, 0, DEMO_PAID },
		{ 16, 2, DEMO_CALLED_OFF }, { 4, 0, DEMO_CANCELLED }, { 27, 5, DEMO_DEPOSIT }, { 53, 7, DEMO_PART } };
	for (size_t i = 0; i < ARRAY_LEN(shelf); i++)
		if (shelf[i].show == r->index && shelf[i].performance == k) {
			*ret = shelf[i].end;
			return true;
		}
	return false;
}

struct err *demo_sell(struct demo_sale *s, const struct demo_run_of *r, int k)
{
	struct demo *d = s->d;
	int64_t share = wanted_share(d, r, k);
	s->performances[s->n_performances++] = (struct performance_id){ r->performances[k] };
	if (share == 0)
		return NULL;
	lay_out(s, r);
	bool full = share >= 1000, room = true;
	int64_t target = s->capacity * share / 1000, sold = 0;
	int member = 1, guest = d->members; /* the fan is person 0 */
	enum demo_end end;
	if (fan_goes(r, k, &end)) {
		TRY(sell_to(s, r, k, 0, 2, full, end, &room));
		sold += 2;
	}
	shuffle(d, s->people, 1, d->members);
	shuffle(d, s->people, d->members, d->members + d->guests);
	while (sold < target && room) {
		bool is_member = member < d->members && (demo_chance(d, 450) || guest == d->members + d->guests);
		if (!is_member && guest == d->members + d->guests)
			break;
		int who = s->people[is_member ? member++ : guest++];
		size_t n = is_member ? party(d) : 1;
		end = end_of(d, r, k, n, full);
		TRY(sell_to(s, r, k, who, n, full, end, &room));
		if (!room && n > 1) { /* no such party fits any more: one alone does */
			n = 1;
			TRY(sell_to(s, r, k, who, n, full, end == DEMO_PART ? DEMO_PAID : end, &room));
		}
		sold += (int64_t)n;
	}
	TRY(store_stripes(s, r, k));
	arena_reset(s->a);
	return NULL;
}

struct err *demo_sale_end(struct demo_sale *s)
{
	TRY(demo_write_end(s->w));
	for (size_t i = 0; i < s->n_performances; i++)
		TRY(show_performance_refresh(s->d->db, s->performances[i], s->d->now));
	return NULL;
}
