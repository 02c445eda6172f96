/* The hold: claims are inserted all or none; the unique keys of `claim` decide who was first. */
#include "booking/booking.h"
#include "booking/lately.h"
#include "booking/rules.h"
#include "booking/store.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "ext/crypto.h"
#include "queue/queue.h"
#include "venue/venue.h"

#include <stdlib.h>
#include <string.h>

/* ---- what is wanted, and what stands in the way -------------------------------------------------------------------- */
/* One look tells the wanted seats with whoever has them, what this person has here already, and that the sale is still
 * what the caller knows of it, which may be a second old. */
enum { A_SEAT, AN_OWN_CLAIM, THE_SALE };
#define LOOK_ROW(F)                                                                                                    \
	F(i64, kind) F(i64, idx) F(section_id, section_id) F(str, section) F(str, row_label) F(str, label) F(grade_id, grade_id) \
	F(i64, price) F(i64, slot) F(person_id, person_id) F(order_id, order_id) F(time, expires_at)
DB_ROW(look_row, LOOK_ROW)
#define LOOK_AT_REST                                                                                                   \
	"SELECT 1 AS kind, seat_idx AS idx, 0 AS section_id, '' AS section, '' AS row_label, '' AS label, 0 AS grade_id, 0 AS price," \
	" slot, person_id, order_id, expires_at FROM claim WHERE performance_id = ? AND person_id = ?"                   \
	" UNION ALL SELECT 2, 0, 0, '', '', '', 0, 0, 0, 0, 0, NULL FROM performance p JOIN shows s ON s.id = p.show_id" \
	" WHERE p.id = ? AND p.state <> 'cancelled' AND s.state = 'published' AND p.hall_id = ? AND COALESCE(p.room_id, 0) = ?" \
	" AND p.starts_at = ? AND p.booking_closes_at = ? AND s.booking_open_at = ? AND s.ticket_limit = ? AND s.fee_per_ticket = ?" \
	" AND " SHOW_REFUND_GRID_SQL " = ?"
DB_QUERY(look_at_seats, look_row,
    "SELECT 0 AS kind, s.idx, s.section_id, c.name AS section, s.row_label, s.label, g.grade_id, p.price, k.slot, k.person_id, k.order_id,"
    " k.expires_at FROM seat s JOIN section c ON c.id = s.section_id"
    " JOIN section_grade g ON g.show_id = ? AND g.section_id = s.section_id"
    " JOIN price_grade p ON p.id = g.grade_id"
    " LEFT JOIN claim k ON k.performance_id = ? AND k.seat_idx = s.idx"
    " WHERE s.hall_id = ? AND s.idx IN ({?})"
    " UNION ALL " LOOK_AT_REST)
DB_QUERY(look_at_rest, look_row, LOOK_AT_REST) /* where no seat is wanted */
#define STANDING_ROW(F) F(section_id, section_id) F(i64, ord) F(str, section) F(grade_id, grade_id) F(i64, price)
DB_ROW(standing_row, STANDING_ROW)
DB_QUERY_F(offer_standing, standing_row, DB_MEMO,
    "SELECT c.id AS section_id, c.ord, c.name AS section, g.grade_id, p.price"
    " FROM section c JOIN section_grade g ON g.show_id = ? AND g.section_id = c.id"
    " JOIN price_grade p ON p.id = g.grade_id"
    " WHERE c.id = ? AND c.hall_id = ? AND c.kind = 'standing'")
#define STRIPE_ROW(F) F(i64, stripe) F(i64, left_over)
DB_ROW(stripe_row, STRIPE_ROW)
#define STRIPES_SQL "SELECT stripe, capacity - taken AS left_over FROM stock_stripe WHERE performance_id = ? AND section_id = ?"
DB_QUERY(stripes_left, stripe_row, STRIPES_SQL)
DB_QUERY_F(stripes_lately, stripe_row, DB_MEMO, STRIPES_SQL) /* a hint where there may be room: the UPDATE decides */
#define CODE_ROW(F) F(order_id, id) F(str, code)
DB_ROW(code_row, CODE_ROW)
DB_QUERY(order_of_key, code_row, "SELECT id, code FROM orders WHERE person_id = ? AND idem_key = ?")

DB_EXEC(order_insert,
    "INSERT INTO orders (code, person_id, performance_id, idem_key, expires_at, tickets, subtotal, fee, total, refund_grid_id, lang, created_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
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
	struct standing_row *standing;
	struct stripe_row *stripes;   /* where there was room lately; NULL: to be asked for */
	size_t n_stripes;
	int64_t used_slots[BOOKING_MAX_TICKETS * 2];
	size_t n_used;
	bool own_in_way;              /* this person has claims here already */
	struct order_id order;
};

static struct err *check_amount(struct hold_try *t)
{
	const struct booking_want *w = t->want;
	size_t total = w->n_seats + (size_t)(w->standing > 0 ? w->standing : 0);
	if (total == 0)
		return err_user(err_new(ERR_INVALID, "nothing chosen"), N_("Choose at least one seat."));
	if (total > BOOKING_MAX_TICKETS || (int64_t)total > t->p->ticket_limit)
		return err_user(err_new(ERR_LIMIT, "%zu places wanted", total),
		    N_("That is more tickets than one person may book for this performance."));
	return NULL;
}

static struct err *find_standing(struct db *db, struct hold_try *t)
{
	if (t->want->standing <= 0)
		return NULL;
	TRY(offer_standing_one(db, t->a, &t->standing, DB_ARGS(t->p->show_id.v, t->want->section.v, t->p->hall_id.v)));
	if (!t->standing)
		return err_user(err_new(ERR_INVALID, "no such standing section"),
		    N_("This standing area is not offered for this performance."));
	return stripes_lately_all(db, t->a, &t->stripes, &t->n_stripes, DB_ARGS(t->p->id.v, t->standing->section_id.v));
}

static int by_seat(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	return (x->idx > y->idx) - (x->idx < y->idx);
}

/* The places to be booked, in the order in which everybody locks them: seats by their number, then standing ones. */
static struct err *fill_places(struct hold_try *t, const struct look_row *rows, size_t n)
{
	t->n = 0;
	for (size_t i = 0; i < n && t->n < t->want->n_seats; i++)
		if (rows[i].kind == A_SEAT)
			t->place[t->n++] = (struct place){ rows[i].idx, 0, rows[i].section_id, rows[i].grade_id,
				venue_seat_label(t->a, t->lang, rows[i].section, rows[i].row_label, rows[i].label), rows[i].price };
	if (t->n != t->want->n_seats)
		return err_user(err_new(ERR_INVALID, "%zu of %zu seats are on offer", t->n, t->want->n_seats),
		    N_("One of these seats is not offered for this performance. Choose from the seat map."));
	qsort(t->place, t->n, sizeof *t->place, by_seat);
	for (int i = 0; i < t->want->standing; i++)
		t->place[t->n++] = (struct place){ -1, 0, t->standing->section_id, t->standing->grade_id, t->standing->section, t->standing->price };
	return NULL;
}

/* A claim that was looked at: a dead one is expired, a living one of the person's uses a slot; *ret: it lives. */
static struct err *meet_claim(struct db *db, struct hold_try *t, const struct look_row *k, bool *ret)
{
	*ret = false;
	if (!k->person_id.v)
		return NULL;
	if (k->expires_at && k->expires_at + BOOKING_GRACE_US < t->now)
		return booking_expire_order(db, k->order_id, t->now);
	*ret = true;
	if (k->person_id.v != t->person.v)
		return NULL;
	t->own_in_way = true;
	if (k->kind == AN_OWN_CLAIM && t->n_used < ARRAY_LEN(t->used_slots))
		t->used_slots[t->n_used++] = k->slot;
	return NULL;
}

static struct err *ask(struct db *db, struct hold_try *t, struct look_row **ret, size_t *ret_n)
{
	const struct show_performance *p = t->p;
	size_t n = t->want->n_seats;
	struct db_arg rest[] = { DB_ARG(p->id.v), DB_ARG(t->person.v), DB_ARG(p->id.v), DB_ARG(p->hall_id.v), DB_ARG(p->room_id),
		db_time(p->starts_at), db_time(p->booking_closes_at), db_time(p->booking_open_at), DB_ARG(p->ticket_limit),
		DB_ARG(p->fee_per_ticket), DB_ARG(p->refund_grid_id) };
	if (n == 0)
		return look_at_rest_all(db, t->a, ret, ret_n, rest, ARRAY_LEN(rest));
	struct db_arg args[3 + BOOKING_MAX_TICKETS + ARRAY_LEN(rest)] = { DB_ARG(p->show_id.v), DB_ARG(p->id.v), DB_ARG(p->hall_id.v) };
	for (size_t i = 0; i < n; i++)
		args[3 + i] = DB_ARG(t->want->seats[i]);
	for (size_t i = 0; i < ARRAY_LEN(rest); i++)
		args[3 + n + i] = rest[i];
	return look_at_seats_in(db, t->a, ret, ret_n, n, args, 3 + n + ARRAY_LEN(rest));
}

/* What stands in the way: living claims of others, or too many of one's own. */
static struct err *look(struct db *db, struct hold_try *t, bool *ret_in_way)
{
	struct look_row *rows;
	size_t n, n_taken = 0;
	TRY(ask(db, t, &rows, &n));
	bool same_sale = false;
	for (size_t i = 0; i < n; i++)
		same_sale |= rows[i].kind == THE_SALE;
	if (!same_sale)
		return err_new(ERR_RETRY, "the sale has been changed meanwhile");
	TRY(fill_places(t, rows, n));
	t->n_used = 0;
	t->own_in_way = false;
	for (size_t i = 0; i < n; i++) {
		bool lives;
		TRY(meet_claim(db, t, &rows[i], &lives));
		if (lives && rows[i].kind == A_SEAT) {
			n_taken++;
			lately_note(t->p->id, rows[i].idx, rows[i].person_id, rows[i].expires_at, t->now);
		}
	}
	*ret_in_way = true;
	if (n_taken > 0)
		return err_user(err_new(ERR_CONFLICT, "%zu seats taken", n_taken),
		    N_("Somebody was quicker: a seat you chose has just been taken. Nothing was held; please choose again."));
	int64_t slots[BOOKING_MAX_TICKETS];
	if (!booking_slots_pick(t->used_slots, t->n_used, t->p->ticket_limit, t->n, slots))
		return err_user(err_new(ERR_LIMIT, "person limit"),
		    N_("With these you would have more tickets for this performance than one person may book."));
	for (size_t i = 0; i < t->n; i++)
		t->place[i].slot = slots[i];
	*ret_in_way = false;
	return NULL;
}

static struct err *take_standing(struct db *db, struct hold_try *t)
{
	struct stripe_row *rows = t->stripes;
	size_t n = t->n_stripes;
	bool hint = rows != NULL;
	if (!hint)
		TRY(stripes_left_all(db, t->a, &rows, &n, DB_ARGS(t->p->id.v, t->standing->section_id.v)));
	t->stripes = NULL; /* run once more, the transaction wants to know it exactly */
	struct stripe_left *left = arena_array(t->a, struct stripe_left, n + 1);
	for (size_t i = 0; i < n; i++)
		left[i] = (struct stripe_left){ rows[i].stripe, rows[i].left_over };
	struct stripe_take takes[BOOKING_MAX_TICKETS];
	size_t n_takes = n ? booking_stripes_pick(left, n, crypto_uniform((uint32_t)n), t->want->standing, takes) : 0;
	if (n_takes == 0 && hint)
		return err_new(ERR_RETRY, "no stripe had room a moment ago");
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
	const struct show_performance *p = t->p;
	TRY(order_insert_run(db, NULL, DB_ARGS(t->code, t->person.v, p->id.v, t->idem_key, db_time(t->expires_at), (int64_t)t->n, subtotal,
	    fee, subtotal + fee, p->refund_grid_id, t->lang, db_time(t->now))));
	t->order = (struct order_id){ db_last_id(db) };
	if (t->want->pass)
		TRY(queue_pass_use(db, t->want->pass, t->person, t->expires_at, t->now));
	if (t->want->standing > 0)
		TRY(take_standing(db, t));
	struct db_arg args[ARGS_MAX];
	size_t n = 0;
	for (size_t i = 0; i < t->n; i++) {
		struct place *x = &t->place[i];
		struct db_arg row[] = { DB_ARG(p->id.v), DB_ARG(x->idx), DB_ARG(t->person.v), DB_ARG(x->slot),
			DB_ARG(x->grade.v), DB_ARG(t->order.v), db_time(t->expires_at) };
		for (size_t k = 0; k < ARRAY_LEN(row); k++)
			args[n++] = row[k];
	}
	TRY(claim_insert_many(db, NULL, t->n, args, n));
	n = 0;
	for (size_t i = 0; i < t->n; i++) {
		struct place *x = &t->place[i];
		struct db_arg row[] = { DB_ARG(t->order.v), DB_ARG((int64_t)i + 1), DB_ARG(x->idx), DB_ARG(x->section.v),
			DB_ARG(x->grade.v), DB_ARG(x->label), DB_ARG(x->price), DB_ARG(t->fee) };
		for (size_t k = 0; k < ARRAY_LEN(row); k++)
			args[n++] = row[k];
	}
	TRY(line_insert_many(db, NULL, t->n, args, n));
	int64_t idx[BOOKING_MAX_TICKETS];
	for (size_t i = 0; i < t->n; i++)
		idx[i] = t->place[i].idx;
	return booking_tell_seats(db, t->a, p->id, BOOKING_SEAT_HELD, idx, t->n);
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

/* After commit. */
static void held(const struct hold_try *t)
{
	for (size_t i = 0; i < t->n; i++)
		lately_note(t->p->id, t->place[i].idx, t->person, t->expires_at, t->now);
	booking_changed(t->p->id);
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
	TRY(check_amount(t));
	TRY(find_standing(db, t));
	/* A lost race shows as a duplicate key; the next look tells which one it was.  Three looks are plenty: the winner's
	 * claim is visible by then. */
	for (int n = 0; n < 3; n++) {
		bool in_way = false;
		t->code = crypto_code(a, 10);
		struct err *e = look(db, t, &in_way);
		if (!e)
			e = db_tx(db, hold_tx, t);
		if (!e) {
			held(t);
			*ret = (struct booking_hold){ .order = t->order, .code = t->code };
			return NULL;
		}
		if (!in_way && !err_is(e, ERR_DUPLICATE))
			return e;
		ret->taken = in_way && err_is(e, ERR_CONFLICT);
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
