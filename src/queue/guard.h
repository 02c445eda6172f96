/* What the doors of a sale ask before they let somebody through, and what they notice about him.  Limits are per person, per
 * browser and per address; the house's own machine has no address here (load tests, monitoring).  Each call is one round trip
 * to Redis; without Redis the limits of persons are kept by each process alone, and nothing is noticed.
 *
 * Refusals are ERR_LIMIT, ERR_INVALID or ERR_CONFLICT with a user text that says what to do. */
#ifndef FOYER_QUEUE_GUARD_H
#define FOYER_QUEUE_GUARD_H

#include "queue/queue.h"
#include "web/req.h"

/* ---- joining a waiting room.  The puzzle's price follows the numbers drawn from this address (puzzle.h). */
char *queue_guard_challenge(struct req *r, struct queue_sale s);
/* The join form as it came in.  No nonce: a browser without script, which is let in when its form is four seconds old and
 * its address has not had too many of these. */
struct queue_guard_form { const char *challenge, *nonce, *trap; };
struct err *queue_guard_join(struct req *r, struct queue_sale s, const char *holder, const struct queue_guard_form *f);
/* A cookie that claims to be a place, and the house has not made it. */
void queue_guard_bad_ticket(struct req *r, struct queue_sale s);

/* ---- the seat map, and what shows the same.  room: performance.room_id; without one the looker counts towards opening a
 * room by itself (auto.c). */
struct err *queue_guard_look(struct req *r, struct queue_sale s, int64_t room);

/* ---- what everybody may know (the head of a line, the state of all seats), where the cache had no answer: somebody may ask under
 * ever new names. */
struct err *queue_guard_uncached(struct req *r);

/* ---- the hold of a signed-in person: before it, and after it whether it went well or not.  pass: NULL where there is no room. */
struct queue_guard_seen { int64_t tries, device_accounts, address_accounts, address_joins; };
struct err *queue_guard_hold(struct req *r, struct queue_sale s, struct queue_guard_seen *ret);
void queue_guard_held(struct req *r, struct queue_sale s, const struct queue_pass *pass, const struct queue_guard_seen *seen, bool held);
/* The pass of this browser was used by another person. */
void queue_guard_foreign_pass(struct req *r, struct queue_sale s);

/* ---- sending the order, beginning to pay */
struct err *queue_guard_order(struct req *r);

#endif
