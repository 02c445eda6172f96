/* The books: every change of a payment is one conditional statement, its webhooks are in the same transaction. */
#include "sandbox/books.h"

#include "base/clock.h"
#include "ext/crypto.h"
#include "proc/outbox.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#define CONFIRM_WINDOW_US (10 * US_MINUTE)

#define PAYMENT_COLUMNS                                                                                                \
	"SELECT payment_key, order_ref, order_name, method, status, scenario, amount, balance, secret, account_number, due_at," \
	" requested_at, approved_at FROM sandbox_payment "
DB_QUERY(payment_by_key, sandbox_payment, PAYMENT_COLUMNS "WHERE payment_key = ?")
DB_QUERY(payment_lock, sandbox_payment, PAYMENT_COLUMNS "WHERE payment_key = ? FOR UPDATE")
/* Of several tries for one order the one that was captured, else the newest. */
DB_QUERY(payment_by_order, sandbox_payment,
    PAYMENT_COLUMNS "WHERE order_ref = ? ORDER BY status IN ('DONE', 'WAITING_FOR_DEPOSIT', 'PARTIAL_CANCELED', 'CANCELED') DESC,"
    " requested_at DESC LIMIT 1")
DB_QUERY(payment_by_account, sandbox_payment, PAYMENT_COLUMNS "WHERE account_number = ? AND account_number <> ''")
DB_EXEC(payment_insert,
    "INSERT INTO sandbox_payment (payment_key, order_ref, order_name, method, status, scenario, amount, balance, secret,"
    " account_number, due_at, requested_at) VALUES (?, ?, ?, ?, 'IN_PROGRESS', ?, ?, ?, ?, ?, ?, ?)")
DB_EXEC(payment_status,
    "UPDATE sandbox_payment SET status = ?, approved_at = ? WHERE payment_key = ? AND status = ?")
DB_EXEC(scenario_forget, "UPDATE sandbox_payment SET scenario = '' WHERE payment_key = ?")

/* ---- loading ------------------------------------------------------------------------------------------------------------ */
static struct err *expire(struct db *db, int64_t now, struct sandbox_payment *p)
{
	if (!p || !str_eq(p->status, "IN_PROGRESS") || now < p->requested_at + CONFIRM_WINDOW_US)
		return NULL;
	int64_t changed;
	TRY(payment_status_run(db, &changed, DB_ARGS("EXPIRED", db_time(0), p->payment_key, "IN_PROGRESS")));
	if (changed == 1)
		p->status = "EXPIRED";
	return NULL;
}

struct err *sandbox_load(struct db *db, struct arena *a, const char *payment_key, int64_t now, struct sandbox_payment **ret)
{
	TRY(payment_by_key_one(db, a, ret, DB_ARGS(payment_key)));
	return expire(db, now, *ret);
}

struct err *sandbox_load_by_order(struct db *db, struct arena *a, const char *order_ref, int64_t now, struct sandbox_payment **ret)
{
	TRY(payment_by_order_one(db, a, ret, DB_ARGS(order_ref)));
	return expire(db, now, *ret);
}

struct err *sandbox_load_by_account(struct db *db, struct arena *a, const char *account_number, struct sandbox_payment **ret)
{
	return payment_by_account_one(db, a, ret, DB_ARGS(account_number));
}

struct err *sandbox_forget_scenario(struct db *db, const char *payment_key)
{
	return scenario_forget_run(db, NULL, DB_ARGS(payment_key));
}

/* ---- beginning ---------------------------------------------------------------------------------------------------------- */
/* The end of the next day, as the house's zone counts days. */
static int64_t deposit_due(int64_t now)
{
	return clock_day_start(clock_day(clock_day_start(clock_day(now)) + 2 * US_DAY + 12 * US_HOUR)) - US_SECOND;
}

struct err *sandbox_begin(struct db *db, struct arena *a, const char *order_ref, const char *order_name, int64_t amount,
    const char *method, const char *scenario, int64_t now, const char **ret_key)
{
	bool account = str_eq(method, "virtual_account");
	const char *key = arena_printf(a, "tsbx_%s", crypto_uuid(a));
	const char *number = account ? arena_printf(a, "9%011" PRIu32 "%02" PRIu32, crypto_uniform(UINT32_MAX), crypto_uniform(100)) : "";
	TRY(payment_insert_run(db, NULL, DB_ARGS(key, order_ref, order_name, method, scenario, amount, amount,
	    arena_printf(a, "ps_%s", crypto_code(a, 20)), number, db_time(account ? deposit_due(now) : 0), db_time(now))));
	*ret_key = key;
	return NULL;
}

/* ---- the payment object ------------------------------------------------------------------------------------------------- */
DB_QUERY(cancels_of, sandbox_cancel, "SELECT n, amount, reason, transaction_key, at FROM sandbox_cancel WHERE payment_key = ? ORDER BY n")

static json_t *korean_time(struct arena *a, int64_t us)
{
	time_t t = (time_t)((us + 9 * US_HOUR) / US_SECOND);
	struct tm tm;
	char s[32];
	if (!us || !gmtime_r(&t, &tm) || strftime(s, sizeof s, "%Y-%m-%dT%H:%M:%S+09:00", &tm) == 0)
		return json_null();
	return json_string(arena_strdup(a, s));
}

static json_t *card_of(const struct sandbox_payment *p)
{
	return json_pack("{s:I, s:s, s:s, s:s, s:i, s:s, s:b, s:s, s:s, s:s, s:b, s:n}", "amount", (json_int_t)p->amount,
	    "issuerCode", "41", "acquirerCode", "41", "number", "42424242****424*", "installmentPlanMonths", 0, "approveNo",
	    "00000000", "useCardPoint", 0, "cardType", "신용", "ownerType", "개인", "acquireStatus", "READY", "isInterestFree", 0,
	    "interestPayer");
}

static json_t *account_of(struct arena *a, const struct sandbox_payment *p, int64_t now)
{
	bool deposited = p->approved_at != 0, given_back = deposited && p->balance < p->amount;
	return json_pack("{s:s, s:s, s:s, s:s, s:n, s:o, s:s, s:b, s:s, s:n}", "accountType", "일반", "accountNumber",
	    p->account_number, "bankCode", "88", "customerName", "", "depositorName", "dueDate", korean_time(a, p->due_at),
	    "refundStatus", given_back ? "COMPLETED" : "NONE", "expired", !deposited && now > p->due_at, "settlementStatus",
	    "INCOMPLETED", "refundReceiveAccount");
}

static json_t *cancels_list(struct arena *a, const struct sandbox_cancel *c, size_t n)
{
	if (n == 0)
		return json_null();
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_pack("{s:I, s:s, s:i, s:i, s:i, s:o, s:s, s:n, s:s}", "cancelAmount",
		    (json_int_t)c[i].amount, "cancelReason", c[i].reason, "taxFreeAmount", 0, "taxExemptionAmount", 0,
		    "refundableAmount", 0, "canceledAt", korean_time(a, c[i].at), "transactionKey", c[i].transaction_key,
		    "receiptKey", "cancelStatus", "DONE"));
	return list;
}

struct err *sandbox_object(struct db *db, struct arena *a, const struct sandbox_payment *p, int64_t now, json_t **ret)
{
	struct sandbox_cancel *cancels = NULL;
	size_t n = 0;
	if (p->balance < p->amount)
		TRY(cancels_of_all(db, a, &cancels, &n, DB_ARGS(p->payment_key)));
	bool account = str_eq(p->method, "virtual_account"), failed = str_eq(p->status, "ABORTED");
	const char *last = n ? cancels[n - 1].transaction_key : p->payment_key;
	int64_t vat = p->amount / 11;
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:i, s:s, s:o, s:o, s:b, s:s,"
	    " s:b, s:o, s:b, s:o, s:o, s:n, s:n, s:n, s:n, s:s, s:o, s:n, s:n, s:n, s:n, s:n}",
	    "version", "2022-11-16", "paymentKey", p->payment_key, "type", "NORMAL", "orderId", p->order_ref, "orderName",
	    p->order_name, "mId", "foyersandbox", "currency", "KRW", "method", account ? "가상계좌" : "카드", "status", p->status,
	    "totalAmount", (json_int_t)p->amount, "balanceAmount", (json_int_t)p->balance, "suppliedAmount",
	    (json_int_t)(p->amount - vat), "vat", (json_int_t)vat, "taxFreeAmount", 0, "lastTransactionKey", last, "requestedAt",
	    korean_time(a, p->requested_at), "approvedAt", korean_time(a, p->approved_at), "useEscrow", 0, "secret", p->secret,
	    "cultureExpense", 0, "cancels", cancels_list(a, cancels, n), "isPartialCancelable", 1, "card",
	    account ? json_null() : card_of(p), "virtualAccount", account ? account_of(a, p, now) : json_null(), "transfer",
	    "mobilePhone", "giftCertificate", "easyPay", "country", "KR", "failure",
	    failed ? json_pack("{s:s, s:s}", "code", "REJECT_CARD_COMPANY", "message", "결제 승인이 거절되었습니다.") : json_null(),
	    "receipt", "checkout", "cashReceipt", "cashReceipts", "discount");
	if (!o)
		return err_new(ERR_INTERNAL, "the payment object of %s cannot be made", p->payment_key);
	*ret = o;
	return NULL;
}

/* ---- webhooks: rows of the outbox --------------------------------------------------------------------------------------- */
/* As with a real provider the answer to the call comes before the webhook about it. */
#define STATUS_DELAY_US US_SECOND

static struct err *tell(struct db *db, struct arena *a, const struct sandbox_payment *p, json_t *event, int64_t due_at)
{
	const char *body = json_text(a, event);
	int times = str_eq(p->scenario, "silent") ? 0 : str_eq(p->scenario, "double") ? 2 : 1;
	const char *id = crypto_uuid(a);
	for (int i = 0; i < times; i++)
		TRY(outbox_add(db, "sandbox_webhook", p->order_ref, NULL, json_text(a, json_pack("{s:s, s:s}", "id", id, "body", body)), due_at));
	return NULL;
}

static struct err *tell_object(struct db *db, struct arena *a, const struct sandbox_payment *p, json_t *object, int64_t now)
{
	const char *at = json_string_value(json_object_get(object, "requestedAt"));
	return tell(db, a, p, json_pack("{s:s, s:s, s:o}", "eventType", "PAYMENT_STATUS_CHANGED", "createdAt",
	    arena_printf(a, "%.19s.000000", at ? at : ""), "data", object), now + STATUS_DELAY_US);
}

static struct err *tell_status(struct db *db, struct arena *a, const char *payment_key, int64_t now)
{
	struct sandbox_payment *p;
	json_t *object;
	TRY(payment_by_key_one(db, a, &p, DB_ARGS(payment_key)));
	TRY(sandbox_object(db, a, p, now, &object));
	return tell_object(db, a, p, object, now);
}

static struct err *tell_deposit(struct db *db, struct arena *a, const struct sandbox_payment *p, const char *status, int64_t now)
{
	json_t *at = korean_time(a, now);
	struct err *e = tell(db, a, p, json_pack("{s:s, s:s, s:s, s:s, s:s}", "createdAt", arena_printf(a, "%.19s.000000",
	    json_string_value(at)), "secret", p->secret, "status", status, "transactionKey", crypto_uuid(a), "orderId", p->order_ref), 0);
	json_decref(at);
	return e;
}

/* ---- changes ------------------------------------------------------------------------------------------------------------ */
struct change { struct arena *a; const struct sandbox_payment *p; const char *from, *to; int64_t now; bool approved, done; };

static struct err *change_tx(struct db *db, void *ctx)
{
	struct change *c = ctx;
	int64_t changed;
	TRY(payment_status_run(db, &changed, DB_ARGS(c->to, db_time(c->approved ? c->now : 0), c->p->payment_key, c->from)));
	c->done = changed == 1;
	if (!c->done)
		return NULL;
	if (str_eq(c->p->method, "virtual_account"))
		TRY(tell_deposit(db, c->a, c->p, c->to, c->now));
	return str_eq(c->to, "WAITING_FOR_DEPOSIT") ? NULL : tell_status(db, c->a, c->p->payment_key, c->now);
}

static struct err *change(struct db *db, struct change *c, bool *ret_done)
{
	TRY(db_tx(db, change_tx, c));
	*ret_done = c->done;
	if (c->done)
		outbox_wake();
	return NULL;
}

struct err *sandbox_capture(struct db *db, struct arena *a, const struct sandbox_payment *p, int64_t now, bool *ret_done)
{
	bool account = str_eq(p->method, "virtual_account");
	struct change c = { .a = a, .p = p, .from = "IN_PROGRESS", .to = account ? "WAITING_FOR_DEPOSIT" : "DONE", .now = now,
		.approved = !account };
	return change(db, &c, ret_done);
}

struct err *sandbox_capture_card(struct db *db, struct arena *a, const struct sandbox_payment *p, int64_t now, const char **ret_body)
{
	struct sandbox_payment after = *p;
	json_t *object;
	int64_t changed;
	after.status = "DONE";
	after.approved_at = now;
	TRY(payment_status_run(db, &changed, DB_ARGS("DONE", db_time(now), p->payment_key, "IN_PROGRESS")));
	if (changed != 1)
		return err_new(ERR_CONFLICT, "payment %s is not in progress", p->payment_key);
	TRY(sandbox_object(db, a, &after, now, &object));
	*ret_body = json_text(a, json_incref(object));
	return tell_object(db, a, &after, object, now);
}

struct err *sandbox_refuse(struct db *db, struct arena *a, const struct sandbox_payment *p, int64_t now, bool *ret_done)
{
	struct change c = { .a = a, .p = p, .from = "IN_PROGRESS", .to = "ABORTED", .now = now };
	return change(db, &c, ret_done);
}

struct err *sandbox_deposit(struct db *db, struct arena *a, const struct sandbox_payment *p, int64_t now, bool *ret_done)
{
	struct change c = { .a = a, .p = p, .from = "WAITING_FOR_DEPOSIT", .to = "DONE", .now = now, .approved = true };
	return change(db, &c, ret_done);
}

/* ---- giving back -------------------------------------------------------------------------------------------------------- */
DB_EXEC(payment_reduce, "UPDATE sandbox_payment SET balance = ?, status = ? WHERE payment_key = ?")
DB_EXEC(cancel_insert,
    "INSERT INTO sandbox_cancel (payment_key, n, amount, reason, transaction_key, at)"
    " SELECT ?, COUNT(*) + 1, ?, ?, ?, ? FROM sandbox_cancel c WHERE c.payment_key = ?")

struct give_back { struct arena *a; const char *key, *reason, *code; int64_t amount, now; bool has_account; };

/* The contract's reason why this cannot be cancelled, NULL: it can. */
static const char *why_not(const struct sandbox_payment *p, const struct give_back *g)
{
	bool waiting = p && str_eq(p->status, "WAITING_FOR_DEPOSIT");
	if (!p)
		return "NOT_FOUND_PAYMENT";
	if (str_eq(p->status, "CANCELED"))
		return "ALREADY_CANCELED_PAYMENT";
	if (!waiting && !str_eq(p->status, "DONE") && !str_eq(p->status, "PARTIAL_CANCELED"))
		return "NOT_CANCELABLE_PAYMENT";
	if (waiting && g->amount && g->amount != p->balance)
		return "NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT";
	if (g->amount > p->balance)
		return "NOT_CANCELABLE_AMOUNT";
	if (!waiting && str_eq(p->method, "virtual_account") && !g->has_account)
		return "INVALID_REFUND_ACCOUNT_INFO";
	return NULL;
}

static struct err *give_back_tx(struct db *db, void *ctx)
{
	struct give_back *g = ctx;
	struct sandbox_payment *p;
	TRY(payment_lock_one(db, g->a, &p, DB_ARGS(g->key)));
	g->code = why_not(p, g);
	if (g->code)
		return NULL;
	int64_t amount = g->amount ? g->amount : p->balance, left = p->balance - amount;
	TRY(payment_reduce_run(db, NULL, DB_ARGS(left, left ? "PARTIAL_CANCELED" : "CANCELED", g->key)));
	TRY(cancel_insert_run(db, NULL, DB_ARGS(g->key, amount, g->reason, crypto_uuid(g->a), db_time(g->now), g->key)));
	if (str_eq(p->method, "virtual_account"))
		TRY(tell_deposit(db, g->a, p, left ? "PARTIAL_CANCELED" : "CANCELED", g->now));
	return tell_status(db, g->a, g->key, g->now);
}

struct err *sandbox_give_back(struct db *db, struct arena *a, const char *payment_key, int64_t amount, const char *reason,
    bool has_account, int64_t now, const char **ret_code)
{
	struct give_back g = { .a = a, .key = payment_key, .reason = reason, .amount = amount, .now = now, .has_account = has_account };
	TRY(db_tx(db, give_back_tx, &g));
	*ret_code = g.code;
	if (!g.code)
		outbox_wake();
	return NULL;
}
