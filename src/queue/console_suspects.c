/* Orders whose buyers did what robots do: reasons for the organizer to look, the heaviest first. */
#include "queue/console_view.h"

#include "base/clock.h"
#include "base/csv.h"
#include "tmpl/queue_desk/suspects.h"
#include "web/text.h"

#include <inttypes.h>
#include <stdlib.h>

enum { MOST = 20000, SHOWN = 200, HEAVY = 60, MIDDLE = 30 };

#define FOUND_ROW(F)                                                                                                   \
	F(str, code) F(str, state) F(str, name) F(i64, tickets) F(i64, total) F(i64, refunded) F(str, reason) F(str, detail) F(i64, times) \
	F(time, last_at)
DB_ROW(queue_found, FOUND_ROW)
/* Who was noticed as a person, and who was noticed as a browser whose pass a person has bought with since. */
#define FOUND_COLUMNS                                                                                                  \
	"SELECT o.code, o.state, o.contact_name AS name, o.tickets, o.total, o.refunded, x.reason, x.detail, x.times, x.last_at FROM suspicion x"
#define FOUND_ORDER " AND o.performance_id = x.sale_id AND o.state IN ('pending', 'awaiting_deposit', 'paid', 'partly_cancelled', 'cancelled')"
DB_QUERY_F(suspects_found, queue_found, DB_STALE_OK,
    FOUND_COLUMNS " JOIN orders o ON o.person_id = x.person_id" FOUND_ORDER " WHERE x.sale_kind = 'p' AND x.sale_id = ?"
    " UNION " FOUND_COLUMNS " JOIN waiting_room w ON w.sale_kind = x.sale_kind AND w.sale_id = x.sale_id"
    " JOIN queue_pass q ON q.room_id = w.id AND q.holder = x.who AND q.person_id IS NOT NULL"
    " JOIN orders o ON o.person_id = q.person_id" FOUND_ORDER " WHERE x.sale_kind = 'p' AND x.sale_id = ?"
    " ORDER BY code, reason, last_at LIMIT ?")
DB_QUERY_F(suspects_others, db_count, DB_STALE_OK,
    "SELECT COUNT(DISTINCT x.who) AS n FROM suspicion x WHERE x.sale_kind = 'p' AND x.sale_id = ? AND NOT EXISTS (SELECT 1 FROM orders o"
    " WHERE o.person_id = x.person_id AND o.performance_id = x.sale_id) AND NOT EXISTS (SELECT 1 FROM waiting_room w JOIN queue_pass q"
    " ON q.room_id = w.id AND q.holder = x.who AND q.person_id IS NOT NULL WHERE w.sale_kind = x.sale_kind AND w.sale_id = x.sale_id)")

static int heavier(const void *a, const void *b)
{
	const struct queue_suspect_view *x = a, *y = b;
	if (x->weight != y->weight)
		return x->weight < y->weight ? 1 : -1;
	return x->last_at < y->last_at ? 1 : x->last_at > y->last_at ? -1 : 0;
}

static void add(struct out *o, struct queue_suspect_view *v, const struct queue_found *row, enum queue_reason *last)
{
	enum queue_reason reason;
	if (!queue_reason_parse(row->reason, &reason))
		return;
	v->last_at = row->last_at > v->last_at ? row->last_at : v->last_at;
	if (v->n > 0 && *last == reason) { /* noticed as a browser and as a person: the heavier counts */
		struct queue_reason_view *same = &v->reasons[v->n - 1];
		int64_t times = row->times > same->times ? row->times : same->times;
		v->weight += queue_reason_weight(reason, times) - queue_reason_weight(reason, same->times);
		same->times = times;
		return;
	}
	*last = reason;
	v->weight += queue_reason_weight(reason, row->times);
	v->reasons[v->n++] = (struct queue_reason_view){ out_fmt(o, tr(o->lang, queue_reason_text(reason)), row->detail), row->times };
}

static struct err *load(struct req *r, const struct show_performance *p, struct queue_suspects *v)
{
	struct queue_found *rows;
	size_t n;
	struct out o;
	enum queue_reason last = QUEUE_REASONS;
	TRY(suspects_found_all(r->db, r->a, &rows, &n, DB_ARGS(p->id.v, p->id.v, MOST)));
	out_init(&o, r->a, r->lang, r);
	v->rows = arena_array(r->a, struct queue_suspect_view, n + 1);
	for (size_t i = 0; i < n; i++) {
		const struct queue_found *row = &rows[i];
		if (i == 0 || !str_eq(row->code, rows[i - 1].code)) {
			struct queue_suspect_view *s = &v->rows[v->n++];
			*s = (struct queue_suspect_view){ .code = row->code, .state = row->state, .name = row->name, .tickets = row->tickets,
				.total = row->total - row->refunded };
			s->word = desk_order_word(r->lang, row->state, &s->kind);
		}
		add(&o, &v->rows[v->n - 1], row, &last);
	}
	qsort(v->rows, v->n, sizeof *v->rows, heavier);
	for (size_t i = 0; i < v->n; i++) {
		struct queue_suspect_view *s = &v->rows[i];
		s->strength = s->weight >= HEAVY ? _("strong") : s->weight >= MIDDLE ? _("some") : _("weak");
		s->strength_kind = s->weight >= HEAVY ? "bad" : s->weight >= MIDDLE ? "warn" : "info";
	}
	return NULL;
}

struct err *queue_suspects_get(struct req *r)
{
	struct show_performance *p;
	struct db_count *others;
	struct queue_suspects v = { 0 };
	TRY(queue_console_performance(r, &p));
	TRY(load(r, p, &v));
	TRY(suspects_others_one(r->db, r->a, &others, DB_ARGS(p->id.v)));
	v.p = p;
	v.title = tr_pick(r->lang, p->title, p->title_en);
	v.others = others->n;
	v.shown = v.n < SHOWN ? v.n : SHOWN;
	struct out *o = desk_begin(r, &(struct page){ .title = arena_printf(r->a, "%s – %s", _("Orders to look at"), v.title) }, DESK_ORDERS);
	v.csv = out_url(o, "/desk/performances/%lld/suspects.csv", (long long)p->id.v);
	tmpl_queue_suspects(o, &v);
	return desk_end(o, 200);
}

struct err *queue_suspects_csv(struct req *r)
{
	struct show_performance *p;
	struct queue_suspects v = { 0 };
	TRY(queue_console_performance(r, &p));
	TRY(load(r, p, &v));
	const char *const heads[] = { _("Order"), _("Weight"), _("Name"), _("Tickets"), _("Total"), _("State"), _("Reasons"), _("Last seen") };
	struct buf b;
	buf_init(&b, r->a);
	csv_heads(&b, heads, ARRAY_LEN(heads));
	for (size_t i = 0; i < v.n; i++) {
		const struct queue_suspect_view *s = &v.rows[i];
		const char *reasons[QUEUE_REASONS];
		for (size_t k = 0; k < s->n; k++)
			reasons[k] = s->reasons[k].text;
		const char *const cells[] = { s->code, arena_printf(r->a, "%" PRId64, s->weight), s->name, arena_printf(r->a, "%" PRId64, s->tickets),
			arena_printf(r->a, "%" PRId64, s->total), s->word, str_join(r->a, "; ", reasons, s->n), clock_local_input(r->a, s->last_at) };
		for (size_t k = 0; k < ARRAY_LEN(cells); k++)
			csv_cell(&b, cells[k], k + 1 == ARRAY_LEN(cells));
	}
	return respond_download(r, "text/csv; charset=utf-8", arena_printf(r->a, "suspects-%" PRId64 ".csv", p->id.v), (struct bytes){ b.p, b.n });
}
