/* Ready-made plans: what most houses look like, as a beginning for the editor and the demo. */
#include "venue/venue.h"

#include <math.h>
#include <string.h>

static struct plan_section standing(const char *name, int capacity, int x, int y, int w, int h)
{
	return (struct plan_section){ .name = name, .standing = true, .capacity = capacity, .x = x, .y = y, .w = w, .h = h };
}

/* Adds a standing section to a generated plan (whose section array has room for one more). */
static void add_standing(struct plan *p, struct plan_section s)
{
	p->sections[p->n_sections++] = s;
}

static struct err *club(struct arena *a, struct plan *ret)
{
	const struct plan_block blocks[] = {
		{ .section = "발코니", .first_row = "A", .rows = 3, .seats_per_row = 20, .x = 310, .y = 640, .seat_gap = 20, .row_gap = 24 },
	};
	TRY(venue_plan_generate(a, blocks, ARRAY_LEN(blocks), ret));
	ret->height = 760;
	add_standing(ret, standing("스탠딩", 400, 250, 180, 500, 380));
	return NULL;
}

static struct err *theatre(struct arena *a, struct plan *ret)
{
	const struct plan_block blocks[] = {
		{ .section = "1층", .first_row = "1", .rows = 14, .seats_per_row = 24, .x = 250, .y = 200, .seat_gap = 22, .row_gap = 26, .curve = 90 },
		{ .section = "2층", .first_row = "1", .rows = 6, .seats_per_row = 26, .x = 225, .y = 640, .seat_gap = 22, .row_gap = 26, .curve = 90 },
	};
	TRY(venue_plan_generate(a, blocks, ARRAY_LEN(blocks), ret));
	for (int i = 0; i < 4; i++)
		ret->sections[0].seats[i].flags = i % 2 ? SEAT_COMPANION : SEAT_WHEELCHAIR;
	return NULL;
}

/* 2,016 seats: three blocks on the floor, three on the first balcony, two at the sides. */
static struct err *concert_hall(struct arena *a, struct plan *ret)
{
	const struct plan_block blocks[] = {
		{ .section = "1층 A구역", .first_row = "1", .rows = 22, .seats_per_row = 14, .x = 160, .y = 380, .seat_gap = 22, .row_gap = 25, .rotate = -12 },
		{ .section = "1층 B구역", .first_row = "1", .rows = 22, .seats_per_row = 20, .x = 560, .y = 360, .seat_gap = 22, .row_gap = 25, .curve = 60 },
		{ .section = "1층 C구역", .first_row = "1", .rows = 22, .seats_per_row = 14, .x = 1092, .y = 380, .seat_gap = 22, .row_gap = 25, .rotate = 12 },
		{ .section = "2층 A구역", .first_row = "1", .rows = 14, .seats_per_row = 18, .x = 80, .y = 1030, .seat_gap = 22, .row_gap = 25, .rotate = -8 },
		{ .section = "2층 B구역", .first_row = "1", .rows = 14, .seats_per_row = 24, .x = 516, .y = 1050, .seat_gap = 22, .row_gap = 25, .curve = 60 },
		{ .section = "2층 C구역", .first_row = "1", .rows = 14, .seats_per_row = 18, .x = 1084, .y = 1030, .seat_gap = 22, .row_gap = 25, .rotate = 8 },
		{ .section = "합창석", .first_row = "가", .rows = 4, .seats_per_row = 30, .x = 450, .y = 60, .seat_gap = 22, .row_gap = 25 },
	};
	TRY(venue_plan_generate(a, blocks, ARRAY_LEN(blocks), ret));
	ret->height += 20;
	for (int i = 0; i < 6; i++) {
		struct plan_section *s = &ret->sections[1];
		s->seats[s->n_seats - 1 - (size_t)i].flags = i % 2 ? SEAT_COMPANION : SEAT_WHEELCHAIR;
	}
	for (size_t i = 0; i < ret->sections[6].n_seats; i++)
		ret->sections[6].seats[i].flags = SEAT_RESTRICTED;
	return NULL;
}

/* Blocks around an oval: rings × blocks, each block rows × seats. */
static struct err *bowl(struct arena *a, int rings, int blocks_per_ring, int rows, int seats_per_row, int standing_n,
    int standing_capacity, struct plan *ret)
{
	int seat_gap = 20, row_gap = 24, n = rings * blocks_per_ring;
	struct plan_block *blocks = arena_array(a, struct plan_block, (size_t)n);
	int block_w = seats_per_row * seat_gap, block_h = rows * row_gap;
	/* The inner ring is just long enough for its blocks side by side. */
	double inner = blocks_per_ring * (block_w + 30) / (2 * M_PI);
	double outer = inner + rings * (block_h + 40);
	double cx = outer + block_w, cy = outer + block_w;
	for (int i = 0; i < n; i++) {
		int ring = i / blocks_per_ring, at = i % blocks_per_ring;
		double angle = 2 * M_PI * at / blocks_per_ring - M_PI / 2;
		double radius = inner + ring * (block_h + 40) + block_h / 2.0;
		double x = cx + cos(angle) * radius, y = cy + sin(angle) * radius;
		blocks[i] = (struct plan_block){ .section = arena_printf(a, "%d층 %d구역", ring + 1, at + 1), .first_row = "1",
			.rows = rows, .seats_per_row = seats_per_row, .seat_gap = seat_gap, .row_gap = row_gap,
			.x = (int)(x - (seats_per_row - 1) * seat_gap / 2.0), .y = (int)(y - (rows - 1) * row_gap / 2.0),
			.rotate = (int)lround(angle * 180 / M_PI) - 90 };
	}
	TRY(venue_plan_generate(a, blocks, (size_t)n, ret));
	ret->sections = memcpy(arena_array(a, struct plan_section, (size_t)(n + standing_n)), ret->sections,
	    (size_t)n * sizeof(struct plan_section));
	int w = (int)(inner * 0.6), h = (int)(inner * 0.5);
	for (int i = 0; i < standing_n; i++)
		add_standing(ret, standing(arena_printf(a, "스탠딩 %c", 'A' + i), standing_capacity,
		    (int)cx - w + i * (2 * w / standing_n), (int)cy - h / 2, 2 * w / standing_n - 20, h));
	return NULL;
}

struct err *venue_preset(struct arena *a, const char *name, struct plan *ret)
{
	struct plan p;
	if (str_eq(name, "club"))
		TRY(club(a, &p));
	else if (str_eq(name, "theatre"))
		TRY(theatre(a, &p));
	else if (str_eq(name, "concert_hall"))
		TRY(concert_hall(a, &p));
	else if (str_eq(name, "arena"))
		TRY(bowl(a, 2, 20, 12, 20, 2, 1200, &p)); /* 9,600 seats and 2,400 standing */
	else if (str_eq(name, "stadium"))
		TRY(bowl(a, 4, 40, 15, 20, 2, 1000, &p)); /* 48,000 seats and 2,000 standing */
	else
		return err_new(ERR_NOT_FOUND, "no preset '%s'", name);
	TRY(venue_plan_check(a, &p));
	*ret = p;
	return NULL;
}
