/* The hold: claims are inserted all or none; the unique keys of `claim` decide who was first. */
#include "booking/booking.h"
#include "booking/rules.h"
#include "booking/store.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "ext/crypto.h"
#include "queue/queue.h"
#include "venue/venue.h"

#include <assert.h>

/* ---- what is wanted --------------------------------------------------------------------------------------------- */
#define OFFER_ROW(F) F(i64, idx) F(section_id, section_id) F(str, section) F(str, row_label) F(str, label) F(grade_id, grade_id) F(i64, price)
DB_ROW(offer_row, OFFER_ROW)
DB_QUERY_F(offer_seats, offer_row, DB_STALE_OK,
    "SELECT s.idx, s.section_id, c.name AS section, s.row_label, s.label, g.grade_id, p.price"
    " FROM seat s JOIN section c ON c.id = s.section_id"
    " JOIN section_grade g ON g.show_id = ? AND g.section_id = s.section_id"
    " JOIN price_grade p ON p.id = g.grade_id"
    " WHERE s.hall_id = ? AND s.idx IN ({?}) ORDER BY s.idx")
#define STANDING_ROW(F) F(section_id, section_id) F(i64, ord) F(str, section) F(grade_id, grade_id) F(i64, price)
DB_ROW(standing_row, STANDING_ROW)
DB_QUERY_F(offer_standing, standing_row, DB_STALE_OK,
    "SELECT c.id AS section_id, c.ord, c.name AS section, g.grade_id, p.price"
    " FROM section c JOIN section_grade g ON g.show_id = ? AND g.section_id = c.id"
    " JOIN price_grade p ON p.id = g.grade_id"
    " WHERE c.id = ? AND c.hall_id = ? AND c.kind = 'standing'")

/* ---- what stands in the way --------------------------------------------------------------------------------------- */
#define BLOCK_ROW(F) F(i64, seat_idx) F(i64, slot) F(i64, person_id) F(i64, order_id) F(time, expires_at)
DB_ROW(block_row, BLOCK_ROW)
DB_QUERY(claims_in_way, block_row,
    "SELECT seat_idx, slot, person_id, order_id, expires_at FROM claim WHERE performance_id = ? AND person_id = ?"
    " UNION SELECT seat_idx, slot, person_id, order_id, expires_at FROM claim"
    " WHERE performance_id = ? AND seat_idx IN ({?})")
#define STRIPE_ROW(F) F(i64, stripe) F(i64, left_over)
DB_ROW(stripe_row, STRIPE_ROW)
DB_QUERY(stripes_left, stripe_row,
    "SELECT stripe, capacity - taken AS left_over FROM stock_stripe WHERE performance_id = ? AND section_id = ?")
#define CODE_ROW(F) F(order_id, id) F(str, code)
DB_ROW(code_row, CODE_ROW)
DB_QUERY(order_of_key, code_row, "SELECT id, code FROM orders WHERE person_id = ? AND idem_key = ?")

DB_EXEC(order_insert,
    "INSERT INTO orders (code, person_id, performance_id, idem_key, expires_at, tickets, subtotal, fee, total, lang, created_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
DB_EXEC(claim_insert,
    "INSERT INTO claim (performance_id, seat_idx, person_id, slot, grade_id, order_id, expires_at)"
    " VALUES {(?, ?, ?, ?, ?, ?, ?)}")
DB_EXEC(line_insert,
    "INSERT INTO order_line (order_id, line, seat_idx, section_id, grade_id, label, price, fee)"
    " VALUES {(?, ?, ?, ?, ?, ?, ?, ?)}")
DB_EXEC(stripe_take,
    "UPDATE stock_stripe SET issued = LAST_INSERT_ID(issued + ?), taken = taken + ?"
    " WHERE performance_id = ? AND section_id = ? AND stripe = ? AND taken + ? <= capacity")

enum { ARGS_MAX = BOOKING_MAX_TICKETS * 8 + 8 };

/* One place to be booked. */
struct place { int64_t idx, slot; struct section_id section; struct grade_id grade; const char *label; int64_t price; };

struct hold_try {
	struct arena *a;
	const struct show_performance *p;
	struct person_id person;
	const struct booking_want *want;
	const char *idem_key, *lang, *code;
	int64_t now, expires_at, fee;
	struct place place[BOOKING_MAX_TICKETS];
	size_t n;                     /* seats first, then standing places */
	const struct standing_row *standing;
	int64_t used_slots[BOOKING_MAX_TICKETS * 2];
	size_t n_used;
	bool own_in_way;              /* this person has claims here already */
	struct order_id order;
};

static struct err *wanted_places(struct db *db, struct hold_try *t)
{
	const struct booking_want *w = t->want;
	size_t total = w->n_seats + (size_t)(w->standing > 0 ? w->standing : 0);
	if (total == 0)
		return err_user(err_new(ERR_INVALID, "nothing chosen"), N_("Choose at least one seat."));
	if (total > BOOKING_MAX_TICKETS || (int64_t)total > t->p->ticket_limit)
		return err_user(err_new(ERR_LIMIT, "%zu places wanted", total),
		    N_("That is more tickets than one person may book for this performance."));
	if (w->n_seats > 0) {
		struct db_arg args[BOOKING_MAX_TICKETS + 2] = { DB_ARG(t->p->show_id.v), DB_ARG(t->p->hall_id.v) };
		for (size_t i = 0; i < w->n_seats; i++)
			args[2 + i] = DB_ARG(w->seats[i]);
		struct offer_row *rows;
		size_t n;
		TRY(offer_seats_in(db, t->a, &rows, &n, w->n_seats, args, 2 + w->n_seats));
		if (n != w->n_seats)
			return err_user(err_new(ERR_INVALID, "%zu of %zu seats are on offer", n, w->n_seats),
			    N_("One of these seats is not offered for this performance. Choose from the seat map."));
		for (size_t i = 0; i < n; i++)
			t->place[t->n++] = (struct place){ rows[i].idx, 0, rows[i].section_id, rows[i].grade_id,
				venue_seat_label(t->a, t->lang, rows[i].section, rows[i].row_label, rows[i].label),
				rows[i].price };
	}
	if (w->standing > 0) {
		struct standing_row *row;
		TRY(offer_standing_one(db, t->a, &row, DB_ARGS(t->p->show_id.v, w->section.v, t->p->hall_id.v)));
		if (!row)
			return err_user(err_new(ERR_INVALID, "no such standing section"),
			    N_("This standing area is not offered for this performance."));
		t->standing = row;
		for (int i = 0; i < w->standing; i++)
			t->place[t->n++] = (struct place){ -1, 0, row->section_id, row->grade_id, row->section, row->price };
	}
	return NULL;
}

/* Looks at the claims that stand in the way: dead ones are expired, living ones of others are a conflict. */
static struct err *clear_way(struct db *db, struct hold_try *t, struct booking_hold *ret)
{
	struct db_arg args[BOOKING_MAX_TICKETS + 4] = { DB_ARG(t->p->id.v), DB_ARG(t->person.v), DB_ARG(t->p->id.v) };
	size_t seats = t->want->n_seats;
	for (size_t i = 0; i < seats; i++)
		args[3 + i] = DB_ARG(t->place[i].idx);
	if (seats == 0)
		args[3] = DB_ARG(-1);
	struct block_row *rows;
	size_t n;
	TRY(claims_in_way_in(db, t->a, &rows, &n, seats ? seats : 1, args, 3 + (seats ? seats : 1)));
	struct buf names;
	buf_init(&names, t->a);
	int64_t *taken = arena_array(t->a, int64_t, n + 1);
	size_t n_taken = 0;
	t->n_used = 0;
	t->own_in_way = false;
	for (size_t i = 0; i < n; i++) {
		if (rows[i].expires_at && rows[i].expires_at + BOOKING_GRACE_US < t->now) {
			TRY(booking_expire_order(db, (struct order_id){ rows[i].order_id }, t->now));
			continue;
		}
		t->own_in_way |= rows[i].person_id == t->person.v;
		if (rows[i].person_id == t->person.v && t->n_used < ARRAY_LEN(t->used_slots))
			t->used_slots[t->n_used++] = rows[i].slot;
		for (size_t k = 0; k < seats; k++) {
			if (rows[i].seat_idx != t->place[k].idx)
				continue;
			buf_printf(&names, "%s%s", n_taken ? " / " : "", t->place[k].label);
			taken[n_taken++] = rows[i].seat_idx;
		}
	}
	if (n_taken > 0) {
		ret->taken = taken;
		ret->n_taken = n_taken;
		ret->taken_names = buf_cstr(&names);
		return err_user(err_new(ERR_CONFLICT, "%zu seats taken", n_taken),
		    N_("Somebody was quicker: a seat you chose has just been taken. Nothing was held; please choose again."));
	}
	int64_t slots[BOOKING_MAX_TICKETS];
	if (!booking_slots_pick(t->used_slots, t->n_used, t->p->ticket_limit, t->n, slots))
		return err_user(err_new(ERR_LIMIT, "person limit"),
		    N_("With these you would have more tickets for this performance than one person may book."));
	for (size_t i = 0; i < t->n; i++)
		t->place[i].slot = slots[i];
	return NULL;
}

static struct err *take_standing(struct db *db, struct hold_try *t)
{
	struct stripe_row *rows;
	size_t n;
	TRY(stripes_left_all(db, t->a, &rows, &n, DB_ARGS(t->p->id.v, t->standing->section_id.v)));
	struct stripe_left *left = arena_array(t->a, struct stripe_left, n + 1);
	for (size_t i = 0; i < n; i++)
		left[i] = (struct stripe_left){ rows[i].stripe, rows[i].left_over };
	struct stripe_take takes[BOOKING_MAX_TICKETS];
	size_t n_takes = n ? booking_stripes_pick(left, n, crypto_uniform((uint32_t)n), t->want->standing, takes) : 0;
	if (n_takes == 0)
		return err_user(err_new(ERR_CONFLICT, "standing area full"),
		    N_("This standing area has no room left for so many. Nothing was held."));
	size_t at = t->want->n_seats;
	for (size_t i = 0; i < n_takes; i++) {
		int64_t changed;
		TRY(stripe_take_run(db, &changed, DB_ARGS(takes[i].n, takes[i].n, t->p->id.v, t->standing->section_id.v,
		    takes[i].stripe, takes[i].n)));
		if (changed == 0)
			return err_new(ERR_RETRY, "stripe emptied meanwhile");
		int64_t serial = db_last_id(db) - takes[i].n;
		for (int64_t k = 0; k < takes[i].n; k++)
			t->place[at++].idx = booking_standing_idx(t->standing->ord, takes[i].stripe, serial + k);
	}
	return NULL;
}

static struct err *hold_tx(struct db *db, void *ctx)
{
	struct hold_try *t = ctx;
	int64_t subtotal = 0, fee = t->fee * (int64_t)t->n;
	for (size_t i = 0; i < t->n; i++)
		subtotal += t->place[i].price;
	TRY(order_insert_run(db, NULL, DB_ARGS(t->code, t->person.v, t->p->id.v, t->idem_key, db_time(t->expires_at),
	    (int64_t)t->n, subtotal, fee, subtotal + fee, t->lang, db_time(t->now))));
	t->order = (struct order_id){ db_last_id(db) };
	if (t->want->pass)
		TRY(queue_pass_use(db, t->want->pass, t->person, t->expires_at, t->now));
	if (t->want->standing > 0)
		TRY(take_standing(db, t));
	struct db_arg args[ARGS_MAX];
	size_t n = 0;
	for (size_t i = 0; i < t->n; i++) {
		struct place *p = &t->place[i];
		struct db_arg row[] = { DB_ARG(t->p->id.v), DB_ARG(p->idx), DB_ARG(t->person.v), DB_ARG(p->slot),
			DB_ARG(p->grade.v), DB_ARG(t->order.v), db_time(t->expires_at) };
		for (size_t k = 0; k < ARRAY_LEN(row); k++)
			args[n++] = row[k];
	}
	TRY(claim_insert_many(db, NULL, t->n, args, n));
	n = 0;
	for (size_t i = 0; i < t->n; i++) {
		struct place *p = &t->place[i];
		struct db_arg row[] = { DB_ARG(t->order.v), DB_ARG((int64_t)i + 1), DB_ARG(p->idx), DB_ARG(p->section.v),
			DB_ARG(p->grade.v), DB_ARG(p->label), DB_ARG(p->price), DB_ARG(t->fee) };
		for (size_t k = 0; k < ARRAY_LEN(row); k++)
			args[n++] = row[k];
	}
	TRY(line_insert_many(db, NULL, t->n, args, n));
	int64_t idx[BOOKING_MAX_TICKETS];
	for (size_t i = 0; i < t->n; i++)
		idx[i] = t->place[i].idx;
	return booking_tell_seats(db, t->a, t->p->id, BOOKING_SEAT_HELD, idx, t->n);
}

static struct err *found_by_key(struct db *db, struct hold_try *t, struct booking_hold *ret, bool *ret_found)
{
	struct code_row *row;
	TRY(order_of_key_one(db, t->a, &row, DB_ARGS(t->person.v, t->idem_key)));
	*ret_found = row != NULL;
	if (row)
		*ret = (struct booking_hold){ .order = row->id, .code = row->code };
	return NULL;
}

struct err *booking_hold(struct db *db, struct arena *a, const struct show_performance *p, struct person_id person,
    bool guest, const struct booking_want *want, const char *idem_key, const char *lang, int64_t now,
    struct booking_hold *ret)
{
	enum show_sale sale = show_sale_state(p, now);
	if (sale != SALE_OPEN)
		return err_user(err_new(ERR_GONE, "sale state %d", (int)sale), "%s", show_sale_text(sale));
	if (guest && want->n_seats + (size_t)want->standing > 1)
		return err_user(err_new(ERR_LIMIT, "guest wants more than one"),
		    N_("As a guest you can book one ticket at a time. Sign up to book more."));
	struct hold_try *t = arena_one(a, struct hold_try);
	*t = (struct hold_try){ .a = a, .p = p, .person = person, .want = want, .idem_key = idem_key, .lang = lang,
		.now = now, .expires_at = now + conf()->hold_seconds * US_SECOND, .fee = p->fee_per_ticket };
	TRY(wanted_places(db, t));
	/* A lost race shows as a duplicate key; the next look tells which one it was.  Three looks are plenty: the winner's
	 * claim is visible by then. */
	for (int look = 0; look < 3; look++) {
		t->code = crypto_code(a, 10);
		struct err *e = clear_way(db, t, ret);
		bool in_way = e != NULL;
		if (!e)
			e = db_tx(db, hold_tx, t);
		if (!e) {
			*ret = (struct booking_hold){ .order = t->order, .code = t->code };
			booking_changed(p->id);
			return NULL;
		}
		if (!in_way && !err_is(e, ERR_DUPLICATE))
			return e;
		/* What stands in the way may be this very form, sent twice. */
		bool found = false;
		struct err *look_failed = in_way && !t->own_in_way ? NULL : found_by_key(db, t, ret, &found);
		if (look_failed || found || !in_way) {
			err_free(e);
			e = look_failed;
		}
		if (e || found)
			return e;
	}
	return err_user(err_new(ERR_CONFLICT, "lost three races"),
	    N_("Very many people are choosing seats right now. Nothing was held; please choose again."));
}
