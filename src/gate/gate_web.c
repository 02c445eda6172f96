/* Pages of the gate: for the organizer and for staff whose code has the gate ticked. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "ext/json.h"
#include "gate/gate_view.h"
#include "live/publish.h"
#include "venue/venue.h"
#include "web/audit.h"
#include "web/session.h"
#include "web/text.h"

#include "tmpl/gate/gate.h"

#include <inttypes.h>
#include <string.h>

#define ANSWER_SHOWN (2 * US_MINUTE)
#define LOOK_BACK (12 * US_HOUR)
#define LOOK_AHEAD (7 * US_DAY)

static struct gate_staff who_scans(const struct req *r)
{
	return (struct gate_staff){ .name = str_empty(r->who.name) ? "organizer" : r->who.name, .staff = r->who.staff,
		.person = r->who.staff.v ? (struct person_id){ 0 } : r->who.person };
}

/* The performance, where it is this organizer's and the staff code covers its show. */
static struct err *may_scan(struct req *r, struct performance_id id, bool fresh, const struct show_performance **ret)
{
	struct show_performance *p;
	TRY(show_performance_load(r->db, r->a, id, fresh, &p));
	if (!p || p->organizer_id.v != r->who.organizer.v || (r->who.staff_show.v && r->who.staff_show.v != p->show_id.v))
		return err_user(err_new(ERR_NOT_FOUND, "performance %" PRId64 " is not this gate's", id.v),
		    N_("There is no such performance among those you let people in to."));
	*ret = p;
	return NULL;
}

static struct err *load(struct req *r, bool fresh, const struct show_performance **ret)
{
	return may_scan(r, (struct performance_id){ req_param_id(r, "performance") }, fresh, ret);
}

/* ---- choosing a performance ------------------------------------------------------------------------------------------- */
static struct gate_row row_of(struct req *r, const struct gate_today *p, bool open)
{
	bool cancelled = str_eq(p->state, "cancelled");
	return (struct gate_row){ .p = p, .title = tr_pick(r->lang, p->title, p->title_en),
		.place = venue_place(r->a, r->lang, p->venue, p->venue_en, p->hall, p->hall_en),
		.state_kind = cancelled ? "bad" : open ? "ok" : "info",
		.state = cancelled ? _("Cancelled") : open ? _("Doors open") : _("Doors closed") };
}

static struct err *home(struct req *r)
{
	struct gate_today *list;
	size_t n;
	TRY(gate_list(r->db, r->a, r->who.organizer, r->who.staff_show, r->now - LOOK_BACK, r->now + LOOK_AHEAD, &list, &n));
	struct gate_row *open = arena_array(r->a, struct gate_row, n + 1), *later = arena_array(r->a, struct gate_row, n + 1);
	struct gate_home_view v = { .open = open, .later = later };
	for (size_t i = 0; i < n; i++) {
		const struct gate_window w = gate_window(&(struct show_performance){ .starts_at = list[i].starts_at, .minutes = list[i].minutes });
		if (r->now > w.until)
			continue;
		if (r->now >= w.from || clock_days_between(r->now, list[i].starts_at) <= 0)
			open[v.n_open++] = row_of(r, &list[i], r->now >= w.from);
		else
			later[v.n_later++] = row_of(r, &list[i], false);
	}
	struct out *o = page_begin(r, &(struct page){ .title = _("Gate"), .nav = NAV_GATE, .no_index = true });
	tmpl_gate_home(o, &v);
	return page_end(r, 200);
}

/* ---- the gate of one performance -------------------------------------------------------------------------------------- */
#define PAGE_FORM(F) F(i64, scan) F(text, q, .max = 60)
FORM(gate_page_form, PAGE_FORM)

static void fill_doors(struct req *r, struct gate_page_view *v)
{
	const struct gate_window w = gate_window(v->p);
	struct out o;
	out_init(&o, r->a, r->lang, r);
	v->closed = true;
	if (str_eq(v->p->state, "cancelled"))
		v->doors = _("This performance is cancelled: nobody can enter.");
	else if (r->now < w.from)
		v->doors = out_fmt(&o, _("Doors open at %s."), clock_long(r->a, r->lang, w.from));
	else if (r->now > w.until)
		v->doors = out_fmt(&o, _("The performance ended at %s."), clock_long(r->a, r->lang, w.until));
	else
		v->closed = false;
}

static struct err *show_gate(struct req *r, const char *q, int64_t scan)
{
	struct gate_page_view v = { .q = q };
	TRY(load(r, false, &v.p));
	v.title = tr_pick(r->lang, v.p->title, v.p->title_en);
	v.place = venue_place(r->a, r->lang, v.p->venue, v.p->venue_en, v.p->hall, v.p->hall_en);
	v.when = clock_long(r->a, r->lang, v.p->starts_at);
	fill_doors(r, &v);
	TRY(gate_count(r->db, r->a, v.p->id, &v.counts));
	if (scan > 0) {
		const struct gate_staff by = who_scans(r);
		struct gate_outcome g;
		struct gate_answer *answer = arena_one(r->a, struct gate_answer);
		TRY(gate_outcome_load(r->db, r->a, v.p->id, &by, scan, r->now - ANSWER_SHOWN, &g));
		if (g.scan) {
			gate_answer_fill(r->a, r->lang, v.p, &g, r->now, answer);
			v.answer = answer;
		}
	}
	struct gate_found *found = NULL;
	if (!str_empty(q))
		TRY(gate_find(r->db, r->a, v.p->id, q, &found, &v.n_found));
	v.found = found;
	struct out *o = page_begin(r, &(struct page){ .title = arena_printf(r->a, "%s · %s", _("Gate"), v.title), .nav = NAV_GATE,
		.script = "gate", .no_index = true });
	tmpl_gate_page(o, &v);
	return page_end(r, 200);
}

static struct err *gate_page(struct req *r)
{
	const struct gate_page_form *f = r->form;
	return show_gate(r, f->q, f->scan);
}

/* ---- answers --------------------------------------------------------------------------------------------------------------- */
static struct err *respond_json(struct req *r, json_t *json)
{
	const char *text = json_text(r->a, json);
	if (!text)
		return err_new(ERR_INTERNAL, "the gate's answer cannot be packed");
	return respond(r, 200, "application/json", (struct bytes){ text, strlen(text) });
}

static struct err *answer(struct req *r, const struct show_performance *p, const struct gate_outcome *g)
{
	if (!req_wants_json(r))
		return redirect(r, url_fmt(r->a, "/gate/%lld?scan=%lld", (long long)p->id.v, (long long)g->scan));
	struct gate_answer v;
	gate_answer_fill(r->a, r->lang, p, g, r->now, &v);
	return respond_json(r, json_pack("{s:I, s:s, s:b, s:b, s:s, s:s, s:s*, s:s*, s:s*, s:I}", "scan", (json_int_t)v.scan,
	    "result", v.result, "ok", v.ok, "refused", v.refused, "head", v.head, "why", v.why, "holder", v.holder, "seat", v.seat,
	    "grade", v.grade, "undo_s", (json_int_t)v.undo_s));
}

/* Everybody who looks at this gate counts anew.  A lost word is caught up with the next one. */
static void tell_gates(struct req *r, struct performance_id p)
{
	log_err(LOG_DEBUG, "gates not told", live_publish(r->a, arena_printf(r->a, "gate:%" PRId64, p.v), "[1]"));
}

#define SCAN_FORM(F) F(text, text, .required = true, .max = 2000)
FORM(gate_scan_form, SCAN_FORM)

static struct err *scan(struct req *r)
{
	const struct gate_scan_form *f = r->form;
	const struct gate_staff by = who_scans(r);
	const struct show_performance *p;
	struct gate_outcome g;
	TRY(load(r, true, &p));
	TRY(gate_scan(r->db, r->a, p, &by, f->text, r->now, &g));
	if (g.result == GATE_ENTERED)
		tell_gates(r, p->id);
	return answer(r, p, &g);
}

static struct err *scan_again(struct req *r)
{
	return show_gate(r, NULL, 0);
}

/* ---- taking an entry back --------------------------------------------------------------------------------------------------- */
#define UNDO_FORM(F) F(i64, scan, .required = true)
FORM(gate_undo_form, UNDO_FORM)

struct undo { struct req *r; const struct show_performance *p; struct gate_outcome out; };

static struct err *undo_tx(struct db *db, void *ctx)
{
	struct undo *u = ctx;
	struct req *r = u->r;
	const struct gate_undo_form *f = r->form;
	const struct gate_staff by = who_scans(r);
	TRY(gate_undo(db, r->a, u->p->id, &by, f->scan, r->now, &u->out));
	return audit(r, db, "gate.undo", arena_printf(r->a, "ticket:%" PRId64, u->out.ticket->id.v),
	    arena_printf(r->a, "{\"performance\":%" PRId64 ",\"scan\":%" PRId64 "}", u->p->id.v, f->scan));
}

static struct err *undo(struct req *r)
{
	struct undo u = { .r = r };
	TRY(load(r, true, &u.p));
	struct err *e = db_tx(r->db, undo_tx, &u);
	if (err_is(e, ERR_GONE) && !req_wants_json(r)) {
		req_flash(r, "error", _(err_user_text(e)));
		err_free(e);
		return redirect(r, url_fmt(r->a, "/gate/%lld", (long long)u.p->id.v));
	}
	TRY(e);
	tell_gates(r, u.p->id);
	return answer(r, u.p, &u.out);
}

/* ---- live ---------------------------------------------------------------------------------------------------------------- */
static struct err *counts(struct req *r)
{
	const struct show_performance *p;
	struct gate_counts c;
	TRY(load(r, false, &p));
	TRY(gate_count(r->db, r->a, p->id, &c));
	return respond_json(r, json_pack("{s:I, s:I}", "entered", (json_int_t)c.entered, "sold", (json_int_t)c.sold));
}

static struct err *may_listen(struct req *r, const char *rest)
{
	const struct show_performance *p;
	int64_t id;
	if (!(r->who.perms & PERM_GATE) || !str_to_i64(rest, &id))
		return err_new(ERR_FORBIDDEN, "gate channels are for gate staff");
	return may_scan(r, (struct performance_id){ id }, false, &p);
}

static const struct route routes[] = {
	{ GET, "/gate", home, .access = ACCESS_ORGANIZER, .perm = PERM_GATE, .budget = 2 },
	{ GET, "/gate/{performance}", gate_page, .access = ACCESS_ORGANIZER, .perm = PERM_GATE, .form = FORM_OF(gate_page_form), .budget = 6 },
	{ GET, "/gate/{performance}/counts", counts, .access = ACCESS_ORGANIZER, .perm = PERM_GATE, .budget = 3 },
	{ POST, "/gate/{performance}/scan", scan, .access = ACCESS_ORGANIZER, .perm = PERM_GATE, .form = FORM_OF(gate_scan_form),
	    .again = scan_again, .budget = 9 },
	{ POST, "/gate/{performance}/undo", undo, .access = ACCESS_ORGANIZER, .perm = PERM_GATE, .form = FORM_OF(gate_undo_form),
	    .budget = 9 },
	{ 0 }
};

static const struct live_rule live_rules[] = { { "gate:", may_listen }, { 0 } };

const struct domain gate_domain = { .name = "gate", .routes = routes, .checks = gate_checks, .live = live_rules };
