/* One performance: who comes, who is in already. */
#include "desk/desk_view.h"
#include "desk/desk_web.h"

#include "base/clock.h"
#include "base/csv.h"
#include "tmpl/desk/performance.h"
#include "venue/venue.h"
#include "web/text.h"

#include <inttypes.h>

enum { PER_PAGE = 100, CSV_MOST = 60000 };

#define REF_ROW(F) F(performance_id, id)
DB_ROW(desk_run_ref, REF_ROW)
DB_QUERY(performance_owned, desk_run_ref, "SELECT p.id FROM performance p JOIN shows s ON s.id = p.show_id WHERE p.id = ? AND " DESK_OWN)

/* Codes are ASCII: as they are they could not be compared with a name in Hangul. */
#define GUESTS_WHERE                                                                                                   \
	" FROM ticket t JOIN orders o ON o.id = t.order_id WHERE t.performance_id = ? AND (t.state = ? OR (? IS NULL AND t.state <> 'void'))" \
	" AND (? IS NULL OR t.holder LIKE ? OR o.contact_name LIKE ? OR o.contact_phone LIKE ?" \
	" OR CONVERT(o.code USING utf8mb4) LIKE ? OR CONVERT(t.code USING utf8mb4) LIKE ?)"
DB_QUERY_F(guests_of, desk_guest, DB_STALE_OK,
    "SELECT t.code, t.holder, t.state, t.used_at, t.used_by, l.label, g.code AS grade, g.ord, t.order_code, t.name, t.phone FROM (SELECT t.id,"
    " t.code, t.holder, t.state, t.used_at, t.used_by, t.order_id, t.line, o.code AS order_code, o.contact_name AS name, o.contact_phone AS phone"
    GUESTS_WHERE " ORDER BY t.id LIMIT ? OFFSET ?) t JOIN order_line l ON l.order_id = t.order_id AND l.line = t.line"
    " JOIN price_grade g ON g.id = l.grade_id ORDER BY t.id")
DB_QUERY_F(guests_count, db_count, DB_STALE_OK, "SELECT COUNT(*) AS n" GUESTS_WHERE)
#define STATES_ROW(F) F(i64, issued) F(i64, used)
DB_ROW(guests_states, STATES_ROW)
DB_QUERY_F(guests_by_state, guests_states, DB_STALE_OK,
    "SELECT CAST(COALESCE(SUM(state = 'issued'), 0) AS SIGNED) AS issued, CAST(COALESCE(SUM(state = 'used'), 0) AS SIGNED) AS used"
    " FROM ticket WHERE performance_id = ?")
DB_QUERY_F(performance_sale, desk_sale, DB_STALE_OK,
    "SELECT p.id, s.id AS show_id, s.title, s.title_en, p.starts_at, p.state, CAST(COALESCE(SUM(c.capacity), 0) AS SIGNED) AS capacity,"
    " CAST(COALESCE(SUM(c.sold), 0) AS SIGNED) AS sold, CAST(COALESCE(SUM(c.taken - c.sold), 0) AS SIGNED) AS held,"
    " CAST(COALESCE(SUM(c.sold * g.price), 0) AS SIGNED) AS revenue FROM performance p JOIN shows s ON s.id = p.show_id"
    " LEFT JOIN performance_grade c ON c.performance_id = p.id LEFT JOIN price_grade g ON g.id = c.grade_id WHERE p.id = ? GROUP BY p.id")

static struct err *performance_of(struct req *r, struct show_performance **ret)
{
	struct desk_run_ref *ref;
	TRY(performance_owned_one(r->db, r->a, &ref, DB_ARGS(req_param_id(r, "id"), DESK_OWNER(r))));
	if (!ref)
		return err_new(ERR_NOT_FOUND, "no such performance of this organizer");
	return show_performance_load(r->db, r->a, ref->id, true, ret);
}

static struct err *load(struct req *r, struct performance_id id, int most, int64_t offset, struct desk_guest_view **ret, size_t *ret_n)
{
	const struct desk_guests_form *f = r->form;
	const char *like = desk_like(r->a, f->q);
	struct desk_guest *rows;
	TRY(guests_of_all(r->db, r->a, &rows, ret_n, DB_ARGS(id.v, f->state, f->state, like, like, like, like, like, like, most, offset)));
	*ret = arena_array(r->a, struct desk_guest_view, *ret_n + 1);
	for (size_t i = 0; i < *ret_n; i++) {
		bool issued = str_eq(rows[i].state, "issued"), used = str_eq(rows[i].state, "used");
		(*ret)[i] = (struct desk_guest_view){ &rows[i], issued ? _("Not in yet") : used ? _("In") : _("Cancelled"),
			issued ? "warn" : used ? "ok" : "bad" };
	}
	return NULL;
}

struct err *desk_performance_get(struct req *r)
{
	const struct desk_guests_form *f = r->form;
	const struct option states[] = { { "", _("All but cancelled") }, { "issued", _("Not in yet") }, { "used", _("In") },
		{ "void", _("Cancelled") }, { NULL, NULL } };
	struct show_performance *p;
	struct db_count *count;
	struct guests_states *sums;
	struct desk_sale *sale;
	TRY(performance_of(r, &p));
	struct desk_performance_view v = { .p = p, .title = tr_pick(r->lang, p->title, p->title_en), .q = f->q ? f->q : "",
		.state = f->state ? f->state : "", .states = states, .may_gate = desk_may(&r->who, PERM_GATE), .may_shows = desk_may(&r->who, PERM_SHOWS),
		.may_sales = desk_may(&r->who, PERM_SALES),
		.coming = p->starts_at > r->now && !str_eq(p->state, "cancelled"),
		.place = venue_place(r->a, r->lang, p->venue, p->venue_en, p->hall, p->hall_en) };
	const char *like = desk_like(r->a, f->q);
	TRY(load(r, p->id, PER_PAGE, (f->page - 1) * PER_PAGE, &v.guests, &v.n));
	TRY(guests_count_one(r->db, r->a, &count, DB_ARGS(p->id.v, f->state, f->state, like, like, like, like, like, like)));
	TRY(guests_by_state_one(r->db, r->a, &sums, DB_ARGS(p->id.v)));
	TRY(performance_sale_one(r->db, r->a, &sale, DB_ARGS(p->id.v)));
	if (!sale)
		return err_new(ERR_NOT_FOUND, "performance %" PRId64 " is not on the replica yet", p->id.v);
	v.sale = sale;
	v.issued = sums->issued;
	v.used = sums->used;
	v.word = desk_performance_word(r->lang, p->state, &v.kind);
	struct out *o = desk_begin(r, &(struct page){ .title = arena_printf(r->a, "%s %s", v.title, clock_short(r->a, r->lang, p->starts_at)) },
	    DESK_ORDERS);
	v.csv = out_url(o, "/desk/performances/%lld/attendees.csv?q=%s&state=%s", (long long)p->id.v, v.q, v.state);
	v.pager = ui_pager(r->a, out_url(o, "/desk/performances/%lld?q=%s&state=%s", (long long)p->id.v, v.q, v.state), f->page, PER_PAGE, count->n);
	tmpl_desk_performance(o, &v);
	return desk_end(o, 200);
}

struct err *desk_performance_csv(struct req *r)
{
	struct show_performance *p;
	struct desk_guest_view *guests;
	size_t n;
	TRY(performance_of(r, &p));
	TRY(load(r, p->id, CSV_MOST, 0, &guests, &n));
	const char *const heads[] = { _("Ticket"), _("Holder"), _("Seat"), _("Grade"), _("State"), _("Entered"), _("Order"), _("Booked by"),
		_("Phone") };
	struct buf b;
	buf_init(&b, r->a);
	csv_heads(&b, heads, ARRAY_LEN(heads));
	for (size_t i = 0; i < n; i++) {
		const struct desk_guest *g = guests[i].g;
		const char *const cells[] = { g->code, g->holder, g->label, g->grade, guests[i].word, clock_local_input(r->a, g->used_at),
			g->order_code, g->name, g->phone };
		for (size_t k = 0; k < ARRAY_LEN(cells); k++)
			csv_cell(&b, cells[k], k + 1 == ARRAY_LEN(cells));
	}
	return respond_download(r, "text/csv; charset=utf-8", arena_printf(r->a, "attendees-%" PRId64 ".csv", p->id.v), (struct bytes){ b.p, b.n });
}
