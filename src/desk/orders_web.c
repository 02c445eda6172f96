/* Orders of the organizer's shows: search, paging, CSV. */
#include "desk/desk_view.h"
#include "desk/desk_web.h"

#include "base/clock.h"
#include "base/csv.h"
#include "tmpl/desk/orders.h"
#include "web/text.h"

#include <inttypes.h>
#include <string.h>

enum { PER_PAGE = 50, CSV_MOST = 50000 };

#define LISTED_COLUMNS                                                                                                 \
	"SELECT o.code, o.state, o.contact_name AS name, o.contact_email AS email, o.contact_phone AS phone, o.tickets, o.total," \
	" o.refunded, o.created_at, o.paid_at, s.title, s.title_en, p.starts_at FROM "
#define OF_ORGANIZER                                                                                                   \
	"shows s JOIN performance p ON p.show_id = s.id JOIN orders o ON o.performance_id = p.id WHERE " DESK_OWN          \
	" AND (? = 0 OR s.id = ?) AND (o.state = ? OR (? IS NULL AND o.state <> 'expired'))"
/* Without a text and dates the ids come out of the index (performance, state, id) alone. */
DB_QUERY_F(orders_newest, desk_listed_order, DB_STALE_OK,
    LISTED_COLUMNS "(SELECT o.id FROM " OF_ORGANIZER " ORDER BY o.id DESC LIMIT ? OFFSET ?) pick JOIN orders o ON o.id = pick.id"
    " JOIN performance p ON p.id = o.performance_id JOIN shows s ON s.id = p.show_id ORDER BY o.id DESC")
#define FOUND                                                                                                          \
	OF_ORGANIZER " AND (? IS NULL OR o.created_at >= ?) AND (? IS NULL OR o.created_at < ?) AND (? IS NULL OR o.code = ?"  \
	" OR o.contact_name LIKE ? OR o.contact_email LIKE ? OR REPLACE(o.contact_phone, '-', '') LIKE ?)"
DB_QUERY_F(orders_found, desk_listed_order, DB_STALE_OK, LISTED_COLUMNS FOUND " ORDER BY o.id DESC LIMIT ? OFFSET ?")
DB_QUERY_F(orders_newest_count, db_count, DB_STALE_OK, "SELECT COUNT(*) AS n FROM " OF_ORGANIZER)
DB_QUERY_F(orders_found_count, db_count, DB_STALE_OK, "SELECT COUNT(*) AS n FROM " FOUND)

/* What the form asks for, as the statements take it. */
struct wish { const struct desk_orders_form *f; const char *code, *like, *phone; struct db_arg from, to; bool narrow; };

static struct wish wish_of(struct req *r)
{
	const struct desk_orders_form *f = r->form;
	struct wish w = { .f = f, .like = desk_like(r->a, f->q), .from = db_time(f->from) };
	w.to = db_time(f->to ? clock_day_start(clock_day(f->to + 36 * US_HOUR)) : 0);
	w.narrow = f->q || f->from || f->to;
	if (f->q) {
		char *code = arena_alloc(r->a, strlen(f->q) + 1), *digits = arena_alloc(r->a, strlen(f->q) + 1), *c = code, *d = digits;
		for (const char *p = f->q; *p; p++) {
			if ((*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z'))
				*c++ = *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
			if (*p >= '0' && *p <= '9')
				*d++ = *p;
		}
		w.code = code;
		if (d - digits >= 4)
			w.phone = arena_printf(r->a, "%%%s%%", digits);
	}
	return w;
}

static struct err *load(struct req *r, const struct wish *w, int most, int64_t offset, struct desk_listed_order **ret, size_t *ret_n)
{
	const struct desk_orders_form *f = w->f;
	if (!w->narrow)
		return orders_newest_all(r->db, r->a, ret, ret_n, DB_ARGS(DESK_OWNER(r), f->show, f->show, f->state, f->state, most, offset));
	return orders_found_all(r->db, r->a, ret, ret_n, DB_ARGS(DESK_OWNER(r), f->show, f->show, f->state, f->state, w->from, w->from,
	    w->to, w->to, w->like, w->code, w->like, w->like, w->phone, most, offset));
}

static struct err *count(struct req *r, const struct wish *w, int64_t *ret)
{
	const struct desk_orders_form *f = w->f;
	struct db_count *n;
	if (!w->narrow)
		TRY(orders_newest_count_one(r->db, r->a, &n, DB_ARGS(DESK_OWNER(r), f->show, f->show, f->state, f->state)));
	else
		TRY(orders_found_count_one(r->db, r->a, &n, DB_ARGS(DESK_OWNER(r), f->show, f->show, f->state, f->state, w->from, w->from,
		    w->to, w->to, w->like, w->code, w->like, w->like, w->phone)));
	*ret = n->n;
	return NULL;
}

static const struct option *state_options(struct req *r)
{
	static const char *const states[] = { "paid", "partly_cancelled", "cancelled", "awaiting_deposit", "pending", "expired" };
	struct option *options = arena_array(r->a, struct option, ARRAY_LEN(states) + 2);
	const char *kind;
	options[0] = (struct option){ "", _("All but expired") };
	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		options[i + 1] = (struct option){ states[i], desk_order_word(r->lang, states[i], &kind) };
	return options;
}

static const char *date_input(struct req *r, int64_t at)
{
	struct day d = clock_day(at);
	return at ? arena_printf(r->a, "%04d-%02d-%02d", d.year, d.month, d.day) : "";
}

struct err *desk_orders_get(struct req *r)
{
	const struct desk_orders_form *f = r->form;
	struct wish w = wish_of(r);
	struct desk_listed_order *rows;
	struct desk_orders_view v = { .q = f->q ? f->q : "", .state = f->state ? f->state : "", .states = state_options(r),
		.show = arena_printf(r->a, "%" PRId64, f->show), .from = date_input(r, f->from), .to = date_input(r, f->to),
		.filtered = w.narrow || f->state || f->show };
	TRY(desk_show_options(r, _("All shows"), &v.shows));
	TRY(load(r, &w, PER_PAGE, (f->page - 1) * PER_PAGE, &rows, &v.n));
	TRY(count(r, &w, &v.total));
	v.rows = arena_array(r->a, struct desk_order_line, v.n + 1);
	for (size_t i = 0; i < v.n; i++) {
		v.rows[i] = (struct desk_order_line){ .o = &rows[i], .title = tr_pick(r->lang, rows[i].title, rows[i].title_en) };
		v.rows[i].word = desk_order_word(r->lang, rows[i].state, &v.rows[i].kind);
	}
	struct out *o = desk_begin(r, &(struct page){ .title = _("Orders") }, DESK_ORDERS);
	v.csv = out_url(o, "/desk/orders.csv?q=%s&state=%s&show=%s&from=%s&to=%s", v.q, v.state, v.show, v.from, v.to);
	v.pager = ui_pager(r->a, out_url(o, "/desk/orders?q=%s&state=%s&show=%s&from=%s&to=%s", v.q, v.state, v.show, v.from, v.to),
	    f->page, PER_PAGE, v.total);
	tmpl_desk_orders(o, &v);
	return desk_end(o, 200);
}

struct err *desk_orders_csv(struct req *r)
{
	struct wish w = wish_of(r);
	struct desk_listed_order *rows;
	size_t n;
	TRY(load(r, &w, CSV_MOST, 0, &rows, &n));
	const char *const heads[] = { _("Order"), _("State"), _("Name"), _("E-mail"), _("Phone"), _("Show"), _("When"), _("Tickets"),
		_("Total"), _("Given back"), _("Booked on"), _("Paid") };
	struct buf b;
	buf_init(&b, r->a);
	csv_heads(&b, heads, ARRAY_LEN(heads));
	for (size_t i = 0; i < n; i++) {
		const struct desk_listed_order *o = &rows[i];
		const char *kind;
		const char *const cells[] = { o->code, desk_order_word(r->lang, o->state, &kind), o->name, o->email, o->phone,
			tr_pick(r->lang, o->title, o->title_en), clock_local_input(r->a, o->starts_at), NULL };
		for (size_t k = 0; cells[k]; k++)
			csv_cell(&b, cells[k], false);
		buf_printf(&b, "%" PRId64 ",%" PRId64 ",%" PRId64 ",", o->tickets, o->total, o->refunded);
		csv_cell(&b, clock_local_input(r->a, o->created_at), false);
		csv_cell(&b, clock_local_input(r->a, o->paid_at), true);
	}
	return respond_download(r, "text/csv; charset=utf-8", "orders.csv", (struct bytes){ b.p, b.n });
}
