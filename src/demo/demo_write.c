/* Orders as they look after their story: order, lines, claims, tickets, scans, attempt, refund, ledger and the sandbox's
 * own books, hundreds at a time.  Ids are given out here, so that no row waits for another's. */
#include "demo/demo_sale.h"

#include "base/clock.h"
#include "show/show.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

DB_EXEC(write_orders,
    "INSERT INTO orders (id, code, person_id, performance_id, idem_key, state, expires_at, tickets, subtotal, fee, total,"
    " refunded, contact_name, contact_email, contact_phone, created_at, paid_at, closed_at, closed_why, refund_grid_id)"
    " VALUES {(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)}")
DB_EXEC(write_claims,
    "INSERT INTO claim (performance_id, seat_idx, person_id, slot, grade_id, order_id, state, expires_at)"
    " VALUES {(?, ?, ?, ?, ?, ?, ?, ?)}")
DB_EXEC(write_lines,
    "INSERT INTO order_line (order_id, line, seat_idx, section_id, grade_id, label, price, fee, cancelled_at)"
    " VALUES {(?, ?, ?, ?, ?, ?, ?, ?, ?)}")
DB_EXEC(write_tickets,
    "INSERT INTO ticket (id, code, order_id, line, performance_id, holder, state, issued_at, used_at, used_by, void_at)"
    " VALUES {(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)}")
DB_EXEC(write_scans, "INSERT INTO gate_scan (performance_id, ticket_id, at, by_whom, result) VALUES {(?, ?, ?, ?, 'entered')}")
DB_EXEC(write_attempts,
    "INSERT INTO pay_attempt (id, order_id, provider, provider_order, payment_key, idem_key, method, amount, refunded, state,"
    " secret, account_bank, account_number, account_due_at, created_at, updated_at, next_check_at)"
    " VALUES {(?, ?, 'sandbox', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)}")
DB_EXEC(write_refunds,
    "INSERT INTO pay_refund (id, order_id, attempt_id, amount, kept, reason, idem_key, state, provider_key, tries, created_at, done_at)"
    " VALUES {(?, ?, ?, ?, ?, ?, ?, 'done', ?, 1, ?, ?)}")
DB_EXEC(write_refund_lines, "INSERT INTO refund_line (refund_id, order_id, line, amount, kept) VALUES {(?, ?, ?, ?, ?)}")
DB_EXEC(write_ledger_txs, "INSERT INTO ledger_tx (id, kind, ref, order_id, at) VALUES {(?, ?, ?, ?, ?)}")
DB_EXEC(write_ledger_entries, "INSERT INTO ledger_entry (tx_id, line, account, amount) VALUES {(?, ?, ?, ?)}")
DB_EXEC(write_sandbox,
    "INSERT INTO sandbox_payment (payment_key, order_ref, order_name, method, status, amount, balance, secret, account_number,"
    " due_at, requested_at, approved_at) VALUES {(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)}")
DB_EXEC(write_sandbox_cancels,
    "INSERT INTO sandbox_cancel (payment_key, n, amount, reason, transaction_key, at) VALUES {(?, 1, ?, ?, ?, ?)}")

#define TOP_ROW(F) F(i64, grid) F(i64, top_order) F(i64, top_ticket) F(i64, top_attempt) F(i64, top_refund) F(i64, top_ledger)
DB_ROW(top_row, TOP_ROW)
DB_QUERY(top_ids, top_row,
    "SELECT (SELECT id FROM refund_grid WHERE is_default = 1) AS grid, (SELECT COALESCE(MAX(id), 0) FROM orders) AS top_order, (SELECT COALESCE(MAX(id), 0) FROM ticket) AS top_ticket,"
    " (SELECT COALESCE(MAX(id), 0) FROM pay_attempt) AS top_attempt, (SELECT COALESCE(MAX(id), 0) FROM pay_refund) AS top_refund,"
    " (SELECT COALESCE(MAX(id), 0) FROM ledger_tx) AS top_ledger")

typedef struct err *write_many(struct db *db, int64_t *ret_changed, size_t n, const struct db_arg *args, size_t n_args);
/* In the order in which foreign keys want them. */
enum { T_ORDERS, T_CLAIMS, T_LINES, T_TICKETS, T_SCANS, T_ATTEMPTS, T_REFUNDS, T_REFUND_LINES, T_LEDGER, T_ENTRIES, T_SANDBOX,
	T_SANDBOX_CANCELS, TABLES };
static const struct { write_many *run; size_t columns; } kinds[TABLES] = {
	[T_ORDERS] = { write_orders_many, 20 }, [T_CLAIMS] = { write_claims_many, 8 }, [T_LINES] = { write_lines_many, 9 },
	[T_TICKETS] = { write_tickets_many, 11 }, [T_SCANS] = { write_scans_many, 4 }, [T_ATTEMPTS] = { write_attempts_many, 16 },
	[T_REFUNDS] = { write_refunds_many, 10 }, [T_REFUND_LINES] = { write_refund_lines_many, 5 },
	[T_LEDGER] = { write_ledger_txs_many, 5 }, [T_ENTRIES] = { write_ledger_entries_many, 4 },
	[T_SANDBOX] = { write_sandbox_many, 12 }, [T_SANDBOX_CANCELS] = { write_sandbox_cancels_many, 5 },
};

enum { ORDERS_PER_FLUSH = 500, ROWS_MAX = ORDERS_PER_FLUSH * 20, ROWS_PER_INSERT = 100 };
struct table { struct db_arg *args; size_t rows; };
struct demo_writer {
	struct demo *d;
	struct arena *keep, *a;      /* a: texts of the rows that wait */
	struct table tables[TABLES];
	struct demo_order *waiting;
	size_t n_waiting, room;
	int64_t order, ticket, attempt, refund, ledger, grid; /* grid: the house's; its terms, and those of musicals */
	struct refund_grid terms, musical_terms;
};

struct demo_writer *demo_writer_new(struct demo *d)
{
	struct arena *keep = arena_new((size_t)512 << 20);
	struct demo_writer *w = arena_one(keep, struct demo_writer);
	w->d = d;
	w->keep = keep;
	w->a = arena_new((size_t)32 << 20);
	for (size_t i = 0; i < TABLES; i++)
		w->tables[i].args = arena_array(keep, struct db_arg, (i == T_ORDERS ? ORDERS_PER_FLUSH : ROWS_MAX) * kinds[i].columns);
	return w;
}

void demo_writer_free(struct demo_writer *w)
{
	if (!w)
		return;
	arena_free(w->a);
	arena_free(w->keep);
}

struct err *demo_write_begin(struct demo_writer *w)
{
	struct top_row *top;
	TRY(top_ids_one(w->d->db, w->a, &top, DB_NO_ARGS));
	w->grid = top->grid;
	TRY(show_refund_grid(w->d->db, w->keep, w->grid, &w->terms));
	if (w->d->musical_grid)
		TRY(show_refund_grid(w->d->db, w->keep, w->d->musical_grid, &w->musical_terms));
	w->order = top->top_order;
	w->ticket = top->top_ticket;
	w->attempt = top->top_attempt;
	w->refund = top->top_refund;
	w->ledger = top->top_ledger;
	return NULL;
}

/* ---- rows ------------------------------------------------------------------------------------------------------------- */
static void add_row(struct demo_writer *w, int table, const struct db_arg *args, size_t n)
{
	struct table *t = &w->tables[table];
	assert(n == kinds[table].columns && t->rows < ROWS_MAX);
	for (size_t i = 0; i < n; i++)
		t->args[t->rows * n + i] = args[i];
	t->rows++;
}
#define ADD(w, table, ...) add_row((w), (table), DB_ARGS(__VA_ARGS__))

static struct err *flush_tx(struct db *db, void *ctx)
{
	struct demo_writer *w = ctx;
	for (size_t i = 0; i < TABLES; i++) {
		const struct table *t = &w->tables[i];
		size_t columns = kinds[i].columns;
		for (size_t at = 0; at < t->rows; at += ROWS_PER_INSERT) {
			size_t n = t->rows - at < ROWS_PER_INSERT ? t->rows - at : ROWS_PER_INSERT;
			TRY(kinds[i].run(db, NULL, n, t->args + at * columns, n * columns));
		}
	}
	return NULL;
}

static struct err *flush(struct demo_writer *w)
{
	TRY(db_tx(w->d->db, flush_tx, w));
	for (size_t i = 0; i < TABLES; i++)
		w->tables[i].rows = 0;
	arena_reset(w->a);
	return NULL;
}

/* ---- one order -------------------------------------------------------------------------------------------------------- */
struct story {
	const struct demo_order *o;
	int64_t subtotal, fee, total, paid_at, closed_at, deposit_due, back, kept, back_price, back_fee;
	int permille;                /* of a price, kept when it is given back */
	size_t first_back;           /* places from here on were given back */
	const char *code, *ref, *key, *state, *method;
};

static const char *const states[] = { [DEMO_PAID] = "paid", [DEMO_CANCELLED] = "cancelled", [DEMO_CALLED_OFF] = "cancelled",
	[DEMO_EXPIRED] = "expired", [DEMO_DEPOSIT] = "awaiting_deposit", [DEMO_PART] = "partly_cancelled" };

static bool was_paid(const struct story *s)
{
	return s->o->end != DEMO_EXPIRED && s->o->end != DEMO_DEPOSIT;
}

static bool gave_back(const struct story *s, size_t place)
{
	return place >= s->first_back;
}

struct back { int64_t amount, kept, fee; }; /* fee: of the amount, the booking fee */
static struct back back_of(const struct story *s, size_t place)
{
	int64_t price = s->o->places[place].price;
	if (s->o->end == DEMO_CALLED_OFF)
		return (struct back){ price + s->o->fee, 0, s->o->fee };
	int64_t kept = price * s->permille / 1000;
	return (struct back){ price - kept, kept, 0 };
}

static void tell_story(struct demo_writer *w, const struct demo_order *o, struct story *s)
{
	struct demo *d = w->d;
	*s = (struct story){ .o = o, .state = states[o->end], .first_back = o->n };
	for (size_t i = 0; i < o->n; i++)
		s->subtotal += o->places[i].price;
	s->fee = o->fee * (int64_t)o->n;
	s->total = s->subtotal + s->fee;
	if (was_paid(s))
		s->paid_at = o->created_at + (20 + demo_below(d, 300)) * US_SECOND;
	if (o->end == DEMO_CANCELLED || o->end == DEMO_CALLED_OFF)
		s->first_back = 0;
	if (o->end == DEMO_PART)
		s->first_back = o->n - 1;
	if (s->first_back < o->n) {
		int64_t last = o->starts_at < d->now ? o->starts_at : d->now;
		s->closed_at = s->paid_at + US_HOUR + demo_below(d, 60) * US_HOUR;
		s->closed_at = s->closed_at < last ? s->closed_at : s->paid_at + US_SECOND;
		s->permille = show_refund_permille(o->grid ? &w->musical_terms : &w->terms, s->paid_at, o->starts_at, s->closed_at);
	}
	for (size_t i = s->first_back; i < o->n; i++) {
		struct back b = back_of(s, i);
		s->back += b.amount;
		s->kept += b.kept;
		s->back_price += o->places[i].price;
		s->back_fee += b.fee;
	}
	if (o->end == DEMO_EXPIRED)
		s->closed_at = o->created_at + 8 * US_MINUTE;
	if (o->end == DEMO_DEPOSIT)
		s->deposit_due = clock_day_start(clock_day(o->created_at + US_DAY)) + US_DAY - US_SECOND;
	s->code = demo_code(d, w->a, 10);
	s->ref = arena_printf(w->a, "%s-%s", s->code, demo_code(d, w->a, 6));
	s->key = arena_printf(w->a, "sandbox_%s", demo_code(d, w->a, 24));
	s->method = o->end == DEMO_DEPOSIT ? "virtual_account" : demo_chance(d, 700) ? "card" : "easy_pay";
}

static void add_places(struct demo_writer *w, const struct story *s)
{
	const struct demo_order *o = s->o;
	struct demo *d = w->d;
	for (size_t i = 0; i < o->n; i++) {
		const struct demo_place *p = &o->places[i];
		int64_t line = (int64_t)i + 1;
		bool back = gave_back(s, i);
		ADD(w, T_LINES, w->order, line, p->idx, p->section, p->grade, p->label, p->price, o->fee, db_time(back ? s->closed_at : 0));
		if (!back && o->end != DEMO_EXPIRED)
			ADD(w, T_CLAIMS, o->performance, p->idx, o->person, line, p->grade, w->order, s->deposit_due ? "held" : "sold",
			    db_time(s->deposit_due));
		if (!was_paid(s))
			continue;
		bool used = !back && demo_chance(d, o->entered_permille);
		int64_t at = 0;
		if (used && o->starts_at > d->now)
			at = d->now - demo_below(d, 20) * US_MINUTE - US_SECOND;
		else if (used)
			at = o->starts_at - (2 + demo_below(d, 75)) * US_MINUTE;
		const char *gate = used ? arena_printf(w->a, "%d번 게이트", (int)(1 + demo_below(d, 3))) : "";
		ADD(w, T_TICKETS, ++w->ticket, demo_code(d, w->a, 16), w->order, line, o->performance, o->name,
		    back ? "void" : used ? "used" : "issued", db_time(s->paid_at), db_time(at), gate, db_time(back ? s->closed_at : 0));
		if (used)
			ADD(w, T_SCANS, o->performance, w->ticket, db_time(at), gate);
		d->tickets++;
	}
}

/* One balanced transaction; entries of 0 are left out. */
struct posting { const char *account; int64_t amount; };
static void post(struct demo_writer *w, const char *kind, const char *ref, int64_t at, const struct posting *p, size_t n)
{
	int64_t line = 0;
	ADD(w, T_LEDGER, ++w->ledger, kind, ref, w->order, db_time(at));
	for (size_t i = 0; i < n; i++)
		if (p[i].amount)
			ADD(w, T_ENTRIES, w->ledger, ++line, p[i].account, p[i].amount);
}

static void add_refund(struct demo_writer *w, const struct story *s, const char *organizer)
{
	const struct demo_order *o = s->o;
	struct arena *a = w->a;
	const char *reason = o->end == DEMO_CALLED_OFF ? DEMO_CANCEL_REASON : "buyer";
	const char *provider_key = arena_printf(a, "txrd_%s", demo_code(w->d, a, 20));
	ADD(w, T_REFUNDS, ++w->refund, w->order, w->attempt, s->back, s->kept, reason, demo_uuid(w->d, a), provider_key,
	    db_time(s->closed_at), db_time(s->closed_at + 2 * US_SECOND));
	for (size_t i = s->first_back; i < o->n; i++) {
		struct back b = back_of(s, i);
		ADD(w, T_REFUND_LINES, w->refund, w->order, (int64_t)i + 1, b.amount, b.kept);
	}
	const struct posting lines[] = { { organizer, s->back_price }, { "fee:booking", s->back_fee },
		{ arena_printf(a, "fee:cancellation:%" PRId64, o->organizer), -s->kept }, { "provider:sandbox", -s->back } };
	post(w, "refund", arena_printf(a, "refund:%" PRId64, w->refund), s->closed_at + 2 * US_SECOND, lines, ARRAY_LEN(lines));
	ADD(w, T_SANDBOX_CANCELS, s->key, s->back, reason, provider_key, db_time(s->closed_at + US_SECOND));
}

static void add_payment(struct demo_writer *w, const struct story *s)
{
	const struct demo_order *o = s->o;
	struct arena *a = w->a;
	bool waits = o->end == DEMO_DEPOSIT;
	int64_t asked_at = o->created_at + 15 * US_SECOND, answered_at = waits ? asked_at + 3 * US_SECOND : s->paid_at;
	const char *secret = arena_printf(a, "ps_%s", demo_code(w->d, a, 20));
	const char *account = waits ? arena_printf(a, "790%011" PRId64, demo_below(w->d, INT64_C(99999999999))) : "";
	ADD(w, T_ATTEMPTS, ++w->attempt, w->order, s->ref, s->key, demo_uuid(w->d, a), s->method,
	    s->total, s->back, waits ? "waiting_deposit" : "done", secret, waits ? "20" : "", account, db_time(s->deposit_due),
	    db_time(asked_at), db_time(answered_at), db_time(s->deposit_due));
	const char *status = waits ? "WAITING_FOR_DEPOSIT" : s->back == s->total ? "CANCELED" : s->back ? "PARTIAL_CANCELED" : "DONE";
	ADD(w, T_SANDBOX, s->key, s->ref, o->title, s->method, status, s->total, s->total - s->back, secret, account,
	    db_time(s->deposit_due), db_time(asked_at), db_time(waits ? 0 : answered_at));
	if (waits)
		return;
	const char *organizer = arena_printf(a, "organizer:%" PRId64, o->organizer);
	const struct posting lines[] = { { "provider:sandbox", s->total }, { organizer, -s->subtotal }, { "fee:booking", -s->fee } };
	post(w, "capture", arena_printf(a, "attempt:%" PRId64, w->attempt), answered_at, lines, ARRAY_LEN(lines));
	if (s->back)
		add_refund(w, s, organizer);
}

static struct err *write_order(struct demo_writer *w, const struct demo_order *o)
{
	struct story s;
	assert(o->n >= 1 && o->n <= 20);
	if (w->tables[T_ORDERS].rows == ORDERS_PER_FLUSH)
		TRY(flush(w));
	tell_story(w, o, &s);
	const char *why = o->end == DEMO_EXPIRED ? "deadline" : o->end == DEMO_CALLED_OFF ? DEMO_CANCEL_REASON
	    : s.closed_at ? "buyer" : "";
	ADD(w, T_ORDERS, ++w->order, s.code, o->person, o->performance, demo_uuid(w->d, w->a), s.state,
	    db_time(o->end == DEMO_EXPIRED ? s.closed_at : s.deposit_due), (int64_t)o->n, s.subtotal, s.fee, s.total, s.back, o->name,
	    o->email, arena_printf(w->a, "010-%04d-%04d", (int)(1000 + o->person % 9000), (int)(o->person * 7919 % 10000)),
	    db_time(o->created_at), db_time(s.paid_at), db_time(o->end == DEMO_PART ? 0 : s.closed_at), why,
	    o->grid ? o->grid : w->grid);
	add_places(w, &s);
	if (o->end != DEMO_EXPIRED)
		add_payment(w, &s);
	w->d->orders++;
	return NULL;
}

/* ---- all of them, in the order in which they were made ------------------------------------------------------------------ */
void demo_write(struct demo_writer *w, const struct demo_order *o)
{
	if (w->n_waiting == w->room) {
		size_t room = w->room ? w->room * 4 : 4096;
		struct demo_order *more = arena_array(w->keep, struct demo_order, room);
		for (size_t i = 0; i < w->n_waiting; i++)
			more[i] = w->waiting[i];
		w->waiting = more;
		w->room = room;
	}
	w->waiting[w->n_waiting++] = *o;
}

static int earlier(const void *a, const void *b)
{
	const struct demo_order *x = a, *y = b;
	return x->created_at != y->created_at ? (x->created_at > y->created_at) - (x->created_at < y->created_at)
	    : (x->person > y->person) - (x->person < y->person);
}

struct err *demo_write_end(struct demo_writer *w)
{
	if (w->n_waiting)
		qsort(w->waiting, w->n_waiting, sizeof w->waiting[0], earlier);
	for (size_t i = 0; i < w->n_waiting; i++)
		TRY(write_order(w, &w->waiting[i]));
	w->n_waiting = 0;
	return flush(w);
}
