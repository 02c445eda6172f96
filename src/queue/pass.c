#include "queue/pass.h"

#include "base/clock.h"
#include "base/conf.h"
#include "ext/crypto.h"
#include "queue/draw.h"

#include <inttypes.h>
#include <string.h>

/* ---- the signed number ----------------------------------------------------------------------------------------------- */
enum { MAC_BYTES = 16, SEAL_BYTES = 9, TICKET_MAX = 100 };

int64_t queue_place(const struct queue_room *room, int64_t number)
{
	if (!room->opened_at || number < 1)
		return 0;
	if (number > room->drawn)
		return number;
	struct draw d;
	draw_init(&d, room->seed.p, room->drawn);
	return draw_place(&d, number);
}

static char *ticket_mac(struct arena *a, int64_t room, int64_t number, const char *holder)
{
	uint8_t mac[32];
	const char *text = arena_printf(a, "%" PRId64 ".%" PRId64 ".%s", room, number, holder);
	crypto_mac("queue place", text, strlen(text), mac);
	return str_base64url(a, mac, MAC_BYTES);
}

/* Tells a ticket of the house, whoever it was made for. */
static char *ticket_seal(struct arena *a, const char *text)
{
	uint8_t mac[32];
	crypto_mac("queue place seal", text, strlen(text), mac);
	return str_base64url(a, mac, SEAL_BYTES);
}

char *queue_ticket_make(struct arena *a, int64_t room, int64_t number, const char *holder)
{
	const char *text = arena_printf(a, "%" PRId64 ".%" PRId64 ".%s", room, number, ticket_mac(a, room, number, holder));
	return arena_printf(a, "%s.%s", text, ticket_seal(a, text));
}

bool queue_ticket_ours(struct arena *a, const char *s)
{
	const char *dot = s && strlen(s) < TICKET_MAX ? strrchr(s, '.') : NULL;
	const char *made = dot ? ticket_seal(a, arena_strndup(a, s, (size_t)(dot - s))) : "";
	return dot && strlen(made) == strlen(dot + 1) && crypto_equal(made, dot + 1, strlen(made));
}

bool queue_ticket_open(const char *s, int64_t room, const char *holder, int64_t *ret_number)
{
	const char *dot = s ? strchr(s, '.') : NULL, *second = dot ? strchr(dot + 1, '.') : NULL;
	if (!second || second - s > 42 || strlen(second) > 42 + SEAL_BYTES || !*holder)
		return false;
	struct arena *a = arena_new(65536);
	int64_t in_room, number;
	bool ok = str_to_i64(arena_strndup(a, s, (size_t)(dot - s)), &in_room) && in_room == room
	    && str_to_i64(arena_strndup(a, dot + 1, (size_t)(second - dot - 1)), &number) && number > 0;
	if (ok) {
		const char *made = queue_ticket_make(a, room, number, holder); /* the only way to write it */
		ok = strlen(made) == strlen(s) && crypto_equal(made, s, strlen(s));
	}
	if (ok)
		*ret_number = number;
	arena_free(a);
	return ok;
}

/* ---- finding --------------------------------------------------------------------------------------------------------- */
#define PASS_COLUMNS "id, room_id, place, holder, person_id, granted_at, expires_at, ended_at, ended_why"
DB_QUERY(pass_of_place, queue_pass, "SELECT " PASS_COLUMNS " FROM queue_pass WHERE room_id = ? AND place = ? AND holder = ?")
DB_QUERY(pass_living, queue_pass, "SELECT " PASS_COLUMNS " FROM queue_pass WHERE room_id = ? AND living = ?")
/* By who got it, as long as no other person has used it; or by who has used it, on whatever device. */
DB_QUERY(pass_find, queue_pass,
    "SELECT " PASS_COLUMNS " FROM"
    " (SELECT " PASS_COLUMNS " FROM queue_pass WHERE room_id = ? AND living IN (?, ?) AND expires_at > ?"
    " AND (person_id IS NULL OR person_id = ?)"
    " UNION SELECT " PASS_COLUMNS " FROM queue_pass WHERE room_id = ? AND person_id = ? AND ended_at IS NULL AND expires_at > ?) p"
    " ORDER BY person_id IS NULL, id LIMIT 1")

struct err *queue_pass_find(struct db *db, struct arena *a, int64_t room, struct person_id person, const char *device,
    int64_t now, struct queue_pass **ret)
{
	const char *member = person.v ? arena_printf(a, "m%" PRId64, person.v) : "-";
	return pass_find_one(db, a, ret, DB_ARGS(room, member, device && *device ? device : "-", db_time(now), person.v, room,
	    person.v, db_time(now)));
}

DB_QUERY(pass_bought, queue_pass,
    "SELECT " PASS_COLUMNS " FROM queue_pass WHERE room_id = ? AND person_id = ? AND ended_at >= ? AND ended_why = 'bought'"
    " AND granted_at <= ? LIMIT 1")

struct err *queue_pass_bought(struct db *db, struct arena *a, int64_t room, struct person_id person, int64_t at, bool *ret)
{
	struct queue_pass *p;
	TRY(pass_bought_one(db, a, &p, DB_ARGS(room, person.v, db_time(at), db_time(at))));
	*ret = p != NULL;
	return NULL;
}

struct err *queue_pass_foreign(struct db *db, struct arena *a, int64_t room, const char *device, struct person_id person, bool *ret)
{
	struct queue_pass *p = NULL;
	if (device && *device)
		TRY(pass_living_one(db, a, &p, DB_ARGS(room, device)));
	*ret = p && p->person_id.v && p->person_id.v != person.v;
	return NULL;
}

/* ---- entering -------------------------------------------------------------------------------------------------------- */
#define HEAD_ROW(F) F(str, state) F(i64, head) F(i64, settled) F(i64, owed) F(i64, entered) F(i64, may_enter)
DB_ROW(head_row, HEAD_ROW)
DB_QUERY(room_head, head_row, "SELECT state, head, settled, owed, entered, may_enter FROM waiting_room WHERE id = ?")
DB_EXEC(pass_insert,
    "INSERT INTO queue_pass (room_id, place, holder, living, granted_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)")
/* The last word on who enters: admitted, and room is left; whoever is late leaves room for those who are not. */
DB_EXEC(room_enter,
    "UPDATE waiting_room SET entered = entered + 1 WHERE id = ? AND head >= ? AND state IN ('open', 'paused')"
    " AND entered < may_enter AND (settled < ? OR (state = 'open' AND entered + owed < may_enter))")
DB_EXEC(pass_expire, "UPDATE queue_pass SET ended_at = expires_at, ended_why = 'expired', living = NULL"
                     " WHERE id = ? AND ended_at IS NULL AND expires_at <= ?")

static struct err *not_yet(const char *why)
{
	return err_user(err_new(ERR_CONFLICT, "%s", why), N_("It is not your turn yet. Your place is kept."));
}

static struct err *pass_over(void)
{
	return err_user(err_new(ERR_GONE, "the pass of this place has ended"),
	    N_("The time of this place is over. You can take a new place in the line."));
}

struct enter { const struct queue_room *room; int64_t place; const char *holder; int64_t now, until, id; };
static struct err *enter_tx(struct db *db, void *ctx)
{
	struct enter *e = ctx;
	int64_t changed;
	/* The room's row first: the pass' foreign key would share its lock, and two who share it cannot both change it. */
	TRY(room_enter_run(db, &changed, DB_ARGS(e->room->id, e->place, e->place)));
	if (!changed)
		return not_yet("the house is full at this moment");
	TRY(pass_insert_run(db, NULL, DB_ARGS(e->room->id, e->place, e->holder, e->holder, db_time(e->now), db_time(e->until))));
	e->id = db_last_id(db);
	return NULL;
}

/* The pass of this place, or another one that the holder has. */
static struct err *find_own(struct db *db, struct arena *a, const struct enter *e, struct queue_pass **ret)
{
	struct queue_pass *p;
	TRY(pass_of_place_one(db, a, &p, DB_ARGS(e->room->id, e->place, e->holder)));
	if (p && (p->ended_at || p->expires_at <= e->now))
		return pass_over();
	if (!p)
		TRY(pass_living_one(db, a, &p, DB_ARGS(e->room->id, e->holder)));
	if (p && p->expires_at <= e->now) { /* of another place, and the tick has not been there yet */
		TRY(pass_expire_run(db, NULL, DB_ARGS(p->id, db_time(e->now))));
		p = NULL;
	}
	*ret = p;
	return NULL;
}

/* What room_enter will say, told before anything is written: those who are late ask often. */
static bool is_full(const struct head_row *h, int64_t place)
{
	bool late = place <= h->settled;
	return h->entered + (late ? h->owed : 0) >= h->may_enter || (late && !str_eq(h->state, "open"));
}

/* The pass that the unique keys let through, or the one that was there before. */
static struct err *enter(struct db *db, struct arena *a, struct enter *e, struct queue_pass **ret)
{
	struct err *err = db_tx(db, enter_tx, e);
	if (err_is(err, ERR_DUPLICATE)) {
		err_free(err);
		return find_own(db, a, e, ret);
	}
	TRY(err);
	*ret = arena_one(a, struct queue_pass);
	**ret = (struct queue_pass){ .id = e->id, .room_id = e->room->id, .place = e->place, .holder = arena_strdup(a, e->holder),
		.granted_at = e->now, .expires_at = e->until };
	return NULL;
}

struct err *queue_enter(struct db *db, struct arena *a, const struct queue_room *room, int64_t place, const char *holder,
    int64_t now, struct queue_pass **ret)
{
	struct enter e = { room, place, holder, now, now + conf()->queue_pass_seconds * US_SECOND, 0 };
	struct head_row *head;
	struct queue_pass *own = NULL;
	TRY(room_head_one(db, a, &head, DB_ARGS(room->id)));
	if (!head || str_eq(head->state, "ended"))
		return err_user(err_new(ERR_GONE, "the room has ended"), N_("The waiting room has closed: the sale is open to everybody."));
	if (place < 1 || place > head->head)
		return not_yet("the place is not admitted");
	if (is_full(head, place)) {
		TRY(find_own(db, a, &e, &own));
		if (!own)
			return not_yet("the house is full at this moment");
	}
	if (!own)
		TRY(enter(db, a, &e, &own));
	if (!own) /* a pass of another place was over, and not yet swept */
		TRY(enter(db, a, &e, &own));
	if (!own)
		return not_yet("another tab is quicker each time");
	*ret = own;
	return NULL;
}

/* ---- using, ending --------------------------------------------------------------------------------------------------- */
DB_EXEC(pass_use,
    "UPDATE queue_pass SET person_id = ?, expires_at = GREATEST(expires_at, ?) WHERE id = ? AND ended_at IS NULL AND expires_at > ?"
    " AND (person_id IS NULL OR person_id = ?)")
DB_EXEC(pass_done,
    "UPDATE queue_pass SET ended_at = ?, ended_why = 'bought', living = NULL"
    " WHERE room_id = ? AND person_id = ? AND ended_at IS NULL")
DB_EXEC(pass_leave,
    "UPDATE queue_pass SET ended_at = ?, ended_why = 'left', living = NULL WHERE id = ? AND ended_at IS NULL")

struct err *queue_pass_use(struct db *db, int64_t pass, struct person_id person, int64_t until, int64_t now)
{
	int64_t changed;
	TRY(pass_use_run(db, &changed, DB_ARGS(person.v, db_time(until), pass, db_time(now), person.v)));
	return changed ? NULL : err_user(err_new(ERR_GONE, "pass %" PRId64 " has ended, or is another person's", pass),
	    N_("Your pass has ended, or somebody else has used it. Nothing was held. Take a place in the line again."));
}

struct err *queue_pass_done(struct db *db, int64_t room, struct person_id person, int64_t now)
{
	return room ? pass_done_run(db, NULL, DB_ARGS(db_time(now), room, person.v)) : NULL;
}

struct err *queue_pass_leave(struct db *db, int64_t pass, int64_t now)
{
	return pass_leave_run(db, NULL, DB_ARGS(db_time(now), pass));
}

/* ---- the tick's side ------------------------------------------------------------------------------------------------- */
#define COUNT_ROW(F) F(i64, inside) F(i64, entered)
DB_ROW(count_row, COUNT_ROW)
DB_QUERY(passes_count, count_row,
    "SELECT (SELECT COUNT(*) FROM queue_pass WHERE room_id = ? AND living IS NOT NULL) AS inside,"
    " (SELECT COUNT(*) FROM queue_pass WHERE room_id = ? AND place > ?) AS entered")
DB_EXEC(passes_expire,
    "UPDATE queue_pass SET ended_at = expires_at, ended_why = 'expired', living = NULL"
    " WHERE room_id = ? AND ended_at IS NULL AND expires_at <= ?")

struct err *queue_passes_expire(struct db *db, int64_t room, int64_t now)
{
	return passes_expire_run(db, NULL, DB_ARGS(room, db_time(now)));
}

struct err *queue_passes_count(struct db *db, struct arena *a, int64_t room, int64_t settled, int64_t *ret_inside, int64_t *ret_entered)
{
	struct count_row *c;
	TRY(passes_count_one(db, a, &c, DB_ARGS(room, room, settled)));
	*ret_inside = c->inside;
	*ret_entered = c->entered;
	return NULL;
}
