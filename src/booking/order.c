/* The life of an order after its hold.  Every transition is one conditional statement; whoever changed the row won. The
 * order's row is locked first, its claims after it, so that two transitions of one order never wait for each other. */
#include "booking/booking.h"
#include "booking/lately.h"
#include "booking/rules.h"
#include "booking/store.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "proc/outbox.h"
#include "queue/queue.h"
#include "ticket/ticket.h"
#include "venue/venue.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

/* ---- loading ------------------------------------------------------------------------------------------------------ */
#define ORDER_COLUMNS                                                                                                  \
	"SELECT id, code, person_id, performance_id, state, expires_at, extended, tickets, subtotal, fee, discount, total," \
	" refunded, contact_name, contact_email, contact_phone, refund_grid_id, lang, created_at, paid_at, closed_at, closed_why," \
	" (SELECT room_id FROM performance p WHERE p.id = orders.performance_id) AS room_id FROM orders "
DB_QUERY(order_of, booking_order, ORDER_COLUMNS "WHERE code = ? AND person_id = ?")
DB_QUERY(order_by_code, booking_order, ORDER_COLUMNS "WHERE code = ?")
DB_QUERY(order_by_id, booking_order, ORDER_COLUMNS "WHERE id = ?")
DB_QUERY(order_lines, booking_line,
    "SELECT l.order_id, l.line, l.seat_idx, l.section_id, l.grade_id, l.label, p.ord AS grade_ord, p.code AS grade, l.price,"
    " l.fee, l.cancelled_at FROM order_line l JOIN price_grade p ON p.id = l.grade_id WHERE l.order_id = ? ORDER BY l.line")

#define LOCK_ROW(F) F(str, state) F(performance_id, performance_id)
DB_ROW(lock_row, LOCK_ROW)
DB_QUERY(order_lock, lock_row, "SELECT state, performance_id FROM orders WHERE id = ? FOR UPDATE")

struct err *booking_order_of(struct db *db, struct arena *a, const char *code, struct person_id person,
    struct booking_order **ret)
{
	return order_of_one(db, a, ret, DB_ARGS(code, person.v));
}

struct err *booking_order_by_code(struct db *db, struct arena *a, const char *code, struct booking_order **ret)
{
	return order_by_code_one(db, a, ret, DB_ARGS(code));
}

struct err *booking_order_by_id(struct db *db, struct arena *a, struct order_id id, struct booking_order **ret)
{
	return order_by_id_one(db, a, ret, DB_ARGS(id.v));
}

struct err *booking_lines(struct db *db, struct arena *a, struct order_id id, struct booking_line **ret, size_t *ret_n)
{
	return order_lines_all(db, a, ret, ret_n, DB_ARGS(id.v));
}

/* ---- telling others ----------------------------------------------------------------------------------------------- */
struct err *booking_tell_seats(struct db *db, struct arena *a, struct performance_id p, enum booking_seat state,
    const int64_t *idx, size_t n)
{
	struct buf b;
	buf_init(&b, a);
	buf_printf(&b, "{\"channel\":\"perf:%" PRId64 "\",\"data\":{\"s\":%d,\"i\":[", p.v, (int)state);
	size_t seats = 0;
	for (size_t i = 0; i < n; i++)
		if (idx[i] < SEAT_STANDING_BASE)
			buf_printf(&b, "%s%" PRId64, seats++ ? "," : "", idx[i]);
	if (seats == 0)
		return NULL;
	if (state == BOOKING_SEAT_FREE)
		lately_forget(p, idx, n);
	buf_str(&b, "]}}");
	return outbox_add(db, "live", arena_printf(a, "perf:%" PRId64, p.v), NULL, buf_cstr(&b), 0);
}

void booking_changed(struct performance_id p)
{
	show_counts_stale(p);
	outbox_wake();
}

/* ---- claims given back --------------------------------------------------------------------------------------------- */
#define HELD_ROW(F) F(i64, seat_idx) F(performance_id, performance_id)
DB_ROW(held_row, HELD_ROW)
DB_QUERY(claims_of_order, held_row, "SELECT seat_idx, performance_id FROM claim WHERE order_id = ? ORDER BY seat_idx")
DB_EXEC(claims_delete, "DELETE FROM claim WHERE order_id = ?")
DB_EXEC(claims_delete_some, "DELETE FROM claim WHERE performance_id = ? AND order_id = ? AND seat_idx IN ({?})")
DB_EXEC(stripe_give_back,
    "UPDATE stock_stripe t JOIN section c ON c.id = t.section_id SET t.taken = t.taken - 1"
    " WHERE t.performance_id = ? AND c.ord = ? AND c.hall_id = (SELECT hall_id FROM performance WHERE id = ?)"
    " AND t.stripe = ?")

static struct err *stripes_give_back(struct db *db, struct performance_id p, const int64_t *idx, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int64_t ord, stripe;
		if (booking_standing_parts(idx[i], &ord, &stripe))
			TRY(stripe_give_back_run(db, NULL, DB_ARGS(p.v, ord, p.v, stripe)));
	}
	return NULL;
}

/* Deletes the claims of an order that has just been closed by its conditional statement. */
static struct err *claims_give_back(struct db *db, struct arena *a, struct order_id id, struct performance_id *ret_performance)
{
	struct held_row *rows;
	size_t n;
	TRY(claims_of_order_all(db, a, &rows, &n, DB_ARGS(id.v)));
	if (n == 0)
		return NULL;
	int64_t *idx = arena_array(a, int64_t, n);
	for (size_t i = 0; i < n; i++)
		idx[i] = rows[i].seat_idx;
	*ret_performance = rows[0].performance_id;
	TRY(claims_delete_run(db, NULL, DB_ARGS(id.v)));
	TRY(stripes_give_back(db, rows[0].performance_id, idx, n));
	return booking_tell_seats(db, a, rows[0].performance_id, BOOKING_SEAT_FREE, idx, n);
}

/* A deposit's last word is the provider's: its orders expire ten minutes late, so that the sweeper has asked. */
#define DEPOSIT_GRACE_US (10 * US_MINUTE)

/* ---- closing an unpaid order ---------------------------------------------------------------------------------------- */
DB_EXEC(order_expire,
    "UPDATE orders SET state = 'expired', closed_at = ?, closed_why = 'deadline' WHERE id = ?"
    " AND state IN ('pending', 'awaiting_deposit') AND expires_at < ?")
DB_EXEC(order_release,
    "UPDATE orders SET state = 'cancelled', closed_at = ?, closed_why = ? WHERE id = ? AND person_id = ?"
    " AND state = 'pending'")

struct close_ctx {
	struct arena *a;
	struct order_id id;
	struct person_id person;
	const char *why;
	int64_t now;
	bool closed;
	struct performance_id performance; /* of the claims that were given back */
};

static struct err *expire_tx(struct db *db, void *ctx)
{
	struct close_ctx *c = ctx;
	int64_t changed;
	TRY(order_expire_run(db, &changed, DB_ARGS(db_time(c->now), c->id.v, db_time(c->now - BOOKING_GRACE_US))));
	c->closed = changed == 1;
	return c->closed ? claims_give_back(db, c->a, c->id, &c->performance) : NULL;
}

static struct err *release_tx(struct db *db, void *ctx)
{
	struct close_ctx *c = ctx;
	int64_t changed;
	TRY(order_release_run(db, &changed, DB_ARGS(db_time(c->now), c->why, c->id.v, c->person.v)));
	c->closed = changed == 1;
	return c->closed ? claims_give_back(db, c->a, c->id, &c->performance) : NULL;
}

struct err *booking_expire_order(struct db *db, struct order_id id, int64_t now)
{
	struct arena *a = arena_new(1 << 20);
	struct close_ctx c = { .a = a, .id = id, .now = now };
	struct err *e = db_tx(db, expire_tx, &c);
	arena_free(a);
	return e;
}

struct err *booking_release(struct db *db, struct order_id id, struct person_id person, const char *why, int64_t now)
{
	struct arena *a = arena_new(1 << 20);
	struct close_ctx c = { .a = a, .id = id, .person = person, .why = why, .now = now };
	struct err *e = db_tx(db, release_tx, &c);
	arena_free(a);
	if (!e && !c.closed)
		return err_user(err_new(ERR_GONE, "order %" PRId64 " is not pending", id.v),
		    N_("This hold is already over."));
	if (!e)
		booking_changed(c.performance);
	return e;
}

/* An order that cannot be closed does not keep the others open: of several errors the first is told to the caller.  False: the
 * database is away, the others cannot be closed either. */
static bool keep_first(struct err **first, struct err *e)
{
	bool away = err_is(e, ERR_UNAVAILABLE) || err_is(e, ERR_TIMEOUT);
	if (*first)
		log_err(LOG_ERROR, "another order could not be closed", e);
	else
		*first = e;
	return !away;
}

#define DUE_ROW(F) F(order_id, id) F(performance_id, performance_id)
DB_ROW(due_row, DUE_ROW)
DB_QUERY(orders_due, due_row,
    "SELECT id, performance_id FROM orders WHERE state = 'pending' AND expires_at < ?"
    " UNION ALL SELECT id, performance_id FROM orders WHERE state = 'awaiting_deposit' AND expires_at < ? LIMIT ?")

struct err *booking_expire_due(struct db *db, int64_t now, int max, int *ret_n)
{
	struct arena *a = arena_new(1 << 22);
	struct due_row *rows;
	size_t n = 0;
	struct err *e = orders_due_all(db, a, &rows, &n,
	    DB_ARGS(db_time(now - BOOKING_GRACE_US), db_time(now - DEPOSIT_GRACE_US), max));
	bool on = !e;
	for (size_t i = 0; on && i < n; i++) {
		struct err *one = booking_expire_order(db, rows[i].id, now);
		if (!one)
			booking_changed(rows[i].performance_id);
		on = keep_first(&e, one);
	}
	arena_free(a);
	if (!e)
		*ret_n = (int)n;
	return e;
}

DB_QUERY(orders_unpaid, due_row,
    "SELECT id, performance_id FROM orders WHERE performance_id = ? AND state IN ('pending', 'awaiting_deposit') LIMIT ?")
DB_EXEC(order_call_off,
    "UPDATE orders SET state = 'cancelled', closed_at = ?, closed_why = ? WHERE id = ? AND state IN ('pending', 'awaiting_deposit')")

static struct err *call_off_tx(struct db *db, void *ctx)
{
	struct close_ctx *c = ctx;
	int64_t changed;
	TRY(order_call_off_run(db, &changed, DB_ARGS(db_time(c->now), c->why, c->id.v)));
	return changed == 1 ? claims_give_back(db, c->a, c->id, &c->performance) : NULL;
}

struct err *booking_cancel_unpaid(struct db *db, struct performance_id p, const char *why, int64_t now, int max, int *ret_n)
{
	struct arena *a = arena_new(1 << 22);
	struct due_row *rows;
	size_t n = 0;
	struct err *e = orders_unpaid_all(db, a, &rows, &n, DB_ARGS(p.v, max));
	bool on = !e;
	for (size_t i = 0; on && i < n; i++) {
		struct close_ctx c = { .a = a, .id = rows[i].id, .why = why, .now = now };
		on = keep_first(&e, db_tx(db, call_off_tx, &c));
	}
	arena_free(a);
	if (!e)
		*ret_n = (int)n;
	return e;
}

/* ---- deadlines ------------------------------------------------------------------------------------------------------ */
DB_EXEC(order_extend,
    "UPDATE orders SET expires_at = ?, extended = 1 WHERE id = ? AND person_id = ? AND state = 'pending'"
    " AND extended = 0 AND expires_at = ? AND expires_at > ?")
DB_EXEC(order_keep,
    "UPDATE orders SET expires_at = GREATEST(expires_at, ?) WHERE id = ? AND state = 'pending' AND expires_at > ?")
DB_EXEC(order_await,
    "UPDATE orders SET state = 'awaiting_deposit', expires_at = ? WHERE id = ? AND state = 'pending'")
DB_EXEC(claims_until, "UPDATE claim SET expires_at = ? WHERE order_id = ? AND state = 'held'")
DB_EXEC(claims_follow,
    "UPDATE claim c JOIN orders o ON o.id = c.order_id SET c.expires_at = o.expires_at WHERE c.order_id = ? AND c.state = 'held'")

struct deadline_ctx { struct arena *a; struct order_id id; struct person_id person; int64_t until, now; };

static struct err *gone(struct order_id id)
{
	return err_user(err_new(ERR_GONE, "order %" PRId64 ": the hold is over", id.v),
	    N_("The time for these seats is over and they are free for others again. Please choose anew."));
}

static struct err *extend_tx(struct db *db, void *ctx)
{
	struct deadline_ctx *c = ctx;
	struct booking_order *o;
	TRY(order_by_id_one(db, c->a, &o, DB_ARGS(c->id.v)));
	if (!o || o->expires_at <= c->now)
		return gone(c->id);
	int64_t until = booking_extended(o->expires_at, o->extended, c->now, conf()->hold_extend_seconds * US_SECOND);
	if (!until)
		return err_user(err_new(ERR_CONFLICT, "extended before"), N_("The time can be extended only once."));
	int64_t changed;
	TRY(order_extend_run(db, &changed, DB_ARGS(db_time(until), c->id.v, c->person.v, db_time(o->expires_at), db_time(c->now))));
	return changed == 1 ? claims_until_run(db, NULL, DB_ARGS(db_time(until), c->id.v)) : gone(c->id);
}

static struct err *keep_tx(struct db *db, void *ctx)
{
	struct deadline_ctx *c = ctx;
	int64_t changed;
	/* An unchanged deadline counts as no change: look whether the order is alive instead. */
	TRY(order_keep_run(db, &changed, DB_ARGS(db_time(c->until), c->id.v, db_time(c->now))));
	if (changed == 1)
		return claims_follow_run(db, NULL, DB_ARGS(c->id.v));
	struct booking_order *o;
	TRY(order_by_id_one(db, c->a, &o, DB_ARGS(c->id.v)));
	return o && str_eq(o->state, "pending") && o->expires_at > c->now ? NULL : gone(c->id);
}

static struct err *await_tx(struct db *db, void *ctx)
{
	struct deadline_ctx *c = ctx;
	int64_t changed;
	TRY(order_await_run(db, &changed, DB_ARGS(db_time(c->until), c->id.v)));
	/* The claims outlive the order's deadline, so that nobody takes them while the sweeper still asks. */
	return changed == 1 ? claims_until_run(db, NULL, DB_ARGS(db_time(c->until + DEPOSIT_GRACE_US), c->id.v)) : gone(c->id);
}

struct err *booking_extend(struct db *db, struct order_id id, struct person_id person, int64_t now)
{
	struct arena *a = arena_new(1 << 16);
	struct deadline_ctx c = { .a = a, .id = id, .person = person, .now = now };
	struct err *e = db_tx(db, extend_tx, &c);
	arena_free(a);
	return e;
}

struct err *booking_keep_alive(struct db *db, struct order_id id, int64_t until, int64_t now)
{
	struct arena *a = arena_new(1 << 16);
	struct deadline_ctx c = { .a = a, .id = id, .until = until, .now = now };
	struct err *e = db_tx(db, keep_tx, &c);
	arena_free(a);
	return e;
}

struct err *booking_keep_in(struct db *db, struct arena *a, struct order_id id, int64_t until, int64_t now)
{
	struct deadline_ctx c = { .a = a, .id = id, .until = until, .now = now };
	return keep_tx(db, &c);
}

struct err *booking_await_deposit(struct db *db, struct order_id id, int64_t due_at, int64_t now)
{
	struct deadline_ctx c = { .id = id, .until = due_at, .now = now };
	return await_tx(db, &c);
}

/* ---- paid ------------------------------------------------------------------------------------------------------------- */
DB_EXEC(order_paid,
    "UPDATE orders SET state = 'paid', paid_at = ?, expires_at = NULL WHERE id = ? AND state IN ('pending', 'awaiting_deposit')")
DB_EXEC(order_revive,
    "UPDATE orders SET state = 'paid', paid_at = ?, expires_at = NULL, closed_at = NULL, closed_why = '' WHERE id = ?"
    " AND state IN ('expired', 'cancelled') AND paid_at IS NULL")
DB_EXEC(claims_sold, "UPDATE claim SET state = 'sold', expires_at = NULL WHERE order_id = ? AND state = 'held'")
DB_EXEC(claim_again,
    "INSERT INTO claim (performance_id, seat_idx, person_id, slot, grade_id, order_id, state) VALUES {(?, ?, ?, ?, ?, ?, 'sold')}")
DB_EXEC(stripe_take_again,
    "UPDATE stock_stripe t JOIN section c ON c.id = t.section_id SET t.taken = t.taken + 1"
    " WHERE t.performance_id = ? AND c.ord = ? AND c.hall_id = (SELECT hall_id FROM performance WHERE id = ?)"
    " AND t.stripe = ? AND t.taken < t.capacity")
#define SLOT_ROW(F) F(i64, slot)
DB_ROW(slot_row, SLOT_ROW)
DB_QUERY(slots_used, slot_row, "SELECT slot FROM claim WHERE performance_id = ? AND person_id = ?")

#define SOLD_ROW(F)                                                                                                    \
	F(i64, line) F(i64, seat_idx) F(grade_id, grade_id) F(performance_id, performance_id) F(person_id, person_id)   \
	F(i64, tickets) F(str, holder) F(time, paid_at) F(i64, room_id)
DB_ROW(sold_row, SOLD_ROW)
DB_QUERY(lines_sold, sold_row,
    "SELECT l.line, l.seat_idx, l.grade_id, o.performance_id, o.person_id, o.tickets, o.contact_name AS holder, o.paid_at,"
    " p.room_id FROM orders o JOIN order_line l ON l.order_id = o.id JOIN performance p ON p.id = o.performance_id WHERE o.id = ? ORDER BY l.line")

/* What an order bought: its lines, with what all of them have in common. */
struct sold { struct arena *a; struct order_id id; const struct sold_row *lines; size_t n; int64_t now; };

/* The money came after the hold was gone: the same places once more, if they are free and the event still sells.
 * ret_got false: they are not. */
static struct err *claim_same_again(struct db *db, const struct sold *s, bool *ret_got)
{
	*ret_got = false;
	struct show_performance *p;
	struct performance_id performance = s->lines->performance_id;
	TRY(show_performance_load(db, s->a, performance, true, &p));
	if (!p || show_sale_state(p, s->now) != SALE_OPEN)
		return NULL;
	struct slot_row *rows;
	size_t n_rows;
	TRY(slots_used_all(db, s->a, &rows, &n_rows, DB_ARGS(performance.v, s->lines->person_id.v)));
	int64_t *used = arena_array(s->a, int64_t, n_rows + 1), slots[BOOKING_MAX_TICKETS];
	for (size_t i = 0; i < n_rows; i++)
		used[i] = rows[i].slot;
	if (s->n > BOOKING_MAX_TICKETS || !booking_slots_pick(used, n_rows, p->ticket_limit, s->n, slots))
		return NULL;
	struct db_arg args[BOOKING_MAX_TICKETS * 6];
	size_t k = 0;
	for (size_t i = 0; i < s->n; i++) {
		args[k++] = DB_ARG(performance.v);
		args[k++] = DB_ARG(s->lines[i].seat_idx);
		args[k++] = DB_ARG(s->lines[i].person_id.v);
		args[k++] = DB_ARG(slots[i]);
		args[k++] = DB_ARG(s->lines[i].grade_id.v);
		args[k++] = DB_ARG(s->id.v);
	}
	struct err *e = claim_again_many(db, NULL, s->n, args, k);
	if (err_is(e, ERR_DUPLICATE)) { /* a failed statement changes nothing; the transaction goes on */
		err_free(e);
		return NULL;
	}
	TRY(e);
	for (size_t i = 0; i < s->n; i++) {
		int64_t ord, stripe, changed;
		if (!booking_standing_parts(s->lines[i].seat_idx, &ord, &stripe))
			continue;
		TRY(stripe_take_again_run(db, &changed, DB_ARGS(performance.v, ord, performance.v, stripe)));
		if (changed == 0) { /* full: give back what this loop took */
			for (size_t b = 0; b < i; b++)
				TRY(stripes_give_back(db, performance, &s->lines[b].seat_idx, 1));
			return claims_delete_run(db, NULL, DB_ARGS(s->id.v));
		}
	}
	*ret_got = true;
	return NULL;
}

/* The order was not waiting for money: paid before, or over, and then its seats may be had again.  ret_got: they were. */
static struct err *complete_late(struct db *db, const struct sold *s, bool *ret_got, enum booking_outcome *ret)
{
	struct lock_row *lock;
	TRY(order_lock_one(db, s->a, &lock, DB_ARGS(s->id.v)));
	*ret_got = false;
	if (s->lines->paid_at || !(str_eq(lock->state, "expired") || str_eq(lock->state, "cancelled"))) {
		*ret = BOOKING_WAS_PAID;
		return NULL;
	}
	TRY(claim_same_again(db, s, ret_got));
	*ret = *ret_got ? BOOKING_PAID : BOOKING_LOST;
	return *ret_got ? order_revive_run(db, NULL, DB_ARGS(db_time(s->now), s->id.v)) : NULL;
}

static struct err *complete(struct db *db, struct sold *s, enum booking_outcome *ret)
{
	int64_t changed;
	TRY(order_paid_run(db, &changed, DB_ARGS(db_time(s->now), s->id.v)));
	bool in_time = changed == 1;
	struct sold_row *lines;
	TRY(lines_sold_all(db, s->a, &lines, &s->n, DB_ARGS(s->id.v)));
	if (s->n == 0)
		return err_new(ERR_NOT_FOUND, "order %" PRId64, s->id.v);
	s->lines = lines;
	if (in_time) {
		TRY(claims_sold_run(db, &changed, DB_ARGS(s->id.v)));
		assert(changed == lines->tickets); /* claims go only together with the order's state */
		*ret = BOOKING_PAID;
	} else {
		bool got;
		TRY(complete_late(db, s, &got, ret));
		if (!got)
			return NULL;
	}
	int64_t *line = arena_array(s->a, int64_t, s->n), *idx = arena_array(s->a, int64_t, s->n);
	for (size_t i = 0; i < s->n; i++) {
		line[i] = lines[i].line;
		idx[i] = lines[i].seat_idx;
	}
	TRY(ticket_issue(db, s->a, s->id, lines->performance_id, lines->holder, line, s->n, s->now));
	if (lines->room_id)
		TRY(queue_pass_done(db, lines->room_id, lines->person_id, s->now));
	return booking_tell_seats(db, s->a, lines->performance_id, BOOKING_SEAT_SOLD, idx, s->n);
}

struct err *booking_complete(struct db *db, struct order_id id, int64_t now, enum booking_outcome *ret)
{
	struct arena *a = arena_new(1 << 20);
	struct sold s = { .a = a, .id = id, .now = now };
	struct err *e = complete(db, &s, ret);
	arena_free(a);
	return e;
}

/* ---- cancelled after payment --------------------------------------------------------------------------------------- */
DB_EXEC(lines_cancel, "UPDATE order_line SET cancelled_at = ? WHERE order_id = ? AND cancelled_at IS NULL AND line IN ({?})")
DB_EXEC(order_cancelled,
    "UPDATE orders SET refunded = refunded + ?, closed_why = ?,"
    " closed_at = IF((SELECT COUNT(*) FROM order_line l WHERE l.order_id = ? AND l.cancelled_at IS NULL) = 0, ?, NULL),"
    " state = IF(closed_at IS NULL, 'partly_cancelled', 'cancelled')"
    " WHERE id = ? AND state IN ('paid', 'partly_cancelled')")

static struct err *cancel_lines(struct db *db, struct arena *a, struct order_id id, const int64_t *lines, size_t n,
    int64_t refunded, const char *why, int64_t now)
{
	struct lock_row *o;
	TRY(order_lock_one(db, a, &o, DB_ARGS(id.v)));
	if (!o || n == 0 || (!str_eq(o->state, "paid") && !str_eq(o->state, "partly_cancelled")))
		return err_user(err_new(ERR_CONFLICT, "order %" PRId64 " cannot be cancelled", id.v),
		    N_("This order cannot be cancelled any more."));
	struct booking_line *all;
	size_t n_all;
	TRY(booking_lines(db, a, id, &all, &n_all));
	struct db_arg *args = arena_array(a, struct db_arg, n + 2);
	args[0] = db_time(now);
	args[1] = DB_ARG(id.v);
	for (size_t i = 0; i < n; i++)
		args[2 + i] = DB_ARG(lines[i]);
	int64_t changed;
	TRY(lines_cancel_many(db, &changed, n, args, n + 2));
	if (changed != (int64_t)n)
		return err_user(err_new(ERR_CONFLICT, "a line was cancelled before"),
		    N_("One of these tickets was cancelled already. Look at the order again."));
	TRY(ticket_void(db, id, lines, n, now));
	int64_t *idx = arena_array(a, int64_t, n);
	size_t n_idx = 0;
	for (size_t i = 0; i < n_all; i++)
		for (size_t k = 0; k < n; k++)
			if (all[i].line == lines[k])
				idx[n_idx++] = all[i].seat_idx;
	args[0] = DB_ARG(o->performance_id.v);
	args[1] = DB_ARG(id.v);
	for (size_t i = 0; i < n_idx; i++)
		args[2 + i] = DB_ARG(idx[i]);
	TRY(claims_delete_some_many(db, NULL, n_idx, args, n_idx + 2));
	TRY(stripes_give_back(db, o->performance_id, idx, n_idx));
	TRY(order_cancelled_run(db, NULL, DB_ARGS(refunded, why, id.v, db_time(now), id.v)));
	return booking_tell_seats(db, a, o->performance_id, BOOKING_SEAT_FREE, idx, n_idx);
}

struct err *booking_cancel_lines(struct db *db, struct order_id id, const int64_t *lines, size_t n, int64_t refunded,
    const char *why, int64_t now)
{
	struct arena *a = arena_new(1 << 20);
	struct err *e = cancel_lines(db, a, id, lines, n, refunded, why, now);
	arena_free(a);
	return e;
}
