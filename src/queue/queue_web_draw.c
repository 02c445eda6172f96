/* GET /queue/{sale}/draw: everything that is needed to recheck the draw without us. */
#include "queue/queue_web.h"
#include "queue/draw.h"

#include "base/clock.h"
#include "ext/crypto.h"
#include "tmpl/queue/draw.h"
#include "web/session.h"
#include "web/text.h"

enum { PLACES_PER_PAGE = 1000, LOOKS_PER_MINUTE = 120 };

/* The newest room of the sale, ended or not; a plan that was taken back does not hide the draw before it. */
#define DRAWN_ROW(F) F(i64, id) F(bytes, seed) F(i64, drawn) F(time, opens_at) F(time, opened_at) F(flag, by_itself)
DB_ROW(drawn_row, DRAWN_ROW)
DB_QUERY_F(room_drawn, drawn_row, DB_STALE_OK,
    "SELECT id, seed, drawn, opens_at, opened_at, by_itself FROM waiting_room WHERE sale_kind = ? AND sale_id = ? AND by_itself = 0"
    " AND (state <> 'ended' OR opened_at IS NOT NULL)"
    " ORDER BY id DESC LIMIT 1")

static void fill_places(struct req *r, const struct draw *d, int64_t page, struct queue_proof_view *v)
{
	int64_t from = (page - 1) * PLACES_PER_PAGE + 1, to = from + PLACES_PER_PAGE - 1;
	struct queue_proof_row *rows = arena_array(r->a, struct queue_proof_row, PLACES_PER_PAGE);
	for (int64_t place = from; place <= to && place <= d->n; place++)
		rows[v->n_rows++] = (struct queue_proof_row){ place, draw_number(d, place) };
	v->rows = rows;
	v->pager = ui_pager(r->a, url_fmt(r->a, "%s/queue/%s/draw", r->url_prefix, v->e.sale), page, PLACES_PER_PAGE, d->n);
}

static void fill(struct req *r, const struct drawn_row *room, const struct queue_draw_form *f, struct queue_proof_view *v)
{
	uint8_t hash[32];
	crypto_sha256(room->seed.p, room->seed.n, hash);
	v->hash = str_hex(r->a, hash, sizeof hash);
	v->opens = clock_long(r->a, r->lang, room->opens_at);
	v->number = f->number > 0 ? f->number : 0;
	if (!room->opened_at)
		return;
	v->seed = str_hex(r->a, room->seed.p, room->seed.n);
	v->n = room->drawn;
	if (v->n == 0)
		return;
	struct draw d;
	draw_init(&d, room->seed.p, v->n);
	if (v->number)
		v->place = v->number <= v->n ? draw_place(&d, v->number) : 0;
	fill_places(r, &d, f->page, v);
}

struct err *queue_draw_get(struct req *r)
{
	const struct queue_draw_form *f = r->form;
	struct queue_sale sale;
	struct queue_proof_view v = { 0 };
	struct drawn_row *room;
	TRY(rate_limit("draw", rate_address(r), LOOKS_PER_MINUTE, 60));
	if (!queue_sale_parse(req_param(r, "sale"), &sale))
		return err_new(ERR_NOT_FOUND, "no such kind of sale");
	TRY(queue_event_load(r, sale, &v.e));
	TRY(room_drawn_one(r->db, r->a, &room, DB_ARGS(arena_strndup(r->a, &sale.kind, 1), sale.id)));
	if (room)
		fill(r, room, f, &v);
	struct out *o = page_begin(r, &(struct page){ .title = arena_printf(r->a, "%s – %s", _("The draw"), v.e.title),
		.script = v.seed ? "queue-draw" : NULL, .nav = NAV_SHOWS, .no_index = true });
	tmpl_queue_draw(o, &v);
	return page_end(r, 200);
}
