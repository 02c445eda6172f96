/* Booking: the hold of seats, the order, the seat map's state.  A hold is an order in state pending.
 *
 *   pending → paid | awaiting_deposit | expired | cancelled;  awaiting_deposit → paid | expired;
 *   paid → partly_cancelled | cancelled;  partly_cancelled → cancelled.
 *
 * Truth: table claim (primary key performance+seat, unique performance+person+slot).  Everything here that changes state
 * is one conditional statement or one transaction, safe to repeat. */
#ifndef FOYER_BOOKING_H
#define FOYER_BOOKING_H

#include "db/db.h"
#include "ids.h"
#include "show/show.h"
#include "web/route.h"

extern const struct domain booking_domain;

#define BOOKING_ORDER_ROW(F)                                                                                           \
	F(order_id, id) F(str, code) F(person_id, person_id) F(performance_id, performance_id) F(str, state)           \
	F(time, expires_at) F(flag, extended) F(i64, tickets) F(i64, subtotal) F(i64, fee) F(i64, discount) F(i64, total) \
	F(i64, refunded) F(str, contact_name) F(str, contact_email) F(str, contact_phone)   \
	F(i64, refund_grid_id) F(str, lang)                                                                            \
	F(time, created_at) F(time, paid_at) F(time, closed_at) F(str, closed_why) F(i64, room_id)
DB_ROW(booking_order, BOOKING_ORDER_ROW) /* refund_grid_id: its terms (show_refund_terms); room_id: the waiting room before the sale now; 0: none */
#define BOOKING_LINE_ROW(F)                                                                                            \
	F(order_id, order_id) F(i64, line) F(i64, seat_idx) F(section_id, section_id) F(grade_id, grade_id) F(str, label) \
	F(i64, grade_ord) F(str, grade) F(i64, price) F(i64, fee) F(time, cancelled_at)
DB_ROW(booking_line, BOOKING_LINE_ROW)

/* ---- loading (NULL: none).  By code and person for the buyer's pages; by id for the machinery. */
struct err *booking_order_of(struct db *db, struct arena *a, const char *code, struct person_id person, struct booking_order **ret);
struct err *booking_order_by_code(struct db *db, struct arena *a, const char *code, struct booking_order **ret);
struct err *booking_order_by_id(struct db *db, struct arena *a, struct order_id id, struct booking_order **ret);
struct err *booking_lines(struct db *db, struct arena *a, struct order_id id, struct booking_line **ret, size_t *ret_n);

/* ---- hold.  All or nothing.  Seats by idx, and/or n places of standing sections.
 * Errors with user texts: ERR_CONFLICT a seat is taken (ret->taken) or a standing area is full, ERR_LIMIT over the person's
 * limit, ERR_INVALID no such seat or nothing chosen, ERR_GONE sale not open, or the pass has ended.  ERR_RETRY: the sale is no
 * longer what p says, which may be a second old; load it afresh.  A repeated idem_key returns the first order.
 * pass: of the waiting room (queue_check), which the hold uses; 0: none is needed. */
struct booking_want { const int64_t *seats; size_t n_seats; struct section_id section; int standing; int64_t pass; };
struct booking_hold { struct order_id order; const char *code; bool taken; };
struct err *booking_hold(struct db *db, struct arena *a, const struct show_performance *p, struct person_id person,
    bool guest, const struct booking_want *want, const char *idem_key, const char *lang, int64_t now,
    struct booking_hold *ret);
/* Once per order, while the hold lives; ERR_GONE otherwise. */
struct err *booking_extend(struct db *db, struct order_id id, struct person_id person, int64_t now);
/* The buyer gives the hold back (or it is cancelled before payment): pending → cancelled, claims gone. */
struct err *booking_release(struct db *db, struct order_id id, struct person_id person, const char *why, int64_t now);

/* ---- called by pay within its transaction ---- */
enum booking_outcome {
	BOOKING_PAID,      /* order paid, claims sold, tickets issued */
	BOOKING_WAS_PAID,  /* it was paid already (a repeated report of the same payment is the caller's to know) */
	BOOKING_LOST       /* too late: the seats are gone, or the event is cancelled; give the money back */
};
/* The money is captured: completes the order; an expired one first tries the same seats again. */
struct err *booking_complete(struct db *db, struct order_id id, int64_t now, enum booking_outcome *ret);
/* A virtual account was issued: pending → awaiting_deposit, claims and order until due. ERR_GONE when the hold is over. */
struct err *booking_await_deposit(struct db *db, struct order_id id, int64_t due_at, int64_t now);
/* While the buyer is at the provider: the hold lives at least until `until` (never shortened).  ERR_GONE: over. */
struct err *booking_keep_alive(struct db *db, struct order_id id, int64_t until, int64_t now);
struct err *booking_keep_in(struct db *db, struct arena *a, struct order_id id, int64_t until, int64_t now); /* within the caller's transaction */
/* Cancels paid lines: tickets void, claims gone, order → partly_cancelled | cancelled.  ERR_CONFLICT when a ticket was
 * used or a line is cancelled already. */
struct err *booking_cancel_lines(struct db *db, struct order_id id, const int64_t *lines, size_t n, int64_t refunded,
    const char *why, int64_t now);

/* After commit: counts of this performance shall be taken anew, and the live rows delivered. Best effort. */
void booking_changed(struct performance_id p);

/* ---- jobs ---- */
/* Expires orders whose deadline has passed (≤ max); claims are deleted with them.  ret_n: how many.  An order that cannot be
 * closed is an error afterwards: it does not keep the others open. */
struct err *booking_expire_due(struct db *db, int64_t now, int max, int *ret_n);
/* Cancels unpaid orders (pending, awaiting_deposit) of a cancelled performance, ≤ max. */
struct err *booking_cancel_unpaid(struct db *db, struct performance_id p, const char *why, int64_t now, int max, int *ret_n);

#endif
