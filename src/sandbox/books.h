/* The sandbox's books, shared by its window, its API and its webhooks. */
#ifndef FOYER_SANDBOX_BOOKS_H
#define FOYER_SANDBOX_BOOKS_H

#include "db/db.h"
#include "ext/json.h"
#include "sandbox/sandbox.h"

/* What a test card makes happen. */
struct sandbox_card { const char *number, *scenario, *label, *what; };
extern const struct sandbox_card sandbox_cards[]; /* ends with NULL */
extern const size_t sandbox_n_cards;
/* By the number as typed (blanks and dashes ignored); NULL: not a test card. */
const struct sandbox_card *sandbox_card_find(const char *typed);

#define SANDBOX_PAYMENT_ROW(F)                                                                                         \
	F(str, payment_key) F(str, order_ref) F(str, order_name) F(str, method) F(str, status) F(str, scenario)       \
	F(i64, amount) F(i64, balance) F(str, secret) F(str, account_number) F(time, due_at) F(time, requested_at)    \
	F(time, approved_at)
DB_ROW(sandbox_payment, SANDBOX_PAYMENT_ROW)
#define SANDBOX_CANCEL_ROW(F) F(i64, n) F(i64, amount) F(str, reason) F(str, transaction_key) F(time, at)
DB_ROW(sandbox_cancel, SANDBOX_CANCEL_ROW)

/* NULL: none.  A payment whose ten minutes for the confirmation are over is EXPIRED from then on. */
struct err *sandbox_load(struct db *db, struct arena *a, const char *payment_key, int64_t now, struct sandbox_payment **ret);
struct err *sandbox_load_by_order(struct db *db, struct arena *a, const char *order_ref, int64_t now, struct sandbox_payment **ret);
struct err *sandbox_load_by_account(struct db *db, struct arena *a, const char *account_number, struct sandbox_payment **ret);
/* The buyer chose how to pay: a payment that waits for its confirmation (IN_PROGRESS). */
struct err *sandbox_begin(struct db *db, struct arena *a, const char *order_ref, const char *order_name, int64_t amount,
    const char *method, const char *scenario, int64_t now, const char **ret_key);
/* Each in one transaction with its webhooks; ret_done false: the payment is not in the state for it (any more). */
struct err *sandbox_capture(struct db *db, struct arena *a, const struct sandbox_payment *p, int64_t now, bool *ret_done);
/* A card's capture within the caller's transaction; ret_body: the payment object afterwards.  ERR_CONFLICT: not in progress. */
struct err *sandbox_capture_card(struct db *db, struct arena *a, const struct sandbox_payment *p, int64_t now, const char **ret_body);
struct err *sandbox_refuse(struct db *db, struct arena *a, const struct sandbox_payment *p, int64_t now, bool *ret_done);
struct err *sandbox_deposit(struct db *db, struct arena *a, const struct sandbox_payment *p, int64_t now, bool *ret_done);
/* amount 0: all that is left.  ret_code: NULL, or the contract's code of the refusal. */
struct err *sandbox_give_back(struct db *db, struct arena *a, const char *payment_key, int64_t amount, const char *reason,
    bool has_account, int64_t now, const char **ret_code);
struct err *sandbox_forget_scenario(struct db *db, const char *payment_key);

/* The payment object of the contract; owned by the caller. */
struct err *sandbox_object(struct db *db, struct arena *a, const struct sandbox_payment *p, int64_t now, json_t **ret);
/* Delivers the webhooks (consumer of topic "sandbox_webhook"). */
struct outbox_row;
struct consumer_ctx;
struct err *sandbox_webhook_deliver(struct consumer_ctx *c, const struct outbox_row *rows, size_t n);

struct err *sandbox_api_confirm(struct req *r), *sandbox_api_cancel(struct req *r), *sandbox_api_get(struct req *r),
    *sandbox_api_get_by_order(struct req *r);

#endif
