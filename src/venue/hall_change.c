/* Changes of venues and halls: each in one transaction with its line in the audit log. */
#include "venue/hall.h"

#include "venue/plan_priv.h"
#include "web/audit.h"
#include "web/once.h"

#include <inttypes.h>

static const char LOCKED[] = N_("This hall has performances, so its seats stay as they are. Duplicate it and change the copy.");

/* ---- venues ----------------------------------------------------------------------------------------------------------------- */
DB_EXEC(venue_insert,
    "INSERT INTO venue (organizer_id, name, name_en, region, address, address_en, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)")
DB_EXEC(venue_change,
    "UPDATE venue SET name = ?, name_en = ?, region = ?, address = ?, address_en = ? WHERE id = ? AND organizer_id = ?")
DB_EXEC(venue_remove,
    "DELETE FROM venue WHERE id = ? AND organizer_id = ? AND NOT EXISTS (SELECT 1 FROM hall h WHERE h.venue_id = venue.id)")

struct venue_deed { struct req *r; int64_t id; const struct venue_facts *f; };

static const char *name_json(struct arena *a, const char *name)
{
	struct buf b;
	buf_init(&b, a);
	buf_str(&b, "{\"name\":");
	buf_json(&b, name);
	buf_chr(&b, '}');
	return buf_cstr(&b);
}

static struct err *venue_audit(struct db *db, const struct venue_deed *d, const char *action)
{
	struct arena *a = d->r->a;
	return audit(d->r, db, action, arena_printf(a, "venue:%" PRId64, d->id), d->f ? name_json(a, d->f->name) : NULL);
}

static struct err *create_run(struct db *db, void *ctx)
{
	struct venue_deed *d = ctx;
	const struct venue_facts *f = d->f;
	TRY(venue_insert_run(db, NULL, DB_ARGS(d->r->who.organizer.v, f->name, f->name_en, f->region, f->address, f->address_en,
	    db_time(d->r->now))));
	d->id = db_last_id(db);
	TRY(venue_audit(db, d, "venue.create"));
	return once_made(d->r, db, venue_url(d->r, d->id));
}

struct err *venue_create(struct req *r, const struct venue_facts *f, struct venue_id *ret)
{
	struct venue_deed d = { .r = r, .f = f };
	TRY(db_tx(r->db, create_run, &d));
	ret->v = d.id;
	return NULL;
}

static struct err *update_run(struct db *db, void *ctx)
{
	struct venue_deed *d = ctx;
	const struct venue_facts *f = d->f;
	int64_t changed;
	TRY(venue_change_run(db, &changed, DB_ARGS(f->name, f->name_en, f->region, f->address, f->address_en, d->id,
	    d->r->who.organizer.v)));
	return changed ? venue_audit(db, d, "venue.update") : err_new(ERR_NOT_FOUND, "no such venue");
}

struct err *venue_update(struct req *r, int64_t id, const struct venue_facts *f)
{
	return db_tx(r->db, update_run, &(struct venue_deed){ .r = r, .id = id, .f = f });
}

static struct err *delete_run(struct db *db, void *ctx)
{
	struct venue_deed *d = ctx;
	struct venue_row *v;
	int64_t changed;
	TRY(venue_remove_run(db, &changed, DB_ARGS(d->id, d->r->who.organizer.v)));
	if (changed)
		return venue_audit(db, d, "venue.delete");
	TRY(venue_find(db, d->r->a, d->r->who.organizer, d->id, &v));
	return v ? err_user(err_new(ERR_CONFLICT, "the venue has halls"), "%s", N_("This venue has halls. Delete them first."))
	    : err_new(ERR_NOT_FOUND, "no such venue");
}

struct err *venue_delete(struct req *r, int64_t id)
{
	return db_tx(r->db, delete_run, &(struct venue_deed){ .r = r, .id = id });
}

/* ---- halls ------------------------------------------------------------------------------------------------------------------ */
/* A deed: what runs while the hall's row is locked, so that no performance is made of it meanwhile (its foreign key waits). */
struct deed {
	struct req *r;
	int64_t id;
	const char *action;
	const char *detail;        /* JSON of the audit line, or NULL */
	bool structure;            /* refused for a hall with performances */
	bool once;                 /* makes something: the form is carried out once */
	struct err *(*run)(struct db *db, struct deed *d, const struct hall_row *h);
	const struct plan *plan;
	int64_t section;
	const char *name, *name_en;
	const int64_t *idx;
	size_t n;
	unsigned flags;
	int64_t made;              /* id of what the deed made */
};

#define LOCK_ROW(F) F(hall_id, id)
DB_ROW(lock_row, LOCK_ROW)
DB_QUERY(hall_lock, lock_row,
    "SELECT h.id FROM hall h JOIN venue v ON v.id = h.venue_id WHERE h.id = ? AND v.organizer_id = ? FOR UPDATE")

static struct err *deed_run(struct db *db, void *ctx)
{
	struct deed *d = ctx;
	struct arena *a = d->r->a;
	struct lock_row *lock;
	struct hall_row *h;
	TRY(hall_lock_one(db, a, &lock, DB_ARGS(d->id, d->r->who.organizer.v)));
	if (!lock)
		return err_new(ERR_NOT_FOUND, "no such hall");
	TRY(hall_find(db, a, d->r->who.organizer, d->id, &h));
	if (!h)
		return err_new(ERR_NOT_FOUND, "no such hall");
	if (d->structure && h->performances > 0)
		return err_user(err_new(ERR_CONFLICT, "hall %" PRId64 " has performances", d->id), "%s", LOCKED);
	TRY(d->run(db, d, h));
	TRY(audit(d->r, db, d->action, arena_printf(a, "hall:%" PRId64, d->id), d->detail));
	return d->once ? once_made(d->r, db, hall_url(d->r, d->made ? d->made : d->id)) : NULL;
}

static struct err *hall_do(struct deed *d)
{
	return db_tx(d->r->db, deed_run, d);
}

DB_EXEC(hall_insert,
    "INSERT INTO hall (venue_id, name, name_en, created_at) SELECT id, ?, ?, ? FROM venue WHERE id = ? AND organizer_id = ?")
DB_EXEC(hall_names, "UPDATE hall SET name = ?, name_en = ? WHERE id = ?")
DB_EXEC(grades_forget,
    "DELETE g FROM section s STRAIGHT_JOIN section_grade g ON g.section_id = s.id WHERE s.hall_id = ?")
DB_EXEC(seats_forget, "DELETE FROM seat WHERE hall_id = ?")
DB_EXEC(sections_forget, "DELETE FROM section WHERE hall_id = ?")
DB_EXEC(hall_forget, "DELETE FROM hall WHERE id = ?")

/* A venue that has no hall yet: the new one's row is the lock. */
static struct err *hall_create_run(struct db *db, void *ctx)
{
	struct deed *d = ctx;
	int64_t changed;
	TRY(hall_insert_run(db, &changed, DB_ARGS(d->name, d->name_en, db_time(d->r->now), d->id, d->r->who.organizer.v)));
	if (!changed)
		return err_new(ERR_NOT_FOUND, "no such venue");
	d->made = db_last_id(db);
	if (d->plan)
		TRY(venue_plan_store(db, (struct hall_id){ d->made }, d->plan));
	TRY(audit(d->r, db, "hall.create", arena_printf(d->r->a, "hall:%" PRId64, d->made), name_json(d->r->a, d->name)));
	return once_made(d->r, db, hall_url(d->r, d->made));
}

struct err *hall_create(struct req *r, int64_t venue, const char *name, const char *name_en, const struct plan *plan, struct hall_id *ret)
{
	struct deed d = { .r = r, .id = venue, .name = name, .name_en = name_en, .plan = plan };
	TRY(db_tx(r->db, hall_create_run, &d));
	ret->v = d.made;
	return NULL;
}

static struct err *rename_run(struct db *db, struct deed *d, const struct hall_row *h)
{
	return hall_names_run(db, NULL, DB_ARGS(d->name, d->name_en, h->id.v));
}

struct err *hall_rename(struct req *r, int64_t id, const char *name, const char *name_en)
{
	return hall_do(&(struct deed){ .r = r, .id = id, .action = "hall.update", .detail = name_json(r->a, name), .run = rename_run,
		.name = name, .name_en = name_en });
}

/* Without performances nobody has been sold a seat by these grades. */
static struct err *forget_seats(struct db *db, int64_t hall)
{
	TRY(grades_forget_run(db, NULL, DB_ARGS(hall)));
	TRY(seats_forget_run(db, NULL, DB_ARGS(hall)));
	return sections_forget_run(db, NULL, DB_ARGS(hall));
}

static struct err *delete_hall_run(struct db *db, struct deed *d, const struct hall_row *h)
{
	d->made = h->venue_id.v;
	TRY(forget_seats(db, h->id.v));
	return hall_forget_run(db, NULL, DB_ARGS(h->id.v));
}

struct err *hall_delete(struct req *r, int64_t id, struct venue_id *ret_venue)
{
	struct deed d = { .r = r, .id = id, .action = "hall.delete", .structure = true, .run = delete_hall_run };
	TRY(hall_do(&d));
	ret_venue->v = d.made;
	return NULL;
}

static const char *plan_json(struct arena *a, const struct plan *p)
{
	size_t seats = 0, standing = 0;
	for (size_t i = 0; i < p->n_sections; i++) {
		seats += p->sections[i].n_seats;
		standing += p->sections[i].standing ? (size_t)p->sections[i].capacity : 0;
	}
	return arena_printf(a, "{\"sections\":%zu,\"seats\":%zu,\"standing\":%zu}", p->n_sections, seats, standing);
}

static struct err *replace_run(struct db *db, struct deed *d, const struct hall_row *h)
{
	TRY(forget_seats(db, h->id.v));
	return venue_plan_store(db, h->id, d->plan);
}

struct err *hall_replace(struct req *r, int64_t id, const struct plan *plan)
{
	return hall_do(&(struct deed){ .r = r, .id = id, .action = "hall.replace", .detail = plan_json(r->a, plan), .structure = true,
		.run = replace_run, .plan = plan });
}

/* ---- duplicates -------------------------------------------------------------------------------------------------------------- */
DB_EXEC(hall_copy,
    "INSERT INTO hall (venue_id, name, name_en, seats, standing, width, height, version, created_at)"
    " SELECT venue_id, ?, ?, seats, standing, width, height, 2, ? FROM hall WHERE id = ?")
DB_EXEC(sections_copy,
    "INSERT INTO section (hall_id, ord, name, kind, capacity, x, y, w, h)"
    " SELECT ?, ord, name, kind, capacity, x, y, w, h FROM section WHERE hall_id = ? ORDER BY ord")
DB_EXEC(seats_copy,
    "INSERT INTO seat (hall_id, idx, section_id, row_label, label, x, y, flags)"
    " SELECT ?, t.idx, n.id, t.row_label, t.label, t.x, t.y, t.flags FROM seat t JOIN section s ON s.id = t.section_id"
    " JOIN section n ON n.hall_id = ? AND n.ord = s.ord WHERE t.hall_id = ?")

static struct err *duplicate_run(struct db *db, struct deed *d, const struct hall_row *h)
{
	TRY(hall_copy_run(db, NULL, DB_ARGS(d->name, d->name_en, db_time(d->r->now), h->id.v)));
	d->made = db_last_id(db);
	d->detail = arena_printf(d->r->a, "{\"copy\":%" PRId64 "}", d->made);
	TRY(sections_copy_run(db, NULL, DB_ARGS(d->made, h->id.v)));
	return seats_copy_run(db, NULL, DB_ARGS(d->made, d->made, h->id.v));
}

struct err *hall_duplicate(struct req *r, int64_t id, const char *name, const char *name_en, struct hall_id *ret)
{
	struct deed d = { .r = r, .id = id, .action = "hall.duplicate", .once = true, .run = duplicate_run, .name = name, .name_en = name_en };
	TRY(hall_do(&d));
	ret->v = d.made;
	return NULL;
}

/* ---- sections ---------------------------------------------------------------------------------------------------------------- */
static struct err *add_run(struct db *db, struct deed *d, const struct hall_row *h)
{
	struct arena *a = d->r->a;
	struct hall_section *have;
	size_t n;
	int64_t seats = h->seats;
	TRY(hall_sections_of(db, a, h->id, &have, &n));
	for (size_t i = 0; i < d->plan->n_sections; i++) {
		const struct plan_section *s = &d->plan->sections[i];
		seats += (int64_t)s->n_seats;
		for (size_t k = 0; k < n; k++)
			if (str_eq(have[k].name, s->name))
				return err_user(err_new(ERR_INVALID, "plan refused"), N_("Section %s: there are two of this name."), s->name);
	}
	if (n + d->plan->n_sections > PLAN_SECTIONS_MAX)
		return err_user(err_new(ERR_INVALID, "plan refused"), "%s", N_("A hall has between 1 and 500 sections."));
	if (seats > PLAN_SEATS_MAX)
		return err_user(err_new(ERR_INVALID, "plan refused"), "%s", N_("A hall has at most 100,000 seats."));
	return venue_plan_append(db, a, h->id, d->plan);
}

struct err *hall_add(struct req *r, int64_t id, const struct plan *plan)
{
	TRY(venue_plan_check(r->a, plan));
	return hall_do(&(struct deed){ .r = r, .id = id, .action = "section.add", .detail = name_json(r->a, plan->sections[0].name),
		.structure = true, .once = true, .run = add_run, .plan = plan });
}

DB_QUERY(section_by_id, hall_section, "SELECT id, name, kind, capacity, ord FROM section WHERE id = ? AND hall_id = ?")
#define RANGE_ROW(F) F(i64, first) F(i64, n)
DB_ROW(range_row, RANGE_ROW)
DB_QUERY(section_range, range_row,
    "SELECT COALESCE(MIN(idx), 0) AS first, COUNT(*) AS n FROM seat WHERE hall_id = ? AND section_id = ?")
DB_EXEC(grades_of_section_forget, "DELETE FROM section_grade WHERE section_id = ?")
DB_EXEC(seats_of_section_forget, "DELETE FROM seat WHERE hall_id = ? AND section_id = ?")
DB_EXEC(section_forget, "DELETE FROM section WHERE id = ?")
DB_EXEC(seats_close_up, "UPDATE seat SET idx = idx - ? WHERE hall_id = ? AND idx > ? ORDER BY idx")
DB_EXEC(sections_close_up, "UPDATE section SET ord = ord - 1 WHERE hall_id = ? AND ord > ? ORDER BY ord")
DB_EXEC(hall_shrunk, "UPDATE hall SET seats = seats - ?, standing = standing - ?, version = version + 1 WHERE id = ?")
DB_EXEC(hall_redrawn, "UPDATE hall SET version = version + 1 WHERE id = ?")

static struct err *find_section(struct db *db, const struct deed *d, const struct hall_row *h, struct hall_section **ret)
{
	TRY(section_by_id_one(db, d->r->a, ret, DB_ARGS(d->section, h->id.v)));
	return *ret ? NULL : err_new(ERR_NOT_FOUND, "no such section");
}

/* Seats stay numbered 0… without gaps. */
static struct err *remove_run(struct db *db, struct deed *d, const struct hall_row *h)
{
	struct hall_section *s;
	struct range_row *range;
	TRY(find_section(db, d, h, &s));
	TRY(section_range_one(db, d->r->a, &range, DB_ARGS(h->id.v, s->id.v)));
	int64_t standing = str_eq(s->kind, "standing") ? s->capacity : 0, first = range ? range->first : 0, n = range ? range->n : 0;
	d->detail = name_json(d->r->a, s->name);
	TRY(grades_of_section_forget_run(db, NULL, DB_ARGS(s->id.v)));
	TRY(seats_of_section_forget_run(db, NULL, DB_ARGS(h->id.v, s->id.v)));
	TRY(section_forget_run(db, NULL, DB_ARGS(s->id.v)));
	if (n > 0)
		TRY(seats_close_up_run(db, NULL, DB_ARGS(n, h->id.v, first)));
	TRY(sections_close_up_run(db, NULL, DB_ARGS(h->id.v, s->ord)));
	return hall_shrunk_run(db, NULL, DB_ARGS(n, standing, h->id.v));
}

struct err *hall_remove_section(struct req *r, int64_t id, int64_t section)
{
	return hall_do(&(struct deed){ .r = r, .id = id, .action = "section.remove", .structure = true, .run = remove_run, .section = section });
}

DB_EXEC(section_name, "UPDATE section SET name = ? WHERE id = ?")
DB_QUERY(section_name_taken, db_count, "SELECT COUNT(*) AS n FROM section WHERE hall_id = ? AND name = ? AND id <> ?")

static struct err *rename_section_run(struct db *db, struct deed *d, const struct hall_row *h)
{
	struct hall_section *s;
	struct db_count *taken;
	TRY(find_section(db, d, h, &s));
	TRY(section_name_taken_one(db, d->r->a, &taken, DB_ARGS(h->id.v, d->name, s->id.v)));
	if (taken && taken->n > 0)
		return err_user(err_new(ERR_INVALID, "plan refused"), N_("Section %s: there are two of this name."), d->name);
	TRY(section_name_run(db, NULL, DB_ARGS(d->name, s->id.v)));
	return hall_redrawn_run(db, NULL, DB_ARGS(h->id.v));
}

struct err *hall_rename_section(struct req *r, int64_t id, int64_t section, const char *name)
{
	return hall_do(&(struct deed){ .r = r, .id = id, .action = "section.rename", .detail = name_json(r->a, name),
		.run = rename_section_run, .section = section, .name = name });
}

DB_EXEC(seats_mark, "UPDATE seat SET flags = ? WHERE hall_id = ? AND section_id = ? AND idx IN ({?})")

static struct err *mark_run(struct db *db, struct deed *d, const struct hall_row *h)
{
	struct hall_section *s;
	int64_t changed;
	struct db_arg *args = arena_array(d->r->a, struct db_arg, d->n + 3);
	TRY(find_section(db, d, h, &s));
	args[0] = DB_ARG(d->flags);
	args[1] = DB_ARG(h->id.v);
	args[2] = DB_ARG(s->id.v);
	for (size_t i = 0; i < d->n; i++)
		args[3 + i] = DB_ARG(d->idx[i]);
	TRY(seats_mark_many(db, &changed, d->n, args, d->n + 3));
	if (changed != (int64_t)d->n)
		return err_user(err_new(ERR_CONFLICT, "seats of another section"), "%s",
		    N_("The section has changed since you opened the page. Nothing was changed; please choose the seats again."));
	d->detail = arena_printf(d->r->a, "{\"seats\":%zu,\"flags\":%u}", d->n, d->flags);
	return hall_redrawn_run(db, NULL, DB_ARGS(h->id.v));
}

struct err *hall_mark_seats(struct req *r, int64_t id, int64_t section, unsigned flags, const int64_t *idx, size_t n)
{
	return hall_do(&(struct deed){ .r = r, .id = id, .action = "seat.mark", .run = mark_run, .section = section, .flags = flags,
		.idx = idx, .n = n });
}
