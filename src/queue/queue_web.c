/* The waiting room's page, and what its script asks.  A look costs what one person costs, whatever the number waiting. */
#include "queue/queue_web.h"
#include "queue/guard.h"
#include "queue/sale.h"

#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "ext/crypto.h"
#include "show/show.h"
#include "tmpl/queue/queue.h"
#include "web/session.h"
#include "web/text.h"

#include <inttypes.h>
#include <string.h>

enum { PLACE_AGE = 24 * 3600, AGAIN_SOON_S = 15, AGAIN_LATE_S = 45, AGAIN_LIFE_S = 75, RELOADS_MOST = 20, RELOADS_S = 600 };
#define USED_UP "used"

/* ---- which sale ------------------------------------------------------------------------------------------------------- */
struct err *queue_event_load(struct req *r, struct queue_sale s, struct queue_event *ret)
{
	struct queue_sale_info *i;
	TRY(queue_sale_load(r->db, r->a, s, r->now, false, &i));
	if (!i || (i->hidden && i->organizer.v != r->who.organizer.v))
		return err_new(ERR_NOT_FOUND, "no such sale");
	*ret = (struct queue_event){ .sale = queue_sale_name(r->a, s), .title = tr_pick(r->lang, i->title, i->title_en),
		.when = clock_long(r->a, r->lang, i->starts_at), .back = { arena_printf(r->a, "%s%s", r->url_prefix, i->back_path) },
		.go = { arena_printf(r->a, "%s%s", r->url_prefix, i->buy_path) } };
	return NULL;
}

/* ---- the number in the cookie ------------------------------------------------------------------------------------------- */
static const char *cookie_base(const struct req *r, const struct queue_spot *s)
{
	return arena_printf(r->a, "foyer_place_%s", s->e.sale);
}

static const char *cookie_value(const struct req *r, const struct queue_spot *s)
{
	return req_own_cookie(r, cookie_base(r, s));
}

void queue_spot_keep(struct req *r, const struct queue_spot *s, int64_t number)
{
	req_set_cookie(r, cookie_base(r, s), queue_ticket_make(r->a, s->room->id, number, s->holder), PLACE_AGE);
}

void queue_spot_used_up(struct req *r, const struct queue_spot *s)
{
	req_set_cookie(r, cookie_base(r, s), arena_printf(r->a, USED_UP ".%" PRId64, s->room->id), PLACE_AGE);
}

void queue_spot_forget(struct req *r, const struct queue_spot *s)
{
	req_set_cookie(r, cookie_base(r, s), "", 0);
}

/* Whoever joined as a browser and then signed in keeps the browser's place.  A place of an earlier room, or of a member who
 * has signed out, is none, and nothing to suspect. */
static void read_ticket(struct req *r, struct queue_sale sale, struct queue_spot *s)
{
	const char *ticket = cookie_value(r, s), *device = queue_device(r, false);
	s->holder = queue_holder(r);
	if (str_empty(ticket))
		return;
	if (str_starts(ticket, USED_UP ".")) {
		s->used_up = str_eq(ticket, arena_printf(r->a, USED_UP ".%" PRId64, s->room->id));
		return;
	}
	if (!queue_ticket_open(ticket, s->room->id, s->holder, &s->number)) {
		if (str_empty(device) || !queue_ticket_open(ticket, s->room->id, device, &s->number)) {
			if (!queue_ticket_ours(r->a, ticket))
				queue_guard_bad_ticket(r, sale);
			return;
		}
		s->holder = device;
	}
	s->place = queue_place(s->room, s->number);
}

struct err *queue_spot_load(struct req *r, struct queue_spot *ret)
{
	struct queue_sale sale;
	struct queue_spot s = { 0 };
	if (!queue_sale_parse(req_param(r, "sale"), &sale))
		return err_new(ERR_NOT_FOUND, "no such kind of sale");
	TRY(queue_event_load(r, sale, &s.e));
	TRY(queue_room_of(r->db, r->a, sale, &s.room));
	if (s.room)
		read_ticket(r, sale, &s);
	*ret = s;
	return NULL;
}

/* ---- the reload that costs the place, where the organizer wants it ---------------------------------------------------------- */
/* The refresh of browsers without script is none: the page's address tells when it was written, and each refresh leads to a
 * new one.  The script takes that out of the address. */
static const char *again_mac(const struct req *r, const struct queue_spot *s, const char *at)
{
	uint8_t mac[32];
	const char *text = arena_printf(r->a, "%" PRId64 ".%" PRId64 ".%s", s->room->id, s->number, at);
	crypto_mac("queue-again", text, strlen(text), mac);
	return str_hex(r->a, mac, 12);
}

/* Seconds since the page of the token was written; -1: no good token. */
static int64_t again_age(const struct req *r, const struct queue_spot *s, const char *token)
{
	const char *dot = token ? strchr(token, '.') : NULL;
	int64_t at;
	if (!dot)
		return -1;
	const char *text = arena_strndup(r->a, token, (size_t)(dot - token));
	bool ok = str_to_i64(text, &at) && str_eq(dot + 1, again_mac(r, s, text));
	int64_t age = ok ? r->now / US_SECOND - at : 0;
	if (age < 0) /* written by a host whose clock is ahead */
		age = 0;
	return ok && age <= AGAIN_LIFE_S ? age : -1;
}

struct err *queue_to_room(struct req *r, const struct queue_spot *s)
{
	if (!s->room || !s->room->reload_to_back || !s->number)
		return redirect(r, url_fmt(r->a, "/queue/%s", s->e.sale));
	const char *at = arena_printf(r->a, "%" PRId64, r->now / US_SECOND);
	return redirect(r, url_fmt(r->a, "/queue/%s?again=%s.%s", s->e.sale, at, again_mac(r, s, at)));
}

/* ---- the page --------------------------------------------------------------------------------------------------------------- */
/* Known to a tenth or so: the range says how well. */
struct queue_wait queue_wait_of(int64_t ahead, int64_t per_minute)
{
	if (per_minute <= 0)
		return (struct queue_wait){ .unit = WAIT_UNKNOWN };
	int64_t tenths = ahead * 10 / per_minute;
	if (tenths < 8)
		return (struct queue_wait){ .unit = WAIT_SOON };
	int64_t unit = tenths > 900 ? 600 : 10; /* tenths of a minute in an hour, in a minute */
	int64_t from = tenths * 8 / 10 / unit, to = (tenths * 13 / 10 + unit - 1) / unit;
	from = from < 1 ? 1 : from;
	return (struct queue_wait){ unit == 600 ? WAIT_HOURS : WAIT_MINUTES, from, to > from ? to : from + 1 };
}

static const char *wait_text(struct req *r, struct out *o, struct queue_wait w)
{
	switch (w.unit) {
	case WAIT_SOON:
		return _("less than a minute");
	case WAIT_MINUTES:
		return _f("about %s–%s minutes", out_number(o, w.from), out_number(o, w.to));
	case WAIT_HOURS:
		return _f("about %s–%s hours", out_number(o, w.from), out_number(o, w.to));
	case WAIT_UNKNOWN:
		break;
	}
	return _("How long it takes cannot be told yet");
}

/* "20:00"; with the day where it is another. */
static const char *time_of(struct req *r, int64_t at)
{
	struct day d = clock_day(at), today = clock_day(r->now);
	if (d.year == today.year && d.month == today.month && d.day == today.day)
		return strchr(clock_local_input(r->a, at), 'T') + 1;
	return clock_short(r->a, r->lang, at);
}

static enum queue_stage stage_of(const struct queue_spot *s, int64_t head)
{
	if (str_eq(s->room->state, "planned"))
		return QUEUE_CLOSED;
	if (!s->number)
		return QUEUE_OUTSIDE;
	if (!s->place)
		return QUEUE_DRAWING;
	return s->place <= head ? QUEUE_TURN : QUEUE_WAITING;
}

static bool is_open(const char *state)
{
	return str_eq(state, "open") || str_eq(state, "paused");
}

/* So often a browser without script asks; 0: a form is being filled in. */
static int refresh(const struct queue_view *v)
{
	struct queue_wait w = queue_wait_of(v->ahead, v->per_minute);
	if (v->stage == QUEUE_OUTSIDE)
		return 0;
	bool late = v->stage == QUEUE_WAITING && (w.unit == WAIT_HOURS || (w.unit == WAIT_MINUTES && w.from > 5));
	return late ? AGAIN_LATE_S : AGAIN_SOON_S;
}

static void fill(struct req *r, const struct queue_spot *s, const struct queue_head *h, struct out *o, struct queue_view *v)
{
	const struct queue_room *room = s->room;
	*v = (struct queue_view){ .e = s->e, .stage = stage_of(s, h->head), .lang = r->lang, .site = conf()->site_name, .state = h->state,
		.number = s->number, .place = s->place, .head = h->head, .per_minute = h->per_minute, .now = r->now, .opens_at = room->opens_at,
		.gathers_at = room->gathers_at, .opens = time_of(r, room->opens_at), .gathers = time_of(r, room->gathers_at),
		.sold_out = h->sold_out, .held = h->left == 0 && !h->sold_out && is_open(h->state), .paused = str_eq(h->state, "paused"),
		.members_only = room->members_only && !r->who.member, .to_back = room->reload_to_back, .anew = s->used_up,
		.lottery = !room->by_itself && !is_open(h->state), .proof = !room->by_itself,
		.message = tr_pick(r->lang, room->message, room->message_en), .turn_s = conf()->queue_grace_seconds,
		.pass_minutes = conf()->queue_pass_seconds / 60 };
	v->ahead = s->place > h->head ? s->place - h->head : 0;
	v->ahead_text = out_number(o, v->ahead);
	v->wait = wait_text(r, o, queue_wait_of(v->ahead, v->paused ? 0 : v->per_minute));
	v->other_lang_code = str_eq(r->lang, "ko") ? "en" : "ko";
	v->other_lang = url_fmt(r->a, "/lang/%s?next=%s", v->other_lang_code, arena_printf(r->a, "/queue/%s", s->e.sale));
	v->refresh_s = refresh(v);
}

struct err *queue_show(struct req *r, const struct queue_spot *s, int status, const char *note)
{
	struct queue_head h;
	struct queue_view v;
	struct queue_sale sale = { s->room->sale_kind[0], s->room->sale_id };
	struct out o;
	TRY(queue_head(r->a, s->room, &h));
	out_init(&o, r->a, r->lang, r);
	queue_device(r, true); /* the place will belong to it */
	fill(r, s, &h, &o, &v);
	v.note = note;
	if (!note && v.anew)
		v.note = _("Your time at the seats is over, and with it this place. Seats you hold stay yours until their own time ends. You can take a new place at the end of the line.");
	if (v.stage == QUEUE_OUTSIDE)
		v.challenge = queue_guard_challenge(r, sale);
	tmpl_queue_page(&o, &v);
	return respond(r, status, "text/html; charset=utf-8", (struct bytes){ o.b.p, o.b.n });
}

/* In a sale of this rule whoever loads the page anew while waiting goes to the back.  *ret_answered: led on to the address of
 * the next refresh. */
static struct err *reloaded(struct req *r, struct queue_spot *s, bool *ret_moved, bool *ret_answered)
{
	const struct queue_page_form *f = r->form;
	struct queue_head h;
	if (!s->room->reload_to_back || !s->place)
		return NULL;
	int64_t age = again_age(r, s, f->again);
	*ret_answered = age > AGAIN_SOON_S - 3;
	if (*ret_answered)
		return queue_to_room(r, s);
	TRY(queue_head(r->a, s->room, &h));
	if (age >= 0 || !is_open(h.state) || s->place <= h.head)
		return NULL;
	TRY(rate_limit("queue-reload", s->holder, RELOADS_MOST, RELOADS_S)); /* each stands in the line as somebody who is there */
	struct err *e = queue_join(r->a, s->room, s->holder, true, &s->number);
	if (err_is(e, ERR_UNAVAILABLE)) {
		log_err(LOG_WARN, "a reload keeps its place", e);
		return NULL;
	}
	TRY(e);
	s->place = queue_place(s->room, s->number);
	queue_spot_keep(r, s, s->number);
	*ret_moved = true;
	return NULL;
}

struct err *queue_page_get(struct req *r)
{
	const struct queue_page_form *f = r->form;
	struct queue_spot s;
	struct queue_pass *pass = NULL;
	bool moved = false, answered = false;
	TRY(queue_spot_load(r, &s));
	if (!s.room)
		return redirect(r, s.e.go);
	TRY(queue_pass_find(r->db, r->a, s.room->id, r->who.person, queue_device(r, false), r->now, &pass));
	if (pass)
		return redirect(r, s.e.go);
	TRY(reloaded(r, &s, &moved, &answered));
	if (answered)
		return NULL;
	if (s.place)
		log_err(LOG_WARN, "presence not noted", queue_here(r->a, s.room, s.place, r->now));
	const char *note = moved ? _("The page was loaded anew: in this sale that means a new place at the end.")
	                 : f->full && s.place ? _("There is no room inside this second. You are next as soon as somebody leaves; your place is kept.") : NULL;
	return queue_show(r, &s, 200, note);
}

/* ---- what the script asks --------------------------------------------------------------------------------------------------- */
static struct err *json(struct req *r, struct buf *b)
{
	return respond(r, 200, "application/json", (struct bytes){ b->p, b->n });
}

static void head_json(struct req *r, const struct queue_room *room, const struct queue_head *h, struct buf *b)
{
	uint8_t hash[32];
	crypto_sha256(room->seed.p, room->seed.n, hash);
	buf_printf(b, "{\"state\":\"%s\",\"head\":%" PRId64 ",\"issued\":%" PRId64 ",\"drawn\":%" PRId64 ",\"per_minute\":%" PRId64, h->state,
	    h->head, h->issued, h->drawn, h->per_minute);
	buf_printf(b, ",\"left\":%" PRId64 ",\"sold_out\":%s,\"at\":%" PRId64 ",\"hash\":\"%s\"", h->left, h->sold_out ? "true" : "false",
	    r->now / 1000, str_hex(r->a, hash, sizeof hash));
	if (h->drawn)
		buf_printf(b, ",\"seed\":\"%s\"", str_hex(r->a, room->seed.p, room->seed.n));
	buf_str(b, ",\"message\":{\"ko\":");
	buf_json(b, room->message);
	buf_str(b, ",\"en\":");
	buf_json(b, room->message_en);
	buf_str(b, "}}");
}

/* GET /queue/{sale}/head: the same for everybody; nginx keeps it for a second. */
struct err *queue_head_get(struct req *r)
{
	struct queue_sale sale;
	struct queue_room *room;
	struct queue_head h;
	struct buf b;
	if (!queue_sale_parse(req_param(r, "sale"), &sale))
		return err_new(ERR_NOT_FOUND, "no such kind of sale");
	TRY(queue_guard_uncached(r));
	TRY(queue_room_of(r->db, r->a, sale, &room));
	buf_init(&b, r->a);
	if (room) {
		TRY(queue_head(r->a, room, &h));
		head_json(r, room, &h, &b);
	} else {
		buf_printf(&b, "{\"state\":\"none\",\"at\":%" PRId64 "}", r->now / 1000);
	}
	req_cache_public(r, 1);
	return json(r, &b);
}

/* GET /queue/{sale}/here: the place's owner looks; told again where that is. */
struct err *queue_here_get(struct req *r)
{
	struct queue_spot s = { 0 };
	struct queue_sale sale;
	struct queue_head h = { 0 };
	struct buf b;
	if (!queue_sale_parse(req_param(r, "sale"), &sale))
		return err_new(ERR_NOT_FOUND, "no such kind of sale");
	s.e.sale = queue_sale_name(r->a, sale);
	TRY(queue_room_lately(r->db, r->a, sale, &s.room));
	if (s.room)
		read_ticket(r, sale, &s);
	if (s.place) {
		TRY(queue_here(r->a, s.room, s.place, r->now));
		TRY(queue_head(r->a, s.room, &h));
	}
	buf_init(&b, r->a);
	buf_printf(&b, "{\"number\":%" PRId64 ",\"place\":%" PRId64 ",\"turn\":%s}", s.number, s.place,
	    s.place && s.place <= h.head ? "true" : "false");
	return json(r, &b);
}

/* ---- the domain ------------------------------------------------------------------------------------------------------------- */
static struct err *may_listen(struct req *r, const char *rest)
{
	struct queue_sale sale;
	(void)r;
	return queue_sale_parse(rest, &sale) ? NULL : err_new(ERR_NOT_FOUND, "no such kind of sale");
}

static const struct route routes[] = {
	{ GET, "/queue/{sale}", queue_page_get, ACCESS_ANYONE, .form = FORM_OF(queue_page_form), .pool = POOL_QUEUE, .budget = 4 },
	{ GET, "/queue/{sale}/head", queue_head_get, ACCESS_ANYONE, .pool = POOL_QUEUE, .cache_s = 1, .budget = 2 },
	{ GET, "/queue/{sale}/here", queue_here_get, ACCESS_ANYONE, .pool = POOL_QUEUE, .budget = 1 },
	{ GET, "/queue/{sale}/draw", queue_draw_get, ACCESS_ANYONE, .form = FORM_OF(queue_draw_form), .budget = 4 },
	{ POST, "/queue/{sale}/join", queue_join_post, ACCESS_ANYONE, .form = FORM_OF(queue_join_form), .pool = POOL_QUEUE, .budget = 4 },
	{ POST, "/queue/{sale}/enter", queue_enter_post, ACCESS_ANYONE, .pool = POOL_QUEUE },
	{ POST, "/queue/{sale}/leave", queue_leave_post, ACCESS_ANYONE, .pool = POOL_QUEUE },
	{ 0 }
};
static const struct live_rule live_rules[] = { { "queue:", may_listen }, { 0 } };

const struct domain queue_web_domain = { .name = "queue_web", .routes = routes, .live = live_rules };
