/* Taking a place, entering with it, giving it up. */
#include "queue/queue_web.h"
#include "queue/guard.h"

#include "base/log.h"
#include "ext/redis.h"
#include "web/text.h"

#include <inttypes.h>
#include <string.h>

/* What may be told to the person; anything else is ours. */
static bool is_told(const struct err *e)
{
	return err_is(e, ERR_LIMIT) || err_is(e, ERR_INVALID) || err_is(e, ERR_CONFLICT) || err_is(e, ERR_GONE);
}

/* The words of e, which is freed. */
static const char *words(struct req *r, struct err *e)
{
	const char *text = err_user_text(e);
	text = text ? arena_strdup(r->a, tr_text(r->a, r->lang, text)) : _("That did not work. Nothing was changed; please try again.");
	err_free(e);
	return text;
}

/* ---- a double click without script ------------------------------------------------------------------------------------------
 * Its second request finds the challenge used.  The number of the first is remembered for some seconds, so that both answers
 * carry the same. */
#define TWICE_S "10"

static const char *twice_key(const struct req *r, const struct queue_spot *s)
{
	return arena_printf(r->a, "{q:%" PRId64 "}:j:%s", s->room->id, s->holder);
}

static void remember_join(struct req *r, const struct queue_spot *s, int64_t number)
{
	log_err(LOG_DEBUG, "join not remembered", REDIS(r->a, NULL, "SET", twice_key(r, s), arena_printf(r->a, "%" PRId64, number), "EX", TWICE_S));
}

static int64_t joined_just_now(struct req *r, const struct queue_spot *s)
{
	struct redis_reply reply = { 0 };
	int64_t number = 0;
	struct err *e = REDIS(r->a, &reply, "GET", twice_key(r, s));
	if (e || reply.kind != REDIS_STR || !str_to_i64(reply.s, &number))
		number = 0;
	err_free(e);
	return number;
}

static struct err *refused(struct req *r, struct queue_spot *s, struct err *e)
{
	int64_t number = err_is(e, ERR_CONFLICT) ? joined_just_now(r, s) : 0;
	if (number) {
		err_free(e);
		queue_spot_keep(r, s, number);
		return queue_to_room(r, s);
	}
	int status = err_is(e, ERR_LIMIT) ? 429 : err_is(e, ERR_CONFLICT) ? 409 : 422;
	return queue_show(r, s, status, words(r, e));
}

struct err *queue_join_post(struct req *r)
{
	const struct queue_join_form *f = r->form;
	struct queue_spot s;
	int64_t number;
	TRY(queue_spot_load(r, &s));
	if (!s.room)
		return queue_to_room(r, &s); /* which leads on to the sale */
	if (s.number || str_eq(s.room->state, "planned") || (s.room->members_only && !r->who.member))
		return queue_to_room(r, &s);
	if (str_empty(s.holder))
		return queue_show(r, &s, 422, _("Your browser sent no cookie, and the place is kept in one. Allow cookies for this site, then try again."));
	struct queue_sale sale = { s.room->sale_kind[0], s.room->sale_id };
	struct err *e = queue_guard_join(r, sale, s.holder, &(struct queue_guard_form){ f->challenge, f->nonce, f->website });
	if (is_told(e))
		return refused(r, &s, e);
	if (!e)
		e = queue_join(r->a, s.room, s.holder, f->anew && s.used_up, &number);
	if (err_is(e, ERR_UNAVAILABLE)) {
		log_err(LOG_WARN, "no numbers for the moment", e);
		return queue_show(r, &s, 503, _("No places can be given out for a moment. Nobody is let in meanwhile either; please try again in some seconds."));
	}
	TRY(e);
	s.number = number;
	queue_spot_keep(r, &s, number);
	if (str_empty(f->nonce))
		remember_join(r, &s, number);
	return queue_to_room(r, &s);
}

static struct err *answer_script(struct req *r, int status, const char *json)
{
	return respond(r, status, "application/json", (struct bytes){ json, strlen(json) });
}

/* ---- in ------------------------------------------------------------------------------------------------------------------------ */
struct err *queue_enter_post(struct req *r)
{
	struct queue_spot s;
	struct queue_pass *pass;
	TRY(queue_spot_load(r, &s));
	if (!s.room || !s.place)
		return queue_to_room(r, &s);
	struct err *e = queue_enter(r->db, r->a, s.room, s.place, s.holder, r->now, &pass);
	/* In this browser another person has bought with it. */
	bool foreign = !e && pass->person_id.v && pass->person_id.v != r->who.person.v;
	if (foreign || err_is(e, ERR_GONE)) {
		err_free(e);
		queue_spot_used_up(r, &s);
		return req_wants_json(r) ? answer_script(r, 410, "{}") : redirect(r, url_fmt(r->a, "/queue/%s", s.e.sale));
	}
	if (!e)
		return req_wants_json(r) ? answer_script(r, 200, arena_printf(r->a, "{\"go\":\"%s\"}", s.e.go.s)) : redirect(r, s.e.go);
	if (!err_is(e, ERR_CONFLICT))
		return e;
	err_free(e);
	log_err(LOG_WARN, "presence not noted", queue_here(r->a, s.room, s.place, r->now));
	return req_wants_json(r) ? answer_script(r, 409, "{}") : redirect(r, url_fmt(r->a, "/queue/%s?full=1", s.e.sale));
}

/* ---- and away ------------------------------------------------------------------------------------------------------------------ */
struct err *queue_leave_post(struct req *r)
{
	struct queue_spot s;
	struct queue_pass *pass = NULL;
	TRY(queue_spot_load(r, &s));
	if (s.room)
		TRY(queue_pass_find(r->db, r->a, s.room->id, r->who.person, queue_device(r, false), r->now, &pass));
	if (pass)
		TRY(queue_pass_leave(r->db, pass->id, r->now));
	if (pass)
		queue_spot_used_up(r, &s);
	else
		queue_spot_forget(r, &s);
	req_flash(r, "info", _("You gave up your place. Seats you hold stay yours until their time ends."));
	return redirect(r, s.e.back);
}
