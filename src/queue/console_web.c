/* The console's page: planning a room, its live figures, and what can be changed while it runs. */
#include "queue/console.h"
#include "queue/console_view.h"

#include "base/clock.h"
#include "tmpl/queue_desk/console.h"
#include "web/text.h"

#include <inttypes.h>

enum { CHART_MINUTES = 30, PAST_SHOWN = 10, GATHER_MINUTES = 30, SOON_MINUTES = 5 };

static const struct route routes[] = {
	{ GET, "/desk/performances/{id}/queue", queue_console_get, ACCESS_ORGANIZER, .perm = PERM_SALES, .budget = 9 },
	{ GET, "/desk/performances/{id}/queue/live", queue_console_live, ACCESS_ORGANIZER, .perm = PERM_SALES, .budget = 6 },
	{ POST, "/desk/performances/{id}/queue/plan", queue_plan_post, ACCESS_ORGANIZER, .perm = PERM_SHOWS, .form = FORM_OF(queue_plan_form),
	    .again = queue_console_get, .once = true },
	{ POST, "/desk/performances/{id}/queue/flow", queue_flow_post, ACCESS_ORGANIZER, .perm = PERM_SHOWS, .form = FORM_OF(queue_flow_form),
	    .again = queue_console_get },
	{ POST, "/desk/performances/{id}/queue/pause", queue_pause_post, ACCESS_ORGANIZER, .perm = PERM_SHOWS, .form = FORM_OF(queue_pause_form) },
	{ POST, "/desk/performances/{id}/queue/message", queue_message_post, ACCESS_ORGANIZER, .perm = PERM_SHOWS,
	    .form = FORM_OF(queue_message_form), .again = queue_console_get },
	{ POST, "/desk/performances/{id}/queue/end", queue_end_post, ACCESS_ORGANIZER, .perm = PERM_SHOWS },
	{ GET, "/desk/performances/{id}/suspects", queue_suspects_get, ACCESS_ORGANIZER, .perm = PERM_ORDERS, .budget = 5 },
	{ GET, "/desk/performances/{id}/suspects.csv", queue_suspects_csv, ACCESS_ORGANIZER, .perm = PERM_ORDERS, .budget = 5 },
	{ 0 }
};
const struct domain queue_desk_domain = { .name = "queue_desk", .routes = routes };

#define REF_ROW(F) F(performance_id, id)
DB_ROW(queue_run_ref, REF_ROW)
DB_QUERY(run_owned, queue_run_ref, "SELECT p.id FROM performance p JOIN shows s ON s.id = p.show_id WHERE p.id = ? AND " DESK_OWN)

struct err *queue_console_performance(struct req *r, struct show_performance **ret)
{
	struct queue_run_ref *ref;
	TRY(run_owned_one(r->db, r->a, &ref, DB_ARGS(req_param_id(r, "id"), DESK_OWNER(r))));
	if (!ref)
		return err_new(ERR_NOT_FOUND, "no such performance of this organizer");
	return show_performance_load(r->db, r->a, ref->id, true, ret);
}

static struct queue_sale sale_of(const struct show_performance *p)
{
	return (struct queue_sale){ 'p', p->id.v };
}

/* ---- figures ----------------------------------------------------------------------------------------------------------- */
DB_QUERY_F(pass_ends, queue_ends, DB_STALE_OK,
    "SELECT CAST(COALESCE(SUM(ended_why = 'bought'), 0) AS SIGNED) AS bought,"
    " CAST(COALESCE(SUM(ended_why IN ('left', 'expired')), 0) AS SIGNED) AS gone FROM queue_pass WHERE room_id = ? AND ended_at IS NOT NULL")
#define MINUTE_ROW(F) F(i64, minute) F(i64, admitted)
DB_ROW(queue_minute, MINUTE_ROW)
/* The sum of admissions at the end of each minute that had any; the last one before the span tells where it begins. */
DB_QUERY_F(steps_by_minute, queue_minute, DB_STALE_OK,
    "SELECT TIMESTAMPDIFF(MINUTE, ?, at) AS minute, MAX(admitted) AS admitted FROM waiting_room_step WHERE room_id = ? AND at >= ? GROUP BY minute"
    " UNION ALL SELECT -1, COALESCE(MAX(admitted), 0) FROM waiting_room_step WHERE room_id = ? AND at < ? ORDER BY minute")

static struct err *fill_chart(struct req *r, const struct queue_room *room, const struct ui_chart **ret)
{
	int64_t end = r->now / US_MINUTE * US_MINUTE + US_MINUTE, from = end - CHART_MINUTES * US_MINUTE, before = 0;
	struct queue_minute *rows;
	size_t n;
	TRY(steps_by_minute_all(r->db, r->a, &rows, &n, DB_ARGS(db_time(from), room->id, db_time(from), room->id, db_time(from))));
	struct ui_bar *bars = arena_array(r->a, struct ui_bar, CHART_MINUTES);
	for (size_t i = 0; i < n; i++) {
		if (rows[i].minute >= 0 && rows[i].minute < CHART_MINUTES)
			bars[rows[i].minute].value = rows[i].admitted - before;
		before = rows[i].admitted;
	}
	for (int i = 0; i < CHART_MINUTES; i++) {
		int64_t at = from + i * US_MINUTE, minute = (at - clock_day_start(clock_day(at))) / US_MINUTE;
		bars[i].label = arena_printf(r->a, "%02d:%02d", (int)(minute / 60), (int)(minute % 60));
		bars[i].text = arena_printf(r->a, "%" PRId64, bars[i].value);
	}
	*ret = ui_chart(r->a, _("Let in, by minute"), bars, CHART_MINUTES);
	return NULL;
}

static const char *state_word(struct req *r, const char *state, const char **ret_kind)
{
	static const struct { const char *state, *word, *kind; } words[] = { { "planned", N_("Planned"), "info" },
		{ "gathering", N_("Gathering"), "brass" }, { "open", N_("Letting people in"), "ok" }, { "paused", N_("Paused"), "warn" } };
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_eq(words[i].state, state)) {
			*ret_kind = words[i].kind;
			return _(words[i].word);
		}
	*ret_kind = "info";
	return _("Ended");
}

static const char *state_sentence(struct req *r, const struct queue_room *room)
{
	struct out o;
	out_init(&o, r->a, r->lang, r);
	const char *gathers = clock_short(r->a, r->lang, room->gathers_at), *opens = clock_short(r->a, r->lang, room->opens_at);
	if (str_eq(room->state, "planned"))
		return out_fmt(&o, _("Places are given out from %s on; they are drawn at %s."), gathers, opens);
	if (str_eq(room->state, "gathering"))
		return out_fmt(&o, _("Whoever comes now takes part in the draw at %s. Nobody is let in before."), opens);
	if (str_eq(room->state, "paused"))
		return _("Nobody is let in until you go on. Those who are inside go on buying, places are kept.");
	if (room->by_itself)
		return _("It opened by itself because very many people came at once, and ends by itself three minutes after the crowd has gone.");
	if (room->ends_at)
		return out_fmt(&o, _("It ends at %s."), clock_short(r->a, r->lang, room->ends_at));
	return _("It ends by itself three minutes after the last one in line, when the sale is over, or when you end it.");
}

static struct err *fill_figures(struct req *r, const struct show_performance *p, const struct queue_room *room, struct queue_figures **ret)
{
	struct queue_figures *f = arena_one(r->a, struct queue_figures);
	struct queue_ends *ends;
	struct show_grade *grades;
	size_t n;
	TRY(show_grades(r->db, r->a, p->id, &grades, &n));
	for (size_t i = 0; i < n; i++) {
		f->capacity += grades[i].capacity;
		f->sold += grades[i].sold;
		f->held += grades[i].taken - grades[i].sold;
	}
	f->left = f->capacity - f->sold - f->held;
	TRY(pass_ends_one(r->db, r->a, &ends, DB_ARGS(room->id)));
	f->ends = ends;
	f->room = room;
	f->waiting = room->issued > room->head ? room->issued - room->head : 0;
	f->word = state_word(r, room->state, &f->kind);
	f->when = state_sentence(r, room);
	if (room->opened_at)
		TRY(fill_chart(r, room, &f->chart));
	*ret = f;
	return NULL;
}

struct err *queue_console_live(struct req *r)
{
	struct show_performance *p;
	struct queue_room *room;
	struct queue_figures *f;
	struct out o;
	TRY(queue_console_performance(r, &p));
	TRY(queue_room_of(r->db, r->a, sale_of(p), &room));
	out_init(&o, r->a, r->lang, r);
	if (room) {
		TRY(fill_figures(r, p, room, &f));
		tmpl_queue_figures(&o, f);
	} else {
		tmpl_queue_figures_over(&o);
	}
	return respond(r, 200, "text/html; charset=utf-8", (struct bytes){ o.b.p, o.b.n });
}

/* ---- the page ------------------------------------------------------------------------------------------------------------ */
DB_QUERY_F(rooms_past, queue_past, DB_STALE_OK,
    "SELECT id, by_itself, gathers_at, opened_at, ended_at, ended_why, issued, admitted, skipped FROM waiting_room WHERE sale_kind = 'p'"
    " AND sale_id = ? AND state = 'ended' ORDER BY id DESC LIMIT ?")
DB_QUERY_F(suspects_count, db_count, DB_STALE_OK,
    "SELECT COUNT(DISTINCT who) AS n FROM suspicion WHERE sale_kind = 'p' AND sale_id = ?")

static struct err *fill_past(struct req *r, const struct show_performance *p, struct queue_console *v)
{
	static const struct { const char *why, *word; } words[] = { { "by hand", N_("by hand") }, { "time", N_("at the planned time") },
		{ "no more demand", N_("nobody waited any more") }, { "sale over", N_("the sale was over") } };
	struct queue_past *rows;
	TRY(rooms_past_all(r->db, r->a, &rows, &v->n_past, DB_ARGS(p->id.v, PAST_SHOWN)));
	v->past = arena_array(r->a, struct queue_past_view, v->n_past + 1);
	for (size_t i = 0; i < v->n_past; i++) {
		v->past[i] = (struct queue_past_view){ &rows[i], "" };
		for (size_t k = 0; k < ARRAY_LEN(words); k++)
			if (str_eq(words[k].why, rows[i].ended_why))
				v->past[i].why = _(words[k].word);
	}
	return NULL;
}

/* The room opens with the booking; where that is over already, in some minutes.  A twentieth of the hall buys at a time. */
static void fill_plan(struct req *r, const struct show_performance *p, struct queue_console *v)
{
	enum show_sale sale = show_sale_state(p, r->now);
	int64_t places = p->seats, opens = p->booking_open_at > r->now ? p->booking_open_at : r->now + SOON_MINUTES * US_MINUTE;
	int64_t target = places / 20 < 20 ? 20 : places / 20 > 300 ? 300 : places / 20;
	v->plannable = sale == SALE_OPEN || sale == SALE_NOT_YET || sale == SALE_HIDDEN;
	v->why_not = _(show_sale_text(sale));
	v->opens = clock_local_input(r->a, opens);
	v->target = arena_printf(r->a, "%" PRId64, target);
	v->rate = arena_printf(r->a, "%" PRId64, 2 * target);
}

static void fill_links(struct out *o, struct queue_console *v)
{
	struct req *r = o->req;
	long long id = v->p->id.v;
	bool planned = str_eq(v->room->state, "planned");
	v->channel = arena_printf(r->a, "queue:p%lld", id);
	v->live = out_url(o, "/desk/performances/%lld/queue/live", id);
	v->public_page = out_url(o, "/queue/p%lld", id);
	v->draw = out_url(o, "/queue/p%lld/draw", id);
	v->target = arena_printf(r->a, "%" PRId64, v->room->target);
	v->rate = arena_printf(r->a, "%" PRId64, v->room->rate);
	v->end = (struct ui_confirm){ .button = planned ? _("Take the plan back") : _("End the waiting room"),
		.question = planned ? _("There will be no waiting room. Shall it be taken back?")
		    : _("The sale is then open to everybody at once, and all places and passes are void. Shall it end?"),
		.yes = planned ? _("Yes, take it back") : _("Yes, end it"), .action = out_url(o, "/desk/performances/%lld/queue/end", id) };
}

struct err *queue_console_get(struct req *r)
{
	struct show_performance *p;
	struct queue_room *room;
	struct queue_figures *figures;
	struct db_count *suspects;
	struct queue_console v = { .may_change = desk_may(&r->who, PERM_SHOWS), .may_orders = desk_may(&r->who, PERM_ORDERS) };
	TRY(queue_console_performance(r, &p));
	TRY(queue_room_of(r->db, r->a, sale_of(p), &room));
	v.p = p;
	v.room = room;
	v.title = tr_pick(r->lang, p->title, p->title_en);
	TRY(fill_past(r, p, &v));
	TRY(suspects_count_one(r->db, r->a, &suspects, DB_ARGS(p->id.v)));
	v.suspects = suspects->n;
	if (room) {
		TRY(fill_figures(r, p, room, &figures));
		v.figures = figures;
	} else {
		fill_plan(r, p, &v);
	}
	struct out *o = desk_begin(r, &(struct page){ .title = arena_printf(r->a, "%s – %s", _("Waiting room"), v.title),
		.script = room ? "desk-figures" : NULL }, DESK_SALES);
	if (room)
		fill_links(o, &v);
	tmpl_queue_console(o, &v);
	return desk_end(o, r->form_errors ? 422 : 200);
}
