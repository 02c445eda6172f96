/* Plans: the generator, the presets, the checks, the files. */
#include "../../src/venue/plan_priv.h"
#include "venue/drawing.h"

#include <string.h>

#include "../support/arena.h"

static void fine(struct err *e)
{
	if (e)
		fail_msg("%s", err_text(e));
}

/* The call is refused and tells the person so. */
static void refused(struct err *e, const char *says)
{
	assert_non_null(e);
	assert_int_equal(err_code(e), ERR_INVALID);
	assert_non_null(err_user_text(e));
	if (!strstr(err_user_text(e), says))
		fail_msg("said: %s", err_user_text(e));
	err_free(e);
}

static struct plan generated(struct plan_block b)
{
	struct plan p;
	b.section = b.section ? b.section : "A";
	b.first_row = b.first_row ? b.first_row : "1";
	fine(venue_plan_generate(a, &b, 1, &p));
	return p;
}

static void assert_same(const struct plan *p, const struct plan *q)
{
	assert_int_equal(p->n_sections, q->n_sections);
	for (size_t i = 0; i < p->n_sections; i++) {
		const struct plan_section *s = &p->sections[i], *t = &q->sections[i];
		assert_string_equal(s->name, t->name);
		assert_int_equal(s->standing, t->standing);
		assert_int_equal(s->capacity, t->capacity);
		assert_int_equal(s->n_seats, t->n_seats);
		assert_true(s->x == t->x && s->y == t->y && s->w == t->w && s->h == t->h);
		for (size_t k = 0; k < s->n_seats; k++) {
			assert_string_equal(s->seats[k].row, t->seats[k].row);
			assert_string_equal(s->seats[k].label, t->seats[k].label);
			assert_true(s->seats[k].x == t->seats[k].x && s->seats[k].y == t->seats[k].y && s->seats[k].flags == t->seats[k].flags);
		}
	}
}

/* ---- generator ------------------------------------------------------------------------------------------------------------- */
static void rows_are_laid_out(void **state)
{
	(void)state;
	struct plan p = generated((struct plan_block){ .rows = 2, .seats_per_row = 3, .x = 100, .y = 200, .seat_gap = 20, .row_gap = 30 });
	const struct plan_section *s = p.sections;
	assert_int_equal(s->n_seats, 6);
	assert_true(s->seats[0].x == 100 && s->seats[0].y == 200 && s->seats[5].x == 140 && s->seats[5].y == 230);
	assert_true(s->x == 100 && s->y == 200 && s->w == 40 && s->h == 30);
	assert_string_equal(s->seats[3].row, "2");
	assert_string_equal(s->seats[5].label, "3");
	fine(venue_plan_check(a, &p));
}

static void rows_bend_and_turn(void **state)
{
	(void)state;
	struct plan p = generated((struct plan_block){ .rows = 1, .seats_per_row = 3, .x = 100, .y = 200, .seat_gap = 100, .row_gap = 30, .curve = 100 });
	assert_int_equal(p.sections->seats[0].y, 190); /* the ends come nearer to the stage */
	assert_int_equal(p.sections->seats[1].y, 200);
	p = generated((struct plan_block){ .rows = 1, .seats_per_row = 3, .x = 100, .y = 200, .seat_gap = 100, .row_gap = 30, .rotate = 90 });
	assert_true(p.sections->seats[0].x == 200 && p.sections->seats[0].y == 100 && p.sections->seats[2].y == 300);
}

static void rows_are_named_on(void **state)
{
	(void)state;
	static const struct { const char *first, *second, *last; int rows; } cases[] = {
		{ "7", "8", "16", 10 }, { "A", "B", "AB", 28 }, { "Y", "Z", "AC", 5 }, { "가", "나", "하", 14 }, { "A", "B", "AAA", 703 },
		{ "Box", "Box2", "Box3", 3 }, { "99999999999999999999", "999999999999999999992", "999999999999999999993", 3 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct plan p = generated((struct plan_block){ .first_row = cases[i].first, .rows = cases[i].rows, .seats_per_row = 1, .seat_gap = 20, .row_gap = 20 });
		assert_string_equal(p.sections->seats[1].row, cases[i].second);
		assert_string_equal(p.sections->seats[cases[i].rows - 1].row, cases[i].last);
	}
}

static void impossible_blocks_are_refused(void **state)
{
	(void)state;
	struct plan p = { .width = -1 };
	const struct plan_block none = { .section = "A", .first_row = "1", .rows = 0, .seats_per_row = 1, .seat_gap = 1, .row_gap = 1 };
	const struct plan_block many = { .section = "A", .first_row = "1", .rows = 50000, .seats_per_row = 50000, .seat_gap = 1, .row_gap = 1 };
	const struct plan_block away = { .section = "A", .first_row = "1", .rows = 1, .seats_per_row = 1, .x = 2000000000, .seat_gap = 1, .row_gap = 1 };
	refused(venue_plan_generate(a, &none, 1, &p), "Section A: it needs rows");
	refused(venue_plan_generate(a, &many, 1, &p), "at most 100,000 seats");
	refused(venue_plan_generate(a, &away, 1, &p), "outside the drawing");
	assert_int_equal(p.width, -1); /* untouched */
}

static void presets_are_sound(void **state)
{
	(void)state;
	static const struct { const char *name; size_t seats, standing; } cases[] = { { "club", 60, 400 }, { "theatre", 492, 0 },
		{ "concert_hall", 2016, 0 }, { "arena", 9600, 2400 }, { "stadium", 48000, 2000 } };
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct plan p;
		size_t seats = 0, standing = 0;
		fine(venue_preset(a, cases[i].name, &p));
		for (size_t k = 0; k < p.n_sections; k++) {
			seats += p.sections[k].n_seats;
			standing += p.sections[k].standing ? (size_t)p.sections[k].capacity : 0;
		}
		assert_int_equal(seats, cases[i].seats);
		assert_int_equal(standing, cases[i].standing);
		assert_true(hall_draw(a, &p, NULL)->stage);
	}
	struct plan p;
	struct err *e = venue_preset(a, "circus", &p);
	assert_true(err_is(e, ERR_NOT_FOUND));
	err_free(e);
}

/* ---- checks ------------------------------------------------------------------------------------------------------------------ */
static void plans_are_checked(void **state)
{
	(void)state;
	struct plan_seat seats[] = { { .row = "1", .label = "1", .x = 5, .y = 5 }, { .row = "1", .label = "2", .x = 9, .y = 5 } };
	struct plan_section sections[] = { { .name = "A", .seats = seats, .n_seats = 2 }, { .name = "B", .standing = true, .capacity = 10, .w = 50, .h = 50 } };
	struct plan p = { .width = 100, .height = 100, .sections = sections, .n_sections = 2 };
	fine(venue_plan_check(a, &p));
	seats[1].label = "1";
	refused(venue_plan_check(a, &p), "row 1 has two seats with the number 1");
	seats[1].label = "123456789";
	refused(venue_plan_check(a, &p), "at most 8 characters");
	seats[1] = (struct plan_seat){ .row = "1", .label = "2", .x = 101, .y = 5 };
	refused(venue_plan_check(a, &p), "Section A: a seat lies outside");
	seats[1].x = 9;
	sections[1].name = "A";
	refused(venue_plan_check(a, &p), "two of this name");
	sections[1].name = "";
	refused(venue_plan_check(a, &p), "needs a name");
	sections[1].name = "B";
	sections[1].w = 2147483647;
	refused(venue_plan_check(a, &p), "Section B: it lies outside");
	sections[1].w = 50;
	sections[1].capacity = 0;
	refused(venue_plan_check(a, &p), "Section B: a standing section");
	p.n_sections = 0;
	refused(venue_plan_check(a, &p), "between 1 and 500 sections");
	p.width = 99;
	refused(venue_plan_check(a, &p), "between 100 and 100,000");
}

/* ---- files ------------------------------------------------------------------------------------------------------------------- */
static struct bytes text(const char *s)
{
	return (struct bytes){ s, strlen(s) };
}

static void presets_survive_files(void **state)
{
	(void)state;
	static const char *const names[] = { "club", "theatre", "concert_hall", "arena" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct plan p, q;
		fine(venue_preset(a, names[i], &p));
		fine(venue_plan_from_csv(a, venue_plan_to_csv(a, &p), &q));
		assert_same(&p, &q);
		fine(venue_plan_from_json(a, venue_plan_to_json(a, &p), &q));
		assert_same(&p, &q);
		assert_int_equal(p.width, q.width);
		assert_int_equal(p.height, q.height);
	}
}

static void odd_names_survive_files(void **state)
{
	(void)state;
	struct plan p = generated((struct plan_block){ .section = "A, \"best\"; 가", .rows = 1, .seats_per_row = 2, .seat_gap = 20, .row_gap = 20 }), q;
	p.sections->seats[0].flags = SEAT_WHEELCHAIR | SEAT_RESTRICTED;
	fine(venue_plan_from_csv(a, venue_plan_to_csv(a, &p), &q));
	assert_same(&p, &q);
	fine(venue_plan_from_json(a, venue_plan_to_json(a, &p), &q));
	assert_same(&p, &q);
}

static void formulas_are_texts_in_csv(void **state)
{
	(void)state;
	static const char *const names[] = { "=1+1", "'=1", "''=1", "-1", "@x", "'A'", "+" };
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct plan p = generated((struct plan_block){ .section = names[i], .rows = 1, .seats_per_row = 1, .seat_gap = 20, .row_gap = 20 }), q;
		struct bytes csv = venue_plan_to_csv(a, &p);
		const char *line = strchr(csv.p, '\n') + 1;
		assert_null(strchr("=+-@", line[0]));
		assert_true(line[0] != '"' || !strchr("=+-@", line[1]));
		fine(venue_plan_from_csv(a, csv, &q));
		assert_same(&p, &q);
	}
}

static void csv_is_read_as_it_comes(void **state)
{
	(void)state;
	struct plan p;
	/* a mark, semicolons, CR LF, an empty line and empty columns, rows apart from each other, no arena_teardown of line */
	fine(venue_plan_from_csv(a, text("\xef\xbb\xbfSection; Row ;seat;x;y;flags\r\nA;1;1;10;20;wheelchair companion\r\n\r\n"
	    "B;;200;10;300;standing 50x60\r\nA;2;1;10;40;\r\n\"A\";1;2;30;20;;;"), &p));
	assert_int_equal(p.n_sections, 2);
	const struct plan_section *s = p.sections;
	assert_int_equal(s[0].n_seats, 3);
	assert_string_equal(s[0].seats[1].label, "2"); /* joined to its row */
	assert_string_equal(s[0].seats[2].row, "2");
	assert_int_equal(s[0].seats[0].flags, SEAT_WHEELCHAIR | SEAT_COMPANION);
	assert_true(s[1].standing && s[1].capacity == 200 && s[1].w == 50 && s[1].h == 60);
	fine(venue_plan_from_csv(a, text("section\trow\tseat\tx\ty\nA\t1\t1\t1\t1\n"), &p));
	assert_int_equal(p.sections->n_seats, 1);
}

static void bad_csv_names_the_line(void **state)
{
	(void)state;
	static const char head[] = "section,row,seat,x,y,flags\n";
	static const struct { const char *body, *says; } cases[] = {
		{ "A,1,1,1\n", "Line 2: there must be" }, { "A,1,1,1,1\nA,1,2,-1,1\n", "Line 3: x and y" }, { "A,1,1,1,100001\n", "Line 2: x and y" },
		{ ",1,1,1,1\n", "Line 2: the section needs" }, { "A,1,,1,1\n", "Line 2: row and seat" }, { "A,1,1,1,1,comfy\n", "Line 2: flags" },
		{ "A,1,1,1,1,,x\n", "Line 2: there are more than six" }, { "A,1,\"1,1,1\n", "Line 2: a quotation" }, { "A,1,\"1\"2,1,1\n", "Line 2: a quotation" },
		{ "\"A\nB\",1,1,1,1\nC,1,1,x,1\n", "Line 4: x and y" }, { "A,,1,1,1\n", "Line 2: a seat needs a row" }, { "A,,5,1,1,standing 0x4\n", "Line 2: a seat needs" },
		{ "A,,5,1,1,standing\nA,1,1,1,1\n", "Line 3: this section" }, { "A,1,1,1,1\nA,,5,1,1,standing\n", "Line 3: this section" },
		{ "", "between 1 and 500 sections" }, { "A,1,1,1,1\nA,1,1,2,1\n", "two seats with the number 1" },
	};
	struct plan p = { .width = -1 };
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		refused(venue_plan_from_csv(a, text(arena_printf(a, "%s%s", head, cases[i].body)), &p), cases[i].says);
	refused(venue_plan_from_csv(a, text("seat,row\n"), &p), "Line 1");
	refused(venue_plan_from_csv(a, text(""), &p), "Line 1");
	refused(venue_plan_from_csv(a, text("section,row,seat,x,y\n\xff"), &p), "UTF-8");
	assert_int_equal(p.width, -1);
}

static void bad_json_says_where(void **state)
{
	(void)state;
	static const struct { const char *json, *says; } cases[] = {
		{ "{\n\n}}", "Line 3: this is not valid JSON" }, { "[]", "list “sections”" }, { "{\"sections\": []}", "between 1 and 500" },
		{ "{\"sections\": [1]}", "needs a name" }, { "{\"sections\": [{\"name\": \"A\"}]}", "Section A: it has no seats" },
		{ "{\"sections\": [{\"name\": \"A\", \"rows\": [{\"row\": \"1\", \"seats\": [[\"1\", -1, 2]]}]}]}", "Section A, row 1" },
		{ "{\"sections\": [{\"name\": \"A\", \"rows\": [{\"row\": \"1\", \"seats\": [[\"1\", 1, 2, 3]]}]}]}", "Section A: flags" },
		{ "{\"sections\": [{\"name\": \"A\", \"rows\": [{\"seats\": [[1, 1, 2]]}]}]}", "needs a row" },
		{ "{\"sections\": [{\"name\": \"A\", \"standing\": 1e300}]}", "Section A: a standing section" },
		{ "{\"width\": 1, \"width\": 2, \"sections\": []}", "Line 1" },
	};
	struct plan p = { .width = -1 };
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		refused(venue_plan_from_json(a, text(cases[i].json), &p), cases[i].says);
	assert_int_equal(p.width, -1);
}

static void files_have_limits(void **state)
{
	(void)state;
	struct buf b;
	struct plan p;
	buf_init(&b, a);
	buf_str(&b, "section,row,seat,x,y\n");
	for (int i = 0; i <= PLAN_SEATS_MAX; i++)
		buf_printf(&b, "A,%d,%d,1,1\n", i / 1000, i % 1000);
	refused(venue_plan_from_csv(a, (struct bytes){ b.p, b.n }, &p), "Line 100002: a hall has at most 100,000 seats");
	buf_clear(&b);
	buf_str(&b, "section,row,seat,x,y\n");
	for (int i = 0; i <= PLAN_ROWS_MAX; i++)
		buf_printf(&b, "A,%d,1,1,1\n", i);
	refused(venue_plan_from_csv(a, (struct bytes){ b.p, b.n }, &p), "Line 1002: a section has at most 1,000 rows");
	buf_clear(&b);
	buf_str(&b, "section,row,seat,x,y\n");
	for (int i = 0; i <= PLAN_SECTIONS_MAX; i++)
		buf_printf(&b, "A%d,1,1,1,1\n", i);
	refused(venue_plan_from_csv(a, (struct bytes){ b.p, b.n }, &p), "Line 502: there are more than 500 sections");
	buf_clear(&b); /* few bytes, but hundreds of megabytes for the parser */
	buf_str(&b, "{\"sections\": [{\"name\": \"A\", \"rows\": [");
	for (int i = 0; i < 300000; i++)
		buf_str(&b, "{\"row\": \"1\", \"seats\": []},");
	buf_str(&b, "{\"row\": \"2\", \"seats\": [[\"1\", 1, 1]]}]}]}");
	refused(venue_plan_from_json(a, (struct bytes){ b.p, b.n }, &p), "at most 100,000 seats");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, arena_setup, arena_teardown)
		T(rows_are_laid_out), T(rows_bend_and_turn), T(rows_are_named_on), T(impossible_blocks_are_refused), T(presets_are_sound),
		T(plans_are_checked), T(presets_survive_files), T(odd_names_survive_files), T(formulas_are_texts_in_csv), T(csv_is_read_as_it_comes), T(bad_csv_names_the_line),
		T(bad_json_says_where), T(files_have_limits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
