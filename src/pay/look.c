/* Asking the provider about an attempt: the webhook's consumer, the sweeper, whoever waits for an unclear outcome. */
#include "pay/pay.h"
#include "pay/rules.h"

#include "base/log.h"
#include "ext/crypto.h"

#include <inttypes.h>

/* A known answer that leaves things open starts the count anew: it is for silence and refusals. */
DB_EXEC(attempt_check_later,
    "UPDATE pay_attempt SET checks = IF(? = 1, 0, checks + 1), next_check_at = ?, updated_at = ? WHERE id = ?"
    " AND next_check_at IS NOT NULL")
DB_EXEC(attempt_give_up,
    "UPDATE pay_attempt SET fail_code = 'UNANSWERED', next_check_at = NULL, updated_at = ? WHERE id = ?"
    " AND state NOT IN ('done', 'returned')")
DB_EXEC(attempt_new_key,
    "UPDATE pay_attempt SET idem_key = ?, fail_code = '', updated_at = ? WHERE id = ? AND idem_key = ? AND state IN ('confirming', 'unknown')")

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
	return attempt_give_up_run(db, NULL, DB_ARGS(db_time(now), at->id.v));
}

/* The provider still waits for the confirmation: the earlier one did not happen. */
static struct err *confirm_again(struct db *db, struct arena *a, const struct pay_provider *p, struct pay_attempt *at, int64_t now)
{
	if (pay_answered(at->fail_code)) {
		const char *key = crypto_uuid(a);
		int64_t changed;
		TRY(attempt_new_key_run(db, &changed, DB_ARGS(key, db_time(now), at->id.v, at->idem_key)));
		if (changed == 0)
			return NULL; /* somebody else is at it */
		at->idem_key = key;
	}
	struct pay_result r = { 0 };
	TRY(p->confirm(a, at, at->payment_key, &r));
	return pay_settle(db, at->id, &r, now);
}

/* The deposit's time is over.  A deposit of this very moment makes the provider refuse; the next look tells then.  An account
 * that is closed cannot be closed twice: each try has a key of its own, so that no stored refusal is played back. */
static struct err *close_account(struct db *db, struct arena *a, const struct pay_provider *p, const struct pay_attempt *at,
    int64_t now, bool *ret_closed)
{
	struct pay_result r = { 0 };
	TRY(p->cancel(a, at, at->amount, "deposit deadline over", crypto_uuid(a), NULL, &r));
	*ret_closed = r.outcome == PAY_CANCELLED;
	if (!*ret_closed)
		return NULL;
	r.outcome = PAY_FAILED;
	r.code = "DEPOSIT_OVERDUE";
	r.text = "";
	return pay_settle(db, at->id, &r, now);
}

/* While the outcome is open the seats stay the buyer's. */
static struct err *keep_hold(struct db *db, const struct booking_order *o, const struct pay_attempt *at, int64_t until, int64_t now)
{
	if (!o || !str_eq(o->state, "pending") || (!str_eq(at->state, "confirming") && !str_eq(at->state, "unknown")))
		return NULL;
	struct err *e = booking_keep_alive(db, o->id, pay_hold_until(o->created_at, until, 30 * US_SECOND), now);
	if (!err_is(e, ERR_GONE))
		return e;
	err_free(e); /* its time is over; a capture that is found later is given back, unless the seats are still free */
	return NULL;
}

struct err *pay_look(struct db *db, struct arena *a, struct attempt_id id, int64_t now)
{
	struct pay_attempt *at;
	TRY(pay_attempt_by_id(db, a, id, &at));
	const struct pay_provider *p = at ? pay_provider_find(at->provider) : NULL;
	if (!p)
		return err_new(ERR_NOT_FOUND, "attempt %" PRId64 " or its provider", id.v);
	struct pay_result r = { 0 };
	struct booking_order *o;
	TRY(p->retrieve(a, at, &r));
	TRY(booking_order_by_id(db, a, at->order_id, &o));
	bool closed = false, answered = r.outcome != PAY_UNKNOWN;
	switch (pay_sweep(at, &r, order_waits(o, now), now)) {
	case SWEEP_SETTLE:
		return pay_settle(db, id, &r, now);
	case SWEEP_CONFIRM:
		TRY(keep_hold(db, o, at, now + US_MINUTE, now));
		return confirm_again(db, a, p, at, now);
	case SWEEP_GIVE_UP:
		return give_up(db, at, &r, now);
	case SWEEP_CANCEL_ACCOUNT:
		TRY(close_account(db, a, p, at, now, &closed));
		if (closed)
			return NULL;
		answered = false;
		break;
	case SWEEP_LATER:
		break;
	}
	int64_t next = pay_look_again(at, &r, now);
	TRY(keep_hold(db, o, at, next, now));
	return attempt_check_later_run(db, NULL, DB_ARGS(answered, db_time(next), db_time(now), id.v));
}
