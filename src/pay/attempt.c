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
DB_EXEC(attempt_confirming,
    "UPDATE pay_attempt SET state = 'confirming', payment_key = ?, updated_at = ?, next_check_at = ? WHERE id = ? AND state = 'created'")
DB_EXEC(attempt_refused,
    "UPDATE pay_attempt SET state = 'failed', fail_code = ?, fail_text = ?, updated_at = ? WHERE id = ? AND state = 'created'")

/* Nothing is asked about a window that may still be open; afterwards once. */
#define WINDOW_CHECK_US (35 * US_MINUTE)

struct err *pay_attempts(struct db *db, struct arena *a, struct order_id id, struct pay_attempt **ret, size_t *ret_n)
{
	return attempts_of_all(db, a, ret, ret_n, DB_ARGS(id.v));
}

struct err *pay_attempt_by_ref(struct db *db, struct arena *a, const char *provider_order, struct pay_attempt **ret)
{
	return attempt_by_ref_one(db, a, ret, DB_ARGS(provider_order));
}

struct err *pay_attempt_new(struct db *db, struct arena *a, const struct booking_order *o, const char *provider,
    const char *method, int64_t now, struct pay_attempt **ret)
{
	const char *ref = arena_printf(a, "%s-%s", o->code, crypto_code(a, 6));
	int64_t changed;
	TRY(attempt_insert_run(db, &changed, DB_ARGS(provider, ref, crypto_uuid(a), method, db_time(now), db_time(now),
	    db_time(now + WINDOW_CHECK_US), o->id.v, db_time(now))));
	if (changed != 1)
		return err_user(err_new(ERR_GONE, "order %s takes no payment", o->code),
		    N_("The time for these seats is over and they are free for others again. Please choose anew."));
	return attempt_by_id_one(db, a, ret, DB_ARGS(db_last_id(db)));
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
    "UPDATE pay_attempt SET state = ?, amount = ?, payment_key = COALESCE(payment_key, ?), method = IF(? = '', method, ?),"
    " fail_code = '', fail_text = '', next_check_at = NULL, updated_at = ? WHERE id = ?")
DB_EXEC(attempt_waiting,
    "UPDATE pay_attempt SET state = 'waiting_deposit', payment_key = COALESCE(payment_key, ?), method = 'virtual_account',"
    " secret = ?, account_bank = ?, account_number = ?, account_due_at = ?, next_check_at = ?, updated_at = ? WHERE id = ?")
DB_EXEC(attempt_failed,
    "UPDATE pay_attempt SET state = 'failed', fail_code = ?, fail_text = ?, next_check_at = NULL, updated_at = ? WHERE id = ?")
DB_EXEC(attempt_unknown,
    "UPDATE pay_attempt SET state = 'unknown', checks = checks + 1, next_check_at = ?, updated_at = ? WHERE id = ?"
    " AND state IN ('confirming', 'unknown')")
#define OWNER_ROW(F) F(organizer_id, organizer_id) F(str, code) F(str, contact_email) F(str, lang) F(i64, subtotal) F(i64, discount) F(i64, fee)
DB_ROW(owner_row, OWNER_ROW)
DB_QUERY(order_owner, owner_row,
    "SELECT s.organizer_id, o.code, o.contact_email, o.lang, o.subtotal, o.discount, o.fee FROM orders o"
    " JOIN performance p ON p.id = o.performance_id JOIN shows s ON s.id = p.show_id WHERE o.id = ?")

struct settle_ctx { struct arena *a; struct attempt_id id; const struct pay_result *r; int64_t now; };

static struct err *mail_order(struct db *db, struct arena *a, const struct owner_row *o, const char *kind, const char *once)
{
	return notify_mail(db, kind, o->contact_email, o->lang, o->code, arena_printf(a, "%s:%s", kind, once),
	    arena_printf(a, "{\"order\":\"%s\"}", o->code));
}

/* Captured, and the order is ours to complete. */
static struct err *captured(struct db *db, struct settle_ctx *c, const struct pay_attempt *at, const struct owner_row *o)
{
	struct arena *a = c->a;
	const char *ref = arena_printf(a, "attempt:%" PRId64, at->id.v);
	const char *provider = arena_printf(a, "provider:%s", at->provider);
	TRY(attempt_done_run(db, NULL, DB_ARGS("done", at->amount, c->r->payment_key, c->r->method ? c->r->method : "",
	    c->r->method ? c->r->method : "", db_time(c->now), at->id.v)));
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
	TRY(attempt_done_run(db, NULL, DB_ARGS("returned", amount, c->r->payment_key, c->r->method ? c->r->method : "",
	    c->r->method ? c->r->method : "", db_time(c->now), at->id.v)));
	const struct ledger_line lines[] = {
		{ arena_printf(a, "provider:%s", at->provider), amount },
		{ "suspense:late", -amount },
	};
	TRY(ledger_post(db, "late_capture", ref, at->order_id, c->now, lines, ARRAY_LEN(lines), NULL));
	TRY(refund_whole_attempt(db, a, at->id, at->order_id, amount, why, c->now));
	return mail_order(db, a, o, "order_too_late", at->provider_order);
}

static struct err *settle_done(struct db *db, struct settle_ctx *c, const struct pay_attempt *at, const struct owner_row *o)
{
	if (str_eq(at->state, "done") || str_eq(at->state, "returned"))
		return NULL;
	if (!pay_result_fits(at, c->r)) {
		log_msg(LOG_ERROR, "payment does not fit its attempt", "attempt", at->provider_order, "answered_order",
		    c->r->order_ref ? c->r->order_ref : "", NULL);
		return captured_in_vain(db, c, at, o, c->r->amount, "mismatch");
	}
	enum booking_outcome outcome;
	TRY(booking_complete(db, at->order_id, c->now, &outcome));
	if (outcome == BOOKING_PAID)
		return captured(db, c, at, o);
	return captured_in_vain(db, c, at, o, at->amount, outcome == BOOKING_LOST ? "seats gone" : "paid twice");
}

static struct err *settle_waiting(struct db *db, struct settle_ctx *c, const struct pay_attempt *at, const struct owner_row *o)
{
	if (!str_eq(at->state, "created") && !str_eq(at->state, "confirming") && !str_eq(at->state, "unknown"))
		return NULL;
	struct err *e = booking_await_deposit(db, at->order_id, c->r->due_at, c->now);
	bool over = err_is(e, ERR_GONE);
	if (over)
		err_free(e);
	else
		TRY(e);
	/* An order that is over gets its account closed by the sweeper at once, and no mail that invites a deposit. */
	TRY(attempt_waiting_run(db, NULL, DB_ARGS(c->r->payment_key, c->r->secret ? c->r->secret : "", c->r->bank ? c->r->bank : "",
	    c->r->account ? c->r->account : "", db_time(c->r->due_at), db_time(over ? c->now : c->r->due_at), db_time(c->now), at->id.v)));
	return over ? NULL : mail_order(db, c->a, o, "deposit_due", o->code);
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
		return attempt_failed_run(db, NULL, DB_ARGS(c->r->code ? c->r->code : "", c->r->text ? c->r->text : "",
		    db_time(c->now), at->id.v));
	case PAY_UNKNOWN:
	case PAY_PENDING:
		break;
	}
	return attempt_unknown_run(db, NULL, DB_ARGS(db_time(pay_next_check(c->now, at->checks)), db_time(c->now), at->id.v));
}

struct err *pay_settle(struct db *db, struct attempt_id id, const struct pay_result *r, int64_t now)
{
	struct arena *a = arena_new(1 << 21);
	struct settle_ctx c = { .a = a, .id = id, .r = r, .now = now };
	struct err *e = db_tx(db, settle_tx, &c);
	struct pay_attempt *at = NULL;
	struct booking_order *o = NULL;
	if (!e && (r->outcome == PAY_DONE || r->outcome == PAY_WAITING_DEPOSIT)) {
		e = attempt_by_id_one(db, a, &at, DB_ARGS(id.v));
		if (!e)
			e = booking_order_by_id(db, a, at->order_id, &o);
		if (!e)
			booking_changed(o->performance_id);
	}
	arena_free(a);
	return e;
}

/* ---- asking the provider ----------------------------------------------------------------------------------------------- */
DB_EXEC(attempt_check_later,
    "UPDATE pay_attempt SET checks = checks + 1, next_check_at = ?, updated_at = ? WHERE id = ? AND next_check_at IS NOT NULL")
DB_EXEC(attempt_give_up,
    "UPDATE pay_attempt SET state = IF(state = 'unknown' OR state = 'confirming', state, 'failed'), fail_code = ?,"
    " next_check_at = NULL, updated_at = ? WHERE id = ? AND state NOT IN ('done', 'returned')")

static bool order_waits(const struct booking_order *o, int64_t now)
{
	return o && (str_eq(o->state, "pending") || str_eq(o->state, "awaiting_deposit")) && o->expires_at > now;
}

static struct err *give_up(struct db *db, const struct pay_attempt *at, const struct pay_result *r, int64_t now)
{
	/* The provider says that nothing was captured, so the attempt is over; only a provider that never answered
	 * leaves it unknown, for the people at the admin desk. */
	if (r->outcome == PAY_PENDING) {
		struct pay_result failed = { .outcome = PAY_FAILED, .code = "NOT_CONFIRMED", .text = "" };
		return pay_settle(db, at->id, &failed, now);
	}
	log_msg(LOG_ERROR, "payment stays unknown: ask the provider by hand", "attempt", at->provider_order, NULL);
	return attempt_give_up_run(db, NULL, DB_ARGS("UNANSWERED", db_time(now), at->id.v));
}

struct err *pay_look(struct db *db, struct arena *a, struct attempt_id id, int64_t now)
{
	struct pay_attempt *at;
	TRY(attempt_by_id_one(db, a, &at, DB_ARGS(id.v)));
	const struct pay_provider *p = at ? pay_provider_find(at->provider) : NULL;
	if (!p)
		return err_new(ERR_NOT_FOUND, "attempt %" PRId64 " or its provider", id.v);
	struct pay_result r = { 0 };
	TRY(p->retrieve(a, at, &r));
	struct booking_order *o;
	TRY(booking_order_by_id(db, a, at->order_id, &o));
	switch (pay_sweep(at, &r, order_waits(o, now), now)) {
	case SWEEP_SETTLE:
		return pay_settle(db, id, &r, now);
	case SWEEP_CONFIRM:
		TRY(p->confirm(a, at, at->payment_key, &r));
		return pay_settle(db, id, &r, now);
	case SWEEP_CANCEL_ACCOUNT:
		TRY(p->cancel(a, at, at->amount, "deposit deadline over", arena_printf(a, "close-%s", at->provider_order), NULL, &r));
		if (r.outcome != PAY_CANCELLED)
			break; /* perhaps the deposit came this very moment: the next look tells */
		r.outcome = PAY_FAILED;
		r.code = "DEPOSIT_OVERDUE";
		return pay_settle(db, id, &r, now);
	case SWEEP_GIVE_UP:
		return give_up(db, at, &r, now);
	case SWEEP_LATER:
		break;
	}
	int64_t next = str_eq(at->state, "waiting_deposit") && at->account_due_at > now ? at->account_due_at
	    : str_eq(at->state, "created") ? at->created_at + WINDOW_CHECK_US + US_MINUTE : pay_next_check(now, at->checks);
	return attempt_check_later_run(db, NULL, DB_ARGS(db_time(next > now ? next : now + US_MINUTE), db_time(now), id.v));
}
