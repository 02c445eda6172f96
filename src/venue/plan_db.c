/* Plans in the database: sections and seats of a hall. */
#include "venue/venue.h"

#include "base/str.h"

#include <inttypes.h>

enum { SEATS_PER_INSERT = 500, SEAT_COLUMNS = 8 };

DB_EXEC(section_insert,
    "INSERT INTO section (hall_id, ord, name, kind, capacity, x, y, w, h) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
DB_EXEC(seat_insert, "INSERT INTO seat (hall_id, idx, section_id, row_label, label, x, y, flags) VALUES {(?, ?, ?, ?, ?, ?, ?, ?)}")
DB_EXEC(hall_grown,
    "UPDATE hall SET seats = seats + ?, standing = standing + ?, width = GREATEST(width, ?), height = GREATEST(height, ?),"
    " version = version + 1 WHERE id = ?")
DB_EXEC(hall_emptied, "UPDATE hall SET seats = 0, standing = 0, width = 100, height = 100, version = version + 1 WHERE id = ?")
#define END_ROW(F) F(i64, ord) F(i64, idx)
DB_ROW(end_row, END_ROW)
DB_QUERY(hall_end, end_row,
    "SELECT (SELECT COUNT(*) FROM section s WHERE s.hall_id = h.id) AS ord, h.seats AS idx FROM hall h WHERE h.id = ?")

static struct err *store_seats(struct db *db, struct hall_id hall, int64_t section, const struct plan_section *s, int64_t *idx)
{
	struct arena *a = arena_new(1 << 22);
	struct db_arg *args = arena_array(a, struct db_arg, SEATS_PER_INSERT * SEAT_COLUMNS);
	struct err *e = NULL;
	for (size_t at = 0; !e && at < s->n_seats; at += SEATS_PER_INSERT) {
		size_t n = s->n_seats - at < SEATS_PER_INSERT ? s->n_seats - at : SEATS_PER_INSERT, k = 0;
		for (size_t i = 0; i < n; i++) {
			const struct plan_seat *p = &s->seats[at + i];
			args[k++] = DB_ARG(hall.v);
			args[k++] = DB_ARG((*idx)++);
			args[k++] = DB_ARG(section);
			args[k++] = DB_ARG(p->row);
			args[k++] = DB_ARG(p->label);
			args[k++] = DB_ARG(p->x);
			args[k++] = DB_ARG(p->y);
			args[k++] = DB_ARG(p->flags);
		}
		e = seat_insert_many(db, NULL, n, args, k);
	}
	arena_free(a);
	return e;
}

static struct err *store_section(struct db *db, struct hall_id hall, const struct plan_section *s, int64_t ord, int64_t *idx)
{
	int64_t capacity = s->standing ? s->capacity : (int64_t)s->n_seats;
	TRY(section_insert_run(db, NULL, DB_ARGS(hall.v, ord, s->name, s->standing ? "standing" : "seated", capacity, s->x, s->y,
	    s->w, s->h)));
	struct err *e = store_seats(db, hall, db_last_id(db), s, idx);
	if (err_is(e, ERR_DUPLICATE)) {
		err_free(e);
		e = err_user(err_new(ERR_INVALID, "two seats are the same to the database"),
		    N_("Section %s: two seats of one row differ only in capital and small letters or accents."), s->name);
	}
	return e;
}

struct err *venue_plan_append(struct db *db, struct arena *a, struct hall_id hall, const struct plan *p)
{
	struct end_row *end;
	int64_t standing = 0;
	TRY(hall_end_one(db, a, &end, DB_ARGS(hall.v)));
	if (!end)
		return err_new(ERR_NOT_FOUND, "hall %" PRId64, hall.v);
	int64_t idx = end->idx;
	for (size_t i = 0; i < p->n_sections; i++) {
		const struct plan_section *s = &p->sections[i];
		standing += s->standing ? s->capacity : 0;
		TRY(store_section(db, hall, s, end->ord + (int64_t)i, &idx));
	}
	return hall_grown_run(db, NULL, DB_ARGS(idx - end->idx, standing, p->width, p->height, hall.v));
}

struct err *venue_plan_store(struct db *db, struct hall_id hall, const struct plan *p)
{
	struct arena *a = arena_new(1 << 16);
	struct err *e = hall_emptied_run(db, NULL, DB_ARGS(hall.v));
	if (!e)
		e = venue_plan_append(db, a, hall, p);
	arena_free(a);
	return e;
}

#define PLAN_ROW(F) F(i64, width) F(i64, height)
DB_ROW(plan_row, PLAN_ROW)
DB_QUERY(hall_plan, plan_row, "SELECT width, height FROM hall WHERE id = ?")
#define SECTION_ROW(F) F(section_id, id) F(str, name) F(str, kind) F(i64, capacity) F(i64, x) F(i64, y) F(i64, w) F(i64, h)
DB_ROW(section_row, SECTION_ROW)
DB_QUERY(hall_sections, section_row, "SELECT id, name, kind, capacity, x, y, w, h FROM section WHERE hall_id = ? ORDER BY ord")
#define SEAT_ROW(F) F(section_id, section_id) F(str, row_label) F(str, label) F(i64, x) F(i64, y) F(i64, flags)
DB_ROW(seat_row, SEAT_ROW)
DB_QUERY(hall_seats, seat_row, "SELECT section_id, row_label, label, x, y, flags FROM seat WHERE hall_id = ? ORDER BY idx")

struct err *venue_plan_load(struct db *db, struct arena *a, struct hall_id hall, struct plan *ret)
{
	struct plan_row *h;
	struct section_row *sections;
	struct seat_row *seats;
	size_t n_sections, n_seats;
	TRY(hall_plan_one(db, a, &h, DB_ARGS(hall.v)));
	if (!h)
		return err_new(ERR_NOT_FOUND, "hall %" PRId64, hall.v);
	TRY(hall_sections_all(db, a, &sections, &n_sections, DB_ARGS(hall.v)));
	TRY(hall_seats_all(db, a, &seats, &n_seats, DB_ARGS(hall.v)));
	struct plan p = { .width = (int)h->width, .height = (int)h->height, .n_sections = n_sections,
		.sections = arena_array(a, struct plan_section, n_sections + 1) };
	size_t at = 0; /* seats are numbered section by section */
	for (size_t i = 0; i < n_sections; i++) {
		const struct section_row *s = &sections[i];
		struct plan_section *to = &p.sections[i];
		*to = (struct plan_section){ .name = s->name, .standing = str_eq(s->kind, "standing"), .capacity = (int)s->capacity,
			.x = (int)s->x, .y = (int)s->y, .w = (int)s->w, .h = (int)s->h };
		size_t n = 0;
		while (at + n < n_seats && seats[at + n].section_id.v == s->id.v)
			n++;
		to->n_seats = n;
		to->seats = arena_array(a, struct plan_seat, n + 1);
		for (size_t k = 0; k < n; k++, at++)
			to->seats[k] = (struct plan_seat){ seats[at].row_label, seats[at].label, (int)seats[at].x, (int)seats[at].y,
				(unsigned)seats[at].flags };
	}
	*ret = p;
	return NULL;
}
