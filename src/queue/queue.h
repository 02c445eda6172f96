/* The waiting room: a fair line before a sale.
 *
 * A room gathers people, draws, admits, and ends:  planned → gathering → open ⇄ paused → ended.
 * Who comes gets a *number* (1, 2, 3 …: one INCR in Redis) in a signed cookie; nothing is stored for a device that waits, four
 * bytes for a member (so that all devices of a member share one number); for ten minutes the limits count the join (tally.h).  At opening the numbers given out so far are shuffled
 * by a permutation keyed with a seed whose hash was public before (draw.h): number → *place*.  Later numbers are their own places.
 * The *head* is the last place admitted; one small public answer tells it to everybody (GET /queue/{sale}/head, cached for a
 * second).  Whoever's place is ≤ head may enter: that inserts a *pass* (table queue_pass), which the sale path asks for.
 *
 * Truth: MySQL holds rooms, head and passes; Redis the counter, who is there (one bit per place and minute) and a copy of the
 * state.  Without Redis nobody joins and nobody new is admitted, but every place and pass stays valid; the tick restores Redis
 * from MySQL with a gap, so that no number is given twice.  Only the tick (a job of the one leading clock, each second) moves
 * the head; it costs what it admits, never what waits. */
#ifndef FOYER_QUEUE_H
#define FOYER_QUEUE_H

#include "db/db.h"
#include "ids.h"
#include "web/route.h"

#include <stdbool.h>

extern const struct domain queue_domain;

/* ---- sales: what a room can stand before.  "p12" in addresses and cookies.  sale.c knows the kinds. */
struct queue_sale { char kind; int64_t id; };
bool queue_sale_parse(const char *s, struct queue_sale *ret);
const char *queue_sale_name(struct arena *a, struct queue_sale s);

/* ---- rooms */
#define QUEUE_ROOM_ROW(F)                                                                                              \
	F(i64, id) F(str, sale_kind) F(i64, sale_id) F(str, state) F(flag, by_itself) F(flag, members_only)            \
	F(flag, reload_to_back) F(time, gathers_at) F(time, opens_at) F(time, ends_at) F(time, opened_at) F(time, ended_at) \
	F(str, ended_why) F(i64, target) F(i64, rate) F(str, message) F(str, message_en) F(bytes, seed) F(i64, drawn)   \
	F(i64, issued) F(i64, head) F(i64, admitted) F(i64, skipped) F(time, saved_at) F(time, quiet_since) F(time, created_at) \
	F(i64, licence) F(i64, settled) F(i64, owed) F(i64, entered) F(i64, may_enter) \
	F(i64, active) F(i64, per_minute) F(i64, pace) F(str, holes) F(i64, seats_left) F(flag, sold_out)
DB_ROW(queue_room, QUEUE_ROOM_ROW)                       /* the draw has been made when opened_at is set */
/* The living (not ended) room of a sale, or one by its id, a moment old perhaps; NULL: none. */
struct err *queue_room_of(struct db *db, struct arena *a, struct queue_sale s, struct queue_room **ret);
/* The same, remembered by this process for a second: for what a whole crowd asks again and again. */
struct err *queue_room_lately(struct db *db, struct arena *a, struct queue_sale s, struct queue_room **ret);
struct err *queue_room_by_id(struct db *db, struct arena *a, int64_t id, struct queue_room **ret);
/* Plans a room.  ERR_CONFLICT with a user text: the sale has one.  ends_at 0: none.  Sets performance.room_id when it gathers. */
struct queue_plan { int64_t gathers_at, opens_at, ends_at; int64_t target, rate; bool members_only, reload_to_back, by_itself; };
struct err *queue_plan_room(struct db *db, struct arena *a, struct queue_sale s, const struct queue_plan *plan, int64_t now, int64_t *ret_id);
/* While it runs.  ERR_GONE: it has ended. */
struct err *queue_adjust(struct db *db, int64_t room, int64_t target, int64_t rate);
struct err *queue_pause(struct db *db, int64_t room, bool paused);
struct err *queue_message(struct db *db, int64_t room, const char *ko, const char *en);
struct err *queue_end(struct db *db, int64_t room, const char *why, int64_t now); /* why: of ended_why; opens the sale to everybody */

/* ---- numbers and places */
enum { QUEUE_BEAT_S = 60 }; /* who was not seen in this and the last such span is not there */
/* A number for a holder ("m12", "d…"): the one a member has already, or the next.  anew: the next in any case (only after the
 * draw).  ERR_UNAVAILABLE: Redis is away or not restored yet, try again in a second. */
struct err *queue_join(struct arena *a, const struct queue_room *room, const char *holder, bool anew, int64_t *ret_number);
int64_t queue_place(const struct queue_room *room, int64_t number); /* 0: not drawn yet */
/* The place's owner is there (one bit). */
struct err *queue_here(struct arena *a, const struct queue_room *room, int64_t place, int64_t now);
/* The signed number, for the cookie.  open: false for a forged one, another room's or another holder's. */
char *queue_ticket_make(struct arena *a, int64_t room, int64_t number, const char *holder);
bool queue_ticket_open(const char *s, int64_t room, const char *holder, int64_t *ret_number);
/* Whether the house has made it, for any room and holder: then it is no forgery, if of no use here. */
bool queue_ticket_ours(struct arena *a, const char *s);

/* What everybody may know, from Redis, or from the room's row when Redis is away. */
/* per_minute: the places that the head has passed within the last minute. */
struct queue_head { const char *state; int64_t head, issued, drawn, per_minute, active, left, at; bool sold_out; };
struct err *queue_head(struct arena *a, const struct queue_room *room, struct queue_head *ret);

/* ---- passes */
#define QUEUE_PASS_ROW(F) F(i64, id) F(i64, room_id) F(i64, place) F(str, holder) F(person_id, person_id) F(time, granted_at) \
	F(time, expires_at) F(time, ended_at) F(str, ended_why)
DB_ROW(queue_pass, QUEUE_PASS_ROW)
/* Grants the pass of an admitted place; a second call returns the same pass.  ERR_CONFLICT: not yet (place > head, or late and
 * the house is full this second); ERR_GONE: this place's pass has ended. */
struct err *queue_enter(struct db *db, struct arena *a, const struct queue_room *room, int64_t place, const char *holder, int64_t now,
    struct queue_pass **ret);
/* The living pass of this person or this browser; NULL: none.  device: "d…" or NULL. */
struct err *queue_pass_find(struct db *db, struct arena *a, int64_t room, struct person_id person, const char *device, int64_t now,
    struct queue_pass **ret);
/* Whether the person had a pass at that time, and ended it by buying: what was held beside that order may be paid, too. */
struct err *queue_pass_bought(struct db *db, struct arena *a, int64_t room, struct person_id person, int64_t at, bool *ret);
/* Whether this browser's living pass is used by another person. */
struct err *queue_pass_foreign(struct db *db, struct arena *a, int64_t room, const char *device, struct person_id person, bool *ret);
/* In the transaction of a hold: the pass is the person's from now on, and lives at least until `until`.  ERR_GONE with a user
 * text: it has ended, or another person has used it. */
struct err *queue_pass_use(struct db *db, int64_t pass, struct person_id person, int64_t until, int64_t now);
/* In the transaction of the payment: the buyer is done.  No pass: nothing. */
struct err *queue_pass_done(struct db *db, int64_t room, struct person_id person, int64_t now);
struct err *queue_pass_leave(struct db *db, int64_t pass, int64_t now);

/* ---- for the pages of a sale ----
 * May this request go on in the sale with this room (performance.room_id; 0: always)?  ret_pass: the pass, NULL where none
 * is needed.  Not: ERR_CONFLICT; queue_send_away() answers with a redirect to the room. */
struct err *queue_check(struct req *r, int64_t room, struct queue_pass **ret_pass);
struct err *queue_send_away(struct req *r, struct queue_sale s);
/* The holder of a request: "m12" when signed in, otherwise the browser's device ("" when it has no device cookie yet). */
const char *queue_holder(struct req *r);
const char *queue_device(struct req *r, bool make); /* "d…"; make: sets the cookie where there is none */
/* Limits, bots, and the load that opens a room by itself: queue/guard.h. */

/* ---- suspicion (suspect.c): reasons for the organizer to look at somebody, never a judgement.  guard.h notices most. ---- */
enum queue_reason { QUEUE_TRAP, QUEUE_TOO_QUICK, QUEUE_MANY_PLACES, QUEUE_MANY_ACCOUNTS, QUEUE_FORGED, QUEUE_FOREIGN_PASS, QUEUE_MANY_TRIES,
	QUEUE_REASONS };
/* who: a holder, as in queue_pass.  detail: a figure or a word for the list, "" for none.  Best effort: one who does it again and
 * again is counted at most every five seconds, a sale takes 300 a minute, what cannot be written is logged.  Not within a
 * transaction that may be undone. */
void queue_suspect(struct db *db, struct queue_sale s, const char *who, struct person_id person, enum queue_reason reason,
    const char *detail, int64_t now);

#endif
