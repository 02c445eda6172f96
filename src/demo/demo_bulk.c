/* Many tickets for measuring: the stadium, sold out as often as it takes, four seats to a person. */
#include "demo/demo_sale.h"

#include "base/clock.h"
#include "show/show.h"

#include <inttypes.h>

enum { SEATS_PER_PERSON = 4, PEOPLE_PER_INSERT = 200 };

#define STADIUM_ROW(F) F(i64, organizer_id) F(i64, venue_id) F(i64, hall_id) F(i64, top_person) F(i64, top_show)
DB_ROW(stadium_row, STADIUM_ROW)
DB_QUERY_F(stadium_of_demo, stadium_row, DB_SCAN_OK,
    "SELECT v.organizer_id, v.id AS venue_id, h.id AS hall_id, (SELECT MAX(id) FROM person) AS top_person,"
    " (SELECT MAX(id) FROM shows) AS top_show FROM venue v JOIN hall h ON h.venue_id = v.id WHERE v.name = ? ORDER BY h.id LIMIT 1")
#define ID_ROW(F) F(i64, id)
DB_ROW(id_row, ID_ROW)
DB_QUERY(stadium_sections, id_row, "SELECT id FROM section WHERE hall_id = ? ORDER BY ord")
DB_EXEC(guest_insert, "INSERT INTO person (id, email, name, created_at) VALUES {(?, ?, ?, ?)}")

struct bulk { struct demo *d; struct demo_house house; int64_t first_person, people, top_show, seats; };

static struct err *find_stadium(struct bulk *b)
{
	struct demo *d = b->d;
	struct demo_hall *h = &b->house.halls[0];
	struct stadium_row *row;
	struct id_row *ids;
	size_t n;
	TRY(stadium_of_demo_one(d->db, d->a, &row, DB_ARGS(demo_venues[0].name)));
	if (!row)
		return err_new(ERR_NOT_FOUND, "the demo is not loaded: `foyer demo` first");
	b->house.organizer = row->organizer_id;
	b->house.venue = row->venue_id;
	b->house.n_halls = 1;
	b->first_person = row->top_person + 1;
	b->top_show = row->top_show;
	d->random += (uint64_t)row->top_show << 32; /* other codes than those there are */
	h->id = row->hall_id;
	TRY(venue_plan_load(d->db, d->a, (struct hall_id){ h->id }, &h->plan));
	TRY(stadium_sections_all(d->db, d->a, &ids, &n, DB_ARGS(h->id)));
	h->sections = arena_array(d->a, struct demo_section, n + 1);
	for (size_t i = 0; i < n; i++) {
		h->sections[i] = (struct demo_section){ ids[i].id, (int64_t)i, b->seats, &h->plan.sections[i] };
		b->seats += (int64_t)h->plan.sections[i].n_seats;
		b->people += ((int64_t)h->plan.sections[i].n_seats + SEATS_PER_PERSON - 1) / SEATS_PER_PERSON;
	}
	return NULL;
}

static struct err *add_people(struct bulk *b)
{
	struct demo *d = b->d;
	struct db_arg args[PEOPLE_PER_INSERT * 4];
	for (int64_t at = 0; at < b->people; at += PEOPLE_PER_INSERT) {
		size_t n = 0;
		for (int64_t i = at; i < b->people && i < at + PEOPLE_PER_INSERT; i++) {
			int64_t id = b->first_person + i;
			args[n++] = DB_ARG(id);
			args[n++] = DB_ARG(arena_printf(d->a, "bulk%" PRId64 "@foyer.example", id));
			args[n++] = DB_ARG("Bulk");
			args[n++] = db_time(d->now);
		}
		TRY(guest_insert_many(d->db, NULL, n / 4, args, n));
	}
	return NULL;
}

static struct err *sell_out(struct bulk *b, struct demo_writer *w, const struct demo_run_of *r, int k, struct arena *a)
{
	struct demo *d = b->d;
	int64_t person = b->first_person;
	for (size_t i = 0; i < r->hall->plan.n_sections; i++) {
		const struct demo_section *c = &r->hall->sections[i];
		const struct demo_grade *g = &r->grades[r->grade_of[i]];
		for (size_t at = 0; at < c->plan->n_seats; at += SEATS_PER_PERSON, person++) {
			size_t n = c->plan->n_seats - at < SEATS_PER_PERSON ? c->plan->n_seats - at : SEATS_PER_PERSON;
			struct demo_place *places = arena_array(a, struct demo_place, n);
			for (size_t p = 0; p < n; p++)
				places[p] = (struct demo_place){ c->first_idx + (int64_t)(at + p), c->id, g->id, g->price, c->plan->name };
			demo_write(w, &(struct demo_order){ .person = person, .performance = r->performances[k],
			    .organizer = r->house->organizer, .fee = r->fee, .created_at = d->now - US_DAY + person, .starts_at = r->starts[k],
			    .name = "Bulk", .email = arena_printf(a, "bulk%" PRId64 "@foyer.example", person), .title = r->show->title,
			    .places = places, .n = n, .end = DEMO_PAID });
		}
	}
	TRY(demo_write_end(w));
	arena_reset(a);
	return show_performance_refresh(d->db, (struct performance_id){ r->performances[k] }, d->now);
}

struct err *demo_bulk(struct demo *d, int64_t tickets)
{
	struct bulk b = { .d = d };
	TRY(find_stadium(&b));
	TRY(add_people(&b));
	const struct demo_show show = { .title = arena_printf(d->a, "대량 측정 %" PRId64, b.top_show + 1),
		.title_en = arena_printf(d->a, "Bulk measurement %" PRId64, b.top_show + 1), .genre = "concert", .run = RUN_AHEAD,
		.start = 60, .n = (int)((tickets + b.seats - 1) / b.seats), .minutes = 120, .price = 100000,
		.synopsis = "측정을 위한 공연입니다.", .synopsis_en = "A show for measuring." };
	struct demo_run_of r = { .d = d, .show = &show, .index = (int)b.top_show, .house = &b.house, .hall = &b.house.halls[0],
		.preset = demo_venues[0].preset, .fee = 2000 };
	TRY(demo_add_show(&r));
	struct demo_writer *w = demo_writer_new(d);
	struct arena *a = arena_new((size_t)256 << 20);
	struct err *e = demo_write_begin(w);
	for (int k = 0; !e && k < r.n_starts; k++)
		e = sell_out(&b, w, &r, k, a);
	arena_free(a);
	demo_writer_free(w);
	return e;
}
