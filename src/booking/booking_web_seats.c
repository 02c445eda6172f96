/* The seat map's page, its state for the script, and the best seats chosen by the server. */
#include "booking/booking_view.h"
#include "booking/booking_web.h"
#include "booking/rules.h"

#include "base/buf.h"
#include "base/log.h"
#include "live/publish.h"
#include "queue/guard.h"
#include "tmpl/booking/seats.h"
#include "web/session.h"
#include "web/text.h"

#include <inttypes.h>
#include <string.h>

const char *booking_csv(struct arena *a, const int64_t *v, size_t n)
{
	struct buf b;
	buf_init(&b, a);
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_chr(&b, ',');
		buf_i64(&b, v[i]);
	}
	return buf_cstr(&b);
}

void booking_event_fill(struct req *r, const struct show_performance *p, struct booking_event *ret)
{
	*ret = (struct booking_event){ .p = p, .title = tr_pick(r->lang, p->title, p->title_en),
		.place = venue_place(r->a, r->lang, p->venue, p->venue_en, p->hall, p->hall_en), .when = clock_long(r->a, r->lang, p->starts_at),
		.image = p->image ? arena_printf(r->a, "/uploads/%s-400.jpg", p->image) : NULL };
}

static bool visible(const struct req *r, const struct show_performance *p)
{
	return p && (show_sale_state(p, r->now) != SALE_HIDDEN || p->organizer_id.v == r->who.organizer.v);
}

struct err *booking_event_load(struct req *r, bool fresh, const struct show_performance **ret)
{
	struct show_performance *p;
	TRY(show_performance_load(r->db, r->a, (struct performance_id){ req_param_id(r, "id") }, fresh, &p));
	if (!visible(r, p))
		return err_new(ERR_NOT_FOUND, "no such performance");
	*ret = p;
	return NULL;
}

struct err *booking_enter(struct req *r, const struct show_performance **ret, struct queue_pass **ret_pass)
{
	const struct show_performance *p;
	TRY(booking_event_load(r, false, &p));
	struct queue_sale sale = { 'p', p->id.v };
	TRY(queue_guard_look(r, sale, p->room_id));
	struct err *e = queue_check(r, p->room_id, ret_pass);
	if (e && !err_is(e, ERR_CONFLICT))
		return e;
	*ret = e ? NULL : p;
	if (!e)
		return NULL;
	err_free(e);
	return queue_send_away(r, sale);
}

/* ---- the tray ------------------------------------------------------------------------------------------------------------ */
const char *booking_seat_note(struct req *r, const struct seats_seat *s)
{
	if (s->flags & SEAT_WHEELCHAIR)
		return _("wheelchair place");
	if (s->flags & SEAT_COMPANION)
		return _("companion's seat");
	return s->flags & SEAT_RESTRICTED ? _("restricted view") : NULL;
}

/* `gone` names the seats that others have. */
static void tell_gone(struct req *r, const char *gone, bool missed, size_t n_left)
{
	struct out o;
	out_init(&o, r->a, r->lang, r);
	if (!str_empty(gone))
		req_flash(r, "error", out_fmt(&o, n_left > 0 ? _("Somebody was quicker: %s. Nothing is held yet; your other seats are still chosen.")
		    : _("Somebody was quicker: %s. Nothing is held; please choose other seats."), gone));
	else if (missed && n_left > 0)
		req_flash(r, "info", _("Somebody was quicker, but the seats have just come back. Nothing is held yet: hold them now."));
}

/* Seats that somebody else has taken meanwhile leave the tray; a message tells which. */
static struct err *fill_tray(struct req *r, const struct booking_seats_form *f, const char *from, struct seats_tray *ret)
{
	const struct form_ids *seat = &f->seat;
	const struct show_performance *p = ret->e.p;
	struct buf gone;
	struct seats_seat *seats = NULL;
	size_t n = 0;
	if (seat->n > 0)
		TRY(seats_chosen(r->db, r->a, p, seat->v, seat->n, &seats, &n));
	struct seats_chosen_view *views = arena_array(r->a, struct seats_chosen_view, n + 1);
	int64_t *idx = arena_array(r->a, int64_t, n + 1), *others = arena_array(r->a, int64_t, n + 1);
	buf_init(&gone, r->a);
	for (size_t i = 0; i < n; i++) {
		const char *label = venue_seat_label(r->a, r->lang, seats[i].section, seats[i].row_label, seats[i].label);
		if (seats[i].taken) {
			if (seats[i].person_id.v != r->who.person.v)
				buf_printf(&gone, "%s%s", gone.n ? " / " : "", label);
			continue;
		}
		views[ret->n] = (struct seats_chosen_view){ .seat = &seats[i], .note = booking_seat_note(r, &seats[i]), .label = label };
		ret->total += seats[i].price;
		idx[ret->n++] = seats[i].idx;
	}
	tell_gone(r, gone.n ? buf_cstr(&gone) : "", f->missed, ret->n);
	ret->csv = booking_csv(r->a, idx, ret->n);
	ret->seats = views;
	ret->from = from;
	ret->fee = p->fee_per_ticket;
	for (size_t i = 0; i < ret->n; i++) {
		size_t k = 0;
		for (size_t j = 0; j < ret->n; j++)
			if (j != i)
				others[k++] = idx[j];
		views[i].others = booking_csv(r->a, others, k);
	}
	return NULL;
}

static struct err *fill_own(struct req *r, struct seats_view *v)
{
	v->own = "";
	if (!r->who.person.v)
		return NULL;
	struct seats_own *own;
	size_t n, seats = 0;
	TRY(seats_own_holds(r->db, r->a, v->e.p->id, r->who.person, &own, &n));
	int64_t *idx = arena_array(r->a, int64_t, n + 1);
	for (size_t i = 0; i < n; i++) {
		if (own[i].expires_at <= r->now)
			continue;
		v->own_code = own[i].code; /* the newest order's */
		v->n_own++;
		if (own[i].seat_idx < SEAT_STANDING_BASE)
			idx[seats++] = own[i].seat_idx;
	}
	v->own = booking_csv(r->a, idx, seats);
	return NULL;
}

static const struct option *best_counts(struct req *r, int64_t most)
{
	struct option *list = arena_array(r->a, struct option, (size_t)most + 1);
	for (int64_t i = 0; i < most; i++)
		list[i].value = list[i].label = arena_printf(r->a, "%" PRId64, i + 1);
	return list;
}

static struct err *fill_grades(struct req *r, struct seats_view *v, const struct seats_section *sections, size_t n)
{
	struct show_grade *grades;
	TRY(show_grades(r->db, r->a, v->e.p->id, &grades, &v->n_grades));
	struct seats_grade_view *views = arena_array(r->a, struct seats_grade_view, v->n_grades + 1);
	struct option *options = arena_array(r->a, struct option, v->n_grades + 2);
	int64_t *ids = arena_array(r->a, int64_t, n + 1);
	options[0] = (struct option){ "0", _("Any grade") };
	for (size_t i = 0; i < v->n_grades; i++) {
		size_t k = 0;
		for (size_t s = 0; s < n; s++)
			if (sections[s].grade_id.v == grades[i].id.v)
				ids[k++] = sections[s].id.v;
		views[i] = (struct seats_grade_view){ &grades[i], booking_csv(r->a, ids, k) };
		options[i + 1] = (struct option){ arena_printf(r->a, "%" PRId64, grades[i].id.v), grades[i].code };
	}
	v->grades = views;
	v->best_grades = options;
	return NULL;
}

/* Everything the map and the list have in common. */
struct err *booking_seats_fill(struct req *r, const struct booking_seats_form *f, const char *from, const struct seats_section *sections,
    size_t n, const struct seats_state *state, struct seats_view *v)
{
	v->tray.e = v->e;
	if (v->pass) {
		v->pass_until = strchr(clock_local_input(r->a, v->pass->expires_at), 'T') + 1;
		v->pass_seconds = (v->pass->expires_at - r->now) / US_SECOND;
		v->pass_span = (v->pass->expires_at - v->pass->granted_at) / US_SECOND;
		v->room = queue_sale_name(r->a, (struct queue_sale){ 'p', v->e.p->id.v });
	}
	v->guest = r->who.person.v && !r->who.member;
	v->most = v->guest ? 1 : v->e.p->ticket_limit;
	TRY(fill_tray(r, f, from, &v->tray));
	TRY(fill_own(r, v));
	TRY(fill_grades(r, v, sections, n));
	v->best_counts = best_counts(r, v->most);
	struct seats_standing_view *standing = arena_array(r->a, struct seats_standing_view, n + 1);
	for (size_t i = 0; i < n; i++) {
		if (sections[i].standing && sections[i].grade_id.v) {
			standing[v->n_standing++] = (struct seats_standing_view){ &sections[i], state->left[i] };
		}
		v->seated |= !sections[i].standing && sections[i].grade_id.v;
	}
	v->standing = standing;
	return NULL;
}

bool booking_sale_open(struct req *r, struct seats_view *v)
{
	v->sale = show_sale_state(v->e.p, r->now);
	v->sale_text = _(show_sale_text(v->sale));
	return v->sale == SALE_OPEN;
}

struct err *booking_closed_page(struct req *r, const struct seats_view *v)
{
	struct out *o = page_begin(r, &(struct page){ .title = v->e.title, .nav = NAV_SHOWS, .no_index = true });
	tmpl_seats_closed(o, v);
	return page_end(r, 200);
}

struct err *booking_map_get(struct req *r)
{
	const struct booking_seats_form *f = r->form;
	const struct show_performance *p;
	struct seats_view v = { 0 };
	struct queue_pass *pass;
	TRY(booking_enter(r, &p, &pass));
	if (!p)
		return NULL;
	v.pass = pass;
	booking_event_fill(r, p, &v.e);
	if (!booking_sale_open(r, &v))
		return booking_closed_page(r, &v);
	struct seats_section *sections;
	size_t n;
	struct seats_state state;
	TRY(seats_sections(r->db, r->a, p, &sections, &n));
	TRY(seats_places(r->db, r->a, p, sections, n, &state));
	TRY(booking_seats_fill(r, f, "map", sections, n, &state, &v));
	struct out *o = page_begin(r, &(struct page){ .title = arena_printf(r->a, "%s – %s", _("Choose your seats"), v.e.title),
		.script = "seatmap", .style = "seatmap", .nav = NAV_SHOWS, .no_index = true });
	tmpl_seats_map_page(o, &v);
	return page_end(r, 200);
}

/* ---- the state for the script ------------------------------------------------------------------------------------------------
 * Bytes, little endian: "FST1", u32 seats, i64 number of the live channel's newest message (read before the state, so
 * that the stream continues without a gap), the seats' states (2 bits each, the first in the lowest), u32 n, and n times
 * u32 section's ord, u32 places left of a standing section.  Who has lost the thread asks with ?at=, the number it must
 * contain: an address of its own, for which no cache keeps an answer from before. */
static void put_le(struct buf *b, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++, v >>= 8)
		buf_chr(b, (char)(v & 0xff));
}

struct err *booking_state_get(struct req *r)
{
	const struct show_performance *p;
	struct seats_section *sections;
	struct seats_state state;
	const struct booking_state_form *f = r->form;
	size_t n;
	TRY(queue_guard_uncached(r));
	TRY(booking_event_load(r, false, &p));
	/* Without Redis there is no stream to continue; the page asks again by itself. */
	int64_t seq = 0;
	log_err(LOG_WARN, "seat map without live position", live_position_now(r->a, arena_printf(r->a, "perf:%" PRId64, p->id.v), &seq));
	TRY(seats_sections(r->db, r->a, p, &sections, &n));
	TRY(seats_state(r->db, r->a, p, sections, n, &state));
	struct buf b;
	buf_init(&b, r->a);
	buf_str(&b, "FST1");
	put_le(&b, (uint64_t)p->seats, 4);
	put_le(&b, (uint64_t)seq, 8);
	buf_add(&b, state.bits, state.n_bits);
	uint64_t standing = 0;
	for (size_t i = 0; i < n; i++)
		standing += sections[i].standing && sections[i].grade_id.v;
	put_le(&b, standing, 4);
	for (size_t i = 0; i < n; i++) {
		if (!sections[i].standing || !sections[i].grade_id.v)
			continue;
		put_le(&b, (uint64_t)sections[i].ord, 4);
		put_le(&b, (uint64_t)state.left[i], 4);
	}
	/* A number yet to come must not find this answer; what only the organizer sees yet is for nobody else. */
	if (show_sale_state(p, r->now) != SALE_HIDDEN)
		req_cache_public(r, f->at <= seq);
	return respond(r, 200, "application/octet-stream", (struct bytes){ b.p, b.n });
}

/* Everybody who may see the performance may hear what happens to its seats. */
struct err *booking_perf_may_listen(struct req *r, const char *rest)
{
	int64_t id;
	struct show_performance *p;
	if (!str_to_i64(rest, &id) || id <= 0)
		return err_new(ERR_NOT_FOUND, "no such channel");
	TRY(show_performance_load(r->db, r->a, (struct performance_id){ id }, false, &p));
	return visible(r, p) ? NULL : err_new(ERR_NOT_FOUND, "no such performance");
}

/* ---- the best seats, chosen by the server -------------------------------------------------------------------------------------- */
enum { BEST_PER_MINUTE = 60 }; /* from one address: to look at every seat of a stadium takes a while */

struct err *booking_best_get(struct req *r)
{
	const struct booking_best_form *f = r->form;
	const struct show_performance *p;
	struct queue_pass *pass;
	TRY(rate_limit("best", rate_address(r), BEST_PER_MINUTE, 60));
	TRY(booking_enter(r, &p, &pass));
	if (!p)
		return NULL;
	int64_t idx[BOOKING_MAX_TICKETS];
	size_t n = 0, most = r->who.person.v && !r->who.member ? 1 : (size_t)p->ticket_limit;
	if (show_sale_state(p, r->now) == SALE_OPEN && (size_t)f->count <= most)
		TRY(seats_best(r->db, r->a, p, (struct grade_id){ f->grade }, f->wheelchair, (size_t)f->count, idx, &n));
	if (n > 0)
		req_flash(r, "success", _("These are the best free seats side by side. They are not held yet."));
	else
		req_flash(r, "error", _("There are not so many free seats side by side. Try fewer, or another grade."));
	return redirect(r, url_fmt(r->a, "/performances/%lld/%s?seat=%s", (long long)p->id.v, str_eq(f->from, "map") ? "seats" : "list",
	    booking_csv(r->a, idx, n)));
}

/* ---- who is booking? ---------------------------------------------------------------------------------------------------------- */
struct err *booking_who_get(struct req *r)
{
	const struct booking_seats_form *f = r->form;
	const struct show_performance *p;
	struct seats_view v = { 0 };
	struct queue_pass *pass;
	TRY(booking_enter(r, &p, &pass));
	if (!p)
		return NULL;
	struct url next = url_fmt(r->a, "/performances/%lld/seats?seat=%s", (long long)p->id.v, booking_csv(r->a, f->seat.v, f->seat.n));
	if (r->who.person.v)
		return redirect(r, next);
	booking_event_fill(r, p, &v.e);
	v.tray.e = v.e;
	TRY(fill_tray(r, f, "map", &v.tray));
	struct out *o = page_begin(r, &(struct page){ .title = _("Who is booking?"), .nav = NAV_SHOWS, .no_index = true });
	tmpl_booking_who(o, &v, next);
	return page_end(r, 200);
}
