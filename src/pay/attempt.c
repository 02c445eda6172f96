/* Attempts and their settlement.  pay_settle is the only place where money changes an order: the success page, the
 * webhook and the sweeper all end here, in any order and any number of times. */
#include "pay/pay.h"
#include "pay/refund.h"
#include "pay/rules.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/conf.h"
#include "ext/crypto.h"
#include "ledger/ledger.h"
#include "notify/notify.h"
#include "proc/outbox.h"

#include <inttypes.h>

#define ATTEMPT_COLUMNS                                                                                                \
	"SELECT id, order_id, provider, provider_order, payment_key, idem_key, method, amount, refunded, state, secret,"  \
	" fail_code, fail_text, account_bank, account_number, account_due_at, created_at, next_check_at, checks FROM pay_attempt "
DB_QUERY(attempts_of, pay_attempt, ATTEMPT_COLUMNS "WHERE order_id = ? ORDER BY id DESC")
DB_QUERY(attempt_by_ref, pay_attempt, ATTEMPT_COLUMNS "WHERE provider_order = ?")
DB_QUERY(attempt_by_id, pay_attempt, ATTEMPT_COLUMNS "WHERE id = ?")
DB_QUERY(attempt_lock, pay_attempt, ATTEMPT_COLUMNS "WHERE id = ? FOR UPDATE")
DB_EXEC(attempt_insert,
    "INSERT INTO pay_attempt (order_id, provider, provider_order, idem_key, method, amount, created_at, updated_at, next_check_at)"
    " SELECT id, ?, ?, ?, ?, total, ?, ?, ? FROM orders WHERE id = ? AND state = 'pending' AND contact_email <> '' AND expires_at > ?")
DB_QUERY(attempt_living, pay_attempt,
    ATTEMPT_COLUMNS "WHERE order_id = ? AND (state IN ('confirming', 'unknown', 'waiting_deposit')"
    " OR (state = 'created' AND provider = ? AND method = ? AND amount = ? AND created_at > ?))"
    " ORDER BY state = 'created', id DESC LIMIT 1")
#define ORDER_LOCK_ROW(F) F(time, expires_at) F(i64, total)
DB_ROW(order_lock_row, ORDER_LOCK_ROW)
DB_QUERY(order_lock, order_lock_row, "SELECT expires_at, total FROM orders WHERE id = ? FOR UPDATE")
/* A refusal in the window leaves no key; who then goes back and pays with another card comes back with one. */
DB_EXEC(attempt_confirming,
    "UPDATE pay_attempt SET state = 'confirming', payment_key = ?, fail_code = '', fail_text = '', updated_at = ?, next_check_at = ?"
    " WHERE id = ? AND (state = 'created' OR (state = 'failed' AND payment_key IS NULL))")
DB_EXEC(attempt_refused,
    "UPDATE pay_attempt SET state = 'failed', fail_code = ?, fail_text = ?, updated_at = ? WHERE id = ? AND state = 'created'")

/* Nothing is asked about a window that may still be open; afterwards once. */
#define WINDOW_CHECK_US (36 * US_MINUTE)
/* At the start the hold is given at least so long. */
#define AT_PROVIDER_US (5 * US_MINUTE)
/* So long a window is used again instead of opening another. */
#define WINDOW_REUSE_US (25 * US_MINUTE)

struct err *pay_attempts(struct db *db, struct arena *a, struct order_id id, struct pay_attempt **ret, size_t *ret_n)
{
	return attempts_of_all(db, a, ret, ret_n, DB_ARGS(id.v));
}

struct err *pay_attempt_by_ref(struct db *db, struct arena *a, const char *provider_order, struct pay_attempt **ret)
{
	return attempt_by_ref_one(db, a, ret, DB_ARGS(provider_order));
}

struct err *pay_attempt_by_id(struct db *db, struct arena *a, struct attempt_id id, struct pay_attempt **ret)
{
	return attempt_by_id_one(db, a, ret, DB_ARGS(id.v));
}

struct begin_ctx {
	struct arena *a;
	const struct booking_order *o;
	const char *provider, *method;
	int64_t now;
	struct pay_attempt *at;
};

/* The row that attempt_insert has just made of it. */
static struct pay_attempt *attempt_made(const struct begin_ctx *c, int64_t id, const char *ref, const char *key, int64_t amount)
{
	struct pay_attempt *at = arena_one(c->a, struct pay_attempt);
	*at = (struct pay_attempt){ .id = { id }, .order_id = c->o->id, .provider = c->provider, .provider_order = ref, .idem_key = key,
		.method = c->method, .amount = amount, .state = "created", .secret = "", .fail_code = "", .fail_text = "",
		.account_bank = "", .account_number = "", .created_at = c->now, .next_check_at = c->now + WINDOW_CHECK_US };
	return at;
}

static struct err *begin_tx(struct db *db, void *ctx)
{
	struct begin_ctx *c = ctx;
	struct order_lock_row *lock;
	TRY(order_lock_one(db, c->a, &lock, DB_ARGS(c->o->id.v))); /* two tabs begin one after the other */
	TRY(attempt_living_one(db, c->a, &c->at, DB_ARGS(c->o->id.v, c->provider, c->method, c->o->total,
	    db_time(c->now - WINDOW_REUSE_US))));
	if (c->at && !str_eq(c->at->state, "created"))
		return NULL;
	if (!c->at) {
		const char *ref = arena_printf(c->a, "%s-%s", c->o->code, crypto_code(c->a, 6)), *key = crypto_uuid(c->a);
		int64_t changed;
		TRY(attempt_insert_run(db, &changed, DB_ARGS(c->provider, ref, key, c->method, db_time(c->now), db_time(c->now),
		    db_time(c->now + WINDOW_CHECK_US), c->o->id.v, db_time(c->now))));
		if (changed != 1)
			return err_user(err_new(ERR_GONE, "order %s takes no payment", c->o->code),
			    N_("The time for these seats is over and they are free for others again. Please choose anew."));
		c->at = attempt_made(c, db_last_id(db), ref, key, lock->total);
	}
	int64_t until = pay_hold_until(c->o->created_at, c->now, AT_PROVIDER_US);
	return lock->expires_at >= until ? NULL : booking_keep_in(db, c->a, c->o->id, until, c->now);
}

struct err *pay_attempt_begin(struct db *db, struct arena *a, const struct booking_order *o, const char *provider,
    const char *method, int64_t now, struct pay_attempt **ret)
{
	struct begin_ctx c = { .a = a, .o = o, .provider = provider, .method = method, .now = now };
	TRY(db_tx(db, begin_tx, &c));
	*ret = c.at;
	return NULL;
}

struct err *pay_attempt_confirming(struct db *db, struct attempt_id id, const char *payment_key, int64_t now, bool *ret_go)
{
	int64_t changed;
	int64_t check = now + (conf()->pay_timeout_ms + 10000) * 1000; /* once our own call has certainly ended */
	struct err *e = attempt_confirming_run(db, &changed, DB_ARGS(payment_key, db_time(now), db_time(check), id.v));
	if (err_is(e, ERR_DUPLICATE)) /* a key that belongs to another attempt */
		return err_user(e, N_("This payment belongs to another order."));
	TRY(e);
	*ret_go = changed == 1;
	return NULL;
}

struct err *pay_attempt_refused(struct db *db, struct attempt_id id, const char *code, const char *text, int64_t now)
{
	return attempt_refused_run(db, NULL, DB_ARGS(code, text, db_time(now), id.v));
}

/* ---- settlement ------------------------------------------------------------------------------------------------------- */
DB_EXEC(attempt_done,
    "UPDATE pay_attempt SET state = ?, amount = ?, payment_key = ?, method = ?, fail_code = '', fail_text = '',"
    " next_check_at = NULL, updated_at = ? WHERE id = ?")
DB_EXEC(attempt_waiting,
    "UPDATE pay_attempt SET state = 'waiting_deposit', payment_key = ?, method = 'virtual_account',"
    " secret = ?, account_bank = ?, account_number = ?, account_due_at = ?, next_check_at = ?, updated_at = ? WHERE id = ?")
/* The first reason stands: it is the one the buyer met. */
DB_EXEC(attempt_failed,
    "UPDATE pay_attempt SET fail_text = IF(state = 'failed' AND fail_code <> '', fail_text, ?),"
    " fail_code = IF(state = 'failed' AND fail_code <> '', fail_code, ?), state = 'failed', next_check_at = NULL, updated_at = ?"
    " WHERE id = ?")
DB_EXEC(attempt_unknown,
    "UPDATE pay_attempt SET state = 'unknown', checks = checks + 1, fail_code = ?, next_check_at = ?, updated_at = ? WHERE id = ?")
#define OWNER_ROW(F)                                                                                                   \
	F(performance_id, performance_id) F(organizer_id, organizer_id) F(str, code) F(str, contact_email) F(str, lang) F(i64, subtotal) F(i64, discount) \
	F(i64, fee) F(i64, total)
DB_ROW(owner_row, OWNER_ROW)
DB_QUERY(order_owner, owner_row,
    "SELECT o.performance_id, s.organizer_id, o.code, o.contact_email, o.lang, o.subtotal, o.discount, o.fee, o.total FROM orders o"
    " JOIN performance p ON p.id = o.performance_id JOIN shows s ON s.id = p.show_id WHERE o.id = ?")

struct settle_ctx {
	struct arena *a;
	struct attempt_id id;
	const struct pay_result *r;
	int64_t now;
	struct performance_id performance;
	bool bought; /* the order is paid by this attempt, or waits for its deposit */
};

static struct err *mail_order(struct db *db, struct arena *a, const struct owner_row *o, const char *kind, const char *once)
{
	return notify_mail(db, kind, o->contact_email, o->lang, o->code, arena_printf(a, "%s:%s", kind, once),
	    arena_printf(a, "{\"order\":\"%s\"}", o->code));
}

/* The row is locked: a statement that changes none is a fault, and must not leave half a settlement behind. */
static struct err *changed_one(int64_t changed, const struct pay_attempt *at)
{
	return changed == 1 ? NULL : err_new(ERR_INTERNAL, "attempt %s was not changed", at->provider_order);
}

static const char *key_of(const struct pay_attempt *at, const struct pay_result *r)
{
	return str_empty(at->payment_key) ? r->payment_key : at->payment_key;
}

static struct err *mark_captured(struct db *db, const struct settle_ctx *c, const struct pay_attempt *at, const char *state,
    int64_t amount)
{
	int64_t changed;
	TRY(attempt_done_run(db, &changed, DB_ARGS(state, amount, key_of(at, c->r), c->r->method ? c->r->method : at->method,
	    db_time(c->now), at->id.v)));
	return changed_one(changed, at);
}

/* Captured, and the order is ours to complete. */
static struct err *captured(struct db *db, struct settle_ctx *c, const struct pay_attempt *at, const struct owner_row *o)
{
	struct arena *a = c->a;
	const char *ref = arena_printf(a, "attempt:%" PRId64, at->id.v);
	const char *provider = arena_printf(a, "provider:%s", at->provider);
	TRY(mark_captured(db, c, at, "done", at->amount));
	const struct ledger_line lines[] = {
		{ provider, at->amount },
		{ arena_printf(a, "organizer:%" PRId64, o->organizer_id.v), -(o->subtotal - o->discount) },
		{ "fee:booking", -o->fee },
	};
	TRY(ledger_post(db, "capture", ref, at->order_id, c->now, lines, ARRAY_LEN(lines), NULL));
	return mail_order(db, a, o, "order_paid", o->code);
}

/* Captured, but not ours to keep: the seats are gone, the order was paid before, or the amount is not the one we asked for. */
static struct err *captured_in_vain(struct db *db, struct settle_ctx *c, const struct pay_attempt *at,
    const struct owner_row *o, int64_t amount, const char *why)
{
	struct arena *a = c->a;
	const char *ref = arena_printf(a, "attempt:%" PRId64, at->id.v);
	TRY(mark_captured(db, c, at, "returned", amount));
	const struct ledger_line lines[] = {
		{ arena_printf(a, "provider:%s", at->provider), amount },
		{ "suspense:late", -amount },
	};
	TRY(ledger_post(db, "late_capture", ref, at->order_id, c->now, lines, ARRAY_LEN(lines), NULL));
	TRY(refund_whole_attempt(db, a, at->id, at->order_id, amount, why, c->now));
	return mail_order(db, a, o, "order_too_late", at->provider_order);
}

static struct err *failed(struct db *db, const struct settle_ctx *c, const struct pay_attempt *at, const char *code, const char *text)
{
	int64_t changed;
	TRY(attempt_failed_run(db, &changed, DB_ARGS(text ? text : "", code ? code : "", db_time(c->now), at->id.v)));
	return changed_one(changed, at);
}

static struct err *settle_done(struct db *db, struct settle_ctx *c, const struct pay_attempt *at, const struct owner_row *o)
{
	if (str_eq(at->state, "done") || str_eq(at->state, "returned"))
		return NULL;
	if (!pay_result_ours(at, c->r)) {
		/* A key of somebody else's payment: it is not ours to keep, nor to give back. */
		log_msg(LOG_ERROR, "the payment of another order was named", "attempt", at->provider_order, "answered_order",
		    c->r->order_ref ? c->r->order_ref : "", NULL);
		return failed(db, c, at, "OTHER_ORDER", "");
	}
	if (!pay_result_fits(at, c->r) || at->amount != o->total) {
		log_msg(LOG_ERROR, "payment does not fit its order", "attempt", at->provider_order, NULL);
		return captured_in_vain(db, c, at, o, c->r->amount, "mismatch");
	}
	enum booking_outcome outcome;
	TRY(booking_complete(db, at->order_id, c->now, &outcome));
	c->bought = outcome == BOOKING_PAID;
	if (c->bought)
		return captured(db, c, at, o);
	return captured_in_vain(db, c, at, o, at->amount, outcome == BOOKING_LOST ? "seats gone" : "paid twice");
}

static struct err *settle_waiting(struct db *db, struct settle_ctx *c, const struct pay_attempt *at, const struct owner_row *o)
{
	if (!str_eq(at->state, "created") && !str_eq(at->state, "confirming") && !str_eq(at->state, "unknown"))
		return NULL;
	if (!pay_result_fits(at, c->r) || at->amount != o->total)
		return failed(db, c, at, "MISMATCH", "");
	int64_t due_at = c->r->due_at > c->now ? c->r->due_at : pay_deposit_due(c->now);
	struct err *e = booking_await_deposit(db, at->order_id, due_at, c->now);
	bool over = err_is(e, ERR_GONE);
	if (over)
		err_free(e);
	else
		TRY(e);
	/* An order that is over gets its account closed by the sweeper at once, and no mail that invites a deposit. */
	int64_t changed;
	TRY(attempt_waiting_run(db, &changed, DB_ARGS(key_of(at, c->r), c->r->secret ? c->r->secret : "", c->r->bank ? c->r->bank : "",
	    c->r->account ? c->r->account : "", db_time(due_at), db_time(over ? c->now : pay_deposit_check(due_at, c->now)), db_time(c->now),
	    at->id.v)));
	TRY(changed_one(changed, at));
	c->bought = !over;
	return over ? NULL : mail_order(db, c->a, o, "deposit_due", o->code);
}

/* An unclear answer tells something only about an attempt whose outcome is open. */
static struct err *unclear(struct db *db, const struct settle_ctx *c, const struct pay_attempt *at)
{
	const char *code = c->r->outcome == PAY_UNKNOWN && c->r->code ? c->r->code : at->fail_code;
	int64_t changed;
	if (!str_eq(at->state, "confirming") && !str_eq(at->state, "unknown"))
		return NULL;
	TRY(attempt_unknown_run(db, &changed, DB_ARGS(code, db_time(pay_next_check(c->now, at->checks)), db_time(c->now), at->id.v)));
	return changed_one(changed, at);
}

static struct err *settle_tx(struct db *db, void *ctx)
{
	struct settle_ctx *c = ctx;
	struct pay_attempt *at;
	struct owner_row *o;
	TRY(attempt_lock_one(db, c->a, &at, DB_ARGS(c->id.v)));
	if (!at)
		return err_new(ERR_NOT_FOUND, "attempt %" PRId64, c->id.v);
	TRY(order_owner_one(db, c->a, &o, DB_ARGS(at->order_id.v)));
	c->performance = o->performance_id;
	c->bought = false;
	bool captured_before = str_eq(at->state, "done") || str_eq(at->state, "returned");
	switch (c->r->outcome) {
	case PAY_DONE:
		return settle_done(db, c, at, o);
	case PAY_WAITING_DEPOSIT:
		return settle_waiting(db, c, at, o);
	case PAY_FAILED:
	case PAY_CANCELLED:
		if (captured_before)
			return NULL; /* our own refund, or a late echo of a refusal */
		return failed(db, c, at, c->r->code, c->r->text);
	case PAY_UNKNOWN:
	case PAY_PENDING:
		break;
	}
	return unclear(db, c, at);
}

struct err *pay_settle_now(struct db *db, struct attempt_id id, const struct pay_result *r, int64_t now, bool *ret_bought)
{
	struct arena *a = arena_new(1 << 21);
	struct settle_ctx c = { .a = a, .id = id, .r = r, .now = now };
	struct err *e = db_tx(db, settle_tx, &c);
	if (!e && (r->outcome == PAY_DONE || r->outcome == PAY_WAITING_DEPOSIT))
		booking_changed(c.performance);
	if (!e)
		*ret_bought = c.bought;
	arena_free(a);
	return e;
}

struct err *pay_settle(struct db *db, struct attempt_id id, const struct pay_result *r, int64_t now)
{
	bool ignored;
	return pay_settle_now(db, id, r, now, &ignored);
}
