/* Carrying refunds out: asked of the provider, booked when it has done it; until then the row keeps what is known. */
#include "pay/refund.h"
#include "pay/rules.h"

#include "base/log.h"
#include "ext/crypto.h"
#include "ledger/ledger.h"
#include "notify/notify.h"
#include "proc/outbox.h"

#include <inttypes.h>
#include <string.h>

#define OPEN_ROW(F)                                                                                                    \
	F(refund_id, id) F(order_id, order_id) F(attempt_id, attempt_id) F(i64, amount) F(i64, kept) F(str, reason)   \
	F(str, idem_key) F(str, account) F(str, state) F(str, fail_text) F(i64, tries) F(str, attempt_state)           \
	F(str, method) F(str, provider) F(organizer_id, organizer_id) F(str, code) F(str, contact_email) F(str, lang)  \
	F(str, provider_order)
DB_ROW(open_row, OPEN_ROW)
DB_QUERY(refund_open, open_row,
    "SELECT r.id, r.order_id, r.attempt_id, r.amount, r.kept, r.reason, r.idem_key, r.account, r.state, r.fail_text, r.tries,"
    " t.state AS attempt_state, t.method, t.provider, s.organizer_id, o.code, o.contact_email, o.lang, t.provider_order"
    " FROM pay_refund r JOIN pay_attempt t ON t.id = r.attempt_id JOIN orders o ON o.id = r.order_id"
    " JOIN performance p ON p.id = o.performance_id JOIN shows s ON s.id = p.show_id WHERE r.id = ?")
DB_EXEC(refund_done,
    "UPDATE pay_refund SET state = 'done', done_at = ?, provider_key = ?, fail_text = '' WHERE id = ? AND state <> 'done'")
DB_EXEC(refund_failed, "UPDATE pay_refund SET state = 'failed', fail_text = ?, tries = tries + 1 WHERE id = ? AND state = 'pending'")
DB_EXEC(refund_tried, "UPDATE pay_refund SET fail_text = ?, tries = tries + 1 WHERE id = ? AND state = 'pending'")
DB_EXEC(attempt_refunded, "UPDATE pay_attempt SET refunded = refunded + ?, updated_at = ? WHERE id = ?")

#define PRICE_ROW(F) F(i64, total)
DB_ROW(price_row, PRICE_ROW)
DB_QUERY(refund_prices, price_row,
    "SELECT CAST(COALESCE(SUM(l.price), 0) AS SIGNED) AS total FROM refund_line r"
    " JOIN order_line l ON l.order_id = r.order_id AND l.line = r.line WHERE r.refund_id = ?")

struct booked_ctx { struct arena *a; const struct open_row *r; const char *provider_key; int64_t now; };

static struct err *booked_tx(struct db *db, void *ctx)
{
	struct booked_ctx *c = ctx;
	const struct open_row *r = c->r;
	struct arena *a = c->a;
	int64_t changed;
	TRY(refund_done_run(db, &changed, DB_ARGS(db_time(c->now), c->provider_key ? c->provider_key : "", r->id.v)));
	if (changed == 0)
		return NULL;
	TRY(attempt_refunded_run(db, NULL, DB_ARGS(r->amount, db_time(c->now), r->attempt_id.v)));
	const char *ref = arena_printf(a, "refund:%" PRId64, r->id.v);
	const char *provider = arena_printf(a, "provider:%s", r->provider);
	const char *organizer = arena_printf(a, "organizer:%" PRId64, r->organizer_id.v);
	if (str_eq(r->attempt_state, "returned")) {
		const struct ledger_line lines[] = { { "suspense:late", r->amount }, { provider, -r->amount } };
		TRY(ledger_post(db, "late_refund", ref, r->order_id, c->now, lines, ARRAY_LEN(lines), NULL));
	} else {
		/* Prices of the lines = what comes back + what is kept − booking fees that come back with it. */
		struct price_row *price;
		TRY(refund_prices_one(db, a, &price, DB_ARGS(r->id.v)));
		const struct ledger_line lines[] = {
			{ organizer, price->total },
			{ "fee:booking", r->amount + r->kept - price->total },
			{ arena_printf(a, "fee:cancellation:%" PRId64, r->organizer_id.v), -r->kept },
			{ provider, -r->amount },
		};
		TRY(ledger_post(db, "refund", ref, r->order_id, c->now, lines, ARRAY_LEN(lines), NULL));
	}
	return notify_mail(db, "refund_done", r->contact_email, r->lang, r->code, ref,
	    arena_printf(a, "{\"order\":\"%s\",\"refund\":%" PRId64 "}", r->code, r->id.v));
}

/* How the provider's list of cancels tells this refund from others of the same payment. */
static const char *tagged_reason(struct arena *a, const struct open_row *r)
{
	return arena_printf(a, "%s (R%" PRId64 ")", pay_clip(a, r->reason, 170), r->id.v);
}

DB_EXEC(refund_new_key, "UPDATE pay_refund SET idem_key = ? WHERE id = ? AND idem_key = ? AND state = 'pending'")

/* It was tried before and nobody knows what became of it: the provider's own list tells.  Not on it: it did not happen,
 * and a new key makes sure that a stored refusal is not played back. */
static struct err *ask_first(struct db *db, struct arena *a, const struct pay_provider *p, const struct pay_attempt *at,
    struct open_row *r, struct pay_result *ret, bool *ret_known)
{
	struct pay_result found;
	const char *tag = tagged_reason(a, r);
	*ret_known = true;
	TRY(p->retrieve(a, at, &found));
	if (found.outcome == PAY_UNKNOWN) {
		*ret = found;
		return NULL;
	}
	for (size_t i = 0; i < found.n_cancels; i++)
		if (str_eq(found.cancels[i].reason, tag) && found.cancels[i].amount == r->amount) {
			*ret = (struct pay_result){ .outcome = PAY_CANCELLED, .provider_key = found.cancels[i].key };
			return NULL;
		}
	if (found.outcome == PAY_CANCELLED) { /* all of it, but not by us: people have to look */
		*ret = (struct pay_result){ .outcome = PAY_FAILED, .code = "CANCELLED_ELSEWHERE" };
		return NULL;
	}
	*ret_known = false;
	if (!pay_answered(r->fail_text))
		return NULL;
	const char *key = crypto_uuid(a);
	int64_t changed;
	TRY(refund_new_key_run(db, &changed, DB_ARGS(key, r->id.v, r->idem_key)));
	if (changed == 1)
		r->idem_key = key;
	return NULL;
}

/* The provider's answer to one refund. */
static struct err *call_provider(struct db *db, struct arena *a, struct open_row *r, struct pay_result *ret)
{
	struct pay_attempt *at;
	const struct pay_provider *p = pay_provider_find(r->provider);
	bool known = false;
	TRY(pay_attempt_by_ref(db, a, r->provider_order, &at));
	if (!p || !at)
		return err_new(ERR_INTERNAL, "provider %s of refund %" PRId64 " is not there", r->provider, r->id.v);
	if (r->tries > 0)
		TRY(ask_first(db, a, p, at, r, ret, &known));
	return known ? NULL : p->cancel(a, at, r->amount, tagged_reason(a, r), r->idem_key, str_empty(r->account) ? NULL : r->account, ret);
}

struct failed_ctx { struct arena *a; const struct open_row *r; const char *why; };

/* Refused.  What was deposited on a virtual account needs the buyer's account: he is asked for it. */
static struct err *failed_tx(struct db *db, void *ctx)
{
	struct failed_ctx *c = ctx;
	int64_t changed;
	TRY(refund_failed_run(db, &changed, DB_ARGS(c->why, c->r->id.v)));
	if (changed == 0 || !str_eq(c->why, REFUND_ACCOUNT_NEEDED))
		return NULL;
	return notify_mail(db, "refund_account", c->r->contact_email, c->r->lang, c->r->code,
	    arena_printf(c->a, "refund_account:%" PRId64 ":%" PRId64, c->r->id.v, c->r->tries),
	    arena_printf(c->a, "{\"order\":\"%s\"}", c->r->code));
}

static bool account_fault(const char *code)
{
	return str_eq(code, "INVALID_REFUND_ACCOUNT_INFO") || str_eq(code, "INVALID_REFUND_ACCOUNT_NUMBER") || str_eq(code, "INVALID_BANK");
}

struct err *refund_carry_out(struct db *db, struct arena *a, struct refund_id id, int64_t now)
{
	struct open_row *r;
	TRY(refund_open_one(db, a, &r, DB_ARGS(id.v)));
	if (!r || !str_eq(r->state, "pending"))
		return NULL;
	struct pay_result result = { .outcome = PAY_CANCELLED };
	if (r->amount > 0 && str_eq(r->method, "virtual_account") && str_empty(r->account))
		result = (struct pay_result){ .outcome = PAY_FAILED, .code = REFUND_ACCOUNT_NEEDED };
	else if (r->amount > 0) /* a fee of 100 % leaves nothing to ask the provider for */
		TRY(call_provider(db, a, r, &result));
	const char *why = account_fault(result.code) ? REFUND_ACCOUNT_NEEDED : result.code ? result.code : "no answer";
	if (result.outcome == PAY_CANCELLED) {
		struct booked_ctx c = { .a = a, .r = r, .provider_key = result.provider_key, .now = now };
		return db_tx(db, booked_tx, &c);
	}
	if (result.outcome == PAY_FAILED) {
		struct failed_ctx c = { .a = a, .r = r, .why = why };
		log_msg(LOG_ERROR, "refund refused by the provider", "order", r->code, "code", why, NULL);
		return db_tx(db, failed_tx, &c);
	}
	TRY(refund_tried_run(db, NULL, DB_ARGS(why, id.v)));
	return err_new(ERR_UNAVAILABLE, "refund %" PRId64 ": outcome unknown, asked again later", id.v);
}

/* ---- once more -------------------------------------------------------------------------------------------------------------- */
DB_EXEC(refund_reopen, "UPDATE pay_refund SET state = 'pending', idem_key = ? WHERE id = ? AND state = 'failed'")
DB_EXEC(refund_set_account, "UPDATE pay_refund SET account = ? WHERE id = ? AND state = 'failed'")

struct reopen_ctx { struct arena *a; struct refund_id id; const char *account; bool done; };

static struct err *reopen_tx(struct db *db, void *ctx)
{
	struct reopen_ctx *c = ctx;
	int64_t changed;
	if (c->account)
		TRY(refund_set_account_run(db, NULL, DB_ARGS(c->account, c->id.v)));
	TRY(refund_reopen_run(db, &changed, DB_ARGS(crypto_uuid(c->a), c->id.v)));
	c->done = changed == 1;
	const char *key = arena_printf(c->a, "%" PRId64, c->id.v);
	return c->done ? outbox_add(db, "refund", key, NULL, key, 0) : NULL;
}

struct err *pay_refund_retry(struct db *db, struct arena *a, struct refund_id id, const char *account, bool *ret_done)
{
	struct reopen_ctx c = { .a = a, .id = id, .account = account };
	TRY(db_tx(db, reopen_tx, &c));
	*ret_done = c.done;
	outbox_wake();
	return NULL;
}

const char *pay_account_seal(struct arena *a, const char *bank, const char *number, const char *holder)
{
	const char *clear = arena_printf(a, "%s\n%s\n%s", bank, number, holder);
	struct bytes sealed = crypto_seal(a, "refund-account", (struct bytes){ clear, strlen(clear) });
	return str_hex(a, sealed.p, sealed.n);
}
