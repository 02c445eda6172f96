/* Payment: attempts, providers behind one interface, refunds, webhooks, the sweeper.
 *
 * An attempt is stored before the provider is called and carries the idempotency key.  Outcomes are done, failed,
 * unknown; unknown is resolved by asking the provider.  Success page, webhook and sweeper may arrive in any order and
 * any number of times: each ends in pay_settle, which is idempotent. */
#ifndef FOYER_PAY_H
#define FOYER_PAY_H

#include "booking/booking.h"
#include "db/db.h"
#include "ids.h"
#include "web/route.h"

extern const struct domain pay_domain;

#define PAY_ATTEMPT_ROW(F)                                                                                             \
	F(attempt_id, id) F(order_id, order_id) F(str, provider) F(str, provider_order) F(str, payment_key)            \
	F(str, idem_key) F(str, method) F(i64, amount) F(i64, refunded) F(str, state) F(str, secret) F(str, fail_code) \
	F(str, fail_text) F(str, account_bank) F(str, account_number) F(time, account_due_at) F(time, created_at)     \
	F(time, next_check_at) F(i64, checks)
DB_ROW(pay_attempt, PAY_ATTEMPT_ROW)
/* Attempts of an order, newest first. */
struct err *pay_attempts(struct db *db, struct arena *a, struct order_id id, struct pay_attempt **ret, size_t *ret_n);
#define PAY_REFUND_ROW(F)                                                                                              \
	F(refund_id, id) F(order_id, order_id) F(attempt_id, attempt_id) F(i64, amount) F(i64, kept) F(str, reason)   \
	F(str, state) F(str, fail_text) F(i64, tries) F(time, created_at) F(time, done_at)
DB_ROW(pay_refund, PAY_REFUND_ROW)
struct err *pay_refunds(struct db *db, struct arena *a, struct order_id id, struct pay_refund **ret, size_t *ret_n);

/* ---- refunds ---- */
/* Cancels lines of a paid order and gives the money back through the outbox.  full: everything incl. booking fees
 * (cancelled event).  account: sealed refund account, for virtual accounts.  ret_amount: what comes back. */
struct err *pay_refund_lines(struct db *db, struct arena *a, struct order_id id, const int64_t *lines, size_t n, bool full,
    const char *reason, const char *account, int64_t now, int64_t *ret_amount);
/* A refund the provider refused (state failed) is tried once more, with a refund account where one is given (sealed by
 * pay_account_seal).  ret_done false: it is not failed (any more). */
struct err *pay_refund_retry(struct db *db, struct arena *a, struct refund_id id, const char *account, bool *ret_done);
/* The buyer's account for what was deposited on a virtual account; bank is the contract's two-digit code. */
const char *pay_account_seal(struct arena *a, const char *bank, const char *number, const char *holder);

struct pay_result;
/* ---- attempts ----
 * The attempt with which a pending order that has a contact is paid now: the one that waits in the provider's window
 * already (a form sent twice), or one of which the outcome is open (see its state: nothing new is begun then), else a new
 * one; its amount is the order's total.  For the window the hold is given some minutes at least.  ERR_GONE. */
struct err *pay_attempt_begin(struct db *db, struct arena *a, const struct booking_order *o, const char *provider,
    const char *method, int64_t now, struct pay_attempt **ret);
struct err *pay_attempt_by_ref(struct db *db, struct arena *a, const char *provider_order, struct pay_attempt **ret);
struct err *pay_attempt_by_id(struct db *db, struct arena *a, struct attempt_id id, struct pay_attempt **ret);
/* The buyer came back with a payment key: created → confirming (stored before the provider is asked).  ret_go false: it
 * was taken up before, by a second tab or the sweeper.  ERR_DUPLICATE: the key is another attempt's. */
struct err *pay_attempt_confirming(struct db *db, struct attempt_id id, const char *payment_key, int64_t now, bool *ret_go);
/* The buyer came back refused: created → failed; the sweeper still verifies it. */
struct err *pay_attempt_refused(struct db *db, struct attempt_id id, const char *code, const char *text, int64_t now);
/* Applies what the provider said, in one transaction, any number of times, in any order. */
struct err *pay_settle(struct db *db, struct attempt_id id, const struct pay_result *r, int64_t now);
/* The same; ret_bought: by this very answer the order was paid or waits for its deposit now. */
struct err *pay_settle_now(struct db *db, struct attempt_id id, const struct pay_result *r, int64_t now, bool *ret_bought);
/* Asks the provider about one attempt and acts on it (the sweeper, the webhook consumer). */
struct err *pay_look(struct db *db, struct arena *a, struct attempt_id id, int64_t now);

/* ---- providers ---- */
enum pay_outcome { PAY_DONE, PAY_WAITING_DEPOSIT, PAY_FAILED, PAY_UNKNOWN, PAY_PENDING /* not authenticated or confirmed yet */,
	PAY_CANCELLED /* captured and given back in full */ };
struct pay_cancel { const char *reason, *key; int64_t amount; };
struct pay_result {
	enum pay_outcome outcome;
	const char *payment_key, *method, *secret, *code, *text; /* code, text: of a failure */
	const char *bank, *account; int64_t due_at;              /* virtual account */
	const char *order_ref, *currency; int64_t amount, balance;
	const char *provider_key;                                /* of a cancel */
	const struct pay_cancel *cancels; size_t n_cancels;      /* what was given back so far */
};
struct pay_provider {
	const char *name;
	/* Where the buyer goes: an absolute URL on the provider's side (redirect), with our return URLs. */
	struct err *(*start)(struct arena *a, const struct pay_attempt *at, const struct booking_order *o, const char *order_name,
	    const char *success_url, const char *fail_url, const char **ret_url);
	/* Never an error for the outcome of a payment: unknown is an outcome.  Errors are faults of ours. */
	struct err *(*confirm)(struct arena *a, const struct pay_attempt *at, const char *payment_key, struct pay_result *ret);
	struct err *(*retrieve)(struct arena *a, const struct pay_attempt *at, struct pay_result *ret); /* by key, else by order */
	struct err *(*cancel)(struct arena *a, const struct pay_attempt *at, int64_t amount, const char *reason,
	    const char *idem_key, const char *account, struct pay_result *ret);
};
const struct pay_provider *pay_provider_find(const char *name); /* NULL: none of that name */

#endif
