/* Who asks, and whether they may go on: what the pages of a sale need of the waiting room. */
#include "queue/queue.h"

#include "ext/crypto.h"
#include "web/req.h"

#include <inttypes.h>
#include <string.h>

#define DEVICE_COOKIE "foyer_device"
enum { DEVICE_BYTES = 16, DEVICE_DAYS = 30, HASH_DIGITS = 16 };

const char *queue_device(struct req *r, bool make)
{
	uint8_t raw[DEVICE_BYTES];
	const char *cookie = req_own_cookie(r, DEVICE_COOKIE);
	if (!cookie || !str_unhex(cookie, raw, sizeof raw)) {
		if (!make)
			return "";
		crypto_random(raw, sizeof raw);
		cookie = str_hex(r->a, raw, sizeof raw);
		req_set_cookie(r, DEVICE_COOKIE, cookie, DEVICE_DAYS * 86400);
	}
	return arena_printf(r->a, "d%.*s", HASH_DIGITS, crypto_sha256_hex(r->a, cookie));
}

const char *queue_holder(struct req *r)
{
	return r->who.member ? arena_printf(r->a, "m%" PRId64, r->who.person.v) : queue_device(r, false);
}

#define STATE_ROW(F) F(str, state)
DB_ROW(state_row, STATE_ROW)
DB_QUERY(room_state, state_row, "SELECT state FROM waiting_room WHERE id = ?")

struct err *queue_check(struct req *r, int64_t room, struct queue_pass **ret_pass)
{
	struct queue_pass *pass = NULL;
	struct state_row *state;
	if (room)
		TRY(queue_pass_find(r->db, r->a, room, r->who.person, queue_device(r, false), r->now, &pass));
	if (room && !pass) {
		TRY(room_state_one(r->db, r->a, &state, DB_ARGS(room)));
		if (state && !str_eq(state->state, "ended"))
			return err_user(err_new(ERR_CONFLICT, "no pass of room %" PRId64, room),
			    N_("This sale has a waiting room. Take a place in the line first."));
	}
	*ret_pass = pass;
	return NULL;
}

struct err *queue_send_away(struct req *r, struct queue_sale s)
{
	const char *name = queue_sale_name(r->a, s);
	if (!req_wants_json(r))
		return redirect(r, url_fmt(r->a, "/queue/%s", name));
	const char *json = arena_printf(r->a, "{\"error\":\"waiting room\",\"queue\":\"%s/queue/%s\"}", r->url_prefix, name);
	return respond(r, 409, "application/json", (struct bytes){ json, strlen(json) });
}
