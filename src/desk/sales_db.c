/* What was sold: counts by performance from performance_grade, and by time from the orders of coming performances. */
#include "desk/desk_view.h"
#include "desk/desk_web.h"

#include "base/clock.h"
#include "web/text.h"

#include <inttypes.h>

#define SALE_SQL                                                                                                       \
	"SELECT p.id, s.id AS show_id, s.title, s.title_en, p.starts_at, p.state,"                                       \
	" CAST(COALESCE(SUM(c.capacity), 0) AS SIGNED) AS capacity, CAST(COALESCE(SUM(c.sold), 0) AS SIGNED) AS sold,"    \
	" CAST(COALESCE(SUM(c.taken - c.sold), 0) AS SIGNED) AS held,"                                                    \
	" CAST(COALESCE(SUM(c.sold * g.price), 0) AS SIGNED) AS revenue FROM (SELECT q.id FROM shows s"                   \
	" JOIN performance q ON q.show_id = s.id WHERE " DESK_OWN " AND (? = 0 OR s.id = ?) AND q.starts_at "
#define SALE_REST                                                                                                      \
	") pick JOIN performance p ON p.id = pick.id JOIN shows s ON s.id = p.show_id LEFT JOIN performance_grade c ON c.performance_id = p.id" \
	" LEFT JOIN price_grade g ON g.id = c.grade_id GROUP BY p.id ORDER BY p.starts_at"
DB_QUERY_F(sales_coming, desk_sale, DB_STALE_OK, SALE_SQL "> ? ORDER BY q.starts_at LIMIT ?" SALE_REST)
DB_QUERY_F(sales_past, desk_sale, DB_STALE_OK, SALE_SQL "<= ? ORDER BY q.starts_at DESC LIMIT ? OFFSET ?" SALE_REST " DESC")

static void fill(struct req *r, const struct desk_sale *rows, size_t n, struct desk_sales *ret)
{
	*ret = (struct desk_sales){ .rows = arena_array(r->a, struct desk_sale_view, n + 1), .n = n };
	for (size_t i = 0; i < n; i++) {
		const struct desk_sale *s = &rows[i];
		struct desk_sale_view *v = &ret->rows[i];
		*v = (struct desk_sale_view){ .s = s, .title = tr_pick(r->lang, s->title, s->title_en),
			.left = s->capacity - s->sold - s->held, .percent = s->capacity > 0 ? s->sold * 100 / s->capacity : 0,
			.queue = str_eq(s->state, "scheduled") || str_eq(s->state, "on_sale") || str_eq(s->state, "sold_out") };
		v->word = desk_performance_word(r->lang, s->state, &v->kind);
		ret->capacity += s->capacity;
		ret->sold += s->sold;
		ret->held += s->held;
		ret->revenue += s->revenue;
	}
}

struct err *desk_sales_coming(struct req *r, int64_t show, int most, struct desk_sales *ret)
{
	struct desk_sale *rows;
	size_t n;
	TRY(sales_coming_all(r->db, r->a, &rows, &n, DB_ARGS(DESK_OWNER(r), show, show, db_time(r->now - 3 * US_HOUR), most)));
	fill(r, rows, n, ret);
	return NULL;
}

struct err *desk_sales_past(struct req *r, int64_t show, int most, int64_t offset, struct desk_sales *ret)
{
	struct desk_sale *rows;
	size_t n;
	TRY(sales_past_all(r->db, r->a, &rows, &n, DB_ARGS(DESK_OWNER(r), show, show, db_time(r->now - 3 * US_HOUR), most, offset)));
	fill(r, rows, n, ret);
	return NULL;
}

/* Whoever pays now pays for something that is still to come: only orders of such performances are looked at. */
#define PAID_SINCE                                                                                                     \
	" FROM shows s JOIN performance p ON p.show_id = s.id AND p.starts_at > ? JOIN orders o ON o.performance_id = p.id" \
	" AND o.state IN ('paid', 'partly_cancelled') AND o.paid_at >= ? WHERE " DESK_OWN " AND (? = 0 OR s.id = ?)"
DB_QUERY_F(sales_since, desk_today, DB_STALE_OK,
    "SELECT COUNT(*) AS orders, CAST(COALESCE(SUM(o.tickets), 0) AS SIGNED) AS tickets,"
    " CAST(COALESCE(SUM(o.total - o.refunded), 0) AS SIGNED) AS amount" PAID_SINCE)
#define SPAN_ROW(F) F(i64, span) F(i64, tickets)
DB_ROW(desk_span, SPAN_ROW)
DB_QUERY_F(sales_spans, desk_span, DB_STALE_OK,
    "SELECT TIMESTAMPDIFF(SECOND, ?, o.paid_at) DIV ? AS span, CAST(SUM(o.tickets) AS SIGNED) AS tickets" PAID_SINCE " GROUP BY span")

struct err *desk_sales_since(struct req *r, int64_t show, int64_t from, struct desk_today *ret)
{
	struct desk_today *row;
	TRY(sales_since_one(r->db, r->a, &row, DB_ARGS(db_time(from), db_time(from), DESK_OWNER(r), show, show)));
	*ret = *row;
	return NULL;
}

struct err *desk_sales_spans(struct req *r, int64_t show, int64_t from, int64_t step, int n, int64_t *ret)
{
	struct desk_span *rows;
	size_t k;
	TRY(sales_spans_all(r->db, r->a, &rows, &k, DB_ARGS(db_time(from), step / US_SECOND, db_time(from), db_time(from), DESK_OWNER(r),
	    show, show)));
	for (size_t i = 0; i < k; i++)
		if (rows[i].span >= 0 && rows[i].span < n)
			ret[rows[i].span] = rows[i].tickets;
	return NULL;
}

#define CHOICE_ROW(F) F(show_id, id) F(str, title) F(str, title_en)
DB_ROW(desk_choice, CHOICE_ROW)
DB_QUERY_F(show_choices, desk_choice, DB_STALE_OK, "SELECT s.id, s.title, s.title_en FROM shows s WHERE " DESK_OWN " ORDER BY s.id DESC LIMIT 300")

struct err *desk_show_options(struct req *r, const char *all, const struct option **ret)
{
	struct desk_choice *rows;
	size_t n;
	TRY(show_choices_all(r->db, r->a, &rows, &n, DB_ARGS(DESK_OWNER(r))));
	struct option *options = arena_array(r->a, struct option, n + 2);
	options[0] = (struct option){ "0", all };
	for (size_t i = 0; i < n; i++)
		options[i + 1] = (struct option){ arena_printf(r->a, "%" PRId64, rows[i].id.v), tr_pick(r->lang, rows[i].title, rows[i].title_en) };
	*ret = options;
	return NULL;
}
