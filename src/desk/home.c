/* The desk's first page: today, what comes next, what is to do; for a new organizer the way to the first sale. */
#include "desk/desk_view.h"
#include "desk/desk_web.h"

#include "base/clock.h"
#include "tmpl/desk/home.h"
#include "web/text.h"

#include <inttypes.h>

#define HAVE_ROW(F) F(str, name) F(i64, halls) F(i64, shows) F(i64, published)
DB_ROW(desk_have, HAVE_ROW)
DB_QUERY(organizer_has, desk_have,
    "SELECT g.name, (SELECT COUNT(*) FROM venue v JOIN hall h ON h.venue_id = v.id WHERE v.organizer_id = g.id AND h.seats + h.standing > 0)"
    " AS halls, (SELECT COUNT(*) FROM shows s WHERE s.organizer_id = g.id) AS shows,"
    " (SELECT COUNT(*) FROM shows t WHERE t.organizer_id = g.id AND t.state <> 'draft') AS published FROM organizer g WHERE g.id = ?")

static void fill_start(struct out *o, const struct desk_have *h, struct desk_home_view *v)
{
	struct req *r = o->req;
	v->starts[0] = (struct desk_start){ .title = _("Make a venue"), .label = _("Make a venue"), .href = out_url(o, "/desk/venues/new"),
		.text = _("Its halls with sections and seats; there are ready-made plans to begin with."), .done = h->halls > 0 };
	v->starts[1] = (struct desk_start){ .title = _("Make a show"), .label = _("Make a show"), .href = out_url(o, "/desk/shows/new"),
		.text = _("Title, poster, prices, dates. It stays a draft that only you see."), .done = h->shows > 0 };
	v->starts[2] = (struct desk_start){ .title = _("Open the sale"), .label = _("To the shows"), .href = out_url(o, "/desk/shows"),
		.text = _("Publish the show: it becomes visible and bookable at the times you have set."), .done = h->published > 0 };
	for (size_t i = 0; i < ARRAY_LEN(v->starts); i++)
		if (!v->starts[i].done) {
			v->starts[i].next = true;
			break;
		}
	v->starting = h->published == 0;
}

#define TODO_ROW(F) F(show_id, id) F(str, title) F(str, title_en) F(str, state) F(i64, image_id) F(time, booking_open_at) F(flag, coming)
DB_ROW(todo_row, TODO_ROW)
DB_QUERY_F(shows_todo, todo_row, DB_STALE_OK,
    "SELECT s.id, s.title, s.title_en, s.state, s.image_id, s.booking_open_at, EXISTS (SELECT 1 FROM performance p WHERE p.show_id = s.id"
    " AND p.state <> 'cancelled' AND p.starts_at > ?) AS coming FROM shows s WHERE " DESK_OWN " AND (s.state = 'draft'"
    " OR (s.state = 'published' AND (s.last_at > ? OR s.last_at IS NULL) AND (s.image_id IS NULL OR s.booking_open_at BETWEEN ? AND ?)))"
    " ORDER BY s.booking_open_at LIMIT 8")

static struct err *fill_todos(struct out *o, struct desk_home_view *v)
{
	struct req *r = o->req;
	struct todo_row *rows;
	size_t n;
	TRY(shows_todo_all(r->db, r->a, &rows, &n, DB_ARGS(db_time(r->now), DESK_OWNER(r), db_time(r->now), db_time(r->now),
	    db_time(r->now + 3 * US_DAY))));
	v->todos = arena_array(r->a, struct desk_todo, n + 1);
	for (size_t i = 0; i < n; i++) {
		const struct todo_row *s = &rows[i];
		bool draft = str_eq(s->state, "draft");
		v->todos[v->n_todos++] = (struct desk_todo){ .title = tr_pick(r->lang, s->title, s->title_en),
			.href = out_url(o, draft || s->image_id ? "/desk/shows/%lld" : "/desk/shows/%lld/edit", (long long)s->id.v),
			.text = draft && !s->coming ? _("A draft without dates.") : draft ? _("A draft: publish it when it is ready.")
			    : !s->image_id ? _("It has no poster yet.") : out_fmt(o, _("Booking opens %s."), out_when_short(o, s->booking_open_at)) };
	}
	return NULL;
}

struct err *desk_home(struct req *r)
{
	struct desk_home_view v = { .links = desk_may(&r->who, PERM_ORDERS) };
	struct desk_have *have;
	struct desk_today today;
	struct desk_sales next;
	TRY(organizer_has_one(r->db, r->a, &have, DB_ARGS(r->who.organizer.v)));
	if (!have)
		return err_new(ERR_NOT_FOUND, "organizer is gone");
	if (desk_may(&r->who, PERM_SALES)) {
		TRY(desk_sales_since(r, 0, clock_day_start(clock_day(r->now)), &today));
		TRY(desk_sales_coming(r, 0, 8, &next));
		v.today = &today;
		v.next = &next;
	}
	v.name = have->name;
	struct out *o = desk_begin(r, &(struct page){ .title = _("Desk") }, DESK_HOME);
	if (!r->who.staff.v)
		fill_start(o, have, &v);
	if (desk_may(&r->who, PERM_SHOWS) && have->shows > 0)
		TRY(fill_todos(o, &v));
	tmpl_desk_home(o, &v);
	return desk_end(o, 200);
}
