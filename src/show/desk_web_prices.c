/* Price grades of a show, and which section of a hall belongs to which. */
#include "show/desk_view.h"

#include "tmpl/desk_show/prices.h"
#include "tmpl/desk_show/show.h"
#include "venue/venue.h"
#include "web/audit.h"
#include "web/once.h"
#include "web/text.h"

#include <inttypes.h>

static const char *const locked_text =
    N_("Tickets of this show are sold or held: prices and sections cannot be changed any more.");

static struct url prices_url(struct req *r, const struct desk_show *s)
{
	return url_fmt(r->a, "/desk/shows/%lld/prices", (long long)s->id.v);
}

static struct err *to_prices(struct req *r, const struct desk_show *s)
{
	return redirect(r, prices_url(r, s));
}

/* ---- the page -------------------------------------------------------------------------------------------------------------- */
struct err *desk_prices_get(struct req *r)
{
	struct desk_show *s;
	struct desk_grade *grades;
	struct desk_hall *halls;
	struct desk_prices_view v = { 0 };
	TRY(desk_show_of(r, &s));
	TRY(desk_grades(r->db, r->a, s->id, &grades, &v.n_grades));
	TRY(desk_halls(r, s->id, &halls, &v.n_halls));
	v.s = s;
	struct out *o = desk_show_begin(r, s, TAB_PRICES, _("Prices and seats"));
	v.grades = arena_array(r->a, struct desk_grade_view, v.n_grades + 1);
	for (size_t i = 0; i < v.n_grades; i++)
		v.grades[i] = (struct desk_grade_view){ &grades[i], { .button = _("Remove"), .yes = _("Yes, remove it"),
			.question = _("Sections of this grade lose their price."),
			.action = out_url(o, "/desk/shows/%lld/grades/%lld/remove", (long long)s->id.v, (long long)grades[i].id.v) } };
	v.halls = arena_array(r->a, struct desk_hall_view, v.n_halls + 1);
	for (size_t i = 0; i < v.n_halls; i++) {
		const struct desk_hall *h = &halls[i];
		bool all = h->mapped == h->sections;
		v.halls[i] = (struct desk_hall_view){ .h = h, .kind = all ? "ok" : h->mapped ? "warn" : "info",
			.name = venue_place(r->a, r->lang, h->venue, h->venue_en, h->hall, h->hall_en),
			.state = h->sections == 0 ? _("No seats yet") : all ? _("All sections have a price")
			    : h->mapped ? _("Some sections have no price and are not sold") : _("Not used yet") };
	}
	tmpl_desk_show_prices(o, &v);
	return desk_end(o, r->form_errors ? 422 : 200);
}

/* ---- grades ---------------------------------------------------------------------------------------------------------------- */
#define NOT_SOLD                                                                                                       \
	"NOT EXISTS (SELECT 1 FROM performance p JOIN orders o ON o.performance_id = p.id AND o.state IN ('pending',"    \
	" 'awaiting_deposit', 'paid', 'partly_cancelled') WHERE p.show_id = s.id)"
DB_EXEC(grade_insert,
    "INSERT INTO price_grade (show_id, ord, code, price) SELECT s.id, (SELECT COALESCE(MAX(g.ord), -1) + 1 FROM price_grade g"
    " WHERE g.show_id = s.id), ?, ? FROM shows s WHERE s.id = ? AND " NOT_SOLD)
DB_EXEC(grade_price,
    "UPDATE price_grade g JOIN shows s ON s.id = g.show_id SET g.price = ? WHERE g.id = ? AND s.id = ? AND " NOT_SOLD)
DB_EXEC(grade_unmap, "DELETE FROM section_grade WHERE show_id = ? AND grade_id = ?")
DB_EXEC(grade_uncount, "DELETE FROM performance_grade WHERE grade_id = ?")
DB_EXEC(grade_delete, "DELETE g FROM price_grade g JOIN shows s ON s.id = g.show_id WHERE g.id = ? AND s.id = ? AND " NOT_SOLD)
DB_EXEC(grades_aside, "UPDATE price_grade SET ord = ord + 1000 WHERE show_id = ? ORDER BY ord DESC")
DB_EXEC(grade_place, "UPDATE price_grade SET ord = ? WHERE id = ?")
#define REF_ROW(F) F(grade_id, id)
DB_ROW(grade_ref, REF_ROW)
DB_QUERY(grades_by_price, grade_ref, "SELECT id FROM price_grade WHERE show_id = ? ORDER BY price DESC, id")

/* The dearest grade is number 0: letter and colour of the map follow it. */
static struct err *place_grades(struct db *db, struct arena *a, struct show_id id)
{
	struct grade_ref *rows;
	size_t n;
	TRY(grades_by_price_all(db, a, &rows, &n, DB_ARGS(id.v)));
	TRY(grades_aside_run(db, NULL, DB_ARGS(id.v)));
	for (size_t i = 0; i < n; i++)
		TRY(grade_place_run(db, NULL, DB_ARGS((int64_t)i, rows[i].id.v)));
	return NULL;
}

struct grade_ctx { struct req *r; const struct desk_show *s; enum { GRADE_ADD, GRADE_PRICE, GRADE_REMOVE } what; const char *code;
	int64_t price; struct grade_id id; int64_t changed; };

static struct err *grade_tx(struct db *db, void *ctx)
{
	static const char *const deeds[] = { "show.grade_add", "show.grade_price", "show.grade_remove" };
	struct grade_ctx *c = ctx;
	struct req *r = c->r;
	switch (c->what) {
	case GRADE_ADD:
		TRY(grade_insert_run(db, &c->changed, DB_ARGS(c->code, c->price, c->s->id.v)));
		c->id.v = db_last_id(db);
		break;
	case GRADE_PRICE:
		TRY(grade_price_run(db, &c->changed, DB_ARGS(c->price, c->id.v, c->s->id.v)));
		break;
	case GRADE_REMOVE:
		TRY(grade_unmap_run(db, NULL, DB_ARGS(c->s->id.v, c->id.v)));
		TRY(grade_uncount_run(db, NULL, DB_ARGS(c->id.v)));
		TRY(grade_delete_run(db, &c->changed, DB_ARGS(c->id.v, c->s->id.v)));
		if (c->changed == 0)
			return err_user(err_new(ERR_CONFLICT, "grade is sold"), "%s", locked_text); /* and the rest is undone */
		break;
	}
	if (c->changed == 0)
		return NULL;
	TRY(place_grades(db, r->a, c->s->id));
	TRY(show_facts_refresh(db, c->s->id));
	TRY(audit(r, db, deeds[c->what], arena_printf(r->a, "show:%" PRId64, c->s->id.v),
	    arena_printf(r->a, "{\"grade\":%" PRId64 ",\"price\":%" PRId64 "}", c->id.v, c->price)));
	return c->what == GRADE_ADD ? once_made(r, db, prices_url(r, c->s)) : NULL;
}

static struct err *run_grade(struct req *r, struct grade_ctx *c, const char *done)
{
	struct err *e = db_tx(r->db, grade_tx, c);
	if (err_is(e, ERR_DUPLICATE)) {
		err_free(e);
		req_field_error(r, "code", N_("There is a grade of that name already."));
		return req_again(r);
	}
	if (err_is(e, ERR_CONFLICT) || err_is(e, ERR_CONSTRAINT)) {
		err_free(e);
		c->changed = 0;
		e = NULL;
	}
	TRY(e);
	req_flash(r, c->changed ? "success" : "error", c->changed ? done : tr(r->lang, locked_text));
	return to_prices(r, c->s);
}

struct err *desk_grade_add(struct req *r)
{
	const struct desk_grade_form *f = r->form;
	struct desk_show *s;
	TRY(desk_show_of(r, &s));
	struct grade_ctx c = { .r = r, .s = s, .what = GRADE_ADD, .code = f->code, .price = f->price };
	return run_grade(r, &c, _("The grade is there."));
}

/* The grade of the path belongs to the show, or there is nothing to change. */
static struct err *grade_of(struct req *r, const struct desk_show *s, struct grade_id *ret)
{
	struct desk_grade *rows;
	size_t n;
	int64_t id = req_param_id(r, "grade");
	TRY(desk_grades(r->db, r->a, s->id, &rows, &n));
	for (size_t i = 0; i < n; i++)
		if (rows[i].id.v == id) {
			*ret = rows[i].id;
			return NULL;
		}
	return err_new(ERR_NOT_FOUND, "no such grade of this show");
}

struct err *desk_grade_change(struct req *r)
{
	const struct desk_price_form *f = r->form;
	struct desk_show *s;
	TRY(desk_show_of(r, &s));
	struct grade_ctx c = { .r = r, .s = s, .what = GRADE_PRICE, .price = f->price };
	TRY(grade_of(r, s, &c.id));
	return run_grade(r, &c, _("The price is changed."));
}

struct err *desk_grade_remove(struct req *r)
{
	struct desk_show *s;
	TRY(desk_show_of(r, &s));
	struct grade_ctx c = { .r = r, .s = s, .what = GRADE_REMOVE };
	TRY(grade_of(r, s, &c.id));
	return run_grade(r, &c, _("The grade is gone."));
}

/* ---- sections of a hall ------------------------------------------------------------------------------------------------------- */
DB_QUERY(sections_of_hall, desk_section,
    "SELECT c.id, c.name, c.kind, c.capacity, m.grade_id FROM section c JOIN hall h ON h.id = c.hall_id JOIN venue v ON v.id = h.venue_id"
    " LEFT JOIN section_grade m ON m.section_id = c.id AND m.show_id = ? WHERE c.hall_id = ? AND v.organizer_id = ? ORDER BY c.ord")

static struct err *load_map(struct req *r, struct desk_show **s, struct desk_map_view *v)
{
	struct desk_hall *halls;
	struct desk_grade *grades;
	struct desk_section *sections;
	size_t n;
	TRY(desk_show_of(r, s));
	v->s = *s;
	v->hall.v = req_param_id(r, "hall");
	TRY(desk_halls(r, (*s)->id, &halls, &n));
	for (size_t i = 0; i < n; i++)
		if (halls[i].id.v == v->hall.v)
			v->hall_name = venue_place(r->a, r->lang, halls[i].venue, halls[i].venue_en, halls[i].hall, halls[i].hall_en);
	if (!v->hall_name)
		return err_new(ERR_NOT_FOUND, "no such hall of this organizer");
	TRY(desk_grades(r->db, r->a, (*s)->id, &grades, &v->n_grades));
	TRY(sections_of_hall_all(r->db, r->a, &sections, &v->n, DB_ARGS((*s)->id.v, v->hall.v, r->who.organizer.v)));
	v->grades = grades;
	v->locked = v->n_grades && grades[0].sold;
	v->sections = arena_array(r->a, struct desk_section_view, v->n + 1);
	for (size_t i = 0; i < v->n; i++)
		v->sections[i] = (struct desk_section_view){ &sections[i], arena_printf(r->a, "s%" PRId64, sections[i].id.v),
			arena_printf(r->a, "%" PRId64, sections[i].grade_id) };
	return NULL;
}

struct err *desk_map_get(struct req *r)
{
	struct desk_show *s;
	struct desk_map_view v = { 0 };
	TRY(load_map(r, &s, &v));
	struct out *o = desk_show_begin(r, s, TAB_PRICES, v.hall_name);
	tmpl_desk_show_map(o, &v);
	return desk_end(o, 200);
}

DB_EXEC(map_clear,
    "DELETE m FROM section_grade m JOIN section c ON c.id = m.section_id WHERE m.show_id = ? AND c.hall_id = ?")
DB_EXEC(map_insert, "INSERT INTO section_grade (show_id, section_id, grade_id) VALUES {(?, ?, ?)}")
#define COMING_RUNS                                                                                                    \
	" JOIN performance p ON p.id = x.performance_id WHERE p.show_id = ? AND p.hall_id = ? AND p.state NOT IN ('done', 'cancelled')"
DB_EXEC(stock_clear, "DELETE x FROM performance_grade x" COMING_RUNS)
DB_EXEC(stripes_clear, "DELETE x FROM stock_stripe x" COMING_RUNS " AND x.issued = 0")
#define RUN_ROW(F) F(performance_id, id)
DB_ROW(map_run, RUN_ROW)
DB_QUERY(runs_of_hall, map_run,
    "SELECT id FROM performance WHERE show_id = ? AND hall_id = ? AND state NOT IN ('done', 'cancelled')")
DB_QUERY(show_unsold, map_run, "SELECT s.id FROM shows s WHERE s.id = ? AND " NOT_SOLD " FOR UPDATE")

struct map_ctx { struct req *r; const struct desk_map_view *v; const struct db_arg *args; size_t n; bool locked; };

static struct err *map_tx(struct db *db, void *ctx)
{
	struct map_ctx *c = ctx;
	struct req *r = c->r;
	int64_t show = c->v->s->id.v, hall = c->v->hall.v;
	struct map_run *runs, *unsold;
	size_t n;
	TRY(show_unsold_one(db, r->a, &unsold, DB_ARGS(show)));
	c->locked = !unsold;
	if (c->locked)
		return NULL;
	TRY(map_clear_run(db, NULL, DB_ARGS(show, hall)));
	TRY(map_insert_many(db, NULL, c->n, c->args, c->n * 3));
	TRY(stock_clear_run(db, NULL, DB_ARGS(show, hall)));
	TRY(stripes_clear_run(db, NULL, DB_ARGS(show, hall)));
	TRY(runs_of_hall_all(db, r->a, &runs, &n, DB_ARGS(show, hall)));
	for (size_t i = 0; i < n; i++)
		TRY(show_performance_stock(db, runs[i].id));
	TRY(show_facts_refresh(db, c->v->s->id));
	return audit(r, db, "show.map", arena_printf(r->a, "show:%" PRId64, show), arena_printf(r->a, "{\"hall\":%" PRId64 "}", hall));
}

static bool is_grade(const struct desk_map_view *v, int64_t id)
{
	for (size_t i = 0; i < v->n_grades; i++)
		if (v->grades[i].id.v == id)
			return true;
	return false;
}

/* One select for each section, named after its id; "rest" is for those without a choice. */
struct err *desk_map_post(struct req *r)
{
	struct desk_show *s;
	struct desk_map_view v = { 0 };
	TRY(load_map(r, &s, &v));
	struct db_arg *args = arena_array(r->a, struct db_arg, v.n * 3 + 1);
	struct map_ctx c = { .r = r, .v = &v, .args = args };
	int64_t rest = 0;
	if (!str_to_i64(req_typed(r, "rest") ? req_typed(r, "rest") : "0", &rest) || !is_grade(&v, rest))
		rest = 0;
	for (size_t i = 0; i < v.n; i++) {
		const char *typed = req_typed(r, v.sections[i].field);
		int64_t grade = 0;
		if (!typed || !str_to_i64(typed, &grade) || !is_grade(&v, grade))
			grade = rest;
		if (!grade)
			continue;
		args[c.n * 3] = DB_ARG(s->id.v);
		args[c.n * 3 + 1] = DB_ARG(v.sections[i].c->id.v);
		args[c.n * 3 + 2] = DB_ARG(grade);
		c.n++;
	}
	TRY(db_tx(r->db, map_tx, &c));
	if (c.locked)
		req_flash(r, "error", tr(r->lang, locked_text));
	else if (c.n == 0)
		req_flash(r, "info", _("No section has a price now: nothing of this hall is sold."));
	else
		req_flash(r, "success", _("The sections have their prices. Now add performances."));
	return redirect(r, url_fmt(r->a, c.locked || c.n == 0 ? "/desk/shows/%lld/prices" : "/desk/shows/%lld/performances", (long long)s->id.v));
}
